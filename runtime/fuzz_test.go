package auth_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	auth "github.com/authgen/authgen/runtime"
)

// fuzzSigners sign what is made up; their keys never change, so that signed inputs
// stay signed.
var fuzzSigners = map[string]signer{
	"HS256": {"HS256", "h", fuzzSecret}, "HS384": {"HS384", "h", fuzzSecret}, "HS512": {"HS512", "h", fuzzSecret},
	"EdDSA": {"EdDSA", "k1", ed25519.NewKeyFromSeed(fuzzSecret[:ed25519.SeedSize])},
}

var fuzzSecret = bytes.Repeat([]byte("secret! "), 8)

// FuzzToken holds that what a guard accepts, golang-jwt accepts too, and that the
// identity says what encoding/json reads in the payload. header and payload are
// signed as the header says; text is a token as it stands.
func FuzzToken(f *testing.F) {
	issuer := func(opts ...auth.IssuerOption) *auth.Guard {
		all := append(opts, auth.Audience(testAudience), auth.Mapping(auth.MappingAuthgen))
		return newGuard(f, auth.Issuer(testIssuer, all...), auth.Clock(fixedClock), quiet())
	}
	hmac := issuer(auth.HMACSecret("h", fuzzSecret))
	public := issuer(auth.PublicJWKS(jwks(fuzzSigners["EdDSA"].jwk())))

	claims := claimsWith(map[string]any{
		"roles": []string{"admin", "\u00e9\""}, "permissions": []string{"a.b"}, "tenantId": "t1", "tenantIds": []string{"t1", "t2"},
		"scope": "a b", "nbf": 1e9, "metadata": map[string]any{"x": []any{nil, -1.5e-7, "\U0001f600"}},
	})
	good := fuzzSigners["EdDSA"].sign(fuzzSigners["EdDSA"].header(), claims)
	with := func(members string) string { return claims[:len(claims)-1] + "," + members + "}" }
	const header = `{"alg":"HS256","kid":"h"}`
	f.Add(header, claims, good)
	f.Add(`{"alg":"EdDSA","kid":"k1"}`, strings.ReplaceAll(claims, "roles", `\u0072oles`), fuzzSigners["HS256"].token(nil))
	f.Add(` {"typ":"JWT" , "alg":"HS512"} `, "\n"+claims+"\t", good+"\n")
	f.Add(`{"alg":"HS384","kid":"h","crit":["b64"]}`, claims, "..")
	f.Add(`{"alg":"none","alg":"HS256"}`, claims, "a.b.c.d.e")
	f.Add(header, with(`"ROLES":["admin"]`), "a.b.c.d")
	f.Add(header, with(`"roles":["admin"]`), good[:len(good)-1]+string(good[len(good)-1]+1))
	f.Add(header, with(`"x":"\ud800"`), "")
	f.Add(header, claims+"{}", good[:20]+"\r"+good[20:])
	for _, member := range []string{"exp", "nbf", "iat"} {
		for _, value := range []string{"1e300", "9.3e18", "0", "-1", "1.9e9", `"1900000000"`, "null"} {
			f.Add(header, claimsWith(map[string]any{member: raw(value)}), "")
		}
	}
	f.Fuzz(func(t *testing.T, header, payload, text string) {
		// Duplicate names and all that is broken sign with HS256.
		var h struct{ Alg string }
		_ = json.Unmarshal([]byte(header), &h)
		s, ok := fuzzSigners[h.Alg]
		if !ok {
			s = fuzzSigners["HS256"]
		}
		type accepted struct {
			id    *auth.Identity
			token string
		}
		var all []accepted
		for _, token := range []string{s.sign(header, payload), text, s.token(map[string]any{"sub": "u2", "x": payload})} {
			for _, g := range []*auth.Guard{hmac, public} {
				id, err := g.Validate(t.Context(), token)
				if err != nil {
					continue
				}
				all = append(all, accepted{id, token})
				// The token is remembered now.
				if id, err = g.Validate(t.Context(), token); err != nil {
					t.Fatalf("refused when it came again: %v", err)
				}
				all = append(all, accepted{id, token})
			}
		}
		// Only now: what came later must not have changed what was there.
		for _, a := range all {
			agrees(t, a.id, a.token)
		}
	})
}

// agrees wants golang-jwt and encoding/json to see the identity in a token.
func agrees(t *testing.T, id *auth.Identity, token string) {
	t.Helper()
	parser := jwt.NewParser(
		// It cuts dates to seconds.
		jwt.WithTimeFunc(fixedClock), jwt.WithLeeway(11*time.Second), jwt.WithStrictDecoding(), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithIssuer(testIssuer), jwt.WithAudience(testAudience), jwt.WithValidMethods([]string{"HS256", "HS384", "HS512", "EdDSA"}),
	)
	parsed, err := parser.Parse(token, func(parsed *jwt.Token) (any, error) {
		if s := fuzzSigners[parsed.Method.Alg()]; s.alg == "EdDSA" {
			return s.private.(ed25519.PrivateKey).Public(), nil
		}
		return fuzzSecret, nil
	})
	if err != nil {
		t.Fatalf("golang-jwt refuses %q: %v", token, err)
	}
	for _, name := range []string{"crit", "b64", "zip", "enc", "cty"} {
		if _, ok := parsed.Header[name]; ok {
			t.Fatalf("%s is in the header of %q", name, token)
		}
	}
	segments := strings.Split(token, ".")
	var payload []byte
	for i, segment := range segments {
		decoded, err := base64.RawURLEncoding.DecodeString(segment)
		if err != nil || b64(decoded) != segment {
			t.Fatalf("%q has another text: %v", token, err)
		}
		if i == 1 {
			payload = decoded
		}
	}
	var claims map[string]any
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	if err := d.Decode(&claims); err != nil || !json.Valid(payload) {
		t.Fatalf("encoding/json refuses %q: %v", payload, err)
	}
	for name, want := range claims {
		if got, ok := id.Claim(name); !ok || !reflect.DeepEqual(got, want) {
			t.Fatalf("claim %q is %#v, want %#v in %q", name, got, want, payload)
		}
	}
	for name, got := range map[string]any{"sub": id.Subject(), "tenantId": id.Tenant(), "roles": id.Roles(), "permissions": id.Permissions(), "tenantIds": id.Tenants()} {
		if want := claims[name]; fmt.Sprintf("%q", got) != fmt.Sprintf("%q", orEmpty(want, got)) {
			t.Fatalf("%s is %q, want %q in %q", name, got, want, payload)
		}
	}
}

// orEmpty returns the claim, or where there is none what its accessor returns then.
func orEmpty(claim, got any) any {
	if claim == nil {
		return reflect.Zero(reflect.TypeOf(got)).Interface()
	}
	return claim
}

// authorization is the grammar of RFC 6750 section 2.1, with the space that RFC 9110
// allows around field values and the case that it leaves open.
var (
	authorization = regexp.MustCompile(`^[ \t]*(?i:bearer) +([A-Za-z0-9._~+/-]+=*)[ \t]*$`)
	otherScheme   = regexp.MustCompile("^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?: (?s:.*)|[ \t]*)$")
)

// FuzzAuthorization holds what status each Authorization header leads to.
func FuzzAuthorization(f *testing.F) {
	g, good := guardWith(f, auth.APIKeyHeader()), edSigner().token(nil)
	const token = "GOOD" // stands for the token, whose key differs from run to run
	for _, value := range []string{
		"Bearer " + token, "bearer  " + token, "BEARER " + token + "\t", "Bearer", "Bearer ", "", " ", "Bearer\t" + token, "Bearer " + token + ",",
		"Basic YTpi", token, "Bearer " + token + "=", "Bearer a b", "\"", "Bearer \u00e9", "b\u00earer x", "Bearer " + token + "\r\nX: y", "Digest a=\"b\"",
	} {
		f.Add(value, "", false)
	}
	f.Add("Bearer "+token, "Bearer "+token, true)
	f.Fuzz(func(t *testing.T, value, second string, twice bool) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		value = strings.ReplaceAll(value, token, good)
		r.Header["Authorization"] = []string{value}
		want := http.StatusBadRequest
		match := authorization.FindStringSubmatch(value)
		scheme := otherScheme.FindStringSubmatch(value)
		switch {
		case twice:
			r.Header["Authorization"] = []string{value, second}
		case match != nil && match[1] == good:
			want = http.StatusOK
		case match != nil || scheme != nil && !strings.EqualFold(scheme[1], "Bearer"):
			want = http.StatusUnauthorized
		}
		if got := answer(g, r, nil, protected()); got != want {
			t.Fatalf("%q: %d, want %d", r.Header["Authorization"], got, want)
		}
	})
}

// FuzzChallenge holds that what options and rules say comes out of WWW-Authenticate
// as it was, and nothing beside it.
func FuzzChallenge(f *testing.F) {
	f.Add("api", "files:read", "https://api.example.com/m", "gold", int64(60))
	f.Add(`a "b" \ c`, `a"b`, "https://api.example.com/a,b=\"c\"", `x\ y", error="z`, int64(0))
	f.Add(" ~", "a\r\nb", "https://api.example.com/\r\nX: y", "\x00\x7f\u00e9", int64(-1))
	f.Add(", Basic realm=x", "a b", "", "", int64(1)<<62)
	f.Fuzz(func(t *testing.T, realm, scope, metadata, acr string, age int64) {
		claims := auth.MappingAuthgen.Claims()
		claims.StepUp = auth.StepUpEvidence{ACR: []string{acr}}
		g, err := auth.New(t.Context(), auth.Realm(realm), auth.ResourceMetadata(metadata), auth.Clock(fixedClock), quiet(),
			auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(claims)))
		if err != nil {
			return
		}
		good := edSigner().token(nil)
		stepUp := auth.Demands{StepUp: auth.StepUp{Required: true, MaxAge: time.Duration(age)}}
		for _, c := range []struct {
			r    *http.Request
			rule *auth.Rule
			want map[string]string // beside realm and resource_metadata; "*" for any text
		}{
			{carried("GET"), protected(), nil},
			{bearer("x"), protected(), map[string]string{"error": "invalid_token", "error_description": "*"}},
			{bearer("x y"), protected(), map[string]string{"error": "invalid_request", "error_description": "*"}},
			{bearer(good), protected(auth.Demands{Scopes: []string{scope}}), map[string]string{"error": "insufficient_scope", "error_description": "*", "scope": scopeToken(scope)}},
			{bearer(good), protected(auth.Demands{Roles: []string{scope + "!"}}), map[string]string{"error": "insufficient_scope", "error_description": "*"}},
			{bearer(good), protected(stepUp), nil},
		} {
			response := denied(t, g, c.r, c.rule)
			values := response.Header.Values("WWW-Authenticate")
			if len(values) != 1 {
				t.Fatalf("%q", values)
			}
			got, ok := parseChallenge(values[0])
			if !ok || strings.ContainsFunc(values[0], func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("no challenge: %q", values[0])
			}
			want := map[string]string{"realm": realm, "resource_metadata": printable(metadata)}
			for name, value := range c.want {
				want[name] = value
			}
			if got["error"] == "insufficient_user_authentication" && age >= 0 && c.want == nil {
				want["error"], want["error_description"], want["acr_values"] = got["error"], "*", printable(acr)
				if age > 0 {
					want["max_age"] = fmt.Sprint(age / int64(time.Second))
				}
			} else if age < 0 && got["error"] == "insufficient_scope" && c.want == nil {
				want["error"], want["error_description"] = got["error"], "*"
			}
			for name, value := range want {
				switch {
				case value == "":
					delete(want, name)
				case value == "*":
					want[name] = got[name]
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%q, want %q", got, want)
			}
		}
	})
}

// scopeToken returns s where it is a scope-token of RFC 6749 section 3.3.
func scopeToken(s string) string {
	if regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`).MatchString(s) {
		return s
	}
	return ""
}

// printable is what is left of s in a header.
func printable(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b)
}

// parseChallenge reads a WWW-Authenticate value with one challenge of the scheme
// Bearer, whose parameters are quoted and different (RFC 9110 section 11.6.1).
func parseChallenge(s string) (map[string]string, bool) {
	s, ok := strings.CutPrefix(s, "Bearer ")
	params := map[string]string{}
	for ok {
		name, rest, found := strings.Cut(s, `="`)
		if !found || !regexp.MustCompile(`^[a-z_]+$`).MatchString(name) {
			return nil, false
		}
		if _, twice := params[name]; twice {
			return nil, false
		}
		var value []byte
		i := 0
		for ; i < len(rest) && rest[i] != '"'; i++ {
			if rest[i] == '\\' {
				i++
			}
			if i >= len(rest) {
				return nil, false
			}
			value = append(value, rest[i])
		}
		if i >= len(rest) {
			return nil, false
		}
		params[name] = string(value)
		if rest[i+1:] == "" {
			return params, true
		}
		s, ok = strings.CutPrefix(rest[i+1:], ", ")
	}
	return nil, false
}
