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
// none of the three counts as unknown.
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
	for _, odd := range []auth.Truth{-128, -2, 2, 127} {
		if auth.And(odd, T) != U || auth.And(odd, F) != F || auth.Or(odd, F) != U || auth.Or(odd, T) != T || odd.Not() != U || odd.String() != "unknown" {
			t.Errorf("%d is not unknown", odd)
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
	g := newGuard(t, auth.Clock(fixedClock), quiet(),
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
	rights := map[string]any{"roles": []string{"admin", "guest"}, "tenantId": "p1"}
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
}
