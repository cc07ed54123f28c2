package frontegg_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontegg"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// trusts are the ways in which a guard comes by keys, and where it asks for them.
var trusts = map[string]struct {
	opts     []frontegg.Option
	endpoint ft.Endpoint
}{
	"a domain that is told":   {[]frontegg.Option{frontegg.NumberOfTries(1)}, ft.BaseURL},
	"the domain's keys":       {nil, ft.JWKS},
	"the configurations' key": {[]frontegg.Option{frontegg.ConfigurationKey(), frontegg.NumberOfTries(1)}, ft.Configurations},
	"the key alone":           {[]frontegg.Option{frontegg.InsecureNoIssuer(), frontegg.NumberOfTries(1)}, ft.Configurations},
}

// trusting are the options for one of trusts: the domain has to be asked for where it
// is told.
func (s *service) trusting(endpoint ft.Endpoint, opts []frontegg.Option) []frontegg.Option {
	if endpoint == ft.BaseURL {
		opts = append(slices.Clone(opts), s.without("FRONTEGG_BASE_URL"))
	}
	return opts
}

// TestGuardRotation holds that a new key counts from the first token that needs it,
// and that the one before then ends, without a restart.
func TestGuardRotation(t *testing.T) {
	t.Parallel()
	for name, c := range trusts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			s = s.another(t, s.trusting(c.endpoint, c.opts)...)
			for _, kid := range []any{"kid", nil} { // tokens that name their key, and such as do not
				var opts []ft.TokenOption
				if kid == nil {
					opts = append(opts, ft.HeaderField("kid", nil))
				}
				before := s.fake.Token(ft.User("ada"), opts...)
				if got := s.status("/any", before); got != 200 {
					t.Fatalf("before: %d\n%s", got, s.log)
				}
				s.fake.Forget()
				s.fake.Rotate()
				after := s.fake.Token(ft.User("eve"), opts...)
				for range 10 {
					if got := s.status("/any", after); got != 200 {
						t.Errorf("the new key: %d\n%s", got, s.log)
					}
					if got := s.status("/any", before); got != 401 {
						t.Errorf("the withdrawn key: %d", got)
					}
				}
				if got := s.fake.Calls(c.endpoint); got > 2 {
					t.Errorf("keys were fetched %d times", got)
				}
				s.clock.Advance(time.Minute)
			}
		})
	}
	t.Run("both keys for a while", func(t *testing.T) {
		t.Parallel()
		s := newService(t)
		before := s.fake.Token(ft.User("ada"))
		s.fake.RotateGently()
		after := s.fake.Token(ft.User("eve"))
		// The configurations have the new one alone.
		for name, want := range map[string]int{"the domain's keys": 200, "the configurations' key": 401} {
			s := s.another(t, trusts[name].opts...)
			for range 2 {
				if got := s.status("/any", before); got != want {
					t.Errorf("%s, before: %d, want %d\n%s", name, got, want, s.log)
				}
				if got := s.status("/any", after); got != 200 {
					t.Errorf("%s, after: %d\n%s", name, got, s.log)
				}
			}
		}
	})
}

// TestGuardDown holds what becomes of requests while Frontegg cannot be reached: none
// that is good is refused for longer than the pauses last, and no other is admitted.
func TestGuardDown(t *testing.T) {
	t.Parallel()
	for name, c := range trusts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			s.fake.AddAccessToken(ft.TenantAccess("m1"), ft.AccessToken{Roles: []string{"admin"}})
			s.fake.Stop()
			s = s.another(t, append(c.opts, s.without("FRONTEGG_BASE_URL"), frontegg.NumberOfTries(1))...)
			day := ft.ValidFor(48 * time.Hour)
			good, bad := s.fake.Token(ft.User("ada"), day), s.fake.Token(ft.User("ada"), ft.Forged(), day)
			key := s.fake.Token(ft.TenantAccess("m1"), day)
			for range 2 {
				response := s.ask("/any", "Authorization", "Bearer "+good)
				if response.StatusCode != 503 || response.Header.Get("Retry-After") != "10" {
					t.Errorf("down at start: %d, %v", response.StatusCode, response.Header)
				}
			}
			if got := s.status("/public", ""); got != 200 {
				t.Errorf("down, public: %d", got)
			}
			s.fake.Restart()
			s.clock.Advance(10 * time.Second)
			if got := s.status("/any", good); got != 200 {
				t.Errorf("up: %d\n%s", got, s.log)
			}
			if got := s.status("/any", bad); got != 401 {
				t.Errorf("up, forged: %d", got)
			}
			if got := s.statusOfKey("/admin", key); got != 200 {
				t.Errorf("up, an access token: %d\n%s", got, s.log)
			}

			s.fake.Stop()
			s.clock.Advance(time.Hour)
			for range 2 {
				if got := s.status("/any", good); got != 200 {
					t.Errorf("down later: %d\n%s", got, s.log)
				}
				if got := s.status("/any", s.fake.Token(ft.User("eve"), day)); got != 200 {
					t.Errorf("down later, a new token: %d\n%s", got, s.log)
				}
				if got := s.status("/any", bad); got == 200 {
					t.Error("down later: a forged token is admitted")
				}
				if got := s.statusOfKey("/any", key); got != 503 {
					t.Errorf("down later, an access token: %d", got)
				}
			}
			s.clock.Advance(24 * time.Hour)
			if got := s.status("/any", good); got != 503 {
				t.Errorf("down for more than a day: %d", got)
			}
			s.fake.Restart()
			s.clock.Advance(time.Minute)
			if got := s.status("/any", good); got != 200 {
				t.Errorf("up again: %d\n%s", got, s.log)
			}
		})
	}
}

// TestGuardDownForLong holds that who is good is admitted ten seconds after Frontegg is
// back, however long it was away: also where nobody was ever admitted.
func TestGuardDownForLong(t *testing.T) {
	t.Parallel()
	for name, c := range trusts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			s.fake.Stop()
			s = s.another(t, s.trusting(c.endpoint, append(slices.Clone(c.opts), frontegg.NumberOfTries(1)))...)
			good := s.fake.Token(ft.User("ada"), ft.ValidFor(48*time.Hour))
			for range 64 { // five minutes
				if got := s.status("/any", good); got != 503 {
					t.Fatalf("down: %d", got)
				}
				s.clock.Advance(5 * time.Second)
			}
			_ = s.status("/any", good)
			s.fake.Restart()
			s.clock.Advance(refusal)
			if got := s.status("/any", good); got != 200 {
				t.Errorf("up: %d\n%s", got, s.log)
			}
		})
	}
}

// TestGuardDownForOthers holds the same where others of the client fail to get a vendor
// token, at other times: the pause after that comes not on top.
func TestGuardDownForOthers(t *testing.T) {
	t.Parallel()
	clock := authtest.NewClock(time.Now().Truncate(time.Second))
	fake := ft.New(t, ft.WithClock(clock))
	settings := fake.Settings()
	delete(settings, "FRONTEGG_BASE_URL")
	c, err := frontegg.Connect(t.Context(), environment(settings), frontegg.Clock(clock.Now), frontegg.NumberOfTries(1), frontegg.Logger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	token := fake.Token(ft.User("ada"))
	admitted := func() bool { _, err := c.Validate(t.Context(), token); return err == nil }
	fake.Stop()
	for range 6 { // until the pauses are as long as they get
		_ = c.Authenticate(t.Context())
		clock.Advance(refusal)
	}
	if admitted() {
		t.Fatal("down")
	}
	clock.Advance(refusal - time.Millisecond)
	_ = c.Authenticate(t.Context())
	fake.Restart()
	for waited := time.Duration(0); !admitted(); waited += time.Second {
		if waited >= refusal {
			t.Fatalf("refused for more than %v", waited)
		}
		clock.Advance(time.Second)
	}
}

// TestGuardFaults holds that an answer which is none of keys is 503, and forgotten
// when a good one comes.
func TestGuardFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string][]ft.Fault{
		"slow": {ft.Hang()}, "dropped": {ft.Drop()}, "cut": {ft.Cut()}, "garbage": {ft.Garbage()},
		"404": {ft.Status(404)}, "403": {ft.Status(403, "Api tokens are disabled")}, "500": {ft.Status(500)},
		"no key":       {ft.Answer(200, "application/json", `{"id":"x"}`)},
		"no PEM":       {ft.Answer(200, "application/json", `{"publicKey":"x"}`)},
		"another type": {ft.Answer(200, "application/json", `{"publicKey":{"keys":[]}}`)},
		"a page":       {ft.Answer(200, "text/html", `<html>`)},
		"elsewhere":    {ft.Redirect(307, "http://127.0.0.1:1/")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			for _, c := range trusts {
				timeout := 10 * time.Second
				if name == "slow" {
					timeout = time.Second
				}
				n := s.another(t, append(s.trusting(c.endpoint, c.opts), frontegg.Timeout(timeout))...)
				s.fake.Fail(c.endpoint, ft.Always, fault...)
				token := s.fake.Token(ft.User("ada"))
				if got := n.status("/any", token); got != 503 {
					t.Errorf("%s: %d\n%s", c.endpoint, got, n.log)
				}
				if told := n.log.String(); strings.Contains(told, s.fake.APIKey()) || strings.Contains(told, token) {
					t.Errorf("the log shows a secret: %s", told)
				}
				s.fake.Heal()
				s.clock.Advance(time.Minute)
				if got := n.status("/any", token); got != 200 {
					t.Errorf("%s, healed: %d\n%s", c.endpoint, got, n.log)
				}
			}
		})
	}
}

// TestGuardCredentials holds that refused credentials are our fault, not the
// caller's.
func TestGuardCredentials(t *testing.T) {
	t.Parallel()
	s := newService(t, frontegg.ConfigurationKey(), frontegg.Credentials("another", "key"), frontegg.NumberOfTries(1))
	if got := s.status("/any", s.fake.Token(ft.User("ada"))); got != 503 || !strings.Contains(s.log.String(), "status 401") {
		t.Errorf("%d\n%s", got, s.log)
	}
}

// TestEnvironmentsApart holds that guards of several environments in one process
// share nothing.
func TestEnvironmentsApart(t *testing.T) {
	t.Parallel()
	for name, c := range trusts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := newService(t), newService(t)
			a, b = a.another(t, a.trusting(c.endpoint, c.opts)...), b.another(t, b.trusting(c.endpoint, c.opts)...)
			// The same access token is known to both, and has other rights.
			key := a.fake.IssueAccessToken(ft.TenantAccess("m1"), ft.AccessToken{Roles: []string{"admin"}})
			other := b.fake.IssueAccessToken(ft.TenantAccess("m1"), ft.AccessToken{Roles: []string{"editor"}})
			for range 2 {
				for what, status := range map[string][2]int{
					"own user":           {a.status("/any", a.fake.Token(ft.User("ada"))), 200},
					"the other's user":   {a.status("/any", b.fake.Token(ft.User("ada"))), 401},
					"own user there":     {b.status("/any", a.fake.Token(ft.User("ada"))), 401},
					"own vendor":         {a.status("/vendor", a.fake.Token(ft.Vendor(a.fake.ClientID()))), 200},
					"the other's vendor": {a.status("/vendor", b.fake.Token(ft.Vendor(b.fake.ClientID()))), 401},
					"own key":            {a.statusOfKey("/admin", key), 200},
					"the other's key":    {a.statusOfKey("/any", other), 401},
					"their own key":      {b.statusOfKey("/admin", other), 403},
				} {
					if status[0] != status[1] {
						t.Errorf("%s: %d, want %d", what, status[0], status[1])
					}
				}
			}
		})
	}
}

// TestGuardClose holds that Close ends all that New began. It is not parallel: it
// looks at all goroutines of the process.
func TestGuardClose(t *testing.T) {
	s := newService(t, frontegg.ConfigurationKey())
	key := s.fake.IssueAccessToken(ft.TenantAccess("m1"), ft.AccessToken{Roles: []string{"admin"}})
	if got := s.statusOfKey("/admin", key); got != 200 {
		t.Fatalf("%d\n%s", got, s.log)
	}
	if err := s.guard.Close(); err != nil {
		t.Error(err)
	}
	if got := s.status("/any", s.fake.Token(ft.User("ada"))); got != 200 {
		t.Errorf("with the key at hand: %d", got)
	}
	s.clock.Advance(time.Minute)
	if got := s.statusOfKey("/admin", key); got != 503 {
		t.Errorf("closed, an access token: %d", got)
	}
	s.fake.Close()
	var all bytes.Buffer
	for range 1000 { // net/http's goroutines end after they have said so
		all.Reset()
		if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(all.String(), "authgen/providers/frontegg.") && !strings.Contains(all.String(), "http.(*persistConn)") {
			return
		}
	}
	t.Errorf("goroutines are left:\n%s", &all)
}

// TestGuardCloseDuringFetch holds that Close ends the fetches of keys that are under way,
// and that none begins after it.
func TestGuardCloseDuringFetch(t *testing.T) {
	t.Parallel()
	for name, c := range trusts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			s.fake.Fail(c.endpoint, ft.Always, ft.Hang())
			s = s.another(t, s.trusting(c.endpoint, append(slices.Clone(c.opts), frontegg.Timeout(time.Minute)))...)
			token, began := s.fake.Token(ft.User("ada")), time.Now()
			answered := make(chan int)
			go func() { answered <- s.status("/any", token) }()
			if err := s.fake.Await(t.Context(), c.endpoint, 1); err != nil {
				t.Fatal(err)
			}
			if err := s.guard.Close(); err != nil {
				t.Error(err)
			}
			if got := <-answered; got != 503 || time.Since(began) > 30*time.Second {
				t.Errorf("closed meanwhile: %d after %v", got, time.Since(began))
			}
			s.fake.Heal()
			s.fake.Forget()
			s.clock.Advance(time.Minute)
			if got := s.status("/any", token); got != 503 || !strings.Contains(s.log.String(), frontegg.ErrClosed.Error()) {
				t.Errorf("closed: %d\n%s", got, s.log)
			}
			for _, endpoint := range []ft.Endpoint{ft.VendorAuthentication, ft.BaseURL, ft.Discovery, ft.JWKS, ft.Configurations} {
				if n := s.fake.Calls(endpoint); n != 0 {
					t.Errorf("closed, and %s was asked %d times", endpoint, n)
				}
			}
		})
	}
}

// TestGuardAllocations holds that tokens seen before cost no memory.
func TestGuardAllocations(t *testing.T) { // not parallel, for AllocsPerRun
	s := newService(t)
	s.fake.AddAccessToken(ft.TenantAccess("m1"), ft.AccessToken{Roles: []string{"admin"}})
	user, key := &http.Request{Header: http.Header{}}, &http.Request{Header: http.Header{}}
	user.Header.Set("Authorization", "Bearer "+s.fake.Token(ft.User("ada"), ft.Roles("admin")))
	key.Header.Set("X-Api-Key", s.fake.Token(ft.TenantAccess("m1")))
	for name, r := range map[string]*http.Request{"a user": user, "an access token": key} {
		if n := testing.AllocsPerRun(100, func() {
			if _, c := s.guard.Admit(r, nil, rules["/admin"]); c != nil {
				t.Fatal(c.Reason())
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
