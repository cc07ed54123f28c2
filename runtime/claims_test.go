package auth_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// raw is JSON that encoding/json would not write.
func raw(s string) json.RawMessage { return json.RawMessage(s) }

func TestR10Issuer(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, iss := range []any{nil, "", testIssuer + "/", "HTTPS://id.example.com", "https://ID.example.com", "https://id.example.com:443", testIssuer + " ", 1, []string{testIssuer}, raw("null")} {
		refuses(t, g, s.token(map[string]any{"iss": iss}), "iss")
	}
}

// TestR10SharedKeys holds that issuers may publish the same keys, as the tenants
// of one provider do, and tokens are still those of the issuer they name.
func TestR10SharedKeys(t *testing.T) {
	t.Parallel()
	s := edSigner()
	const first, second = "https://id.example.com/a", "https://id.example.com/b"
	issuer := func(url, name string, opts ...auth.IssuerOption) auth.Option {
		return auth.Issuer(url, append(opts, auth.Name(name), auth.Audience(testAudience), auth.PublicJWKS(jwks(s.jwk())), auth.Mapping(auth.MappingAuthgen))...)
	}
	users := auth.Asserts(auth.Assertion{Kinds: auth.KindUser})
	// What only the first issuer demands is not demanded of the second's tokens.
	g := newGuard(t, auth.Clock(fixedClock), quiet(),
		issuer(first, "first", auth.Asserts(auth.Assertion{Kinds: auth.KindService}), auth.RequireType("at+jwt")), issuer(second, "second", users),
		issuer("https://other.example", "third", users))
	if id := accepts(t, g, s.token(map[string]any{"iss": second})); id.IssuerName() != "second" {
		t.Errorf("issuer %s", id.IssuerName())
	}
	typed := `{"alg":"EdDSA","kid":"k1","typ":"at+jwt"}`
	if id := accepts(t, g, s.sign(typed, claimsWith(map[string]any{"iss": first, "type": "service"}))); id.IssuerName() != "first" {
		t.Errorf("issuer %s", id.IssuerName())
	}
	refuses(t, g, s.sign(typed, claimsWith(map[string]any{"iss": first})), "issuer first: the issuer may not assert tokens of kind user")
	refuses(t, g, s.token(map[string]any{"iss": "https://id.example.com/c"}), "iss is missing or that of another issuer")
	refuses(t, g, s.token(map[string]any{"iss": nil}), "iss is missing or that of another issuer")
	refuses(t, g, s.sign(s.header(), "[]"), "the claims are malformed")
}

func TestR11Audience(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, aud := range []any{testAudience, []string{testAudience}, []string{"x", testAudience, "y"}} {
		accepts(t, g, s.token(map[string]any{"aud": aud}))
	}
	for _, aud := range []any{
		nil, "", "x", []string{}, []string{"x"}, testAudience + " ", "FILES-API", 1, true, raw("null"),
		[]any{testAudience, 1}, []any{nil, testAudience}, []any{[]string{testAudience}}, map[string]string{"a": testAudience},
	} {
		refuses(t, g, s.token(map[string]any{"aud": aud}), "aud")
	}
	several := issuerGuard(t, auth.Audience("other"))
	accepts(t, several, s.token(map[string]any{"aud": "other"}))
	accepts(t, several, s.token(nil))

	keys := auth.PublicJWKS(jwks(s.jwk()))
	newFails(t, "Audience is missing", auth.Issuer(testIssuer, keys))
	newFails(t, "Audience", auth.Issuer(testIssuer, keys, auth.Audience()))
	newFails(t, "Audience", auth.Issuer(testIssuer, keys, auth.Audience("")))
	newFails(t, "contradict", auth.Issuer(testIssuer, keys, auth.Audience("a"), auth.InsecureNoAudience()))
	open := newGuard(t, auth.Issuer(testIssuer, keys, auth.InsecureNoAudience()), auth.Clock(fixedClock), quiet())
	accepts(t, open, s.token(map[string]any{"aud": nil}))
	accepts(t, open, s.token(map[string]any{"aud": "x"}))
}

func TestR12Times(t *testing.T) {
	t.Parallel()
	s := edSigner()
	at := func(d time.Duration) int64 { return testNow.Add(d).Unix() }
	exact := issuerGuard(t, auth.Leeway(0))
	loose := issuerGuard(t, auth.Leeway(30*time.Second))

	accepts(t, exact, s.token(map[string]any{"exp": at(time.Second)}))
	refuses(t, exact, s.token(map[string]any{"exp": at(0)}), "expired")
	accepts(t, loose, s.token(map[string]any{"exp": at(-29 * time.Second)}))
	refuses(t, loose, s.token(map[string]any{"exp": at(-30 * time.Second)}), "expired")
	accepts(t, exact, s.token(map[string]any{"exp": raw("1.9e9")}))
	accepts(t, exact, s.token(map[string]any{"exp": raw("253402300799")}))

	accepts(t, exact, s.token(map[string]any{"nbf": at(0)}))
	refuses(t, exact, s.token(map[string]any{"nbf": at(time.Second)}), "not valid yet")
	accepts(t, loose, s.token(map[string]any{"nbf": at(30 * time.Second)}))
	refuses(t, loose, s.token(map[string]any{"nbf": at(31 * time.Second)}), "not valid yet")

	accepts(t, exact, s.token(map[string]any{"iat": nil}))
	refuses(t, exact, s.token(map[string]any{"iat": at(time.Second)}), "iat is in the future")
	accepts(t, loose, s.token(map[string]any{"iat": at(30 * time.Second)}))

	for _, name := range []string{"exp", "nbf", "iat"} {
		for _, value := range []string{
			"null", `"1900000000"`, "true", "[]", "{}", "-1", "-0.5", "253402300800", "1e300", "9.3e18", "-1e300", "1e400", "9223372036854775808",
		} {
			refuses(t, exact, s.token(map[string]any{name: raw(value)}), name)
		}
		// Some issuers write nbf 0.
		for _, value := range []string{"0", "-0", "0.5", "1e-400"} {
			if token := s.token(map[string]any{name: raw(value)}); name == "nbf" {
				accepts(t, exact, token)
			} else {
				refuses(t, exact, token, name)
			}
		}
	}

	refuses(t, exact, s.token(map[string]any{"exp": nil}), "exp is missing")
	forever := issuerGuard(t, auth.InsecureNoExpiry())
	if id := accepts(t, forever, s.token(map[string]any{"exp": nil})); !id.Expiry().IsZero() {
		t.Error("a token without expiry has one")
	}
	refuses(t, forever, s.token(map[string]any{"exp": at(-time.Hour)}), "expired")

	young := issuerGuard(t, auth.MaxTokenAge(5*time.Minute), auth.Leeway(0))
	accepts(t, young, s.token(map[string]any{"iat": at(-5 * time.Minute)}))
	refuses(t, young, s.token(map[string]any{"iat": at(-5*time.Minute - time.Second)}), "too long ago")
	refuses(t, young, s.token(map[string]any{"iat": nil}), "iat is missing")

	accepts(t, issuerGuard(t, auth.MaxTokenAge(math.MaxInt64)), s.token(nil))

	for _, d := range []time.Duration{-1, 2 * time.Minute} {
		newFails(t, "Leeway", auth.Issuer(testIssuer, auth.Leeway(d)))
	}
}

func TestR13Subject(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, sub := range []any{nil, "", 1, raw("null"), []string{"u1"}} {
		refuses(t, g, s.token(map[string]any{"sub": sub}), "sub")
	}
	refuses(t, g, s.token(map[string]any{"jti": 1}), "jti")

	frontegg := issuerGuard(t, auth.Mapping(auth.MappingFrontegg))
	accepts(t, frontegg, s.token(map[string]any{"tenantId": "t1"}))
	for _, name := range []string{"iat", "type", "tenantId"} {
		refuses(t, frontegg, s.token(map[string]any{"tenantId": "t1", name: nil}), name)
	}
	refuses(t, frontegg, s.token(map[string]any{"tenantId": ""}), "tenantId")
	refuses(t, frontegg, s.token(map[string]any{"tenantId": raw("null")}), "tenantId")
	// The type is one of a list, also where its absence would leave the tenant
	// out or another claim speaks for a kind.
	only := issuerGuard(t, auth.Mapping(auth.MappingFrontegg), auth.IssuesOnly(auth.KindUser))
	for _, typ := range []any{"mfaToken", "usertoken", "userToken ", "pat", "service", "", 5, raw("null"), []string{"userToken"}, map[string]any{"userToken": true}} {
		for _, g := range []*auth.Guard{frontegg, only} {
			refuses(t, g, s.token(map[string]any{"type": typ}), `"type" is not what the mapping requires`)
			refuses(t, g, s.token(map[string]any{"type": typ, "tenantId": "t1"}), `"type" is not what the mapping requires`)
		}
	}
	// A vendor belongs to no tenant.
	if _, err := frontegg.Validate(t.Context(), s.token(map[string]any{"type": "vendor"}), auth.Tokens(auth.KindVendor)); err != nil {
		t.Error(err)
	}
}

func TestR14ExactNames(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, name := range []string{
		"EXP", "Iss", "AUD", "Nbf", "SUB", "ROLES", "Roles", "role\u017f", "i\u017f\u017f", "Permissions", "SCOPE", "Type", "TenantId", "tenantid",
		"tenantID\u0073", "ACT", "CNF", "acR", "Auth_Time",
	} {
		token := s.token(map[string]any{name: []string{"admin"}, "roles": []string{"user"}})
		if name == "tenantID\u0073" {
			// Equal to no claim of the mapping but tenantIds.
			token = s.token(map[string]any{"tenantIDs": []string{"t1"}})
		}
		refuses(t, g, token, "by case only")
	}
	// Without a twin the folded name grants nothing either.
	refuses(t, g, s.token(map[string]any{"ROLES": []string{"admin"}}), "by case only")
	// Claims that decide nothing may be called as they like.
	accepts(t, g, s.token(map[string]any{"Nickname": "x", "nickname": "y", "METADATA": 1}))

	// Every letter folds as in strings.EqualFold.
	claims := auth.MappingAuthgen.Claims()
	claims.Roles = []auth.ListClaim{auth.ClaimStrings("Κλάσης ſtraße k")}
	own := issuerGuard(t, auth.Mapping(claims))
	accepts(t, own, s.token(map[string]any{"Κλάσης ſtraße k": []string{"a"}, "Κλάσης strasse k": 1}))
	for _, name := range []string{"ΚΛΆΣΗΣ STRAẞE K", "κλάσησ straße \u212a", "Κλάσης ſtraẞe k"} {
		refuses(t, own, s.token(map[string]any{name: []string{"a"}}), "by case only")
	}

	keycloak := issuerGuard(t, auth.Mapping(auth.MappingKeycloak))
	accepts(t, keycloak, s.token(map[string]any{"typ": "Bearer", "realm_access": map[string]any{"roles": []string{"a"}}}))
	refuses(t, keycloak, s.token(map[string]any{"typ": "Bearer", "realm_access": map[string]any{"Roles": []string{"a"}}}), `"realm_access.roles"`)
	refuses(t, keycloak, s.token(map[string]any{"typ": "Bearer", "Realm_access": map[string]any{"roles": []string{"a"}}}), `"realm_access"`)
}

// TestNamesCost holds that whoever chooses the names of claims does not choose
// what it costs to look for others.
func TestNamesCost(t *testing.T) { // not parallel, for AllocsPerRun
	base := claimsWith(nil)
	var names strings.Builder
	for i := range 700 {
		fmt.Fprintf(&names, `,"\u0061%d":1`, i)
	}
	g, s := guardWith(t, auth.NoTokenCache()), edSigner()
	token := s.sign(s.header(), base[:len(base)-1]+names.String()+"}")
	if got := testing.AllocsPerRun(5, func() { accepts(t, g, token) }); got > 3*700 {
		t.Errorf("%v allocations for 700 names", got)
	}
	// Of the header the caller chooses them, without any signature.
	header := s.header()
	for i := range 14 {
		header = fmt.Sprintf(`%s,"%s%02d":1}`, header[:len(header)-1], strings.Repeat(`\u0061`, 30), i)
	}
	forger := signer{s.alg, s.kid, newEd25519()} // or the header would be known
	token = forger.sign(header, base)
	if got := testing.AllocsPerRun(5, func() { refuses(t, g, token, "signature") }); got > 100 {
		t.Errorf("%v allocations for 14 names of the header", got)
	}
	header = s.header()
	for i := range 29 { // that begin and end alike
		header = fmt.Sprintf(`%s,"\u0061%02d%sa":1}`, header[:len(header)-1], i, strings.Repeat("a", 80))
	}
	token = forger.sign(header, base)
	if got := testing.AllocsPerRun(5, func() { refuses(t, g, token, "signature") }); got > 150 {
		t.Errorf("%v allocations for 29 names of the header", got)
	}
}

func TestR15Lists(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, name := range []string{"roles", "permissions", "tenantIds"} {
		for _, value := range []string{`null`, `"admin"`, `1`, `true`, `{}`, `{"admin":true}`, `["admin",null]`, `["admin",1]`, `[["admin"]]`} {
			refuses(t, g, s.token(map[string]any{name: raw(value)}), name)
		}
	}
	for _, name := range []string{"scope", "scp"} {
		for _, value := range []string{`null`, `1`, `{}`, `["a",null]`} {
			refuses(t, g, s.token(map[string]any{name: raw(value)}), name)
		}
	}
	id := accepts(t, g, s.token(map[string]any{"roles": []string{"", " admin", "Admin", "admin\u0000"}}))
	for _, role := range []string{"admin", "", "ADMIN"} {
		if id.HasRole(role) {
			t.Errorf("holds role %q", role)
		}
	}
	if !id.HasRole(" admin") || !id.HasRole("admin\x00") {
		t.Error("roles are not compared byte for byte")
	}
	id = accepts(t, g, s.token(map[string]any{"scope": "  a b  c ", "scp": []string{"d"}}))
	if got := id.Scopes(); len(got) != 4 || !id.HasScope("a") || !id.HasScope("d") || id.HasScope("") || id.HasScope("a b") {
		t.Errorf("scopes %q", got)
	}
}

func TestR23BoundTokens(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, cnf := range []string{`{"jkt":"x"}`, `{"x5t#S256":"x"}`, `{}`, `null`, `"x"`} {
		refuses(t, g, s.token(map[string]any{"cnf": raw(cnf)}), "cnf")
	}
}

func TestActorForms(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, act := range []string{`null`, `"admin"`, `[]`, `{"sub":1}`, `{"iss":null}`} {
		refuses(t, g, s.token(map[string]any{"act": raw(act)}), "act")
	}
	id := accepts(t, g, s.token(map[string]any{"act": raw(`{"sub":"support","iss":"https://a.example"}`)}))
	if actor, ok := id.Actor(); !ok || actor.Subject != "support" || actor.Issuer != "https://a.example" {
		t.Errorf("actor %v %v", actor, ok)
	}
	// An actor that nobody names is an actor.
	id = accepts(t, g, s.token(map[string]any{"act": raw(`{}`)}))
	if _, ok := id.Actor(); !ok {
		t.Error("an empty act is no actor")
	}
}

// TestMappedForms holds that a claim of another form than its mapping says makes
// the token invalid, where it decides on access.
func TestMappedForms(t *testing.T) {
	t.Parallel()
	type claims = map[string]any
	const roles, org = "urn:zitadel:iam:org:project:roles", "urn:zitadel:iam:user:resourceowner:id"
	for why, c := range map[string]struct {
		mapping auth.KnownMapping
		claims  claims
	}{
		"the tenant is no string":  {auth.MappingAuthgen, claims{"tenantId": []string{"t1"}}},
		"tenant is no string":      {auth.MappingAuthgen, claims{"tenantId": raw("null")}},
		"the user id is no string": {auth.MappingAuthgen, claims{"type": "pat", "userId": 7}},
		"user id is no string":     {auth.MappingAuthgen, claims{"type": "userAccessToken", "userId": raw("null")}},
		roles:                      {auth.MappingZitadel, claims{org: "o1", roles: []string{"admin"}}},
		`"` + roles + `" has not`:  {auth.MappingZitadel, claims{org: "o1", roles: claims{"admin": "o1"}}},
		`"` + roles + `"`:          {auth.MappingZitadel, claims{org: "o1", roles: claims{"admin": claims{"o1": "x"}, "owner": true}}},
		"org_ids":                  {auth.MappingFrontier, claims{"gen": "system", "jti": "1", "sub_type": "app/user", "org_ids": []string{"o1"}}},
		"realm_access.roles":       {auth.MappingKeycloak, claims{"typ": "Bearer", "realm_access": claims{"roles": "admin"}}},
	} {
		refuses(t, issuerGuard(t, auth.Mapping(c.mapping)), edSigner().token(c.claims), why)
	}
	for _, value := range []string{"[]", `"admin"`, "null", "1", "true"} {
		refuses(t, issuerGuard(t, auth.Mapping(auth.MappingZitadel)), edSigner().token(claims{org: "o1", roles: raw(value)}), roles)
	}
	// Roles are those of the active tenant, and without one there are none.
	zitadel := issuerGuard(t, auth.Mapping(auth.MappingZitadel))
	held := claims{"admin": claims{"o1": "x"}, "owner": claims{"o2": "x"}, "none": claims{}, "nobody's": claims{"": "x"}, "a\u0022b": claims{"o0": 1, "o1": raw("null"), "o9": claims{"o2": 1}}}
	for tenant, want := range map[any]string{"o1": `["a\"b" "admin"]`, "o2": `["owner"]`, "o3": "[]", "": "[]", nil: "[]"} {
		if got := fmt.Sprintf("%q", accepts(t, zitadel, edSigner().token(claims{org: tenant, roles: held})).Roles()); got != want {
			t.Errorf("in %v: roles %s, want %s", tenant, got, want)
		}
	}
}

// TestRequiredByKind holds that each kind's tokens need the claims of that kind,
// and no others.
func TestRequiredByKind(t *testing.T) {
	t.Parallel()
	claims := auth.MappingAuthgen.Claims()
	claims.Required = []auth.Requirement{{Kinds: auth.KindPAT, Claims: []string{"a", "b"}}, {Kinds: auth.KindUser | auth.KindService, Claims: []string{"c"}}}
	g := issuerGuard(t, auth.Mapping(claims))
	for claim, types := range map[string][]string{"b": {"pat"}, "c": {"userToken", "service"}} {
		for _, typ := range types {
			all := map[string]any{"type": typ, "a": 0, claim: false}
			accepts(t, g, edSigner().token(all))
			for _, value := range []any{nil, raw("null"), ""} {
				all[claim] = value
				refuses(t, g, edSigner().token(all), claim+" is missing or empty")
			}
		}
	}
	accepts(t, g, edSigner().token(map[string]any{"type": "userApiToken"}))
	accepts(t, g, edSigner().token(map[string]any{"type": "x"}))
}

// TestUnclearKinds holds that an issuer which must say what it asserts asserts
// tokens of an unclear kind only where it says so.
func TestUnclearKinds(t *testing.T) {
	t.Parallel()
	unclear, user, service := edSigner().token(map[string]any{"type": "x"}), edSigner().token(nil), edSigner().token(map[string]any{"type": "service"})
	users := issuerGuard(t, auth.Asserts(auth.Assertion{Kinds: auth.KindUser}))
	accepts(t, users, user)
	refuses(t, users, unclear, "may not assert tokens of kind unclear")
	refuses(t, users, service, "may not assert tokens of kind service")
	both := issuerGuard(t, auth.Asserts(auth.Assertion{Kinds: auth.KindUser, Unclear: true}))
	accepts(t, both, user)
	accepts(t, both, unclear)
	refuses(t, both, service, "may not assert tokens of kind service")
}
