package frontier_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestFaults holds that an answer which tells nothing of a credential or of the keys is
// 503, and forgotten when a good one comes.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string][]ft.Fault{
		"slow": {ft.Hang()}, "dropped": {ft.Drop()}, "cut": {ft.Cut()}, "garbage": {ft.Garbage()},
		"500": {ft.Status(500, "internal", "internal server error")}, "503": {ft.Status(503, "unavailable", "down"), ft.SetHeader("Retry-After", "1")},
		"429": {ft.Status(429, "resource_exhausted", "later")}, "500 with a reason": {ft.Status(500, "not_found", "user doesn't exist")}, "504": {ft.Status(504, "deadline_exceeded", "late")},
		"a page": {ft.Answer(200, "text/html", "<html>")}, "no object": {ft.Answer(200, "application/json", `[]`)}, "two": {ft.Answer(200, "application/json", `{}{}`)},
		"nothing":          {ft.Answer(200, "application/json", `{}`)},
		"of another type":  {ft.Answer(200, "application/json", `{"access_token":{},"keys":{}}`)},
		"another token":    {ft.Answer(200, "application/json", `{"access_token":"x","token_type":"mac","keys":[]}`)},
		"no such path":     {ft.Answer(404, "application/json", `{"code":5,"message":"Not Found","details":[]}`)},
		"a proxy's refuse": {ft.Answer(403, "text/html", "<html>")},
		"elsewhere":        {ft.Answer(307, "", ""), ft.SetHeader("Location", "http://127.0.0.1:1/")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timeout := 10 * time.Second
			if name == "slow" {
				timeout = 900 * time.Millisecond
			}
			s := newService(t, frontier.Timeout(timeout))
			f, p := s.fake, s.people()
			user := "Bearer " + f.Token(p.user.Principal(), ft.ValidFor(48*time.Hour))
			f.Fail(ft.GetJWKS, ft.Always, fault...)
			if got := s.status("/any", authorization, user); got != 503 {
				t.Errorf("keys: %d\n%s", got, s.log)
			}
			f.Heal()
			s.clock.Advance(time.Minute)
			if got := s.status("/any", authorization, user); got != 200 {
				t.Fatalf("keys, healed: %d\n%s", got, s.log)
			}
			f.Fail(ft.AuthToken, ft.Always, fault...)
			for what, c := range map[string][]string{
				"a session": {cookie, "sid=" + p.session.Cookie}, "a personal access token": {authorization, "Bearer " + p.pat.Token}, "a secret": {authorization, p.opaque.Basic()},
			} {
				response := s.ask("/any", c...)
				if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" {
					t.Errorf("%s: %d\n%s", what, response.StatusCode, s.log)
				}
				if got := s.status("/any", authorization, user); got != 200 {
					t.Errorf("a token: %d", got)
				}
			}
			f.Heal()
			if got := s.status("/any", cookie, "sid="+p.session.Cookie); got != 200 {
				t.Errorf("a session, healed: %d\n%s", got, s.log)
			}
			hides(t, s.log.String(), s.program.Secret, p.session.Cookie, p.pat.Token, p.opaque.Secret, user)
		})
	}
}

// TestDown holds what becomes of requests while the server cannot be reached, or has no
// key.
func TestDown(t *testing.T) {
	t.Parallel()
	t.Run("stopped", func(t *testing.T) {
		t.Parallel()
		s := newService(t)
		f, p := s.fake, s.people()
		user, other := "Bearer "+f.Token(p.user.Principal()), "Bearer "+f.Token(p.machine.Principal())
		f.Stop()
		for what, c := range map[string][]string{"a token": {authorization, user}, "a session": {cookie, "sid=" + p.session.Cookie}, "a secret": {authorization, p.secret.Basic()}} {
			if got := s.status("/any", c...); got != 503 {
				t.Errorf("%s, down at start: %d", what, got)
			}
		}
		f.Restart()
		s.clock.Advance(time.Minute)
		for what, c := range map[string][]string{"a token": {authorization, user}, "a session": {cookie, "sid=" + p.session.Cookie}} {
			if got := s.status("/any", c...); got != 200 {
				t.Errorf("%s, up: %d\n%s", what, got, s.log)
			}
		}
		f.Stop()
		s.clock.Advance(29 * time.Second)
		for what, c := range map[string]struct {
			want    int
			headers []string
		}{
			"a token": {200, []string{authorization, other}}, "a session that is remembered": {200, []string{cookie, "sid=" + p.session.Cookie}},
			"a forged token": {401, []string{authorization, "Bearer " + f.Token(p.user.Principal(), ft.Forged())}}, "a secret": {503, []string{authorization, p.secret.Basic()}},
		} {
			if got := s.status("/any", c.headers...); got != c.want {
				t.Errorf("%s, down later: %d\n%s", what, got, s.log)
			}
		}
		s.clock.Advance(time.Second)
		if got := s.status("/any", cookie, "sid="+p.session.Cookie); got != 503 {
			t.Errorf("a session, after the window: %d", got)
		}
	})
	t.Run("no key", func(t *testing.T) {
		t.Parallel()
		keyed := newService(t)
		for name, opts := range map[string][]ft.Option{"connect": {ft.WithoutKeys()}, "rest": {ft.WithoutKeys(), ft.WithREST()}} {
			s := newServiceOf(t, opts)
			p := s.people()
			token := "Bearer " + keyed.fake.Token("app/user:"+p.user.ID)
			for what, c := range map[string][]string{"a token": {authorization, token}, "a session": {cookie, "sid=" + p.session.Cookie}} {
				if got := s.status("/any", c...); got != 503 {
					t.Errorf("%s, %s: %d\n%s", name, what, got, s.log)
				}
			}
			told := s.another(t, frontier.SpeakAPI(frontier.RESTAPI))
			if told.status("/any", authorization, token); name == "rest" && !strings.Contains(told.log.String(), "the server has no key") {
				t.Errorf("the log does not tell why: %s", told.log)
			}
		}
	})
}

// TestKeys holds that new keys count without a restart and old ones end, and that the
// secret is not sent for them.
func TestKeys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fake []ft.Option
		rpc  ft.RPC
	}{"connect": {nil, ft.GetJWKS}, "rest": {[]ft.Option{ft.WithREST()}, ft.WellKnown}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServiceOf(t, c.fake)
			f, p := s.fake, s.people()
			before := "Bearer " + f.Token(p.user.Principal())
			if got := s.status("/any", authorization, before); got != 200 {
				t.Fatalf("%d\n%s", got, s.log)
			}
			f.Rotate()
			after := "Bearer " + f.Token(p.user.Principal())
			for _, token := range []string{after, before} {
				if got := s.status("/any", authorization, token); got != 200 {
					t.Errorf("both keys: %d\n%s", got, s.log)
				}
			}
			f.Retire()
			s.clock.Advance(16 * time.Minute)
			fresh := "Bearer " + f.Token(p.machine.Principal())
			for token, want := range map[string]int{before: 401, after: 200, fresh: 200} {
				s.status("/any", authorization, fresh) // causes the fetch
				if got := s.status("/any", authorization, token); got != want {
					t.Errorf("a withdrawn key: %d, want %d\n%s", got, want, s.log)
				}
			}
			for _, r := range f.Requests(c.rpc) {
				if got := r.Header.Get(authorization); strings.HasPrefix(got, "Basic") || (got == "") != (name == "rest") {
					t.Errorf("asked with %.9q", got)
				}
			}
			// Once at start, and once since its own token was of the withdrawn key.
			if got := f.Calls(ft.BasicSecret); got > 2 {
				t.Errorf("the secret was compared %d times", got)
			}
		})
	}
}

// TestAPI holds how a server is spoken to, and that another version in its place is
// found out.
func TestAPI(t *testing.T) {
	t.Parallel()
	clock := authtest.NewClock(time.Now().Truncate(time.Second))
	young := ft.New(t, ft.WithClock(clock))
	old := ft.New(t, ft.Beside(young), ft.WithREST())
	var target atomic.Pointer[ft.Server]
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, _ := url.Parse(target.Load().URL())
		httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	s := &service{fake: young, clock: clock, log: new(log)}
	p := s.people()
	for _, api := range []frontier.API{frontier.DetectAPI, frontier.ConnectAPI, frontier.RESTAPI} {
		target.Store(old)
		guard, err := frontier.New(t.Context(), front.URL, append(s.settings(s.log), frontier.SpeakAPI(api), frontier.ExchangeFor(0))...)
		if err != nil {
			t.Fatal(err)
		}
		defer guard.Close()
		admits := func() bool {
			_, err := guard.Validate(t.Context(), p.pat.Token)
			if err != nil { // the first may find another version out
				clock.Advance(time.Minute)
				_, err = guard.Validate(t.Context(), p.pat.Token)
			}
			return err == nil
		}
		if got, want := admits(), api != frontier.ConnectAPI; got != want {
			t.Errorf("%d: an old server admits: %v\n%s", api, got, s.log)
		}
		target.Store(young)
		if got, want := admits(), api != frontier.RESTAPI; got != want {
			t.Errorf("%d: a new server admits: %v\n%s", api, got, s.log)
		}
	}
	if got := young.Calls(ft.ListAuthStrategies); got != 1 {
		t.Errorf("found out %d times", got)
	}
}
