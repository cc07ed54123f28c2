package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// revoking revokes tokens of the subject "gone", and cannot tell of "unknown".
type revoking struct{}

func (revoking) Revoked(_ context.Context, id *auth.Identity) (bool, error) {
	if id.Subject() == "unknown" {
		return false, errors.New("unreachable")
	}
	return id.Subject() == "gone", nil
}

// explainTokens are tokens of every sort, by what becomes of them: the first of
// its checks that is not true, "" where the token is valid.
func explainTokens() map[string]struct{ token, fails string } {
	type claims = map[string]any
	s := edSigner()
	const multiFactor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
	good := s.token(nil)
	return map[string]struct{ token, fails string }{
		"none":             {"", "credential"},
		"a space":          {"a b", "form"},
		"no token":         {"s3cr3t", "form"},
		"too long":         {strings.Repeat("a", 17<<10), "form"},
		"a cut one":        {good[:len(good)-4] + "A", "signature"},
		"alg none":         {s.sign(`{"alg":"none"}`, claimsWith(nil)), "algorithm"},
		"crit":             {s.sign(`{"alg":"EdDSA","kid":"k1","crit":["x"]}`, claimsWith(nil)), "form"},
		"alg not allowed":  {signer{"HS256", "k1", make([]byte, 32)}.token(nil), "algorithm"},
		"unknown kid":      {signer{"EdDSA", "s3cr3t\"\n", edPrivate()}.token(nil), "key"},
		"forged":           {signer{"EdDSA", "k1", newEd25519()}.token(nil), "signature"},
		"no claims":        {s.sign(s.header(), `[]`), "claims"},
		"twice":            {s.sign(s.header(), `{"sub":"s3cr3t","sub":"x"}`), "claims"},
		"another issuer":   {s.token(claims{"iss": "https://s3cr3t.example"}), "issuer"},
		"another typ":      {s.sign(`{"alg":"EdDSA","kid":"k1","typ":"x"}`, claimsWith(nil)), "typ"},
		"another case":     {s.token(claims{"Roles": []string{"admin"}}), "names of claims"},
		"another audience": {s.token(claims{"aud": "s3cr3t"}), "audience"},
		"expired":          {s.token(claims{"exp": 1}), "times"},
		"too early":        {s.token(claims{"nbf": testNow.Add(time.Hour).Unix()}), "times"},
		"two mistakes":     {s.token(claims{"exp": 1, "aud": "s3cr3t"}), "audience"},
		"no subject":       {s.token(claims{"sub": nil}), "mapping"},
		"bound":            {s.token(claims{"cnf": claims{"jkt": "s3cr3t"}}), "mapping"},
		"revoked":          {s.token(claims{"sub": "gone"}), "revocation"},
		"maybe revoked":    {s.token(claims{"sub": "unknown"}), "revocation"},

		"user":    {good, ""},
		"admin":   {s.token(claims{"roles": []string{"admin", "s3cr3t"}, "tenantId": "t1", "scope": "read"}), ""},
		"stepped": {s.token(claims{"acr": multiFactor, "amr": []string{"mfa", "otp"}, "auth_time": testNow.Unix(), "permissions": []string{"write"}}), ""},
		"garbled": {s.token(claims{"acr": 1, "roles": []string{"admin"}}), ""},
		"actor":   {s.token(claims{"act": claims{"sub": "s3cr3t"}, "roles": []string{"admin"}}), ""},
		"service": {s.token(claims{"type": "service", "sub": "s3cr3t"}), ""},
		"unclear": {s.token(claims{"type": "s3cr3t"}), ""},
		"vendor":  {s.token(claims{"type": "vendor"}), ""},
	}
}

// explainRules are rules with each demand, alone and together.
func explainRules() map[string]*auth.Rule {
	type q = auth.Demands
	check := func(permission string) []auth.ResourceCheck {
		return []auth.ResourceCheck{{Type: "project", ID: "{id}", Permission: permission}}
	}
	return map[string]*auth.Rule{
		"nil": nil, "closed": {}, "beyond": {Access: 9}, "public": {Access: auth.Public}, "optional": {Access: auth.Optional},
		"public demands":   {Access: auth.Public, All: []q{{Roles: []string{"admin"}}}},
		"optional demands": {Access: auth.Optional, All: []q{{Roles: []string{"admin"}}}},

		"any": protected(), "roles": protected(q{Roles: []string{"admin", "editor"}}), "permissions": protected(q{Permissions: []string{"write"}}),
		"scopes": protected(q{Scopes: []string{"read"}}), "tokens": protected(q{Kinds: auth.KindUser | auth.KindVendor}), "issuers": protected(q{Issuers: []string{testIssuer}}),
		"another issuer": protected(q{Issuers: []string{"partner"}}), "tenant": protected(q{Tenant: "id"}), "owner": protected(q{Owner: "user"}),
		"no parameter": protected(q{Owner: "other"}), "actor": protected(q{NoActor: true}),
		"stepup": protected(q{StepUp: auth.StepUp{Required: true}}), "stepup soon": protected(q{StepUp: auth.StepUp{Required: true, MaxAge: time.Minute}}),
		"features": protected(q{Features: []string{"t1", ""}}), "check": protected(q{Checks: check("yes")}), "not checked": protected(q{Checks: check("no")}),
		"nobody answers": protected(q{Checks: check("error")}), "a panic": protected(q{Checks: check("panic")}),
		"policy":    protected(q{Policy: func(d *auth.Decision) auth.Truth { return auth.Or(d.Role("admin"), d.StepUp(0)) }}),
		"no policy": protected(q{Policy: func(d *auth.Decision) auth.Truth { return d.Role("admin").Not() }, PolicyVendor: true}),
		"all": protected(
			q{Roles: []string{"admin"}, Scopes: []string{"read"}, Tenant: "id"},
			q{Kinds: auth.KindUser, Features: []string{"t1"}, Checks: check("yes"), StepUp: auth.StepUp{Required: true}},
		),
		"twice": protected(q{Roles: []string{"admin"}}, q{Roles: []string{"editor"}, Checks: check("error")}),
	}
}

// TestExplain holds that what is explained is what the guard decides, for every
// sort of token and rule, that all checks are true when it admits and one is not
// when it denies, and that no claim is shown.
func TestExplain(t *testing.T) {
	t.Parallel()
	seen := new(recorder)
	opts := []auth.Option{auth.Features(ownTenant{}), auth.Checker(new(oracle)), auth.Revocations(revoking{}), auth.Observe(seen)}
	p := path{"id": "t1", "user": "u1"}
	full, bare := guardWith(t, opts...), guardWith(t, auth.Observe(seen))
	for _, guard := range []*auth.Guard{full, bare, nil, {}} {
		for ruleName, rule := range explainRules() {
			for tokenName, c := range explainTokens() {
				r := bearer(c.token)
				if c.token == "" {
					r.Header.Del("Authorization")
				}
				_, challenge := guard.Admit(r, p, rule)
				seen.take()
				x := auth.Explain(t.Context(), guard, rule, c.token, p)
				want := auth.Explanation{Status: http.StatusOK}
				if challenge != nil {
					want.Status, want.Code, want.Reason = challenge.Status(), challenge.Code(), challenge.Reason()
				}
				at := fmt.Sprintf("%s, rule %s", tokenName, ruleName)
				if x.Status != want.Status || x.Code != want.Code || x.Reason != want.Reason {
					t.Errorf("%s: %s\nwant %+v", at, x, want)
				}
				fails, held := "", true
				for _, check := range x.Checks {
					if check.Outcome != auth.OutcomeTrue {
						held = false
						if fails == "" {
							fails = check.Name
						}
					}
				}
				if held != (x.Status == http.StatusOK) {
					t.Errorf("%s: all checks hold: %v\n%s", at, held, x)
				}
				if guard == full && ruleName == "any" && tokenName != "vendor" && fails != c.fails {
					t.Errorf("%s: fails at %q, want %q\n%s", at, fails, c.fails, x)
				}
				if text := fmt.Sprintf("%+v %s", *x, x); strings.Contains(strings.ReplaceAll(text, `kid "s3cr3t`, ""), "s3cr3t") || c.token != "" && strings.Contains(text, c.token) {
					t.Errorf("%s: shows a secret\n%s", at, text)
				}
				if events := seen.take(); events != nil {
					t.Errorf("%s: observed as %+v", at, events)
				}
			}
		}
	}
}

// TestExplanationTable holds what people read: each check in its place, what was
// not asked, and why.
func TestExplanationTable(t *testing.T) {
	t.Parallel()
	g := guardWith(t, auth.Checker(new(oracle)))
	rule := protected(
		auth.Demands{Kinds: auth.KindUser, Tenant: "id", Roles: []string{"admin", "editor"}},
		auth.Demands{StepUp: auth.StepUp{Required: true, MaxAge: time.Minute}, Checks: []auth.ResourceCheck{{Type: "project", ID: "{id}", Permission: "error"}}},
	)
	for token, want := range map[string]string{
		edSigner().token(map[string]any{"roles": []string{"editor"}}): `test
rule             true             restricted
form             true
algorithm        true             EdDSA
key              true             kid "k1" of issuer "https://id.example.com"
signature        true
claims           true
issuer           true             "https://id.example.com"
typ              true             absent
names of claims  true
audience         true
times            true
mapping          true
kind             true             user
tokens           true             user
tenant           unknown          path parameter "id": has no active tenant
roles            true             "admin" or "editor"
stepup           false            within 1m0s: acr shows no step-up
check            unavailable      "project:{id}#error": the resource checker did not answer: unreachable
answer           403 permission_denied  has no active tenant
`,
		edSigner().token(map[string]any{"exp": 1, "aud": "x"}): `test
rule             true             restricted
form             true
algorithm        true             EdDSA
key              true             kid "k1" of issuer "https://id.example.com"
signature        true
claims           true
issuer           true             "https://id.example.com"
typ              true             absent
names of claims  true
audience         false            aud does not name this service, which is ["files-api"] (auth.Audience)
times            false            the token has expired
mapping          not asked
kind             not asked
tokens           not asked        user
tenant           not asked        path parameter "id"
roles            not asked        "admin" or "editor"
stepup           not asked        within 1m0s
check            not asked        "project:{id}#error"
answer           401 unauthenticated  issuer https://id.example.com: aud does not name this service, which is ["files-api"] (auth.Audience)
`,
	} {
		x := auth.Explain(t.Context(), g, rule, token, path{"id": "t1"})
		if got := x.String(); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
			t.Errorf("%s\nwant %s", got, want)
		}
		column := -1 // of what the checks are of
		for line := range strings.Lines(x.String()) {
			if strings.HasSuffix(line, " \n") {
				t.Errorf("spaces at the end of %q", line)
			}
			for _, mark := range []string{"restricted", "EdDSA", `kid "k1"`, "path parameter"} {
				if at := strings.Index(line, mark); at >= 0 && column >= 0 && at != column {
					t.Errorf("not aligned: %s", line)
				} else if at >= 0 {
					column = at
				}
			}
		}
		if column < 0 {
			t.Error("nothing is aligned")
		}
	}
}

// TestExplainKeys holds what is explained where an issuer's keys cannot be had.
func TestExplainKeys(t *testing.T) {
	t.Parallel()
	s := newKeyServer(t, edSigner().jwk())
	g := s.guard(t)
	if x := auth.Explain(t.Context(), g, protected(), s.token(edSigner()), nil); x.Status != http.StatusOK {
		t.Errorf("%s", x)
	}
	unavailable := func(ctx context.Context) {
		t.Helper()
		x := auth.Explain(ctx, g, protected(), s.token(edSigner()), nil)
		if x.Status != http.StatusServiceUnavailable || x.Checks[3].Name != "key" || x.Checks[3].Outcome != auth.OutcomeUnavailable || !strings.Contains(x.Checks[3].Reason, "keys of issuer") {
			t.Errorf("%s", x)
		}
	}
	// They are too old to use before newer ones came, and who asks has no time.
	end := make(chan struct{})
	s.handle(func(http.ResponseWriter, *http.Request) { <-end })
	s.clock.advance(16 * time.Minute)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	unavailable(over)
	close(end)
	s.clock.advance(25 * time.Hour)
	unavailable(t.Context())
}
