package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/golang-jwt/jwt/v5/request"

	auth "github.com/authgen/authgen/runtime"
)

// The guard verifies signatures with golang-jwt, and takes tokens apart on its own.
// The tests of this file hold why: what the Parser of golang-jwt v5.3.1 accepts and
// the guard refuses. Where one fails because another version of golang-jwt has
// become stricter, that version is the better one: correct what the test expects of
// it. What it expects of the guard stays.

// typedClaims are claims as most applications declare them.
type typedClaims struct {
	jwt.RegisteredClaims
	Roles []string `json:"roles"`
}

// careful are the options of an application that knows them all.
func careful(opts ...jwt.ParserOption) []jwt.ParserOption {
	return append([]jwt.ParserOption{
		jwt.WithTimeFunc(fixedClock), jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithIssuer(testIssuer), jwt.WithAudience(testAudience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(),
	}, opts...)
}

// careless are the least options with which a token of the tests is valid.
func careless(opts ...jwt.ParserOption) []jwt.ParserOption {
	return append([]jwt.ParserOption{jwt.WithTimeFunc(fixedClock)}, opts...)
}

// parsed wants golang-jwt to accept a token with edSigner's key.
func parsed[T jwt.Claims](t testing.TB, token string, claims T, opts []jwt.ParserOption) T {
	t.Helper()
	if _, err := jwt.NewParser(opts...).ParseWithClaims(token, claims, edKey); err != nil {
		t.Errorf("golang-jwt refuses %s: %v", payloadOf(token), err)
	}
	return claims
}

func parsedMap(t testing.TB, token string, opts []jwt.ParserOption) jwt.MapClaims {
	t.Helper()
	return parsed(t, token, jwt.MapClaims{}, opts)
}

func parsedTyped(t testing.TB, token string, opts []jwt.ParserOption) *typedClaims {
	t.Helper()
	return parsed(t, token, &typedClaims{}, opts)
}

func edKey(*jwt.Token) (any, error) { return edPrivate().Public(), nil }

// unparsed wants golang-jwt to refuse a token too.
func unparsed(t testing.TB, token string, claims jwt.Claims, opts []jwt.ParserOption) {
	t.Helper()
	if _, err := jwt.NewParser(opts...).ParseWithClaims(token, claims, edKey); err == nil {
		t.Errorf("golang-jwt accepts %s", payloadOf(token))
	}
}

func payloadOf(token string) string {
	b, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	return string(b[:min(len(b), 300)])
}

// extended makes a token of the base claims with these changes, and members behind
// them as they stand.
func extended(changes map[string]any, members string) string {
	base := claimsWith(changes)
	return edSigner().sign(edSigner().header(), base[:len(base)-1]+","+members+"}")
}

// TestTrapCaseOfNames: encoding/json folds the case of names, so that a claim that
// the issuer lets users choose is taken for one that decides.
func TestTrapCaseOfNames(t *testing.T) {
	t.Parallel()
	g := guardWith(t)
	type changes = map[string]any
	for members, roles := range map[string]string{
		`"ROLES":["admin"]`:                     "admin",
		`"roles":["user"],"Roles":["admin"]`:    "admin",
		"\"role\u017f\":[\"admin\"]":            "admin",
		`"roles":["user"],"role\u017f":["a"]`:   "a",
		`"Roles":["admin"],"roles":["user"]`:    "user",
		`"roles":["user"],"ROLES":null`:         "",
		`"roles":["user"],"\u0052oles":["adm"]`: "adm",
	} {
		token := extended(nil, members)
		if got := strings.Join(parsedTyped(t, token, careful()).Roles, " "); got != roles {
			t.Errorf("golang-jwt reads roles %q of %s, want %q", got, members, roles)
		}
		refuses(t, g, token, "by case only")
	}
	const foreign = "that of another issuer"
	for _, c := range []struct {
		first     changes
		then, why string
	}{
		{changes{"exp": 1}, `"EXP":1900000000`, "by case only"},
		{changes{"iss": "https://evil.example"}, `"ISS":"` + testIssuer + `"`, foreign},
		{changes{"iss": "https://evil.example"}, "\"i\u017f\u017f\":\"" + testIssuer + `"`, foreign},
		{changes{"aud": "other"}, `"AUD":"` + testAudience + `"`, "by case only"},
		{changes{"nbf": testNow.Add(time.Hour).Unix()}, `"NBF":1`, "by case only"},
		{changes{"sub": "u1"}, `"Sub":"u2"`, "by case only"},
	} {
		token := extended(c.first, c.then)
		parsedTyped(t, token, careful())
		refuses(t, g, token, c.why)
	}
	unparsed(t, extended(changes{"exp": 1}, `"EXP":1900000000`), jwt.MapClaims{}, careful())
}

// TestTrapDuplicates: of equal names the last wins, in the header and the claims.
func TestTrapDuplicates(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, header := range []string{`{"alg":"none","alg":"EdDSA","kid":"k1"}`, `{"alg":"EdDSA","kid":"other","kid":"k1"}`, `{"alg":"HS256","\u0061lg":"EdDSA","kid":"k1"}`} {
		token := s.sign(header, claimsWith(nil))
		parsedMap(t, token, careful())
		refuses(t, g, token, "duplicate name")
	}
	token := extended(nil, `"roles":["user"],"roles":["admin"]`)
	if got := parsedTyped(t, token, careful()).Roles; !slices.Equal(got, []string{"admin"}) {
		t.Errorf("golang-jwt reads roles %q", got)
	}
	if got, _ := parsedMap(t, token, careful())["roles"].([]any); len(got) != 1 || got[0] != "admin" {
		t.Errorf("golang-jwt reads roles %v", got)
	}
	refuses(t, g, token, "duplicate name")
	expired := extended(map[string]any{"exp": 1}, `"exp":1900000000`)
	parsedMap(t, expired, careful())
	refuses(t, g, expired, "duplicate name")
}

// TestTrapNoExpiry: a token without exp never expires, nor does one with exp 0 among
// claims in a map.
func TestTrapNoExpiry(t *testing.T) {
	t.Parallel()
	g := guardWith(t)
	for claim, why := range map[any]string{nil: "exp is missing", 0: "exp is no date"} {
		token := edSigner().token(map[string]any{"exp": claim})
		parsedMap(t, token, careless())
		unparsed(t, token, jwt.MapClaims{}, careful())
		refuses(t, g, token, why)
	}
	unparsed(t, edSigner().token(map[string]any{"exp": 0}), &typedClaims{}, careless())
}

// TestTrapLargeDates: numbers are converted to int64 unchecked; what becomes of those
// beyond it depends on the processor, and on amd64 they turn into the far past.
func TestTrapLargeDates(t *testing.T) {
	t.Parallel()
	g := guardWith(t)
	for _, name := range []string{"nbf", "iat"} {
		for _, value := range []string{"1e300", "9.3e18"} {
			token := edSigner().token(map[string]any{name: raw(value)})
			if runtime.GOARCH == "amd64" {
				parsedMap(t, token, careful())
				parsedTyped(t, token, careful())
			}
			refuses(t, g, token, name+" is no date")
		}
	}
	// The far past is long expired, as it happens.
	token := edSigner().token(map[string]any{"exp": raw("1e300")})
	if runtime.GOARCH == "amd64" {
		unparsed(t, token, jwt.MapClaims{}, careful())
	}
	refuses(t, g, token, "exp is no date")
}

// TestTrapQuotedNumbers: claims in a struct may hold their dates as strings.
func TestTrapQuotedNumbers(t *testing.T) {
	t.Parallel()
	g := guardWith(t)
	for _, name := range []string{"exp", "nbf", "iat"} {
		value := "1800000000"
		if name == "exp" {
			value = "1900000000"
		}
		token := edSigner().token(map[string]any{name: value})
		parsedTyped(t, token, careful())
		unparsed(t, token, jwt.MapClaims{}, careful())
		refuses(t, g, token, name+" is no date")
	}
}

// TestTrapNull: null is taken for absent in a struct, and for the empty string in a
// list, which a rule that was never filled would match.
func TestTrapNull(t *testing.T) {
	t.Parallel()
	g := guardWith(t)
	token := edSigner().token(map[string]any{"exp": raw("null")})
	parsedTyped(t, token, careless())
	refuses(t, g, token, "exp is no date")

	token = edSigner().token(map[string]any{"roles": raw(`[null,"user"]`)})
	if got := parsedTyped(t, token, careful()).Roles; !slices.Equal(got, []string{"", "user"}) {
		t.Errorf("golang-jwt reads roles %q", got)
	}
	refuses(t, g, token, `"roles" has not the form`)

	for _, name := range []string{"iss", "sub", "aud", "nbf", "iat"} {
		token := edSigner().token(map[string]any{name: raw("null")})
		parsedTyped(t, token, careless())
		refuses(t, g, token, name)
	}
}

// TestTrapTextBehindClaims: with WithJSONNumber nobody looks behind the claims.
func TestTrapTextBehindClaims(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, behind := range []string{"x", `{"sub":"u2"}`, "\x00", "]}"} {
		token := s.sign(s.header(), claimsWith(nil)+behind)
		parsedMap(t, token, careful(jwt.WithJSONNumber()))
		unparsed(t, token, jwt.MapClaims{}, careful())
		refuses(t, g, token, "text after the JSON object")
	}
}

// TestTrapCritical: crit and b64 are not looked at.
func TestTrapCritical(t *testing.T) {
	t.Parallel()
	trapHeaders(t, "parameter that is not supported",
		`"crit":["exp"]`, `"crit":["unknown"],"unknown":1`, `"crit":[]`, `"crit":null`, `"crit":"b64"`, `"b64":false`, `"crit":["b64"],"b64":false`)
}

// TestTrapHeaderParameters: typ, cty, zip, enc and the type of kid are not looked at.
func TestTrapHeaderParameters(t *testing.T) {
	t.Parallel()
	trapHeaders(t, "parameter that is not supported", `"cty":"JWT"`, `"zip":"DEF"`, `"enc":"A256GCM"`)
	trapHeaders(t, "typ is not that of an access token", `"typ":"logout+jwt"`, `"typ":"dpop+jwt"`, `"typ":"secevent+jwt"`)
	trapHeaders(t, "the header is malformed", `"typ":1`, `"typ":null`, `"typ":["JWT"]`)
	s := edSigner()
	for _, kid := range []string{"1", "null", `["k1"]`} {
		token := s.sign(`{"alg":"EdDSA","kid":`+kid+`}`, claimsWith(nil))
		parsedMap(t, token, careful())
		refuses(t, guardWith(t), token, "the header is malformed")
	}
}

// trapHeaders wants golang-jwt to accept tokens with these header parameters, and
// the guard to refuse them.
func trapHeaders(t *testing.T, why string, members ...string) {
	t.Helper()
	g, s := guardWith(t), edSigner()
	for _, member := range members {
		token := s.sign(`{"alg":"EdDSA","kid":"k1",`+member+`}`, claimsWith(nil))
		parsedMap(t, token, careful())
		refuses(t, g, token, why)
	}
}

// TestTrapTexts: one signed token has many texts, so that none of them can be looked
// up in a list of revoked tokens or in a cache.
func TestTrapTexts(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	good := s.token(nil)
	parts := strings.Split(good, ".")
	for _, token := range []string{
		good + "\r\n", good + "\n", parts[0] + "." + parts[1] + "." + parts[2][:5] + "\n" + parts[2][5:],
	} {
		parsedMap(t, token, careful())
		if _, err := g.Validate(t.Context(), token); err == nil {
			t.Errorf("accepted: %q", token)
		}
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, good[len(good)-1])
	for bits := 1; bits < 16; bits++ { // that the last byte does not need
		token := good[:len(good)-1] + alphabet[last^bits:last^bits+1]
		parsedMap(t, token, careless())
		unparsed(t, token, jwt.MapClaims{}, careful())
		refuses(t, g, token, "base64url")
	}
	// What is signed may have line ends too: the claims are read without them.
	input := parts[0] + "." + parts[1][:7] + "\n" + parts[1][7:]
	token := input + "." + b64(s.signature(input))
	parsedMap(t, token, careful())
	if _, err := g.Validate(t.Context(), token); err == nil {
		t.Error("accepted with a line end in the claims")
	}
}

// TestTrapBrokenText: what is no text becomes U+FFFD, so that two subjects are one.
func TestTrapBrokenText(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, sub := range []string{"u\xff", "u\xfe", `u\ud800`, `u\udc00`, "u\xed\xa0\x80"} {
		token := s.sign(s.header(), strings.Replace(claimsWith(nil), `"sub":"u1"`, `"sub":"`+sub+`"`, 1))
		if got := parsedTyped(t, token, careful()).Subject; strings.Trim(got, "\ufffd") != "u" {
			t.Errorf("golang-jwt reads subject %q", got)
		}
		refuses(t, g, token, "UTF-8")
	}
}

// TestTrapIssuedAt: without WithIssuedAt iat is not looked at, and in a map it may be
// anything.
func TestTrapIssuedAt(t *testing.T) {
	t.Parallel()
	g := guardWith(t)
	future := edSigner().token(map[string]any{"iat": testNow.Add(time.Hour).Unix()})
	parsedMap(t, future, careless())
	unparsed(t, future, jwt.MapClaims{}, careful())
	refuses(t, g, future, "iat is in the future")
	for _, iat := range []string{`"yesterday"`, "[]", "true", "null"} {
		token := edSigner().token(map[string]any{"iat": raw(iat)})
		parsedMap(t, token, careless())
		refuses(t, g, token, "iat is no date")
	}
}

// decodedClaims tells when they are decoded.
type decodedClaims struct {
	jwt.MapClaims
	decoded bool
}

func (c *decodedClaims) UnmarshalJSON([]byte) error {
	c.decoded = true
	return nil
}

// TestTrapOrderOfWork: header and claims are decoded and the key is fetched before the
// signature is verified, the claims even before alg is looked at.
func TestTrapOrderOfWork(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	unsigned := func(header, payload string) string {
		return b64([]byte(header)) + "." + b64([]byte(payload)) + "." + b64(make([]byte, 64))
	}
	var claims decodedClaims
	if _, err := jwt.NewParser(careful()...).ParseWithClaims(unsigned(s.header(), claimsWith(nil)), &claims, edKey); !errors.Is(err, jwt.ErrTokenSignatureInvalid) || !claims.decoded {
		t.Errorf("golang-jwt: %v, claims decoded: %v", err, claims.decoded)
	}
	asked := false
	key := func(token *jwt.Token) (any, error) {
		asked = true
		return edKey(token)
	}
	if _, err := jwt.NewParser(careful()...).Parse(unsigned(s.header(), claimsWith(nil)), key); !errors.Is(err, jwt.ErrTokenSignatureInvalid) || !asked {
		t.Errorf("golang-jwt: %v, key asked for: %v", err, asked)
	}
	for _, header := range []string{s.header(), `{"alg":"HS256","kid":"k1"}`} {
		if _, err := jwt.NewParser(careful()...).Parse(unsigned(header, `{"sub":`), edKey); !errors.Is(err, jwt.ErrTokenMalformed) {
			t.Errorf("golang-jwt: %v", err)
		}
	}
	refuses(t, g, unsigned(s.header(), `{"sub":`), "the signature does not fit")
	refuses(t, g, unsigned(`{"alg":"HS256","kid":"k1"}`, `{"sub":`), "alg is not allowed")

	// Neither depth nor number has a limit below those of encoding/json.
	for _, members := range []string{`"x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), manyMembers(5000)} {
		token := extended(nil, members)
		parsedMap(t, token, careful())
		refuses(t, guardWith(t, auth.MaxTokenBytes(1<<20)), token, "too deep or too large")
	}
}

// TestTrapKeys: keys that are no good for their algorithm verify all the same.
func TestTrapKeys(t *testing.T) {
	t.Parallel()
	claims := claimsWith(nil)
	accepted := func(what, token string, key any) {
		t.Helper()
		if _, err := jwt.NewParser(careless()...).Parse(token, func(*jwt.Token) (any, error) { return key, nil }); err != nil {
			t.Errorf("golang-jwt refuses %s: %v", what, err)
		}
	}
	public := func(key any) auth.Option {
		block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(key))})
		return auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicKeyPEM(block))
	}

	// ES256 asks for 64 bytes of signature, and not for P-256.
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	input := b64([]byte(`{"alg":"ES256"}`)) + "." + b64([]byte(claims))
	digest := sha256.Sum256([]byte(input))
	r, v, err := ecdsa.Sign(rand.Reader, p224, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	accepted("ES256 on P-224", input+"."+b64(append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...)), &p224.PublicKey)
	newFails(t, "no allowed algorithm fits", public(&p224.PublicKey))

	small := must(rsa.GenerateKey(rand.Reader, 1024))
	accepted("1024 bits", signer{"RS256", "", small}.sign(`{"alg":"RS256"}`, claims), &small.PublicKey)
	newFails(t, "1024 bits", public(&small.PublicKey))

	for _, secret := range [][]byte{{}, []byte("x"), []byte(strings.Repeat("x", 31))} {
		accepted("a short secret", signer{"HS256", "", secret}.sign(`{"alg":"HS256"}`, claims), secret)
		newFails(t, "the secret is shorter", auth.Issuer(testIssuer, auth.Audience(testAudience), auth.HMACSecret("", secret)))
	}
}

// TestTrapSalts: a PSS signature may have a salt of any length, where RFC 7518 section
// 3.5 wants that of the hash.
func TestTrapSalts(t *testing.T) {
	t.Parallel()
	ps := signer{"PS256", "k1", rsaPrivate()}
	g := issuerKeys(t, jwks(ps.jwk()))
	input := b64([]byte(ps.header())) + "." + b64([]byte(claimsWith(nil)))
	digest := sha256.Sum256([]byte(input))
	for _, length := range []int{1, 20, 64} {
		token := input + "." + b64(must(rsa.SignPSS(rand.Reader, rsaPrivate(), crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: length})))
		if _, err := jwt.NewParser(careless()...).Parse(token, func(*jwt.Token) (any, error) { return rsaPrivate().Public(), nil }); err != nil {
			t.Errorf("golang-jwt refuses a salt of %d bytes: %v", length, err)
		}
		refuses(t, g, token, "the signature does not fit")
	}
}

// TestTrapExtractor: whatever stands behind the scheme is the token, and of several
// Authorization headers the first counts.
func TestTrapExtractor(t *testing.T) {
	t.Parallel()
	g, token := guardWith(t), edSigner().token(nil)
	for _, c := range []struct {
		values []string
		first  string
	}{
		{[]string{"Bearer " + token, "Bearer x"}, token},
		{[]string{"Bearer " + token + ", Bearer x"}, token + ", Bearer x"},
		{[]string{"Bearer " + token + " x"}, token + " x"},
		{[]string{"Bearer \t" + token}, "\t" + token},
		{[]string{`Bearer token="` + token + `"`}, `token="` + token + `"`},
		{[]string{"Bearer " + token + "\r\n"}, token + "\r\n"},
	} {
		r := carried("GET")
		r.Header["Authorization"] = c.values
		if got, err := (request.BearerExtractor{}).ExtractToken(r); got != c.first || err != nil {
			t.Errorf("golang-jwt extracts %.30q of %.40q: %v", got, c.values, err)
		}
		if got := answer(g, r, nil, protected()); got != http.StatusBadRequest {
			t.Errorf("%.40q: %d", c.values, got)
		}
	}
}
