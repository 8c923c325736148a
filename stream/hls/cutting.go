package hls

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"segue/internal/obs"
	"segue/stream/container"
	"segue/stream/origin"
)

// Header is the init section of a part of the rendition, which has it.
func (s *Store) Header(r *Rendition, i int) *Segment {
	if seg := r.inits[i].Load(); seg != nil {
		seg.touch()
		return seg
	}
	seg := r.header(i)
	s.keep(seg, &r.inits[i])
	return seg
}

// Segment is segment n of the rendition, which has it, with its timeline moved by
// base samples. src is the source of the rendition's media.
//
// Fast path: a segment cut before, without allocating.
func (s *Store) Segment(r *Rendition, n int, base int64, src *origin.File) (*Segment, error) {
	if base != 0 {
		return s.shiftedSegment(r, n, base, src)
	}
	slot := &r.slots[n]
	if seg := slot.Load(); seg != nil {
		seg.touch()
		return seg, nil
	}
	mu := &s.cutting[n%len(s.cutting)]
	mu.Lock()
	defer mu.Unlock()
	if seg := slot.Load(); seg != nil {
		return seg, nil
	}
	seg, err := s.cut(r, n, 0, src)
	if err != nil {
		return nil, err
	}
	s.keep(seg, slot)
	return seg, nil
}

func (s *Store) cut(r *Rendition, n int, base int64, src *origin.File) (seg *Segment, err error) {
	defer func() {
		if v := recover(); v != nil {
			seg, err = nil, fmt.Errorf("BUG: segment %d of %s: %v", n, r.Name, v)
		}
	}()
	if seg, err = r.cut(s.ctx, src, n, base); err != nil {
		if c := r.media.converted; c != "" && errors.Is(err, container.ErrBroken) {
			// Not the file is broken, but what we made of it: it is made again.
			s.cfg.Log.Warn("converted file is damaged, and made again", obs.Path, c, obs.Err, err)
			s.disk.remove(c)
			return nil, &PendingError{2 * time.Second}
		}
		if errors.Is(err, container.ErrBroken) && !r.complained.Swap(true) {
			s.stats.Broken.Add(1)
			s.cfg.Log.Warn("segment not cut", obs.Err, err, "version", r.media.Version)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("%w: %w", origin.ErrChanged, err)
		}
		return nil, err
	}
	s.stats.Cut.Add(1)
	return seg, nil
}

func (s *Store) keep(seg *Segment, slot *atomic.Pointer[Segment]) {
	seg.slot = slot
	seg.used.Store(true)
	slot.Store(seg)
	s.memory.add(seg)
}

func (s *Segment) touch() {
	if !s.used.Load() {
		s.used.Store(true)
	}
}
func (s *Segment) again() bool  { return s.used.Swap(false) }
func (s *Segment) bytes() int64 { return s.cost }
func (s *Segment) drop()        { s.slot.CompareAndSwap(s, nil) }

// shift names a segment whose timeline is moved.
type shift struct {
	r    *Rendition
	n    int
	base int64
}

type shiftedSegment struct {
	*Segment
	store *Store
	key   shift
}

func (s *shiftedSegment) drop() {
	m := &s.store.shifted
	m.mu.Lock()
	delete(m.segs, s.key)
	m.mu.Unlock()
}

func (s *Store) shiftedSegment(r *Rendition, n int, base int64, src *origin.File) (*Segment, error) {
	key := shift{r, n, base}
	s.shifted.mu.RLock()
	have := s.shifted.segs[key]
	s.shifted.mu.RUnlock()
	if have != nil {
		have.touch()
		return have.Segment, nil
	}
	mu := &s.cutting[n%len(s.cutting)]
	mu.Lock()
	defer mu.Unlock()
	s.shifted.mu.RLock()
	have = s.shifted.segs[key]
	s.shifted.mu.RUnlock()
	if have != nil {
		return have.Segment, nil
	}
	seg, err := s.cut(r, n, base, src)
	if err != nil {
		return nil, err
	}
	seg.used.Store(true)
	k := &shiftedSegment{seg, s, key}
	s.shifted.mu.Lock()
	s.shifted.segs[key] = k
	s.shifted.mu.Unlock()
	s.memory.add(k)
	return seg, nil
}
