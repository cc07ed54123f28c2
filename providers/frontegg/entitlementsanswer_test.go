package frontegg_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg"
	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
)

// sold has one feature for each reason to be entitled.
func sold(now time.Time) fronteggtest.Entitlements {
	is := func(attribute, value string) []fronteggtest.Rule {
		return []fronteggtest.Rule{{Treatment: true, Conditions: []fronteggtest.Condition{
			{Attribute: attribute, Op: "in_list", Value: map[string]any{"list": []string{value}}},
		}}}
	}
	var e fronteggtest.Entitlements
	for _, key := range []string{"of-tenant", "of-user", "expired", "flag", "email", "plan", "userid", "nobody"} {
		e.Features = append(e.Features, fronteggtest.Feature{ID: "id-" + key, Key: key, Permissions: []string{"p." + key}})
		e.Bundles = append(e.Bundles, fronteggtest.Bundle{ID: key, Features: []string{"id-" + key}})
	}
	e.Granted = []fronteggtest.Entitlement{
		{Bundle: "of-tenant", Tenant: "tenant-1", Expires: now.Add(time.Minute)},
		{Bundle: "of-user", Tenant: "tenant-1", User: "user-1"},
		{Bundle: "expired", Tenant: "tenant-1", Expires: now},
	}
	e.Flags = []fronteggtest.Flag{
		{Feature: "flag", On: true, Default: true},
		{Feature: "email", On: true, Rules: is("frontegg.email", "user-1@example.com")},
		{Feature: "plan", On: true, Rules: is("jwt.metadata.plan", "pro")},
		{Feature: "userid", On: true, Rules: is("frontegg.userId", "user-1")},
	}
	return e
}

// TestEntitled holds what rules admit.
func TestEntitled(t *testing.T) {
	t.Parallel()
	m := newMachines(t)
	m.fake.SetEntitlements(sold(m.clock.Now()))
	e := m.client.Entitlements()
	if err := e.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	guard := newGuard(t, m.fake, m.clock, auth.Features(e), auth.LookUp(auth.KindUserAccess|auth.KindTenantAccess, m.client.AccessTokens()))
	user := func(opts ...fronteggtest.TokenOption) string {
		return m.fake.Token(fronteggtest.User("user-1"), opts...)
	}
	userAccess := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-1"), fronteggtest.AccessToken{Permissions: []string{"p.*"}})
	tenantAccess := m.fake.IssueAccessToken(fronteggtest.TenantAccess("m-1"), fronteggtest.AccessToken{Permissions: []string{"p.of-tenant"}})
	for name, c := range map[string]struct {
		token string
		yes   []string // of what is asked
		no    []string
	}{
		"a user": {
			user(), []string{"of-tenant", "of-user", "flag", "email", "userid"},
			[]string{"expired", "plan", "nobody", "", "of-tenan", "OF-TENANT", "permission:", "permission:p.of-tenant", "permission:of-tenant"},
		},
		"a user with claims":       {user(fronteggtest.Claim("metadata", map[string]string{"plan": "pro"})), []string{"plan"}, []string{"nobody"}},
		"a user with email":        {user(fronteggtest.Email("other@example.com")), nil, []string{"email"}},
		"another user":             {m.fake.Token(fronteggtest.User("user-2")), []string{"of-tenant", "flag"}, []string{"of-user", "email", "userid"}},
		"a user of another tenant": {user(fronteggtest.Tenant("tenant-2")), []string{"flag"}, []string{"of-tenant", "of-user"}},
		"a user of several": {
			user(fronteggtest.Tenant("tenant-2"), fronteggtest.Tenants("tenant-1", "tenant-2")), []string{"flag"}, []string{"of-tenant", "of-user"},
		},
		"a user with permissions": {
			user(fronteggtest.Permissions("p.of-tenant", "p.expired", "p.nobody", "free", "wild.*")),
			[]string{"permission:p.of-tenant", "permission:free", "permission:wild.x"},
			[]string{"permission:p.expired", "permission:p.nobody", "permission:p.of-user", "permission:fre", "permission:wild"},
		},
		"an API token of a user":      {m.fake.Token(fronteggtest.UserAPI("a-1")), []string{"of-tenant", "of-user", "userid"}, []string{"email"}},
		"an API token of its userId":  {m.fake.Token(fronteggtest.UserAPI("a-1"), fronteggtest.OwnedBy("user-2")), []string{"of-tenant"}, []string{"of-user", "userid"}},
		"an API token of a tenant":    {m.fake.Token(fronteggtest.TenantAPI("a-1")), []string{"of-tenant", "flag"}, []string{"of-user", "userid"}},
		"a tenant's with a user's id": {m.fake.Token(fronteggtest.TenantAPI("user-1"), fronteggtest.OwnedBy("user-1")), nil, []string{"of-user", "userid"}},
		"an access token of a user":   {userAccess, []string{"of-tenant", "of-user", "permission:p.of-user"}, []string{"permission:p.nobody"}},
		"an access token of a tenant": {tenantAccess, []string{"of-tenant", "permission:p.of-tenant"}, []string{"of-user", "permission:p.of-user"}},
	} {
		for want, features := range map[int][]string{200: c.yes, 403: c.no} {
			for _, feature := range features {
				_, err := guard.Validate(t.Context(), c.token, auth.EntitledTo(feature))
				if got := statusOf(t, err); got != want {
					t.Errorf("%s, %q: status %d, want %d", name, feature, got, want)
				}
			}
		}
	}
	// What expires does so without another snapshot.
	m.clock.Advance(time.Minute)
	if _, err := guard.Validate(t.Context(), user(), auth.EntitledTo("of-tenant")); statusOf(t, err) != 403 {
		t.Errorf("expired: %v", err)
	}
	if yes, err := e.Entitled(t.Context(), nil, "flag"); yes || err != nil {
		t.Errorf("nobody: %v, %v", yes, err)
	}
}

// TestEntitlementScopes holds questions by hand, and why the answer is no.
func TestEntitlementScopes(t *testing.T) {
	t.Parallel()
	m := newMachines(t)
	all := sold(m.clock.Now())
	all.Flags = append(all.Flags, fronteggtest.Flag{Feature: "nobody", On: true, Rules: []fronteggtest.Rule{{Treatment: true, Conditions: []fronteggtest.Condition{
		{Attribute: "size", Op: "greater_than", Value: map[string]any{"number": 5}},
	}}}})
	m.fake.SetEntitlements(all)
	e := m.client.Entitlements()
	if err := e.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	byToken, err := e.ForToken(t.Context(), m.fake.Token(fronteggtest.User("user-1"), fronteggtest.Permissions("p.*")))
	if err != nil {
		t.Fatal(err)
	}
	user := e.ForUser(frontegg.EntitlementSubject{TenantID: "tenant-1", UserID: "user-1", Permissions: []string{"p.of-*", "p.expired", "p.nobody"}})
	tenant := e.ForUser(frontegg.EntitlementSubject{TenantID: "tenant-1"})
	size := map[string]any{"size": 6}
	for _, c := range []struct {
		scope      *frontegg.EntitlementScope
		question   frontegg.EntitlementQuestion
		attributes map[string]any
		want       string
	}{
		{user, frontegg.EntitlementQuestion{FeatureKey: "of-user"}, nil, "true"},
		{user, frontegg.EntitlementQuestion{PermissionKey: "p.of-user"}, nil, "true"},
		{user, frontegg.EntitlementQuestion{FeatureKey: "expired"}, nil, "false bundle-expired"},
		{user, frontegg.EntitlementQuestion{PermissionKey: "p.expired"}, nil, "false bundle-expired"},
		{user, frontegg.EntitlementQuestion{FeatureKey: "none"}, nil, "false missing-feature"},
		{user, frontegg.EntitlementQuestion{PermissionKey: "p.flag"}, nil, "false missing-permission"},
		{user, frontegg.EntitlementQuestion{PermissionKey: "p.nobody"}, nil, "false missing-feature"},
		{user, frontegg.EntitlementQuestion{FeatureKey: "nobody"}, size, "true"},
		{user, frontegg.EntitlementQuestion{PermissionKey: "p.nobody"}, size, "true"},
		{user, frontegg.EntitlementQuestion{FeatureKey: "nobody"}, map[string]any{"size": 5}, "false missing-feature"},
		{user, frontegg.EntitlementQuestion{FeatureKey: "email"}, nil, "false missing-feature"},
		{user, frontegg.EntitlementQuestion{FeatureKey: "email"}, map[string]any{"frontegg.email": "user-1@example.com"}, "true"},
		{tenant, frontegg.EntitlementQuestion{FeatureKey: "of-tenant"}, nil, "true"},
		{tenant, frontegg.EntitlementQuestion{FeatureKey: "of-user"}, nil, "false missing-feature"},
		{tenant, frontegg.EntitlementQuestion{PermissionKey: "p.of-tenant"}, nil, "false missing-permission"},
		{byToken, frontegg.EntitlementQuestion{FeatureKey: "of-user"}, nil, "true"},
		{byToken, frontegg.EntitlementQuestion{FeatureKey: "email"}, nil, "true"},
		{byToken, frontegg.EntitlementQuestion{FeatureKey: "nobody"}, size, "true"},
		{byToken, frontegg.EntitlementQuestion{FeatureKey: "plan"}, map[string]any{"jwt.metadata.plan": "pro"}, "false missing-feature"},
		{byToken, frontegg.EntitlementQuestion{PermissionKey: "p.of-user"}, nil, "true"},
		{e.ForIdentity(nil), frontegg.EntitlementQuestion{FeatureKey: "flag"}, nil, "true"},
		{e.ForIdentity(nil), frontegg.EntitlementQuestion{FeatureKey: "of-tenant"}, nil, "false missing-feature"},
		{e.ForIdentity(nil), frontegg.EntitlementQuestion{PermissionKey: "free"}, nil, "false missing-permission"},
	} {
		a, err := c.scope.Ask(c.question, c.attributes)
		got := fmt.Sprint(a.Entitled)
		if a.Justification != "" {
			got += " " + string(a.Justification)
		}
		if err != nil || got != c.want {
			t.Errorf("%+v with %v: %s, %v, want %s", c.question, c.attributes, got, err, c.want)
		}
	}
	for _, q := range []frontegg.EntitlementQuestion{{}, {FeatureKey: "flag", PermissionKey: "p.flag"}} {
		if a, err := user.Ask(q, nil); err == nil || a.Entitled {
			t.Errorf("%+v: %+v", q, a)
		}
	}
	if a, err := e.ForUser(frontegg.EntitlementSubject{TenantID: "tenant-1", Permissions: []string{"*"}}).Permission("", nil); err != nil || a.Entitled || a.Justification != frontegg.MissingPermission {
		t.Errorf("no permission: %+v, %v", a, err)
	}
	if a, err := user.Feature("", nil); err != nil || a.Entitled {
		t.Errorf("no feature: %+v, %v", a, err)
	}
	if _, err := e.ForToken(t.Context(), m.fake.Token(fronteggtest.User("user-1"), fronteggtest.Forged())); statusOf(t, err) != 401 {
		t.Errorf("a forged token: %v", err)
	}
}

// entitledRequests are what requests ask that need a feature which is held directly, or
// a permission of it: the provider, and for the feature a guard with it.
func entitledRequests(t testing.TB) map[string]func() bool {
	t.Helper()
	fake := fronteggtest.New(t)
	fake.SetEntitlements(sold(time.Now()))
	c, err := frontegg.Connect(t.Context(), environment(fake.Settings()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	e := c.Entitlements()
	if err := e.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	guard, err := auth.New(t.Context(), auth.Issuer(fake.Domain(), auth.Audience(fake.ClientID()), auth.Mapping(auth.MappingFrontegg)), auth.Features(e))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]func() bool{}
	for kind, subject := range map[string]fronteggtest.Subject{"user": fronteggtest.User("user-1"), "API": fronteggtest.UserAPI("a-1")} {
		token := fake.Token(subject, fronteggtest.Permissions("p.*"))
		id, err := guard.Validate(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		r, rule := requestWith(t, token), &auth.Rule{Access: auth.Restricted, All: []auth.Demands{{Features: []string{"of-user"}}}}
		ctx := t.Context()
		all["provider, "+kind] = func() bool {
			yes, err := e.Entitled(ctx, id, "of-user")
			return yes && err == nil
		}
		all["permission, "+kind] = func() bool {
			yes, err := e.Entitled(ctx, id, "permission:p.of-user")
			return yes && err == nil
		}
		all["guard, "+kind] = func() bool {
			_, refused := guard.Admit(r, nil, rule)
			return refused == nil
		}
	}
	return all
}

func TestEntitledAllocations(t *testing.T) { // not parallel, for AllocsPerRun
	for name, ask := range entitledRequests(t) {
		if !ask() {
			t.Errorf("%s: not the answer that is measured", name)
		}
		if got := testing.AllocsPerRun(100, func() { ask() }); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

func BenchmarkEntitled(b *testing.B) {
	for name, ask := range entitledRequests(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}
