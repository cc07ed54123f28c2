package policies

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"

	"example.com/golden/internal/call"
)

// provider answers what its name of feature or permission says.
type provider struct{}

func (provider) Entitled(_ context.Context, _ *auth.Identity, feature string) (bool, error) {
	if feature == "sso" {
		return false, errors.New("unreachable")
	}
	return feature == "scim", nil
}

func (provider) Check(_ context.Context, _ *auth.Identity, _, object, permission string) (bool, error) {
	if object == "broken" {
		return true, errors.New("unreachable")
	}
	return object == "mine" && permission == "update", nil
}

// PrepareChecks keeps what the rules ask.
func (p preparer) PrepareChecks(handler string, checks []auth.ResourceCheck) error {
	for _, c := range checks {
		p.told[handler] = append(p.told[handler], c.String())
	}
	return nil
}

type preparer struct {
	provider
	told map[string][]string
}

// TestPrepareChecks holds that a checker is told what directives, policies and the rules
// that these name will ask.
func TestPrepareChecks(t *testing.T) {
	t.Parallel()
	p := preparer{told: map[string][]string{}}
	ProtectAPI(authtest.New(t).Guard(auth.Features(provider{}), auth.Checker(p)), API{})
	const api = "example.com/golden/policies.API."
	if want := map[string][]string{
		api + "Check": {"project:{id}#update"}, api + "Everything": {"project:{id}#update", "project:{id}#own"},
		api + "Kept": {"team:main#lead", "project:{id}#own", "project:{id}#update"},
	}; !maps.EqualFunc(p.told, want, slices.Equal) {
		t.Errorf("told %q", p.told)
	}
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	clock := authtest.NewClock(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
	issuer := authtest.New(t, authtest.WithClock(clock))
	guard := issuer.Guard(auth.Features(provider{}), auth.Checker(provider{}))
	api := ProtectAPI(guard, API{})
	mux := http.NewServeMux()
	api.RegisterRoutes(mux)
	for pattern, h := range map[string]http.HandlerFunc{
		"/precedence": api.Precedence, "/parentheses": api.Parentheses, "/negated": api.Negated, "/negated-group": api.NegatedGroup,
		"/feature": api.Feature, "/check/{id}": api.Check, "/stepup": api.StepUp, "/named": api.Named, "/billing": api.Billing,
		"/everything/{id}": api.Everything, "/or-stepup": api.OrStepUp, "/tenants/{tenantID}/users/{userID}/approval": api.NotOwner,
		"/users/{userID}/approval": api.NotOwner,
	} {
		mux.HandleFunc(pattern, h)
	}
	user, role, may := authtest.User("ada"), authtest.Roles, authtest.Permissions
	stepUp := authtest.StepUp(clock.Now())
	for _, c := range []struct {
		request string
		want    int
		token   []authtest.TokenOption
	}{
		{"GET /precedence", 200, []authtest.TokenOption{user, role("admin")}},
		{"GET /precedence", 403, []authtest.TokenOption{user, may("a")}},
		{"GET /precedence", 200, []authtest.TokenOption{user, may("a"), authtest.Scopes("s")}},
		{"GET /parentheses", 403, []authtest.TokenOption{user, role("admin")}},
		{"GET /parentheses", 200, []authtest.TokenOption{user, role("admin"), authtest.Scopes("s")}},
		{"GET /negated", 200, []authtest.TokenOption{user}},
		{"GET /negated", 403, []authtest.TokenOption{user, role("blocked")}},
		{"GET /negated", 401, nil},
		{"GET /negated-group", 200, []authtest.TokenOption{user}},
		{"GET /negated-group", 403, []authtest.TokenOption{authtest.PAT("x")}},
		{"GET /tenants/t1/users/ada", 200, []authtest.TokenOption{user, authtest.Tenant("t1")}},
		{"GET /tenants/t1/users/bob", 403, []authtest.TokenOption{user, authtest.Tenant("t1")}},
		{"GET /tenants/t1/users/bob", 200, []authtest.TokenOption{user, authtest.Tenant("t1"), role("admin")}},
		{"GET /tenants/t2/users/ada", 403, []authtest.TokenOption{user, authtest.Tenant("t1"), role("admin")}},
		{"GET /feature", 200, []authtest.TokenOption{user, role("admin")}},
		{"GET /feature", 503, []authtest.TokenOption{user}},
		{"GET /check/mine", 200, []authtest.TokenOption{user}},
		{"GET /check/other", 403, []authtest.TokenOption{user}},
		{"GET /check/broken", 503, []authtest.TokenOption{user}},
		{"GET /check/broken", 403, []authtest.TokenOption{user, role("blocked")}},
		{"GET /kept/mine", 200, []authtest.TokenOption{user}},
		{"GET /kept/other", 403, []authtest.TokenOption{user}},
		{"GET /kept/broken", 503, []authtest.TokenOption{user}},
		{"GET /stepup", 200, []authtest.TokenOption{user, stepUp}},
		{"GET /stepup", 401, []authtest.TokenOption{user}},
		{"GET /or-stepup", 200, []authtest.TokenOption{user, role("admin")}},
		{"GET /or-stepup", 200, []authtest.TokenOption{user, may("a"), stepUp}},
		{"GET /or-stepup", 401, []authtest.TokenOption{user, may("a")}},
		{"GET /or-stepup", 403, []authtest.TokenOption{user}},
		{"GET /or-stepup", 403, []authtest.TokenOption{authtest.Service("s"), may("a")}},
		{"GET /tenants/t2/users/bob/approval", 200, []authtest.TokenOption{user, role("approver"), authtest.Tenant("t1")}},
		{"GET /tenants/t2/users/ada/approval", 403, []authtest.TokenOption{user, role("approver"), authtest.Tenant("t1")}},
		{"GET /tenants/t1/users/bob/approval", 403, []authtest.TokenOption{user, role("approver"), authtest.Tenant("t1")}},
		{"GET /tenants/t2%2F/users/bob/approval", 403, []authtest.TokenOption{user, role("approver"), authtest.Tenant("t1")}},
		{"GET /tenants/t2/users/%2561da/approval", 403, []authtest.TokenOption{user, role("approver"), authtest.Tenant("t1")}},
		{"GET /tenants/t2/users/bob/approval", 403, []authtest.TokenOption{user, role("approver")}},
		{"GET /tenants/t2/users/bob/approval", 403, []authtest.TokenOption{authtest.Service("ada"), role("approver"), authtest.Tenant("t1")}},
		{"GET /users/bob/approval", 403, []authtest.TokenOption{user, role("approver"), authtest.Tenant("t1")}},
		{"GET /named", 200, []authtest.TokenOption{user, role("admin"), may("a")}},
		{"GET /named", 403, []authtest.TokenOption{user, role("admin")}},
		{"GET /named", 200, []authtest.TokenOption{user, role("accountant"), may("a"), stepUp}},
		{"GET /billing", 200, []authtest.TokenOption{user, role("accountant"), stepUp}},
		{"GET /billing", 401, []authtest.TokenOption{user, role("accountant")}},
		{"GET /billing", 403, []authtest.TokenOption{user, role("admin"), stepUp}},
		{"GET /everything/mine", 200, []authtest.TokenOption{user, authtest.Scopes("files:read"), stepUp}},
		{"GET /everything/mine", 403, []authtest.TokenOption{user, authtest.Scopes("files:read"), stepUp, authtest.Actor("support")}},
		{"GET /everything/mine", 403, []authtest.TokenOption{user, stepUp}},
		{"GET /everything/other", 403, []authtest.TokenOption{user, authtest.Scopes("files:read"), stepUp}},
		{"GET /everything/broken", 503, []authtest.TokenOption{user, authtest.Scopes("files:read"), stepUp}},
	} {
		token := ""
		if c.token != nil {
			token = issuer.Token(c.token...)
		}
		call.Expect(t, mux, c.request, token, c.want)
	}
}

func TestVendors(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	mux := http.NewServeMux()
	ProtectVendors(issuer.Guard(), Vendors{}).RegisterRoutes(mux)
	vendor, role, may := authtest.Vendor("v"), authtest.Roles, authtest.Permissions
	for _, c := range []struct {
		request string
		want    int
		token   []authtest.TokenOption
	}{
		{"GET /first", 200, []authtest.TokenOption{vendor, may("a")}},
		{"GET /last", 200, []authtest.TokenOption{vendor, may("a")}},
		{"GET /first", 200, []authtest.TokenOption{vendor, role("admin")}},
		{"GET /last", 200, []authtest.TokenOption{vendor, role("admin")}},
		{"GET /first", 403, []authtest.TokenOption{vendor}},
		{"GET /last", 403, []authtest.TokenOption{vendor}},
		{"GET /none", 403, []authtest.TokenOption{vendor, role("admin")}},
		{"GET /none", 200, []authtest.TokenOption{authtest.User("ada")}},
		{"GET /named", 200, []authtest.TokenOption{vendor, role("admin")}},
		{"GET /named", 403, []authtest.TokenOption{vendor}},
		{"GET /none-named", 403, []authtest.TokenOption{vendor, role("admin")}},
	} {
		call.Expect(t, mux, c.request, issuer.Token(c.token...), c.want)
	}
}

func TestIssuer(t *testing.T) {
	t.Parallel()
	own, partner := authtest.New(t), authtest.New(t)
	asserts := auth.Asserts(auth.Assertion{Kinds: auth.KindUser, Roles: []string{auth.Any}})
	guard, err := auth.New(t.Context(),
		auth.Issuer(own.URL(), auth.Name("own"), auth.Audience(own.Audience()), auth.Mapping(auth.MappingAuthgen), asserts),
		auth.Issuer(partner.URL(), auth.Name("partner"), auth.Audience(partner.Audience()), auth.Mapping(auth.MappingAuthgen), asserts))
	if err != nil {
		t.Fatal(err)
	}
	protected := ProtectPartner(guard, Partner{})
	for _, h := range []http.HandlerFunc{protected.Policy, protected.Directive} {
		call.Expect(t, h, "GET /", partner.Token(authtest.User("ada")), 200)
		call.Expect(t, h, "GET /", own.Token(authtest.User("ada")), 403)
		call.Expect(t, h, "GET /", "", 401)
	}
}

func TestMissingProvider(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a guard without providers was accepted")
		}
	}()
	ProtectAPI(authtest.New(t).Guard(), API{})
}
