//go:build unix

package frontegg_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/internal/redistest"
	"github.com/authgen/authgen/providers/frontegg"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// refusal is how long a good request may be refused after a fault is over: what
// Retry-After says.
const refusal = 10 * time.Second

// served is a service on a socket, with the tokens of those who call it.
type served struct {
	*service
	url                 string
	user, machine       string // good tokens
	forged, others, off string // tokens that nothing may admit
	client              *http.Client
}

// serve serves an environment whose domain the service has to ask for.
func serve(t *testing.T, opts ...frontegg.Option) *served {
	t.Helper()
	clock := authtest.NewClock(time.Now().Truncate(time.Second))
	s := &service{fake: ft.New(t, ft.WithClock(clock)), clock: clock}
	s = s.another(t, append([]frontegg.Option{s.without("FRONTEGG_BASE_URL"), frontegg.NumberOfTries(1)}, opts...)...)
	server := httptest.NewServer(s.http)
	t.Cleanup(server.Close)
	admin := ft.AccessToken{Roles: []string{"admin"}}
	return &served{
		service: s, url: server.URL, client: server.Client(),
		user: s.fake.Token(ft.User("ada"), ft.Roles("admin")), machine: s.fake.IssueAccessToken(ft.TenantAccess("m1"), admin),
		forged: s.fake.Token(ft.User("ada"), ft.Roles("admin"), ft.Forged()), others: s.fake.Token(ft.User("eve"), ft.Roles("superadmin")),
		off: s.fake.IssueAccessToken(ft.TenantAccess("m2"), ft.AccessToken{Roles: []string{"admin"}, Inactive: true}),
	}
}

// get is the status of /admin, for a token in a header.
func (s *served) get(t *testing.T, header, value string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/admin", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(header, value)
	response, err := s.client.Do(r)
	if err != nil {
		t.Errorf("the service gives no answer: %v", err) // the process lives
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// answers holds what the good are answered, twice, and that no other is admitted.
func (s *served) answers(t *testing.T, when string, user, machine int) {
	t.Helper()
	for range 2 {
		if got := s.get(t, "Authorization", "Bearer "+s.user); got != user {
			t.Errorf("%s: a user gets %d, want %d\n%s", when, got, user, s.log)
		}
		if got := s.get(t, "X-Api-Key", s.machine); got != machine {
			t.Errorf("%s: a machine gets %d, want %d\n%s", when, got, machine, s.log)
		}
		for who, got := range map[string]int{
			"a forged token": s.get(t, "Authorization", "Bearer "+s.forged), "another role": s.get(t, "Authorization", "Bearer "+s.others),
			"a machine that is off": s.get(t, "X-Api-Key", s.off), "a machine's token as a user's": s.get(t, "Authorization", "Bearer "+s.machine),
		} {
			if got < 400 {
				t.Errorf("%s: %s gets %d", when, who, got)
			}
		}
		if t.Failed() {
			return // the log is long
		}
	}
}

// statuses are what a user and a machine are answered.
type statuses struct{ user, machine int }

// TestFaults holds what callers of a service are answered while Frontegg fails, from
// the start on and later; that all is well again when it is over, after the pause
// that callers are told at most; and that nobody else is ever admitted.
func TestFaults(t *testing.T) {
	t.Parallel()
	down := statuses{503, 503}
	known := statuses{200, 503} // keys are at hand, and each machine is looked up
	failing := func(endpoint ft.Endpoint, faults ...ft.Fault) func(*ft.Fake) {
		return func(f *ft.Fake) { f.Fail(endpoint, ft.Always, faults...) }
	}
	for name, c := range map[string]struct {
		opts           []frontegg.Option
		breaks         func(*ft.Fake)
		atStart, later statuses
		pause          time.Duration // for which a good request may be refused when it is over; refusal unless set
	}{
		"down":            {breaks: (*ft.Fake).Stop, atStart: down, later: known},
		"slow":            {opts: []frontegg.Option{frontegg.Timeout(time.Second)}, breaks: failing(ft.Any, ft.Hang()), atStart: down, later: known},
		"dropped":         {breaks: failing(ft.Any, ft.Drop()), atStart: down, later: known},
		"cut in mid-body": {breaks: failing(ft.Any, ft.Cut()), atStart: down, later: known},
		"wrong JSON":      {breaks: failing(ft.Any, ft.Garbage()), atStart: down, later: known},
		"another JSON":    {breaks: failing(ft.Any, ft.Answer(200, "application/json", `{"data":[]}`)), atStart: down, later: known},
		"404":             {breaks: failing(ft.Any, ft.Status(404)), atStart: down, later: known},
		"500":             {breaks: failing(ft.Any, ft.Status(500)), atStart: down, later: known},
		"429":             {breaks: failing(ft.Any, ft.Status(429)), atStart: down, later: known},
		"429 for an hour": {
			breaks: failing(ft.Any, ft.Status(429), ft.SetHeader("Retry-After", "3600")), atStart: down, later: known,
			pause: 5 * time.Minute, // Frontegg wants to be left alone
		},
		// That is no fault of a machine's token only where the list of them says so.
		"access tokens are disabled": {
			breaks:  func(f *ft.Fake) { f.DisableAccessTokens(true) },
			atStart: statuses{200, 401}, later: statuses{200, 401},
		},
		"403 everywhere":    {breaks: failing(ft.Any, ft.Status(403, "Api tokens are disabled")), atStart: down, later: statuses{200, 401}},
		"credentials":       {breaks: failing(ft.VendorAuthentication, ft.Status(401)), atStart: down, later: statuses{200, 200}},
		"keys alone":        {breaks: failing(ft.JWKS, ft.Status(500)), atStart: down, later: statuses{200, 200}},
		"lists alone":       {breaks: failing(ft.ActiveTenantAccessTokens, ft.Status(500)), atStart: known, later: known},
		"lookups alone":     {breaks: failing(ft.TenantAccessToken, ft.Status(500)), atStart: known, later: known},
		"lookups not found": {breaks: failing(ft.TenantAccessToken, ft.Status(404)), atStart: statuses{200, 401}, later: statuses{200, 401}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.opts...)
			heal := func() {
				if name == "down" {
					s.fake.Restart()
				}
				s.fake.Heal()
				s.fake.DisableAccessTokens(false)
				s.clock.Advance(max(refusal, c.pause))
			}
			c.breaks(s.fake)
			s.answers(t, "from the start", c.atStart.user, c.atStart.machine)
			heal()
			s.answers(t, "over", 200, 200)
			c.breaks(s.fake)
			s.clock.Advance(time.Minute) // what was looked up does not count any more
			s.answers(t, "later", c.later.user, c.later.machine)
			heal()
			s.answers(t, "over again", 200, 200)
		})
	}
}

// TestFaultsOfKeysAndClocks holds the same for keys that are replaced, and for clocks
// that differ.
func TestFaultsOfKeysAndClocks(t *testing.T) {
	t.Parallel()
	t.Run("key rotated", func(t *testing.T) {
		t.Parallel()
		s := serve(t)
		s.answers(t, "before", 200, 200)
		s.fake.Rotate()
		before := s.user
		s.user, s.machine = s.fake.Token(ft.User("bob"), ft.Roles("admin")), s.fake.Token(ft.TenantAccess("m1"))
		s.answers(t, "after", 200, 200)
		if got := s.get(t, "Authorization", "Bearer "+before); got != 401 {
			t.Errorf("by the key before: %d", got)
		}
	})
	for name, c := range map[string]struct {
		off time.Duration // by which the service's clock is ahead of Frontegg's
		statuses
	}{
		"a bit behind": {-8 * time.Second, statuses{200, 200}},
		"a bit ahead":  {8 * time.Second, statuses{200, 200}},
		"far behind":   {-2 * time.Hour, statuses{401, 401}},
		"far ahead":    {2 * time.Hour, statuses{401, 401}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			off := c.off
			real := authtest.NewClock(time.Now().Truncate(time.Second))
			s := serve(t, frontegg.Clock(func() time.Time {
				mu.Lock()
				defer mu.Unlock()
				return real.Now().Add(off)
			}))
			s.answers(t, "skewed", c.user, c.machine)
			mu.Lock()
			off = 0
			mu.Unlock()
			real.Advance(refusal)
			s.answers(t, "set right", 200, 200)
		})
	}
}

// TestFaultsOfTheFirst holds that many first callers at a time cost Frontegg what one
// does.
func TestFaultsOfTheFirst(t *testing.T) {
	t.Parallel()
	s := serve(t)
	release := s.fake.Hold(ft.VendorAuthentication)
	defer release()
	var group sync.WaitGroup
	for i := range 50 {
		header, value := "Authorization", "Bearer "+s.user
		if i%2 == 0 {
			header, value = "X-Api-Key", s.machine
		}
		group.Go(func() {
			if got := s.get(t, header, value); got != 200 {
				t.Errorf("%s: %d", header, got)
			}
		})
	}
	if err := s.fake.Await(t.Context(), ft.VendorAuthentication, 1); err != nil {
		t.Error(err)
	}
	release()
	group.Wait()
	for _, endpoint := range []ft.Endpoint{ft.VendorAuthentication, ft.BaseURL, ft.Discovery, ft.JWKS, ft.ActiveTenantAccessTokens, ft.TenantAccessToken} {
		if got := s.fake.Calls(endpoint); got != 1 {
			t.Errorf("%s was asked %d times", endpoint, got)
		}
	}
}

// TestFaultsOfRedis holds that Redis which is killed, and started again empty, refuses
// nobody, and admits nobody.
func TestFaultsOfRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	store, c := openStore(t, server, 200*time.Millisecond)
	s := serve(t, frontegg.CacheTokens(store))
	s.answers(t, "up", 200, 200)
	server.Kill()
	s.clock.Advance(refusal)
	s.answers(t, "killed", 200, 200)
	server.Restart()
	for t.Context().Err() == nil && !t.Failed() && c.DBSize(t.Context()).Val() == 0 {
		s.clock.Advance(refusal)
		s.answers(t, "started again", 200, 200)
	}
	server.Kill()
	s.fake.Stop()
	s.clock.Advance(refusal)
	s.answers(t, "killed, with Frontegg", 200, 503)
}
