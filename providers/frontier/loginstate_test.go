package frontier_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestLoginSecure holds that cookies are for https alone, whatever Host a proxy passes
// on, unless the settings say that browsers come by plain http on this machine.
func TestLoginSecure(t *testing.T) {
	t.Parallel()
	s := newService(t)
	c := s.connect(t, frontier.InsecureHTTP("dev.example.com"))
	for callback, secure := range map[string]bool{
		"": true, "https://app.example.com/callback": true, "https://127.0.0.1/callback": true, "http://dev.example.com/callback": true,
		"http://127.0.0.1:8080/callback": false, "HTTP://LocalHost/callback?a=b": false, "http://[::1]/callback": false,
	} {
		login, err := c.Login(frontier.ReturnTo("/home"), frontier.CallbackURL(callback))
		if err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{"127.0.0.1", "localhost:8080", "app.example.com"} {
			name := map[bool]string{true: "__Host-frontier_login", false: "frontier_login"}[secure]
			r := httptest.NewRequest(http.MethodPost, "http://"+host+"/start", strings.NewReader("strategy=mailotp&email="+email))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			w := httptest.NewRecorder()
			login.StartHandler().ServeHTTP(w, r)
			held := cookieOf(t, w.Result(), name)
			var out struct{ State string }
			if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
				t.Fatal(err)
			}
			r = httptest.NewRequest(http.MethodGet, "http://"+host+"/callback?state="+out.State+"&code="+s.fake.MailCode(email), nil)
			r.AddCookie(held)
			w = httptest.NewRecorder()
			login.CallbackHandler().ServeHTTP(w, r)
			sid, ended := cookieOf(t, w.Result(), "sid"), cookieOf(t, w.Result(), name)
			if held.Secure != secure || sid.Secure != secure || ended.Secure != secure || ended.MaxAge >= 0 {
				t.Errorf("callback %q, host %s: %q", callback, host, []*http.Cookie{held, sid, ended})
			}
		}
	}
}

// TestLoginState holds what a cookie of a login does not do, though it is of the state.
func TestLoginState(t *testing.T) {
	t.Parallel()
	s := newService(t)
	c, key := s.connect(t), frontier.LoginKey([]byte(strings.Repeat("k", 32)))
	before, err1 := c.Login(frontier.ReturnTo("/home", "/old"), key)
	now, err2 := c.Login(frontier.ReturnTo("/home"), key)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "https://app.example.com/start", strings.NewReader("strategy=mailotp&return_to=/old&email="+email))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	before.StartHandler().ServeHTTP(w, r)
	held := cookieOf(t, w.Result(), "__Host-frontier_login")
	var out struct{ State string }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		login   *frontier.Login
		cookies int
		want    int
	}{
		{"two cookies", before, 2, http.StatusBadRequest},
		{"a return_to of another instance", now, 1, http.StatusBadRequest},
		{"the browser's own", before, 1, http.StatusSeeOther},
	} {
		r := httptest.NewRequest(http.MethodGet, "https://app.example.com/callback?state="+out.State+"&code="+s.fake.MailCode(email), nil)
		for range c.cookies {
			r.AddCookie(held)
		}
		w := httptest.NewRecorder()
		c.login.CallbackHandler().ServeHTTP(w, r)
		if w.Code != c.want || (len(w.Result().Cookies()) != 0) != (c.want == http.StatusSeeOther) {
			t.Errorf("%s: status %d, %v", c.name, w.Code, w.Header())
		}
	}
}

// setsCookie adds a cookie to the answers of an RPC.
type setsCookie struct{ rpc, line string }

func (c setsCookie) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Path, c.rpc) {
		response.Header.Add("Set-Cookie", c.line)
	}
	return response, err
}

// TestLoginCookies holds which cookies of the server's a browser gets.
func TestLoginCookies(t *testing.T) {
	t.Parallel()
	several := newSite(t, frontier.Transport(setsCookie{"/AuthCallback", "sid=eHg; Path=/"}))
	b := several.browser(t)
	state := b.start()
	if got := b.post("/callback", "state", state, "code", several.fake.MailCode(email)); got.StatusCode != http.StatusServiceUnavailable || len(got.Cookies()) != 0 {
		t.Errorf("two sessions: status %d, %q", got.StatusCode, got.Header["Set-Cookie"])
	}
	other := newSite(t, frontier.Transport(setsCookie{"/AuthLogout", "other=; Path=/; Max-Age=0"}))
	b = other.browser(t)
	b.signIn()
	got := b.post("/logout")
	for _, c := range got.Cookies() {
		if c.Name != "sid" {
			t.Errorf("logout passes on %s", c)
		}
	}
	if got.StatusCode != http.StatusNoContent || len(got.Cookies()) == 0 {
		t.Errorf("logout: status %d, %q", got.StatusCode, got.Header["Set-Cookie"])
	}
}

// TestLoginAnswers holds what the handlers make of users, states and forms that are none.
func TestLoginAnswers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, user := s.browser(t), s.fake.CreateUser(email)
	one, two := s.fake.Login(user.ID), s.fake.Login(user.ID)
	if got := s.status("/user", cookie, "sid="+one.Cookie+"; sid="+two.Cookie); got != http.StatusUnauthorized {
		t.Errorf("the user of two sessions: status %d", got)
	}
	s.fake.Fail(ft.GetCurrentUser, 1, ft.Answer(http.StatusOK, "application/json", `{"user":{"email":"`+email+`"}}`))
	if got := s.status("/user", cookie, "sid="+one.Cookie); got != http.StatusServiceUnavailable {
		t.Errorf("a user without id: status %d", got)
	}
	s.fake.DisableUser(user.ID)
	if got := s.status("/user", cookie, "sid="+one.Cookie); got != http.StatusUnauthorized {
		t.Errorf("a user who was disabled: status %d", got)
	}
	for _, state := range []string{"", "a b", "a\r\nb", strings.Repeat("x", 4097)} {
		data, err := json.Marshal(map[string]string{"state": state})
		if err != nil {
			t.Fatal(err)
		}
		s.fake.Fail(ft.Authenticate, 1, ft.Answer(http.StatusOK, "application/json", string(data)))
		if got := b.post("/start", "strategy", "mailotp", "email", email); got.StatusCode != http.StatusServiceUnavailable || len(got.Cookies()) != 0 {
			t.Errorf("the state %.10q: status %d, %q", state, got.StatusCode, got.Header["Set-Cookie"])
		}
	}
	state := b.start()
	s.fake.Forget()
	many := []string{"state", state, "code", "123456"}
	for i := range 5 {
		many = append(many, fmt.Sprint("f", i), strings.Repeat("x", 4096))
	}
	for name, response := range map[string]*http.Response{
		"a strategy that is no name": b.post("/start", "strategy", "a b", "email", email),
		"a long strategy":            b.post("/start", "strategy", strings.Repeat("x", 65), "email", email),
		"an email with a line":       b.post("/start", "strategy", "mailotp", "email", email+"\r\nx"),
		"a long code":                b.post("/callback", "state", state, "code", strings.Repeat("x", 4097)),
		"a long form":                b.post("/callback", many...),
	} {
		if response.StatusCode != http.StatusBadRequest || len(response.Cookies()) != 0 {
			t.Errorf("%s: status %d", name, response.StatusCode)
		}
	}
	if got := s.fake.Calls(ft.Any); got != 0 {
		t.Errorf("the server is asked %d times", got)
	}
}
