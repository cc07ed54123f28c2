package frontier_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

const email = "ada@acme.example"

// TestLogin signs a user in by a code from a mail, and out, at servers of both kinds.
func TestLogin(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, k kind) { testLogin(t, newSiteOf(t, k.fake, k.opts...)) })
}

func testLogin(t *testing.T, s *site) {
	b := s.browser(t)
	if got := body(t, b.do(http.MethodGet, "/strategies", nil)); strings.TrimSpace(got) != `{"strategies":[{"name":"mailotp"},{"name":"maillink"}]}` {
		t.Errorf("strategies: %s", got)
	}
	begun := b.post("/start", "strategy", "mailotp", "email", email, "return_to", "https://app.example.com/done?a=b")
	held := cookieOf(t, begun, "frontier_login")
	if !held.HttpOnly || held.SameSite != http.SameSiteLaxMode || held.Path != "/" || held.MaxAge != 600 || held.Secure || len(begun.Cookies()) != 1 {
		t.Errorf("the cookie of the login: %q", begun.Header["Set-Cookie"])
	}
	var out struct{ State string }
	if err := json.Unmarshal([]byte(body(t, begun)), &out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(held.Value, out.State) {
		t.Error("the cookie tells the state")
	}
	if wrong := b.post("/callback", "state", out.State, "code", "wrong!"); wrong.StatusCode != http.StatusBadRequest || len(wrong.Cookies()) != 0 {
		t.Errorf("a wrong code: status %d, %q", wrong.StatusCode, wrong.Header["Set-Cookie"])
	}
	s.fake.Fail(ft.AuthCallback, 1, ft.SetHeader("Gateway-User-Token", "leak"))
	query := values([]string{"state", out.State, "code", s.fake.MailCode(email)}).Encode()
	ended := b.do(http.MethodGet, "/callback?"+query, nil)
	if ended.StatusCode != http.StatusSeeOther || ended.Header.Get("Location") != "https://app.example.com/done?a=b" || ended.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("callback: status %d, %v", ended.StatusCode, ended.Header)
	}
	sid := cookieOf(t, ended, "sid")
	if !sid.HttpOnly || sid.SameSite != http.SameSiteLaxMode || sid.Path != "/" || sid.MaxAge != 2592000 || sid.Secure || sid.Expires.IsZero() || len(ended.Cookies()) != 2 || cookieOf(t, ended, "frontier_login").MaxAge >= 0 {
		t.Errorf("cookies: %q", ended.Header["Set-Cookie"])
	}
	if requests := s.fake.Requests(ft.AuthCallback); requests[len(requests)-1].Header.Get("User-Agent") != "Firefox on Linux" {
		t.Error("the session is not of the browser's software")
	}
	if got := b.do(http.MethodGet, "/any", nil); got.StatusCode != http.StatusOK || body(t, got) != email {
		t.Errorf("with the session: status %d", got.StatusCode)
	}
	if got := body(t, b.do(http.MethodGet, "/user", nil)); !strings.Contains(got, `"email":"`+email+`"`) {
		t.Errorf("user: %s", got)
	}
	// Again with the same code and cookie: by another browser as well as this one.
	again := s.ask("/callback?"+query, "Cookie", "frontier_login="+held.Value)
	if again.StatusCode != http.StatusBadRequest || len(again.Cookies()) != 0 {
		t.Errorf("replayed: status %d", again.StatusCode)
	}
	if got := b.do(http.MethodGet, "/callback?"+query, nil); got.StatusCode != http.StatusBadRequest {
		t.Errorf("replayed without the cookie: status %d", got.StatusCode)
	}

	calls := s.fake.Calls(ft.AuthToken)
	out2 := b.post("/logout", "return_to", "/home")
	if out2.StatusCode != http.StatusSeeOther || out2.Header.Get("Location") != "/home" || cookieOf(t, out2, "sid").MaxAge >= 0 || cookieOf(t, out2, "sid").Value != "" {
		t.Errorf("logout: status %d, %v", out2.StatusCode, out2.Header)
	}
	if got := s.withSession(sid.Value); got != http.StatusUnauthorized || s.fake.Calls(ft.AuthToken) != calls {
		t.Errorf("after logout: status %d, and the server is asked %d times", got, s.fake.Calls(ft.AuthToken)-calls)
	}
	s.clock.Advance(31 * time.Second)
	if got := s.withSession(sid.Value); got != http.StatusUnauthorized {
		t.Errorf("long after logout: status %d", got)
	}
	if got := b.do(http.MethodGet, "/user", nil); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("user after logout: status %d", got.StatusCode)
	}
	if got := b.post("/logout"); got.StatusCode != http.StatusNoContent {
		t.Errorf("logout again: status %d", got.StatusCode)
	}
	hides(t, s.log.String(), sid.Value, out.State)
}

// TestLoginCalls signs a user in by the typed calls, who is sent to a return_to of the
// server's, at servers of both kinds.
func TestLoginCalls(t *testing.T) {
	t.Parallel()
	const to = "https://app.example.com/in"
	eachKind(t, func(t *testing.T, k kind) {
		s := newSiteOf(t, append(k.fake, ft.WithReturnTo(to)), k.opts...)
		login, ctx := s.login, t.Context()
		begun, err := login.Authenticate(ctx, frontier.AuthenticateRequest{Strategy: "mailotp", Email: email, ReturnTo: to})
		if err != nil || begun.Endpoint != "" {
			t.Fatalf("%+v: %v", begun, err)
		}
		in := frontier.AuthCallbackRequest{Strategy: "mailotp", Code: "wrong!", State: begun.State}
		var told *frontier.Error
		if _, err := login.AuthCallback(ctx, in); !errors.As(err, &told) || told.Code != "invalid_argument" {
			t.Errorf("a wrong code: %v", err)
		}
		in.Code = s.fake.MailCode(email)
		session, err := login.AuthCallback(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if user, err := login.GetCurrentUser(ctx, session); err != nil || user.Email != email || user.State != "enabled" || user.CreatedAt.IsZero() || s.withSession(session.Value()) != http.StatusOK {
			t.Errorf("%+v: %v", user, err)
		}
		if err := errors.Join(login.AuthLogout(ctx, session), login.AuthLogout(ctx, session)); err != nil {
			t.Error(err)
		}
		if _, err := login.GetCurrentUser(ctx, session); !errors.Is(err, frontier.ErrUnauthenticated) {
			t.Errorf("after logout: %v", err)
		}
		s.fake.Fail(ft.AuthCallback, 1, ft.Answer(http.StatusFound, "", ""), ft.SetHeader("Set-Cookie", "sid="+session.Value()), ft.SetHeader("Location", to))
		if _, err := login.AuthCallback(ctx, in); !errors.As(err, &told) || told.Status != http.StatusFound {
			t.Errorf("another redirect: %v", err)
		}
		asked := s.fake.Calls(ft.Any)
		for _, strategy := range []string{"", ".", "..", "google/../../users", "a b", "mailotp?email=x"} {
			if _, err := login.Authenticate(ctx, frontier.AuthenticateRequest{Strategy: strategy}); err == nil {
				t.Errorf("the strategy %q is taken", strategy)
			}
		}
		if n := s.fake.Calls(ft.Any); n != asked && k.fake != nil {
			t.Errorf("%d requests have them in their paths", n-asked)
		}
	})
}

// TestLoginRefuses holds that logins end in the browser that began them alone.
func TestLoginRefuses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, other := s.browser(t), s.browser(t)
	state := b.start()
	code := s.fake.MailCode(email)
	theirs := other.start()
	held := cookieOf(t, b.post("/start", "strategy", "mailotp", "email", email), "frontier_login")
	latest := b.start()
	calls := s.fake.Calls(ft.AuthCallback)
	for name, response := range map[string]*http.Response{
		"no cookie":              s.browser(t).post("/callback", "state", state, "code", code),
		"another's state":        b.post("/callback", "state", theirs, "code", s.fake.MailCode(email)),
		"an earlier state":       b.post("/callback", "state", state, "code", code),
		"no state":               b.post("/callback", "code", code),
		"an empty state":         b.post("/callback", "state", "", "code", code),
		"no code":                b.post("/callback", "state", latest),
		"two states":             b.do(http.MethodGet, "/callback?code=1&state="+latest+"&state="+theirs, nil),
		"a cookie that is cut":   s.ask("/callback?code=1&state="+latest, "Cookie", "frontier_login="+held.Value[:len(held.Value)-4]),
		"a cookie without a MAC": s.ask("/callback?code=1&state="+latest, "Cookie", "frontier_login="+strings.SplitN(held.Value, ".", 2)[0]),
		"two cookies":            s.ask("/callback?code=1&state="+latest, "Cookie", "frontier_login="+held.Value+"; frontier_login="+held.Value),
	} {
		if response.StatusCode != http.StatusBadRequest || len(response.Cookies()) != 0 || response.Header.Get("Location") != "" {
			t.Errorf("%s: status %d, %v", name, response.StatusCode, response.Header)
		}
	}
	s.clock.Advance(10 * time.Minute)
	if got := b.post("/callback", "state", latest, "code", s.fake.MailCode(email)); got.StatusCode != http.StatusBadRequest {
		t.Errorf("after ten minutes: status %d", got.StatusCode)
	}
	if n := s.fake.Calls(ft.AuthCallback) - calls; n != 0 {
		t.Errorf("the server is asked %d times", n)
	}
}

// TestLoginReturnTo holds that browsers are sent nowhere but where ReturnTo says.
func TestLoginReturnTo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser(t)
	b.signIn()
	began := s.fake.Calls(ft.Authenticate)
	for _, to := range []string{
		"https://evil.example", "//evil.example", `/\evil.example`, "/home/", "/home?x", "/Home", "home", "https://app.example.com/done", "https://app.example.com/done?a=b#c",
		"https://app.example.com.evil.example/done?a=b", "javascript:alert(1)", " /home", "/home\r\nX: y", "/home\x00",
		"https://app.example.com@evil.example/done?a=b", "https://app.example.com:x@evil.example", "https:evil.example", "https:/evil.example", "///evil.example",
		"/\t/evil.example", "%2F%2Fevil.example", "/%2Fevil.example", "/%5Cevil.example", "/%68ome", "/home%00", "/./home", "/x/../home", "HTTPS://app.example.com/done?a=b",
	} {
		for _, path := range []string{"/start", "/logout"} {
			got := b.post(path, "strategy", "mailotp", "email", email, "return_to", to)
			if got.StatusCode != http.StatusBadRequest || got.Header.Get("Location") != "" || len(got.Cookies()) != 0 {
				t.Errorf("%s with return_to %q: status %d, %v", path, to, got.StatusCode, got.Header)
			}
		}
	}
	for _, path := range []string{"/start", "/logout"} {
		got := b.post(path, "strategy", "mailotp", "email", email, "return_to", "/home", "return_to", "//evil.example")
		if got.StatusCode != http.StatusBadRequest || got.Header.Get("Location") != "" {
			t.Errorf("%s with two: status %d, %v", path, got.StatusCode, got.Header)
		}
	}
	if s.fake.Calls(ft.Authenticate) != began || s.fake.Calls(ft.AuthLogout) != 0 {
		t.Error("the server is asked")
	}
	if got := b.post("/logout?return_to=//evil.example"); got.StatusCode != http.StatusNoContent || got.Header.Get("Location") != "" {
		t.Errorf("in the query: status %d, %v", got.StatusCode, got.Header)
	}
	c := s.connect(t)
	for _, to := range []string{"", "home", "//evil.example", `/\evil.example`, `\\evil.example`, "/a b", "/\t/evil.example", "http://app.example.com/", "https://user@app.example.com/", "ftp://app.example.com", "https:///x"} {
		if _, err := c.Login(frontier.ReturnTo("/home", to)); err == nil {
			t.Errorf("ReturnTo(%q) is taken", to)
		}
	}
	for name, opts := range map[string][]frontier.LoginOption{
		"nowhere": nil, "a short key": {frontier.ReturnTo("/"), frontier.LoginKey(make([]byte, 31))}, "a bad callback": {frontier.ReturnTo("/"), frontier.CallbackURL("/callback")},
	} {
		if _, err := c.Login(opts...); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestLoginOrigin holds that forms of other sites begin, end and log out nothing.
func TestLoginOrigin(t *testing.T) {
	t.Parallel()
	s := newSite(t, frontier.TrustedOrigins("https://app.example.com"))
	b := s.browser(t)
	sid := b.signIn()
	began, ended := s.fake.Calls(ft.Authenticate), s.fake.Calls(ft.AuthCallback)
	for _, origin := range []string{"", "null", "https://evil.example", "http://sibling.127.0.0.1"} {
		b.origin = origin
		for _, path := range []string{"/start", "/callback", "/logout"} {
			if got := b.post(path, "strategy", "mailotp", "email", email); got.StatusCode != http.StatusForbidden || len(got.Cookies()) != 0 {
				t.Errorf("%s from %q: status %d", path, origin, got.StatusCode)
			}
		}
	}
	for _, path := range []string{"/start", "/logout"} {
		if got := b.do(http.MethodGet, path, nil); got.StatusCode != http.StatusMethodNotAllowed || got.Header.Get("Allow") != http.MethodPost {
			t.Errorf("GET %s: status %d", path, got.StatusCode)
		}
	}
	if s.fake.Calls(ft.Authenticate) != began || s.fake.Calls(ft.AuthCallback) != ended || s.fake.Calls(ft.AuthLogout) != 0 || s.withSession(sid.Value) != http.StatusOK {
		t.Error("something was begun or ended")
	}
	b.origin = "https://app.example.com"
	if got := b.post("/logout"); got.StatusCode != http.StatusNoContent || s.withSession(sid.Value) != http.StatusUnauthorized {
		t.Errorf("from a trusted origin: status %d", got.StatusCode)
	}
}

// TestLoginCookie holds the cookie of hosts that are not this machine, and that
// instances with the same key know each other's.
func TestLoginCookie(t *testing.T) {
	t.Parallel()
	s := newService(t)
	c, key := s.connect(t), []byte(strings.Repeat("k", 32))
	one, err1 := c.Login(frontier.ReturnTo("/home"), frontier.LoginKey(key))
	two, err2 := c.Login(frontier.ReturnTo("/home"), frontier.LoginKey(key))
	alone, err3 := c.Login(frontier.ReturnTo("/home"))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "https://app.example.com/start", strings.NewReader("strategy=mailotp&email="+email))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	one.StartHandler().ServeHTTP(w, r)
	held := cookieOf(t, w.Result(), "__Host-frontier_login")
	if !held.Secure || !held.HttpOnly || held.Path != "/" || held.Domain != "" {
		t.Errorf("the cookie: %q", w.Header()["Set-Cookie"])
	}
	var out struct{ State string }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	for login, want := range map[*frontier.Login]int{alone: http.StatusBadRequest, two: http.StatusSeeOther} {
		r := httptest.NewRequest(http.MethodGet, "https://app.example.com/callback?state="+out.State+"&code="+s.fake.MailCode(email), nil)
		r.AddCookie(held)
		w := httptest.NewRecorder()
		login.CallbackHandler().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("status %d, want %d", w.Code, want)
		}
		if sid := w.Result().Cookies(); w.Code == http.StatusSeeOther && (sid[0].Name != "sid" || !sid[0].Secure || !sid[0].HttpOnly || sid[0].MaxAge != 2592000) {
			t.Errorf("the session's cookie: %q", w.Header()["Set-Cookie"])
		}
	}
	hides(t, fmt.Sprintf("%v %+v %#v %s", one, one, one, one), string(key))
}

// TestLoginEndpoint holds where a browser is sent to sign in elsewhere.
func TestLoginEndpoint(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser(t)
	for endpoint, want := range map[string]int{
		"https://idp.example/authorize?client_id=x&state=s1": http.StatusSeeOther,
		"http://idp.example/":                                http.StatusServiceUnavailable, "javascript:alert(1)": http.StatusServiceUnavailable, "//idp.example": http.StatusServiceUnavailable,
	} {
		data, err := json.Marshal(map[string]string{"state": "s1", "endpoint": endpoint})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(endpoint, "state=") { // as servers answer
			data = []byte(`{"endpoint":"` + endpoint + `"}`)
		}
		s.fake.Fail(ft.Authenticate, 1, ft.Answer(http.StatusOK, "application/json", string(data)))
		got := b.post("/start", "strategy", "google")
		location, cookies := "", 0
		if want == http.StatusSeeOther {
			location, cookies = endpoint, 1
		}
		if got.StatusCode != want || got.Header.Get("Location") != location || len(got.Cookies()) != cookies {
			t.Errorf("%s: status %d, %v", endpoint, got.StatusCode, got.Header)
		}
		// The code is wrong, but the state is the browser's.
		if got := b.do(http.MethodGet, "/callback?code=x&state=s1", nil); cookies == 1 && !strings.Contains(body(t, got), "unsupported authentication method") {
			t.Errorf("%s: the state is not bound: status %d", endpoint, got.StatusCode)
		}
	}
}
