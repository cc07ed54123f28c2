package frontier_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier"
	ft "github.com/authgen/authgen/providers/frontier/frontiertest"
)

// TestRevocation holds that what was ended at the server is refused when the answer of
// the exchange has ended, and not asked about before.
func TestRevocation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts   []frontier.Option
		window time.Duration
	}{
		"unless set": {nil, 30 * time.Second},
		"shorter":    {[]frontier.Option{frontier.ExchangeFor(2 * time.Second)}, 2 * time.Second},
		"none":       {[]frontier.Option{frontier.ExchangeFor(0)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, c.opts...)
			f := s.fake
			for what, of := range map[string]func(people) (header, value string, end func()){
				"logout": func(p people) (string, string, func()) {
					return cookie, "sid=" + p.session.Cookie, func() { f.EndSession(p.session.ID) }
				},
				"user disabled": func(p people) (string, string, func()) {
					return cookie, "sid=" + p.session.Cookie, func() { f.DisableUser(p.user.ID) }
				},
				"user deleted": func(p people) (string, string, func()) {
					return cookie, "sid=" + p.session.Cookie, func() { f.DeleteUser(p.user.ID) }
				},
				"token deleted": func(p people) (string, string, func()) {
					return authorization, "Bearer " + p.pat.Token, func() { f.DeletePAT(p.pat.ID) }
				},
				"secret deleted": func(p people) (string, string, func()) {
					return authorization, p.secret.Basic(), func() { f.DeleteCredential(p.secret.ID) }
				},
				"opaque deleted": func(p people) (string, string, func()) {
					return authorization, p.opaque.Basic(), func() { f.DeleteCredential(p.opaque.ID) }
				},
				"key deleted": func(p people) (string, string, func()) {
					return authorization, "Bearer " + f.Assertion(p.key), func() { f.DeleteCredential(p.key.ID) }
				},
				"robot deleted": func(p people) (string, string, func()) {
					return authorization, p.secret.Basic(), func() { f.DeleteServiceUser(p.machine.ID) }
				},
				"disabled org, pat": func(p people) (string, string, func()) {
					return authorization, "Bearer " + p.pat.Token, func() { f.DisableOrg(p.org.ID) }
				},
				"disabled org": func(p people) (string, string, func()) {
					return authorization, p.opaque.Basic(), func() { f.DisableOrg(p.org.ID) }
				},
			} {
				header, value, end := of(s.peopleOf(strings.NewReplacer(" ", "-", ",", "").Replace(what)))
				if got := s.status("/any", header, value); got != 200 {
					t.Fatalf("%s, before: %d\n%s", what, got, s.log)
				}
				end()
				f.Forget()
				if c.window > 0 {
					s.clock.Advance(c.window - time.Second)
					if got := s.status("/any", header, value); got != 200 || f.Calls(ft.AuthToken) != 0 {
						t.Errorf("%s, within the window: %d", what, got)
					}
					s.clock.Advance(time.Second)
				}
				if got := s.status("/any", header, value); got != 401 {
					t.Errorf("%s, after the window: %d\n%s", what, got, s.log)
				}
			}
		})
	}
}

// TestExchangeEnds holds that an answer does not outlive the assertion and the token.
func TestExchangeEnds(t *testing.T) {
	t.Parallel()
	s := newServiceOf(t, []ft.Option{ft.WithTokenLife(20 * time.Second)})
	f, p := s.fake, s.people()
	assertion := "Bearer " + f.Assertion(p.key, ft.ValidFor(10*time.Second))
	if got := s.status("/any", authorization, assertion); got != 200 {
		t.Fatalf("%d\n%s", got, s.log)
	}
	s.clock.Advance(10 * time.Second)
	if got := s.status("/any", authorization, assertion); got != 401 {
		t.Errorf("an assertion that ended: %d", got)
	}
	if got := s.status("/any", authorization, p.opaque.Basic()); got != 200 {
		t.Fatalf("%d\n%s", got, s.log)
	}
	f.Forget()
	s.clock.Advance(20 * time.Second)
	if got := s.status("/any", authorization, p.opaque.Basic()); got != 200 || f.Calls(ft.AuthToken) == 0 {
		t.Errorf("when the token had ended: %d\n%s", got, s.log)
	}
}

// TestAssertionsFor holds how long assertions may last.
func TestAssertionsFor(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := s.people()
	hour, any := s.another(t, frontier.AssertionsFor(time.Hour)), s.another(t, frontier.AssertionsFor(0))
	s.status("/any", authorization, p.opaque.Basic()) // gets the keys
	none := ft.Claim("exp", nil)
	for name, c := range map[string]struct {
		on     *service
		header string
		life   ft.TokenOption
		want   int
	}{
		"twelve hours":       {s, authorization, ft.ValidFor(12*time.Hour + time.Minute), 200},
		"longer":             {s, authorization, ft.ValidFor(12*time.Hour + time.Minute + time.Second), 401},
		"in X-User-Token":    {s, userToken, ft.ValidFor(13 * time.Hour), 401},
		"without exp":        {s, userToken, none, 401},
		"an hour":            {hour, authorization, ft.ValidFor(time.Hour), 200},
		"longer than it":     {hour, authorization, ft.ValidFor(2 * time.Hour), 401},
		"any":                {any, authorization, ft.ValidFor(9000 * time.Hour), 200},
		"any, without exp":   {any, userToken, none, 200},
		"a bearer's without": {any, authorization, none, 401},
	} {
		s.fake.Forget()
		header := s.fake.Assertion(p.key, c.life)
		if c.header == authorization {
			header = "Bearer " + header
		}
		if got := c.on.status("/any", c.header, header); got != c.want {
			t.Errorf("%s: %d\n%s", name, got, c.on.log)
		}
		for _, r := range s.fake.Requests(ft.AuthToken) {
			if c.want == 401 && r.Header.Get(c.header) == header {
				t.Errorf("%s: the server was asked", name)
			}
		}
	}
	if _, err := frontier.Connect(t.Context(), s.fake.URL(), append(s.settings(s.log), frontier.AssertionsFor(-1))...); err == nil {
		t.Error("a negative time is taken")
	}
}

// TestRefused holds that a refusal counts for five seconds, and no failure does.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	unknown := basic(p.secret.ID, strings.Repeat("x", 43))
	for range 3 {
		if got := s.status("/any", authorization, unknown); got != 401 {
			t.Fatal(got)
		}
	}
	if got := f.Calls(ft.BasicSecret); got != 1 {
		t.Errorf("asked %d times", got)
	}
	s.clock.Advance(5 * time.Second)
	if got := s.status("/any", authorization, unknown); got != 401 || f.Calls(ft.BasicSecret) != 2 {
		t.Errorf("later: %d, asked %d times", got, f.Calls(ft.BasicSecret))
	}
	s.status("/any", authorization, p.secret.Basic()) // also gets the keys
	pat := "Bearer " + p.pat.Token
	f.Fail(ft.AuthToken, 1, ft.Status(500, "internal", "internal server error"))
	if got := s.status("/any", authorization, pat); got != 503 {
		t.Errorf("while it fails: %d", got)
	}
	if got := s.status("/any", authorization, pat); got != 200 {
		t.Errorf("after that: %d", got)
	}
}

// ask is one request that goes on beside the test.
type asking struct {
	done   chan struct{}
	status int
}

func (s *service) asking(ctx context.Context, header, value string) *asking {
	a := &asking{done: make(chan struct{})}
	r := httptest.NewRequest(http.MethodGet, "/any", nil).WithContext(ctx)
	r.Header.Set(header, value)
	go func() {
		defer close(a.done)
		w := httptest.NewRecorder()
		s.http.ServeHTTP(w, r)
		a.status = w.Code
	}()
	return a
}

// TestOneExchange holds that those who bring the same credential wait for one
// exchange, which goes on when the first of them leaves.
func TestOneExchange(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	s.status("/any", authorization, "Bearer "+f.Token(p.user.Principal())) // gets the keys
	f.Forget()
	release := f.Hold(ft.AuthToken)
	ctx, leave := context.WithCancel(t.Context())
	first := s.asking(ctx, authorization, p.secret.Basic())
	if err := f.Await(t.Context(), ft.AuthToken, 1); err != nil {
		t.Fatal(err)
	}
	var others []*asking
	for range 20 {
		others = append(others, s.asking(t.Context(), authorization, p.secret.Basic()))
	}
	leave()
	<-first.done
	if first.status != 503 {
		t.Errorf("who left: %d", first.status)
	}
	release()
	for _, a := range others {
		if <-a.done; a.status != 200 {
			t.Errorf("who stayed: %d", a.status)
		}
	}
	if got := f.Calls(ft.AuthToken); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

// TestCookieOrigins holds that a session does nothing for pages of other origins.
func TestCookieOrigins(t *testing.T) {
	t.Parallel()
	s := newService(t, frontier.TrustedOrigins("https://app.example.com"))
	p := s.people()
	for name, c := range map[string]struct {
		method  string
		want    int
		headers []string
	}{
		"GET":                 {"GET", 200, nil},
		"GET from elsewhere":  {"GET", 200, []string{"Origin", "https://evil.example"}},
		"POST without proof":  {"POST", 403, nil},
		"POST, same origin":   {"POST", 200, []string{"Sec-Fetch-Site", "same-origin"}},
		"POST, same site":     {"POST", 403, []string{"Sec-Fetch-Site", "same-site", "Origin", "https://other.example.com"}},
		"POST, trusted":       {"POST", 200, []string{"Sec-Fetch-Site", "same-site", "Origin", "https://app.example.com"}},
		"a WebSocket":         {"GET", 403, []string{"Upgrade", "websocket", "Origin", "https://evil.example"}},
		"one without proof":   {"GET", 403, []string{"Upgrade", "websocket"}},
		"a frame's POST":      {"POST", 403, []string{"Origin", "null"}},
		"POST, own Origin":    {"POST", 200, []string{"Origin", "http://example.com"}},
		"POST, other scheme":  {"POST", 403, []string{"Origin", "https://example.com"}},
		"a method override":   {"GET", 403, []string{"X-HTTP-Method-Override", "DELETE"}},
		"POST with its token": {"POST", 200, []string{authorization, "Bearer " + s.fake.Token(p.user.Principal())}},
	} {
		r := httptest.NewRequest(c.method, "/any", nil)
		r.Header.Set(cookie, "sid="+p.session.Cookie)
		for i := 0; i < len(c.headers); i += 2 {
			r.Header.Set(c.headers[i], c.headers[i+1])
		}
		w := httptest.NewRecorder()
		if s.http.ServeHTTP(w, r); w.Code != c.want {
			t.Errorf("%s: %d\n%s", name, w.Code, s.log)
		}
	}
}

// TestExchangedFor holds that a token for another than a credential stands for is none.
func TestExchangedFor(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f, p := s.fake, s.people()
	tokens := map[string]string{"user": f.Token(p.user.Principal()), "service": f.Token(p.machine.Principal()), "pat": f.Token(p.pat.Principal())}
	s.status("/any", authorization, "Bearer "+tokens["user"]) // gets the keys
	for name, c := range map[string]struct {
		of      string
		headers []string
	}{
		"session": {"user", []string{cookie, "sid=" + p.session.Cookie}}, "secret": {"service", []string{authorization, p.secret.Basic()}},
		"assertion": {"service", []string{authorization, "Bearer " + f.Assertion(p.key)}}, "personal": {"pat", []string{authorization, "Bearer " + p.pat.Token}},
	} {
		for kind, token := range tokens {
			f.Fail(ft.AuthToken, 1, ft.Answer(200, "application/json", `{"accessToken":"`+token+`","tokenType":"Bearer"}`))
			want := 503
			if kind == c.of {
				want = 200
			}
			if got := s.status("/any", c.headers...); got != want {
				t.Errorf("%s, of a %s: %d\n%s", name, kind, got, s.log)
			}
			f.Heal()
			s.clock.Advance(30 * time.Second)
		}
	}
}

// TestBasicSecrets holds which further secrets are asked about, and that they have the
// limits of others.
func TestBasicSecrets(t *testing.T) {
	t.Parallel()
	s := newService(t, frontier.BasicSecrets(func(secret string) bool { return strings.HasPrefix(secret, "corp") }))
	f, p := s.fake, s.people()
	robot := f.CreateServiceUser(p.org.ID, "robot")
	with := func(secret string) string { return f.SetSecret(f.CreateCredential(robot.ID).ID, secret).Basic() }
	s.status("/any", authorization, p.secret.Basic()) // gets the keys
	for name, c := range map[string]struct {
		value string
		want  int
		asks  int
	}{
		"an own form":          {with("corp secret 1"), 200, 1},
		"a secret":             {f.CreateCredential(robot.ID).Basic(), 200, 1},
		"an opaque token":      {f.CreateOpaqueToken(robot.ID).Basic(), 200, 1},
		"another form":         {with("secret"), 401, 0},
		"empty":                {basic(p.secret.ID, ""), 401, 0},
		"wrong":                {basic(p.secret.ID, "corp"), 401, 1},
		"64 bytes":             {with("corp" + strings.Repeat("x", 60)), 200, 1},
		"longer":               {with("corp" + strings.Repeat("x", 61)), 401, 0},
		"a colon":              {with("corp:1"), 401, 0},
		"no ASCII":             {with("corp\u00e9"), 401, 0},
		"id is no uuid":        {basic("su_1", "corp"), 401, 0},
		"a longer opaque form": {basic(p.opaque.ID, p.opaque.Secret+"00"), 401, 0},
	} {
		f.Forget()
		if got := s.status("/any", authorization, c.value); got != c.want || f.Calls(ft.AuthToken) != c.asks {
			t.Errorf("%s: %d, asked %d times\n%s", name, got, f.Calls(ft.AuthToken), s.log)
		}
	}
	f.Forget()
	release := f.Hold(ft.BasicSecret)
	first := s.asking(t.Context(), authorization, basic(p.secret.ID, "corp 1"))
	if err := f.Await(t.Context(), ft.BasicSecret, 1); err != nil {
		t.Fatal(err)
	}
	second := s.asking(t.Context(), authorization, basic(p.secret.ID, "corp 2"))
	s.awaitWaiting(t, 1)
	release()
	if <-first.done; first.status != 401 || f.Peak(ft.BasicSecret) != 1 {
		t.Errorf("the first: %d, at once %d", first.status, f.Peak(ft.BasicSecret))
	}
	if <-second.done; second.status != 401 {
		t.Errorf("a second guess of one id: %d", second.status)
	}
	any := s.another(t, frontier.BasicSecrets(func(string) bool { return true }))
	if got := any.status("/any", authorization, f.SetSecret(f.Root().ID, "password").Basic()); got != 503 {
		t.Errorf("the bootstrap account, for which there are no tokens: %d", got)
	}
	if _, err := frontier.Connect(t.Context(), f.URL(), append(s.settings(s.log), frontier.BasicSecrets(nil))...); err == nil || !strings.Contains(err.Error(), "BasicSecrets") {
		t.Errorf("nil: %v", err)
	}
}

// TestPersonalTokenPrefix holds that only what begins like one is asked about.
func TestPersonalTokenPrefix(t *testing.T) {
	t.Parallel()
	s := newService(t, frontier.PersonalTokenPrefix("abc"))
	for token, asks := range map[string]int{"abc_": 1, "fpt_": 0, "abc": 0} {
		s.fake.Forget()
		if got := s.status("/any", authorization, "Bearer "+token+strings.Repeat("x", 43)); got != 401 || s.fake.Calls(ft.AuthToken) != asks {
			t.Errorf("%s: %d, asked %d times", token, got, s.fake.Calls(ft.AuthToken))
		}
	}
}
