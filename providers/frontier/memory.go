package frontier

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/authgen/authgen/internal/provider"
)

const (
	// maxKept bounds each half of a memory.
	maxKept = 8 << 10
	// maxAsked bounds the questions of a memory that are under way.
	maxAsked = 1 << 10
)

var (
	errTooMany = unavailable(errors.New("frontier: too many questions are under way"))
	errAsking  = unavailable(errors.New("frontier: asking panicked"))
)

// memory remembers answers of the server for a time. Those who ask the same at a time
// wait for one answer, which is waited for when they leave. What is not asked for
// goes first: a full half takes the place of the older one. It is safe for any number
// of goroutines, and what it remembers is read without allocating.
type memory[K comparable, V any] struct {
	client *Client
	// fresh is for answers that do not count for later: nobody waits for the answer to
	// a question that began before they came.
	fresh bool

	mu         sync.Mutex
	young, old map[K]known[V]
	flights    map[K]*flight[V]
}

// span is a time by the client's clock.
type span struct{ from, until time.Time }

func (s span) holds(now time.Time) bool {
	return now.Before(s.until) && !now.Before(s.from.Add(-provider.ClockSlack))
}

// known is an answer and the time for which it counts; the zero span is none.
type known[V any] struct {
	span
	value V
}

// flight is a question that is under way; done is closed when it is over.
type flight[V any] struct {
	done chan struct{}
	known[V]
	err error

	after <-chan struct{} // it begins when the one before is over; nil for at once
	begun bool
	next  *flight[V]
}

func newMemory[K comparable, V any](c *Client) *memory[K, V] {
	return &memory[K, V]{client: c, young: map[K]known[V]{}, flights: map[K]*flight[V]{}}
}

// find returns what is remembered.
func (m *memory[K, V]) find(key K) (known[V], bool) {
	now := m.client.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lookUp(key, now)
}

func (m *memory[K, V]) lookUp(key K, now time.Time) (known[V], bool) {
	if k, ok := m.young[key]; ok && k.holds(now) {
		return k, true
	}
	k, ok := m.old[key]
	if !ok || !k.holds(now) {
		return known[V]{}, false
	}
	m.keep(key, k)
	return k, true
}

func (m *memory[K, V]) keep(key K, k known[V]) {
	if len(m.young) >= maxKept {
		m.old, m.young = m.young, map[K]known[V]{}
	}
	m.young[key] = k
}

// remember is for what nobody waits for.
func (m *memory[K, V]) remember(key K, k known[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(key, k)
}

// add is remember where nothing is remembered.
func (m *memory[K, V]) add(key K, k known[V]) {
	now := m.client.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.lookUp(key, now); !ok {
		m.keep(key, k)
	}
}

func (m *memory[K, V]) forget(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.young, key)
	delete(m.old, key)
}

// join returns what is remembered as a flight that is over, or one to wait for. With
// mine the caller has to land it.
func (m *memory[K, V]) join(key K) (f *flight[V], mine bool) {
	now := m.client.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if k, ok := m.lookUp(key, now); ok {
		return landed(k, nil), false
	}
	return m.board(key)
}

// again is join, whatever is remembered.
func (m *memory[K, V]) again(key K) (f *flight[V], mine bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.board(key)
}

func (m *memory[K, V]) board(key K) (f *flight[V], mine bool) {
	before := m.flights[key]
	switch {
	case before == nil && len(m.flights) >= maxAsked:
		return landed(known[V]{}, errTooMany), false
	case before != nil && !(m.fresh && before.begun):
		return before, false
	case before != nil && before.next != nil:
		return before.next, false
	}
	f = &flight[V]{done: make(chan struct{}), err: ErrClosed}
	if before == nil {
		m.flights[key] = f
	} else {
		f.after, before.next = before.done, f
	}
	return f, true
}

// begin waits until the question of a flight may be asked: those who come later wait
// for another one, where answers are to be fresh.
func (m *memory[K, V]) begin(ctx context.Context, f *flight[V]) error {
	if f.after != nil {
		select {
		case <-f.after:
		case <-ctx.Done():
			return ErrClosed
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f.begun = true
	return nil
}

var over = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func landed[V any](k known[V], err error) *flight[V] {
	return &flight[V]{done: over, known: k, err: err}
}

// land ends a flight that join gave to the caller, and remembers what has a span.
func (m *memory[K, V]) land(key K, f *flight[V], k known[V], err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch now := m.flights[key]; {
	case now != f: // it did not begin
		now.next = nil
	case f.next != nil:
		m.flights[key] = f.next
	default:
		delete(m.flights, key)
	}
	f.known, f.err = k, err
	if err == nil && k.from.Before(k.until) {
		m.keep(key, k)
	}
	close(f.done)
}

// wait returns what became of a flight.
func (f *flight[V]) wait(ctx context.Context) (known[V], error) {
	select {
	case <-f.done:
		return f.known, f.err
	case <-ctx.Done():
		return known[V]{}, ctx.Err()
	}
}

// once returns what is remembered, or what ask returns.
func (m *memory[K, V]) once(ctx context.Context, key K, ask func(ctx context.Context) (known[V], error)) (known[V], error) {
	f, mine := m.join(key)
	if mine {
		m.client.background(ctx, func(ctx context.Context) {
			k, err := known[V]{}, errAsking // unless it returns
			defer func() { m.land(key, f, k, err) }()
			if begin := m.begin(ctx, f); begin != nil {
				err = begin
				return
			}
			k, err = ask(ctx)
		}, func() { m.land(key, f, known[V]{}, ErrClosed) })
	}
	return f.wait(ctx)
}

// background runs f beside the caller, with the id of the caller's request, or closed
// after Close.
func (c *Client) background(ctx context.Context, f func(ctx context.Context), closed func()) {
	id := RequestID(ctx)
	if !c.work.Start(func(ctx context.Context) { f(WithRequestID(ctx, id)) }) {
		closed()
	}
}

// spanFrom is for answers that count for d from the time before they were asked for.
func spanFrom(from time.Time, d time.Duration) span { return span{from, from.Add(d)} }
