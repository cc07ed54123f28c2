package frontegg_test

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontegg"
	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
)

// machines is an environment with access tokens, and a guard of it.
type machines struct {
	fake   *fronteggtest.Fake
	clock  *authtest.Clock
	client *frontegg.Client
	guard  *auth.Guard
}

// newMachines makes an environment whose clock stands still.
func newMachines(t *testing.T, opts ...frontegg.Option) *machines {
	t.Helper()
	m := &machines{clock: authtest.NewClock(time.Now().Truncate(time.Second))}
	m.fake = fronteggtest.New(t, fronteggtest.WithClock(m.clock))
	m.join(t, opts...)
	return m
}

// join connects another service to the environment of m.
func (m *machines) join(t *testing.T, opts ...frontegg.Option) *machines {
	t.Helper()
	c, err := frontegg.Connect(t.Context(), append([]frontegg.Option{
		environment(m.fake.Settings()), frontegg.Clock(m.clock.Now), frontegg.Logger(slog.New(slog.DiscardHandler)),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	m.client = c
	m.guard = newGuard(t, m.fake, m.clock, auth.LookUp(auth.KindUserAccess|auth.KindTenantAccess, c.AccessTokens()))
	return &machines{m.fake, m.clock, c, m.guard}
}

func newGuard(t *testing.T, fake *fronteggtest.Fake, clock *authtest.Clock, opts ...auth.Option) *auth.Guard {
	t.Helper()
	guard, err := auth.New(t.Context(), append([]auth.Option{
		auth.Issuer(fake.Domain(), auth.Audience(fake.ClientID()), auth.Mapping(auth.MappingFrontegg)),
		auth.Clock(clock.Now), auth.Logger(slog.New(slog.DiscardHandler)),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return guard
}

// status is that of a request with this token.
func (m *machines) status(t *testing.T, token string, demands ...auth.Demand) int {
	t.Helper()
	_, err := m.guard.Validate(t.Context(), token, demands...)
	return statusOf(t, err)
}

func statusOf(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return http.StatusOK
	}
	challenge, ok := err.(*auth.Challenge)
	if !ok {
		t.Fatalf("%T: %v", err, err)
	}
	return challenge.Status()
}

// lookups are how many requests were made to look up lists and tokens.
func (m *machines) lookups() (lists, tokens int) {
	return m.fake.Calls(fronteggtest.ActiveUserAccessTokens) + m.fake.Calls(fronteggtest.ActiveTenantAccessTokens),
		m.fake.Calls(fronteggtest.UserAccessToken) + m.fake.Calls(fronteggtest.TenantAccessToken)
}

// looked fails unless so many lookups were made since the last call.
func (m *machines) looked(t *testing.T, why string, lists, tokens int) {
	t.Helper()
	if l, n := m.lookups(); l != lists || n != tokens {
		t.Errorf("%s: looked up %d lists and %d tokens, want %d and %d", why, l, n, lists, tokens)
	}
	m.fake.Forget()
}

// TestAccessTokens holds which access tokens are active, and that what Frontegg knows
// of their rights wins over what they say.
func TestAccessTokens(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		entity fronteggtest.AccessToken
		claims []fronteggtest.TokenOption
		// change is made after the token was issued.
		change  func(*fronteggtest.Fake, fronteggtest.Subject)
		demands []auth.Demand
		want    int
		calls   [2]int // lists and tokens
	}{
		"active":               {want: 200, calls: [2]int{1, 1}},
		"role":                 {entity: fronteggtest.AccessToken{Roles: []string{"a", "admin"}}, demands: []auth.Demand{auth.Roles("admin", "b")}, want: 200, calls: [2]int{1, 1}},
		"permission":           {entity: fronteggtest.AccessToken{Permissions: []string{"read"}}, demands: []auth.Demand{auth.Permissions("read")}, want: 200, calls: [2]int{1, 1}},
		"another role":         {entity: fronteggtest.AccessToken{Roles: []string{"admins"}}, demands: []auth.Demand{auth.Roles("admin")}, want: 403, calls: [2]int{1, 1}},
		"a role of the claims": {claims: []fronteggtest.TokenOption{fronteggtest.Roles("admin")}, demands: []auth.Demand{auth.Roles("admin")}, want: 403, calls: [2]int{1, 1}},
		"a permission of the claims": {
			entity: fronteggtest.AccessToken{Permissions: []string{"read"}}, claims: []fronteggtest.TokenOption{fronteggtest.Permissions("write")},
			demands: []auth.Demand{auth.Permissions("write")}, want: 403, calls: [2]int{1, 1},
		},
		"a role of claims that are not its": {
			entity: fronteggtest.AccessToken{Roles: []string{"admin"}}, claims: []fronteggtest.TokenOption{fronteggtest.Roles("viewer")},
			demands: []auth.Demand{auth.Roles("admin")}, want: 200, calls: [2]int{1, 1},
		},
		"not active":             {entity: fronteggtest.AccessToken{Inactive: true}, want: 401, calls: [2]int{1, 0}},
		"a role, and not active": {entity: fronteggtest.AccessToken{Inactive: true, Roles: []string{"admin"}}, demands: []auth.Demand{auth.Roles("admin")}, want: 401, calls: [2]int{1, 0}},
		"deleted":                {change: (*fronteggtest.Fake).DeleteAccessToken, want: 401, calls: [2]int{1, 0}},
		"listed and not found": {
			change: func(f *fronteggtest.Fake, _ fronteggtest.Subject) {
				f.Fail(fronteggtest.UserAccessToken, 1, fronteggtest.Status(404))
				f.Fail(fronteggtest.TenantAccessToken, 1, fronteggtest.Status(404))
			},
			want: 401, calls: [2]int{1, 1},
		},
		"switched off": {change: func(f *fronteggtest.Fake, _ fronteggtest.Subject) { f.DisableAccessTokens(true) }, want: 401, calls: [2]int{1, 0}},
		"switched off between the lookups": {
			change: func(f *fronteggtest.Fake, _ fronteggtest.Subject) {
				f.Fail(fronteggtest.UserAccessToken, 1, fronteggtest.Status(403, "Api tokens are disabled"))
				f.Fail(fronteggtest.TenantAccessToken, 1, fronteggtest.Status(403, "Api tokens are disabled"))
			},
			want: 401, calls: [2]int{1, 1},
		},
		"expires later":  {entity: fronteggtest.AccessToken{Expires: now.Add(time.Hour)}, want: 200, calls: [2]int{1, 1}},
		"expired":        {entity: fronteggtest.AccessToken{Expires: now.Add(-time.Hour)}, want: 401, calls: [2]int{1, 0}},
		"another id":     {entity: fronteggtest.AccessToken{ID: "m-2"}, want: 503, calls: [2]int{1, 1}},
		"another tenant": {claims: []fronteggtest.TokenOption{fronteggtest.Tenant("tenant-2")}, want: 401, calls: [2]int{1, 1}},
		"broken":         {claims: []fronteggtest.TokenOption{fronteggtest.BrokenSignature()}, want: 401},
	} {
		for kind, s := range map[string]fronteggtest.Subject{"user": fronteggtest.UserAccess("m-1"), "tenant": fronteggtest.TenantAccess("m-1")} {
			t.Run(name+" of "+kind, func(t *testing.T) {
				t.Parallel()
				m := newMachines(t)
				token := m.fake.IssueAccessToken(s, c.entity, c.claims...)
				if c.change != nil {
					c.change(m.fake, s)
				}
				if got := m.status(t, token, c.demands...); got != c.want {
					t.Errorf("status %d, want %d", got, c.want)
				}
				m.looked(t, "first", c.calls[0], c.calls[1])
				if c.want == 503 {
					return
				}
				// All that is known is kept.
				if got := m.status(t, token, c.demands...); got != c.want {
					t.Errorf("status %d the second time, want %d", got, c.want)
				}
				m.looked(t, "second", 0, 0)
			})
		}
	}
}

// TestAccessTokenIdentity holds what handlers see.
func TestAccessTokenIdentity(t *testing.T) {
	t.Parallel()
	m := newMachines(t)
	token := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-1"), fronteggtest.AccessToken{Roles: []string{"r"}, Permissions: []string{"p", "q"}, UserID: "u-7"})
	id, err := m.guard.Validate(t.Context(), token)
	if err != nil || !slices.Equal(id.Roles(), []string{"r"}) || !slices.Equal(id.Permissions(), []string{"p", "q"}) || id.UserID() != "u-7" {
		t.Errorf("%v, %v of %s, %v", id.Roles(), id.Permissions(), id.UserID(), err)
	}
	// Of another user, or of none.
	for _, option := range []fronteggtest.TokenOption{fronteggtest.OwnedBy("u-8"), fronteggtest.Without("userId")} {
		if got := m.status(t, m.fake.Token(fronteggtest.UserAccess("m-1"), option)); got != 401 {
			t.Errorf("status %d, want 401", got)
		}
	}
	// Nobody is not the user whom Frontegg does not name.
	m.fake.AddAccessToken(fronteggtest.UserAccess("m-2"), fronteggtest.AccessToken{})
	m.fake.Fail(fronteggtest.UserAccessToken, 1, fronteggtest.Answer(200, "application/json", `{"id":"m-2","tenantId":"tenant-1"}`))
	m.clock.Advance(10 * time.Second)
	if got := m.status(t, m.fake.Token(fronteggtest.UserAccess("m-2"), fronteggtest.Without("userId"))); got != 401 {
		t.Errorf("status %d of nobody's token, want 401", got)
	}
	m.fake.Forget()
	if got := m.status(t, m.fake.Token(fronteggtest.User("u"))); got != 200 {
		t.Errorf("status %d of a user", got)
	}
	m.looked(t, "a user's own token", 0, 0)
	// A user's and a tenant's token of one id are two.
	if got := m.status(t, m.fake.Token(fronteggtest.TenantAccess("m-1"))); got != 401 {
		t.Errorf("status %d of a tenant's token, want 401", got)
	}
}

// TestAccessTokenIDs holds that nothing but an id becomes part of a request.
func TestAccessTokenIDs(t *testing.T) {
	t.Parallel()
	m := newMachines(t)
	for _, id := range []string{
		"active", "ids", ".", "..", "a/b", "../active", "a%2Fb", "a?b", "a#b", "a b", "a\n", "ä", "a:b", "{a}", "*", strings.Repeat("a", 129),
	} {
		if got := m.status(t, m.fake.IssueAccessToken(fronteggtest.TenantAccess(id), fronteggtest.AccessToken{})); got != 401 {
			t.Errorf("%q: status %d, want 401", id, got)
		}
	}
	m.looked(t, "unfit", 0, 0)
	for _, id := range []string{"0b7e5c1e-9d0c-4f8e-8f43-0123456789AB", "a_b", strings.Repeat("a", 128), "Active"} {
		m.clock.Advance(10 * time.Second)
		if got := m.status(t, m.fake.IssueAccessToken(fronteggtest.TenantAccess(id), fronteggtest.AccessToken{})); got != 200 {
			t.Errorf("%q: status %d, want 200", id, got)
		}
	}
}

// TestAccessTokenFaults holds that a lookup that fails says nothing of a token, is not
// tried again by each request, and refuses the token for no longer than a second.
func TestAccessTokenFaults(t *testing.T) {
	t.Parallel()
	answer := func(body string) fronteggtest.Fault { return fronteggtest.Answer(200, "application/json", body) }
	for name, c := range map[string]struct {
		fault        fronteggtest.Fault
		lists, finds bool // what it is a fault of
	}{
		"500":            {fronteggtest.Status(500), true, true},
		"429":            {fronteggtest.Status(429), true, true},
		"401":            {fronteggtest.Status(401), true, true},
		"403":            {fronteggtest.Status(403, "Forbidden"), true, true},
		"403 of others":  {fronteggtest.Status(403, "Forbidden", "Api tokens are disabled"), true, true},
		"404":            {fronteggtest.Status(404), true, false},
		"302":            {fronteggtest.Redirect(302, "http://127.0.0.1:1/"), true, true},
		"cut":            {fronteggtest.Cut(), true, true},
		"garbage":        {fronteggtest.Garbage(), true, true},
		"dropped":        {fronteggtest.Drop(), true, true},
		"empty":          {answer(""), true, true},
		"null":           {answer("null"), true, true},
		"numbers":        {answer("[1]"), true, true},
		"objects":        {answer(`[{"id":"m-1"}]`), true, true},
		"kept as empty":  {answer(`{"empty":true}`), true, true},
		"no tenant":      {answer(`{"id":"m-1","userId":"user-1","roles":[],"permissions":[]}`), true, true},
		"roles in text":  {answer(`{"id":"m-1","tenantId":"tenant-1","userId":"user-1","roles":"admin","permissions":[]}`), true, true},
		"expiry unclear": {answer(`{"id":"m-1","tenantId":"tenant-1","userId":"user-1","expires":"soon"}`), true, true},
		"expiry number":  {answer(`{"id":"m-1","tenantId":"tenant-1","userId":"user-1","expires":9999999999}`), true, true},
		"expiry empty":   {answer(`{"id":"m-1","tenantId":"tenant-1","userId":"user-1","expires":""}`), true, true},
	} {
		for _, of := range []fronteggtest.Endpoint{fronteggtest.ActiveUserAccessTokens, fronteggtest.UserAccessToken} {
			if of == fronteggtest.UserAccessToken && !c.finds {
				continue
			}
			t.Run(name+" "+string(of), func(t *testing.T) {
				t.Parallel()
				m := newMachines(t)
				token := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-1"), fronteggtest.AccessToken{})
				m.fake.Fail(of, fronteggtest.Always, c.fault)
				if got := m.status(t, token); got != 503 {
					t.Errorf("status %d, want 503", got)
				}
				tried := m.fake.Calls(of)
				for range 50 {
					if got := m.status(t, token); got != 503 {
						t.Errorf("status %d, want 503", got)
					}
				}
				if again := m.fake.Calls(of) - tried; again > 0 {
					t.Errorf("tried %d times more within a moment", again)
				}
				m.fake.Heal()
				m.clock.Advance(time.Second)
				if got := m.status(t, token); got != 200 {
					t.Errorf("status %d after that, want 200", got)
				}
			})
		}
	}
}

// TestAccessTokenRetryAfter holds that Frontegg is left alone for as long as it wants to
// be, and that tokens that were looked up before are admitted meanwhile.
func TestAccessTokenRetryAfter(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		m := newMachines(t)
		token := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-1"), fronteggtest.AccessToken{})
		other := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-2"), fronteggtest.AccessToken{})
		if got := m.status(t, other); got != 200 {
			t.Fatalf("status %d", got)
		}
		m.fake.Fail(fronteggtest.UserAccessToken, fronteggtest.Always, fronteggtest.Status(status), fronteggtest.SetHeader("Retry-After", "60"))
		m.fake.Forget()
		if got := m.status(t, token); got != 503 {
			t.Errorf("%d: status %d, want 503", status, got)
		}
		if got := m.status(t, other); got != 200 {
			t.Errorf("%d: status %d of one that is known, want 200", status, got)
		}
		m.fake.Heal()
		m.clock.Advance(60*time.Second - 1)
		if got := m.status(t, token); got != 503 {
			t.Errorf("%d: status %d before it is time, want 503", status, got)
		}
		if n := m.fake.Calls(fronteggtest.UserAccessToken); n != 1 {
			t.Errorf("%d: was asked %d times", status, n)
		}
		m.clock.Advance(1)
		if got := m.status(t, token); got != 200 {
			t.Errorf("%d: status %d when it is time, want 200", status, got)
		}
	}
}

// TestAccessTokenHang holds that a lookup that hangs ends.
func TestAccessTokenHang(t *testing.T) {
	t.Parallel()
	m := newMachines(t, frontegg.Timeout(2*time.Second))
	for m.client.Authenticate(t.Context()) != nil && t.Context().Err() == nil {
		continue // the machine is slow
	}
	token := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-1"), fronteggtest.AccessToken{})
	m.fake.Fail(fronteggtest.ActiveUserAccessTokens, fronteggtest.Always, fronteggtest.Hang())
	if got := m.status(t, token); got != 503 {
		t.Errorf("status %d, want 503", got)
	}
	m.looked(t, "hanging, for as long as one request may", 1, 0)
	m.fake.Heal()
	m.clock.Advance(time.Second)
	release := m.fake.Hold(fronteggtest.UserAccessToken)
	defer release()
	// A caller that goes away does not wait.
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan int)
	go func() {
		_, err := m.guard.Validate(ctx, token)
		gone <- statusOf(t, err)
	}()
	if err := m.fake.Await(t.Context(), fronteggtest.UserAccessToken, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if got := <-gone; got != 503 {
		t.Errorf("status %d of one that went away, want 503", got)
	}
	// Its lookup goes on for others; closing the client ends it.
	waits := make(chan int)
	go func() { waits <- m.status(t, token) }()
	if err := m.client.Close(); err != nil {
		t.Error(err)
	}
	if got := <-waits; got != 503 {
		t.Errorf("status %d after closing, want 503", got)
	}
	if got := m.status(t, token); got != 503 {
		t.Errorf("status %d of a client that is closed, want 503", got)
	}
}

// TestAccessTokensAge holds for how long what was looked up counts.
func TestAccessTokensAge(t *testing.T) {
	t.Parallel()
	m := newMachines(t)
	s := fronteggtest.UserAccess("m-1")
	token := m.fake.IssueAccessToken(s, fronteggtest.AccessToken{Roles: []string{"admin"}, Expires: m.clock.Now().Add(time.Minute)})
	asks := func(want int, demands ...auth.Demand) {
		t.Helper()
		if got := m.status(t, token, demands...); got != want {
			t.Errorf("status %d, want %d", got, want)
		}
	}
	asks(200, auth.Roles("admin"))
	m.looked(t, "first", 1, 1)
	m.fake.AddAccessToken(s, fronteggtest.AccessToken{Roles: []string{"viewer"}, Expires: m.clock.Now().Add(15 * time.Second)})
	m.clock.Advance(10*time.Second - 1)
	asks(200, auth.Roles("admin"))
	m.looked(t, "before the end", 0, 0)
	m.clock.Advance(1)
	asks(403, auth.Roles("admin"))
	m.looked(t, "after the end", 1, 1)
	// It expires between two lookups.
	m.clock.Advance(5*time.Second - 1)
	asks(200, auth.Roles("viewer"))
	m.clock.Advance(1)
	asks(401, auth.Roles("viewer"))
	m.looked(t, "expired", 0, 0)
	// What there is not is kept as long.
	m.clock.Advance(10 * time.Second)
	asks(401)
	m.looked(t, "expired and not listed", 1, 0)
	m.fake.AddAccessToken(s, fronteggtest.AccessToken{})
	m.clock.Advance(10*time.Second - 1)
	asks(401)
	m.looked(t, "kept", 0, 0)
	m.clock.Advance(1)
	asks(200)
	m.looked(t, "listed again", 1, 1)
	// A clock that was set back leaves nothing that counts for longer.
	m.clock.Advance(-10 * time.Minute)
	token = m.fake.IssueAccessToken(s, fronteggtest.AccessToken{})
	m.fake.Forget()
	asks(200)
	m.looked(t, "set back", 1, 1)
}
