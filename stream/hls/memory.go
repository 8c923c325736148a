package hls

import "sync"

// memory bounds what a [Store] keeps. What is asked for again survives:
// eviction is CLOCK (second chance), whose hits only set a bit.
type memory struct {
	mu    sync.Mutex // guards all below
	ring  []kept     // nil where one was dropped
	free  []int
	hand  int
	count int
	bytes int64
	most  int64
}

// kept is something in memory.
type kept interface {
	// again reports whether it was used since it was last asked.
	again() bool
	// drop takes it out of where it is found.
	drop()
	bytes() int64
}

func (m *memory) add(k kept) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.free); n > 0 {
		m.ring[m.free[n-1]] = k
		m.free = m.free[:n-1]
	} else {
		m.ring = append(m.ring, k)
	}
	m.count++
	m.bytes += k.bytes()
	for m.bytes > m.most && m.count > 1 {
		m.evict(k)
	}
}

// evict drops the first that was not used since the hand last passed, but never
// the newest.
func (m *memory) evict(newest kept) {
	for {
		m.hand = (m.hand + 1) % len(m.ring)
		k := m.ring[m.hand]
		if k == nil || k == newest || k.again() {
			continue
		}
		k.drop()
		m.ring[m.hand] = nil
		m.free = append(m.free, m.hand)
		m.count--
		m.bytes -= k.bytes()
		return
	}
}

func (m *memory) size() (count int, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count, m.bytes
}
