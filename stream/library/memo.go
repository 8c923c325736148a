package library

import (
	"container/list"
	"context"
	"sync"
)

// memo keeps the answers last asked for, and finds each once however many ask
// for it at the same time.
type memo[K comparable, V any] struct {
	max     int
	mu      sync.Mutex // guards what follows
	answers map[K]*list.Element
	order   *list.List // of *answer[K, V], the last used in front
}

type answer[K comparable, V any] struct {
	key  K
	done chan struct{} // closed once value and err stand
	v    V
	err  error
}

func newMemo[K comparable, V any](maxEntries int) *memo[K, V] {
	return &memo[K, V]{max: maxEntries, answers: make(map[K]*list.Element), order: list.New()}
}

// get returns an answer that is there already.
func (m *memo[K, V]) get(key K) (v V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.answers[key]
	if !ok {
		return v, false
	}
	a := e.Value.(*answer[K, V])
	select {
	case <-a.done:
		m.order.MoveToFront(e)
		return a.v, a.err == nil
	default:
		return v, false
	}
}

// do returns the answer that is kept or being found, else finds it. An answer
// with an error goes to those who waited for it and is not kept. find runs to
// its end even when ctx does not last.
func (m *memo[K, V]) do(ctx context.Context, key K, find func() (V, error)) (V, error) {
	m.mu.Lock()
	if e, ok := m.answers[key]; ok {
		m.order.MoveToFront(e)
		m.mu.Unlock()
		a := e.Value.(*answer[K, V])
		select {
		case <-a.done:
			return a.v, a.err
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
	}
	a := &answer[K, V]{key: key, done: make(chan struct{})}
	e := m.order.PushFront(a)
	m.answers[key] = e
	for m.order.Len() > m.max {
		m.remove(m.order.Back())
	}
	m.mu.Unlock()

	a.v, a.err = find()
	if a.err != nil {
		m.mu.Lock()
		m.remove(e)
		m.mu.Unlock()
	}
	close(a.done)
	return a.v, a.err
}

// remove does nothing to what was removed before.
func (m *memo[K, V]) remove(e *list.Element) {
	if a := e.Value.(*answer[K, V]); m.answers[a.key] == e {
		delete(m.answers, a.key)
		m.order.Remove(e)
	}
}
