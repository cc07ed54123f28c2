package auth_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
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

// TestR24WithdrawnUnderLoad holds that no token of a key is admitted any more once
// one was that only the set without this key admits; whatever is remembered of it or
// under way.
// TestR24WithdrawnWhileIdle holds that keys are not trusted for long after they
// were withdrawn, when no request brought the newer ones.
// TestR24AgeWhileFetched holds that keys which are too old again when they
// arrive, as after a suspended machine, are used by nobody and the caller's fault
// neither.
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

// TestR24Lifetime holds how long keys live: newer ones are fetched after two thirds
// of it, and waited for at its end.
// TestR24Pauses holds that an issuer which does not answer is asked less and less,
// and nobody's request is the worse for it.
// TestR24ClockSetBack holds that keys are asked for anew when it is unclear how old
// they are.
// TestR25NewKey holds that a key which was published just now is accepted at once,
// and a bad signature is no reason to look for one.
// TestR25AbsentKid holds that a kid for which keys were fetched in vain causes no
// other fetch for some seconds, and is accepted as soon as it is there.
// TestR25Flood holds that invented kids, however many, cause few fetches, whatever
// becomes of these, and delay nobody else; and that they keep no new key out for
// more than seconds.
// TestR25IssuersApart holds that a kid which one issuer was asked for in vain is
// asked for at another all the same.
// TestR25Bucket holds how often invented kids cause fetches in the long run.
// TestR25Waiting holds that only so many requests wait for keys that they ask for,
// whether other keys are due or not.
// TestR25KeyWithoutID holds that a key which no kid names may have been replaced
// when it does not verify a token.
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
	hasty := s.options(auth.HTTPClient(&http.Client{Timeout: 400 * time.Millisecond}))
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
