package fronteggtest_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// calls are how many requests of access tokens a fake received.
type calls struct{ entities, lists int }

func accessCalls(fake *ft.Fake) calls {
	return calls{
		fake.Calls(ft.UserAccessToken) + fake.Calls(ft.TenantAccessToken),
		fake.Calls(ft.ActiveUserAccessTokens) + fake.Calls(ft.ActiveTenantAccessTokens),
	}
}

// TestNodeAccessTokens holds what the SDK looks up, and when.
func TestNodeAccessTokens(t *testing.T) {
	t.Parallel()
	admin := url.Values{"roles": {"admin"}}
	entity := ft.AccessToken{Roles: []string{"admin"}}
	for _, c := range []struct {
		name    string
		prepare func(*ft.Fake) string // returns the token
		query   url.Values
		status  int
		first   calls
		second  calls // with the same request again
	}{
		{"active tenant's", func(f *ft.Fake) string { return f.IssueAccessToken(ft.TenantAccess("a"), entity) }, nil, 200, calls{0, 1}, calls{0, 1}},
		{"active user's", func(f *ft.Fake) string { return f.IssueAccessToken(ft.UserAccess("a"), entity) }, nil, 200, calls{0, 1}, calls{0, 1}},
		{"roles need the entity alone", func(f *ft.Fake) string { return f.IssueAccessToken(ft.TenantAccess("a"), entity) }, admin, 200, calls{1, 0}, calls{1, 0}},
		{"inactive", func(f *ft.Fake) string {
			return f.IssueAccessToken(ft.TenantAccess("a"), ft.AccessToken{Inactive: true})
		}, nil, 401, calls{0, 1}, calls{0, 1}},
		{"inactive, and a role", func(f *ft.Fake) string {
			return f.IssueAccessToken(ft.TenantAccess("a"), ft.AccessToken{Inactive: true, Roles: []string{"admin"}})
		}, admin, 200, calls{1, 0}, calls{1, 0}},
		{"unknown to the list", func(f *ft.Fake) string { return f.Token(ft.TenantAccess("a")) }, nil, 401, calls{0, 1}, calls{0, 1}},
		{"no subject", func(f *ft.Fake) string { return f.Token(ft.TenantAccess("a"), ft.Without("sub")) }, nil, 401, calls{0, 1}, calls{0, 1}},
		{"disabled", func(f *ft.Fake) string {
			f.DisableAccessTokens(true)
			return f.IssueAccessToken(ft.TenantAccess("a"), entity)
		}, nil, 401, calls{0, 1}, calls{0, 1}},
		{"disabled, and a role", func(f *ft.Fake) string {
			f.DisableAccessTokens(true)
			return f.IssueAccessToken(ft.UserAccess("a"), entity)
		}, admin, 401, calls{1, 0}, calls{1, 0}},
		{"another tenant's entity", func(f *ft.Fake) string {
			return f.IssueAccessToken(ft.TenantAccess("a"), ft.AccessToken{ID: "b", TenantID: "other", Roles: []string{"admin"}}, ft.Tenant(ft.DefaultTenant))
		}, admin, 200, calls{1, 0}, calls{1, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fake := ft.New(t)
			node := startNode(t, fake)
			token := c.prepare(fake)
			for i, want := range []calls{c.first, c.second} {
				got, err := node.guard(t, c.query, "X-Api-Key: "+token)
				if err != nil || got.status != c.status {
					t.Errorf("request %d: %d %s, want %d; %v", i+1, got.status, got.body, c.status, err)
				}
				if made := accessCalls(fake); made != want {
					t.Errorf("request %d: lookups %+v, want %+v", i+1, made, want)
				}
			}
			for _, r := range fake.Requests(ft.Any) {
				if r.Endpoint != ft.VendorAuthentication && r.Header.Get("X-Access-Token") == "" {
					t.Errorf("%s %s without a vendor token", r.Method, r.URI)
				}
			}
		})
	}
}

// TestNodeDies holds faults that end the process of a service with the SDK.
func TestNodeDies(t *testing.T) {
	t.Parallel()
	guarded := func(fake *ft.Fake, node *nodeSDK, token string) func(*testing.T) {
		return func(t *testing.T) {
			if got, err := node.guard(t, url.Values{"roles": {"admin"}}, "X-Api-Key: "+token); err == nil {
				t.Errorf("answered %d %s", got.status, got.body)
			}
		}
	}
	for name, do := range map[string]func(*testing.T, *ft.Fake, *nodeSDK){
		"the access token was deleted": func(t *testing.T, fake *ft.Fake, node *nodeSDK) {
			guarded(fake, node, fake.Token(ft.TenantAccess("gone")))(t)
		},
		"the lookup fails": func(t *testing.T, fake *ft.Fake, node *nodeSDK) {
			token := fake.IssueAccessToken(ft.TenantAccess("a"), ft.AccessToken{})
			fake.Fail(ft.TenantAccessToken, ft.Always, ft.Status(http.StatusInternalServerError))
			guarded(fake, node, token)(t)
		},
		"the lookup is cut": func(t *testing.T, fake *ft.Fake, node *nodeSDK) {
			token := fake.IssueAccessToken(ft.TenantAccess("a"), ft.AccessToken{})
			fake.Fail(ft.TenantAccessToken, ft.Always, ft.Cut())
			guarded(fake, node, token)(t)
		},
		"the vendor token is not refreshed": func(t *testing.T, fake *ft.Fake, node *nodeSDK) {
			fake.SetExpiresIn(1)
			node.call(t, "authenticator.init", struct{}{}, nil)
			fake.Fail(ft.VendorAuthentication, ft.Always, ft.Status(http.StatusInternalServerError))
		},
		"the offset of the snapshot is not answered": func(t *testing.T, fake *ft.Fake, node *nodeSDK) {
			node.call(t, "entitlements.init", map[string]any{"options": map[string]any{
				"refreshTimeoutMs": 50, "retry": map[string]any{"numberOfTries": 1, "secondsDelayRange": map[string]any{"min": 0, "max": 0}},
			}}, nil)
			node.call(t, "entitlements.ready", struct{}{}, nil)
			fake.Fail(ft.SnapshotOffset, ft.Always, ft.Status(http.StatusInternalServerError))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := ft.New(t)
			node := startNode(t, fake)
			do(t, fake, node)
			if code := node.exit(); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
		})
	}
}

// TestNodeKeys holds how the SDK comes by the key.
func TestNodeKeys(t *testing.T) {
	t.Parallel()
	t.Run("rotation", func(t *testing.T) {
		t.Parallel()
		fake := ft.New(t)
		node := startNode(t, fake)
		status := func(token string) int {
			got, err := node.guard(t, nil, "Authorization: Bearer "+token)
			if err != nil {
				t.Fatal(err)
			}
			return got.status
		}
		before := fake.Token(ft.User("ada"))
		statuses := []int{status(before)}
		fake.Rotate()
		statuses = append(statuses, status(fake.Token(ft.User("ada"))), status(fake.Token(ft.User("ada"))), status(before))
		if want := []int{200, 401, 401, 200}; !slices.Equal(statuses, want) {
			t.Errorf("statuses %v, want %v", statuses, want)
		}
		if fetched := fake.Calls(ft.Configurations); fetched != 1 {
			t.Errorf("the key was fetched %d times", fetched)
		}
	})
	t.Run("gateway down", func(t *testing.T) {
		t.Parallel()
		fake := ft.New(t)
		node := startNode(t, fake)
		fake.Stop()
		token := fake.Token(ft.User("ada"))
		if got, err := node.guard(t, nil, "Authorization: Bearer "+token); err != nil || got.status != 401 {
			t.Errorf("%d %s, %v", got.status, got.body, err)
		}
		fake.Restart()
		if got, err := node.guard(t, nil, "Authorization: Bearer "+token); err != nil || got.status != 200 {
			t.Errorf("after the restart: %d %s, %v", got.status, got.body, err)
		}
	})
	for name, fault := range map[string]ft.Fault{
		"status": ft.Status(http.StatusInternalServerError), "cut": ft.Cut(), "garbage": ft.Garbage(), "drop": ft.Drop(),
	} {
		t.Run("key is not answered: "+name, func(t *testing.T) {
			t.Parallel()
			fake := ft.New(t)
			node := startNode(t, fake)
			fake.Fail(ft.Configurations, 1, fault)
			token := fake.Token(ft.User("ada"))
			for i, want := range []int{401, 200} {
				if got, err := node.guard(t, nil, "Authorization: Bearer "+token); err != nil || got.status != want {
					t.Errorf("request %d: %d %s, want %d; %v", i+1, got.status, got.body, want, err)
				}
			}
		})
	}
	t.Run("50 at a time", func(t *testing.T) {
		t.Parallel()
		fake := ft.New(t)
		node := startNode(t, fake)
		release := fake.Hold(ft.VendorAuthentication)
		token := fake.Token(ft.User("ada"))
		statuses := make(chan int)
		for range 50 {
			go func() {
				got, err := node.guard(t, nil, "Authorization: Bearer "+token)
				if err != nil {
					t.Error(err)
				}
				statuses <- got.status
			}()
		}
		if err := fake.Await(t.Context(), ft.VendorAuthentication, 50); err != nil {
			t.Error(err)
		}
		release()
		for range 50 {
			if status := <-statuses; status != 200 {
				t.Errorf("status %d", status)
			}
		}
		if auths, keys := fake.Calls(ft.VendorAuthentication), fake.Calls(ft.Configurations); auths != 50 || keys != 50 {
			t.Errorf("%d authentications, %d fetches of the key", auths, keys)
		}
	})
}
