package provider

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// queueSenders is how many are sent at a time.
	queueSenders = 4
	// queueMaxAge is how long sending one is tried.
	queueMaxAge = 10 * time.Minute
	// FirstQueuePause and longestQueuePause are between tries, and LongestFlushPause
	// is while the queue closes.
	FirstQueuePause   = 500 * time.Millisecond
	longestQueuePause = 30 * time.Second
	LongestFlushPause = 500 * time.Millisecond
	// dropsLogged is how often the log tells of what was dropped at most.
	dropsLogged = 10 * time.Second
)

// QueueConfig is what a [Queue] is made of. All of it is required.
type QueueConfig[T any] struct {
	Name string // before what is logged and errors, such as "frontegg"
	What string // what is sent, such as "audit events"
	Send func(context.Context, T) error
	// Again reports whether one may be sent after this error, and how long to stay
	// away at least. It may then arrive more than once: better than not at all.
	Again  func(error) (again bool, least time.Duration)
	Most   int // that wait
	Now    func() time.Time
	Logger *slog.Logger
	Work   *Background
}

// Queue sends in the background. Senders run while there is something to send. It is
// made by [NewQueue] and safe for any number of goroutines.
type Queue[T any] struct {
	config QueueConfig[T]

	dropped atomic.Uint64
	tell    Limiter

	mu      sync.Mutex
	waiting []queued[T]
	senders int
	closing chan struct{} // closed when no more is taken
	closed  bool
	empty   chan struct{} // closed when nothing is left after that
	ctx     context.Context
	cancel  context.CancelFunc
}

type queued[T any] struct {
	what  T
	since time.Time
}

// NewQueue makes a queue with nothing in it. It is closed before its work ends.
func NewQueue[T any](config QueueConfig[T]) *Queue[T] {
	q := &Queue[T]{
		config: config, closing: make(chan struct{}), empty: make(chan struct{}), tell: Limiter{Most: 1, Interval: dropsLogged},
	}
	q.ctx, q.cancel = context.WithCancel(config.Work.Context())
	return q
}

// Dropped is how many were not sent and never will be.
func (q *Queue[T]) Dropped() uint64 { return q.dropped.Load() }

// Add queues one. It never blocks: where too many wait, or the queue is closed, it
// drops it.
func (q *Queue[T]) Add(what T) {
	q.mu.Lock()
	reason := ""
	switch {
	case q.closed:
		reason = "the client is closed"
	case len(q.waiting) >= q.config.Most:
		reason = "too many wait to be sent"
	default:
		q.waiting = append(q.waiting, queued[T]{what, q.config.Now()})
		if q.senders < queueSenders && q.config.Work.Start(q.run) {
			q.senders++
		}
	}
	q.mu.Unlock()
	if reason != "" {
		q.drop(reason)
	}
}

// next takes one from the queue; a sender without one has ended.
func (q *Queue[T]) next() (queued[T], bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.waiting = nil // and with it the room that it took
		q.leave()
		return queued[T]{}, false
	}
	first := q.waiting[0]
	q.waiting[0] = queued[T]{}
	q.waiting = q.waiting[1:]
	return first, true
}

func (q *Queue[T]) leave() {
	q.senders--
	if q.closed && q.senders == 0 {
		close(q.empty)
	}
}

func (q *Queue[T]) run(context.Context) {
	for {
		first, ok := q.next()
		if !ok {
			return
		}
		if reason := q.deliver(first); reason != "" {
			q.drop(reason)
		}
	}
}

// deliver sends one, and returns why it cannot.
func (q *Queue[T]) deliver(one queued[T]) (reason string) {
	// Nothing that is in one may end the sending of others.
	defer func() {
		if p := recover(); p != nil {
			reason = fmt.Sprintf("sending panicked: %T", p)
		}
	}()
	for failures := 1; ; failures++ {
		if q.ctx.Err() != nil {
			return "the client was closed before it could be sent"
		}
		err := q.config.Send(q.ctx, one.what)
		if err == nil {
			return ""
		}
		again, least := q.config.Again(err)
		if !again || q.config.Now().Sub(one.since) > queueMaxAge {
			return err.Error()
		}
		q.pause(failures, least)
	}
}

// pause waits before another try, as long as least says at least. While the queue
// closes there is no time for that.
func (q *Queue[T]) pause(failures int, least time.Duration) {
	longest, closing := longestQueuePause, q.closing
	select {
	case <-q.closing:
		longest, closing, least = LongestFlushPause, nil, 0
	default:
	}
	timer := time.NewTimer(max(Backoff(failures, FirstQueuePause, longest), least))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-closing:
	case <-q.ctx.Done():
	}
}

// drop counts one that will not be sent.
func (q *Queue[T]) drop(reason string) {
	total := q.dropped.Add(1)
	if ok, _ := q.tell.Allow(q.config.Now()); ok {
		q.config.Logger.Error(q.config.Name+": "+q.config.What+" are dropped", "reason", reason, "dropped", total)
	}
}

// Close takes no more, waits up to d for those that wait to be sent, and
// drops the rest. It tells how many were not sent.
func (q *Queue[T]) Close(d time.Duration) error {
	before := q.dropped.Load()
	q.mu.Lock()
	q.closed = true
	close(q.closing)
	if q.senders == 0 {
		close(q.empty)
	}
	q.mu.Unlock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-q.empty:
	case <-timer.C:
	}
	q.cancel()
	<-q.empty
	if n := q.dropped.Load() - before; n > 0 {
		return fmt.Errorf("%s: %d %s could not be sent", q.config.Name, n, q.config.What)
	}
	return nil
}
