package frontegg_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontegg"
)

// TestSingleFlight holds that all who need a token at once share one request.
func TestSingleFlight(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	c := g.connect(t)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			<-begin
			if err := c.Authenticate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	if n := g.tokensAsked(); n != 0 {
		t.Errorf("%d tokens were asked for before one was needed", n)
	}
	close(begin)
	all.Wait()
	if n := g.tokensAsked(); n != 1 {
		t.Errorf("%d tokens were asked for, want 1", n)
	}
}

// TestRefresh holds when tokens are renewed: after 0.8 of their life, by a timer of
// which there is one.
func TestRefresh(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		life string
		runs []time.Duration // until there is one request more, and after it
	}{
		"usual":        {"100", []time.Duration{79 * time.Second, 2 * time.Second, 77 * time.Second, 3 * time.Second}},
		"a fraction":   {"1.5", []time.Duration{1100 * time.Millisecond, 200 * time.Millisecond}},
		"beyond timer": {"3000000", []time.Duration{2399999 * time.Second, 2 * time.Second, 2399997 * time.Second, 3 * time.Second}}, // that of JavaScript
		"beyond int64": {"1e300", []time.Duration{79 * 365 * 24 * time.Hour, 2 * 365 * 24 * time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, nil)
			g.answers(lasting(c.life))
			synctest.Test(t, func(t *testing.T) {
				client := g.connect(t)
				if err := client.Authenticate(t.Context()); err != nil {
					t.Fatal(err)
				}
				for i, d := range c.runs {
					time.Sleep(d) // of the bubble
					if want := 1 + (i+1)/2; g.tokensAsked() != want {
						t.Errorf("after step %d: %d requests, want %d", i, g.tokensAsked(), want)
					}
				}
			})
		})
	}
}

// TestVendorAnswers holds that nothing but a token with a life is taken for one,
// and that no such answer ends a process or shows a secret.
func TestVendorAnswers(t *testing.T) {
	t.Parallel()
	catcher := newGateway(t, nil)
	for name, a := range map[string]answer{
		"expires at once":   lasting("0"),
		"expires before":    lasting("-5"),
		"almost at once":    lasting("0.001"),
		"beyond float":      lasting("1e999"),
		"text":              lasting(`"3600"`),
		"not a number":      lasting("NaN"),
		"null":              lasting("null"),
		"no expiry":         {body: `{"token":"x"}`},
		"no token":          {body: `{"expiresIn":100}`},
		"an empty token":    {body: `{"token":"","expiresIn":100}`},
		"a header in token": {body: `{"token":"a\r\nX-B: c","expiresIn":100}`},
		"a long token":      {body: `{"token":"` + strings.Repeat("a", 20<<10) + `","expiresIn":100}`},
		"a long body":       {body: lasting("100").body + strings.Repeat(" ", 1<<20)},
		"nothing":           {},
		"a list":            {body: `[]`},
		"a page":            {body: `<html>`},
		"half":              {body: `{"token":"` + testToken},
		"refused":           {status: 401, body: `{"errors":["` + testAPIKey + `"]}`},
		"failed":            {status: 500, body: testAPIKey},
		"elsewhere":         {status: 307, header: http.Header{"Location": {catcher.url + "/auth/vendor"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, nil)
			g.answers(a)
			var told log
			c := g.connect(t, frontegg.NumberOfTries(1), frontegg.Logger(told.logger()))
			err := c.Authenticate(t.Context())
			if !errors.Is(err, frontegg.ErrUnavailable) {
				t.Fatalf("error %v", err)
			}
			hides(t, "the error", err.Error())
			if err := c.Close(); err != nil { // waits for what is logged after the answer
				t.Fatal(err)
			}
			hides(t, "the log", told.String())
			if !strings.Contains(told.String(), "vendor authentication failed") {
				t.Error("nothing was logged")
			}
		})
	}
	t.Cleanup(func() {
		if catcher.tokensAsked() != 0 {
			t.Error("the credentials followed a redirect")
		}
	})
}

// TestVendorRetries holds how often a token is asked for, and how long that lasts.
func TestVendorRetries(t *testing.T) {
	t.Parallel()
	down, busy := answer{status: 502}, answer{status: 429, header: http.Header{"Retry-After": {"7"}}}
	for name, c := range map[string]struct {
		answers     []answer
		tries       int
		asked       int
		ok          bool
		least, most time.Duration
	}{
		"at once":         {[]answer{lasting("100")}, 3, 1, true, 0, 0},
		"the third":       {[]answer{down, down, lasting("100")}, 3, 3, true, 700 * time.Millisecond, 1500 * time.Millisecond},
		"not the fourth":  {[]answer{down, down, down, lasting("100")}, 3, 3, false, 700 * time.Millisecond, 1500 * time.Millisecond},
		"one try":         {[]answer{down, lasting("100")}, 1, 1, false, 0, 0},
		"told to wait":    {[]answer{busy, lasting("100")}, 3, 2, true, 7 * time.Second, 7 * time.Second},
		"refused":         {[]answer{{status: 401}, lasting("100")}, 3, 1, false, 0, 0},
		"garbage":         {[]answer{{body: "x"}, lasting("100")}, 3, 2, true, 200 * time.Millisecond, 500 * time.Millisecond},
		"beyond deadline": {[]answer{{status: 503, header: http.Header{"Retry-After": {"31"}}}}, 3, 1, false, 0, 0},
		"many tries":      {[]answer{down}, 1 << 30, 0, false, 20 * time.Second, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, nil)
			g.answers(c.answers...)
			synctest.Test(t, func(t *testing.T) {
				client := g.connect(t, frontegg.NumberOfTries(c.tries))
				began := time.Now()
				err := client.Authenticate(t.Context())
				if took := time.Since(began); (err == nil) != c.ok || took < c.least || took > c.most {
					t.Errorf("%v after %v", err, took)
				}
				if c.asked != 0 && g.tokensAsked() != c.asked {
					t.Errorf("asked %d times, want %d", g.tokensAsked(), c.asked)
				}
			})
		})
	}
}

// TestVendorRetriesApart holds that those who failed together do not come back together.
func TestVendorRetriesApart(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	synctest.Test(t, func(t *testing.T) {
		pauses := map[time.Duration]bool{}
		for range 8 {
			g.answers(answer{status: 503}, lasting("100"))
			c, began := g.connect(t), time.Now()
			if err := c.Authenticate(t.Context()); err != nil {
				t.Error(err)
			}
			pause := time.Since(began)
			if pauses[pause] = true; pause < 250*time.Millisecond || pause > 500*time.Millisecond {
				t.Errorf("came back after %v", pause)
			}
		}
		if len(pauses) < 2 {
			t.Errorf("all came back after %v", pauses)
		}
	})
}

// TestRefreshFails holds that a token serves as long as it lives when no other can
// be had, and how soon one is had again.
func TestRefreshFails(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	down := answer{status: 500}
	g.answers(lasting("100"), down)
	synctest.Test(t, func(t *testing.T) {
		c := g.connect(t, frontegg.NumberOfTries(1))
		step := func(d time.Duration, want bool) {
			t.Helper()
			time.Sleep(d) // of the bubble
			if err := c.Authenticate(t.Context()); (err == nil) != want {
				t.Errorf("%v", err)
			}
		}
		step(0, true)
		step(81*time.Second, true)
		step(18*time.Second, true)
		tried := g.tokensAsked()
		if tried < 3 || tried > 12 {
			t.Errorf("asked %d times", tried)
		}
		step(2*time.Second, false)
		time.Sleep(time.Hour) // nobody needs a token
		if n := g.tokensAsked(); n > tried+3 {
			t.Errorf("asked %d times with nobody waiting", n-tried)
		}
		step(0, false)
		quiet := g.tokensAsked()
		for range 100 {
			step(0, false)
		}
		if n := g.tokensAsked(); n != quiet {
			t.Errorf("asked %d times during the pause", n-quiet)
		}
		g.answers(lasting("100"))
		step(10*time.Second, true)
		// What a failed attempt was told to wait.
		g.answers(answer{status: 503, header: http.Header{"Retry-After": {"60"}}}, lasting("100"))
		step(79*time.Second, true)
		step(25*time.Second, false)
		step(30*time.Second, false)
		if n := g.tokensAsked(); n != 1 {
			t.Errorf("asked %d times before Retry-After was over", n)
		}
		step(7*time.Second, true)
	})
}

// TestOneTimer holds that a token is renewed by itself after an attempt that failed,
// and that renewals on demand leave no timer behind.
func TestOneTimer(t *testing.T) {
	t.Parallel()
	var refused atomic.Bool
	g := newGateway(t, func(w http.ResponseWriter, _ *http.Request) {
		if refused.Swap(false) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	g.answers(lasting("100"), answer{status: 500}, lasting("100"), lasting("100"), lasting("100"), lasting("100"))
	synctest.Test(t, func(t *testing.T) {
		c := g.connect(t, frontegg.NumberOfTries(1))
		if err := c.Authenticate(t.Context()); err != nil {
			t.Fatal(err)
		}
		asked := func(after time.Duration, want int) {
			t.Helper()
			time.Sleep(after) // of the bubble
			if n := g.tokensAsked(); n != want {
				t.Errorf("asked %d times, want %d", n, want)
			}
		}
		asked(85*time.Second, 3)
		for range 2 {
			refused.Store(true)
			if _, err := c.Metadata().Get(t.Context(), "x"); err == nil {
				t.Error("an empty body is JSON")
			}
		}
		asked(0, 5)
		asked(79*time.Second, 5)
		asked(2*time.Second, 6)
	})
}

// TestReauthenticate holds that another token can be had before it is time, and that the
// one at hand stays where none can be had.
func TestReauthenticate(t *testing.T) {
	t.Parallel()
	g := newGateway(t, writes(200, "{}"))
	numbered := func(n string) answer { return answer{body: `{"token":"token-` + n + `","expiresIn":100}`} }
	g.answers(numbered("1"), numbered("2"), answer{status: 401}, numbered("3"))
	synctest.Test(t, func(t *testing.T) {
		c := g.connect(t)
		uses := func(want string) {
			t.Helper()
			if _, err := c.Metadata().Get(t.Context(), "x"); err != nil {
				t.Error(err)
			}
			seen := g.seen()
			if got := seen[len(seen)-1].header.Get("X-Access-Token"); got != want {
				t.Errorf("sent %s, want %s", got, want)
			}
		}
		uses("token-1")
		if err := c.Reauthenticate(t.Context()); err != nil {
			t.Error(err)
		}
		uses("token-2")
		for range 3 { // within the pause after the first
			if err := c.Reauthenticate(t.Context()); !errors.Is(err, frontegg.ErrUnavailable) {
				t.Errorf("refused: %v", err)
			}
		}
		uses("token-2")
		if n := g.tokensAsked(); n != 3 {
			t.Errorf("asked %d times, want 3", n)
		}
		time.Sleep(time.Second) // of the bubble
		if err := c.Reauthenticate(t.Context()); err != nil {
			t.Error(err)
		}
		uses("token-3")
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := c.Reauthenticate(t.Context()); !errors.Is(err, frontegg.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		if err := new(frontegg.Client).Reauthenticate(t.Context()); err == nil {
			t.Error("no client authenticates")
		}
	})
}

// TestVendorClock holds that the life of tokens goes by the clock.
func TestVendorClock(t *testing.T) {
	t.Parallel()
	g, clock := newGateway(t, nil), new(authtest.Clock)
	c := g.connect(t, frontegg.Clock(clock.Now))
	for i, d := range []time.Duration{0, 2000 * time.Second, 1700 * time.Second, -2 * time.Hour} {
		clock.Advance(d)
		if err := c.Authenticate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := []int{1, 1, 2, 3}[i]; g.tokensAsked() != want {
			t.Errorf("step %d: asked %d times, want %d", i, g.tokensAsked(), want)
		}
	}
}

// TestClose holds that Close ends everything: the bubble fails where a goroutine is
// left.
func TestClose(t *testing.T) {
	t.Parallel()
	g := newGateway(t, writes(200, "{}"))
	var own frontegg.Client
	if err := errors.Join(own.Close(), (*frontegg.Client)(nil).Close()); err != nil {
		t.Error(err)
	}
	synctest.Test(t, func(t *testing.T) {
		c, err := frontegg.Connect(t.Context(), environment(nil), frontegg.Credentials(testClientID, testAPIKey), frontegg.GatewayURL(g.url))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Metadata().Get(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		for what, err := range map[string]error{"authenticate": c.Authenticate(t.Context()), "send": c.Audits().Send(t.Context(), anAudit)} {
			if !errors.Is(err, frontegg.ErrClosed) {
				t.Errorf("%s after Close: %v", what, err)
			}
		}
		time.Sleep(2 * time.Hour) // of the bubble
		if n := g.tokensAsked(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

// TestCloseDuringAttempt holds that Close does not wait for Frontegg, and that
// those who wait for a token are told.
func TestCloseDuringAttempt(t *testing.T) {
	t.Parallel()
	came, gone := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(came)
		<-gone
	}))
	defer server.Close()
	defer close(gone)
	c := connect(t, frontegg.GatewayURL(server.URL))
	told := make(chan error)
	go func() { told <- c.Authenticate(t.Context()) }()
	<-came
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Authenticate(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who went away got %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-told; !errors.Is(err, frontegg.ErrClosed) {
		t.Errorf("who waited got %v", err)
	}
}

// TestCloseDuringRefresh holds that a renewal which hangs keeps nobody waiting who has
// a token that is valid, and not Close either, however many call it.
func TestCloseDuringRefresh(t *testing.T) {
	t.Parallel()
	came, gone := make(chan struct{}), make(chan struct{})
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/auth/vendor":
			fmt.Fprint(w, "{}")
		case asked.Add(1) == 1:
			fmt.Fprint(w, lasting("100").body)
		default:
			close(came)
			<-gone
		}
	}))
	defer server.Close()
	defer close(gone)
	clock := new(authtest.Clock)
	c := connect(t, frontegg.GatewayURL(server.URL), frontegg.Clock(clock.Now))
	for _, after := range []time.Duration{0, 81 * time.Second, 10 * time.Second} {
		clock.Advance(after)
		if _, err := c.Metadata().Get(t.Context(), "x"); err != nil {
			t.Errorf("%v later: %v", after, err)
		}
	}
	<-came
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := c.Metadata().Get(t.Context(), "x"); !errors.Is(err, frontegg.ErrClosed) || asked.Load() != 2 {
		t.Errorf("closed: %v, asked %d times", err, asked.Load())
	}
}

// TestVendorHangs holds that an answer that does not come is waited for as long as
// Timeout says.
func TestVendorHangs(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-gone }))
	defer server.Close()
	defer close(gone)
	c := connect(t, frontegg.GatewayURL(server.URL), frontegg.Timeout(20*time.Millisecond), frontegg.NumberOfTries(1))
	began := time.Now()
	err := c.Authenticate(t.Context())
	if took := time.Since(began); !errors.Is(err, frontegg.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) || took > 10*time.Second {
		t.Errorf("error %v after %v", err, took)
	}
}
