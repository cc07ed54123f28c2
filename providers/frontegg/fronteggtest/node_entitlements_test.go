package fronteggtest_test

import (
	"testing"
	"time"

	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// TestNodeEntitlements holds how the SDK reads a snapshot of the fake, and what it
// answers.
func TestNodeEntitlements(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	now := time.Now()
	past, future := now.Add(-time.Hour), now.Add(time.Hour)
	acme := []ft.Rule{{Treatment: true, Conditions: []ft.Condition{{Attribute: "company", Op: "in_list", Value: m{"list": []string{"acme"}}}}}}
	email := []ft.Rule{{Treatment: true, Conditions: []ft.Condition{
		{Attribute: "frontegg.email", Type: "frontegg", Op: "ends_with", Value: m{"list": []string{"@example.com"}}},
	}}}
	pro := []ft.Rule{{Treatment: true, Conditions: []ft.Condition{{Attribute: "jwt.metadata.plan", Op: "in_list", Value: m{"list": []string{"pro"}}}}}}
	snapshot := ft.Entitlements{
		Features: []ft.Feature{
			{ID: "f1", Key: "granted", Permissions: []string{"granted.read"}},
			{ID: "f2", Key: "expired", Permissions: []string{"expired.read"}},
			{ID: "f3", Key: "personal"},
			{ID: "f4", Key: "flagged", Permissions: []string{"flagged.read"}},
			{ID: "f5", Key: "planned"},
			{ID: "f6", Key: "never", Permissions: []string{"never.read", "either.read"}},
			{ID: "f7", Key: "twice"},
			{ID: "f8", Key: "off"},
			{ID: "f9", Key: "employees"},
			{ID: "f10", Key: "extended", Permissions: []string{"either.read"}},
			{ID: "f11", Key: "claimed"},
		},
		Bundles: []ft.Bundle{
			{ID: "b-granted", Features: []string{"f1"}},
			{ID: "b-expired", Features: []string{"f2"}},
			{ID: "b-personal", Features: []string{"f3"}},
			{ID: "b-planned", Features: []string{"f5"}, Rules: acme},
			{ID: "b-twice-valid", Features: []string{"f7"}},
			{ID: "b-twice-expired", Features: []string{"f7"}},
			{ID: "b-extended", Features: []string{"f10"}},
		},
		Granted: []ft.Entitlement{
			{Bundle: "b-granted", Tenant: ft.DefaultTenant},
			{Bundle: "b-expired", Tenant: ft.DefaultTenant, Expires: past},
			{Bundle: "b-personal", Tenant: ft.DefaultTenant, User: "ada", Expires: future},
			{Bundle: "b-twice-valid", Tenant: ft.DefaultTenant},
			{Bundle: "b-twice-expired", Tenant: ft.DefaultTenant, Expires: past},
			{Bundle: "b-extended", Tenant: ft.DefaultTenant, Expires: past},
			{Bundle: "b-extended", Tenant: ft.DefaultTenant, User: "ada", Expires: future},
			{Bundle: "unknown", Tenant: ft.DefaultTenant},
		},
		Flags: []ft.Flag{
			{Feature: "flagged", On: true, Rules: acme},
			{Feature: "off", On: false, Default: true, Off: false},
			{Feature: "employees", On: true, Rules: email},
			{Feature: "claimed", On: true, Rules: pro},
			{Feature: "not a feature", On: true, Default: true},
		},
	}
	fake := ft.New(t)
	fake.SetEntitlements(snapshot)
	node := startNode(t, fake)

	t.Run("before the first snapshot", func(t *testing.T) {
		release := fake.Hold(ft.SnapshotOffset)
		defer release()
		node.call(t, "entitlements.init", m{"options": m{"initializationDelayMs": 1000}}, nil)
		_, thrown := node.try(t, "entitlements.forUser", m{"name": "x", "entity": m{}})
		if thrown == nil || thrown.Message != "EntitlementsClient is not initialized yet." {
			t.Errorf("threw %v", thrown)
		}
	})
	node.call(t, "entitlements.init", struct{}{}, nil)
	node.call(t, "entitlements.ready", struct{}{}, nil)

	permissions := ft.Permissions("granted.*", "expired.read", "flagged.read", "either.read", "unlinked.read", "a+b", "c+d.*")
	for name, token := range map[string]string{
		"ada": fake.Token(ft.User("ada"), permissions), "bob": fake.Token(ft.User("bob"), permissions, ft.Email("bob@example.org")),
		"ada elsewhere": fake.Token(ft.User("ada"), ft.Tenant("other")), "api": fake.Token(ft.UserAPI("x"), ft.OwnedBy("ada")),
	} {
		node.call(t, "entitlements.forFronteggToken", m{"name": name, "token": token}, nil)
	}
	node.call(t, "entitlements.forUser", m{"name": "access", "entity": m{
		"type": "userAccessToken", "userId": "ada", "tenantId": ft.DefaultTenant, "permissions": []string{},
	}}, nil)

	const (
		missing   = "missing-feature"
		forbidden = "missing-permission"
		expired   = "bundle-expired"
	)
	company := m{"company": "acme"}
	for _, c := range []struct {
		who, kind, key string
		attributes     m
		justification  string // empty when entitled
	}{
		{"ada", "feature", "granted", nil, ""},
		{"ada", "feature", "expired", nil, expired},
		{"ada", "feature", "never", nil, missing},
		{"ada", "feature", "unknown", nil, missing},
		{"ada", "feature", "personal", nil, ""},
		{"bob", "feature", "personal", nil, missing},
		{"api", "feature", "personal", nil, ""},
		{"access", "feature", "personal", nil, ""},
		{"ada elsewhere", "feature", "granted", nil, missing},
		{"ada elsewhere", "feature", "personal", nil, missing},
		{"ada", "feature", "extended", nil, ""},
		{"bob", "feature", "extended", nil, expired},
		{"ada", "feature", "twice", nil, expired}, // the last bundle wins, not the best
		{"ada", "feature", "flagged", nil, missing},
		{"ada", "feature", "flagged", company, ""},
		{"ada", "feature", "flagged", m{"company": "other"}, missing},
		{"ada", "feature", "off", nil, missing},
		{"ada", "feature", "planned", nil, missing},
		{"ada", "feature", "planned", company, ""},
		{"ada", "feature", "employees", nil, ""},
		{"bob", "feature", "employees", nil, missing},
		{"bob", "feature", "employees", m{"frontegg.email": "x@example.com"}, missing}, // the caller overrides nothing
		{"ada", "feature", "claimed", nil, missing},
		{"ada", "feature", "claimed", m{"jwt.metadata.plan": "pro"}, ""}, // but adds what the token lacks
		{"ada", "feature", "not a feature", nil, missing},

		{"ada", "permission", "granted.read", nil, ""},
		{"ada", "permission", "never.read", nil, forbidden},
		{"ada", "permission", "expired.read", nil, expired},
		{"ada", "permission", "flagged.read", nil, missing},
		{"ada", "permission", "flagged.read", company, ""},
		{"ada", "permission", "unlinked.read", nil, ""},
		{"ada", "permission", "either.read", nil, ""},
		{"bob", "permission", "either.read", nil, expired},
		{"ada", "permission", "a+b", nil, ""},
		{"ada", "permission", "c+d.e", nil, forbidden}, // the plus is one of regular expressions
		{"ada", "permission", "ccd.e", nil, ""},
		{"access", "permission", "granted.read", nil, forbidden},
	} {
		t.Run(c.who+" "+c.kind+" "+c.key, func(t *testing.T) {
			var got struct {
				Result        bool
				Justification string
			}
			node.call(t, "entitlements."+c.kind, m{"name": c.who, "key": c.key, "attributes": c.attributes}, &got)
			if got.Result != (c.justification == "") || got.Justification != c.justification {
				t.Errorf("%+v, want %q", got, c.justification)
			}
		})
	}

	t.Run("held wildcard alternates", func(t *testing.T) {
		node.call(t, "entitlements.forFronteggToken", m{"name": "fresh", "token": fake.Token(ft.User("ada"), permissions)}, nil)
		for i, want := range []bool{true, false, true, false} {
			var got struct{ Result bool }
			node.call(t, "entitlements.permission", m{"name": "fresh", "key": "granted.read"}, &got)
			if got.Result != want {
				t.Errorf("answer %d is %v", i+1, got.Result)
			}
		}
	})
	for name, c := range map[string]struct {
		query   m
		message string
	}{
		"both": {m{"featureKey": "granted", "permissionKey": "granted.read"}, "Cannot check both"},
		"none": {m{}, "Neither feature, nor permission key is provided."},
	} {
		t.Run("isEntitledTo "+name, func(t *testing.T) {
			_, thrown := node.try(t, "entitlements.isEntitledTo", m{"name": "ada", "query": c.query})
			if thrown == nil || len(thrown.Message) < len(c.message) || thrown.Message[:len(c.message)] != c.message {
				t.Errorf("threw %v", thrown)
			}
		})
	}
	t.Run("token that is refused", func(t *testing.T) {
		_, thrown := node.try(t, "entitlements.forFronteggToken", m{"name": "x", "token": fake.Token(ft.User("ada"), ft.Expired())})
		check(t, thrown, 401, "Failed to verify authentication")
	})
	t.Run("polls with the offset", func(t *testing.T) {
		node.call(t, "entitlements.init", m{"options": m{"refreshTimeoutMs": 20}}, nil)
		node.call(t, "entitlements.ready", struct{}{}, nil)
		before := fake.Calls(ft.Snapshot)
		if err := fake.Await(t.Context(), ft.SnapshotOffset, fake.Calls(ft.SnapshotOffset)+3); err != nil {
			t.Fatal(err)
		}
		if again := fake.Calls(ft.Snapshot) - before; again != 0 {
			t.Errorf("an offset that stays makes %d downloads", again)
		}
		node.call(t, "entitlements.forFronteggToken", m{"name": "pinned", "token": fake.Token(ft.User("ada"))}, nil)
		fake.SetEntitlements(ft.Entitlements{})
		if err := fake.Await(t.Context(), ft.Snapshot, before+1); err != nil {
			t.Fatal(err)
		}
		// The poll after the download: by then the new snapshot stands.
		if err := fake.Await(t.Context(), ft.SnapshotOffset, fake.Calls(ft.SnapshotOffset)+2); err != nil {
			t.Fatal(err)
		}
		if _, thrown := node.try(t, "entitlements.feature", m{"name": "pinned", "key": "granted"}); thrown == nil {
			t.Error("a pinned snapshot outlives the swap")
		}
		var got struct{ Result bool }
		node.call(t, "entitlements.forFronteggToken", m{"name": "after", "token": fake.Token(ft.User("ada"))}, nil)
		node.call(t, "entitlements.feature", m{"name": "after", "key": "granted"}, &got)
		if got.Result {
			t.Error("the old snapshot still stands")
		}
		node.call(t, "entitlements.destroy", struct{}{}, nil)
	})
	for _, r := range append(fake.Requests(ft.Snapshot), fake.Requests(ft.SnapshotOffset)...) {
		if r.Header.Get("X-Access-Token") == "" {
			t.Errorf("%s without a vendor token", r.URI)
		}
	}
}
