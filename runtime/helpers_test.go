package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

const (
	testIssuer   = "https://id.example.com"
	testAudience = "files-api"
)

// testNow is when the tests happen.
var testNow = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func fixedClock() time.Time { return testNow }

// signer signs tokens by hand, so that no code under test makes what it reads.
type signer struct {
	alg, kid string
	private  any
}

var (
	rsaPrivate  = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	rsaOther    = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	edPrivate   = sync.OnceValue(newEd25519)
	p256Private = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	p384Private = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)) })
	p521Private = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)) })
)

func newEd25519() ed25519.PrivateKey {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	return must(private, err)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// edSigner is the one most tests use: its keys and signatures are cheap.
func edSigner() signer { return signer{"EdDSA", "k1", edPrivate()} }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (s signer) header() string {
	if s.kid == "" {
		return fmt.Sprintf(`{"alg":%q}`, s.alg)
	}
	return fmt.Sprintf(`{"alg":%q,"kid":%q}`, s.alg, s.kid)
}

// sign makes a token of this header and payload.
func (s signer) sign(header, payload string) string {
	input := b64([]byte(header)) + "." + b64([]byte(payload))
	return input + "." + b64(s.signature(input))
}

// token makes a token of the base claims with these changes; a nil value
// removes a claim.
func (s signer) token(changes map[string]any) string {
	return s.sign(s.header(), claimsWith(changes))
}

func claimsWith(changes map[string]any) string {
	claims := map[string]any{
		"iss": testIssuer, "sub": "u1", "aud": testAudience,
		"exp": testNow.Add(time.Hour).Unix(), "iat": testNow.Add(-time.Minute).Unix(), "type": "userToken",
	}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return string(must(json.Marshal(claims)))
}

func (s signer) signature(input string) []byte {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[s.alg[2:]]
	digest := func() []byte {
		h := hash.New()
		h.Write([]byte(input))
		return h.Sum(nil)
	}
	switch s.alg[:2] {
	case "RS":
		return must(rsa.SignPKCS1v15(rand.Reader, s.private.(*rsa.PrivateKey), hash, digest()))
	case "PS":
		return must(rsa.SignPSS(rand.Reader, s.private.(*rsa.PrivateKey), hash, digest(), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}))
	case "ES":
		key := s.private.(*ecdsa.PrivateKey)
		r, v, err := ecdsa.Sign(rand.Reader, key, digest())
		if err != nil {
			panic(err)
		}
		size := (key.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), v.FillBytes(make([]byte, size))...)
	case "Ed":
		return ed25519.Sign(s.private.(ed25519.PrivateKey), []byte(input))
	case "HS":
		mac := hmac.New(hash.New, s.private.([]byte))
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
	panic("unknown algorithm " + s.alg)
}

// jwk returns the public key as the members of a JWK.
func (s signer) jwk() map[string]any {
	k := map[string]any{"use": "sig", "alg": s.alg}
	if s.kid != "" {
		k["kid"] = s.kid
	}
	switch private := s.private.(type) {
	case *rsa.PrivateKey:
		k["kty"], k["n"], k["e"] = "RSA", b64(private.N.Bytes()), b64(big.NewInt(int64(private.E)).Bytes())
	case *ecdsa.PrivateKey:
		point := must(private.PublicKey.Bytes())[1:]
		k["kty"], k["crv"] = "EC", private.Params().Name
		k["x"], k["y"] = b64(point[:len(point)/2]), b64(point[len(point)/2:])
	case ed25519.PrivateKey:
		k["kty"], k["crv"], k["x"] = "OKP", "Ed25519", b64(private.Public().(ed25519.PublicKey))
	case []byte:
		k["kty"], k["k"] = "oct", b64(private)
	}
	return k
}

func jwks(keys ...map[string]any) []byte {
	return must(json.Marshal(map[string]any{"keys": keys}))
}

// quiet drops what guards log.
func quiet() auth.Option { return auth.Logger(slog.New(slog.DiscardHandler)) }

// guardWith makes a guard for edSigner's tokens of the authgen mapping.
func guardWith(t testing.TB, opts ...auth.Option) *auth.Guard {
	t.Helper()
	all := []auth.Option{
		auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(auth.MappingAuthgen)),
		auth.Clock(fixedClock), quiet(),
	}
	return newGuard(t, append(all, opts...)...)
}

// issuerGuard makes a guard with one issuer of these options.
func issuerGuard(t testing.TB, opts ...auth.IssuerOption) *auth.Guard {
	t.Helper()
	all := []auth.IssuerOption{auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(auth.MappingAuthgen)}
	return newGuard(t, auth.Issuer(testIssuer, append(all, opts...)...), auth.Clock(fixedClock), quiet())
}

func newGuard(t testing.TB, opts ...auth.Option) *auth.Guard {
	t.Helper()
	g, err := auth.New(t.Context(), opts...)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return g
}

// accepts and refuses ask a guard whether a token is valid.
func accepts(t testing.TB, g *auth.Guard, token string) *auth.Identity {
	t.Helper()
	id, err := g.Validate(t.Context(), token)
	if err != nil {
		t.Fatalf("token refused: %v", err)
	}
	return id
}

func refuses(t testing.TB, g *auth.Guard, token, why string) {
	t.Helper()
	id, c := g.Admit(bearer(token), nil, &auth.Rule{Access: auth.Restricted})
	switch {
	case c == nil:
		t.Fatalf("token accepted, want %q", why)
	case id != nil:
		t.Fatal("an identity came with a challenge")
	case c.Status() != http.StatusUnauthorized:
		t.Fatalf("status %d (%v), want 401", c.Status(), c)
	case !strings.Contains(c.Reason(), why):
		t.Fatalf("refused because %q, want %q", c.Reason(), why)
	}
}

// bearer makes a request with this token.
func bearer(token string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// path is the path parameters of a request.
type path map[string]string

func (p path) Param(name string) string { return p[name] }

// answer is the status that Admit leads to, 200 when it admits.
func answer(g *auth.Guard, r *http.Request, p auth.Params, rule *auth.Rule) int {
	if _, c := g.Admit(r, p, rule); c != nil {
		return c.Status()
	}
	return http.StatusOK
}

func protected(demands ...auth.Demands) *auth.Rule {
	return &auth.Rule{Handler: "test", Access: auth.Restricted, All: demands}
}

func jsonText(v any) []byte { return must(json.Marshal(v)) }

// newFails wants New to refuse options with this text.
func newFails(t testing.TB, want string, opts ...auth.Option) {
	t.Helper()
	if g, err := auth.New(t.Context(), append(opts, quiet())...); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("New: %v, want an error with %q", err, want)
	} else if g != nil {
		t.Error("a guard came with an error")
	}
}

// logTo keeps the log of a guard; only one goroutine may cause records.
func logTo(b *strings.Builder) auth.Option {
	return auth.Logger(slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug})))
}
