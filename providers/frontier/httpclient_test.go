package frontier_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// peer is a service that records what it is sent.
type peer struct {
	*httptest.Server
	answer http.HandlerFunc

	mu   sync.Mutex
	seen []*http.Request
}

func newPeer(t *testing.T, answer http.HandlerFunc) *peer {
	t.Helper()
	p := &peer{answer: answer}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r)
		p.mu.Unlock()
		if p.answer != nil {
			p.answer(w, r)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// take returns the requests since it was last called.
func (p *peer) take() []*http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.seen
	p.seen = nil
	return seen
}

func send(t *testing.T, c *http.Client, url string, change func(*http.Request)) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response
}

// TestHTTPClient holds where the program's token goes, and where it does not.
func TestHTTPClient(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ours, other := newPeer(t, nil), newPeer(t, nil)
	c := s.connect(t, frontier.AllowOrigins(ours.URL), frontier.Project("red"))
	token, err := c.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ours.answer = func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, other.URL+"/caught", http.StatusTemporaryRedirect)
		case "/back":
			http.Redirect(w, r, ours.URL+"/caught", http.StatusTemporaryRedirect)
		}
	}
	for name, want := range map[string]struct {
		to            *peer
		path          string
		change        func(*http.Request)
		authorization string
		project       string
	}{
		"ours":          {ours, "/", nil, "Bearer " + token, "red"},
		"its project":   {ours, "/", func(r *http.Request) { r.Header.Set("X-Project", "blue") }, "Bearer " + token, "blue"},
		"another host":  {ours, "/", func(r *http.Request) { r.Host = "evil.example" }, "Bearer " + token, "red"},
		"another's own": {ours, "/", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, "Bearer x", ""},
		"other":         {other, "/", nil, "", ""},
	} {
		send(t, c.HTTPClient(), want.to.URL+want.path, want.change)
		seen := want.to.take()
		if len(seen) != 1 {
			t.Fatalf("%s: %d requests", name, len(seen))
		}
		h := seen[0].Header
		if h.Get("Authorization") != want.authorization || h.Get("X-Project") != want.project || seen[0].Host == "evil.example" ||
			(h.Get("X-Request-ID") == "") != (want.project == "") {
			t.Errorf("%s: %s %v", name, seen[0].Host, h)
		}
	}
	// Redirects: by the client none, by another on its transport without the token.
	if got := send(t, c.HTTPClient(), ours.URL+"/redirect", nil); got.StatusCode != 307 || len(ours.take()) != 1 {
		t.Errorf("a redirect: %d", got.StatusCode)
	}
	follows := &http.Client{Transport: c.HTTPClient().Transport}
	for _, path := range []string{"/redirect", "/back"} {
		send(t, follows, ours.URL+path, nil)
		for _, r := range append(ours.take(), other.take()...) {
			if r.URL.Path == "/caught" && r.Header.Get("Authorization") != "" {
				t.Errorf("%s: the token follows", path)
			}
		}
	}
	// Frontier itself.
	response := send(t, c.HTTPClient(), s.fake.URL()+"/raystack.frontier.v1beta1.FrontierService/ListPermissions", func(r *http.Request) {
		r.Body, r.GetBody = io.NopCloser(strings.NewReader("{}")), nil
		r.ContentLength = 2
		r.Header.Set("Content-Type", "application/json")
	})
	if response.StatusCode != 200 {
		t.Errorf("the server: %d", response.StatusCode)
	}
}

// TestCallsElsewhere holds that no credential follows a redirect of the server.
func TestCallsElsewhere(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p, elsewhere := s.people(), newPeer(t, nil)
	for _, rpc := range []ft.RPC{ft.GetJWKS, ft.AuthToken} {
		s.fake.Fail(rpc, ft.Always, ft.Answer(http.StatusTemporaryRedirect, "", ""), ft.SetHeader("Location", elsewhere.URL))
		for header, value := range map[string]string{authorization: "Bearer " + s.fake.Token(p.user.Principal()), cookie: "sid=" + p.session.Cookie} {
			if got := s.status("/any", header, value); got != 503 {
				t.Errorf("%s: %d", rpc, got)
			}
		}
	}
	if seen := elsewhere.take(); len(seen) != 0 {
		t.Errorf("%d requests follow", len(seen))
	}
}

// TestHTTPClientRenews holds that one answer of 401 is met with another token, for
// which the credential is asked for anew, and a second is the caller's.
func TestHTTPClientRenews(t *testing.T) {
	t.Parallel()
	s := newService(t)
	refuse := 1
	p := newPeer(t, nil)
	p.answer = func(w http.ResponseWriter, r *http.Request) {
		if data, _ := io.ReadAll(r.Body); string(data) != "body" {
			t.Errorf("body %q", data)
		}
		if refuse--; refuse >= 0 {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}
	c := s.connect(t, frontier.AllowOrigins(p.URL))
	if got := send(t, c.HTTPClient(), p.URL, nil); got.StatusCode != 200 {
		t.Errorf("%d", got.StatusCode)
	}
	seen := p.take()
	if len(seen) != 2 || seen[0].Header.Get("Authorization") == seen[1].Header.Get("Authorization") ||
		seen[0].Header.Get("X-Request-ID") != seen[1].Header.Get("X-Request-ID") || s.fake.Calls(ft.AuthToken) != 2 {
		t.Errorf("%d requests, %d tokens", len(seen), s.fake.Calls(ft.AuthToken))
	}
	refuse = 2
	if got := send(t, c.HTTPClient(), p.URL, nil); got.StatusCode != 401 || len(p.take()) != 2 {
		t.Errorf("twice: %d", got.StatusCode)
	}
	s.fake.Stop()
	fresh := s.connect(t, frontier.AllowOrigins(p.URL))
	if _, err := fresh.HTTPClient().Get(p.URL); !errors.Is(err, frontier.ErrUnavailable) || len(p.take()) != 0 {
		t.Errorf("without a token: %v", err)
	}
}

// TestRequestIDs holds that each request has an id, which calls and logs have too.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, people := s.fake, s.people()
	peer := newPeer(t, nil)
	c := s.connect(t, frontier.AllowOrigins(peer.URL))
	guarded := s.http
	handler := frontier.RequestIDs(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guarded.ServeHTTP(w, r)
		out, err := http.NewRequestWithContext(r.Context(), http.MethodGet, peer.URL, nil)
		if err != nil {
			t.Error(err)
			return
		}
		if response, err := c.HTTPClient().Do(out); err == nil {
			_ = response.Body.Close()
		}
		if r.Header.Get("X-Request-ID") != frontier.RequestID(r.Context()) {
			t.Error("the header differs")
		}
	}))
	for name, want := range map[string]struct {
		sent []string
		kept bool
	}{
		"its own": {[]string{"id-1"}, true}, "none": {nil, false}, "twice": {[]string{"a", "b"}, false},
		"empty": {[]string{""}, false}, "with a space": {[]string{"a b"}, false}, "a slash": {[]string{"aaa/b"}, false}, "long": {[]string{strings.Repeat("x", 129)}, false},
	} {
		s.clock.Advance(31e9)
		f.Forget()
		r := httptest.NewRequest(http.MethodGet, "/any", nil)
		r.Header["X-Request-Id"] = want.sent
		r.Header.Set(authorization, "Bearer "+people.pat.Token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		id := w.Header().Get("X-Request-ID")
		if w.Code != 200 || len(id) < 4 || want.kept != (len(want.sent) == 1 && id == want.sent[0]) {
			t.Errorf("%s: %d, %q", name, w.Code, id)
		}
		if seen := peer.take(); len(seen) != 1 || seen[0].Header.Get("X-Request-ID") != id {
			t.Errorf("%s: the peer sees another", name)
		}
		if got := f.Requests(ft.AuthToken); len(got) == 0 || got[0].Header.Get("X-Request-ID") != id {
			t.Errorf("%s: Frontier sees another", name)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/any", nil)
	r.Header.Set("X-Request-ID", "id-of-a-denial")
	r.Header.Set(authorization, "Bearer "+f.Token(people.user.Principal(), ft.Forged()))
	handler.ServeHTTP(httptest.NewRecorder(), r)
	if told := s.log.String(); !strings.Contains(told, "request_id=id-of-a-denial") {
		t.Errorf("the log has no id: %s", told)
	}
}
