package auth_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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
		want    string // of the panic or the warning
		panics  bool
	}{
		"a feature":               {nil, auth.Demands{Features: []string{"sso"}}, "auth.Features", true},
		"a feature of a policy":   {nil, auth.Demands{PolicyNeeds: auth.NeedsFeatures}, "auth.Features", true},
		"a check":                 {nil, checks("yes"), "auth.Checker", true},
		"a check of a policy":     {nil, auth.Demands{PolicyNeeds: auth.NeedsChecker}, "auth.Checker", true},
		"an issuer":               {nil, auth.Demands{Issuers: []string{"partner"}}, `"partner"`, true},
		"an issuer of a policy":   {nil, auth.Demands{PolicyIssuers: []string{"partner"}}, `"partner"`, true},
		"this issuer":             {nil, auth.Demands{Issuers: []string{testIssuer}}, "", false},
		"no tenant mapped":        {auth.Mapping(auth.MappingOIDC), tenant, `a tenant ("tenantID")`, false},
		"tenant":                  {nil, tenant, "", false},
		"tenant by membership":    {auth.Mapping(auth.MappingFrontier), tenant, "", false},
		"no tenant asserted":      {none, tenant, "a tenant", false},
		"tenant asserted":         {all, tenant, "", false},
		"no user id mapped":       {auth.Mapping(auth.Claims{}), owner, `a user id ("userID")`, false},
		"user id":                 {auth.Mapping(auth.MappingOIDC), owner, "", false},
		"user ids of others":      {none, owner, "a user id", false},
		"user ids owned":          {all, owner, "", false},
		"no roles mapped":         {auth.Mapping(auth.MappingFrontier), role, `a role of ["admin"]`, false},
		"no roles asserted":       {none, role, "a role of", false},
		"role":                    {nil, role, "", false},
		"roles asserted":          {all, role, "", false},
		"no permissions mapped":   {auth.Mapping(auth.MappingOkta), permission, `a permission of ["read"]`, false},
		"no permissions asserted": {none, permission, "a permission of", false},
		"permission":              {all, permission, "", false},
		"no scopes mapped":        {auth.Mapping(auth.MappingFrontier), scope, `a scope of ["read"]`, false},
		"no scopes asserted":      {none, scope, "a scope of", false},
		"scope":                   {all, scope, "", false},
		"no evidence of step-up":  {auth.Mapping(noStepUp), stepUp, "step-up", false},
		"step-up":                 {nil, stepUp, "", false},
		"step-up of machines":     {auth.IssuesOnly(auth.KindService), stepUp, "step-up", false},
		"no users asserted":       {machines, stepUp, "step-up", false},
		"another role asserted":   {others, role, `a role of ["admin"]`, false},
		"another permission":      {others, permission, `a permission of ["read"]`, false},
		"another scope asserted":  {others, scope, `a scope of ["read"]`, false},
		"one of two issuers":      {nil, auth.Demands{Issuers: []string{testIssuer, "partner"}}, `"partner"`, true},
		"other kinds only":        {auth.IssuesOnly(auth.KindService), auth.Demands{Kinds: auth.KindUser}, "a token of kind user", false},
		"kind of the issuer":      {auth.IssuesOnly(auth.KindService), auth.Demands{Kinds: auth.KindUser | auth.KindService}, "", false},
		"no such kind mapped":     {auth.Mapping(auth.MappingOIDC), auth.Demands{Kinds: auth.KindVendor}, "a token of kind vendor", false},
		"kind not asserted":       {all, auth.Demands{Kinds: auth.KindService}, "a token of kind service", false},
		"kind asserted":           {all, auth.Demands{Kinds: auth.KindUser}, "", false},
		"alternatives": {auth.Mapping(auth.MappingOIDC), auth.Demands{Policy: func(d *auth.Decision) auth.Truth {
			return auth.Or(d.Tenant("id"), d.Role("admin"))
		}}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			got := requires(guardOf(t, &log, c.issuer), nil, protected(), protected(auth.Demands{}, c.demands))
			if !c.panics {
				if got != "" {
					t.Errorf("panic: %s", got)
				}
				got = strings.ReplaceAll(log.String(), `\"`, `"`)
			}
			if (got != "") != (c.want != "") || c.want != "" && !strings.Contains(got, c.want) || got != "" && !strings.Contains(got, "the rule demands") {
				t.Errorf("said %q, want %q", got, c.want)
			}
			if !c.panics && got != "" && !(strings.Contains(got, "level=WARN") && strings.Contains(got, "handler=test")) {
				t.Errorf("logged %q", got)
			}
		})
	}
	// A pattern may be what grants, and one issuer that could is enough.
	var log bytes.Buffer
	said := requires(guardOf(t, &log, others, auth.Mapping(patterns)), protected(permission)) +
		requires(newGuard(t, auth.Logger(slog.New(slog.NewTextHandler(&log, nil))),
			auth.Issuer(testIssuer, auth.Audience("a"), auth.PublicJWKS(jwks(edSigner().jwk())), none),
			auth.Issuer("https://partner.example", auth.Audience("a"), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(auth.MappingAuthgen), all),
		), protected(tenant, owner, role, permission, scope, stepUp))
	if said != "" || log.Len() > 0 {
		t.Errorf("said %q, logged %q", said, log.String())
	}
}

// guardOf makes a guard for edSigner's tokens that logs into a buffer.
func guardOf(t *testing.T, log *bytes.Buffer, opts ...auth.IssuerOption) *auth.Guard {
	t.Helper()
	all := []auth.IssuerOption{auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(auth.MappingAuthgen)}
	return newGuard(t, auth.Issuer(testIssuer, append(all, opts...)...), auth.Clock(fixedClock), auth.Logger(slog.New(slog.NewTextHandler(log, nil))))
}

// requires returns what Require panics with, "" for nothing.
func requires(g *auth.Guard, rules ...*auth.Rule) (said string) {
	defer func() {
		if got := recover(); got != nil {
			said = fmt.Sprint(got)
		}
	}()
	g.Require(rules...)
	return ""
}

// barred is a sink that can take no events of some handlers.
type barred struct {
	events
	told []string
}

func (b *barred) PrepareAudit(handler string) error {
	b.told = append(b.told, handler)
	if handler == "barred" {
		return errors.New("it may not")
	}
	return nil
}

// TestAuditPreparer holds that a sink is told where routes are wired which rules have
// events, and that its error is one of wiring.
func TestAuditPreparer(t *testing.T) {
	t.Parallel()
	b := new(barred)
	g := guardWith(t, auth.Auditor(b))
	rule := func(handler, name string) *auth.Rule {
		return &auth.Rule{Handler: handler, Access: auth.Restricted, Audit: auth.Audit{Name: name}}
	}
	if said := requires(g, rule("one", "one.read"), rule("silent", ""), rule("two", "two.read")); said != "" {
		t.Errorf("panic: %s", said)
	}
	if said := requires(g, rule("barred", "three.read")); said != "auth: barred: it may not" {
		t.Errorf("panic: %q", said)
	}
	if !slices.Equal(b.told, []string{"one", "two", "barred"}) {
		t.Errorf("told %q", b.told)
	}
}
