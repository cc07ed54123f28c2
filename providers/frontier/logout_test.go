package frontier_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestLogoutUnavailable holds that a session whose end is not known stays the
// browser's to end, and is refused here.
func TestLogoutUnavailable(t *testing.T) {
	t.Parallel()
	s := newSite(t, frontier.ExchangeFor(0))
	b := s.browser(t)
	sid := b.signIn()
	if got := s.withSession(sid.Value); got != http.StatusOK {
		t.Fatalf("status %d", got)
	}
	s.fake.Fail(ft.AuthLogout, 1, ft.Status(503, "unavailable", "down"), ft.SetHeader("Retry-After", "7"))
	got := b.post("/logout")
	if got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") != "8" || len(got.Cookies()) != 0 {
		t.Errorf("status %d, %v", got.StatusCode, got.Header)
	}
	if text := body(t, got); strings.TrimSpace(text) != `{"code":"unavailable","message":"the service is unavailable"}` {
		t.Errorf("body %s", text)
	}
	if id := s.fake.Requests(ft.AuthLogout)[0].Header.Get("X-Request-ID"); id == "" || !strings.Contains(s.log.String(), "request_id="+id) {
		t.Errorf("the log has not the id %q: %s", id, s.log)
	}
	s.clock.Advance(10*time.Minute - 1)
	if got := s.withSession(sid.Value); got != http.StatusUnauthorized {
		t.Errorf("the session: status %d", got)
	}
	if got := b.post("/logout"); got.StatusCode != http.StatusNoContent {
		t.Errorf("again: status %d", got.StatusCode)
	}
	user := s.fake.CreateUser(email)
	s.fake.DisableUser(user.ID)
	state := b.start()
	if got := b.post("/callback", "state", state, "code", s.fake.MailCode(email)); got.StatusCode != http.StatusServiceUnavailable || len(got.Cookies()) != 0 {
		t.Errorf("a disabled user: status %d", got.StatusCode)
	}
}

// lateTokens holds back the answers to AuthToken for sessions.
type lateTokens struct{ came, release chan struct{} }

func (l lateTokens) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if strings.HasSuffix(r.URL.Path, "/AuthToken") && r.Header.Get("Cookie") != "" {
		l.came <- struct{}{}
		<-l.release
	}
	return response, err
}

// TestLogoutBeatsExchange holds that an exchange whose answer comes after the logout
// brings the session back for nobody.
func TestLogoutBeatsExchange(t *testing.T) {
	t.Parallel()
	for _, window := range []time.Duration{30 * time.Second, 0} {
		late := lateTokens{make(chan struct{}, 2), make(chan struct{})}
		s := newSite(t, frontier.Transport(late), frontier.ExchangeFor(window))
		b := s.browser(t)
		sid := b.signIn()
		first := make(chan int, 1)
		go func() { first <- s.withSession(sid.Value) }()
		<-late.came
		if got := b.post("/logout"); got.StatusCode != http.StatusNoContent {
			t.Errorf("%v, logout: status %d", window, got.StatusCode)
		}
		second := s.withSession(sid.Value) // and does not wait for the first
		close(late.release)
		if got := []int{<-first, second, s.withSession(sid.Value)}; !slices.Equal(got, []int{401, 401, 401}) {
			t.Errorf("%v: status %d", window, got)
		}
	}
}

// TestLogoutOutlastsRefusal holds that a session which may not have ended at the server
// is refused for as long, though an exchange is refused meanwhile.
func TestLogoutOutlastsRefusal(t *testing.T) {
	t.Parallel()
	late := lateTokens{make(chan struct{}, 1), make(chan struct{})}
	s := newSite(t, frontier.Transport(late))
	b := s.browser(t)
	sid := b.signIn()
	s.fake.Fail(ft.AuthToken, 1, ft.Status(401, "unauthenticated", "not authenticated"))
	first := make(chan int, 1)
	go func() { first <- s.withSession(sid.Value) }()
	<-late.came
	s.fake.Fail(ft.AuthLogout, 1, ft.Status(503, "unavailable", "down"))
	if got := b.post("/logout"); got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("logout: status %d", got.StatusCode)
	}
	close(late.release)
	if got := <-first; got != http.StatusUnauthorized {
		t.Errorf("status %d", got)
	}
	s.clock.Advance(10*time.Minute - 1)
	if got := s.withSession(sid.Value); got != http.StatusUnauthorized {
		t.Errorf("after the refusal: status %d", got)
	}
}

// TestLogoutOfSeveral holds that a logout ends the session whatever cookies were planted
// before it, or says that it ends none.
func TestLogoutOfSeveral(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	logout := func(planted int, sid string) int {
		r := httptest.NewRequest(http.MethodPost, "/logout", nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := range planted {
			r.AddCookie(&http.Cookie{Name: "sid", Value: fmt.Sprintf("planted%d", i)})
		}
		r.AddCookie(&http.Cookie{Name: "sid", Value: sid})
		w := httptest.NewRecorder()
		s.http.ServeHTTP(w, r)
		return w.Code
	}
	for planted, want := range map[int]struct{ status, after int }{0: {204, 401}, 4: {204, 401}, 31: {204, 401}, 32: {400, 200}} {
		sid := s.browser(t).signIn().Value
		if got := logout(planted, sid); got != want.status {
			t.Errorf("%d cookies before it: status %d", planted, got)
		}
		if got := s.withSession(sid); got != want.after {
			t.Errorf("%d cookies before it, then: status %d", planted, got)
		}
	}
	sid := s.browser(t).signIn().Value
	s.fake.Fail(ft.AuthLogout, 1, ft.Status(503, "unavailable", "down"))
	if got, after := logout(1, sid), s.withSession(sid); got != 503 || after != 401 {
		t.Errorf("one could not be ended: status %d, then %d", got, after)
	}
}

// deadlines keeps until when answers to one procedure are waited for.
type deadlines struct {
	of  ft.RPC
	all chan time.Time
}

func (d deadlines) RoundTrip(r *http.Request) (*http.Response, error) {
	if end, ok := r.Context().Deadline(); ok && strings.HasSuffix(r.URL.Path, "/"+string(d.of)) {
		d.all <- end
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestLogoutOfSeveralInTime holds that the logouts of a request have one [frontier.Timeout].
func TestLogoutOfSeveralInTime(t *testing.T) {
	t.Parallel()
	ends := make(chan time.Time, 3)
	s := newSite(t, frontier.Transport(deadlines{ft.AuthLogout, ends}))
	r := httptest.NewRequest(http.MethodPost, "/logout", nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := range 3 {
		r.AddCookie(&http.Cookie{Name: "sid", Value: fmt.Sprintf("planted%d", i)})
	}
	w := httptest.NewRecorder()
	s.http.ServeHTTP(w, r)
	if w.Code != http.StatusNoContent || len(ends) != 3 {
		t.Fatalf("status %d, asked %d times", w.Code, len(ends))
	}
	if one, two, three := <-ends, <-ends, <-ends; !one.Equal(two) || !one.Equal(three) {
		t.Errorf("until %v, %v and %v", one, two, three)
	}
}

// TestLogoutOfNobody holds that the browser of a user who was disabled or deleted is
// rid of its cookie.
func TestLogoutOfNobody(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(f *ft.Server, id string){"disabled": (*ft.Server).DisableUser, "deleted": (*ft.Server).DeleteUser} {
		s := newSite(t)
		b := s.browser(t)
		b.signIn()
		end(s.fake, s.fake.CreateUser(email).ID)
		if got := b.post("/logout"); got.StatusCode != http.StatusNoContent || len(got.Cookies()) != 1 || got.Cookies()[0].MaxAge >= 0 {
			t.Errorf("%s: status %d, %v", name, got.StatusCode, got.Header)
		}
	}
}
