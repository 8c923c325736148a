package hls

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"segue/internal/obs"
	"segue/stream/container"
	"segue/stream/origin"
)

// StoreConfig bounds a [Store].
type StoreConfig struct {
	Memory int64         // most bytes of indexes, playlists and segment heads
	Dir    string        // where indexes and conversions are kept; empty keeps them for this process alone
	Disk   int64         // most bytes of files in Dir
	Wait   time.Duration // how long Open waits for a file that it has not seen
	Log    *slog.Logger
}

// Store keeps what files were packaged into: in memory within a bound, and their
// indexes on disk. Whoever asks first for a file makes its index, the others
// wait for that one. It is safe for concurrent use.
type Store struct {
	cfg    StoreConfig
	disk   *disk
	memory memory
	shard  [shards]struct {
		mu      sync.RWMutex // guards entries
		entries map[string]*entry
	}
	seed maphash.Seed

	mu      sync.Mutex // guards flights
	flights map[string]*flight
	walks   chan struct{} // one for each walk under way

	cutting [64]sync.Mutex // one segment is cut once, however many ask
	shifted struct {
		mu   sync.RWMutex // guards segments
		segs map[shift]*shiftedSegment
	}

	ctx    context.Context //nolint:containedctx // ends the walks when the store closes
	cancel context.CancelFunc
	wg     sync.WaitGroup

	stats Stats
}

// Stats counts what a [Store] has done.
type Stats struct {
	Indexed, Loaded, Converted, Cut, Pending  atomic.Int64
	NotMedia, Unsupported, Broken, DiskFailed atomic.Int64
}

const shards = 16

// maxFlights bounds the files that are walked or wait for it.
const maxFlights = 256

// entry is what is known of one version of a file.
type entry struct {
	store *Store
	key   string
	etag  string
	media *Media // or album, or err
	album *Album
	err   error
	cost  int64
	used  atomic.Bool
}

func (e *entry) again() bool  { return e.used.Swap(false) }
func (e *entry) bytes() int64 { return e.cost }
func (e *entry) drop() {
	s := e.store.shardOf(e.key)
	s.mu.Lock()
	if s.entries[e.key] == e {
		delete(s.entries, e.key)
	}
	s.mu.Unlock()
}

// flight is a file being walked.
type flight struct {
	done  chan struct{}
	began time.Time
	media *Media
	err   error
}

// PendingError says that a file is being walked or converted, and when to ask
// again.
type PendingError struct{ RetryAfter time.Duration }

func (e *PendingError) Error() string {
	return fmt.Sprintf("hls: being indexed, ask again in %s", e.RetryAfter)
}

// NewStore makes a store. Close ends its walks.
func NewStore(cfg StoreConfig) (*Store, error) {
	if cfg.Memory <= 0 || cfg.Disk <= 0 || cfg.Wait <= 0 {
		return nil, errors.New("hls: limits must be positive")
	}
	d, err := openDisk(cfg.Dir, cfg.Disk)
	if err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, disk: d, seed: maphash.MakeSeed(), flights: map[string]*flight{}, walks: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
	s.memory.most = cfg.Memory
	for i := range s.shard {
		s.shard[i].entries = map[string]*entry{}
	}
	s.shifted.segs = map[shift]*shiftedSegment{}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close ends what is being walked and waits for it.
func (s *Store) Close() error {
	s.cancel()
	s.wg.Wait()
	return s.disk.close()
}

// Stats are the store's counters, to be read only.
func (s *Store) Stats() *Stats { return &s.stats }

// Size is how many things are in memory, and their bytes.
func (s *Store) Size() (count int, bytes int64) { return s.memory.size() }

func (s *Store) shardOf(key string) *struct {
	mu      sync.RWMutex
	entries map[string]*entry
} {
	return &s.shard[maphash.String(s.seed, key)%shards]
}

// Open packages the file f, which stands at path. The caller keeps its reference
// to f. Errors: [PendingError] when it takes longer than the store waits, a
// [container.Error] when the file is to blame, those of reading f.
//
// Fast path: a version seen before, without allocating.
func (s *Store) Open(path []byte, f *origin.File) (*Media, error) {
	return s.OpenWithin(path, f, s.cfg.Wait)
}

// OpenWithin is Open with another time to wait; with none it begins the walk all
// the same.
func (s *Store) OpenWithin(path []byte, f *origin.File, wait time.Duration) (*Media, error) {
	sh := &s.shard[maphash.Bytes(s.seed, path)%shards]
	sh.mu.RLock()
	e := sh.entries[string(path)] // does not allocate
	sh.mu.RUnlock()
	if e != nil && e.etag == f.ETag {
		if !e.used.Load() {
			e.used.Store(true)
		}
		return e.media, e.err
	}
	return s.wait(string(path), f, wait)
}

// wait joins or begins the walk of a file.
func (s *Store) wait(path string, f *origin.File, wait time.Duration) (*Media, error) {
	key := path + "\x00" + f.ETag
	s.mu.Lock()
	fl := s.flights[key]
	if fl == nil {
		if len(s.flights) >= maxFlights || s.ctx.Err() != nil {
			s.mu.Unlock()
			return nil, &PendingError{5 * time.Second}
		}
		fl = &flight{done: make(chan struct{}), began: time.Now()}
		s.flights[key] = fl
		f.Retain()
		s.wg.Add(1)
		go s.walk(path, key, f, fl)
	}
	s.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-fl.done:
		return fl.media, fl.err
	case <-timer.C:
		if wait > 0 { // else nobody is told to come back
			s.stats.Pending.Add(1)
		}
		// As long again as it has taken so far, within reason.
		return nil, &PendingError{min(max(time.Since(fl.began).Round(time.Second), time.Second), 30*time.Second)}
	}
}

// walk makes the media of a file and keeps it, or its error when that is the
// file's.
func (s *Store) walk(path, key string, f *origin.File, fl *flight) {
	defer s.wg.Done()
	defer f.Release()
	s.walks <- struct{}{}
	fl.media, fl.err = s.pack(path, f)
	<-s.walks
	var bad *container.Error
	if fl.err == nil || errors.As(fl.err, &bad) {
		s.put(&entry{store: s, key: path, etag: f.ETag, media: fl.media, err: fl.err})
	}
	if bad != nil {
		s.cfg.Log.Info("file not packaged", obs.Path, path, obs.Reason, bad.Error())
		switch {
		case errors.Is(bad, container.ErrNotMedia):
			s.stats.NotMedia.Add(1)
		case errors.Is(bad, container.ErrUnsupported):
			s.stats.Unsupported.Add(1)
		default:
			s.stats.Broken.Add(1)
		}
	}
	s.mu.Lock()
	delete(s.flights, key)
	s.mu.Unlock()
	close(fl.done)
}

func (s *Store) put(e *entry) {
	e.cost = 512 + int64(2*len(e.key))
	if e.media != nil {
		e.cost += e.media.bytes()
	}
	if e.album != nil {
		e.cost += e.album.bytes()
	}
	e.used.Store(true)
	sh := s.shardOf(e.key)
	sh.mu.Lock()
	sh.entries[e.key] = e
	sh.mu.Unlock()
	s.memory.add(e)
}

// pack reads the index of a file from disk, or else from the file itself.
func (s *Store) pack(path string, f *origin.File) (m *Media, err error) {
	// A bug of ours must cost one file its playlists, not everybody the server.
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("BUG: %s: %v", path, r)
		}
	}()
	began := time.Now()
	if rec := s.disk.load(path, f.ETag); rec != nil && s.intact(rec) {
		if m, err := New(rec.Index, rec.Format); err == nil {
			m.converted = rec.Converted
			s.stats.Loaded.Add(1)
			return m, nil
		}
	}
	rec := record{Path: path, ETag: f.ETag}
	rec.Index, err = container.Open(s.ctx, f, f.Size)
	if errors.Is(err, container.ErrConvert) {
		err = s.convert(&rec, f)
	}
	if err != nil {
		return nil, err
	}
	if m, err = New(rec.Index, rec.Format); err != nil {
		return nil, err
	}
	m.converted = rec.Converted
	s.stats.Indexed.Add(1)
	if err := s.disk.save(&rec); err != nil {
		// It serves all the same, and is walked again after a restart.
		s.stats.DiskFailed.Add(1)
		s.cfg.Log.Warn("index not kept on disk", obs.Path, path, obs.Err, err)
	}
	s.cfg.Log.Debug("file indexed", obs.Path, path, obs.Took, time.Since(began).Milliseconds())
	return m, nil
}

// Source is the file that m's segments are stretches of: f itself, or what it
// was converted to. It takes over the reference to f; the caller releases what
// is returned. now is the caller's monotonic clock.
func (s *Store) Source(m *Media, path []byte, f *origin.File, now time.Duration) (*origin.File, error) {
	if m.converted == "" {
		return f, nil
	}
	f.Release()
	c, err := s.disk.open(m.converted, now)
	if errors.Is(err, origin.ErrNotFound) {
		// Somebody emptied the folder: it is made again for who asks next.
		sh := &s.shard[maphash.Bytes(s.seed, path)%shards]
		sh.mu.Lock()
		delete(sh.entries, string(path))
		sh.mu.Unlock()
		return nil, &PendingError{time.Second}
	}
	return c, err
}

// find is what is kept under a key of one version, or nil.
func (s *Store) find(key, etag string) *entry {
	sh := s.shardOf(key)
	sh.mu.RLock()
	e := sh.entries[key]
	sh.mu.RUnlock()
	if e == nil || e.etag != etag {
		return nil
	}
	e.used.Store(true)
	return e
}

// Window is a stretch of m, which was opened from path and whose source is src.
func (s *Store) Window(m *Media, path []byte, etag string, src *origin.File, span Span) (*Media, error) {
	key := string(path) + "\x00" + span.Name()
	if e := s.find(key, etag); e != nil {
		return e.media, e.err
	}
	mu := &s.cutting[maphash.String(s.seed, key)%uint64(len(s.cutting))]
	mu.Lock()
	defer mu.Unlock()
	if e := s.find(key, etag); e != nil {
		return e.media, e.err // made while this one waited
	}
	w, err := m.Window(s.ctx, src, span)
	if err != nil {
		return nil, err
	}
	s.put(&entry{store: s, key: key, etag: etag, media: w})
	return w, nil
}

// Album is the album of the folder at path, joined anew when version, which
// names all that it is made of, is another than before.
func (s *Store) Album(path, version string, join func() (*Album, error)) (*Album, error) {
	key := path + "\x00album"
	if e := s.find(key, version); e != nil {
		return e.album, e.err
	}
	a, err := join()
	if err != nil {
		return nil, err
	}
	s.put(&entry{store: s, key: key, etag: version, album: a})
	return a, nil
}

// bytes is what the media takes in memory without its segments.
func (m *Media) bytes() int64 {
	n := int64(1024)
	for _, r := range m.Renditions {
		n += 512 + int64(8*(len(r.slots)+len(r.inits)+len(r.first))) + int64(96*len(r.parts)) + int64(64*len(r.refs))
		if r.Playlist != nil {
			n += r.Playlist.size()
		}
		if r.PlaylistOutside != nil {
			n += r.PlaylistOutside.size()
		}
		if r.refs != nil {
			continue // a window shares its index
		}
		for i := range r.Track.Runs {
			n += 256 + int64(56*cap(r.Track.Runs[i].Cuts)+len(r.Track.Runs[i].Entry))
		}
	}
	for _, t := range []*Text{m.Master, m.Info, m.MasterInside, m.InfoInside} {
		if t != nil {
			n += t.size()
		}
	}
	return n
}
