package origin

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// shards keeps cores from waiting for each other's look-ups. Any power of two.
const shards = 64

// table keeps versions by path, within a number and a sum of bytes. What is
// asked for again survives: eviction is CLOCK (second chance), whose hits only
// set a bit.
type table struct {
	shard [shards]struct {
		mu      sync.RWMutex // guards entries
		entries map[string]*entry
	}
	seed maphash.Seed

	mu        sync.Mutex // guards the ring below; taken before a shard's
	ring      []*entry   // nil where an entry was dropped
	hand      int
	free      []int
	count     int
	bytes     int64
	maxFiles  int
	maxMemory int64
}

type entry struct {
	path   string
	file   *File
	looked atomic.Int64 // monotonic nanoseconds of the last look at the disk
	used   atomic.Bool
	slot   int
}

func newTable(maxFiles int, maxMemory int64) *table {
	t := &table{seed: maphash.MakeSeed(), maxFiles: maxFiles, maxMemory: maxMemory}
	for i := range t.shard {
		t.shard[i].entries = make(map[string]*entry)
	}
	return t
}

// get returns the entry of a path with a reference to its file, or nil.
func (t *table) get(path []byte) *entry {
	s := &t.shard[maphash.Bytes(t.seed, path)%shards]
	s.mu.RLock()
	e := s.entries[string(path)] // does not allocate
	if e != nil {
		// Under the lock, while the table's own reference cannot go.
		e.file.Retain()
	}
	s.mu.RUnlock()
	if e != nil && !e.used.Load() {
		e.used.Store(true)
	}
	return e
}

// put keeps f under path, in place of what stood there, and takes a reference
// of its own.
func (t *table) put(path string, f *File, now int64) {
	e := &entry{path: path, file: f}
	e.looked.Store(now)
	f.Retain()

	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.shard[maphash.String(t.seed, path)%shards]
	s.mu.Lock()
	old := s.entries[path]
	s.entries[path] = e
	s.mu.Unlock()
	if old != nil {
		t.unlink(old)
	}
	if n := len(t.free); n > 0 {
		e.slot, t.free = t.free[n-1], t.free[:n-1]
		t.ring[e.slot] = e
	} else {
		e.slot = len(t.ring)
		t.ring = append(t.ring, e)
	}
	t.count++
	t.bytes += int64(len(f.body))
	for t.count > t.maxFiles || t.bytes > t.maxMemory {
		t.evict(e)
	}
}

// evict drops the first entry that was not used since the hand last passed,
// sparing keep for as long as there is another.
func (t *table) evict(keep *entry) {
	for {
		t.hand = (t.hand + 1) % len(t.ring)
		e := t.ring[t.hand]
		if e == nil || e == keep && t.count > 1 {
			continue
		}
		if e != keep && e.used.Swap(false) {
			continue
		}
		t.remove(e)
		return
	}
}

// shrink gives a quarter of the versions up, and so their descriptors.
func (t *table) shrink() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range (t.count + 3) / 4 {
		t.evict(nil)
	}
}

// drop forgets e, if it still stands.
func (t *table) drop(e *entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.slot < len(t.ring) && t.ring[e.slot] == e {
		t.remove(e)
	}
}

func (t *table) remove(e *entry) {
	s := &t.shard[maphash.String(t.seed, e.path)%shards]
	s.mu.Lock()
	if s.entries[e.path] == e {
		delete(s.entries, e.path)
	}
	s.mu.Unlock()
	t.unlink(e)
}

// unlink takes e out of the ring and gives the table's reference back. The
// caller has taken it out of its shard.
func (t *table) unlink(e *entry) {
	t.ring[e.slot] = nil
	t.free = append(t.free, e.slot)
	t.count--
	t.bytes -= int64(len(e.file.body))
	e.file.Release()
}

func (t *table) size() (int, int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count, t.bytes
}

func (t *table) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.ring {
		if e != nil {
			t.remove(e)
		}
	}
}
