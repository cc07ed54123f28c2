package conformance_test

import (
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// caller is one request of a demand's table; who is set when it is admitted.
type caller struct {
	path   string
	status int
	who    string
	token  []authtest.TokenOption
}

// user is a caller of kind user, u1 by name.
func user(path string, status int, options ...authtest.TokenOption) caller {
	return caller{path, status, "user u1", append([]authtest.TokenOption{authtest.User("u1")}, options...)}
}

// other is a caller of another kind.
func other(path string, status int, who string, options ...authtest.TokenOption) caller {
	return caller{path, status, who, options}
}

// TestDemands asks every demand of the language of callers who meet it and of
// callers who do not.
func TestDemands(t *testing.T) {
	t.Parallel()
	issuer, clock := newIssuer(t)
	guard, err := auth.New(t.Context(), issuer.Trust(auth.Name("main")), auth.Clock(clock.Now), auth.Features(provider{}), auth.Checker(provider{}))
	if err != nil {
		t.Fatal(err)
	}
	stepUp := func(age time.Duration) authtest.TokenOption { return authtest.StepUp(clock.Now().Add(-age)) }
	roleOrPermission := func(d *auth.Decision) auth.Truth {
		v := d.Role("admin")
		if v != auth.True {
			v = auth.Or(v, auth.And(d.Permission("read"), d.Tenant("id")))
		}
		return v
	}
	notDown := func(d *auth.Decision) auth.Truth { return d.Feature("down").Not() }
	for name, c := range map[string]struct {
		demands []auth.Demands
		callers []caller
	}{
		"Authenticated": {nil, []caller{
			user("/x", 200), other("/x", 200, "service s1", authtest.Service("s1")), other("/x", 403, "", authtest.Vendor("v1")),
		}},
		"Roles": {[]auth.Demands{{Roles: []string{"admin", "site editor"}}}, []caller{
			user("/x", 200, authtest.Roles("other", "admin")), user("/x", 200, authtest.Roles("site editor")),
			user("/x", 403), user("/x", 403, authtest.Roles("Admin")), user("/x", 403, authtest.Roles("admi", "admin2", "site")),
			user("/x", 403, authtest.Permissions("admin"), authtest.Scopes("admin")), user("/x", 401, authtest.Claim("Roles", []string{"admin"})),
		}},
		"Permissions": {[]auth.Demands{{Permissions: []string{"uploadFile"}}}, []caller{
			user("/x", 200, authtest.Permissions("uploadFile")), user("/x", 403), user("/x", 403, authtest.Roles("uploadFile")),
			user("/x", 403, authtest.Permissions("upload*", "*", "")),
		}},
		"Scopes": {[]auth.Demands{{Scopes: []string{"files:read"}}}, []caller{
			user("/x", 200, authtest.Scopes("a", "files:read")), user("/x", 200, authtest.Claim("scp", []string{"files:read"})),
			user("/x", 403), user("/x", 403, authtest.Scopes("files:rea", "files")),
		}},
		"Kinds": {[]auth.Demands{{Kinds: auth.KindUser | auth.KindPAT}}, []caller{
			user("/x", 200), other("/x", 200, "pat p1", authtest.PAT("p1")), other("/x", 403, "", authtest.UserAPI("a1")),
			other("/x", 403, "", authtest.TenantAPI("a1")), other("/x", 403, "", authtest.UserAccess("a1")), other("/x", 403, "", authtest.TenantAccess("a1")),
			other("/x", 403, "", authtest.Service("s1")), other("/x", 403, "", authtest.Vendor("v1")), user("/x", 403, authtest.Claim("type", "unheard")),
		}},
		"Vendor":      {[]auth.Demands{{Kinds: auth.KindVendor}}, []caller{other("/x", 200, "vendor v1", authtest.Vendor("v1")), user("/x", 403)}},
		"VendorAmong": {[]auth.Demands{{Kinds: auth.KindVendor | auth.KindUser}}, []caller{other("/x", 200, "vendor v1", authtest.Vendor("v1")), user("/x", 200)}},
		"Issuer":      {[]auth.Demands{{Issuers: []string{"main"}}}, []caller{user("/x", 200)}},
		"OtherIssuer": {[]auth.Demands{{Issuers: []string{"partner"}}}, []caller{user("/x", 403)}},
		"Features":    {[]auth.Demands{{Features: []string{"sso"}}}, []caller{user("/x", 200)}},
		"NoFeature":   {[]auth.Demands{{Features: []string{"audit-log"}}}, []caller{user("/x", 403)}},
		"OneFeature":  {[]auth.Demands{{Features: []string{"down", "sso"}}}, []caller{user("/x", 200)}},
		"FeatureDown": {[]auth.Demands{{Features: []string{"down"}}}, []caller{user("/x", 503)}},
		"Panics":      {[]auth.Demands{{Features: []string{"broken"}}}, []caller{user("/x", 503)}},
		"NotUnknown":  {[]auth.Demands{{Policy: notDown}}, []caller{user("/x", 503)}},
		"Tenant": {[]auth.Demands{{Tenant: "id"}}, []caller{
			user("/t1", 200, authtest.Tenant("t1")), user("/t2", 403, authtest.Tenant("t1")), user("/T1", 403, authtest.Tenant("t1")), user("/t1", 403),
		}},
		"AdminElsewhere": {[]auth.Demands{{Tenant: "id"}, {Roles: []string{"admin"}}}, []caller{
			user("/t1", 200, authtest.Tenant("t1"), authtest.Tenants("t1", "t2"), authtest.Roles("admin")),
			user("/t2", 403, authtest.Tenant("t1"), authtest.Tenants("t1", "t2"), authtest.Roles("admin")),
			user("/t2", 403, authtest.Tenant("t2"), authtest.Tenants("t1", "t2")),
			user("/t1", 403, authtest.Tenants("t1"), authtest.Roles("admin")),
		}},
		"TenantNotInPath": {[]auth.Demands{{Tenant: "tenantID"}}, []caller{user("/t1", 403, authtest.Tenant("t1")), user("/t1", 403, authtest.Tenant(""))}},
		"Owner": {[]auth.Demands{{Owner: "id"}}, []caller{
			user("/u1", 200), user("/u2", 403), user("/U1", 403), other("/u1", 403, "", authtest.Service("u1")), other("/u1", 403, "", authtest.PAT("u1")),
			other("/u1", 200, "pat p1", authtest.PAT("p1"), authtest.OwnedBy("u1")),
		}},
		"StepUp": {[]auth.Demands{{StepUp: auth.StepUp{Required: true}}}, []caller{
			user("/x", 200, stepUp(100*time.Hour)), user("/x", 401), user("/x", 401, authtest.AuthTime(clock.Now())),
			other("/x", 403, "", authtest.Service("s1"), stepUp(0)),
		}},
		"StepUpWithin": {[]auth.Demands{{StepUp: auth.StepUp{Required: true, MaxAge: 10 * time.Minute}}}, []caller{
			user("/x", 200, stepUp(10*time.Minute)), user("/x", 401, stepUp(10*time.Minute+time.Second)), user("/x", 401, stepUp(0), authtest.Claim("auth_time", nil)),
		}},
		"StepUpDoesNotHelp": {[]auth.Demands{{StepUp: auth.StepUp{Required: true}, Roles: []string{"admin"}}}, []caller{user("/x", 403)}},
		"NoActor":           {[]auth.Demands{{NoActor: true}}, []caller{user("/x", 200), user("/x", 403, authtest.Actor("support"))}},
		"Check": {[]auth.Demands{{Checks: []auth.ResourceCheck{{Type: "project", ID: "{id}", Permission: "update"}}}}, []caller{
			user("/of-u1", 200), user("/of-u2", 403), user("/down", 503), user("/broken", 503),
		}},
		"CheckOfPart": {[]auth.Demands{{Checks: []auth.ResourceCheck{{Type: "project", ID: "of-{id}", Permission: "update"}}}}, []caller{
			user("/u1", 200), user("/u2", 403),
		}},
		"OneCheck": {[]auth.Demands{{Checks: []auth.ResourceCheck{
			{Type: "project", ID: "of-{id}", Permission: "update"}, {Type: "project", ID: "{id}", Permission: "update"},
		}}}, []caller{
			user("/u1", 200), user("/of-u1", 200), user("/u2", 403), user("/of-u2", 403), user("/down", 503), user("/broken", 503),
		}},
		"TwoChecks": {[]auth.Demands{
			{Checks: []auth.ResourceCheck{{Type: "project", ID: "{id}", Permission: "update"}}},
			{Checks: []auth.ResourceCheck{{Type: "project", ID: "of-u1", Permission: "update"}}},
		}, []caller{user("/of-u1", 200), user("/u1", 403), other("/of-u1", 403, "", authtest.User("u2"))}},
		"CheckNotInPath": {[]auth.Demands{{Checks: []auth.ResourceCheck{{Type: "project", ID: "{project}", Permission: "update"}}}}, []caller{user("/of-u1", 403)}},
		"Policy": {[]auth.Demands{{Policy: roleOrPermission}}, []caller{
			user("/t1", 200, authtest.Roles("admin")), user("/t1", 200, authtest.Permissions("read"), authtest.Tenant("t1")),
			user("/t1", 403, authtest.Permissions("read"), authtest.Tenant("t2")), user("/t1", 403, authtest.Tenant("t1")),
		}},
		"AllMustHold": {[]auth.Demands{{Roles: []string{"a"}, Scopes: []string{"s"}}, {Roles: []string{"b"}}}, []caller{
			user("/x", 200, authtest.Roles("a", "b"), authtest.Scopes("s")), user("/x", 403, authtest.Roles("a"), authtest.Scopes("s")),
			user("/x", 403, authtest.Roles("b"), authtest.Scopes("s")), user("/x", 403, authtest.Roles("a", "b")),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule := protected(c.demands...)
			targets := serve(t, app{guard: guard, routes: []route{{"GET", "/{id}", rule, formContext}, {"GET", "/typed/{id}", rule, formIdentity}}})
			for _, who := range c.callers {
				token := issuer.Token(who.token...)
				expect(t, targets, get(who.path).bearer(token), who.status, who.who)
				// An *auth.Identity is never a vendor's, whatever the rule names.
				if strings.HasPrefix(who.who, "vendor ") {
					who.status = 403
				}
				expect(t, targets, get("/typed"+who.path).bearer(token), who.status, who.who)
			}
			expect(t, targets, get("/x"), 401, "")
		})
	}
}

// TestChallenges compares the header that says what would help.
func TestChallenges(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	rules := map[string]*auth.Rule{
		"/role":   protected(auth.Demands{Roles: []string{"secret-role"}}),
		"/scope":  protected(auth.Demands{Scopes: []string{"files:read"}}),
		"/stepup": protected(auth.Demands{StepUp: auth.StepUp{Required: true, MaxAge: 10 * time.Minute}}),
	}
	var routes []route
	for path, rule := range rules {
		routes = append(routes, route{"GET", path, rule, formUser})
	}
	targets := serve(t, app{guard: issuer.Guard(auth.Realm("files"), auth.ResourceMetadata("https://files.example.com/.well-known/x")), routes: routes})
	token := issuer.Token(authtest.User("u1"))
	const (
		realm    = `Bearer realm="files"`
		metadata = `, resource_metadata="https://files.example.com/.well-known/x"`
		higher   = `, error="insufficient_scope", error_description="The request requires higher privileges"`
	)
	for _, c := range []struct {
		r      request
		status int
		want   string
	}{
		{get("/role"), 401, realm + metadata},
		{get("/role").bearer("x"), 401, realm + `, error="invalid_token", error_description="The access token is not valid"` + metadata},
		{get("/role").bearer(token), 403, realm + higher + metadata},
		{get("/role").with("Authorization", "Bearer"), 400, realm + `, error="invalid_request", error_description="The credentials of the request are malformed"` + metadata},
		{get("/scope").bearer(token), 403, realm + higher + `, scope="files:read"` + metadata},
		{get("/stepup").bearer(token), 401, realm + `, error="insufficient_user_authentication"` +
			`, error_description="A stronger or more recent authentication is required"` +
			`, acr_values="http://schemas.openid.net/pape/policies/2007/06/multi-factor", max_age="600"` + metadata},
	} {
		got := expect(t, targets, c.r, c.status, "")
		if header := got.header["Www-Authenticate"]; len(header) != 1 || header[0] != c.want {
			t.Errorf("%s: challenge\n%s\nwant\n%s", c.r.path, header, c.want)
		}
	}
}
