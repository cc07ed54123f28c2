package frontegg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// authDeadline is how long an attempt to authenticate may last, all tries
	// together.
	authDeadline = 30 * time.Second
	// firstDelay and longestDelay are between the tries of an attempt.
	firstDelay   = 500 * time.Millisecond
	longestDelay = 5 * time.Second
	// firstPause and longestPause are between attempts that failed.
	firstPause   = time.Second
	longestPause = 10 * time.Second
	// The life of a vendor token. One that says to live longer is renewed as if it
	// lived as long as this; one that says to live shorter is refused.
	shortestLife = time.Second
	longestLife  = 24 * time.Hour
	// Tokens that an answer of 401 refuses are renewed askBurst times at once, and
	// once more each askInterval.
	askBurst    = 3
	askInterval = 10 * time.Second

	maxVendorAnswer = 64 << 10
	maxVendorToken  = 16 << 10
)

// vendor holds the token by which we are known as the vendor.
//
// The first who needs it begins an attempt to get one, and all who need it
// meanwhile wait for that. A timer renews it after 0.8 of its life. Where that
// fails, the token serves for the rest of its life, and further attempts follow
// after pauses; when it has ended, callers begin them. The pauses double up to ten
// seconds, or are as long as Retry-After says, at most five minutes: meanwhile
// callers without a token are refused at once.
type vendor struct {
	client   *http.Client // adds nothing and follows no redirect
	url      string
	clientID string
	apiKey   secret
	tries    int
	timeout  time.Duration
	now      func() time.Time
	logger   *slog.Logger
	work     *background

	held atomic.Pointer[vendorToken]

	mu       sync.Mutex
	flight   *flight
	timer    *time.Timer
	closed   bool
	failures int       // attempts that failed since the last that did not
	failed   error     // why the last one failed
	quiet    time.Time // no other attempt before that
	pauseAt  time.Time // when the pause until quiet began
	spent    time.Time // until when renewals for answers of 401 are used up
}

// vendorToken is a token and its times, by the client's clock.
type vendorToken struct {
	text           secret
	from           time.Time // when it was asked for
	refresh, until time.Time
}

// clockSlack is how far a clock may be set back without a doubt about a token.
const clockSlack = time.Minute

func (t *vendorToken) valid(now time.Time) bool {
	return t != nil && now.Before(t.until) && !now.Before(t.from.Add(-clockSlack))
}

// flight is an attempt that is under way; done is closed when it is over.
type flight struct {
	done  chan struct{}
	token *vendorToken
	err   error
}

func landed(token *vendorToken, err error) *flight {
	f := &flight{make(chan struct{}), token, err}
	close(f.done)
	return f
}

// token returns a token that is valid, and waits for one where none is held.
func (v *vendor) token(ctx context.Context) (*vendorToken, error) {
	now := v.now()
	if t := v.held.Load(); t.valid(now) {
		if !now.Before(t.refresh) {
			v.join(t, now) // nobody waits for it
		}
		return t, nil
	}
	return v.await(ctx, v.join(v.held.Load(), now))
}

// renew returns another token than refused, which an answer of 401 refused.
func (v *vendor) renew(ctx context.Context, refused *vendorToken) (*vendorToken, error) {
	now := v.now()
	v.mu.Lock()
	if held := v.held.Load(); held != refused && held.valid(now) {
		v.mu.Unlock()
		return held, nil
	}
	if v.flight == nil && !v.mayAsk(now) {
		v.mu.Unlock()
		return nil, unavailable(errors.New("vendor tokens are refused again and again"))
	}
	f := v.joinLocked(refused, now)
	v.mu.Unlock()
	return v.await(ctx, f)
}

// mayAsk reports whether an answer of 401 may cause an attempt, and counts that:
// somebody may answer so whatever the token is.
func (v *vendor) mayAsk(now time.Time) bool {
	used := v.spent.Sub(now)
	if used < 0 || used > askBurst*askInterval { // the clock was set back
		used = 0
	}
	if used > (askBurst-1)*askInterval {
		return false
	}
	v.spent = now.Add(used + askInterval)
	return true
}

func (v *vendor) await(ctx context.Context, f *flight) (*vendorToken, error) {
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return nil, fmt.Errorf("frontegg: vendor authentication: %w", ctx.Err())
	}
}

// join returns the attempt that gets another token than old, and begins it unless
// that is too soon.
func (v *vendor) join(old *vendorToken, now time.Time) *flight {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.joinLocked(old, now)
}

func (v *vendor) joinLocked(old *vendorToken, now time.Time) *flight {
	switch held := v.held.Load(); {
	case v.closed:
		return landed(nil, ErrClosed)
	case held != old && held.valid(now):
		return landed(held, nil)
	case v.flight != nil:
		return v.flight
	case v.failures > 0 && now.Before(v.quiet) && !now.Before(v.pauseAt.Add(-clockSlack)):
		return landed(nil, v.failed)
	}
	return v.begin()
}

func (v *vendor) begin() *flight {
	f := &flight{done: make(chan struct{}), err: ErrClosed}
	v.flight = f
	// No request owns the attempt: one that goes away must not end it for others.
	if !v.work.start(func(ctx context.Context) { v.run(ctx, f) }) {
		v.flight = nil
		close(f.done)
	}
	return f
}

func (v *vendor) run(ctx context.Context, f *flight) {
	var wait time.Duration
	token, err := (*vendorToken)(nil), unavailable(errors.New("authentication panicked")) // unless it returns
	defer func() { v.settle(f, token, wait, err) }()
	token, wait, err = v.authenticate(ctx)
}

// settle notes what became of an attempt, and sets the timer for the next.
func (v *vendor) settle(f *flight, token *vendorToken, wait time.Duration, err error) {
	now := v.now()
	v.mu.Lock()
	defer v.mu.Unlock()
	defer close(f.done)
	v.flight, v.failed = nil, err
	if v.closed {
		f.err = ErrClosed
		return
	}
	if err == nil {
		f.token, f.err = token, nil
		v.held.Store(token)
		v.failures = 0
		v.wake(token.refresh.Sub(token.from))
		return
	}
	f.err = err
	v.failures++
	pause := max(backoff(v.failures, firstPause, longestPause), wait)
	v.quiet, v.pauseAt = now.Add(pause), now
	v.logger.Warn("frontegg: vendor authentication failed", "reason", err.Error())
	if v.held.Load().valid(now) {
		v.wake(pause)
	}
}

// wake sets the only timer there is.
func (v *vendor) wake(d time.Duration) {
	if v.timer != nil {
		v.timer.Stop()
	}
	v.timer = time.AfterFunc(d, v.tick)
}

// tick renews the token.
func (v *vendor) tick() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.closed && v.flight == nil {
		v.begin()
	}
}

// close ends the timer and forgets the token. Attempts end with the work in the
// background.
func (v *vendor) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	v.held.Store(nil)
	if v.timer != nil {
		v.timer.Stop()
	}
}

// authenticate asks for a token, several times where that may help. wait is what
// the last answer said of when to come back.
func (v *vendor) authenticate(ctx context.Context) (token *vendorToken, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, authDeadline)
	defer cancel()
	for try := 1; ; try++ {
		token, answer, err := v.ask(ctx)
		if err == nil {
			return token, 0, nil
		}
		err = fmt.Errorf("frontegg: vendor authentication: %w", unavailable(err))
		pause := max(backoff(try, firstDelay, longestDelay), answer.wait)
		if answer.final || try >= v.tries || !sleep(ctx, pause) {
			return nil, answer.wait, err
		}
	}
}

// vendorAnswer is what an answer without a token says of the next try.
type vendorAnswer struct {
	final bool // it will be the same
	wait  time.Duration
}

// ask asks once. Errors hold nothing of the body, which may repeat the secret.
func (v *vendor) ask(ctx context.Context) (*vendorToken, vendorAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	body, err := json.Marshal(map[string]string{"clientId": v.clientID, "secret": v.apiKey()})
	if err != nil {
		return nil, vendorAnswer{final: true}, errors.New("the credentials cannot be written as JSON")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.url, bytes.NewReader(body))
	if err != nil {
		return nil, vendorAnswer{final: true}, errors.New("the URL cannot be asked")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	began := v.now()
	response, err := v.client.Do(r)
	if err != nil {
		return nil, vendorAnswer{}, err
	}
	defer response.Body.Close()
	if status := response.StatusCode; status < 200 || status > 299 {
		temporary := transient(status) || status == http.StatusRequestTimeout || status == http.StatusTooEarly
		return nil, vendorAnswer{!temporary, retryAfter(response.Header, began)}, fmt.Errorf("status %d", status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxVendorAnswer+1))
	if err != nil {
		return nil, vendorAnswer{}, fmt.Errorf("the answer ended early: %w", err)
	}
	token, err := readVendorToken(data, began)
	return token, vendorAnswer{}, err
}

// readVendorToken reads {"token": string, "expiresIn": seconds}.
func readVendorToken(data []byte, began time.Time) (*vendorToken, error) {
	var answer struct {
		Token     string   `json:"token"`
		ExpiresIn *float64 `json:"expiresIn"`
	}
	if len(data) > maxVendorAnswer || json.Unmarshal(data, &answer) != nil {
		return nil, errors.New("the answer is not the JSON of a token")
	}
	if answer.Token == "" || len(answer.Token) > maxVendorToken || strings.ContainsFunc(answer.Token, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return nil, errors.New("the answer has no token that can be sent")
	}
	// As a number, before it is converted: larger ones have no duration.
	if answer.ExpiresIn == nil || !(*answer.ExpiresIn >= shortestLife.Seconds()) {
		return nil, errors.New("expiresIn is no number of seconds of at least 1")
	}
	life := longestLife
	if seconds := *answer.ExpiresIn; seconds < longestLife.Seconds() {
		life = time.Duration(seconds * float64(time.Second))
	}
	return &vendorToken{newSecret(answer.Token), began, began.Add(life / 5 * 4), began.Add(life)}, nil
}
