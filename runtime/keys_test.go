package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

func TestR8SignatureForms(t *testing.T) {
	t.Parallel()
	// PSS with a salt that is not as long as the hash.
	ps := signer{"PS256", "k", rsaPrivate()}
	g := issuerKeys(t, jwks(ps.jwk()))
	input := b64([]byte(ps.header())) + "." + b64([]byte(claimsWith(nil)))
	digest := crypto.SHA256.New()
	digest.Write([]byte(input))
	for _, salt := range []int{0, 20, 31, 33, 64} {
		signature := must(rsa.SignPSS(rand.Reader, rsaPrivate(), crypto.SHA256, digest.Sum(nil), &rsa.PSSOptions{SaltLength: salt}))
		refuses(t, g, input+"."+b64(signature), "signature")
	}

	// ECDSA: out of range, short, long and DER.
	es := signer{"ES256", "k", p256Private()}
	g = issuerKeys(t, jwks(es.jwk()))
	input = b64([]byte(es.header())) + "." + b64([]byte(claimsWith(nil)))
	good := es.signature(input)
	order := elliptic.P256().Params().N
	digest.Reset()
	digest.Write([]byte(input))
	zero := make([]byte, 32)
	for name, signature := range map[string][]byte{
		"zero":      make([]byte, 64),
		"r zero":    append(slices.Clone(zero), good[32:]...),
		"s zero":    append(slices.Clone(good[:32]), zero...),
		"s is n":    append(slices.Clone(good[:32]), order.Bytes()...),
		"r is n":    append(order.Bytes(), good[32:]...),
		"too short": good[:63],
		"too long":  append(slices.Clone(good), 0),
		"DER":       must(ecdsa.SignASN1(rand.Reader, p256Private(), digest.Sum(nil))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, g, input+"."+b64(signature), "signature")
		})
	}
	// A high s is legal.
	high := new(big.Int).Sub(order, new(big.Int).SetBytes(good[32:]))
	accepts(t, g, input+"."+b64(append(slices.Clone(good[:32]), high.FillBytes(make([]byte, 32))...)))

	// EdDSA: s plus the group order is the same number, and refused.
	ed := edSigner()
	g = issuerKeys(t, jwks(ed.jwk()))
	input = b64([]byte(ed.header())) + "." + b64([]byte(claimsWith(nil)))
	signature := ed.signature(input)
	accepts(t, g, input+"."+b64(signature))
	l, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	little := slices.Clone(signature[32:])
	slices.Reverse(little)
	sum := new(big.Int).Add(new(big.Int).SetBytes(little), l).FillBytes(make([]byte, 32))
	slices.Reverse(sum)
	refuses(t, g, input+"."+b64(append(slices.Clone(signature[:32]), sum...)), "signature")
}

// unfit wants a static key set of this one key to be refused.
func unfit(t testing.TB, key map[string]any, want string) {
	t.Helper()
	newFails(t, want, auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicJWKS(jwks(key))))
}

// changed is a copy of a key with these changes; nil removes a member.
func changed(key map[string]any, changes map[string]any) map[string]any {
	key = maps.Clone(key)
	maps.Copy(key, changes)
	maps.DeleteFunc(key, func(_ string, v any) bool { return v == nil })
	return key
}

func TestR9RSAKeys(t *testing.T) {
	t.Parallel()
	key := signer{"RS256", "k", rsaPrivate()}.jwk()
	n := rsaPrivate().N
	bits := func(v *big.Int) string { return b64(v.Bytes()) }
	for name, c := range map[string]struct {
		changes map[string]any
		why     string
	}{
		"1024 bits":        {map[string]any{"n": bits(new(big.Int).Rsh(n, 1024))}, "bits, less than 2048"},
		"2047 bits":        {map[string]any{"n": bits(new(big.Int).SetBit(new(big.Int).Rsh(n, 1), 0, 1))}, "2047 bits"},
		"huge":             {map[string]any{"n": bits(new(big.Int).Lsh(n, 8192))}, "more than 8192"},
		"even":             {map[string]any{"n": bits(new(big.Int).SetBit(n, 0, 0))}, "even"},
		"exponent 1":       {map[string]any{"e": "AQ"}, "exponent"},
		"exponent 0":       {map[string]any{"e": "AA"}, "exponent"},
		"exponent even":    {map[string]any{"e": "AQAA"}, "exponent"},
		"exponent large":   {map[string]any{"e": "AQAAAAE"}, "exponent"},
		"exponent huge":    {map[string]any{"e": strings.Repeat("A", 40) + "AQAAAAAAAAAAAAAAAAAB"}, "exponent"},
		"no modulus":       {map[string]any{"n": nil}, "n is missing"},
		"no exponent":      {map[string]any{"e": nil}, "e is missing"},
		"modulus a number": {map[string]any{"n": 12345}, "n is missing or no string"},
		"padded modulus":   {map[string]any{"n": bits(n) + "="}, "base64url"},
		"empty modulus":    {map[string]any{"n": ""}, "base64url"},
		"EC algorithm":     {map[string]any{"alg": "ES256"}, "fits"},
		"enc algorithm":    {map[string]any{"alg": "RSA-OAEP"}, "alg is not supported"},
		"use enc":          {map[string]any{"use": "enc"}, "use"},
		"use empty":        {map[string]any{"use": ""}, "use"},
		"use a number":     {map[string]any{"use": 1}, "use"},
		"key_ops encrypt":  {map[string]any{"key_ops": []string{"encrypt"}}, "key_ops"},
		"key_ops empty":    {map[string]any{"key_ops": []string{}}, "key_ops"},
		"key_ops a string": {map[string]any{"key_ops": "verify"}, "key_ops"},
		"kid a number":     {map[string]any{"kid": 1}, "kid"},
		"no kty":           {map[string]any{"kty": nil}, "kty"},
		"other kty":        {map[string]any{"kty": "AKP"}, "kty"},
		"kty by case":      {map[string]any{"kty": "rsa"}, "kty"},
		"private":          {map[string]any{"d": bits(rsaPrivate().D)}, "private part"},
		"private prime":    {map[string]any{"p": bits(rsaPrivate().Primes[0])}, "private part"},
		"more primes":      {map[string]any{"oth": []any{}}, "private part"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			unfit(t, changed(key, c.changes), c.why)
		})
	}
	accepts(t, issuerKeys(t, jwks(changed(key, map[string]any{"key_ops": []string{"verify"}, "use": nil, "x5c": []string{"AA=="}, "unknown": 1}))), signer{"RS256", "k", rsaPrivate()}.token(nil))
}

func TestROCA(t *testing.T) {
	t.Parallel()
	// A modulus of the weak generator's shape: a power of 65537 modulo the
	// product of the small primes. Its factors do not matter for the test.
	product := big.NewInt(1)
	for p := int64(3); p <= 167; p += 2 {
		if big.NewInt(p).ProbablyPrime(0) {
			product.Mul(product, big.NewInt(p))
		}
	}
	weak := new(big.Int).Exp(big.NewInt(65537), big.NewInt(1234567), product)
	top := new(big.Int).Lsh(big.NewInt(1), 2047)
	top.Div(top, product).Add(top, big.NewInt(1)).Mul(top, product)
	weak.Add(weak, top)
	if weak.Bit(0) == 0 {
		weak.Add(weak, product)
	}
	unfit(t, changed(signer{"RS256", "k", rsaPrivate()}.jwk(), map[string]any{"n": b64(weak.Bytes())}), "ROCA")
}

func TestECKeys(t *testing.T) {
	t.Parallel()
	key := signer{"ES256", "k", p256Private()}.jwk()
	x := key["x"].(string)
	for name, c := range map[string]struct {
		changes map[string]any
		why     string
	}{
		"off the curve":       {map[string]any{"y": x}, "curve"},
		"zero":                {map[string]any{"x": b64(make([]byte, 32)), "y": b64(make([]byte, 32))}, "curve"},
		"short x":             {map[string]any{"x": b64(make([]byte, 31))}, "as long as"},
		"long x":              {map[string]any{"x": b64(make([]byte, 33))}, "as long as"},
		"no y":                {map[string]any{"y": nil}, "y is missing"},
		"no crv":              {map[string]any{"crv": nil}, "crv"},
		"other crv":           {map[string]any{"crv": "secp256k1"}, "crv"},
		"crv of another size": {map[string]any{"crv": "P-384"}, "as long as"},
		"ES384 on P-256":      {map[string]any{"alg": "ES384"}, "fits"},
		"ES521":               {map[string]any{"alg": "ES521"}, "alg is not supported"},
		"RSA":                 {map[string]any{"kty": "RSA"}, "n is missing"},
		"private":             {map[string]any{"d": b64(must(p256Private().Bytes()))}, "private part"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			unfit(t, changed(key, c.changes), c.why)
		})
	}
}

func TestEd25519Keys(t *testing.T) {
	t.Parallel()
	key := edSigner().jwk()
	for name, c := range map[string]struct{ hex, why string }{
		"short":                {strings.Repeat("01", 31), "32 bytes"},
		"long":                 {strings.Repeat("01", 33), "32 bytes"},
		"order 1":              {"01" + strings.Repeat("00", 31), "small order"},
		"order 2":              {"ec" + strings.Repeat("ff", 30) + "7f", "small order"},
		"order 4":              {strings.Repeat("00", 32), "small order"},
		"order 4 other sign":   {strings.Repeat("00", 31) + "80", "small order"},
		"order 8":              {"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "small order"},
		"order 8, second":      {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "small order"},
		"not canonical zero":   {"ed" + strings.Repeat("ff", 30) + "7f", "canonical"},
		"not canonical one":    {"ee" + strings.Repeat("ff", 30) + "7f", "canonical"},
		"not on the curve":     {"02" + strings.Repeat("00", 31), "curve"},
		"X25519 is none of it": {"09" + strings.Repeat("00", 31), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changes := map[string]any{"x": b64(must(hex.DecodeString(c.hex)))}
			if c.why == "" {
				changes["crv"], c.why = "X25519", "crv"
			}
			unfit(t, changed(key, changes), c.why)
		})
	}
	unfit(t, changed(key, map[string]any{"d": b64(edPrivate().Seed())}), "private part")
	for range 20 {
		s := signer{"EdDSA", "k1", newEd25519()}
		accepts(t, issuerKeys(t, jwks(s.jwk())), s.token(nil))
	}
}

func TestKeySetsTogether(t *testing.T) {
	t.Parallel()
	ed, es, rs := edSigner(), signer{"ES256", "k2", p256Private()}, signer{"RS256", "k3", rsaPrivate()}
	set := func(keys ...any) []byte { return jsonText(map[string]any{"keys": append([]any{}, keys...)}) }

	// One unusable key never disables the others.
	odd := []any{
		nil, 1, "x", []string{}, map[string]any{}, map[string]any{"kty": "AKP", "alg": "ML-DSA-65", "pub": "AA", "kid": "pq"},
		changed(rs.jwk(), map[string]any{"n": "!", "kid": "broken"}), changed(es.jwk(), map[string]any{"x": "AA", "kid": "short"}),
		map[string]any{"kty": "OKP", "crv": "X25519", "use": "enc", "x": "AA", "kid": "enc"},
		map[string]any{"kty": "oct", "k": b64(make([]byte, 64)), "kid": "secret", "alg": "HS256"},
		json.RawMessage(`{"kty":"RSA","kty":"RSA","kid":"twice"}`),
	}
	var log strings.Builder
	g := newGuard(t, auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicJWKS(set(append(odd, ed.jwk())...))), auth.Clock(fixedClock), logTo(&log))
	accepts(t, g, ed.token(nil))
	for _, reason := range []string{"no object", "kty is not supported", "base64url", "as long as", "use is not sig", "secret", "two members"} {
		if !strings.Contains(log.String(), reason) {
			t.Errorf("no ignored key was reported with %q: %s", reason, log.String())
		}
	}
	refuses(t, g, signer{"HS256", "secret", make([]byte, 64)}.token(nil), "kid")

	// Equal kids make both unusable. Keys are told by their place in the document.
	twins := signer{"ES256", "k1", p256Private()}
	for _, c := range []struct {
		keys []any
		told []string
	}{
		{[]any{rs.jwk(), 1, ed.jwk(), twins.jwk()}, []string{`key 1 (kid \"\")`, `key 2 (kid \"k1\"): another`, `key 3 (kid \"k1\"): another`}},
		{[]any{rs.jwk(), 1, es.jwk(), changed(ed.jwk(), map[string]any{"kid": nil})}, []string{`key 3 (kid \"\"): it has no kid`}},
	} {
		served := newKeyServer(t)
		served.answer(string(set(c.keys...)))
		var log strings.Builder
		newGuard(t, append(served.options(), logTo(&log))...)
		for _, want := range c.told {
			if !strings.Contains(log.String(), want) {
				t.Errorf("%s is not told: %s", want, log.String())
			}
		}
	}
	newFails(t, "same kid", auth.Issuer(testIssuer, auth.Audience("a"), auth.PublicJWKS(set(ed.jwk(), twins.jwk(), rs.jwk()))))

	newFails(t, "no kid", auth.Issuer(testIssuer, auth.Audience("a"), auth.PublicJWKS(set(ed.jwk(), changed(es.jwk(), map[string]any{"kid": nil})))))
	newFails(t, "there is none", auth.Issuer(testIssuer, auth.Audience("a"), auth.PublicJWKS(set())))
	newFails(t, "more than 256", auth.Issuer(testIssuer, auth.Audience("a"), auth.PublicJWKS(set(make([]any, 257)...))))
	for _, text := range []string{"", "{}", "[]", "null", `{"keys":{}}`, `{"keys":[]}`, `{"keys":[],"keys":[]}`, `{"Keys":[]}`, `{"keys":[]}{}`, "\xff", `{"keys":null}`} {
		newFails(t, testIssuer, auth.Issuer(testIssuer, auth.Audience("a"), auth.PublicJWKS([]byte(text))))
	}
	// A single JWK will do.
	accepts(t, issuerKeys(t, jsonText(ed.jwk())), ed.token(nil))
	// Several documents add up.
	accepts(t, issuerKeys(t, jsonText(ed.jwk()), auth.PublicJWKS(jsonText(es.jwk()))), es.token(nil))
}

// TestDuplicateKeyIDs holds that a kid which may mean two keys means none, also
// when one of them cannot be used, unless that one plainly is for something else.
func TestDuplicateKeyIDs(t *testing.T) {
	t.Parallel()
	ed, other := edSigner(), signer{"RS256", "other", rsaPrivate()}
	twin := signer{"EdDSA", "k1", newEd25519()}.jwk()
	for name, c := range map[string]struct {
		second any
		want   int
		told   string
	}{
		"same key":            {ed.jwk(), 401, "another key has the same kid"},
		"other key":           {twin, 401, "another key has the same kid"},
		"other kty":           {signer{"ES256", "k1", p256Private()}.jwk(), 401, "another key has the same kid"},
		"broken base64":       {changed(twin, map[string]any{"x": "AA="}), 401, "base64url"},
		"small order":         {changed(twin, map[string]any{"x": b64(make([]byte, 32))}), 401, "small order"},
		"other crv":           {changed(twin, map[string]any{"crv": "Ed448"}), 401, "crv"},
		"other alg":           {changed(twin, map[string]any{"alg": "RS256"}), 401, "fits"},
		"private":             {changed(ed.jwk(), map[string]any{"d": b64(edPrivate().Seed())}), 401, "private part"},
		"key_ops":             {changed(twin, map[string]any{"key_ops": []string{"sign"}}), 401, "key_ops"},
		"use of no kind":      {changed(twin, map[string]any{"use": "x"}), 401, "use"},
		"no kty":              {changed(twin, map[string]any{"kty": nil}), 401, "kty"},
		"kty a number":        {changed(twin, map[string]any{"kty": 1}), 401, "kty"},
		"use enc":             {changed(twin, map[string]any{"use": "enc"}), 200, "use is not sig"},
		"enc and broken":      {changed(twin, map[string]any{"use": "enc", "x": "!"}), 200, "use is not sig"},
		"unusable, other kty": {map[string]any{"kty": "AKP", "alg": "ML-DSA-65", "pub": "AA", "kid": "k1"}, 200, "kty is not supported"},
		"secret":              {map[string]any{"kty": "oct", "k": b64(make([]byte, 64)), "kid": "k1"}, 200, "secret"},
		"broken, other kty":   {changed(other.jwk(), map[string]any{"n": "!", "kid": "k1"}), 200, "base64url"},
		"broken, other kid":   {changed(twin, map[string]any{"x": "!", "kid": "K1"}), 200, "base64url"},
		"broken, no kid":      {changed(twin, map[string]any{"x": "!", "kid": nil}), 200, "base64url"},
		"kid a number":        {changed(twin, map[string]any{"kid": 1}), 200, "kid"},
		"no object":           {"k1", 200, "no object"},
	} {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprint(name, first), func(t *testing.T) {
				t.Parallel()
				keys := []any{c.second, ed.jwk()}
				if first {
					keys[0], keys[1] = keys[1], keys[0]
				}
				s := newKeyServer(t)
				s.answer(string(jsonText(map[string]any{"keys": append(keys, other.jwk())})))
				var log strings.Builder
				g := newGuard(t, append(s.options(), logTo(&log))...)
				if !strings.Contains(log.String(), c.told) {
					t.Errorf("%q is not told: %s", c.told, log.String())
				}
				if got := strings.Count(log.String(), "cannot be used"); got != 1 && (got != 2 || c.want == 200) {
					t.Errorf("%d keys are told of: %s", got, log.String())
				}
				if got := status(g, s.token(ed)); got != c.want {
					t.Errorf("%d, want %d", got, c.want)
				}
				if got := status(g, s.token(other)); got != 200 {
					t.Errorf("the other key: %d", got)
				}
			})
		}
	}
}

func TestPEM(t *testing.T) {
	t.Parallel()
	block := func(typ string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der})
	}
	pkix := func(public any) []byte { return block("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(public))) }
	with := func(data ...[]byte) []auth.IssuerOption {
		opts := []auth.IssuerOption{auth.Audience(testAudience)}
		for _, d := range data {
			opts = append(opts, auth.PublicKeyPEM(d))
		}
		return opts
	}
	rs := signer{"RS256", "any", rsaPrivate()}
	for name, c := range map[string]struct {
		pem []byte
		by  signer
	}{
		"PKIX RSA":     {pkix(&rsaPrivate().PublicKey), rs},
		"PKIX EC":      {pkix(&p384Private().PublicKey), signer{"ES384", "any", p384Private()}},
		"PKIX Ed25519": {pkix(edPrivate().Public()), edSigner()},
		"PKCS #1":      {block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaPrivate().PublicKey)), signer{"PS256", "", rsaPrivate()}},
		"certificate":  {block("CERTIFICATE", certificate(t)), signer{"ES256", "any", p256Private()}},
	} {
		g := newGuard(t, auth.Issuer(testIssuer, with(c.pem)...), auth.Clock(fixedClock), quiet())
		if _, err := g.Validate(t.Context(), c.by.token(nil)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		refuses(t, g, signer{"RS256", "any", rsaOther()}.token(nil), "")
	}
	rsaKey := pkix(&rsaPrivate().PublicKey)
	for name, data := range map[string][]byte{
		"empty": nil, "no PEM": []byte("x"), "broken": block("PUBLIC KEY", []byte("x")),
		"private":    block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(edPrivate()))),
		"two blocks": append(slices.Clone(rsaKey), rsaKey...),
		"P-224":      pkix(&must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)).PublicKey),
		"weak":       pkix(&rsa.PublicKey{N: new(big.Int).SetBit(new(big.Int).Lsh(big.NewInt(1), 1023), 0, 1), E: 65537}),
	} {
		if _, err := auth.New(t.Context(), auth.Issuer(testIssuer, with(data)...)); err == nil {
			t.Errorf("%s: New accepted it", name)
		}
	}
	// Neither of two keys without a kid could ever be chosen.
	newFails(t, "no kid", auth.Issuer(testIssuer, with(rsaKey, pkix(edPrivate().Public()))...))
	newFails(t, "fits", auth.Issuer(testIssuer, append(with(rsaKey), auth.Algorithms("ES256"))...))
	newFails(t, "contradict", auth.Issuer(testIssuer, append(with(rsaKey), auth.JWKS("https://x.example/"))...))
}

func certificate(t testing.TB) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotAfter: time.Now().Add(time.Hour)}
	return must(x509.CreateCertificate(rand.Reader, template, template, &p256Private().PublicKey, p256Private()))
}
