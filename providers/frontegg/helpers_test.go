package frontegg_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/authgen/authgen/providers/frontegg"
)

const (
	testClientID = "client-1"
	testAPIKey   = "api-key-that-nobody-may-see"
	testToken    = "vendor-token-that-nobody-may-see"
)

// gateway is a server that answers as it is told. What it is told is read at each
// request; it stands outside of bubbles of time.
type gateway struct {
	url string

	mu       sync.Mutex
	auth     []answer // one for each request for a token; the last is repeated
	api      http.HandlerFunc
	asked    int // for tokens
	requests []received
}

// answer is one of the authentication service.
type answer struct {
	status int // 200 unless set
	header http.Header
	body   string
}

func lasting(seconds string) answer {
	return answer{body: `{"token":"` + testToken + `","expiresIn":` + seconds + `}`}
}

// received is a request to another service.
type received struct {
	method, uri, host string
	header            http.Header
	body              string
}

// newGateway starts a server that gives tokens, each with its number behind, that
// live for an hour, and answers everything else by api.
func newGateway(t *testing.T, api http.HandlerFunc) *gateway {
	t.Helper()
	g := &gateway{auth: []answer{lasting("3600")}, api: api}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

// ServeHTTP implements http.Handler.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path == "/auth/vendor" {
		a := g.nextAuth()
		var sent map[string]string
		if json.Unmarshal(body, &sent) != nil || r.Method != http.MethodPost || sent["clientId"] != testClientID || sent["secret"] != testAPIKey {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		for name, values := range a.header {
			w.Header()[name] = values
		}
		if a.status != 0 {
			w.WriteHeader(a.status)
		}
		_, _ = io.WriteString(w, a.body)
		return
	}
	g.mu.Lock()
	g.requests = append(g.requests, received{r.Method, r.RequestURI, r.Host, r.Header.Clone(), string(body)})
	api := g.api
	g.mu.Unlock()
	if api != nil {
		api(w, r)
	}
}

func (g *gateway) nextAuth() answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	a := g.auth[min(g.asked, len(g.auth)-1)]
	g.asked++
	return a
}

// answers sets how requests for tokens are answered from now on.
func (g *gateway) answers(list ...answer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.auth, g.asked = list, 0
}

// tokensAsked is how often tokens were asked for since answers was called.
func (g *gateway) tokensAsked() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked
}

// seen are the other requests.
func (g *gateway) seen() []received {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.requests)
}

// one is the only other request.
func (g *gateway) one(t *testing.T) received {
	t.Helper()
	all := g.seen()
	if len(all) != 1 {
		t.Fatalf("%d requests, want one", len(all))
	}
	return all[0]
}

func noEnvironment(string) (string, bool) { return "", false }

// connect makes a client of g that ends with the test, and has no connection that
// stands idle: time in a bubble does not go on while one does.
func (g *gateway) connect(t *testing.T, opts ...frontegg.Option) *frontegg.Client {
	t.Helper()
	return connect(t, append([]frontegg.Option{frontegg.GatewayURL(g.url)}, opts...)...)
}

func connect(t *testing.T, opts ...frontegg.Option) *frontegg.Client {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	c, err := frontegg.Connect(t.Context(), append([]frontegg.Option{
		frontegg.Environment(noEnvironment), frontegg.Credentials(testClientID, testAPIKey), frontegg.Transport(transport),
		frontegg.Logger(slog.New(slog.DiscardHandler)),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// log keeps what is logged.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *log) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// hides fails where text shows a secret.
func hides(t *testing.T, what, text string) {
	t.Helper()
	for _, s := range []string{testAPIKey, testToken} {
		if strings.Contains(text, s) {
			t.Errorf("%s shows a secret: %.300s", what, text)
		}
	}
}

// writes answers with a body.
func writes(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// answersInTurn answers each request by the next of handlers, and repeats the last.
func answersInTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	next := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := handlers[min(next, len(handlers)-1)]
		next++
		mu.Unlock()
		h(w, r)
	}
}

// cuts ends the connection without an answer.
func cuts(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// cutsBody ends the connection in the middle of a body.
func cutsBody(w http.ResponseWriter, _ *http.Request) {
	conn, buffer, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_, _ = buffer.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":")
		_ = buffer.Flush()
		_ = conn.Close()
	}
}
