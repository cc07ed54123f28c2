package auth_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// oracle answers by the permission: "yes" and "no", and by failing "error" and
// "panic". It keeps the questions.
type oracle struct{ asked []string }

func (o *oracle) Check(_ context.Context, _ *auth.Identity, typ, object, permission string) (bool, error) {
	o.asked = append(o.asked, typ+":"+object+"#"+permission)
	switch permission {
	case "error":
		return false, errors.New("unreachable")
	case "panic":
		panic("broken")
	}
	return permission == "yes", nil
}

// checks makes one list of these permissions.
func checks(permissions ...string) auth.Demands {
	var q auth.Demands
	for _, p := range permissions {
		q.Checks = append(q.Checks, auth.ResourceCheck{Type: "project", ID: "{id}", Permission: p})
	}
	return q
}

// TestChecksAreAlternatives holds that the values of one list are any-of, that
// no answer is not a denial, and that nobody is asked in vain.
func TestChecksAreAlternatives(t *testing.T) {
	t.Parallel()
	literal := checks("yes")
	literal.Checks[0].ID = "main"
	roleAnd := checks("no", "yes")
	roleAnd.Roles = []string{"admin"}
	const no, down = `is not allowed by the resource checker "project#no"`, "the resource checker did not answer: unreachable"
	for name, c := range map[string]struct {
		demands []auth.Demands
		id      string
		status  int
		asked   int
		reason  string
	}{
		"one":                     {[]auth.Demands{checks("yes")}, "p1", 200, 1, ""},
		"one no":                  {[]auth.Demands{checks("no")}, "p1", 403, 1, no},
		"the first":               {[]auth.Demands{checks("yes", "no")}, "p1", 200, 1, ""},
		"the first, then none":    {[]auth.Demands{checks("yes", "error", "panic")}, "p1", 200, 1, ""},
		"the last":                {[]auth.Demands{checks("no", "no", "yes")}, "p1", 200, 3, ""},
		"none":                    {[]auth.Demands{checks("no", "other")}, "p1", 403, 2, no + `; is not allowed by the resource checker "project#other"`},
		"unknown, then yes":       {[]auth.Demands{checks("error", "panic", "yes")}, "p1", 200, 3, ""},
		"unknown, then no":        {[]auth.Demands{checks("error", "no")}, "p1", 503, 2, down + "; " + no},
		"no, then unknown":        {[]auth.Demands{checks("no", "error")}, "p1", 503, 2, no + "; " + down},
		"panic, then no":          {[]auth.Demands{checks("panic", "no")}, "p1", 503, 2, "the resource checker panicked: string; " + no},
		"no object":               {[]auth.Demands{checks("yes", "yes")}, "../p1", 403, 0, "the object's id of the request is absent or unfit; the object's id of the request is absent or unfit"},
		"an object of two":        {[]auth.Demands{{Checks: append(checks("yes").Checks, literal.Checks...)}}, "a/b", 200, 1, ""},
		"two lists":               {[]auth.Demands{checks("no", "yes"), checks("yes", "no")}, "p1", 200, 3, ""},
		"two lists, one holds":    {[]auth.Demands{checks("yes"), checks("no")}, "p1", 403, 2, no},
		"two lists, one unknown":  {[]auth.Demands{checks("error", "no"), checks("yes")}, "p1", 503, 3, down + "; " + no},
		"two lists, unknown, no":  {[]auth.Demands{checks("error"), checks("no")}, "p1", 403, 2, down + "; " + no},
		"what else is lacking":    {[]auth.Demands{roleAnd}, "p1", 403, 0, `lacks role "admin"`},
		"forgotten, then lacking": {[]auth.Demands{checks("no", "error", "yes"), {Roles: []string{"admin"}}}, "p1", 403, 3, `lacks role "admin"`},
		"of a policy": {[]auth.Demands{{Policy: func(d *auth.Decision) auth.Truth {
			q := checks("no", "error", "yes")
			return d.All(&q)
		}}}, "p1", 200, 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := new(oracle)
			g := guardWith(t, auth.Checker(o))
			_, challenge := g.Admit(bearer(edSigner().token(nil)), path{"id": c.id}, protected(c.demands...))
			status, reason := 200, ""
			if challenge != nil {
				status, reason = challenge.Status(), challenge.Reason()
			}
			if status != c.status || reason != c.reason {
				t.Errorf("%d %q, want %d %q", status, reason, c.status, c.reason)
			}
			if len(o.asked) != c.asked {
				t.Errorf("asked %q, want %d questions", o.asked, c.asked)
			}
			if slices.ContainsFunc(o.asked, func(q string) bool { return strings.Contains(q, "..") || strings.Contains(q, "/") }) {
				t.Errorf("asked %q", o.asked)
			}
		})
	}
}

// TestObjectsApart holds that no two objects of requests have one id.
func TestObjectsApart(t *testing.T) {
	t.Parallel()
	params := path{"a": "x-y", "b": "z"}
	for id, want := range map[string]string{
		"{a}": "x-y", "main": "main", "p-{a}.1": "p-x-y.1", "{a}/{b}": "x-y/z", "of/{a}-/-{b}/": "of/x-y-/-z/",
		"{a}-{b}": "", "{a}{b}": "", "p/{a}-{b}": "", "{a}/{b}{a}": "", "{a}/{c}": "", "{a": "", "a}": "", "{}": "", "": "",
	} {
		o, status := new(oracle), 403
		if want != "" {
			status = 200
		}
		rule := protected(auth.Demands{Checks: []auth.ResourceCheck{{Type: "file", ID: id, Permission: "yes"}}})
		if got := answer(guardWith(t, auth.Checker(o)), bearer(edSigner().token(nil)), params, rule); got != status {
			t.Errorf("%s: %d", id, got)
		}
		if asked := strings.Join(o.asked, " "); want == "" && asked != "" || want != "" && asked != "file:"+want+"#yes" {
			t.Errorf("%s: asked %q", id, asked)
		}
	}
}

// TestStepUpAfterAlternatives holds that a check which did not hold, and did not
// matter, keeps nobody from being sent to step up.
func TestStepUpAfterAlternatives(t *testing.T) {
	t.Parallel()
	g := guardWith(t, auth.Checker(new(oracle)))
	q := checks("no", "error", "yes")
	q.StepUp.Required = true
	_, c := g.Admit(bearer(edSigner().token(nil)), path{"id": "p1"}, protected(q))
	if c == nil || !errors.Is(c, auth.ErrStepUpRequired) || c.Reason() != "acr shows no step-up" {
		t.Errorf("%v", c)
	}
}

// TestTruth holds the tables of three-valued logic, and that a value which is
// no outcome counts as unknown.
func TestTruth(t *testing.T) {
	t.Parallel()
	const F, U, T = auth.False, auth.Unknown, auth.True
	values := []auth.Truth{F, U, T}
	and := [3][3]auth.Truth{{F, F, F}, {F, U, U}, {F, U, T}}
	or := [3][3]auth.Truth{{F, U, T}, {U, U, T}, {T, T, T}}
	for i, a := range values {
		if got := a.Not(); got != values[2-i] {
			t.Errorf("not %v is %v", a, got)
		}
		for j, b := range values {
			if got := auth.And(a, b); got != and[i][j] {
				t.Errorf("%v and %v is %v", a, b, got)
			}
			if got := auth.Or(a, b); got != or[i][j] {
				t.Errorf("%v or %v is %v", a, b, got)
			}
		}
	}
	for _, odd := range []auth.Truth{-128, -2, 3, 127} {
		if auth.And(odd, T) != U || auth.And(odd, F) != F || auth.Or(odd, F) != U || auth.Or(odd, T) != T || odd.Not() != U || odd.String() != "unknown" {
			t.Errorf("%d is not unknown", odd)
		}
	}
	// Whatever a value is, no operation makes more of it than it is now.
	for i := range 256 {
		v := auth.Truth(i)
		if got := v.Not().Not(); got != v && got != U {
			t.Errorf("not not %d is %d", v, got)
		}
		if auth.And(v, F) != F || auth.Or(v, T) != T || auth.And(v, T).String() != v.String() || auth.Or(v, F).String() != v.String() {
			t.Errorf("%d is lost", v)
		}
		if auth.And(v, U).String() == "true" || auth.Or(v, U).String() == "false" || auth.And(v, v.Not()).String() == "true" {
			t.Errorf("%d outweighs unknown", v)
		}
	}
}

// TestR10IssuersApart holds what keeps one of several issuers from speaking for
// another's users.
func TestR10IssuersApart(t *testing.T) {
	t.Parallel()
	const partnerURL = "https://partner.example"
	ours, partner := edSigner(), signer{"ES256", "k1", p256Private()}
	issuer := func(url, name string, s signer, a auth.Assertion) auth.Option {
		return auth.Issuer(url, auth.Name(name), auth.Audience(testAudience), auth.PublicJWKS(jwks(s.jwk())), auth.Mapping(auth.MappingAuthgen), auth.Asserts(a))
	}
	seen, audits := new(recorder), new(events)
	g := newGuard(t, auth.Clock(fixedClock), quiet(), auth.Observe(seen), auth.Auditor(audits),
		issuer(testIssuer, "ours", ours, auth.Assertion{Kinds: auth.KindUser, Roles: []string{auth.Any}, Tenants: []string{auth.Any}, OwnsUserIDs: true}),
		issuer(partnerURL, "partner", partner, auth.Assertion{Kinds: auth.KindUser, Roles: []string{"guest"}, Tenants: []string{"p1"}}))
	of := func(s signer, url string, claims map[string]any) string {
		all := map[string]any{"iss": url}
		maps.Copy(all, claims)
		return s.token(all)
	}
	// The keys of one issuer verify none of the other's tokens.
	accepts(t, g, of(ours, testIssuer, nil))
	accepts(t, g, of(partner, partnerURL, nil))
	refuses(t, g, of(partner, testIssuer, nil), "iss is missing or that of another issuer")
	refuses(t, g, of(ours, partnerURL, nil), "iss is missing or that of another issuer")

	refuses(t, g, of(partner, partnerURL, map[string]any{"type": "service"}), "may not assert tokens of kind service")
	refuses(t, g, of(partner, partnerURL, map[string]any{"tenantId": "t1"}), "may not assert the token's tenant")
	refuses(t, g, of(ours, testIssuer, map[string]any{"tenantId": "p1"}), "may not assert the token's tenant")
	rights := map[string]any{"roles": []string{"admin", "guest"}, "permissions": []string{"write"}, "scope": "write", "tenantId": "p1", "tenantIds": []string{"t1"}}
	notAdmin := func(d *auth.Decision) auth.Truth { return d.Role("admin").Not() }
	for name, c := range map[string]struct {
		token  string
		demand auth.Demands
		id     string
		want   int
	}{
		"our role":                     {of(ours, testIssuer, map[string]any{"roles": []string{"admin"}}), auth.Demands{Roles: []string{"admin"}}, "", 200},
		"their role":                   {of(partner, partnerURL, rights), auth.Demands{Roles: []string{"guest"}}, "", 200},
		"a role that is not theirs":    {of(partner, partnerURL, rights), auth.Demands{Roles: []string{"admin"}}, "", 403},
		"not a role they cannot grant": {of(partner, partnerURL, rights), auth.Demands{Policy: notAdmin}, "", 403},
		"not a role nobody named":      {of(partner, partnerURL, nil), auth.Demands{Policy: notAdmin}, "", 200},
		"a permission of theirs":       {of(partner, partnerURL, rights), auth.Demands{Permissions: []string{"write"}}, "", 403},
		"a scope of theirs":            {of(partner, partnerURL, rights), auth.Demands{Scopes: []string{"write"}}, "", 403},
		"our tenant":                   {of(ours, testIssuer, map[string]any{"tenantId": "t1"}), auth.Demands{Tenant: "id"}, "t1", 200},
		"their tenant":                 {of(partner, partnerURL, rights), auth.Demands{Tenant: "id"}, "p1", 200},
		"their tenant at ours":         {of(partner, partnerURL, rights), auth.Demands{Tenant: "id"}, "t1", 403},
		"our user":                     {of(ours, testIssuer, nil), auth.Demands{Owner: "id"}, "u1", 200},
		"their user of the same id":    {of(partner, partnerURL, nil), auth.Demands{Owner: "id"}, "u1", 403},
		"from ours":                    {of(partner, partnerURL, nil), auth.Demands{Issuers: []string{"ours"}}, "", 403},
		"from theirs":                  {of(partner, partnerURL, nil), auth.Demands{Issuers: []string{"ours", "partner"}}, "", 200},
	} {
		if got := answer(g, bearer(c.token), path{"id": c.id}, protected(c.demand)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	// Nor do accessors give handlers what the issuer may not say.
	theirs := accepts(t, g, of(partner, partnerURL, map[string]any{
		"type": "userToken", "tenantId": "p1", "tenantIds": []string{"p1", "t1"}, "createdByUserId": "u1",
	}))
	if theirs.UserID() != "" || theirs.CreatedByUserID() != "" || !slices.Equal(theirs.Tenants(), []string{"p1"}) || theirs.Subject() != "u1" {
		t.Errorf("their user is %q, made by %q, of %q", theirs.UserID(), theirs.CreatedByUserID(), theirs.Tenants())
	}
	our := accepts(t, g, of(ours, testIssuer, map[string]any{"tenantIds": []string{"t1", "p1", "t2"}, "createdByUserId": "u2"}))
	if our.UserID() != "u1" || our.CreatedByUserID() != "u2" || !slices.Equal(our.Tenants(), []string{"t1", "t2"}) {
		t.Errorf("our user is %q, made by %q, of %q", our.UserID(), our.CreatedByUserID(), our.Tenants())
	}
	// Whoever writes down who it was can tell the two apart.
	rule := protected()
	rule.Audit.Name = "read"
	for _, c := range []struct{ token, url, name string }{{of(ours, testIssuer, nil), testIssuer, "ours"}, {of(partner, partnerURL, nil), partnerURL, "partner"}} {
		seen.take()
		g.Admit(bearer(c.token), nil, rule)
		if got := seen.take(); len(got) != 1 || got[0].Issuer != c.name {
			t.Errorf("%s: observed as %+v", c.name, got)
		}
		if who := audits.all[len(audits.all)-1].Identity; who.Issuer() != c.url || who.IssuerName() != c.name || who.Subject() != "u1" {
			t.Errorf("%s: audited as %q of %q", c.name, who.Subject(), who.Issuer())
		}
	}
	newFails(t, "each needs Asserts", auth.Issuer(testIssuer, auth.Audience("a"), auth.PublicJWKS(jwks(ours.jwk()))),
		auth.Issuer(partnerURL, auth.Audience("a"), auth.PublicJWKS(jwks(partner.jwk()))))
	newFails(t, "belongs to issuer", issuer(testIssuer, "ours", ours, auth.Assertion{Kinds: auth.KindUser, Tenants: []string{"t1"}}),
		issuer(partnerURL, "partner", partner, auth.Assertion{Kinds: auth.KindUser, Tenants: []string{"t1"}}))
	newFails(t, "owns the user ids already", issuer(testIssuer, "ours", ours, auth.Assertion{Kinds: auth.KindUser, OwnsUserIDs: true}),
		issuer(partnerURL, "partner", partner, auth.Assertion{Kinds: auth.KindUser, OwnsUserIDs: true}))
}

// TestNotOverDroppedPermission holds that ! over a permission which a token
// names by a wildcard, and its issuer may not grant, admits nobody.
func TestNotOverDroppedPermission(t *testing.T) {
	t.Parallel()
	not := protected(auth.Demands{Policy: func(d *auth.Decision) auth.Truth { return d.Permission("files.read").Not() }})
	claims := auth.MappingAuthgen.Claims()
	claims.PermissionWildcards = true
	for name, c := range map[string]struct {
		mapping    auth.ClaimMapping
		permission string
		want       int
	}{
		"by name":               {auth.MappingAuthgen, "files.read", 403},
		"by wildcard":           {claims, "files.*", 403},
		"by a text with a star": {auth.MappingAuthgen, "files.*", 200},
		"another":               {claims, "users.*", 200},
	} {
		g := issuerGuard(t, auth.Mapping(c.mapping), auth.Asserts(auth.Assertion{Kinds: auth.KindUser, Permissions: []string{"a"}}))
		token := edSigner().token(map[string]any{"permissions": []string{c.permission}})
		if got := answer(g, bearer(token), nil, not); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	// Roles and scopes are no patterns.
	g := issuerGuard(t, auth.Mapping(claims), auth.Asserts(auth.Assertion{Kinds: auth.KindUser}))
	for held, want := range map[string]int{"files.*": 200, "files.read": 403} {
		token := edSigner().token(map[string]any{"roles": []string{held}, "scope": held})
		for name, policy := range map[string]func(*auth.Decision) auth.Truth{
			"role": func(d *auth.Decision) auth.Truth { return d.Role("files.read").Not() }, "scope": func(d *auth.Decision) auth.Truth { return d.Scope("files.read").Not() },
		} {
			if got := answer(g, bearer(token), nil, asking(policy)); got != want {
				t.Errorf("%s %s: %d, want %d", name, held, got, want)
			}
		}
	}
}

// asking makes a rule of a policy.
func asking(policy func(*auth.Decision) auth.Truth) *auth.Rule {
	return protected(auth.Demands{Policy: policy})
}

// TestNotOverWhatIsOpen holds that ! admits nobody where the request, the token
// or the mapping leaves open what it asks.
func TestNotOverWhatIsOpen(t *testing.T) {
	t.Parallel()
	type claims = map[string]any
	not := func(q auth.Demands) *auth.Rule {
		return asking(func(d *auth.Decision) auth.Truth { return d.All(&q).Not() })
	}
	tenant, owner, service := not(auth.Demands{Tenant: "id"}), not(auth.Demands{Owner: "id"}), not(auth.Demands{Kinds: auth.KindService})
	role, permission, scope := not(auth.Demands{Roles: []string{"a"}}), not(auth.Demands{Permissions: []string{"a"}}), not(auth.Demands{Scopes: []string{"a"}})
	check, stepUp := not(checks("no")), not(auth.Demands{StepUp: auth.StepUp{Required: true}})
	t1 := claims{"tenantId": "t1"}
	noStepUp := auth.MappingAuthgen.Claims()
	noStepUp.StepUp = auth.StepUpEvidence{}
	partner := auth.Asserts(auth.Assertion{Kinds: auth.KindUser, Tenants: []string{"t1"}})
	for name, c := range map[string]struct {
		rule   *auth.Rule
		claims claims
		id     string
		want   int
		issuer []auth.IssuerOption
	}{
		"another tenant":             {tenant, t1, "t2", 200, nil},
		"this tenant":                {tenant, t1, "t1", 403, nil},
		"no tenant in the path":      {tenant, t1, "", 403, nil},
		"an unfit tenant":            {tenant, t1, "t1%2F", 403, nil},
		"no active tenant":           {tenant, nil, "t2", 403, nil},
		"no tenant in the mapping":   {tenant, t1, "t2", 403, []auth.IssuerOption{auth.Mapping(auth.MappingOIDC)}},
		"no memberships":             {tenant, claims{"gen": "system", "jti": "1", "sub_type": "app/user"}, "t2", 403, []auth.IssuerOption{auth.Mapping(auth.MappingFrontier)}},
		"other memberships":          {tenant, claims{"gen": "system", "jti": "1", "sub_type": "app/user", "org_ids": "t1,t3"}, "t2", 200, []auth.IssuerOption{auth.Mapping(auth.MappingFrontier)}},
		"another issuer's tenant":    {tenant, t1, "t2", 403, []auth.IssuerOption{partner}},
		"another user":               {owner, nil, "u2", 200, nil},
		"this user":                  {owner, nil, "u1", 403, nil},
		"no user in the path":        {owner, nil, "", 403, nil},
		"an unfit user":              {owner, nil, "%751", 403, nil},
		"no user id":                 {owner, claims{"type": "service"}, "u2", 403, nil},
		"a user of unclear kind":     {owner, claims{"type": "x"}, "u2", 403, nil},
		"another issuer's user":      {owner, nil, "u2", 403, []auth.IssuerOption{partner}},
		"another kind":               {service, nil, "", 200, nil},
		"this kind":                  {service, claims{"type": "service"}, "", 403, nil},
		"an unclear kind":            {service, claims{"type": "x"}, "", 403, nil},
		"evidence of two kinds":      {service, claims{"client_id": "u1", "sid": "s"}, "", 403, []auth.IssuerOption{auth.Mapping(auth.MappingOIDC)}},
		"no role":                    {role, nil, "", 200, nil},
		"roles of a user's access":   {role, claims{"type": "userAccessToken"}, "", 403, nil},
		"roles of a tenant's access": {role, claims{"type": "tenantAccessToken"}, "", 403, nil},
		"roles of an API token":      {role, claims{"type": "userApiToken"}, "", 200, nil},
		"permissions of an access":   {permission, claims{"type": "userAccessToken"}, "", 403, nil},
		"scopes of an access":        {scope, claims{"type": "userAccessToken"}, "", 403, nil},
		"roles not mapped":           {role, nil, "", 403, []auth.IssuerOption{auth.Mapping(auth.Claims{})}},
		"permissions not mapped":     {permission, claims{"cid": "web"}, "", 403, []auth.IssuerOption{auth.Mapping(auth.MappingOkta)}},
		"scopes not mapped":          {scope, claims{"gen": "system", "jti": "1", "sub_type": "app/user"}, "", 403, []auth.IssuerOption{auth.Mapping(auth.MappingFrontier)}},
		"no object":                  {check, nil, "", 403, nil},
		"no step-up":                 {stepUp, nil, "", 200, nil},
		"no evidence of step-up":     {stepUp, nil, "", 403, []auth.IssuerOption{auth.Mapping(noStepUp)}},
		"step-up of a machine":       {stepUp, claims{"type": "service"}, "", 200, nil},
		"step-up of an unclear kind": {stepUp, claims{"type": "x"}, "", 403, nil},
		"step-up malformed":          {stepUp, claims{"acr": 1}, "", 503, nil},
	} {
		if got := answer(issuerGuard(t, c.issuer...), bearer(edSigner().token(c.claims)), path{"id": c.id}, c.rule); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestVendorsNamed holds that rules admit vendor tokens by naming them and in no
// other way, whatever they ask first.
func TestVendorsNamed(t *testing.T) {
	t.Parallel()
	vendor := edSigner().token(map[string]any{"type": "vendor", "roles": []string{"admin"}})
	isVendor := func(d *auth.Decision) auth.Truth { return d.Token(auth.KindVendor) }
	lacking := func(d *auth.Decision) auth.Truth { return auth.And(isVendor(d), d.Permission("x")) }
	admin := func(d *auth.Decision) auth.Truth { return d.Role("admin") }
	or := func(a, b func(*auth.Decision) auth.Truth) func(*auth.Decision) auth.Truth {
		return func(d *auth.Decision) auth.Truth { return auth.Or(a(d), b(d)) }
	}
	for name, c := range map[string]struct {
		rule *auth.Rule
		want int
	}{
		"no demand":            {protected(), 403},
		"its role":             {protected(auth.Demands{Roles: []string{"admin"}}), 403},
		"its kind":             {protected(auth.Demands{Kinds: auth.KindVendor}), 200},
		"in another set":       {protected(auth.Demands{Roles: []string{"admin"}}, auth.Demands{Kinds: auth.KindVendor | auth.KindUser}), 200},
		"all other kinds":      {protected(auth.Demands{Kinds: auth.KindVendor - 1}), 403},
		"asked, not named":     {asking(or(isVendor, admin)), 403},
		"asked last":           {asking(or(admin, isVendor)), 403},
		"denied":               {asking(func(d *auth.Decision) auth.Truth { return auth.Or(isVendor(d).Not(), admin(d)) }), 403},
		"named first":          {protected(auth.Demands{Policy: or(lacking, admin), PolicyVendor: true}), 200},
		"named last":           {protected(auth.Demands{Policy: or(admin, lacking), PolicyVendor: true}), 200},
		"named, and it lacks":  {protected(auth.Demands{Policy: lacking, PolicyVendor: true}), 403},
		"named, authenticated": {protected(auth.Demands{Policy: (*auth.Decision).Authenticated, PolicyVendor: true}), 403},
		"named, not that":      {protected(auth.Demands{Policy: func(d *auth.Decision) auth.Truth { return d.Authenticated().Not() }, PolicyVendor: true}), 200},
	} {
		if got := answer(guardWith(t), bearer(vendor), nil, c.rule); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if id, err := guardWith(t).Validate(t.Context(), vendor, auth.Roles("admin")); id != nil || !errors.Is(err, auth.ErrPermissionDenied) {
		t.Errorf("by hand: %v", err)
	}
	if _, err := guardWith(t).Validate(t.Context(), vendor, auth.Roles("admin"), auth.Tokens(auth.KindVendor)); err != nil {
		t.Errorf("by hand, named: %v", err)
	}
}

// TestStepUpWhereItHelps holds that a caller is sent to step up exactly when
// that would admit it, however the rule is written, and that a provider which
// could have decided makes the denial ours.
func TestStepUpWhereItHelps(t *testing.T) {
	t.Parallel()
	type policy = func(*auth.Decision) auth.Truth
	stepUp := policy(func(d *auth.Decision) auth.Truth { return d.StepUp(0) })
	ask := func(permission string) policy {
		return func(d *auth.Decision) auth.Truth { return d.Check("project", "p1", permission) }
	}
	yes, no, down := ask("yes"), ask("no"), ask("error")
	open := policy(func(d *auth.Decision) auth.Truth { return d.Tenant("absent") })
	not := func(a policy) policy { return func(d *auth.Decision) auth.Truth { return a(d).Not() } }
	and := func(a, b policy) policy {
		return func(d *auth.Decision) auth.Truth {
			v := a(d)
			if v != auth.False {
				v = auth.And(v, b(d))
			}
			return v
		}
	}
	or := func(a, b policy) policy {
		return func(d *auth.Decision) auth.Truth {
			v := a(d)
			if v != auth.True {
				v = auth.Or(v, b(d))
			}
			return v
		}
	}
	for name, c := range map[string]struct {
		both func(a, b policy) policy
		a, b policy
		want int
	}{
		"step-up and yes":                 {and, stepUp, yes, 401},
		"step-up and no":                  {and, stepUp, no, 403},
		"step-up and down":                {and, stepUp, down, 503},
		"step-up and open":                {and, stepUp, open, 403},
		"step-up or yes":                  {or, stepUp, yes, 200},
		"step-up or no":                   {or, stepUp, no, 401},
		"step-up or down":                 {or, stepUp, down, 401},
		"step-up or open":                 {or, stepUp, open, 401},
		"step-up and no, or yes":          {or, and(stepUp, no), yes, 200},
		"step-up and no, or no":           {or, and(stepUp, no), no, 403},
		"step-up and no, or down":         {or, and(stepUp, no), down, 503},
		"step-up and down, or step-up":    {or, and(stepUp, down), stepUp, 401},
		"step-up and down, and no":        {and, and(stepUp, down), no, 403},
		"no step-up":                      {and, not(stepUp), yes, 200},
		"no step-up, and down":            {and, not(stepUp), down, 503},
		"no step-up, and step-up":         {and, not(stepUp), stepUp, 403},
		"not (step-up or no)":             {and, not(or(stepUp, no)), yes, 200},
		"not (step-up or open)":           {and, not(or(stepUp, open)), yes, 403},
		"not (step-up or down)":           {and, not(or(stepUp, down)), yes, 503},
		"not (step-up and yes), and down": {and, not(and(stepUp, yes)), down, 503},
		"not no step-up":                  {and, not(not(stepUp)), yes, 401},
		"down and open":                   {and, down, open, 403},
		"down or open":                    {or, down, open, 503},
		"down and no":                     {and, down, no, 403},
		"down and no, or open":            {or, and(down, no), open, 403},
	} {
		g := guardWith(t, auth.Checker(new(oracle)))
		for _, rule := range []*auth.Rule{asking(c.both(c.a, c.b)), asking(c.both(c.b, c.a))} {
			_, challenge := g.Admit(bearer(edSigner().token(nil)), nil, rule)
			switch {
			case challenge == nil && c.want == 200:
			case challenge == nil || challenge.Status() != c.want || (c.want == 401) != errors.Is(challenge, auth.ErrStepUpRequired):
				t.Errorf("%s: %v, want %d", name, challenge, c.want)
			}
		}
		// Nobody else can step up.
		if got := answer(g, bearer(edSigner().token(map[string]any{"type": "service"})), nil, asking(c.both(c.a, c.b))); got == 401 {
			t.Errorf("%s: a service is sent to step up", name)
		}
	}
	// Directives give the same answers.
	stepped := func(q auth.Demands) auth.Demands {
		q.StepUp.Required = true
		return q
	}
	for name, c := range map[string]struct {
		demands []auth.Demands
		want    int
	}{
		"check yes":      {[]auth.Demands{stepped(checks("yes"))}, 401},
		"check no":       {[]auth.Demands{stepped(checks("no"))}, 403},
		"check down":     {[]auth.Demands{stepped(checks("error"))}, 503},
		"in another set": {[]auth.Demands{stepped(auth.Demands{}), checks("error")}, 503},
		"a role too":     {[]auth.Demands{stepped(auth.Demands{Roles: []string{"a"}})}, 403},
	} {
		g := guardWith(t, auth.Checker(new(oracle)))
		if got := answer(g, bearer(edSigner().token(nil)), path{"id": "p1"}, protected(c.demands...)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	_, err := guardWith(t, auth.Checker(new(oracle))).Validate(t.Context(), edSigner().token(nil), auth.Allowed("project", "p1", "error"), auth.StepUpWithin(auth.AnyAge))
	if !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("by hand: %v", err)
	}
	// Without evidence in the mapping no step-up will ever do.
	claims := auth.MappingAuthgen.Claims()
	claims.StepUp = auth.StepUpEvidence{}
	if got := answer(issuerGuard(t, auth.Mapping(claims)), bearer(edSigner().token(nil)), nil, asking(stepUp)); got != 403 {
		t.Errorf("no evidence: %d", got)
	}
}

// TestNobodyAskedInVain holds that providers are not asked about a request that
// they cannot help.
func TestNobodyAskedInVain(t *testing.T) {
	t.Parallel()
	q := checks("yes")
	q.Tenant = "tenant"
	for _, token := range []string{edSigner().token(nil), edSigner().token(map[string]any{"type": "vendor"})} {
		o := new(oracle)
		if got := answer(guardWith(t, auth.Checker(o)), bearer(token), path{"id": "p1"}, protected(q)); got != 403 || len(o.asked) > 0 {
			t.Errorf("%d, asked %q", got, o.asked)
		}
	}
}

// generous entitles everybody to everything, and counts the questions.
type generous struct{ asked int }

func (g *generous) Entitled(context.Context, *auth.Identity, string) (bool, error) {
	g.asked++
	return true, nil
}

// TestNoAlternative holds that a demand without alternatives, or with one that has
// no name, is one that nobody meets.
func TestNoAlternative(t *testing.T) {
	t.Parallel()
	provider := new(generous)
	g := guardWith(t, auth.Features(provider))
	token := edSigner().token(map[string]any{"roles": []string{""}, "permissions": []string{""}, "scp": []string{""}, "tenantId": ""})
	for name, demand := range map[string]auth.Demand{
		"roles": auth.Roles(), "permissions": auth.Permissions(), "scopes": auth.Scopes(), "kinds": auth.Tokens(0), "issuers": auth.FromIssuer(),
		"features": auth.EntitledTo(), "role": auth.Roles(""), "permission": auth.Permissions(""), "scope": auth.Scopes(""),
		"issuer": auth.FromIssuer(""), "feature": auth.EntitledTo(""), "tenant": auth.Tenant(""), "owner": auth.Owner(""), "object": auth.Allowed("project", "", "read"),
	} {
		if id, err := g.Validate(t.Context(), token, demand); id != nil || !errors.Is(err, auth.ErrPermissionDenied) {
			t.Errorf("%s: %v, %v", name, id, err)
		}
	}
	var c *auth.Challenge
	if _, err := g.Validate(t.Context(), token, auth.Tokens(0)); !errors.As(err, &c) || c.Reason() != "is a token of kind user, not none" {
		t.Errorf("kinds: %v", c.Reason())
	}
	if _, err := g.Validate(t.Context(), token, auth.EntitledTo("", "sso", "export")); err != nil || provider.asked != 1 {
		t.Errorf("the first with a name: %v, after %d questions", err, provider.asked)
	}
}
