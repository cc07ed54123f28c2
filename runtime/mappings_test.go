package auth_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// TestR6IDTokens holds that an ID token is no access token, where they can be
// told apart and both name the same audience.
func TestR6IDTokens(t *testing.T) {
	t.Parallel()
	s := edSigner()
	for name, c := range map[string]struct {
		mapping auth.KnownMapping
		access  map[string]any // what only access tokens have
		nonce   bool           // is refused
	}{
		"OIDC":     {auth.MappingOIDC, nil, false},
		"Auth0":    {auth.MappingAuth0, map[string]any{"azp": "app"}, true},
		"Okta":     {auth.MappingOkta, map[string]any{"cid": "app"}, true},
		"Entra":    {auth.MappingEntra, map[string]any{"azp": "app"}, true},
		"Zitadel":  {auth.MappingZitadel, nil, true},
		"Keycloak": {auth.MappingKeycloak, map[string]any{"typ": "Bearer"}, false},
		"Cognito":  {auth.MappingCognito, map[string]any{"token_use": "access"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := issuerGuard(t, auth.Mapping(c.mapping))
			token := func(more map[string]any) string {
				claims := map[string]any{"oid": "o1", "tid": "t1", "client_id": testAudience, "auth_time": testNow.Unix(), "sid": "s"}
				if c.mapping == auth.MappingAuth0 {
					delete(claims, "client_id")
				}
				for _, m := range []map[string]any{c.access, more} {
					for name, v := range m {
						claims[name] = v
					}
				}
				return s.token(claims)
			}
			accepts(t, g, token(nil))
			for name := range c.access {
				refuses(t, g, token(map[string]any{name: nil}), name)
			}
			if c.mapping != auth.MappingKeycloak && c.mapping != auth.MappingCognito {
				refuses(t, g, token(map[string]any{"at_hash": "x"}), `"at_hash" is one that the mapping refuses: it is one of ID tokens`)
				refuses(t, g, token(map[string]any{"c_hash": "x"}), `"c_hash" is one that the mapping refuses: it is one of ID tokens`)
			}
			if c.nonce {
				refuses(t, g, token(map[string]any{"nonce": "x"}), `"nonce" is one that the mapping refuses: it is one of ID tokens`)
			} else {
				accepts(t, g, token(map[string]any{"nonce": "x"}))
			}
		})
	}
	// Dex writes at_hash into access tokens.
	claims := auth.MappingOIDC.Claims()
	claims.Refuse = nil
	accepts(t, issuerGuard(t, auth.Mapping(claims)), s.token(map[string]any{"at_hash": "x", "nonce": "x"}))
}

// TestMappedKinds holds where the evidence for a kind is none or contradicts
// itself; TestAccessors has the tokens that show theirs.
func TestMappedKinds(t *testing.T) {
	t.Parallel()
	s := edSigner()
	for name, c := range map[string]struct {
		mapping auth.KnownMapping
		claims  map[string]any
		want    auth.Kinds
	}{
		"OIDC without evidence":       {auth.MappingOIDC, nil, auth.KindUnclear},
		"OIDC auth_time 0":            {auth.MappingOIDC, map[string]any{"auth_time": 0}, auth.KindUnclear},
		"OIDC auth_time never":        {auth.MappingOIDC, map[string]any{"auth_time": "never"}, auth.KindUnclear},
		"Keycloak service of old":     {auth.MappingKeycloak, map[string]any{"typ": "Bearer", "clientId": "svc", "nbf": 0, "auth_time": 0}, auth.KindService},
		"Keycloak user by a client":   {auth.MappingKeycloak, map[string]any{"typ": "Bearer", "sid": "s", "client_id": "web"}, auth.KindUnclear},
		"Keycloak user by a clientId": {auth.MappingKeycloak, map[string]any{"typ": "Bearer", "sid": "s", "clientId": "web"}, auth.KindUnclear},
		"Auth0 both by the subject":   {auth.MappingAuth0, map[string]any{"azp": "a", "sub": "auth0|ada@clients"}, auth.KindUnclear},
		"Auth0 both by gty":           {auth.MappingAuth0, map[string]any{"azp": "a", "sub": "auth0|ada", "gty": "client-credentials"}, auth.KindUnclear},
		"Keycloak neither":            {auth.MappingKeycloak, map[string]any{"typ": "Bearer"}, auth.KindUnclear},
	} {
		if got := accepts(t, issuerGuard(t, auth.Mapping(c.mapping)), s.token(c.claims)).Kind(); got != c.want {
			t.Errorf("%s: kind %v, want %v", name, got, c.want)
		}
	}
}

// TestMappedStepUp holds what each known mapping takes for step-up, what a
// challenge then asks for, and that rules which demand it are refused at start
// where no token proves it.
func TestMappedStepUp(t *testing.T) {
	t.Parallel()
	const multiFactor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
	rule := protected(auth.Demands{StepUp: auth.StepUp{Required: true}})
	for m := auth.MappingOIDC; m <= auth.MappingZitadel; m++ {
		g := issuerGuard(t, auth.Mapping(m), auth.IssuesOnly(auth.KindUser))
		ask := func(changes map[string]any) string {
			claims := map[string]any{
				"typ": "Bearer", "token_use": "access", "azp": "app", "cid": "app", "client_id": testAudience, "tenantId": "t1",
				"oid": "o1", "tid": "t1", "gen": "system", "jti": "j1", "sub_type": "app/user", "amr": []string{"pwd", "mfa"},
			}
			if m == auth.MappingKeycloak {
				delete(claims, "client_id")
			}
			maps.Copy(claims, changes)
			_, c := g.Admit(bearer(edSigner().token(claims)), nil, rule)
			if c == nil {
				return "admitted"
			}
			h := http.Header{}
			c.SetHeader(h)
			_, asked, _ := strings.Cut(h.Get("WWW-Authenticate"), "is required\"")
			return fmt.Sprint(c.Status(), asked)
		}
		var want [3]string // with mfa, with what Frontegg says, with neither
		switch m {
		case auth.MappingAuthgen, auth.MappingFrontegg:
			asked := `401, acr_values="` + multiFactor + `"`
			want = [3]string{asked, "admitted", asked}
		case auth.MappingOIDC, auth.MappingKeycloak, auth.MappingEntra:
			want = [3]string{"admitted", "admitted", "401"}
		default:
			want = [3]string{"403", "403", "403"}
		}
		got := [3]string{ask(nil), ask(map[string]any{"acr": multiFactor, "amr": []string{"mfa", "otp"}}), ask(map[string]any{"amr": []string{"pwd", "otp"}})}
		if got != want {
			t.Errorf("mapping %d: %q, want %q", m, got, want)
		}
		var log bytes.Buffer
		guardOf(t, &log, auth.Mapping(m), auth.IssuesOnly(auth.KindUser)).Require(rule)
		if warned := log.Len() > 0; warned != (want[0] == "403") {
			t.Errorf("mapping %d: warned at start: %v", m, warned)
		}
	}
}

// TestMappingsRefused holds that a mapping which cannot mean what it says, or
// which an unset variable opens, is none.
func TestMappingsRefused(t *testing.T) {
	t.Parallel()
	type claims = auth.Claims
	when := []auth.Condition{auth.ClaimIs("type", "x")}
	for want, mapping := range map[string]claims{
		"exactly one kind":             {Kinds: []auth.KindRule{{Kind: auth.KindUser | auth.KindPAT, When: when}}},
		"has no condition":             {Kinds: []auth.KindRule{{Kind: auth.KindUser}}},
		"names no claim":               {Require: []auth.Condition{{}}},
		"a condition names no":         {Require: []auth.Condition{auth.LacksClaim("")}},
		"nothing to compare it with":   {Refuse: []auth.Condition{auth.ClaimIs("typ")}},
		"or nothing to compare":        {Kinds: []auth.KindRule{{Kind: auth.KindUser, When: []auth.Condition{auth.ClaimContains("sub", "")}}}},
		"condition names no claim, or": {Refuse: []auth.Condition{auth.HasClaim("at_hash", "")}},
		"no claim, or nothing":         {Kinds: []auth.KindRule{{Kind: auth.KindUser, When: []auth.Condition{auth.ClaimsEqual("sub", "")}}}},
		"without roles":                {TenantsAreMemberships: true, Roles: []auth.ListClaim{auth.ClaimStrings("roles")}},
		"list claim has no name":       {Scopes: []auth.ListClaim{{}}},
		"StepUp has an empty value":    {StepUp: auth.StepUpEvidence{ACR: []string{"gold", ""}}},
		"of StepUp has an empty value": {StepUp: auth.StepUpEvidence{AMR: [][]string{{"mfa", ""}}}},
		"the evidence of StepUp has":   {StepUp: auth.StepUpEvidence{AMR: [][]string{{"mfa"}, {}}}},
	} {
		newFails(t, want, auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(mapping)))
	}
}

// TestOptionsAreShared holds that one option may serve several guards, also
// while some of them are in use, and that it does not change with its arguments.
func TestOptionsAreShared(t *testing.T) {
	t.Parallel()
	roles := []string{"a"}
	assertion := auth.Asserts(auth.Assertion{Kinds: auth.KindUser, Roles: roles})
	roles[0] = "b"
	option := auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(auth.MappingAuthgen), assertion)
	token := edSigner().token(map[string]any{"roles": []string{"a", "b"}})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			g, err := auth.New(t.Context(), option, auth.Clock(fixedClock), quiet())
			if err != nil {
				t.Error(err)
				return
			}
			for range 10 {
				if id, err := g.Validate(t.Context(), token); err != nil || !slices.Equal(id.Roles(), []string{"a"}) {
					t.Errorf("roles %v, %v", id, err)
				}
			}
		})
	}
	all.Wait()
}

// TestMappingsAreCopies holds that what Claims returns can be changed without
// changing the known mapping, for everybody in the program.
func TestMappingsAreCopies(t *testing.T) {
	t.Parallel()
	for m := auth.MappingOIDC; m <= auth.MappingZitadel; m++ {
		changed := m.Claims()
		before := fmt.Sprintf("%+v", changed)
		empty(reflect.ValueOf(&changed).Elem())
		if after := fmt.Sprintf("%+v", m.Claims()); after != before || after == fmt.Sprintf("%+v", changed) {
			t.Errorf("mapping %d is %s\nwas %s", m, after, before)
		}
	}
}

// empty sets what others can set in v and in its slices to zero.
func empty(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				empty(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			empty(v.Index(i))
			v.Index(i).SetZero()
		}
	}
}
