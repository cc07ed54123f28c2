package frontegg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// auditSenders is how many events are sent at a time.
	auditSenders = 4
	// auditMaxAge is how long sending an event is tried.
	auditMaxAge = 10 * time.Minute
	// firstAuditPause and longestAuditPause are between tries, and
	// longestFlushPause is while the client closes.
	firstAuditPause   = 500 * time.Millisecond
	longestAuditPause = 30 * time.Second
	longestFlushPause = 500 * time.Millisecond
	// dropsLogged is how often the log tells of dropped events at most.
	dropsLogged = 10 * time.Second
)

// auditQueue sends audits in the background. Senders run while there is something
// to send.
type auditQueue struct {
	send   func(context.Context, Audit) error
	work   *background
	now    func() time.Time
	logger *slog.Logger
	most   int

	dropped atomic.Uint64
	tell    limiter

	mu      sync.Mutex
	waiting []queuedAudit
	senders int
	closing chan struct{} // closed when no more is taken
	closed  bool
	empty   chan struct{} // closed when nothing is left after that
	ctx     context.Context
	cancel  context.CancelFunc
}

type queuedAudit struct {
	audit Audit
	since time.Time
}

func newAuditQueue(c *Client) *auditQueue {
	q := &auditQueue{
		send: c.Audits().Send, work: c.work, now: c.now, logger: c.logger, most: c.options.auditQueue,
		closing: make(chan struct{}), empty: make(chan struct{}), tell: limiter{most: 1, interval: dropsLogged},
	}
	q.ctx, q.cancel = context.WithCancel(c.work.ctx)
	return q
}

// add queues an audit. It never blocks: where too many wait, or the client is
// closed, it drops the audit.
func (q *auditQueue) add(audit Audit) {
	q.mu.Lock()
	reason := ""
	switch {
	case q.closed:
		reason = "the client is closed"
	case len(q.waiting) >= q.most:
		reason = "too many wait to be sent"
	default:
		q.waiting = append(q.waiting, queuedAudit{audit, q.now()})
		if q.senders < auditSenders && q.work.start(q.run) {
			q.senders++
		}
	}
	q.mu.Unlock()
	if reason != "" {
		q.drop(reason)
	}
}

// next takes an audit from the queue; a sender without one has ended.
func (q *auditQueue) next() (queuedAudit, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.waiting = nil // and with it the room that it took
		q.leave()
		return queuedAudit{}, false
	}
	first := q.waiting[0]
	q.waiting[0] = queuedAudit{}
	q.waiting = q.waiting[1:]
	return first, true
}

func (q *auditQueue) leave() {
	q.senders--
	if q.closed && q.senders == 0 {
		close(q.empty)
	}
}

func (q *auditQueue) run(context.Context) {
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

// deliver sends an audit, and returns why it cannot.
func (q *auditQueue) deliver(queued queuedAudit) (reason string) {
	// Nothing that is in an audit may end the sending of others.
	defer func() {
		if p := recover(); p != nil {
			reason = fmt.Sprintf("sending panicked: %T", p)
		}
	}()
	for failures := 1; ; failures++ {
		if q.ctx.Err() != nil {
			return "the client was closed before it could be sent"
		}
		err := q.send(q.ctx, queued.audit)
		switch {
		case err == nil:
			return ""
		case !worthAnother(err) || q.now().Sub(queued.since) > auditMaxAge:
			return err.Error()
		}
		q.pause(failures)
	}
}

// worthAnother reports whether an audit may be sent after this error. It may then
// arrive twice: better than not at all.
func worthAnother(err error) bool {
	var answer *Error
	if errors.As(err, &answer) {
		return transient(answer.Status) || answer.Status == http.StatusUnauthorized || answer.Status == http.StatusRequestTimeout
	}
	return errors.Is(err, ErrUnavailable)
}

// pause waits before another try, less long while the client closes.
func (q *auditQueue) pause(failures int) {
	longest, closing := longestAuditPause, q.closing
	select {
	case <-q.closing:
		longest, closing = longestFlushPause, nil
	default:
	}
	timer := time.NewTimer(backoff(failures, firstAuditPause, longest))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-closing:
	case <-q.ctx.Done():
	}
}

// drop counts an audit that will not be sent.
func (q *auditQueue) drop(reason string) {
	total := q.dropped.Add(1)
	if ok, _ := q.tell.allow(q.now()); ok {
		q.logger.Error("frontegg: audit events are dropped", "reason", reason, "dropped", total)
	}
}

// close takes no more audits, waits up to d for those that wait to be sent, and
// drops the rest. It tells how many were not sent.
func (q *auditQueue) close(d time.Duration) error {
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
		return fmt.Errorf("frontegg: %d audit events could not be sent", n)
	}
	return nil
}
