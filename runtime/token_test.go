package auth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

func TestR1CompactForm(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	good := s.token(nil)
	accepts(t, g, good)
	parts := strings.Split(good, ".")

	// The signature has 64 bytes, so its last character carries two bits; the
	// lowest four must be zero.
	last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", good[len(good)-1])
	twin := good[:len(good)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last|1])
	for name, token := range map[string]string{
		"one segment":            parts[0],
		"two segments":           parts[0] + "." + parts[1],
		"four segments":          good + ".",
		"JWE's five":             good + ".a.b",
		"empty header":           "." + parts[1] + "." + parts[2],
		"empty payload":          parts[0] + ".." + parts[2],
		"empty signature":        parts[0] + "." + parts[1] + ".",
		"dots only":              strings.Repeat(".", 100),
		"padding":                good + "==",
		"standard alphabet":      parts[0] + "." + parts[1] + "." + strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]) + "/+",
		"other trailing bits":    twin,
		"line end inside":        parts[0] + "." + parts[1] + "." + parts[2][:5] + "\n" + parts[2][5:],
		"line end behind":        good + "\r\n",
		"line end in the header": parts[0][:4] + "\r" + parts[0][4:] + "." + parts[1] + "." + parts[2],
		"space":                  good + " ",
		"JSON serialization":     `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := g.Validate(t.Context(), token); err == nil {
				t.Fatal("accepted")
			}
		})
	}
}

// TestR1EmptyPayload holds that an empty payload, which RFC 7515 allows, is no JWT,
// whatever its signature is.
func TestR1EmptyPayload(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	refuses(t, g, s.sign(s.header(), ""), "malformed: the payload is empty")
	refuses(t, g, b64([]byte(s.header()))+".."+b64(make([]byte, 64)), "malformed: the payload is empty")
	refuses(t, g, b64([]byte(`{"alg":"EdDSA","kid":"unknown"}`))+"..AA", "malformed: the payload is empty")
}

// TestR1LongSignature holds that no signature is decoded that no key can make: 1024
// bytes are those of the largest RSA key.
func TestR1LongSignature(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	input := b64([]byte(s.header())) + "." + b64([]byte(claimsWith(nil))) + "."
	refuses(t, g, input+b64(make([]byte, 1024)), "the signature does not fit")
	refuses(t, g, input+b64(make([]byte, 1025)), "malformed: the signature is longer")
}

func TestR1PayloadTrailingBits(t *testing.T) {
	t.Parallel()
	s := edSigner()
	// A signed payload text that decodes to good claims, but not strictly.
	payload := claimsWith(nil)
	for len(payload)%3 != 1 {
		payload += " "
	}
	text := b64([]byte(payload))
	text = text[:len(text)-1] + string(text[len(text)-1]+1)
	input := b64([]byte(s.header())) + "." + text
	refuses(t, guardWith(t), input+"."+b64(s.signature(input)), "base64url")
}

func TestR2StrictJSON(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	base := claimsWith(nil)
	with := func(members string) string { return base[:len(base)-1] + "," + members + "}" }
	for name, c := range map[string]struct{ header, payload, why string }{
		"duplicate in the header":       {`{"alg":"none","alg":"EdDSA","kid":"k1"}`, base, "duplicate"},
		"duplicate claim":               {s.header(), with(`"sub":"u2"`), "duplicate"},
		"duplicate by escape":           {s.header(), with(`"s\u0075b":"u2"`), "duplicate"},
		"duplicate nested":              {s.header(), with(`"metadata":{"a":1,"a":2}`), "duplicate"},
		"duplicate in an array":         {s.header(), with(`"x":[{"a":1,"b":2,"a":3}]`), "duplicate"},
		"duplicate among many":          {s.header(), with(manyMembers(40) + `,"m7":0`), "duplicate"},
		"array as claims":               {s.header(), `[1]`, "not a JSON object"},
		"string as claims":              {s.header(), `"sub"`, "not a JSON object"},
		"text behind":                   {s.header(), base + "x", "after"},
		"second object behind":          {s.header(), base + base, "after"},
		"text behind the header":        {s.header() + "{}", base, "after"},
		"broken UTF-8":                  {s.header(), with("\"x\":\"\xff\""), "UTF-8"},
		"broken UTF-8 in a name":        {s.header(), with("\"\xc3\":1"), "UTF-8"},
		"encoded surrogate":             {s.header(), with("\"x\":\"\xed\xa0\x80\""), "UTF-8"},
		"lone high surrogate":           {s.header(), with(`"x":"\ud800"`), "UTF-8"},
		"lone low surrogate":            {s.header(), with(`"x":"\udc00"`), "UTF-8"},
		"surrogates in the wrong order": {s.header(), with(`"x":"\udc00\ud800"`), "UTF-8"},
		"byte order mark":               {s.header(), "\ufeff" + base, "not a JSON object"},
		"control character":             {s.header(), with("\"x\":\"\x01\""), "malformed"},
		"unknown escape":                {s.header(), with(`"x":"\q"`), "malformed"},
		"short escape":                  {s.header(), with(`"x":"\u12"`), "malformed"},
		"leading zero":                  {s.header(), with(`"x":01`), "malformed"},
		"plus sign":                     {s.header(), with(`"x":+1`), "malformed"},
		"bare point":                    {s.header(), with(`"x":1.`), "malformed"},
		"bare exponent":                 {s.header(), with(`"x":1e`), "malformed"},
		"not a number":                  {s.header(), with(`"x":NaN`), "malformed"},
		"trailing comma":                {s.header(), with(`"x":1,`), "malformed"},
		"comma in an array":             {s.header(), with(`"x":[1,]`), "malformed"},
		"comment":                       {s.header(), with(`/**/"x":1`), "malformed"},
		"single quotes":                 {s.header(), with(`'x':1`), "malformed"},
		"cut off":                       {s.header(), base[:len(base)-1], "malformed"},
		"too deep":                      {s.header(), with(`"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40)), "too deep"},
		"too many members":              {s.header(), with(manyMembers(1100)), "too deep or too large"},
		"header too deep":               {`{"alg":"EdDSA","kid":"k1","x":[[[[[1]]]]]}`, base, "too deep"},
		"header with many members":      {`{"alg":"EdDSA","kid":"k1",` + manyMembers(40) + "}", base, "too deep or too large"},
		"header too long":               {`{"alg":"EdDSA","kid":"k1","x":"` + strings.Repeat("x", 4096) + `"}`, base, "header is malformed"},
		"header is an array":            {`["EdDSA"]`, base, "not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, g, s.sign(c.header, c.payload), c.why)
		})
	}
	accepts(t, g, s.sign(" {\n\t\"alg\" : \"EdDSA\", \"kid\":\"k1\"}\r\n", " "+with(`"x":[{},[],-0.5e+3,true,false,null,"\ud83d\ude00\/\b\f\n\r\t"]`)+"\n"))
}

func manyMembers(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(`"m%d":0`, i)
	}
	return strings.Join(names, ",")
}

func TestR3AlgorithmBinding(t *testing.T) {
	t.Parallel()
	ed, claims := edSigner(), claimsWith(nil)
	g := guardWith(t)
	for _, alg := range []string{"none", "None", "NONE", "", "eddsa", "EDDSA", "Ed25519", "HS256", "RS256", "ES256", "XX"} {
		t.Run("alg "+alg, func(t *testing.T) {
			t.Parallel()
			refuses(t, g, ed.sign(fmt.Sprintf(`{"alg":%q,"kid":"k1"}`, alg), claims), "alg")
		})
	}
	for _, header := range []string{`{"kid":"k1"}`, `{"alg":null,"kid":"k1"}`, `{"alg":["EdDSA"],"kid":"k1"}`, `{"ALG":"EdDSA","kid":"k1"}`} {
		refuses(t, g, ed.sign(header, claims), "alg")
	}

	// HS256 with the public key as its secret.
	confused := signer{"HS256", "k1", []byte(ed.jwk()["x"].(string))}
	refuses(t, g, confused.token(nil), "alg is not allowed")

	// The key's own alg counts, also where the issuer allows more.
	rs := signer{"RS256", "r", rsaPrivate()}
	bound := issuerKeys(t, jwks(rs.jwk()))
	accepts(t, bound, rs.token(nil))
	refuses(t, bound, signer{"PS256", "r", rsaPrivate()}.token(nil), "alg is not allowed")
	refuses(t, bound, signer{"RS512", "r", rsaPrivate()}.token(nil), "alg is not allowed")

	// A key without alg takes all that its type allows, within the issuer's list.
	free := rs.jwk()
	delete(free, "alg")
	accepts(t, issuerKeys(t, jwks(free)), signer{"PS512", "r", rsaPrivate()}.token(nil))
	limited := issuerKeys(t, jwks(free), auth.Algorithms("RS256"))
	accepts(t, limited, rs.token(nil))
	refuses(t, limited, signer{"PS512", "r", rsaPrivate()}.token(nil), "alg is not allowed")
}

// issuerKeys makes a guard for one issuer with these static keys.
func issuerKeys(t testing.TB, set []byte, opts ...auth.IssuerOption) *auth.Guard {
	t.Helper()
	all := append([]auth.IssuerOption{auth.Audience(testAudience), auth.PublicJWKS(set), auth.Mapping(auth.MappingAuthgen)}, opts...)
	return newGuard(t, auth.Issuer(testIssuer, all...), auth.Clock(fixedClock), quiet())
}

func TestR3AllAlgorithms(t *testing.T) {
	t.Parallel()
	keys := map[string]any{
		"RS256": rsaPrivate(), "RS384": rsaPrivate(), "RS512": rsaPrivate(),
		"PS256": rsaPrivate(), "PS384": rsaPrivate(), "PS512": rsaPrivate(),
		"ES256": p256Private(), "ES384": p384Private(), "ES512": p521Private(), "EdDSA": edPrivate(),
	}
	for alg, key := range keys {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			s := signer{alg, "k", key}
			g := issuerKeys(t, jwks(s.jwk()))
			good := s.token(nil)
			accepts(t, g, good)
			parts := strings.Split(good, ".")
			refuses(t, g, parts[0]+"."+b64([]byte(claimsWith(map[string]any{"sub": "u2"})))+"."+parts[2], "signature")
			signature := s.signature(parts[0] + "." + parts[1])
			signature[3] ^= 1
			refuses(t, g, parts[0]+"."+parts[1]+"."+b64(signature), "signature")
			refuses(t, g, parts[0]+"."+parts[1]+"."+b64(append(signature, 0)), "signature")
			for other := range keys {
				if other != alg {
					refuses(t, g, signer{other, "k", keys[other]}.token(nil), "alg")
				}
			}
		})
	}
}

func TestR3HMAC(t *testing.T) {
	t.Parallel()
	secret := []byte(strings.Repeat("0123456789abcdef", 4))
	hmac := func(opts ...auth.IssuerOption) (*auth.Guard, error) {
		all := append([]auth.IssuerOption{auth.Audience(testAudience), auth.Mapping(auth.MappingAuthgen)}, opts...)
		return auth.New(t.Context(), auth.Issuer(testIssuer, all...), auth.Clock(fixedClock), quiet())
	}
	g := must(hmac(auth.HMACSecret("a", secret)))
	for _, alg := range []string{"HS256", "HS384", "HS512"} {
		accepts(t, g, signer{alg, "a", secret}.token(nil))
	}
	accepts(t, g, signer{"HS256", "", secret}.token(nil))
	refuses(t, g, signer{"HS256", "a", secret[:32]}.token(nil), "signature")
	refuses(t, g, signer{"EdDSA", "a", edPrivate()}.token(nil), "alg")

	// A secret is good for hashes up to its size.
	short := must(hmac(auth.HMACSecret("a", secret[:32])))
	accepts(t, short, signer{"HS256", "a", secret[:32]}.token(nil))
	refuses(t, short, signer{"HS384", "a", secret[:32]}.token(nil), "alg")

	for name, opts := range map[string][]auth.IssuerOption{
		"short":            {auth.HMACSecret("a", secret[:31])},
		"empty":            {auth.HMACSecret("a", nil)},
		"short for HS512":  {auth.HMACSecret("a", secret[:32]), auth.Algorithms("HS512")},
		"public algorithm": {auth.HMACSecret("a", secret), auth.Algorithms("RS256")},
		"with public keys": {auth.HMACSecret("a", secret), auth.PublicJWKS(jwks(edSigner().jwk()))},
		"with a JWKS":      {auth.HMACSecret("a", secret), auth.JWKS("https://id.example.com/keys")},
		"same kid":         {auth.HMACSecret("a", secret), auth.HMACSecret("a", secret[1:])},
		"two without kid":  {auth.HMACSecret("", secret), auth.HMACSecret("", secret[1:])},
		"no secret":        {auth.PublicJWKS(jwks(edSigner().jwk())), auth.Algorithms("HS256")},
		"secret in a set":  {auth.PublicJWKS(jwks(signer{"HS256", "a", secret}.jwk()))},
	} {
		if _, err := hmac(opts...); err == nil {
			t.Errorf("%s: New accepted it", name)
		}
	}
}

func TestR4KeyID(t *testing.T) {
	t.Parallel()
	ed, es := edSigner(), signer{"ES256", "k2", p256Private()}
	two := issuerKeys(t, jwks(ed.jwk(), es.jwk()))
	accepts(t, two, ed.token(nil))
	accepts(t, two, es.token(nil))
	refuses(t, two, signer{"EdDSA", "", edPrivate()}.token(nil), "kid")
	refuses(t, two, signer{"EdDSA", "K1", edPrivate()}.token(nil), "kid")
	refuses(t, two, signer{"EdDSA", "k2", edPrivate()}.token(nil), "alg is not allowed")

	one := issuerKeys(t, jwks(ed.jwk()))
	accepts(t, one, signer{"EdDSA", "", edPrivate()}.token(nil))
	refuses(t, one, signer{"EdDSA", "other", edPrivate()}.token(nil), "kid")
	refuses(t, one, ed.sign(`{"alg":"EdDSA","kid":1}`, claimsWith(nil)), "header is malformed")
	refuses(t, one, ed.sign(`{"alg":"EdDSA","kid":""}`, claimsWith(nil)), "kid")

	// A kid is a name and nothing else.
	for _, kid := range []string{"../../k1", "k1\x00", "http://127.0.0.1/keys", "k1'--"} {
		refuses(t, one, signer{"EdDSA", kid, edPrivate()}.sign(string(jsonText(map[string]string{"alg": "EdDSA", "kid": kid})), claimsWith(nil)), "kid")
	}

	// Keys that come with the token are not looked at.
	evil := signer{"RS256", "k1", rsaPrivate()}
	refuses(t, one, evil.sign(fmt.Sprintf(`{"alg":"RS256","kid":"evil","jwk":%s,"jku":"http://127.0.0.1:1/","x5u":"http://127.0.0.1:1/","x5c":["AA=="]}`, jsonText(evil.jwk())), claimsWith(nil)), "no key fits kid")
}

func TestR5CriticalExtensions(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, member := range []string{`"crit":["exp"]`, `"crit":[]`, `"crit":null`, `"crit":"b64"`, `"b64":false`, `"b64":true`, `"crit":["b64"],"b64":false`} {
		refuses(t, g, s.sign(`{"alg":"EdDSA","kid":"k1",`+member+`}`, claimsWith(nil)), "parameter that is not supported")
	}
}

func TestR6Type(t *testing.T) {
	t.Parallel()
	s := edSigner()
	with := func(typ string) string {
		return s.sign(`{"alg":"EdDSA","kid":"k1","typ":`+typ+`}`, claimsWith(nil))
	}
	g := guardWith(t)
	for _, typ := range []string{`"JWT"`, `"jwt"`, `"at+jwt"`, `"AT+JWT"`, `"application/at+jwt"`} {
		accepts(t, g, with(typ))
	}
	for _, typ := range []string{`"dpop+jwt"`, `"logout+jwt"`, `"secevent+jwt"`, `"JWE"`, `"application/logout+jwt"`, `"x"`} {
		refuses(t, g, with(typ), "typ")
	}
	refuses(t, g, with(`"`+strings.Repeat("x", 255)+`"`), "typ is not")
	for _, typ := range []string{`""`, `null`, `1`, `["JWT"]`, `"` + strings.Repeat("x", 256) + `"`} {
		refuses(t, g, with(typ), "header is malformed")
	}
	profile := issuerGuard(t, auth.RequireType("at+jwt"))
	accepts(t, profile, with(`"at+JWT"`))
	accepts(t, profile, with(`"application/AT+jwt"`))
	refuses(t, profile, with(`"JWT"`), "typ")
	refuses(t, profile, s.token(nil), "typ")
}

func TestR7OtherForms(t *testing.T) {
	t.Parallel()
	g, s := guardWith(t), edSigner()
	for _, member := range []string{`"zip":"DEF"`, `"enc":"A256GCM"`, `"cty":"JWT"`, `"cty":""`} {
		refuses(t, g, s.sign(`{"alg":"EdDSA","kid":"k1",`+member+`}`, claimsWith(nil)), "parameter that is not supported")
	}
	nested := s.sign(s.header(), s.token(nil))
	refuses(t, g, nested, "not a JSON object")
}

func TestSignatureBeforeClaims(t *testing.T) {
	t.Parallel()
	// Were the claims read first, the reason would be theirs.
	parts := strings.Split(edSigner().sign(edSigner().header(), `{"exp":`), ".")
	refuses(t, guardWith(t), parts[0]+"."+parts[1]+"."+b64(make([]byte, 64)), "signature")
}

func TestMaxTokenBytes(t *testing.T) {
	t.Parallel()
	s := edSigner()
	sized := func(n int) string {
		for pad := n / 2; ; pad++ {
			if token := s.token(map[string]any{"x": strings.Repeat("x", pad)}); len(token) >= n {
				return token
			}
		}
	}
	g := guardWith(t)
	accepts(t, g, sized(16<<10-4))
	refuses(t, g, sized(16<<10+1), "too long")
	refuses(t, guardWith(t, auth.MaxTokenBytes(256)), s.token(map[string]any{"x": strings.Repeat("x", 256)}), "too long")
	for _, n := range []int{0, -1, 2 << 20} {
		newFails(t, "MaxTokenBytes", auth.MaxTokenBytes(n))
	}
	if answer(g, bearer(strings.Repeat("a.", 8192)+"a"), nil, protected()) != http.StatusUnauthorized {
		t.Error("a long token of dots was not 401")
	}
}
