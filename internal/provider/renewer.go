package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// authDeadline is how long an attempt may last, all tries together.
	authDeadline = 30 * time.Second
	// firstDelay and longestDelay are between the tries of an attempt.
	firstDelay   = 500 * time.Millisecond
	longestDelay = 5 * time.Second
	// firstPause and longestPause are between attempts that failed.
	firstPause   = time.Second
	longestPause = 10 * time.Second
	// Tokens that an answer of 401 refuses are renewed askBurst times at once, and
	// once more each askInterval.
	askBurst    = 3
	askInterval = 10 * time.Second
)

// RenewerConfig is what a [Renewer] is made of. All but Tries is required.
type RenewerConfig struct {
	What string // before what is logged and before errors, such as "frontegg: vendor authentication"
	// Ask asks for a token once. With an error Refusal says of the next try what the
	// answer did. Errors hold no secret.
	Ask   func(ctx context.Context) (*Token, Refusal, error)
	Tries int // of an attempt; one unless set
	// Unavailable makes an error one that the callers of the client know as "later",
	// and Closed is that of everything after End.
	Unavailable func(error) error
	Closed      error
	Now         func() time.Time
	Logger      *slog.Logger
	Work        *Background
}

// Refusal is what an answer without a token says of the next try.
type Refusal struct {
	Final bool // it will be the same
	Wait  time.Duration
}

// Renewer holds a token by which a program is known. It is made by [NewRenewer] and
// safe for any number of goroutines.
//
// The first who needs it begins an attempt to get one, and all who need it
// meanwhile wait for that. A timer renews it after 0.8 of its life. Where that
// fails, the token serves for the rest of its life, and further attempts follow
// after pauses; when it has ended, callers begin them. The pauses double up to ten
// seconds, or are as long as Retry-After says, at most five minutes: meanwhile
// callers without a token are refused at once.
type Renewer struct {
	config RenewerConfig

	held atomic.Pointer[Token]
	asks Limiter // for answers of 401

	mu       sync.Mutex
	flight   *flight
	timer    *time.Timer
	closed   bool
	failures int       // attempts that failed since the last that did not
	failed   error     // why the last one failed
	quiet    time.Time // no other attempt before that
	pauseAt  time.Time // when the pause until quiet began
}

// NewRenewer makes one without a token. It asks for none before somebody needs it.
func NewRenewer(config RenewerConfig) *Renewer {
	return &Renewer{config: config, asks: Limiter{Most: askBurst, Interval: askInterval}}
}

// Token is a token and its times, by the client's clock. It is made by [NewToken].
type Token struct {
	text           Secret
	from           time.Time // when it was asked for
	refresh, until time.Time
}

// NewToken makes one that was asked for at from and lives for life.
func NewToken(text string, from time.Time, life time.Duration) *Token {
	return &Token{NewSecret(text), from, from.Add(life / 5 * 4), from.Add(life)}
}

// Text returns the token itself.
func (t *Token) Text() string { return t.text() }

func (t *Token) valid(now time.Time) bool {
	if t == nil {
		return false
	}
	age := Age(now, t.from)
	return -ClockSlack <= age && age < t.until.Sub(t.from)
}

// flight is an attempt that is under way; done is closed when it is over.
type flight struct {
	done  chan struct{}
	token *Token
	err   error
}

func landed(token *Token, err error) *flight {
	f := &flight{make(chan struct{}), token, err}
	close(f.done)
	return f
}

// Token returns a token that is valid, and waits for one where none is held.
func (r *Renewer) Token(ctx context.Context) (*Token, error) {
	now := r.config.Now()
	if t := r.held.Load(); t.valid(now) {
		if !now.Before(t.refresh) {
			r.join(t, now) // nobody waits for it
		}
		return t, nil
	}
	return r.Another(ctx)
}

// Renew returns another token than refused, which an answer of 401 refused.
func (r *Renewer) Renew(ctx context.Context, refused *Token) (*Token, error) {
	now := r.config.Now()
	r.mu.Lock()
	if held := r.held.Load(); held != refused && held.valid(now) {
		r.mu.Unlock()
		return held, nil
	}
	if r.flight == nil {
		// Somebody may answer 401 whatever the token is.
		if ok, _ := r.asks.Allow(now); !ok {
			r.mu.Unlock()
			return nil, r.config.Unavailable(errors.New("tokens are refused again and again"))
		}
	}
	f := r.joinLocked(refused, now)
	r.mu.Unlock()
	return r.await(ctx, f)
}

// Another returns another token than the one that is held, which may be valid.
func (r *Renewer) Another(ctx context.Context) (*Token, error) {
	return r.await(ctx, r.join(r.held.Load(), r.config.Now()))
}

func (r *Renewer) await(ctx context.Context, f *flight) (*Token, error) {
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", r.config.What, ctx.Err())
	}
}

// join returns the attempt that gets another token than old, and begins it unless
// that is too soon.
func (r *Renewer) join(old *Token, now time.Time) *flight {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.joinLocked(old, now)
}

func (r *Renewer) joinLocked(old *Token, now time.Time) *flight {
	switch held := r.held.Load(); {
	case r.closed:
		return landed(nil, r.config.Closed)
	case held != old && held.valid(now):
		return landed(held, nil)
	case r.flight != nil:
		return r.flight
	case r.failures > 0 && now.Before(r.quiet) && !now.Before(r.pauseAt.Add(-ClockSlack)):
		return landed(nil, &Paused{r.failed, r.quiet.Sub(now)})
	}
	return r.begin()
}

// Paused is the error of a token that was not asked for, as it is too early after
// another failure.
type Paused struct {
	error
	left time.Duration
}

// Unwrap returns the failure before.
func (e *Paused) Unwrap() error { return e.error }

// RetryAfter is when it is not too early any more.
func (e *Paused) RetryAfter() time.Duration { return e.left }

func (r *Renewer) begin() *flight {
	f := &flight{done: make(chan struct{}), err: r.config.Closed}
	r.flight = f
	// No request owns the attempt: one that goes away must not end it for others.
	if !r.config.Work.Start(func(ctx context.Context) { r.run(ctx, f) }) {
		r.flight = nil
		close(f.done)
	}
	return f
}

func (r *Renewer) run(ctx context.Context, f *flight) {
	var wait time.Duration
	token, err := (*Token)(nil), r.config.Unavailable(errors.New("authentication panicked")) // unless it returns
	defer func() {
		// The log may be slow, or one that needs the token.
		if failed := r.settle(f, token, wait, err); failed {
			r.config.Logger.Warn(r.config.What+" failed", "reason", err.Error())
		}
	}()
	token, wait, err = r.authenticate(ctx)
}

// settle notes what became of an attempt, and sets the timer for the next. It reports
// whether that failed, and not by End.
func (r *Renewer) settle(f *flight, token *Token, wait time.Duration, err error) (failed bool) {
	now := r.config.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	defer close(f.done)
	r.flight, r.failed = nil, err
	if r.closed {
		f.err = r.config.Closed
		return false
	}
	if err == nil {
		f.token, f.err = token, nil
		r.held.Store(token)
		r.failures = 0
		r.wake(token.refresh.Sub(token.from))
		return false
	}
	f.err = err
	r.failures++
	pause := max(Backoff(r.failures, firstPause, longestPause), wait)
	r.quiet, r.pauseAt = now.Add(pause), now
	if r.held.Load().valid(now) {
		r.wake(pause)
	}
	return true
}

// wake sets the only timer there is.
func (r *Renewer) wake(d time.Duration) {
	if r.timer != nil {
		r.timer.Stop()
	}
	r.timer = time.AfterFunc(d, r.tick)
}

// tick renews the token.
func (r *Renewer) tick() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed && r.flight == nil {
		r.begin()
	}
}

// End ends the timer and forgets the token. Attempts end with the work in the
// background.
func (r *Renewer) End() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.held.Store(nil)
	if r.timer != nil {
		r.timer.Stop()
	}
}

// authenticate asks for a token, several times where that may help. wait is what
// the last answer said of when to come back.
func (r *Renewer) authenticate(ctx context.Context) (token *Token, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, authDeadline)
	defer cancel()
	for try := 1; ; try++ {
		token, answer, err := r.config.Ask(ctx)
		if err == nil {
			return token, 0, nil
		}
		err = fmt.Errorf("%s: %w", r.config.What, r.config.Unavailable(err))
		pause := max(Backoff(try, firstDelay, longestDelay), answer.Wait)
		if answer.Final || try >= r.config.Tries || !Sleep(ctx, pause) {
			return nil, answer.Wait, err
		}
	}
}

// Shown is the text of the token that is held, which nothing may repeat; "" for none.
func (r *Renewer) Shown() string {
	if t := r.held.Load(); t != nil {
		return t.text()
	}
	return ""
}
