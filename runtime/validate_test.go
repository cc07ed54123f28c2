package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// TestDemands holds that each demand admits those who meet it, as a directive, in
// a policy and by hand, and that ! turns it round.
func TestDemands(t *testing.T) {
	t.Parallel()
	type claims = map[string]any
	wild := auth.MappingAuthgen.Claims()
	wild.PermissionWildcards = true
	anything := []string{auth.Any}
	ours := auth.Assertion{Kinds: auth.KindUser | auth.KindPAT, Roles: anything, Permissions: anything, Scopes: anything, Tenants: anything, OwnsUserIDs: true}
	for name, c := range map[string]struct {
		demands      auth.Demands
		hand         auth.Demand
		meets, lacks claims
		opts         []auth.IssuerOption
	}{
		"role":       {demands: auth.Demands{Roles: []string{"a", "b"}}, hand: auth.Roles("a", "b"), meets: claims{"roles": []string{"x", "b"}}, lacks: claims{"roles": []string{"x", "A", "ab"}}},
		"permission": {demands: auth.Demands{Permissions: []string{"a", "f.read"}}, hand: auth.Permissions("a", "f.read"), meets: claims{"permissions": []string{"f.read"}}, lacks: claims{"permissions": []string{"f.*", "*"}}},
		"wildcard": {
			demands: auth.Demands{Permissions: []string{"a", "f.read.all"}}, hand: auth.Permissions("a", "f.read.all"), opts: []auth.IssuerOption{auth.Mapping(wild)},
			meets: claims{"permissions": []string{"x", "f.*.a*l"}}, lacks: claims{"permissions": []string{"f.*.x", "f", "F.*", "*f.read", "fxread.*", ""}},
		},
		"scope":    {demands: auth.Demands{Scopes: []string{"a", "b"}}, hand: auth.Scopes("a", "b"), meets: claims{"scope": "x b"}, lacks: claims{"scope": "xb"}},
		"kind":     {demands: auth.Demands{Kinds: auth.KindService | auth.KindPAT}, hand: auth.Tokens(auth.KindService | auth.KindPAT), meets: claims{"type": "pat"}, lacks: nil},
		"issuer":   {demands: auth.Demands{Issuers: []string{"a", "ours"}}, hand: auth.FromIssuer("a", "ours"), meets: nil, lacks: claims{"iss": "https://id.example.com/b"}},
		"tenant":   {demands: auth.Demands{Tenant: "t"}, hand: auth.Tenant("t1"), meets: claims{"tenantId": "t1"}, lacks: claims{"tenantId": "t2"}},
		"owner":    {demands: auth.Demands{Owner: "u"}, hand: auth.Owner("u1"), meets: nil, lacks: claims{"sub": "u2"}},
		"no actor": {demands: auth.Demands{NoActor: true}, hand: auth.NoActor(), meets: nil, lacks: claims{"act": claims{"sub": "support"}}},
		"feature":  {demands: auth.Demands{Features: []string{"b", "a"}}, hand: auth.EntitledTo("b", "a"), meets: claims{"tenantId": "a"}, lacks: claims{"tenantId": "c"}},
	} {
		issuer := func(url, name string, may auth.Assertion) auth.Option {
			opts := []auth.IssuerOption{
				auth.Name(name), auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(auth.MappingAuthgen),
				auth.Asserts(may),
			}
			return auth.Issuer(url, append(opts, c.opts...)...)
		}
		g := newGuard(t, issuer(testIssuer, "ours", ours), issuer("https://id.example.com/b", "theirs", auth.Assertion{Kinds: auth.KindUser}), auth.Features(ownTenant{}), auth.Clock(fixedClock), quiet())
		params := path{"t": "t1", "u": "u1"}
		meets, lacks := edSigner().token(c.meets), edSigner().token(c.lacks)
		policy := asking(func(d *auth.Decision) auth.Truth { return d.All(&c.demands) })
		not := asking(func(d *auth.Decision) auth.Truth { return d.All(&c.demands).Not() })
		for _, rule := range []*auth.Rule{protected(c.demands), policy} {
			if got := answer(g, bearer(meets), params, rule); got != 200 {
				t.Errorf("%s: %d for who meets it", name, got)
			}
			if got := answer(g, bearer(lacks), params, rule); got != 403 {
				t.Errorf("%s: %d for who does not meet it", name, got)
			}
		}
		if got := answer(g, bearer(meets), params, not); got != 403 {
			t.Errorf("not %s: %d for who meets it", name, got)
		}
		if got := answer(g, bearer(lacks), params, not); got != 200 {
			t.Errorf("not %s: %d for who does not meet it", name, got)
		}
		if _, err := g.Validate(t.Context(), meets, c.hand); err != nil {
			t.Errorf("%s by hand: %v", name, err)
		}
		if id, err := g.Validate(t.Context(), lacks, c.hand); id != nil || !errors.Is(err, auth.ErrPermissionDenied) {
			t.Errorf("%s by hand, not met: %v", name, err)
		}
	}
}

// ownTenant entitles each tenant to the feature of its name.
type ownTenant struct{}

func (ownTenant) Entitled(_ context.Context, id *auth.Identity, feature string) (bool, error) {
	return id.Tenant() == feature, nil
}

// TestMemberships holds that the list of tenants counts as active tenants for
// issuers whose tokens carry no rights, and for no others.
func TestMemberships(t *testing.T) {
	t.Parallel()
	type claims = map[string]any
	member := claims{"gen": "system", "jti": "1", "sub_type": "app/user", "org_ids": "t1,t2", "tenantId": "t3"}
	admin := claims{"tenantId": "t1", "tenantIds": []string{"t1", "t2"}}
	partner := auth.Asserts(auth.Assertion{Kinds: auth.KindUser, Tenants: []string{"t2"}})
	for name, c := range map[string]struct {
		issuer []auth.IssuerOption
		claims claims
		tenant string
		want   int
		not    int
	}{
		"the first membership":     {[]auth.IssuerOption{auth.Mapping(auth.MappingFrontier)}, member, "t1", 200, 403},
		"the second membership":    {[]auth.IssuerOption{auth.Mapping(auth.MappingFrontier)}, member, "t2", 200, 403},
		"no membership":            {[]auth.IssuerOption{auth.Mapping(auth.MappingFrontier)}, member, "t3", 403, 200},
		"the list as it stands":    {[]auth.IssuerOption{auth.Mapping(auth.MappingFrontier)}, member, "t1,t2", 403, 200},
		"a partner's membership":   {[]auth.IssuerOption{auth.Mapping(auth.MappingFrontier), partner}, member, "t2", 200, 403},
		"not a partner's":          {[]auth.IssuerOption{auth.Mapping(auth.MappingFrontier), partner}, member, "t1", 403, 403},
		"active":                   {nil, admin, "t1", 200, 403},
		"listed, not active":       {nil, admin, "t2", 403, 200},
		"listed, none active":      {nil, claims{"tenantIds": []string{"t1", "t2"}}, "t2", 403, 403},
		"active, of Frontegg":      {[]auth.IssuerOption{auth.Mapping(auth.MappingFrontegg)}, admin, "t1", 200, 403},
		"listed only, of Frontegg": {[]auth.IssuerOption{auth.Mapping(auth.MappingFrontegg)}, admin, "t2", 403, 200},
	} {
		g, token := issuerGuard(t, c.issuer...), edSigner().token(c.claims)
		if got := answer(g, bearer(token), path{"t": c.tenant}, protected(auth.Demands{Tenant: "t"})); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if got := answer(g, bearer(token), path{"t": c.tenant}, asking(func(d *auth.Decision) auth.Truth { return d.Tenant("t").Not() })); got != c.not {
			t.Errorf("not %s: %d, want %d", name, got, c.not)
		}
		if _, err := g.Validate(t.Context(), token, auth.Tenant(c.tenant)); (err == nil) != (c.want == 200) {
			t.Errorf("%s by hand: %v", name, err)
		}
	}
}

// TestByHand holds what Validate answers to calls that are not as they should be,
// and that it asks nobody in vain.
func TestByHand(t *testing.T) {
	t.Parallel()
	o := new(oracle)
	g := guardWith(t, auth.Checker(o))
	token := edSigner().token(nil)
	for name, c := range map[string]struct {
		token   string
		demands []auth.Demand
		want    error
	}{
		"no token":                {"", nil, auth.ErrUnauthenticated},
		"a bad token":             {"a.b.c", nil, auth.ErrUnauthenticated},
		"a demand that is none":   {token, []auth.Demand{auth.Roles("a"), nil}, auth.ErrUnavailable},
		"step-up":                 {token, []auth.Demand{auth.StepUpWithin(auth.AnyAge)}, auth.ErrStepUpRequired},
		"step-up, now":            {token, []auth.Demand{auth.StepUpWithin(0)}, auth.ErrStepUpRequired},
		"a tenant, then a check":  {token, []auth.Demand{auth.Tenant("t1"), auth.Allowed("project", "p1", "yes")}, auth.ErrPermissionDenied},
		"a role, then a check":    {token, []auth.Demand{auth.Allowed("project", "p1", "yes"), auth.Roles("a")}, auth.ErrPermissionDenied},
		"an owner, then a check":  {token, []auth.Demand{auth.Allowed("project", "p1", "yes"), auth.Owner("u2")}, auth.ErrPermissionDenied},
		"an object that is unfit": {token, []auth.Demand{auth.Allowed("project", "p1/x", "yes")}, auth.ErrPermissionDenied},
	} {
		if id, err := g.Validate(t.Context(), c.token, c.demands...); id != nil || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v", name, id, err)
		}
	}
	if len(o.asked) > 0 {
		t.Errorf("asked %q", o.asked)
	}
	if _, err := g.Validate(t.Context(), token, auth.Allowed("project", "p1", "yes"), auth.Allowed("file", "f1", "yes")); err != nil || len(o.asked) != 2 {
		t.Errorf("asked %q, %v", o.asked, err)
	}
}

// late gives its answer when nobody waits for it any more.
type late struct{ cancel context.CancelFunc }

func (l late) Check(context.Context, *auth.Identity, string, string, string) (bool, error) {
	l.cancel()
	return true, nil
}

func (l late) Entitled(context.Context, *auth.Identity, string) (bool, error) {
	l.cancel()
	return true, nil
}

// TestLateAnswers holds that an answer to a request which has ended is none: a
// provider that gives up early may say anything.
func TestLateAnswers(t *testing.T) {
	t.Parallel()
	for _, demand := range []auth.Demand{auth.Allowed("project", "p1", "yes"), auth.EntitledTo("a")} {
		ctx, cancel := context.WithCancel(t.Context())
		g := guardWith(t, auth.Checker(late{cancel}), auth.Features(late{cancel}))
		if id, err := g.Validate(ctx, edSigner().token(nil), demand); id != nil || !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%v, %v", id, err)
		}
	}
}

// TestManyReasons holds that a policy may fail in more ways than a log has room
// for.
func TestManyReasons(t *testing.T) {
	t.Parallel()
	rule := asking(func(d *auth.Decision) auth.Truth {
		result := auth.False
		for i := range 20 {
			result = auth.Or(result, d.Role(string(rune('a'+i))))
		}
		return result
	})
	_, c := guardWith(t).Admit(bearer(edSigner().token(nil)), nil, rule)
	if c == nil || c.Status() != 403 || strings.Count(c.Reason(), "lacks role") != 8 || !strings.HasSuffix(c.Reason(), `"h"`) {
		t.Errorf("%v", c)
	}
}
