package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// kind is a kind of request.
type kind string

const (
	good      kind = "good"
	goodAgain kind = "good, sent before"
	rotated   kind = "of a key withdrawn"
	expired   kind = "expired"
	forged    kind = "forged"
	unknown   kind = "of an unknown kid"
	lacking   kind = "without the role"
	another   kind = "of another user"
	none      kind = "without a token"
)

// kinds are those that a run is made of, the common ones more than once.
var kinds = []kind{goodAgain, goodAgain, goodAgain, goodAgain, good, good, rotated, expired, forged, unknown, lacking, another, none}

const (
	// patience is how long a new key may take to be known, by the run's clock: so
	// long may requests with unknown kids keep the guard from asking.
	patience = 5 * time.Second
	// slack is what the machine may need, by its own clock.
	slack = 500 * time.Millisecond
)

// load sends requests and judges the answers.
type load struct {
	config config
	clock  *clock
	issuer *issuer
	url    string
	client *http.Client

	mu      sync.Mutex
	answers map[kind]map[int]int
	wrong   []string // the first few
	wrongs  int
	slowest time.Duration // of a new key to be accepted
	known   map[string]bool
	sent    []token // that were good, to be sent again
	heap    []uint64
}

// token is a token and whose it is.
type token struct {
	text, user, kid string
}

func newLoad(c config, clock *clock, is *issuer, url string) *load {
	return &load{
		config: c, clock: clock, issuer: is, url: url,
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: c.workers}},

		answers: map[kind]map[int]int{}, known: map[string]bool{},
	}
}

// run sends requests until the time is over.
func (l *load) run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	end := l.clock.now().Add(l.config.length)
	var group sync.WaitGroup
	group.Go(func() { l.rotate(ctx) })
	group.Go(func() { l.measure(ctx, out) })
	var workers sync.WaitGroup
	failures := make(chan error, l.config.workers)
	for range l.config.workers {
		workers.Go(func() {
			for ctx.Err() == nil && l.clock.now().Before(end) {
				if err := l.request(ctx, kinds[rand.IntN(len(kinds))]); err != nil && ctx.Err() == nil {
					failures <- err
					cancel()
					return
				}
			}
		})
	}
	workers.Wait()
	ended := ctx.Err()
	cancel()
	group.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return ended
	}
}

// rotate makes the issuer's life: rotations, and an outage after a third of the
// run.
func (l *load) rotate(ctx context.Context) {
	down := l.clock.now().Add(l.config.length / 3)
	for l.clock.sleep(ctx, l.config.rotate) {
		l.issuer.rotate()
		if l.config.outage > 0 && l.clock.now().After(down) {
			// The newest key is known by then, if all is well.
			if !l.clock.sleep(ctx, patience+l.clock.real(slack)) {
				return
			}
			l.issuer.setDown(true)
			up := l.clock.sleep(ctx, l.config.outage)
			l.issuer.setDown(false)
			if !up {
				return
			}
			down = down.Add(1000 * time.Hour)
		}
	}
}

// request sends one request of a kind and judges the answer.
func (l *load) request(ctx context.Context, k kind) error {
	t, ok := l.token(k)
	if !ok {
		return nil // there is none of this kind yet
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url+"/users/"+t.user, nil)
	if err != nil {
		return err
	}
	if k != none {
		r.Header.Set("Authorization", "Bearer "+t.text)
	}
	began := l.clock.now()
	before, down := l.issuer.state(t.kid)
	response, err := l.client.Do(r)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	after, stillDown := l.issuer.state(t.kid)
	l.judge(k, t, response, began, before, after, down || stillDown)
	return nil
}

// token makes a token of a kind.
func (l *load) token(k kind) (token, bool) {
	if k == goodAgain {
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.sent) == 0 {
			return token{}, false
		}
		return l.sent[rand.IntN(len(l.sent))], true
	}
	age := 0
	if k == rotated {
		age = 2 + rand.IntN(2)
	}
	by, ok := l.issuer.pick(age)
	if !ok {
		return token{}, false
	}
	now := l.clock.now()
	t := token{user: fmt.Sprint("u", rand.IntN(1000)), kid: by.id}
	claims := map[string]any{
		"iss": l.issuer.url, "aud": audience, "sub": t.user, "jti": fmt.Sprint(rand.Uint64()), "roles": []string{"editor", "admin"},
		"iat": now.Unix(), "exp": now.Add(24 * time.Hour).Unix(),
	}
	kid := by.id
	switch k {
	case expired:
		claims["iat"], claims["exp"] = now.Add(-2*time.Hour).Unix(), now.Add(-time.Minute).Unix()
	case unknown:
		kid = fmt.Sprint("x", rand.Uint64())
	case lacking:
		claims["roles"] = []string{"editor"}
	case another:
		claims["sub"] = "somebody"
	}
	t.text = by.sign(kid, claims)
	if k == forged {
		dot := strings.LastIndexByte(t.text, '.')
		t.text = t.text[:dot+1] + strings.Repeat("A", 43) + t.text[dot+44:]
	}
	return t, true
}

// judge counts an answer. before and after are what was known of the token's key
// when the request was sent and when the answer was there.
func (l *load) judge(k kind, t token, r *http.Response, began time.Time, before, after key, down bool) {
	now, right := l.clock.now(), false
	switch k {
	case none, forged, expired:
		right = r.StatusCode == http.StatusUnauthorized
	case unknown:
		right = r.StatusCode == http.StatusUnauthorized || down && r.StatusCode == http.StatusServiceUnavailable
	default:
		admitted := map[kind]int{lacking: http.StatusForbidden, another: http.StatusForbidden}[k]
		if admitted == 0 {
			admitted = http.StatusOK
		}
		switch r.StatusCode {
		case admitted:
			// Once the guard has a set without the key, its tokens are not valid.
			right = before.gone.IsZero() || began.Before(before.gone.Add(l.clock.real(slack)))
			right = right && (admitted != http.StatusOK || r.Header.Get("X-User") == t.user)
		case http.StatusUnauthorized, http.StatusServiceUnavailable:
			// Before the guard knows the key, and after it was withdrawn.
			right = began.Before(before.published.Add(patience+l.clock.real(slack))) || !after.withdrawn.IsZero() || !after.gone.IsZero()
			right = right && (r.StatusCode == http.StatusUnauthorized || down)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.answers[k] == nil {
		l.answers[k] = map[int]int{}
	}
	l.answers[k][r.StatusCode]++
	if !right {
		if l.wrongs++; len(l.wrong) < 10 {
			l.wrong = append(l.wrong, fmt.Sprintf("%s: %d after %v; its key was published %v before, withdrawn %v, gone %v; down %v",
				k, r.StatusCode, now.Sub(l.clock.start), began.Sub(before.published), !before.withdrawn.IsZero(), !before.gone.IsZero(), down))
		}
	}
	if k == good && r.StatusCode == http.StatusOK {
		if !l.known[t.kid] {
			l.known[t.kid] = true
			l.slowest = max(l.slowest, now.Sub(before.published))
		}
		if len(l.sent) < 3*cached {
			l.sent = append(l.sent, t)
		} else {
			l.sent[rand.IntN(len(l.sent))] = t
		}
	}
}

// measure looks at memory from time to time, and tells of progress.
func (l *load) measure(ctx context.Context, out io.Writer) {
	for l.clock.sleep(ctx, l.config.length/20) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		l.mu.Lock()
		l.heap = append(l.heap, m.HeapAlloc)
		total := 0
		for _, statuses := range l.answers {
			for _, n := range statuses {
				total += n
			}
		}
		fmt.Fprintf(out, "%v: %d requests, %d wrong, heap %d MiB\n", l.clock.now().Sub(l.clock.start).Round(time.Second), total, l.wrongs, m.HeapAlloc>>20)
		l.mu.Unlock()
	}
}

func (l *load) report(out io.Writer, left int) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\ntoken\tanswers")
	for _, k := range slices.Sorted(maps.Keys(l.answers)) {
		fmt.Fprintf(w, "%s\t", k)
		for _, status := range slices.Sorted(maps.Keys(l.answers[k])) {
			fmt.Fprintf(w, "%d: %d  ", status, l.answers[k][status])
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
	fmt.Fprintf(out, "\nkeys %d, fetched %d times, the slowest known after %v\n", len(l.known), l.issuer.fetches, l.slowest.Round(time.Millisecond))
	fmt.Fprintf(out, "wrong answers %d, goroutines left %d\n", l.wrongs, left)
	for _, text := range l.wrong {
		fmt.Fprintln(out, "  wrong:", text)
	}
}

// verdict says what is wrong with a run.
func (l *load) verdict(left int) error {
	switch {
	case l.wrongs > 0:
		return fmt.Errorf("%d wrong answers", l.wrongs)
	case left > 0:
		return fmt.Errorf("%d goroutines are left", left)
	}
	for _, k := range kinds {
		if len(l.answers[k]) == 0 {
			return fmt.Errorf("no request was %s: the run is too short", k)
		}
	}
	if l.answers[good][http.StatusOK] == 0 || l.answers[rotated][http.StatusUnauthorized] == 0 {
		return errors.New("no good token was admitted, or no withdrawn key refused")
	}
	// The first third fills caches and pools.
	if third := l.heap[len(l.heap)/3:]; len(third) > 2 {
		if first, last := slices.Min(third[:2]), third[len(third)-1]; last > first+first/2+16<<20 {
			return fmt.Errorf("the heap has grown from %d to %d MiB", first>>20, last>>20)
		}
	}
	return nil
}
