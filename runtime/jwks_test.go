package auth_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// keyServer is an issuer's web server whose answers a test changes.
type keyServer struct {
	*httptest.Server
	mu        sync.Mutex
	keys      http.HandlerFunc
	discovery http.HandlerFunc
	fetched   atomic.Int32 // key sets asked for
	clock     *testClock
}

// testClock is a clock that only a test moves.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newKeyServer(t testing.TB, keys ...map[string]any) *keyServer {
	t.Helper()
	s := &keyServer{clock: &testClock{now: testNow}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		answer := s.discovery
		s.mu.Unlock()
		answer(w, r)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		s.fetched.Add(1)
		s.mu.Lock()
		answer := s.keys
		s.mu.Unlock()
		answer(w, r)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	s.answer(string(jwks(keys...)))
	s.discovery = func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, s.URL, s.URL+"/keys")
	}
	return s
}

func (s *keyServer) handle(keys http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = keys
}

func (s *keyServer) answer(document string) {
	s.handle(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, document) })
}

func (s *keyServer) options(opts ...auth.Option) []auth.Option {
	return append([]auth.Option{auth.Issuer(s.URL, auth.Audience(testAudience), auth.Mapping(auth.MappingAuthgen)), auth.Clock(s.clock.Now), quiet()}, opts...)
}

func (s *keyServer) guard(t testing.TB, opts ...auth.Option) *auth.Guard {
	t.Helper()
	return newGuard(t, s.options(opts...)...)
}

// token is one of this server's issuer that outlives all clock changes.
func (s *keyServer) token(by signer) string {
	return by.token(map[string]any{"iss": s.URL, "exp": testNow.Add(1000 * time.Hour).Unix()})
}

// status is the answer to a token.
func status(g *auth.Guard, token string) int { return answer(g, bearer(token), nil, protected()) }

// stranger makes a token of a kid that nobody has.
func (s *keyServer) stranger(i int) string {
	return s.token(signer{"EdDSA", fmt.Sprint("x", i), edPrivate()})
}

func TestR24Discovery(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk())
	g := s.guard(t)
	if got := status(g, s.token(edSigner())); got != 200 {
		t.Fatalf("%d", got)
	}
	for name, document := range map[string]string{
		"other issuer":    `{"issuer":"https://evil.example","jwks_uri":"` + s.URL + `/keys"}`,
		"trailing slash":  `{"issuer":"` + s.URL + `/","jwks_uri":"` + s.URL + `/keys"}`,
		"no issuer":       `{"jwks_uri":"` + s.URL + `/keys"}`,
		"no jwks_uri":     `{"issuer":"` + s.URL + `"}`,
		"http jwks_uri":   `{"issuer":"` + s.URL + `","jwks_uri":"http://id.example.com/keys"}`,
		"file jwks_uri":   `{"issuer":"` + s.URL + `","jwks_uri":"file:///etc/passwd"}`,
		"user in the URL": `{"issuer":"` + s.URL + `","jwks_uri":"https://a:b@id.example.com/keys"}`,
		"two issuers":     `{"issuer":"` + s.URL + `","issuer":"x","jwks_uri":"` + s.URL + `/keys"}`,
		"garbage":         `<html>`,
	} {
		if name == "two issuers" {
			document = `{"issuer":"x","issuer":"` + s.URL + `","jwks_uri":"` + s.URL + `/keys"}`
		}
		s.discovery = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, document) }
		if _, err := auth.New(t.Context(), s.options()...); err == nil || !strings.Contains(err.Error(), "discovery") {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := newKeyServer(t, edSigner().jwk())
	s.discovery = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusFound)
	}
	newFails(t, "redirects to another origin", s.options()...)
	var secure *httptest.Server
	secure = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http"+strings.TrimPrefix(secure.URL, "https")+r.URL.Path, http.StatusFound)
	}))
	t.Cleanup(secure.Close)
	newFails(t, "redirects to another origin", auth.Issuer(secure.URL, auth.Audience(testAudience)), auth.HTTPClient(secure.Client()))
}

// TestR24KeysOverHTTP holds that an issuer at https leads to no keys at http, on
// this machine neither, unless an option names the host.
func TestR24KeysOverHTTP(t *testing.T) {
	t.Parallel()
	asked := false
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked = true
		_, _ = w.Write(jwks(edSigner().jwk()))
	}))
	t.Cleanup(keys.Close)
	document := ""
	issuer := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, document) }))
	t.Cleanup(issuer.Close)
	document = string(jsonText(map[string]any{"issuer": issuer.URL, "jwks_uri": keys.URL}))
	trust := auth.Issuer(issuer.URL, auth.Audience(testAudience))
	newFails(t, "discovery", trust, auth.HTTPClient(issuer.Client()))
	if asked {
		t.Error("the keys were fetched")
	}
	newGuard(t, trust, auth.HTTPClient(issuer.Client()), auth.InsecureHTTP("127.0.0.1"), quiet())
}

func TestR24URLs(t *testing.T) {
	t.Parallel()
	lazy := auth.LazyStart()
	at := func(url string) auth.Option {
		return auth.Issuer(testIssuer, auth.Audience("a"), auth.JWKS(url))
	}
	for _, url := range []string{
		"", "http://id.example.com/keys", "http://169.254.169.254/", "http://127.0.0.1.example.com/", "http://localhost.example.com/", "http://10.0.0.1/",
		"ftp://id.example.com/", "https:///keys", "https://", "//id.example.com/", "keys", "https://u@id.example.com/", "https://id.example.com/#x", ":", "https://[::1", "javascript:alert(1)",
		"http://idp.internal.evil.example/",
	} {
		newFails(t, "JWKS", lazy, at(url), auth.InsecureHTTP("idp.internal"))
	}
	for _, url := range []string{
		"https://id.example.com/keys", "http://127.0.0.1:8080/keys", "http://[::1]:80/keys", "http://localhost/keys", "http://127.8.9.1/", "http://idp.internal:8080/keys",
	} {
		newGuard(t, lazy, at(url), auth.InsecureHTTP("idp.internal"), quiet())
	}
	newFails(t, "discovery", lazy, auth.Issuer("http://id.example.com", auth.Audience("a")))
	newFails(t, "discovery", lazy, auth.Issuer("frontier", auth.Audience("a")))
	newFails(t, "URL is empty", lazy, auth.Issuer("", auth.Audience("a"), auth.JWKS("https://id.example.com/keys")))
	for _, host := range []string{"", "*", "http://x", "x:80", "a/b"} {
		newFails(t, "InsecureHTTP", auth.InsecureHTTP(host))
	}
}

func TestR24BadDocuments(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk())
	g := s.guard(t)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(jwks(edSigner().jwk())) }))
	t.Cleanup(other.Close)
	newcomer := signer{"ES256", "k2", p256Private()}
	good := string(jwks(edSigner().jwk(), newcomer.jwk()))
	for name, keys := range map[string]http.HandlerFunc{
		"status 500":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); fmt.Fprint(w, good) },
		"status 204":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"status 404":     func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		"garbage":        func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"no keys":        func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") },
		"empty set":      func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[]}`) },
		"an array":       func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "["+good+"]") },
		"two documents":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, good, good) },
		"keys an object": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":{"k2":{}}}`) },
		"keys twice":     func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[],`+good[1:]) },
		"deep": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"x":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)+","+good[1:])
		},
		"many keys": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, good[:len(good)-2]+strings.Repeat(",1", 255)+"]}")
		},
		"no key fit": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[{"kty":"AKP","kid":"k1"}]}`) },
		"cut":        func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, good[:len(good)-9]) },
		"cut by TCP": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9999")
			fmt.Fprint(w, good)
		},
		"hung up":      func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"too large":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, good, strings.Repeat(" ", 1<<20)) },
		"large in zip": zipped(good + strings.Repeat(" ", 1<<20)),
		"zip in zip": func(w http.ResponseWriter, r *http.Request) {
			var once httptest.ResponseRecorder
			once.Body = new(bytes.Buffer)
			zipped(good)(&once, r)
			zipped(once.Body.String())(w, r)
		},
		"other origin": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) },
		"redirect loop": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/keys", http.StatusFound)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.handle(keys)
			s.clock.advance(time.Minute)
			// The new key is not there, and that is not the caller's fault.
			if got := status(g, s.token(newcomer)); got != 503 {
				t.Errorf("unknown key: %d", got)
			}
			// The last good set still serves.
			if got := status(g, s.token(edSigner())); got != 200 {
				t.Errorf("known key: %d", got)
			}
			if _, err := auth.New(t.Context(), s.options()...); err == nil {
				t.Error("New started without keys")
			}
		})
	}
	s.handle(zipped(good))
	s.clock.advance(time.Minute)
	if got := status(g, s.token(newcomer)); got != 200 {
		t.Errorf("after a good document: %d", got)
	}
	s.handle(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "" {
			http.Redirect(w, r, "/keys?again", http.StatusFound)
			return
		}
		fmt.Fprint(w, good)
	})
	newGuard(t, s.options()...)
}

// TestR24EndlessDocuments holds that no more is read than a document may have.
func TestR24EndlessDocuments(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t)
	plain := bytes.Repeat([]byte(" "), 1<<16)
	var zip bytes.Buffer // what is zipped may have many parts
	z := gzip.NewWriter(&zip)
	for range 1 << 7 {
		_, _ = z.Write(plain)
	}
	z.Close()
	for encoding, part := range map[string][]byte{"identity": plain, "gzip": zip.Bytes()} {
		hungUp := make(chan struct{})
		s.handle(func(w http.ResponseWriter, _ *http.Request) {
			defer close(hungUp)
			w.Header().Set("Content-Encoding", encoding)
			for {
				if _, err := w.Write(part); err != nil {
					return
				}
			}
		})
		newFails(t, "larger than 1048576 bytes", s.options()...)
		<-hungUp
	}
}

func zipped(document string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		fmt.Fprint(z, document)
		z.Close()
	}
}

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

// TestR24WithdrawnUnderLoad holds that no token of a key is admitted any more once
// one was that only the set without this key admits; whatever is remembered of it or
// under way.
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

// TestR24WithdrawnWhileIdle holds that keys are not trusted for long after they
// were withdrawn, when no request brought the newer ones.
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

// TestR24AgeWhileFetched holds that keys which are too old again when they
// arrive, as after a suspended machine, are used by nobody and the caller's fault
// neither.
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

// TestLoggerPanics holds that a logger which panics over a key that cannot be
// used keeps the others from nobody.
func TestLoggerPanics(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk(), map[string]any{"kty": "AKP", "kid": "pq"})
	var records atomic.Int32
	panics := handler(func(context.Context) {
		if records.Add(1) == 1 {
			panic("log")
		}
	})
	g := s.guard(t, auth.LazyStart(), auth.Logger(slog.New(panics)))
	if got := status(g, s.token(edSigner())); got != 200 || records.Load() < 2 {
		t.Errorf("%d after %d records", got, records.Load())
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

// twoServers makes a guard for the tokens of two servers that live by a's clock.
func twoServers(t testing.TB, a, b *keyServer, opts ...auth.Option) *auth.Guard {
	t.Helper()
	b.clock = a.clock
	trust := func(s *keyServer) auth.Option {
		return auth.Issuer(s.URL, auth.Audience(testAudience), auth.Mapping(auth.MappingAuthgen), auth.Asserts(auth.Assertion{Kinds: auth.KindUser}))
	}
	return newGuard(t, append(opts, trust(a), trust(b), auth.Clock(a.clock.Now), quiet())...)
}

// TestR24SlowOtherIssuer holds that an issuer which does not answer delays the
// tokens of no other.
func TestR24SlowOtherIssuer(t *testing.T) {
	t.Parallel()
	slow, s := newKeyServer(t, edSigner().jwk()), newKeyServer(t, edSigner().jwk())
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	g := twoServers(t, slow, s, auth.HTTPClient(&http.Client{Timeout: time.Hour}))
	slow.handle(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-end:
		case <-r.Context().Done():
		}
	})
	young := signer{"ES256", "k2", p256Private()}
	s.answer(string(jwks(young.jwk())))
	// First the key is new, then all keys are due.
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, d := range []time.Duration{11 * time.Second, 20 * time.Minute} {
		s.clock.advance(d)
		if _, err := g.Validate(soon, s.token(young)); err != nil {
			t.Errorf("after %v: %v", d, err)
		}
	}
	s.clock.advance(20 * time.Minute)
	if _, err := g.Validate(soon, young.token(map[string]any{"iss": "https://nobody.example"})); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Errorf("token of neither: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Validate(ended, slow.token(edSigner())); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("token of the slow issuer: %v", err)
	}
}

// TestR24UnreachableIssuer holds that a token which may be an unreachable
// issuer's is not called invalid.
func TestR24UnreachableIssuer(t *testing.T) {
	t.Parallel()
	withID, without, mine := edSigner(), signer{"EdDSA", "", edPrivate()}, signer{"ES256", "k2", p256Private()}
	for name, other := range map[string]signer{"kid": withID, "no kid": without} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := newKeyServer(t, other.jwk()), newKeyServer(t, mine.jwk())
			b.handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
			g := twoServers(t, a, b, auth.LazyStart())
			if got := status(g, b.token(mine)); got != 503 {
				t.Errorf("token of the unreachable issuer: %d", got)
			}
			// What was verified is known to be the reachable one's.
			if got := status(g, a.token(other)); got != 200 {
				t.Errorf("token of the reachable issuer: %d", got)
			}
			if got := status(g, other.token(map[string]any{"iss": a.URL, "aud": "x"})); got != 401 {
				t.Errorf("invalid token of the reachable issuer: %d", got)
			}
			if got := status(g, other.token(map[string]any{"iss": "https://nobody.example"})); got != 401 {
				t.Errorf("token of neither issuer: %d", got)
			}
			b.answer(string(jwks(mine.jwk())))
			a.clock.advance(11 * time.Second)
			if got := status(g, b.token(mine)); got != 200 {
				t.Errorf("token of the issuer that is back: %d", got)
			}
		})
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

// TestR24Lifetime holds how long keys live: newer ones are fetched after two thirds
// of it, and waited for at its end.
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

// TestR24Pauses holds that an issuer which does not answer is asked less and less,
// and nobody's request is the worse for it.
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

// TestR24ClockSetBack holds that keys are asked for anew when it is unclear how old
// they are.
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

// TestR25NewKey holds that a key which was published just now is accepted at once,
// and a bad signature is no reason to look for one.
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

// TestR25AbsentKid holds that a kid for which keys were fetched in vain causes no
// other fetch for some seconds, and is accepted as soon as it is there.
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

// TestR25Flood holds that invented kids, however many, cause few fetches, whatever
// becomes of these, and delay nobody else; and that they keep no new key out for
// more than seconds.
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

// TestR25IssuersApart holds that a kid which one issuer was asked for in vain is
// asked for at another all the same.
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

// TestR25Bucket holds how often invented kids cause fetches in the long run.
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

// TestR25Waiting holds that only so many requests wait for keys that they ask for,
// whether other keys are due or not.
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

// TestR25KeyWithoutID holds that a key which no kid names may have been replaced
// when it does not verify a token.
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

func TestR24SlowServer(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk())
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	s.handle(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush() // headers come in time, the body never
		select {
		case <-end:
		case <-r.Context().Done():
		}
	})
	began := time.Now()
	hasty := s.options(auth.HTTPClient(&http.Client{Timeout: 50 * time.Millisecond}))
	newFails(t, "key set", hasty...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := auth.New(ctx, s.options()...); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
	// Headers never come, or a body that grows and never ends.
	s.handle(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-end:
		case <-r.Context().Done():
		}
	})
	newFails(t, "key set", hasty...)
	s.handle(func(w http.ResponseWriter, r *http.Request) {
		for tick := time.Tick(time.Millisecond); r.Context().Err() == nil; <-tick {
			fmt.Fprint(w, " ")
			w.(http.Flusher).Flush()
		}
	})
	newFails(t, "key set", hasty...)
	// So it is with discovery.
	s.mu.Lock()
	s.discovery = func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-end:
		case <-r.Context().Done():
		}
	}
	s.mu.Unlock()
	newFails(t, "discovery", hasty...)
	if took := time.Since(began); took > 4*time.Second { // that of the guard's own client is five
		t.Errorf("the timeout of the given client was not kept: %v", took)
	}
}

func TestR26Start(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk())
	s.handle(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	newFails(t, "status 500", s.options()...)

	before := s.fetched.Load()
	g := s.guard(t, auth.LazyStart())
	if s.fetched.Load() != before {
		t.Error("a lazy start fetched keys")
	}
	if got := status(g, s.token(edSigner())); got != 503 {
		t.Errorf("without keys: %d", got)
	}
	if got := answer(g, carried("GET"), nil, protected()); got != 401 {
		t.Errorf("without keys and token: %d", got)
	}
	if got := answer(g, carried("GET"), nil, &auth.Rule{Access: auth.Public}); got != 200 {
		t.Errorf("public without keys: %d", got)
	}
	s.answer(string(jwks(edSigner().jwk())))
	s.clock.advance(11 * time.Second)
	if got := status(g, s.token(edSigner())); got != 200 {
		t.Errorf("with keys: %d", got)
	}
}

func TestIgnoredKeysAreToldOnce(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk(), map[string]any{"kty": "AKP", "kid": "pq"})
	var log strings.Builder
	g := newGuard(t, append(s.options(), logTo(&log))...)
	pq, long := map[string]any{"kty": "AKP", "kid": "pq"}, map[string]any{"kty": "AKP", "kid": strings.Repeat("\n", 100000)}
	fetches := int32(1)
	for _, c := range []struct {
		keys []map[string]any
		told int
	}{
		{[]map[string]any{edSigner().jwk(), pq}, 1}, {[]map[string]any{pq, edSigner().jwk()}, 1}, {[]map[string]any{edSigner().jwk()}, 1},
		{[]map[string]any{edSigner().jwk(), pq}, 2}, {[]map[string]any{edSigner().jwk(), long, pq}, 3}, {[]map[string]any{edSigner().jwk(), pq, pq}, 4},
	} {
		s.answer(string(jwks(c.keys...)))
		s.clock.advance(time.Minute)
		status(g, s.stranger(0))
		fetches++
		if got := strings.Count(log.String(), "kty is not supported"); got != c.told || s.fetched.Load() != fetches {
			t.Errorf("told %d times, want %d, in %d fetches: %s", got, c.told, s.fetched.Load(), log.String())
		}
	}
	s.answer(string(jwks(long)))
	s.clock.advance(time.Minute)
	status(g, s.stranger(0))
	s.handle(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://other.example/"+strings.Repeat("x", 5000), http.StatusFound)
	})
	s.clock.advance(time.Minute)
	status(g, s.stranger(0))
	for line := range strings.Lines(log.String()) {
		if len(line) > 1000 {
			t.Errorf("a line of the log has %d bytes: %.1100s", len(line), line)
		}
	}
}

func TestClientIsNotChanged(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk())
	client := &http.Client{}
	s.guard(t, auth.HTTPClient(client))
	if client.CheckRedirect != nil || client.Timeout != 0 {
		t.Error("the guard changed the caller's client")
	}
	newFails(t, "HTTPClient", auth.HTTPClient(nil))
}
