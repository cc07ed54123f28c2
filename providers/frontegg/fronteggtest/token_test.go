package fronteggtest_test

import (
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authgen/authgen/authtest"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// verify checks the signature with the key of now, and returns the claims.
func verify(t *testing.T, fake *ft.Fake, token string) jwt.MapClaims {
	t.Helper()
	key, err := jwt.ParseRSAPublicKeyFromPEM([]byte(fake.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	claims, err := parse(token, key)
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// parse checks the signature alone.
func parse(token string, key *rsa.PublicKey) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.NewParser(jwt.WithoutClaimsValidation(), jwt.WithValidMethods([]string{"RS256"})).
		ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return key, nil })
	return claims, err
}

func TestKinds(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	fake := ft.New(t, ft.WithClock(clock))
	common := []string{"iss", "aud", "sub", "type", "tenantId", "applicationId", "iat", "exp", "jti"}
	both := []string{"roles", "permissions"}
	for typ, c := range map[string]struct {
		subject ft.Subject
		claims  [][]string
	}{
		"userToken":         {ft.User("x"), [][]string{common, both, {"name", "email", "email_verified", "tenantIds", "metadata"}}},
		"userApiToken":      {ft.UserAPI("x"), [][]string{common, both, {"userId", "createdByUserId"}}},
		"tenantApiToken":    {ft.TenantAPI("x"), [][]string{common, both, {"createdByUserId"}}},
		"userAccessToken":   {ft.UserAccess("x"), [][]string{common, {"userId"}}},
		"tenantAccessToken": {ft.TenantAccess("x"), [][]string{common}},
		"vendor":            {ft.Vendor("x"), [][]string{{"type", "vendorId", "iat", "exp"}}},
	} {
		claims := verify(t, fake, fake.Token(c.subject))
		want := slices.Concat(c.claims...)
		var got []string
		for name := range claims {
			got = append(got, name)
		}
		slices.Sort(want)
		slices.Sort(got)
		now := float64(clock.Now().Unix())
		if !slices.Equal(got, want) || claims["type"] != typ || claims["iat"] != now || claims["exp"] != now+3600 {
			t.Errorf("%s: %v", typ, claims)
		}
		if typ != "vendor" && (claims["iss"] != fake.Domain() || claims["aud"] != fake.ClientID() || claims["sub"] != "x") {
			t.Errorf("%s: %v", typ, claims)
		}
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	fake := ft.New(t, ft.WithClock(clock))
	now := float64(clock.Now().Unix())
	for name, c := range map[string]struct {
		option ft.TokenOption
		claim  string
		want   any // nil for none
	}{
		"tenant":      {ft.Tenant("t9"), "tenantId", "t9"},
		"owner":       {ft.OwnedBy("u9"), "userId", "u9"},
		"creator":     {ft.CreatedBy("u9"), "createdByUserId", "u9"},
		"name":        {ft.Name("Ada"), "name", "Ada"},
		"email":       {ft.Email("a@b.c"), "email", "a@b.c"},
		"application": {ft.Application("app"), "applicationId", "app"},
		"audience":    {ft.Application("app"), "aud", "app"},
		"auth time":   {ft.AuthTime(clock.Now()), "auth_time", now},
		"acr":         {ft.StepUp(clock.Now()), "acr", ft.StepUpACR},
		"valid for":   {ft.ValidFor(-time.Minute), "exp", now - 60},
		"expired":     {ft.Expired(), "exp", now - 3600},
		"no expiry":   {ft.NoExpiry(), "exp", nil},
		"future":      {ft.IssuedInFuture(), "iat", now + 1800},
		"not yet":     {ft.NotYetValid(), "nbf", now + 1800},
		"roles":       {ft.StringRoles("admin"), "roles", "admin"},
		"permissions": {ft.StringPermissions("p"), "permissions", "p"},
		"issuer":      {ft.WrongIssuer(), "iss", "https://another-environment.example"},
		"other":       {ft.WrongAudience(), "aud", "another-client"},
		"removed":     {ft.Claim("sub", nil), "sub", nil},
		"without":     {ft.Without("sub", "tenantId"), "tenantId", nil},
	} {
		if got := verify(t, fake, fake.Token(ft.User("ada"), c.option))[c.claim]; got != c.want {
			t.Errorf("%s: %s is %v, want %v", name, c.claim, got, c.want)
		}
	}
	lists := verify(t, fake, fake.Token(ft.User("ada"), ft.Roles("a", "b"), ft.Permissions("p"), ft.Tenants("t1", "t2"), ft.StepUp(clock.Now())))
	for claim, n := range map[string]int{"roles": 2, "permissions": 1, "tenantIds": 2, "amr": 2} {
		if got, ok := lists[claim].([]any); !ok || len(got) != n {
			t.Errorf("%s: %v", claim, lists[claim])
		}
	}
}

func TestSignaturesThatAreWrong(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	key, err := jwt.ParseRSAPublicKeyFromPEM([]byte(fake.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	kid := header(t, fake.Token(ft.User("ada")), "kid")
	for name, c := range map[string]struct {
		option ft.TokenOption
		alg    string
		kid    bool // that of the key
	}{
		"forged":   {ft.Forged(), "RS256", true},
		"retired":  {ft.RetiredKey(), "RS256", false},
		"unsigned": {ft.Unsigned(), "none", true},
		"confused": {ft.Confused(), "HS256", true},
		"RS512":    {ft.Algorithm("RS512"), "RS512", true},
		"PS256":    {ft.Algorithm("PS256"), "PS256", true},
		"broken":   {ft.BrokenSignature(), "RS256", true},
	} {
		token := fake.Token(ft.User("ada"), c.option)
		if _, err := parse(token, key); err == nil {
			t.Errorf("%s: verified", name)
		}
		if alg := header(t, token, "alg"); alg != c.alg {
			t.Errorf("%s: alg %v", name, alg)
		}
		if same := header(t, token, "kid") == kid; same != c.kid {
			t.Errorf("%s: its kid is that of the key: %v", name, same)
		}
	}
	// What verifies by another rule is what it claims to be.
	if _, err := jwt.Parse(fake.Token(ft.User("ada"), ft.Confused()), func(*jwt.Token) (any, error) { return []byte(fake.PublicKey()), nil }); err != nil {
		t.Errorf("confused: %v", err)
	}
	if _, err := jwt.Parse(fake.Token(ft.User("ada"), ft.Algorithm("PS256")), func(*jwt.Token) (any, error) { return key, nil }); err != nil {
		t.Errorf("PS256: %v", err)
	}
	if got := header(t, fake.Token(ft.User("ada"), ft.HeaderField("kid", nil), ft.HeaderField("crit", []string{"x"})), "kid"); got != nil {
		t.Errorf("kid %v", got)
	}
}

// header returns a field of the JOSE header.
func header(t *testing.T, token, name string) any {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header[name]
}

// jwks is the answer of the JWKS endpoint.
type jwks struct {
	Keys []struct{ Kty, Use, Alg, Kid, N, E string }
}

func TestKeys(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	c := newClient(t, fake)
	discovery := read[map[string]any](t, c.want(200, "GET", fake.Domain()+"/.well-known/openid-configuration", ""))
	uri, _ := discovery["jwks_uri"].(string)
	if discovery["issuer"] != fake.Domain() || !strings.HasPrefix(uri, fake.Domain()) {
		t.Fatalf("%v", discovery)
	}
	vendor := c.vendorToken()
	base := read[map[string]string](t, c.want(200, "GET", "/vendors/base-url", "", "x-access-token", vendor))
	if base["baseURL"] != fake.Domain() {
		t.Errorf("%v", base)
	}
	published := func() jwks { return read[jwks](t, c.want(200, "GET", uri, "")) }
	configured := func() string {
		got := c.want(200, "GET", "/identity/resources/configurations/v1/", "", "x-access-token", vendor)
		return read[struct{ PublicKey string }](t, got).PublicKey
	}
	good := func(token string) (verifying int) {
		for _, k := range published().Keys {
			if k.Kid != header(t, token, "kid") {
				continue
			}
			n, err1 := base64.RawURLEncoding.DecodeString(k.N)
			e, err2 := base64.RawURLEncoding.DecodeString(k.E)
			if err1 != nil || err2 != nil || k.Kty != "RSA" || k.Use != "sig" || k.Alg != "RS256" {
				t.Fatalf("%+v", k)
			}
			if _, err := parse(token, &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}); err == nil {
				verifying++
			}
		}
		return verifying
	}
	first := fake.Token(ft.User("ada"))
	if good(first) != 1 || configured() != fake.PublicKey() {
		t.Error("the key is another one")
	}
	before := configured()
	fake.RotateGently()
	if good(first) != 1 || good(fake.Token(ft.User("ada"))) != 1 || good(fake.Token(ft.User("ada"), ft.RetiredKey())) != 1 ||
		configured() == before || len(published().Keys) != 2 {
		t.Error("a gentle rotation keeps the key before")
	}
	second := fake.Token(ft.User("ada"))
	fake.Rotate()
	if good(first) != 0 || good(second) != 0 || good(fake.Token(ft.User("ada"))) != 1 || len(published().Keys) != 1 {
		t.Error("a rotation withdraws the key before")
	}
}
