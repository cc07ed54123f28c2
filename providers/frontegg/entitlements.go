package frontegg

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/authgen/authgen/internal/provider"
	"github.com/authgen/authgen/providers/frontegg/internal/entitlement"
)

const (
	defaultInterval  = 30 * time.Second
	shortestInterval = time.Second
	defaultMaxAge    = 15 * time.Minute
	longestMaxAge    = 24 * time.Hour
	// firstRetry is after the first poll that failed, and longestRetry the longest
	// pause while questions are not answered.
	firstRetry   = time.Second
	longestRetry = 5 * time.Second
)

// polling says how often entitlements are asked for, and how long they count.
type polling struct{ interval, maxAge time.Duration }

// EntitlementPolling is how long after one poll the next one comes, 30 seconds unless
// set and at least one, and how old entitlements may be, 15 minutes unless set and at
// most a day: the time since Frontegg last said that they are the latest. Zero leaves
// either as it is.
//
// After a poll that failed the next one comes sooner, and within five seconds while
// questions are not answered, unless Frontegg asks for more by Retry-After.
//
// So an entitlement that is granted or taken away counts within the interval while
// Frontegg answers, and one that was taken away never after the age is over.
func EntitlementPolling(interval, maxAge time.Duration) Option {
	return func(o *options) error {
		if interval != 0 {
			o.polling.interval = interval
		}
		if maxAge != 0 {
			o.polling.maxAge = maxAge
		}
		if o.polling.interval < shortestInterval || o.polling.maxAge < o.polling.interval || o.polling.maxAge > longestMaxAge {
			return fmt.Errorf("EntitlementPolling: the interval is below %v, or the age not between it and %v", shortestInterval, longestMaxAge)
		}
		return nil
	}
}

// Entitlements answers what tenants and users are entitled to, from a snapshot in
// memory that is kept up to date. It is the [auth.FeatureProvider] of guards, see
// [Entitlements.Entitled], and safe for any number of goroutines.
//
// Answers are errors that match [ErrUnavailable] before the first snapshot and once
// the last one is too old, see [EntitlementPolling].
type Entitlements struct {
	client *Client
	now    func() time.Time
	maxAge time.Duration
	held   atomic.Pointer[heldSnapshot]
	cancel context.CancelFunc
	ready  chan struct{} // closed with the first snapshot
	done   chan struct{} // closed when polling has ended

	mu       sync.Mutex
	failures int   // polls that failed since the last that did not
	failed   error // why the last one failed; nil when it did not
}

// heldSnapshot is a snapshot and its times, by the client's clock. It does not change.
type heldSnapshot struct {
	*entitlement.Snapshot       // nil with err
	err                   error // why there is none
	loaded, checked       time.Time
}

var (
	errNoSnapshot  = unavailable(errors.New("there are no entitlements yet"))
	errOldSnapshot = unavailable(errors.New("the entitlements are too old"))
)

// Entitlements returns the entitlements of the environment. The first call begins to
// poll for them, until [Entitlements.Close] or [Client.Close]; Frontegg need not
// answer then. [Entitlements.Ready] waits for the first snapshot.
func (c *Client) Entitlements() *Entitlements {
	c.entitling.Do(func() {
		e := &Entitlements{
			client: c, now: c.now, maxAge: c.options.polling.maxAge,
			ready: make(chan struct{}), done: make(chan struct{}),
		}
		e.held.Store(&heldSnapshot{err: errNoSnapshot})
		ctx, cancel := context.WithCancel(c.work.Context())
		e.cancel = cancel
		if !c.work.Start(func(context.Context) { e.poll(ctx) }) {
			e.ended()
		}
		c.entitlements = e
	})
	return c.entitlements
}

// Ready returns nil when questions are answered, and waits for the first snapshot.
// Where that takes longer than ctx, the error says why the last poll failed.
func (e *Entitlements) Ready(ctx context.Context) error {
	select {
	case <-e.ready:
	case <-e.done:
	case <-ctx.Done():
		if failed := e.Status().Err; failed != nil {
			return fmt.Errorf("frontegg: entitlements: %w, and before that: %w", ctx.Err(), failed)
		}
		return fmt.Errorf("frontegg: entitlements: %w", ctx.Err())
	}
	_, err := e.current(e.now())
	return err
}

// EntitlementStatus tells how good the entitlements are.
type EntitlementStatus struct {
	// Offset is the number of the snapshot, by which Frontegg counts changes.
	Offset int64
	// Loaded is when the snapshot was asked for; zero before the first. Checked is
	// when Frontegg last said that it is the latest, and Age the time since. That is
	// Loaded for a first snapshot that is older than what Frontegg says there is.
	Loaded, Checked time.Time
	Age             time.Duration
	// Usable reports whether questions are answered.
	Usable bool
	// Failures are the polls that failed since the last that did not, and Err is why
	// the last of them did.
	Failures int
	Err      error
	// Ignored are the parts of the snapshot that were not understood. They grant
	// nothing, except for what other parts grant.
	Ignored int
}

// Status tells how good the entitlements are: for metrics and health checks.
func (e *Entitlements) Status() EntitlementStatus {
	now := e.now()
	h := e.held.Load()
	_, err := e.current(now)
	s := EntitlementStatus{Usable: err == nil}
	if h.Snapshot != nil {
		s.Offset, s.Loaded, s.Checked, s.Age, s.Ignored = h.Offset(), h.loaded, h.checked, provider.Age(now, h.checked), ignored(h.Dropped())
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	s.Failures, s.Err = e.failures, e.failed
	return s
}

// ignored counts what was dropped once: patterns are among the conditions.
func ignored(d entitlement.Dropped) int {
	return d.Bundles + d.Entitlements + d.Flags + d.Plans + d.Rules + d.Conditions
}

// Close ends polling and waits for that. Questions fail with [ErrClosed] then.
func (e *Entitlements) Close() error {
	e.cancel()
	<-e.done
	return nil
}

// current returns the snapshot to answer from.
func (e *Entitlements) current(now time.Time) (*entitlement.Snapshot, error) {
	h := e.held.Load()
	if h.err != nil {
		return nil, h.err
	}
	if age := provider.Age(now, h.checked); age > e.maxAge || age < -provider.ClockSlack {
		return nil, errOldSnapshot
	}
	return h.Snapshot, nil
}
