package frontier_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
	auth "github.com/authgen/authgen/runtime"
)

// site is a service with a login, its handlers and a guard on one socket.
type site struct {
	*service
	login *frontier.Login
	url   string
}

func newSite(t *testing.T, opts ...frontier.Option) *site {
	t.Helper()
	return newSiteOf(t, nil, opts...)
}

func newSiteOf(t *testing.T, fake []ft.Option, opts ...frontier.Option) *site {
	t.Helper()
	s := &site{service: newServiceOf(t, fake)}
	s.open(t, s.connect(t, opts...))
	return s
}

// open makes the routes of a site.
func (s *site) open(t *testing.T, c *frontier.Client) {
	t.Helper()
	guard, err := c.Guard(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = guard.Close() })
	server := httptest.NewUnstartedServer(nil)
	t.Cleanup(server.Close)
	s.url = "http://" + server.Listener.Addr().String()
	to := frontier.ReturnTo("/home", "https://app.example.com/done?a=b")
	if s.login, err = c.Login(to, frontier.CallbackURL(s.url+"/callback")); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/strategies", s.login.StrategiesHandler())
	mux.Handle("/start", s.login.StartHandler())
	mux.Handle("/callback", s.login.CallbackHandler())
	mux.Handle("/user", s.login.UserHandler())
	mux.Handle("/logout", s.login.LogoutHandler())
	mux.HandleFunc("/any", nethttp.HandlerIdentity(guard, restricted(), func(w http.ResponseWriter, _ *http.Request, id *auth.Identity) {
		fmt.Fprint(w, id.Email())
	}))
	s.http = mux
	server.Config.Handler = mux
	server.Start()
}

// browser keeps cookies, and follows no redirect.
type browser struct {
	t      *testing.T
	site   *site
	client *http.Client
	origin string // of the page that it shows
}

func (s *site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, s.url}
}

func (b *browser) do(method, path string, form url.Values) *http.Response {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.site.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("User-Agent", "Firefox on Linux")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if b.origin != "" {
			r.Header.Set("Origin", b.origin)
		}
	}
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = response.Body.Close() })
	for name := range response.Header {
		if strings.HasPrefix(name, "Gateway") || strings.EqualFold(name, "X-User-Token") {
			b.t.Errorf("%s %s passes on %s", method, path, name)
		}
	}
	return response
}

func (b *browser) post(path string, fields ...string) *http.Response {
	b.t.Helper()
	return b.do(http.MethodPost, path, values(fields))
}

func values(fields []string) url.Values {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return form
}

// start begins a login, and returns its state.
func (b *browser) start(fields ...string) string {
	b.t.Helper()
	response := b.post("/start", append([]string{"strategy", "mailotp", "email", email}, fields...)...)
	var out struct{ State string }
	if err := json.Unmarshal([]byte(body(b.t, response)), &out); err != nil || response.StatusCode != http.StatusOK || out.State == "" {
		b.t.Fatalf("start: status %d, state %q: %v", response.StatusCode, out.State, err)
	}
	return out.State
}

// signIn returns the session's cookie.
func (b *browser) signIn() *http.Cookie {
	b.t.Helper()
	state := b.start()
	response := b.post("/callback", "state", state, "code", b.site.fake.MailCode(email))
	return cookieOf(b.t, response, "sid")
}

func cookieOf(t *testing.T, response *http.Response, name string) *http.Cookie {
	t.Helper()
	for _, c := range response.Cookies() {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("status %d, and no cookie %s in %q", response.StatusCode, name, response.Header["Set-Cookie"])
	return nil
}

func (s *site) withSession(value string) int { return s.status("/any", "Cookie", "sid="+value) }
