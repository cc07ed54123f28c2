package fronteggtest_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// TestNodeGuard holds what withAuthentication answers, request by request.
func TestNodeGuard(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	node := startNode(t, fake)
	const (
		none   = "Unauthenticated"
		failed = "Failed to verify authentication"
	)
	user := fake.Token(ft.User("ada"), ft.Roles("admin", "editor"), ft.Permissions("fe.read", "docs.*"))
	tenantAccess := fake.IssueAccessToken(ft.TenantAccess("t-a"), ft.AccessToken{Roles: []string{"admin"}, Permissions: []string{"fe.read"}})
	userAccess := fake.IssueAccessToken(ft.UserAccess("u-a"), ft.AccessToken{Roles: []string{"admin"}})
	roles := func(keys string) url.Values { return url.Values{"roles": {keys}} }
	permissions := func(keys string) url.Values { return url.Values{"permissions": {keys}} }
	both := func(r, p string) url.Values { return url.Values{"roles": {r}, "permissions": {p}} }
	bearer := func(token string) []string { return []string{"Authorization: Bearer " + token} }
	key := func(token string) []string { return []string{"X-Api-Key: " + token} }
	token := func(opts ...ft.TokenOption) []string { return bearer(fake.Token(ft.User("ada"), opts...)) }

	cases := []struct {
		name   string
		query  url.Values
		header []string
		status int
		body   string // of a refusal
		id     string // of the user, when admitted
	}{
		{"no header", nil, nil, 401, none, ""},
		{"user", nil, bearer(user), 200, "", "ada"},
		{"bare token", nil, []string{"Authorization: " + user}, 200, "", "ada"},
		{"bearer in small letters", nil, []string{"Authorization: bearer " + user}, 401, failed, ""},
		{"two spaces", nil, []string{"Authorization: Bearer  " + user}, 401, failed, ""},
		{"basic", nil, []string{"Authorization: Basic YTpi"}, 401, failed, ""},
		{"basic hides a key", nil, []string{"Authorization: Basic YTpi", "X-Api-Key: " + tenantAccess}, 401, failed, ""},
		{"cookie is not read", nil, []string{"Cookie: fe_token=" + user}, 401, none, ""},
		{"user's API token", nil, bearer(fake.Token(ft.UserAPI("x"), ft.CreatedBy("bob"))), 200, "", "bob"},
		{"tenant's API token", nil, bearer(fake.Token(ft.TenantAPI("x"))), 200, "", ""},
		{"user's access token", nil, key(userAccess), 200, "", ft.DefaultUser},
		{"tenant's access token", nil, key(tenantAccess), 200, "", ""},
		{"key with Bearer", nil, key("Bearer " + tenantAccess), 401, failed, ""},
		{"access token as authorization", nil, bearer(tenantAccess), 400, failed, ""},
		{"user token as key", nil, key(user), 400, failed, ""},
		{"vendor token", nil, bearer(fake.Token(ft.Vendor(fake.ClientID()))), 400, failed, ""},
		{"no type", nil, token(ft.Without("type")), 400, failed, ""},
		{"unknown type", nil, bearer(fake.Token(ft.OfType("serviceToken", "x"))), 400, failed, ""},
		{"garbage", nil, bearer("garbage"), 401, failed, ""},
		{"expired", nil, token(ft.Expired()), 401, failed, ""},
		{"not yet valid", nil, token(ft.NotYetValid()), 401, failed, ""},
		{"issued in the future", nil, token(ft.IssuedInFuture()), 200, "", "ada"},
		{"no expiry", nil, token(ft.NoExpiry()), 200, "", "ada"},
		{"no tenant", nil, token(ft.Without("tenantId")), 200, "", "ada"},
		{"no roles", nil, token(ft.Without("roles", "permissions")), 200, "", "ada"},
		{"no subject", nil, token(ft.Without("sub")), 200, "", ""},
		{"another issuer", nil, token(ft.WrongIssuer()), 200, "", "ada"},
		{"another audience", nil, token(ft.WrongAudience()), 200, "", "ada"},
		{"RS512", nil, token(ft.Algorithm("RS512")), 401, failed, ""},
		{"PS256", nil, token(ft.Algorithm("PS256")), 401, failed, ""},
		{"HS256 of the public key", nil, token(ft.Confused()), 401, failed, ""},
		{"alg none", nil, token(ft.Unsigned()), 401, failed, ""},
		{"forged", nil, token(ft.Forged()), 401, failed, ""},
		{"retired key", nil, token(ft.RetiredKey()), 401, failed, ""},
		{"broken signature", nil, token(ft.BrokenSignature()), 401, failed, ""},
		{"no kid", nil, token(ft.HeaderField("kid", nil)), 200, "", "ada"},

		{"role", roles("admin"), bearer(user), 200, "", "ada"},
		{"one of the roles", roles("owner,editor"), bearer(user), 200, "", "ada"},
		{"other role", roles("owner"), bearer(user), 403, failed, ""},
		{"other case", roles("Admin"), bearer(user), 403, failed, ""},
		{"missing claim of roles", roles("admin"), token(ft.Without("roles")), 403, failed, ""},
		{"roles as a string", roles("admin"), token(ft.StringRoles("superadmin")), 200, "", "ada"},
		{"permission", permissions("fe.read"), bearer(user), 200, "", "ada"},
		{"one of the permissions", permissions("x,fe.read"), bearer(user), 200, "", "ada"},
		{"other permission", permissions("fe.write"), bearer(user), 403, failed, ""},
		{"held wildcard", permissions("docs.read"), bearer(user), 403, failed, ""},
		{"missing claim of permissions", permissions("fe.read"), token(ft.Without("permissions")), 403, failed, ""},
		{"both", both("admin", "fe.read"), bearer(user), 200, "", "ada"},
		{"role without permission", both("admin", "fe.write"), bearer(user), 403, failed, ""},
		{"permission without role", both("owner", "fe.read"), bearer(user), 403, failed, ""},
		{"role that is looked up", roles("admin"), key(tenantAccess), 200, "", ""},
		{"other role that is looked up", roles("owner"), key(tenantAccess), 403, failed, ""},
		{"permission that is looked up", permissions("fe.read"), key(tenantAccess), 200, "", ""},
		{"other permission that is looked up", permissions("fe.read"), key(userAccess), 403, failed, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := node.guard(t, c.query, c.header...)
			if err != nil {
				t.Fatal(err)
			}
			var nexts []struct {
				Message  string
				Answered bool
			}
			node.call(t, "nexts", nil, &nexts)
			if got.status != c.status {
				t.Fatalf("%d %s, want %d", got.status, got.body, c.status)
			}
			if c.status == 200 {
				var admitted struct{ User struct{ ID string } }
				if err := json.Unmarshal([]byte(got.body), &admitted); err != nil || admitted.User.ID != c.id {
					t.Errorf("id %q of %s, want %q", admitted.User.ID, got.body, c.id)
				}
				return
			}
			if got.body != c.body || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || got.header.Get("WWW-Authenticate") != "" {
				t.Errorf("%q of type %q, want %q", got.body, got.header.Get("Content-Type"), c.body)
			}
			// It answers, and calls next with the error too.
			if wantNext := c.body == failed; len(nexts) == 1 != wantNext || wantNext && !nexts[0].Answered {
				t.Errorf("next was called with %v", nexts)
			}
		})
	}
}

// TestNodeIdentity holds what IdentityClient throws.
func TestNodeIdentity(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	node := startNode(t, fake)
	now := time.Now()
	user := func(opts ...ft.TokenOption) string { return fake.Token(ft.User("ada"), opts...) }
	type m = map[string]any
	stepUp := m{"stepUp": true}
	within := func(seconds int) m { return m{"stepUp": m{"maxAge": seconds}} }
	amr := func(values any) ft.TokenOption { return ft.Claim("amr", values) }
	access := fake.IssueAccessToken(ft.UserAccess("a"), ft.AccessToken{Roles: []string{"looked-up"}})
	const (
		failed  = "Failed to verify authentication"
		noACR   = "Missing ACR: " + ft.StepUpACR
		noAMR   = "AMR is missing"
		tooOld  = "Max age exceeded"
		badType = "Invalid token type"
	)
	cases := []struct {
		name    string
		token   string
		options m
		kind    string
		status  int // 0 when it is accepted
		message string
	}{
		{"user", user(), nil, "JWT", 0, ""},
		{"Bearer", "Bearer " + user(), nil, "JWT", 0, ""},
		{"expired", user(ft.Expired()), nil, "JWT", 401, failed},
		{"role", user(), m{"roles": []string{"admin"}}, "JWT", 403, "Insufficient role"},
		{"permission", user(), m{"permissions": []string{"p"}}, "JWT", 403, failed},
		{"roles before permissions", user(), m{"roles": []string{"admin"}, "permissions": []string{"p"}}, "JWT", 403, "Insufficient role"},
		{"type", fake.Token(ft.Vendor("v")), nil, "JWT", 400, badType},
		{"type of the other header", user(), nil, "AccessToken", 400, badType},
		{"type before roles", fake.Token(ft.Vendor("v")), m{"roles": []string{"admin"}}, "JWT", 400, badType},
		{"signature before type", fake.Token(ft.Vendor("v"), ft.Forged()), nil, "JWT", 401, failed},

		{"stepped up", user(ft.StepUp(now)), stepUp, "JWT", 0, ""},
		{"not stepped up", user(), stepUp, "JWT", 401, noACR},
		{"other acr", user(ft.StepUp(now), ft.Claim("acr", "x")), stepUp, "JWT", 401, noACR},
		{"no amr", user(ft.StepUp(now), amr(nil)), stepUp, "JWT", 401, noAMR},
		{"amr without mfa", user(ft.StepUp(now), amr([]string{"otp"})), stepUp, "JWT", 401, noAMR},
		{"amr of mfa alone", user(ft.StepUp(now), amr([]string{"mfa"})), stepUp, "JWT", 401, noAMR},
		{"amr with sms", user(ft.StepUp(now), amr([]string{"mfa", "sms"})), stepUp, "JWT", 0, ""},
		{"amr with hwk", user(ft.StepUp(now), amr([]string{"mfa", "hwk"})), stepUp, "JWT", 0, ""},
		{"amr with sso", user(ft.StepUp(now), amr([]string{"mfa", "sso"})), stepUp, "JWT", 0, ""},
		{"amr with pwd", user(ft.StepUp(now), amr([]string{"mfa", "pwd"})), stepUp, "JWT", 401, noAMR},
		{"amr as a string", user(ft.StepUp(now), amr("mfa otp")), stepUp, "JWT", 0, ""},
		{"within the age", user(ft.StepUp(now.Add(-time.Minute))), within(3600), "JWT", 0, ""},
		{"beyond the age", user(ft.StepUp(now.Add(-time.Hour))), within(60), "JWT", 401, tooOld},
		{"age 0", user(ft.StepUp(now.Add(-time.Hour))), within(0), "JWT", 0, ""},
		{"negative age", user(ft.StepUp(now)), within(-1), "JWT", 401, tooOld},
		{"no auth_time", user(ft.StepUp(now), ft.Without("auth_time")), within(60), "JWT", 401, tooOld},
		{"future auth_time", user(ft.StepUp(now.Add(time.Hour))), within(60), "JWT", 0, ""},
		{"auth_time in milliseconds", user(ft.StepUp(now), ft.Claim("auth_time", now.UnixMilli())), within(60), "JWT", 0, ""},
		{"acr before age", user(ft.AuthTime(now.Add(-time.Hour))), within(60), "JWT", 401, noACR},
		{"roles before step-up", user(), m{"roles": []string{"admin"}, "stepUp": true}, "JWT", 403, "Insufficient role"},
		{"step-up of an access token", access, stepUp, "AccessToken", 0, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, thrown := node.try(t, "identity.validateToken", m{"token": c.token, "options": c.options, "type": c.kind})
			check(t, thrown, c.status, c.message)
		})
	}

	either := []struct {
		name    string
		token   string
		options m
		status  int
		message string
	}{
		{"user", user(), nil, 0, ""},
		{"access token", access, nil, 0, ""},
		{"the last error stands for a role", user(), m{"roles": []string{"admin"}}, 400, badType},
		{"the last error stands for step-up", user(), stepUp, 400, badType},
		{"garbage", "garbage", nil, 401, failed},
	}
	for _, c := range either {
		t.Run("either kind: "+c.name, func(t *testing.T) {
			_, thrown := node.try(t, "identity.validateIdentityOnToken", m{"token": c.token, "options": c.options})
			check(t, thrown, c.status, c.message)
		})
	}

	t.Run("withRolesAndPermissions looks up access tokens", func(t *testing.T) {
		var entity struct {
			Roles []string
			Type  string
		}
		node.call(t, "identity.validateToken", m{"token": access, "type": "AccessToken", "options": m{"withRolesAndPermissions": true}}, &entity)
		if len(entity.Roles) != 1 || entity.Roles[0] != "looked-up" || entity.Type != "userAccessToken" {
			t.Errorf("%+v", entity)
		}
	})
	t.Run("withRolesAndPermissions changes nothing for users", func(t *testing.T) {
		before := fake.Calls(ft.Any)
		node.call(t, "identity.validateToken", m{"token": user(), "options": m{"withRolesAndPermissions": true}}, nil)
		if after := fake.Calls(ft.Any); after != before {
			t.Errorf("%d requests", after-before)
		}
	})
	t.Run("key", func(t *testing.T) {
		var key string
		node.call(t, "identity.publicKey", nil, &key)
		if key != fake.PublicKey() {
			t.Errorf("%q", key)
		}
		for _, r := range fake.Requests(ft.Configurations) {
			if r.Header.Get("X-Access-Token") == "" || r.Status != 200 {
				t.Errorf("%+v", r)
			}
		}
	})
}

// check compares what the SDK threw. Its own errors are no instances of Error.
func check(t *testing.T, thrown *nodeError, status int, message string) {
	t.Helper()
	switch {
	case status == 0 && thrown != nil:
		t.Errorf("refused: %v", thrown)
	case status == 0:
	case thrown == nil:
		t.Errorf("accepted, want %d %s", status, message)
	case thrown.StatusCode != status || thrown.Message != message || thrown.IsError:
		t.Errorf("%v, want %d %s", thrown, status, message)
	}
}
