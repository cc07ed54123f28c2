package frontier_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
)

// site makes a service with a login and its handlers, known as the program.
func (w *world) site() *site {
	w.t.Helper()
	return w.siteOf(w.connect(frontier.Credentials(w.program.ID, w.program.Secret)))
}

func (w *world) siteOf(c *frontier.Client) *site {
	w.t.Helper()
	s := &site{service: &service{log: new(log)}}
	s.open(w.t, c)
	return s
}

// TestServerLogin signs a user in by the handlers, with the code of test users, and out.
func TestServerLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, other := w.site(), w.service()
	email := strings.ToLower(name()) + "@" + w.domain
	b := s.browser(t)
	if got := body(t, b.do(http.MethodGet, "/strategies", nil)); !strings.Contains(got, `{"name":"mailotp"}`) {
		t.Fatalf("strategies: %s", got)
	}
	begun := b.post("/start", "strategy", "mailotp", "email", email, "return_to", "/home")
	var out struct{ State string }
	if err := json.Unmarshal([]byte(body(t, begun)), &out); err != nil || begun.StatusCode != http.StatusOK || out.State == "" {
		t.Fatalf("start: status %d: %v", begun.StatusCode, err)
	}
	held := cookieOf(t, begun, "frontier_login")
	if got := s.browser(t).post("/callback", "state", out.State, "code", w.code); got.StatusCode != http.StatusBadRequest || len(got.Cookies()) != 0 {
		t.Errorf("another browser: status %d", got.StatusCode)
	}
	if got := b.post("/callback", "state", out.State, "code", "wrong!"); got.StatusCode != http.StatusBadRequest || len(got.Cookies()) != 0 {
		t.Errorf("a wrong code: status %d", got.StatusCode)
	}
	ended := b.post("/callback", "state", out.State, "code", w.code)
	if ended.StatusCode != http.StatusSeeOther || ended.Header.Get("Location") != "/home" {
		t.Fatalf("callback: status %d, %s", ended.StatusCode, s.log)
	}
	sid := cookieOf(t, ended, "sid")
	if !sid.HttpOnly || sid.Path != "/" || sid.Value == "" {
		t.Errorf("the cookie of the session: %q", ended.Header["Set-Cookie"])
	}
	var user struct{ User frontier.User }
	if err := json.Unmarshal([]byte(body(t, b.do(http.MethodGet, "/user", nil))), &user); err != nil || user.User.Email != email || user.User.State == "disabled" {
		t.Fatalf("user: %+v, %v", user, err)
	}
	w.remove("DeleteUser", "DisableUser", user.User.ID)
	if got := b.do(http.MethodGet, "/any", nil); got.StatusCode != http.StatusOK || body(t, got) != email {
		t.Errorf("with the session: status %d", got.StatusCode)
	}
	session := []string{cookie, "sid=" + sid.Value}
	if got := other.status("/any", session...); got != http.StatusOK {
		t.Errorf("with the session elsewhere: status %d\n%s", got, other.log)
	}
	query := values([]string{"state", out.State, "code", w.code}).Encode()
	if got := s.ask("/callback?"+query, cookie, "frontier_login="+held.Value); got.StatusCode != http.StatusBadRequest || len(got.Cookies()) != 0 {
		t.Errorf("replayed: status %d", got.StatusCode)
	}
	if got := b.post("/logout", "return_to", "/home"); got.StatusCode != http.StatusSeeOther || cookieOf(t, got, "sid").MaxAge >= 0 {
		t.Errorf("logout: status %d", got.StatusCode)
	}
	if got := s.status("/any", session...); got != http.StatusUnauthorized {
		t.Errorf("after logout: status %d", got)
	}
	w.clock.Advance(30 * time.Second)
	if got := other.status("/any", session...); got != http.StatusUnauthorized {
		t.Errorf("after logout, elsewhere: status %d\n%s", got, other.log)
	}
	if got := b.do(http.MethodGet, "/user", nil); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("user after logout: status %d", got.StatusCode)
	}
	hides(t, s.log.String()+other.log.String(), sid.Value, out.State)
}

// TestServerLoginCalls holds what the typed calls tell of errors.
func TestServerLoginCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	login, err := w.admin.Login(frontier.ReturnTo("/"))
	if err != nil {
		t.Fatal(err)
	}
	if names, err := login.ListAuthStrategies(t.Context()); err != nil || !slices.Contains(names, "mailotp") {
		t.Errorf("strategies: %v, %v", names, err)
	}
	var told *frontier.Error
	if _, err := login.Authenticate(t.Context(), frontier.AuthenticateRequest{Strategy: "mailotp", Email: "nobody"}); !errors.As(err, &told) || told.Code != "invalid_argument" {
		t.Errorf("no address: %v", err)
	}
	if _, err := login.Authenticate(t.Context(), frontier.AuthenticateRequest{Strategy: "authgen-none"}); err == nil {
		t.Error("there is a strategy of any name")
	}
	if _, err := login.AuthCallback(t.Context(), frontier.AuthCallbackRequest{Strategy: "mailotp", Code: w.code, State: someID}); err == nil {
		t.Error("a login that nobody began ends")
	}
	user := w.login()
	session, _ := frontier.NewSession(user.cookie)
	if got, err := login.GetCurrentUser(t.Context(), session); err != nil || got.ID != user.id || got.CreatedAt.IsZero() {
		t.Errorf("user: %+v, %v", got, err)
	}
	if err := errors.Join(login.AuthLogout(t.Context(), session), login.AuthLogout(t.Context(), session)); err != nil {
		t.Errorf("logout: %v", err)
	}
	if _, err := login.GetCurrentUser(t.Context(), session); !errors.Is(err, frontier.ErrUnauthenticated) {
		t.Errorf("after logout: %v", err)
	}
	w.must(t, "DisableUser", jsonObject{"id": user.id}, authorization, w.program.Basic())
	begun, err := login.Authenticate(t.Context(), frontier.AuthenticateRequest{Strategy: "mailotp", Email: user.email})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := login.AuthCallback(t.Context(), frontier.AuthCallbackRequest{Strategy: "mailotp", Code: w.code, State: begun.State}); err == nil || !w.old && !errors.Is(err, frontier.ErrUnavailable) {
		t.Errorf("a user who is disabled: %v", err)
	}
}
