package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// fronteggLike returns claims as Frontegg issues them for a user with five roles
// and forty permissions, 959 bytes of JSON.
func fronteggLike(t testing.TB, changes map[string]any) string {
	t.Helper()
	var permissions []string
	for i := range 40 {
		permissions = append(permissions, fmt.Sprintf("app.p%02d.w", i))
	}
	claims := map[string]any{
		"iss": testIssuer, "aud": testAudience, "sub": "8d1f8a52-6a0e-4b43-9a3a-2f9e3f9a11aa",
		"iat": testNow.Add(-time.Minute).Unix(), "exp": testNow.Add(time.Hour).Unix(),
		"type": "userToken", "tenantId": "t-7f3c9a2e", "tenantIds": []string{"t-7f3c9a2e"},
		"name": "Zo\u00eb \"Z\"", "email": "zoe@example.com", "email_verified": true,
		"roles":       []string{"admin", "editor", "viewer", "billing", "support"},
		"permissions": permissions, "metadata": map[string]any{},
	}
	maps.Copy(claims, changes)
	text := string(must(jsonASCII(claims)))
	if short := 959 - len(text); len(changes) == 0 {
		claims["sid"] = strings.Repeat("s", short-len(`,"sid":""`))
		text = string(must(jsonASCII(claims)))
		if len(text) != 959 {
			t.Fatalf("the claims have %d bytes", len(text))
		}
	}
	return text
}

// jsonASCII writes JSON with escapes for all that is not ASCII.
func jsonASCII(v any) ([]byte, error) {
	var b strings.Builder
	for _, r := range string(jsonText(v)) {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return []byte(b.String()), nil
}

var benchSecret = []byte(strings.Repeat("0123456789abcdef", 4))

// benchSigners are the signers of the algorithms that targets are stated for.
func benchSigners() []signer {
	return []signer{
		{"RS256", "k1", rsaPrivate()}, {"ES256", "k1", p256Private()}, {"EdDSA", "k1", edPrivate()}, {"HS256", "k1", benchSecret},
	}
}

func benchGuard(t testing.TB, s signer, opts ...auth.Option) *auth.Guard {
	t.Helper()
	keys := auth.PublicJWKS(jwks(s.jwk()))
	if s.alg == "HS256" {
		keys = auth.HMACSecret("k1", benchSecret)
	}
	all := []auth.Option{
		auth.Issuer(testIssuer, auth.Audience(testAudience), auth.Mapping(auth.MappingFrontegg), keys), quiet(), auth.Clock(fixedClock),
	}
	return newGuard(t, append(all, opts...)...)
}

// rawVerify is the signature check alone.
func rawVerify(s signer, input string, signature []byte) bool {
	digest := sha256.Sum256([]byte(input))
	switch private := s.private.(type) {
	case *rsa.PrivateKey:
		return rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, digest[:], signature) == nil
	case *ecdsa.PrivateKey:
		return ecdsa.Verify(&private.PublicKey, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
	case ed25519.PrivateKey:
		return ed25519.Verify(private.Public().(ed25519.PublicKey), []byte(input), signature)
	case []byte:
		mac := hmac.New(sha256.New, private)
		mac.Write([]byte(input))
		return hmac.Equal(mac.Sum(nil), signature)
	}
	return false
}

// everyCheck is a rule that looks at the kind, the tenant, a role and a
// permission, which are the last of the token's.
func everyCheck() *auth.Rule {
	return &auth.Rule{Handler: "bench", Access: auth.Restricted, All: []auth.Demands{{
		Kinds: auth.KindUser, Tenant: "tenantID", Roles: []string{"support"}, Permissions: []string{"app.p39.w"},
	}}}
}

func BenchmarkMiss(b *testing.B) {
	for _, s := range benchSigners() {
		token := s.sign(s.header(), fronteggLike(b, nil))
		dot := strings.LastIndexByte(token, '.')
		input, signature := token[:dot], must(decodeB64(token[dot+1:]))
		b.Run(s.alg+"/raw", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !rawVerify(s, input, signature) {
					b.Fatal("refused")
				}
			}
		})
		b.Run(s.alg+"/guard", func(b *testing.B) {
			g := benchGuard(b, s, auth.NoTokenCache())
			r, rule, params := bearer(token), everyCheck(), auth.Params(path{"tenantID": "t-7f3c9a2e"})
			b.ReportAllocs()
			for b.Loop() {
				if _, c := auth.AdmitAs[auth.User](g, r, params, rule); c != nil {
					b.Fatal(c.Reason())
				}
			}
		})
	}
}

// BenchmarkNew is BenchmarkMiss with tokens that are remembered, and differ.
func BenchmarkNew(b *testing.B) {
	const tokens = 4000
	for _, s := range benchSigners() {
		b.Run(s.alg, func(b *testing.B) {
			g := benchGuard(b, s, auth.TokenCache(auth.CacheLimits{Entries: tokens / 2}))
			claims := fronteggLike(b, nil)
			requests := make([]*http.Request, tokens)
			for i := range requests {
				requests[i] = bearer(s.sign(s.header(), strings.Replace(claims, "sssss", fmt.Sprintf("%05d", i), 1)))
			}
			rule, params, i := everyCheck(), auth.Params(path{"tenantID": "t-7f3c9a2e"}), 0
			b.ReportAllocs()
			for b.Loop() {
				if _, c := auth.AdmitAs[auth.User](g, requests[i%tokens], params, rule); c != nil {
					b.Fatal(c.Reason())
				}
				i++
			}
		})
	}
}

func BenchmarkHit(b *testing.B) {
	s := benchSigners()[0]
	now := time.Now()
	token := s.sign(s.header(), fronteggLike(b, map[string]any{"iat": now.Unix() - 60, "exp": now.Unix() + 36000}))
	g := newGuard(b, auth.Issuer(testIssuer, auth.Audience(testAudience), auth.Mapping(auth.MappingFrontegg), auth.PublicJWKS(jwks(s.jwk()))), quiet())
	rule := everyCheck()
	request := func() *http.Request {
		r := bearer(token)
		r.SetPathValue("tenantID", "t-7f3c9a2e")
		r.Header.Set("Accept", "application/json")
		r.Header.Set("User-Agent", "bench")
		return r
	}
	b.Run("one", func(b *testing.B) {
		r := request()
		params := pathValues{r}
		b.ReportAllocs()
		for b.Loop() {
			if _, c := auth.AdmitAs[auth.User](g, r, params, rule); c != nil {
				b.Fatal(c.Reason())
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			r := request()
			params := pathValues{r}
			for pb.Next() {
				if _, c := auth.AdmitAs[auth.User](g, r, params, rule); c != nil {
					b.Error(c.Reason())
				}
			}
		})
	})
}

// pathValues are the parameters of a request of net/http.
type pathValues struct{ r *http.Request }

func (p pathValues) Param(name string) string { return p.r.PathValue(name) }

func decodeB64(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }
