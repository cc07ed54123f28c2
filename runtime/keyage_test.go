package auth_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

func TestR24ReplaceNotMerge(t *testing.T) {
	t.Parallel()
	old, young := edSigner(), signer{"ES256", "k2", p256Private()}
	s := newKeyServer(t, old.jwk())
	g := s.guard(t)
	s.answer(string(jwks(young.jwk())))
	s.clock.advance(time.Minute)
	for _, c := range []struct {
		by   signer
		want int
	}{{young, 200}, {old, 401}} {
		if got := status(g, s.token(c.by)); got != c.want {
			t.Errorf("%s: %d, want %d", c.by.kid, got, c.want)
		}
	}
	s.answer(`{"keys":[{"kty":"AKP","kid":"pq"}]}`)
	newFails(t, `no usable key: key 0 (kid "pq"): its kty is not supported`, s.options()...)
}

func TestR24WithdrawnUnderLoad(t *testing.T) {
	t.Parallel()
	const rounds, workers, looks = 12, 4, 40
	s := newKeyServer(t)
	var tokens, sets []string
	for i := range rounds + 1 {
		by := signer{"EdDSA", fmt.Sprint("k", i), newEd25519()}
		keys := []map[string]any{by.jwk()}
		if i%3 == 2 { // every third key has no kid, and some are not alone
			by.kid = ""
			delete(keys[0], "kid")
		} else if i%2 == 1 {
			keys = append(keys, signer{"RS256", "other", rsaPrivate()}.jwk())
		}
		tokens, sets = append(tokens, s.token(by)), append(sets, string(jwks(keys...)))
	}
	s.answer(sets[0])
	g := s.guard(t)
	var published, admitted, done atomic.Int32
	look := func() {
		newest := admitted.Load()
		if newest > 0 {
			if got := status(g, tokens[newest-1]); got != 401 {
				t.Errorf("key %d, when %d was admitted: %d", newest-1, newest, got)
			}
		}
		if got := status(g, tokens[newest]); got != 200 && published.Load() == newest {
			t.Errorf("key %d: %d", newest, got)
		}
		done.Add(1)
	}
	var group sync.WaitGroup
	end := make(chan struct{})
	for range workers {
		group.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
					look()
				}
			}
		})
	}
	for i := range int32(rounds) {
		published.Store(i + 1)
		s.answer(sets[i+1])
		for seconds := 0; status(g, tokens[i+1]) != 200; seconds++ {
			if seconds > 100 {
				close(end)
				t.Fatalf("key %d is not admitted", i+1)
			}
			s.clock.advance(time.Second)
		}
		admitted.Store(i + 1)
		for target := done.Load() + looks; done.Load() < target; {
			runtime.Gosched()
		}
	}
	close(end)
	group.Wait()
}

func TestR24WithdrawnWhileIdle(t *testing.T) {
	t.Parallel()
	old, young := edSigner(), signer{"ES256", "k2", p256Private()}
	s := newKeyServer(t, old.jwk())
	g := s.guard(t)
	s.answer(string(jwks(young.jwk())))
	s.clock.advance(23 * time.Hour)
	if got := status(g, s.token(old)); got != 401 {
		t.Errorf("withdrawn key: %d", got)
	}
	if got := status(g, s.token(young)); got != 200 || s.fetched.Load() != 2 {
		t.Errorf("new key: %d after %d fetches", got, s.fetched.Load())
	}

	// Requests wait for that fetch, one for all.
	entered, leave := make(chan struct{}), make(chan struct{})
	s.handle(func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-leave
		w.WriteHeader(500)
	})
	s.clock.advance(16 * time.Minute)
	results := make(chan int, 20)
	for range 20 {
		go func() { results <- status(g, s.token(young)) }()
	}
	<-entered
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Validate(ended, s.token(young)); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("due keys were used without waiting: %v", err)
	}
	close(leave)
	for range 20 {
		if got := <-results; got != 200 {
			t.Errorf("newer keys cannot be had: %d", got)
		}
	}
	if got := s.fetched.Load(); got != 3 {
		t.Errorf("%d fetches", got)
	}

	// While they cannot be had, nobody waits for the next attempt.
	leave = make(chan struct{})
	s.clock.advance(15 * time.Second)
	if _, err := g.Validate(ended, s.token(young)); err != nil {
		t.Errorf("stale keys: %v", err)
	}
	<-entered
	if _, err := g.Validate(ended, s.token(young)); err != nil {
		t.Errorf("stale keys during an attempt: %v", err)
	}
	close(leave)
	auth.Settle(g)
	// Once another attempt could have been made and have ended, the failure does
	// not count: they may be there again.
	s.answer(string(jwks(old.jwk())))
	s.clock.advance(30 * time.Second)
	if got := status(g, s.token(young)); got != 401 {
		t.Errorf("withdrawn key after an old failure: %d", got)
	}
}

func TestR24AgeWhileFetched(t *testing.T) {
	t.Parallel()
	for _, asleep := range []time.Duration{20 * time.Minute, 25 * time.Hour} {
		s := newKeyServer(t, edSigner().jwk())
		g := s.guard(t)
		s.handle(func(w http.ResponseWriter, _ *http.Request) {
			s.clock.advance(asleep)
			_, _ = w.Write(jwks(edSigner().jwk()))
		})
		s.clock.advance(20 * time.Minute)
		_, c := g.Admit(bearer(s.token(edSigner())), nil, protected())
		if c == nil || c.Status() != 503 || !strings.Contains(c.Reason(), "too old") {
			t.Errorf("%v: %v", asleep, c)
		}
		s.answer(string(jwks(edSigner().jwk())))
		if got := status(g, s.token(edSigner())); got != 200 {
			t.Errorf("%v, then: %d", asleep, got)
		}
	}
}

func TestR24KeysMove(t *testing.T) {
	t.Parallel()
	old, young := edSigner(), signer{"ES256", "k2", p256Private()}
	s, other := newKeyServer(t, old.jwk()), newKeyServer(t, young.jwk())
	g := s.guard(t)
	s.mu.Lock()
	s.discovery = func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, s.URL, other.URL+"/keys")
	}
	s.mu.Unlock()
	// The address before goes on answering.
	s.clock.advance(11 * time.Second)
	if got := status(g, s.token(young)); got != 200 {
		t.Errorf("key at the new address: %d", got)
	}
	if got := status(g, s.token(old)); got != 401 {
		t.Errorf("key at the address before: %d", got)
	}
}

func TestR24Staleness(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk())
	g := s.guard(t)
	token := s.token(edSigner())
	s.handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })

	s.clock.advance(9 * time.Minute)
	if got := status(g, token); got != 200 || s.fetched.Load() != 1 {
		t.Errorf("fresh: %d after %d fetches", got, s.fetched.Load())
	}
	s.clock.advance(2 * time.Minute)
	if got := status(g, token); got != 200 {
		t.Errorf("due: %d", got)
	}
	auth.Settle(g)
	if s.fetched.Load() != 2 {
		t.Errorf("due keys were fetched %d times", s.fetched.Load())
	}
	s.clock.advance(23*time.Hour + 48*time.Minute)
	if got := status(g, token); got != 200 {
		t.Errorf("stale: %d", got)
	}
	auth.Settle(g)
	s.clock.advance(2 * time.Minute)
	if got := status(g, token); got != 503 {
		t.Errorf("too old: %d", got)
	}
	s.answer(string(jwks(edSigner().jwk())))
	s.clock.advance(time.Minute)
	if got := status(g, token); got != 200 {
		t.Errorf("there again: %d", got)
	}
}

func TestR24Lifetime(t *testing.T) {
	t.Parallel()
	old, young := edSigner(), signer{"EdDSA", "k2", newEd25519()}
	for _, c := range []struct {
		header http.Header
		life   time.Duration
	}{
		{http.Header{}, 15 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=300"}}, 5 * time.Minute},
		{http.Header{"Cache-Control": {`Public, MAX-AGE="300" , must-revalidate`}}, 5 * time.Minute},
		{http.Header{"Cache-Control": {"public", "max-age=900, max-age=300"}}, 5 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=900"}, "Age": {"600"}}, 5 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=86400"}, "Age": {"84600"}}, 30 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=300"}, "Age": {"-1"}}, 5 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=300"}, "Age": {"4000"}}, time.Minute},
		{http.Header{"Age": {"600"}}, 15 * time.Minute},
		{http.Header{"Cache-Control": {"s-maxage=300"}}, 15 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=86400"}}, time.Hour},
		{http.Header{"Cache-Control": {"max-age=999999999999999999999999"}}, time.Hour},
		{http.Header{"Cache-Control": {"max-age=0"}}, time.Minute},
		{http.Header{"Cache-Control": {"max-age=59"}}, time.Minute},
		{http.Header{"Cache-Control": {"no-store, max-age=300"}}, time.Minute},
		{http.Header{"Cache-Control": {"max-age=300, No-Cache"}}, time.Minute},
		{http.Header{"Cache-Control": {`no-cache="set-cookie"`}}, time.Minute},
		{http.Header{"Cache-Control": {"max-age"}}, 15 * time.Minute},
		{http.Header{"Cache-Control": {"max-age="}}, 15 * time.Minute},
		{http.Header{"Cache-Control": {`max-age="`}}, 15 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=-5"}}, 15 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=5m, , =,\"="}}, 15 * time.Minute},
		{http.Header{"Cache-Control": {"max-age=1e3"}}, 15 * time.Minute},
		{http.Header{"Cache-Control": {"max-age = 300"}}, 15 * time.Minute},
		{http.Header{"Cache-Control": {"x-max-age=300"}}, 15 * time.Minute},
	} {
		t.Run(fmt.Sprint(c.header), func(t *testing.T) {
			t.Parallel()
			s := newKeyServer(t)
			publish := func(by signer) {
				s.handle(func(w http.ResponseWriter, _ *http.Request) {
					maps.Copy(w.Header(), c.header)
					_, _ = w.Write(jwks(by.jwk()))
				})
			}
			publish(old)
			g := s.guard(t)
			s.clock.advance(c.life*2/3 - 1)
			if got := status(g, s.token(old)); got != 200 {
				t.Errorf("fresh: %d", got)
			}
			auth.Settle(g)
			if got := s.fetched.Load(); got != 1 {
				t.Errorf("fresh: %d fetches", got)
			}
			s.clock.advance(1)
			if got := status(g, s.token(old)); got != 200 {
				t.Errorf("after two thirds: %d", got)
			}
			auth.Settle(g)
			if got := s.fetched.Load(); got != 2 {
				t.Errorf("after two thirds: %d fetches", got)
			}
			publish(young)
			s.clock.advance(c.life - 1)
			if got := status(g, s.token(old)); got != 200 {
				t.Errorf("at the end: %d", got)
			}
			auth.Settle(g)
			publish(old)
			s.clock.advance(c.life)
			if got := status(g, s.token(young)); got != 401 {
				t.Errorf("withdrawn key after the end: %d", got)
			}
		})
	}
}

func TestR24Pauses(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk())
	var asked []time.Time
	attempts := func() string {
		var list []string
		for i := 1; i < len(asked); i++ {
			list = append(list, asked[i].Sub(asked[i-1]).String())
		}
		asked = nil
		return strings.Join(list, " ")
	}
	good := true
	s.handle(func(w http.ResponseWriter, _ *http.Request) {
		asked = append(asked, s.clock.Now())
		if !good {
			w.WriteHeader(500)
			return
		}
		_, _ = w.Write(jwks(edSigner().jwk()))
	})
	g := s.guard(t)
	live := func(d time.Duration) {
		t.Helper()
		for range d / time.Second {
			s.clock.advance(time.Second)
			if got := status(g, s.token(edSigner())); got != 200 {
				t.Fatalf("%d", got)
			}
			auth.Settle(g)
		}
	}
	good = false
	live(15 * time.Minute)
	if got, want := attempts(), "10m0s 10s 20s 40s 1m0s 1m0s 1m0s"; got != want {
		t.Errorf("attempts after %s, want %s", got, want)
	}
	good = true
	live(12 * time.Minute)
	good = false
	live(10 * time.Minute)
	if got, want := attempts(), "10m0s 10m0s 10s 20s 40s"; got != want {
		t.Errorf("attempts after %s, want %s", got, want)
	}
	// What invented kids cause changes nothing about it.
	for good = true; len(asked) == 0; {
		live(time.Second)
	}
	good = false
	live(10*time.Minute + time.Second)
	for i := range 10 {
		if got := status(g, s.stranger(i)); got != 503 {
			t.Errorf("invented kid: %d", got)
		}
	}
	live(30 * time.Second)
	if got, want := attempts(), "10m0s 1s 0s 0s 9s 20s"; got != want {
		t.Errorf("attempts after %s, want %s", got, want)
	}
}

func TestR24ClockSetBack(t *testing.T) {
	t.Parallel()
	for back, want := range map[time.Duration]int{30 * time.Second: 200, time.Hour: 401, 1000 * time.Hour: 401} {
		s := newKeyServer(t, edSigner().jwk())
		g := s.guard(t)
		s.answer(string(jwks(signer{"EdDSA", "k2", newEd25519()}.jwk())))
		s.clock.advance(-back)
		old := edSigner().token(map[string]any{"iss": s.URL, "iat": nil})
		if got := status(g, old); got != want {
			t.Errorf("by %v: %d, want %d", back, got, want)
		}
	}
	// In the pause after a failure, which is to last for seconds.
	for _, cache := range []auth.Option{nil, auth.NoTokenCache()} {
		s := newKeyServer(t, edSigner().jwk())
		g := s.guard(t, cache)
		s.handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		s.clock.advance(20 * time.Hour)
		token := s.token(edSigner())
		if got := status(g, token); got != 200 {
			t.Fatal(got)
		}
		s.answer(string(jwks(signer{"EdDSA", "k2", newEd25519()}.jwk())))
		s.clock.advance(-19 * time.Hour)
		if got := status(g, token); got != 401 {
			t.Errorf("in a pause: %d, want 401", got)
		}
	}
}
