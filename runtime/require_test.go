package auth_test

import (
	"fmt"
	"strings"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// TestRequire holds that a guard with which nobody could meet a rule is refused
// where routes are wired, and no other.
func TestRequire(t *testing.T) {
	t.Parallel()
	tenant, owner := auth.Demands{Tenant: "tenantID"}, auth.Demands{Owner: "userID"}
	role, permission, scope := auth.Demands{Roles: []string{"admin"}}, auth.Demands{Permissions: []string{"read"}}, auth.Demands{Scopes: []string{"read"}}
	stepUp := auth.Demands{StepUp: auth.StepUp{Required: true}}
	noStepUp := auth.MappingOIDC.Claims()
	noStepUp.StepUp = auth.StepUpEvidence{}
	none := auth.Asserts(auth.Assertion{Kinds: auth.KindUser})
	all := auth.Asserts(auth.Assertion{Kinds: auth.KindUser, Roles: []string{"other", "admin"}, Permissions: []string{"read"}, Scopes: []string{auth.Any}, Tenants: []string{"t1"}, OwnsUserIDs: true})
	others := auth.Asserts(auth.Assertion{Kinds: auth.KindUser, Roles: []string{"other"}, Permissions: []string{"re*"}, Scopes: []string{"other"}})
	machines := auth.Asserts(auth.Assertion{Kinds: auth.KindService, Roles: []string{auth.Any}})
	patterns := auth.MappingAuthgen.Claims()
	patterns.PermissionWildcards = true
	for name, c := range map[string]struct {
		issuer  auth.IssuerOption
		demands auth.Demands
		want    string // of the panic
	}{
		"a feature":               {nil, auth.Demands{Features: []string{"sso"}}, "auth.Features"},
		"a feature of a policy":   {nil, auth.Demands{PolicyNeeds: auth.NeedsFeatures}, "auth.Features"},
		"a check":                 {nil, checks("yes"), "auth.Checker"},
		"a check of a policy":     {nil, auth.Demands{PolicyNeeds: auth.NeedsChecker}, "auth.Checker"},
		"an issuer":               {nil, auth.Demands{Issuers: []string{"partner"}}, `"partner"`},
		"an issuer of a policy":   {nil, auth.Demands{PolicyIssuers: []string{"partner"}}, `"partner"`},
		"this issuer":             {nil, auth.Demands{Issuers: []string{testIssuer}}, ""},
		"no tenant mapped":        {auth.Mapping(auth.MappingOIDC), tenant, `a tenant ("tenantID")`},
		"tenant":                  {nil, tenant, ""},
		"tenant by membership":    {auth.Mapping(auth.MappingFrontier), tenant, ""},
		"no tenant asserted":      {none, tenant, "a tenant"},
		"tenant asserted":         {all, tenant, ""},
		"no user id mapped":       {auth.Mapping(auth.Claims{}), owner, `a user id ("userID")`},
		"user id":                 {auth.Mapping(auth.MappingOIDC), owner, ""},
		"user ids of others":      {none, owner, "a user id"},
		"user ids owned":          {all, owner, ""},
		"no roles mapped":         {auth.Mapping(auth.MappingFrontier), role, `a role of ["admin"]`},
		"no roles asserted":       {none, role, "a role of"},
		"role":                    {nil, role, ""},
		"roles asserted":          {all, role, ""},
		"no permissions mapped":   {auth.Mapping(auth.MappingOkta), permission, `a permission of ["read"]`},
		"no permissions asserted": {none, permission, "a permission of"},
		"permission":              {all, permission, ""},
		"no scopes mapped":        {auth.Mapping(auth.MappingFrontier), scope, `a scope of ["read"]`},
		"no scopes asserted":      {none, scope, "a scope of"},
		"scope":                   {all, scope, ""},
		"no evidence of step-up":  {auth.Mapping(noStepUp), stepUp, "step-up"},
		"step-up":                 {nil, stepUp, ""},
		"step-up of machines":     {auth.IssuesOnly(auth.KindService), stepUp, "step-up"},
		"no users asserted":       {machines, stepUp, "step-up"},
		"another role asserted":   {others, role, `a role of ["admin"]`},
		"another permission":      {others, permission, `a permission of ["read"]`},
		"another scope asserted":  {others, scope, `a scope of ["read"]`},
		"one of two issuers":      {nil, auth.Demands{Issuers: []string{testIssuer, "partner"}}, `"partner"`},
		"other kinds only":        {auth.IssuesOnly(auth.KindService), auth.Demands{Kinds: auth.KindUser}, "a token of kind user"},
		"kind of the issuer":      {auth.IssuesOnly(auth.KindService), auth.Demands{Kinds: auth.KindUser | auth.KindService}, ""},
		"no such kind mapped":     {auth.Mapping(auth.MappingOIDC), auth.Demands{Kinds: auth.KindVendor}, "a token of kind vendor"},
		"kind not asserted":       {all, auth.Demands{Kinds: auth.KindService}, "a token of kind service"},
		"kind asserted":           {all, auth.Demands{Kinds: auth.KindUser}, ""},
		"alternatives": {auth.Mapping(auth.MappingOIDC), auth.Demands{Policy: func(d *auth.Decision) auth.Truth {
			return auth.Or(d.Tenant("id"), d.Role("admin"))
		}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := issuerGuard(t, c.issuer)
			defer func() {
				got := recover()
				text := fmt.Sprint(got)
				if (got != nil) != (c.want != "") || c.want != "" && !(strings.Contains(text, c.want) && strings.Contains(text, "auth: test: the rule demands")) {
					t.Errorf("panic: %v, want %q", got, c.want)
				}
			}()
			g.Require(nil, protected(), protected(auth.Demands{}, c.demands))
		})
	}
	// A pattern may be what grants.
	issuerGuard(t, others, auth.Mapping(patterns)).Require(protected(permission))
	// One issuer that could is enough.
	newGuard(t, quiet(),
		auth.Issuer(testIssuer, auth.Audience("a"), auth.PublicJWKS(jwks(edSigner().jwk())), none),
		auth.Issuer("https://partner.example", auth.Audience("a"), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(auth.MappingAuthgen), all),
	).Require(protected(tenant, owner, role, permission, scope, stepUp))
}
