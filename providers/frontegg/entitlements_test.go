package frontegg_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authgen/authgen/providers/frontegg"
	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
)

// selling is an environment in which tenants have the features of these keys.
func selling(keysOf map[string][]string) fronteggtest.Entitlements {
	var e fronteggtest.Entitlements
	for tenant, keys := range keysOf {
		bundle := fronteggtest.Bundle{ID: "bundle-of-" + tenant}
		for _, key := range keys {
			id := key + "-of-" + tenant
			e.Features = append(e.Features, fronteggtest.Feature{ID: id, Key: key})
			bundle.Features = append(bundle.Features, id)
		}
		e.Bundles = append(e.Bundles, bundle)
		e.Granted = append(e.Granted, fronteggtest.Entitlement{Bundle: bundle.ID, Tenant: tenant})
	}
	return e
}

func newSeller(t *testing.T) *fronteggtest.Fake {
	t.Helper()
	return fronteggtest.New(t, fronteggtest.WithCredentials(testClientID, testAPIKey))
}

// has answers whether a tenant has a feature, or fails.
func has(t *testing.T, e *frontegg.Entitlements, tenant, feature string) bool {
	t.Helper()
	a, err := e.ForUser(frontegg.EntitlementSubject{TenantID: tenant}).Feature(feature, nil)
	if err != nil {
		t.Errorf("%s of %s: %v", feature, tenant, err)
	}
	return a.Entitled
}

// TestEntitlementsLate holds that nothing is answered before the first snapshot, and
// that a program starts without it.
func TestEntitlementsLate(t *testing.T) {
	t.Parallel()
	m := newMachines(t)
	m.fake.SetEntitlements(selling(map[string][]string{"tenant-1": {"sso"}}))
	m.fake.Fail(fronteggtest.SnapshotOffset, 1, fronteggtest.Status(400, "not now"))
	release := m.fake.Hold(fronteggtest.Snapshot)
	defer release()
	e := m.client.Entitlements()
	if e != m.client.Entitlements() {
		t.Error("a client has several")
	}
	guard := newGuard(t, m.fake, m.clock, auth.Features(e))
	token := m.fake.Token(fronteggtest.User("u"))
	if err := m.fake.Await(t.Context(), fronteggtest.Snapshot, 1); err != nil {
		t.Fatal(err)
	}
	_, err := guard.Validate(t.Context(), token, auth.EntitledTo("sso"))
	if got := statusOf(t, err); got != 503 {
		t.Errorf("status %d before the first snapshot", got)
	}
	if _, err := e.ForUser(frontegg.EntitlementSubject{TenantID: "tenant-1"}).Feature("sso", nil); !errors.Is(err, frontegg.ErrUnavailable) {
		t.Errorf("by hand: %v", err)
	}
	if s := e.Status(); s.Usable || !s.Loaded.IsZero() || s.Failures != 1 || s.Err == nil {
		t.Errorf("status %+v", s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Ready(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "not now") {
		t.Errorf("Ready: %v", err)
	}
	release()
	if err := e.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := guard.Validate(t.Context(), token, auth.EntitledTo("sso")); err != nil {
		t.Error(err)
	}
	if s := e.Status(); !s.Usable || s.Offset != m.fake.Offset() || s.Loaded.IsZero() || s.Age != 0 {
		t.Errorf("status %+v", s)
	}
}

// TestEntitlementsOfRules holds that a guard asks for entitlements when a rule demands
// features, and not before.
func TestEntitlementsOfRules(t *testing.T) {
	t.Parallel()
	for name, demands := range map[string]auth.Demands{"feature": {Features: []string{"sso"}}, "policy": {PolicyNeeds: auth.NeedsFeatures, Policy: func(d *auth.Decision) auth.Truth { return d.Feature("sso") }}} {
		m := newMachines(t)
		m.fake.SetEntitlements(selling(map[string][]string{"tenant-1": {"sso"}}))
		guard, err := m.client.Guard(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		token := m.fake.Token(fronteggtest.User("u"))
		role := &auth.Rule{Handler: "role", Access: auth.Restricted, All: []auth.Demands{{Roles: []string{"admin"}}}}
		guard.Require(role)
		if _, c := guard.Admit(requestWith(t, token), nil, role); c == nil || c.Status() != 403 {
			t.Errorf("%s: %v", name, c)
		}
		if n := m.fake.Calls(fronteggtest.SnapshotOffset); n != 0 {
			t.Errorf("%s: asked %d times before it was needed", name, n)
		}
		rule := &auth.Rule{Handler: "feature", Access: auth.Restricted, All: []auth.Demands{demands}}
		guard.Require(rule)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := m.fake.Await(ctx, fronteggtest.Snapshot, 1); err != nil {
			t.Fatal(err)
		}
		if err := m.client.Entitlements().Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, c := guard.Admit(requestWith(t, token), nil, rule); c != nil {
			t.Errorf("%s: %s", name, c.Reason())
		}
	}
}

// TestEntitlementsPolling holds when Frontegg is asked for what.
func TestEntitlementsPolling(t *testing.T) {
	t.Parallel()
	fake := newSeller(t)
	fake.SetEntitlements(selling(map[string][]string{"a": {"sso"}}))
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, frontegg.GatewayURL(fake.URL()))
		time.Sleep(time.Hour)
		if fake.Calls(fronteggtest.Any) != 0 {
			t.Error("it is asked for entitlements that nobody needs")
		}
		e := c.Entitlements()
		if err := e.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		asked := func(why string, offsets, snapshots int) {
			t.Helper()
			if o, s := fake.Calls(fronteggtest.SnapshotOffset), fake.Calls(fronteggtest.Snapshot); o != offsets || s != snapshots {
				t.Errorf("%s: asked for %d offsets and %d snapshots, want %d and %d", why, o, s, offsets, snapshots)
			}
			fake.Forget()
		}
		asked("the first", 1, 1)
		time.Sleep(29 * time.Second)
		asked("before the second", 0, 0)
		time.Sleep(2 * time.Second)
		asked("the second", 1, 0)
		if s := e.Status(); s.Age > 2*time.Second || s.Checked.Sub(s.Loaded) < 29*time.Second {
			t.Errorf("status %+v", s)
		}
		if !has(t, e, "a", "sso") || has(t, e, "b", "sso") {
			t.Error("not what was granted")
		}
		scope := e.ForUser(frontegg.EntitlementSubject{TenantID: "a"})
		fake.SetEntitlements(selling(map[string][]string{"b": {"sso"}}))
		if !has(t, e, "a", "sso") {
			t.Error("changed before it was asked for")
		}
		time.Sleep(30 * time.Second)
		asked("a change", 1, 1)
		if has(t, e, "a", "sso") || !has(t, e, "b", "sso") {
			t.Error("not what was granted later")
		}
		if a, err := scope.Feature("sso", nil); err != nil || a.Entitled {
			t.Errorf("a scope that was kept: %+v, %v", a, err)
		}
		time.Sleep(10 * time.Minute)
		asked("nothing else", 20, 0)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(10 * time.Minute)
		asked("closed", 0, 0)
		if _, err := scope.Feature("sso", nil); !errors.Is(err, frontegg.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		if err := e.Ready(t.Context()); !errors.Is(err, frontegg.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if err := c.Authenticate(t.Context()); err != nil {
			t.Errorf("the client is closed too: %v", err)
		}
	})
}

// TestEntitlementsFaults holds that the last good snapshot serves while polls fail,
// until it is too old, and that a poll that does not fail ends that.
func TestEntitlementsFaults(t *testing.T) {
	t.Parallel()
	answer := func(body string) fronteggtest.Fault { return fronteggtest.Answer(200, "application/json", body) }
	for name, c := range map[string]struct {
		of    fronteggtest.Endpoint
		fault fronteggtest.Fault // nil stops the gateway
	}{
		"down":                {},
		"offset 500":          {fronteggtest.SnapshotOffset, fronteggtest.Status(500)},
		"offset 404":          {fronteggtest.SnapshotOffset, fronteggtest.Status(404)},
		"offset cut":          {fronteggtest.SnapshotOffset, fronteggtest.Cut()},
		"offset garbage":      {fronteggtest.SnapshotOffset, fronteggtest.Garbage()},
		"no offset":           {fronteggtest.SnapshotOffset, answer(`{}`)},
		"offset of letters":   {fronteggtest.SnapshotOffset, answer(`{"snapshotOffset":"2"}`)},
		"snapshot 503":        {fronteggtest.Snapshot, fronteggtest.Status(503)},
		"snapshot 403":        {fronteggtest.Snapshot, fronteggtest.Status(403)},
		"snapshot cut":        {fronteggtest.Snapshot, fronteggtest.Cut()},
		"snapshot garbage":    {fronteggtest.Snapshot, fronteggtest.Garbage()},
		"snapshot dropped":    {fronteggtest.Snapshot, fronteggtest.Drop()},
		"snapshot redirected": {fronteggtest.Snapshot, fronteggtest.Redirect(307, "/entitlements/api/v1/vendor-entitlements-snapshot-offset")},
		"snapshot too large":  {fronteggtest.Snapshot, answer(`{"data":{"features":[` + strings.Repeat(" ", 1<<20))},
		"snapshot of another": {fronteggtest.Snapshot, answer(
			`{"data":{"features":[],"featureBundles":[],"entitlements":[],"featureFlags":[]},"snapshotOffset":"3"}`)},
		"half a snapshot":      {fronteggtest.Snapshot, answer(`{"data":{"features":[],"featureBundles":[],"entitlements":[`)},
		"empty snapshot":       {fronteggtest.Snapshot, answer(`{"data":{},"snapshotOffset":3}`)},
		"an error as snapshot": {fronteggtest.Snapshot, answer(`{"errors":["x"]}`)},
		"features not understood": {fronteggtest.Snapshot, answer(
			`{"data":{"features":[[1]],"featureBundles":[],"entitlements":[],"featureFlags":[]},"snapshotOffset":3}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := newSeller(t)
			fake.SetEntitlements(selling(map[string][]string{"a": {"sso"}}))
			stop, restart := outside(t, fake.Stop), outside(t, fake.Restart)
			synctest.Test(t, func(t *testing.T) {
				var told log
				e := connect(t, frontegg.GatewayURL(fake.URL()), frontegg.Logger(told.logger()), frontegg.MaxResponseBytes(1<<20)).Entitlements()
				if err := e.Ready(t.Context()); err != nil {
					t.Fatal(err)
				}
				fake.SetEntitlements(selling(map[string][]string{"b": {"sso"}}))
				if c.fault == nil {
					stop()
				} else {
					fake.Fail(c.of, fronteggtest.Always, c.fault)
				}
				time.Sleep(14 * time.Minute)
				if !has(t, e, "a", "sso") || has(t, e, "b", "sso") {
					t.Error("the last good snapshot does not serve")
				}
				s := e.Status()
				answered := new(frontegg.Error)
				if !s.Usable || s.Age < 13*time.Minute || s.Failures < 28 || !errors.Is(s.Err, frontegg.ErrUnavailable) && !errors.As(s.Err, &answered) {
					t.Errorf("status %+v", s)
				}
				if !strings.Contains(told.String(), "could not be refreshed") {
					t.Error("nothing was logged")
				}
				time.Sleep(2 * time.Minute)
				for _, tenant := range []string{"a", "b"} {
					if a, err := e.ForUser(frontegg.EntitlementSubject{TenantID: tenant}).Feature("sso", nil); a.Entitled || !errors.Is(err, frontegg.ErrUnavailable) {
						t.Errorf("too old: %+v, %v", a, err)
					}
				}
				if err := e.Ready(t.Context()); !errors.Is(err, frontegg.ErrUnavailable) || e.Status().Usable {
					t.Errorf("too old: ready: %v", err)
				}
				fake.Heal()
				restart()
				time.Sleep(15 * time.Second) // as the documentation says
				if has(t, e, "a", "sso") || !has(t, e, "b", "sso") {
					t.Error("not what was granted meanwhile")
				}
				if s := e.Status(); !s.Usable || s.Failures != 0 || s.Err != nil {
					t.Errorf("status %+v", s)
				}
			})
		})
	}
}

// TestEntitlementsOlder holds that a snapshot which is older than the one that Frontegg
// announces, such as that of a cache on the way, serves where there is no better one,
// and makes none younger.
func TestEntitlementsOlder(t *testing.T) {
	t.Parallel()
	const published = `{"data":{"features":[["f","sso",null]],"featureBundles":[["b",["f"]]],"entitlements":[["b","%s",null,null]],"featureFlags":[]},"snapshotOffset":%d}`
	for name, c := range map[string]struct {
		first, later int64 // offsets of what is served, by tenants of these numbers
		serves       int64
	}{
		"from the start":         {3, 3, 3},
		"the one that is held":   {9, 9, 9},
		"older than that":        {9, 3, 9},
		"a bit newer than that":  {3, 4, 4},
		"much older than before": {8, 1, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := newSeller(t)
			serve := func(announced, offset int64) {
				fake.Heal()
				fake.Fail(fronteggtest.SnapshotOffset, fronteggtest.Always, fronteggtest.Answer(200, "application/json", fmt.Sprintf(`{"snapshotOffset":%d}`, announced)))
				fake.Fail(fronteggtest.Snapshot, fronteggtest.Always, fronteggtest.Answer(200, "application/json", fmt.Sprintf(published, fmt.Sprint(offset), offset)))
			}
			serve(9, c.first)
			synctest.Test(t, func(t *testing.T) {
				e := connect(t, frontegg.GatewayURL(fake.URL())).Entitlements()
				if err := e.Ready(t.Context()); err != nil {
					t.Fatal(err)
				}
				serve(10, c.later)
				time.Sleep(14 * time.Minute)
				if !has(t, e, fmt.Sprint(c.serves), "sso") {
					t.Errorf("number %d does not serve", c.serves)
				}
				if s := e.Status(); s.Offset != c.serves || s.Age < 13*time.Minute || s.Failures < 20 || !errors.Is(s.Err, frontegg.ErrUnavailable) {
					t.Errorf("status %+v", s)
				}
				time.Sleep(2 * time.Minute)
				if s := e.Status(); s.Usable {
					t.Errorf("too old: %+v", s)
				}
				serve(10, 10)
				time.Sleep(15 * time.Second)
				if s := e.Status(); !s.Usable || s.Failures != 0 || s.Err != nil || !has(t, e, "10", "sso") {
					t.Errorf("status %+v", s)
				}
			})
		})
	}
}

// TestEntitlementsRecovery holds how soon questions are answered that were not, and
// that a Frontegg that wants to be left alone is.
func TestEntitlementsRecovery(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults []fronteggtest.Fault
		asked  int // at most, in the ten minutes that it lasts
		within time.Duration
	}{
		"failing":    {[]fronteggtest.Fault{fronteggtest.Status(500)}, 1000, 15 * time.Second},
		"left alone": {[]fronteggtest.Fault{fronteggtest.Status(503), fronteggtest.SetHeader("Retry-After", "120")}, 6, 2 * time.Minute},
		"for long":   {[]fronteggtest.Fault{fronteggtest.Status(429), fronteggtest.SetHeader("Retry-After", "86400")}, 3, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := newSeller(t)
			fake.SetEntitlements(selling(map[string][]string{"a": {"sso"}}))
			fake.Fail(fronteggtest.SnapshotOffset, fronteggtest.Always, c.faults...)
			synctest.Test(t, func(t *testing.T) {
				e := connect(t, frontegg.GatewayURL(fake.URL())).Entitlements()
				time.Sleep(10*time.Minute - time.Second)
				if n := fake.Calls(fronteggtest.SnapshotOffset); n > c.asked || n < 2 || e.Status().Usable {
					t.Errorf("asked %d times, at most %d are well: %+v", n, c.asked, e.Status())
				}
				fake.Heal()
				time.Sleep(c.within + time.Second)
				if !has(t, e, "a", "sso") {
					t.Errorf("status %+v", e.Status())
				}
			})
		})
	}
}

// outside returns a function that calls f outside of the bubble that it is called in.
func outside(t *testing.T, f func()) func() {
	t.Helper()
	calls, returns := make(chan struct{}), make(chan struct{})
	go func() {
		for range calls {
			f()
			returns <- struct{}{}
		}
	}()
	t.Cleanup(func() { close(calls) })
	return func() {
		calls <- struct{}{}
		<-returns
	}
}

// TestEntitlementsHang holds that a poll that hangs ends.
func TestEntitlementsHang(t *testing.T) {
	t.Parallel()
	m := newMachines(t, frontegg.Timeout(2*time.Second))
	for m.client.Authenticate(t.Context()) != nil && t.Context().Err() == nil {
		continue // the machine is slow
	}
	m.fake.Fail(fronteggtest.SnapshotOffset, 1, fronteggtest.Hang())
	if err := m.client.Entitlements().Ready(t.Context()); err != nil {
		t.Error(err)
	}
	// One that hangs does not keep the client from closing.
	other := m.join(t)
	m.fake.Forget()
	release := m.fake.Hold(fronteggtest.SnapshotOffset)
	defer release()
	e := other.client.Entitlements()
	if err := m.fake.Await(t.Context(), fronteggtest.SnapshotOffset, 1); err != nil {
		t.Fatal(err)
	}
	if err := other.client.Close(); err != nil {
		t.Error(err)
	}
	if err := e.Ready(t.Context()); !errors.Is(err, frontegg.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if err := other.client.Entitlements().Ready(t.Context()); !errors.Is(err, frontegg.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// TestEntitlementsClock holds that rules and questions are answered until the snapshot
// is too old, and that a clock that was set makes none younger.
func TestEntitlementsClock(t *testing.T) {
	t.Parallel()
	m := newMachines(t)
	m.fake.SetEntitlements(selling(map[string][]string{"a": {"sso"}}))
	e := m.client.Entitlements()
	if err := e.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	guard, err := m.client.Guard(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		by     time.Duration
		usable bool
	}{{15 * time.Minute, true}, {time.Second, false}, {-15 * time.Minute, true}, {-2 * time.Minute, false}} {
		m.clock.Advance(c.by)
		want := http.StatusServiceUnavailable
		if c.usable {
			want = http.StatusOK
		}
		_, refused := guard.Validate(t.Context(), m.fake.Token(fronteggtest.User("u"), fronteggtest.Tenant("a")), auth.EntitledTo("sso"))
		if got := statusOf(t, refused); got != want {
			t.Errorf("after %v: status %d, want %d", c.by, got, want)
		}
		_, err := e.ForUser(frontegg.EntitlementSubject{TenantID: "a"}).Feature("sso", nil)
		if (err == nil) != c.usable || e.Status().Usable != c.usable {
			t.Errorf("after %v: %v", c.by, err)
		}
	}
}

// TestEntitlementsUnclear holds that what is not understood is told.
func TestEntitlementsUnclear(t *testing.T) {
	t.Parallel()
	var told log
	m := newMachines(t, frontegg.Logger(told.logger()))
	sold := selling(map[string][]string{"a": {"sso"}})
	sold.Flags = []fronteggtest.Flag{{Feature: "sso", On: true, Rules: []fronteggtest.Rule{{Treatment: true, Conditions: []fronteggtest.Condition{{Attribute: "x", Op: "unheard_of"}}}}}}
	m.fake.SetEntitlements(sold)
	e := m.client.Entitlements()
	if err := e.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := e.Status(); s.Ignored != 1 || !strings.Contains(told.String(), "not understood") {
		t.Errorf("%+v: %s", s, told.String())
	}
}

func TestEntitlementPolling(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		interval, age time.Duration
		ok            bool
	}{
		{0, 0, true}, {time.Second, time.Second, true}, {time.Minute, 0, true}, {0, 24 * time.Hour, true},
		{time.Second - 1, 0, false}, {-time.Minute, 0, false}, {0, 29 * time.Second, false}, {time.Hour, 0, false}, {0, 25 * time.Hour, false}, {0, -1, false},
	} {
		client, err := frontegg.Connect(t.Context(), frontegg.Environment(noEnvironment), frontegg.Credentials(testClientID, testAPIKey), frontegg.EntitlementPolling(c.interval, c.age))
		if (err == nil) != c.ok {
			t.Errorf("%v, %v: %v", c.interval, c.age, err)
		}
		_ = client.Close()
	}
}

// requestWith is a request with a bearer token.
func requestWith(t testing.TB, token string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}
