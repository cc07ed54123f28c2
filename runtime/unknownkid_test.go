package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

func TestR25NewKey(t *testing.T) {
	t.Parallel()
	old, young := edSigner(), signer{"EdDSA", "k2", newEd25519()}
	s := newKeyServer(t, old.jwk())
	g := s.guard(t)
	for range 50 {
		if got := status(g, s.token(signer{"EdDSA", "k1", young.private})); got != 401 {
			t.Fatalf("bad signature: %d", got)
		}
	}
	if got := s.fetched.Load(); got != 1 {
		t.Errorf("bad signatures: %d fetches", got)
	}
	s.answer(string(jwks(old.jwk(), young.jwk())))
	if got := status(g, s.token(young)); got != 200 || s.fetched.Load() != 2 {
		t.Errorf("new key: %d after %d fetches", got, s.fetched.Load())
	}
}

func TestR25AbsentKid(t *testing.T) {
	t.Parallel()
	old, young := edSigner(), signer{"EdDSA", "k2", newEd25519()}
	s := newKeyServer(t, old.jwk())
	g := s.guard(t)
	ask := func(token string, want int, fetches int32) {
		t.Helper()
		before := s.fetched.Load()
		if got := status(g, token); got != want || s.fetched.Load()-before != fetches {
			t.Errorf("%d after %d fetches, want %d after %d", got, s.fetched.Load()-before, want, fetches)
		}
	}
	ask(s.token(young), 401, 1)
	s.answer(string(jwks(old.jwk(), young.jwk())))
	ask(s.token(young), 401, 0)
	s.clock.advance(5*time.Second - 1)
	ask(s.token(young), 401, 0)
	ask(s.stranger(0), 401, 1) // whoever brings it
	ask(s.token(young), 200, 0)

	s.answer(string(jwks(old.jwk())))
	ask(s.stranger(1), 401, 1)
	s.clock.advance(1)
	ask(s.token(young), 401, 1)
	s.answer(string(jwks(old.jwk(), young.jwk())))
	s.clock.advance(5 * time.Second)
	ask(s.token(young), 200, 1)
	// Kids that are absent since before the clock was set back count no more.
	s.clock.advance(time.Minute)
	ask(s.stranger(2), 401, 1)
	s.clock.advance(-30 * time.Second)
	ask(s.stranger(2), 401, 1)
}

func TestR25Flood(t *testing.T) {
	t.Parallel()
	old, young := edSigner(), signer{"EdDSA", "k2", newEd25519()}
	for name, c := range map[string]struct {
		kid        func(int) int
		concurrent bool
		answer     http.HandlerFunc
		want       int
		fetches    int32
	}{
		"distinct":             {func(i int) int { return i }, false, nil, 401, 3},
		"equal":                {func(int) int { return 0 }, false, nil, 401, 1},
		"distinct, concurrent": {func(i int) int { return i }, true, nil, 401, 3},
		"equal, concurrent":    {func(int) int { return 0 }, true, nil, 401, 3},
		"status 500":           {func(i int) int { return i }, false, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, 503, 3},
		"empty set":            {func(i int) int { return i }, true, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[]}`) }, 503, 3},
		"equal, garbage":       {func(i int) int { return 0 }, false, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<html>`) }, 503, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newKeyServer(t, old.jwk())
			g := s.guard(t)
			answer := c.answer
			if answer == nil {
				answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(jwks(old.jwk())) }
			}
			flood := func(after int) {
				if !c.concurrent {
					for i := range 200 {
						if got := status(g, s.stranger(c.kid(after+i))); got != c.want {
							t.Fatalf("%d", got)
						}
					}
					return
				}
				entered, leave := make(chan struct{}, 10), make(chan struct{})
				s.handle(func(w http.ResponseWriter, r *http.Request) {
					entered <- struct{}{}
					<-leave
					answer(w, r)
				})
				results := make(chan int, 200)
				for i := range 200 {
					go func() { results <- status(g, s.stranger(c.kid(after+i))) }()
				}
				<-entered
				if got := status(g, s.token(old)); got != 200 {
					t.Errorf("known key: %d", got)
				}
				close(leave)
				for range 200 {
					if got := <-results; got != c.want {
						t.Fatalf("%d", got)
					}
				}
			}
			s.handle(answer)
			flood(0)
			if got := s.fetched.Load() - 1; got == 0 || got > c.fetches {
				t.Errorf("%d fetches, want %d", got, c.fetches)
			}
			// The bucket keeps no scheduled fetch from its time.
			s.clock.advance(10 * time.Minute)
			flood(200)
			before := s.fetched.Load()
			s.clock.advance(10 * time.Minute)
			if got := status(g, s.token(old)); got != 200 {
				t.Errorf("known key: %d", got)
			}
			auth.Settle(g)
			if got := s.fetched.Load() - before; got != 1 {
				t.Errorf("%d scheduled fetches", got)
			}

			answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(jwks(old.jwk(), young.jwk())) }
			s.handle(answer)
			seconds := 0
			for ; status(g, s.token(young)) != 200 && seconds < 10; seconds++ {
				s.clock.advance(time.Second)
				status(g, s.stranger(1000+seconds))
			}
			if seconds > 5 {
				t.Errorf("the new key was accepted after %d seconds", seconds)
			}
		})
	}
}

func TestR25IssuersApart(t *testing.T) {
	t.Parallel()
	a, b := newKeyServer(t, edSigner().jwk()), newKeyServer(t, edSigner().jwk())
	g := twoServers(t, a, b)
	young := signer{"ES256", "k2", p256Private()}
	b.handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	if got := status(g, b.token(young)); got != 503 {
		t.Errorf("neither has the key, and one does not answer: %d", got)
	}
	auth.Settle(g)
	asked := a.fetched.Load()
	b.answer(string(jwks(young.jwk())))
	if got := status(g, b.token(young)); got != 200 {
		t.Errorf("new key of the one that answers again: %d", got)
	}
	auth.Settle(g)
	if got := a.fetched.Load() - asked; got != 0 {
		t.Errorf("the other was asked %d times again", got)
	}
}

func TestR25Bucket(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk())
	g := s.guard(t)
	kid := 0
	flood := func() int32 {
		before := s.fetched.Load()
		for range 20 {
			kid++
			status(g, s.stranger(kid))
		}
		return s.fetched.Load() - before
	}
	for _, c := range []struct {
		after time.Duration
		want  int32
	}{
		{0, 3}, {3*time.Second - 1, 0}, {1, 1}, {0, 0}, {3 * time.Second, 1}, {6 * time.Second, 2}, {time.Minute, 3}, {0, 0}, {-10 * time.Second, 3}, {time.Second, 0},
	} {
		s.clock.advance(c.after)
		if got := flood(); got != c.want {
			t.Errorf("%v later: %d fetches, want %d", c.after, got, c.want)
		}
	}
}

func TestR25Waiting(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk())
	g := s.guard(t)
	for _, old := range []bool{false, true} {
		if old {
			s.handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
			s.clock.advance(20 * time.Minute)
			if got := status(g, s.token(edSigner())); got != 200 {
				t.Errorf("stale key: %d", got)
			}
		}
		leave := make(chan struct{})
		s.handle(func(w http.ResponseWriter, _ *http.Request) {
			<-leave
			_, _ = w.Write(jwks(edSigner().jwk()))
		})
		results := make(chan int)
		for i := range 1100 {
			token := s.stranger(i)
			go func() { results <- status(g, token) }()
		}
		for range 100 {
			if got := <-results; got != 503 {
				t.Errorf("too many: %d", got)
			}
		}
		if got := status(g, s.token(edSigner())); got != 200 {
			t.Errorf("known key: %d", got)
		}
		close(leave)
		for range 1000 {
			if got := <-results; got != 401 {
				t.Fatalf("%d", got)
			}
		}
	}
}

func TestR25KeyWithoutID(t *testing.T) {
	t.Parallel()
	bare := func(s signer) map[string]any { return changed(s.jwk(), map[string]any{"kid": nil}) }
	old, young := signer{"EdDSA", "", edPrivate()}, signer{"EdDSA", "", newEd25519()}
	for name, tokens := range map[string]signer{"no kid": young, "a kid of the token's": {"EdDSA", "k1", young.private}, "another algorithm": {"ES256", "", p256Private()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newKeyServer(t, bare(old))
			g := s.guard(t)
			s.answer(string(jwks(bare(tokens))))
			for range 50 {
				if got := status(g, s.token(tokens)); got != 200 {
					t.Errorf("new key: %d", got)
				}
				if got := status(g, s.token(old)); got != 401 {
					t.Errorf("withdrawn key: %d", got)
				}
			}
			if got := s.fetched.Load(); got > 3 {
				t.Errorf("%d fetches", got)
			}
		})
	}
}

func TestR25SingleFlight(t *testing.T) {
	t.Parallel()
	old, young := edSigner(), signer{"ES256", "k2", p256Private()}
	s := newKeyServer(t, old.jwk())
	g := s.guard(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	s.handle(func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-leave
		w.Write(jwks(old.jwk(), young.jwk()))
	})
	s.clock.advance(time.Minute)
	results := make(chan int, 20)
	for range 20 {
		go func() { results <- status(g, s.token(young)) }()
	}
	<-entered
	// Known keys are served meanwhile, and who gives up waiting gets an answer.
	if got := status(g, s.token(old)); got != 200 {
		t.Errorf("known key during the fetch: %d", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Validate(ctx, s.token(young)); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("ended context: %v", err)
	}
	close(leave)
	for range 20 {
		if got := <-results; got != 200 {
			t.Errorf("after the fetch: %d", got)
		}
	}
	if got := s.fetched.Load(); got != 2 {
		t.Errorf("%d fetches", got)
	}
}
