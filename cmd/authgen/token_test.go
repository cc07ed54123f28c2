package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	auth "github.com/authgen/authgen/runtime"
)

// execute runs a command line and returns what it printed.
func execute(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, system{stdin: strings.NewReader(""), stdout: &out, stderr: &err, env: func(string) string { return "" }})
	return code, out.String(), err.String()
}

func writePEM(t *testing.T, blocks ...*pem.Block) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key.pem")
	var data []byte
	for _, b := range blocks {
		data = append(data, pem.EncodeToMemory(b)...)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestTokenKeys(t *testing.T) {
	t.Parallel()
	rsaKey := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	p256 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	p384 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	p521 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(key any) *pem.Block {
		return &pem.Block{Type: "PRIVATE KEY", Bytes: must[[]byte](t)(x509.MarshalPKCS8PrivateKey(key))}
	}
	for _, c := range []struct {
		name, flag, alg string
		key             crypto.Signer
		blocks          []*pem.Block
	}{
		{"RSA", "", "RS256", rsaKey, []*pem.Block{pkcs8(rsaKey)}},
		{"RSAPKCS1", "", "RS256", rsaKey, []*pem.Block{{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)}}},
		{"RSAPSS", "PS512", "PS512", rsaKey, []*pem.Block{pkcs8(rsaKey)}},
		{"P256SEC1", "", "ES256", p256, []*pem.Block{
			{Type: "EC PARAMETERS", Bytes: []byte{6, 8}},
			{Type: "EC PRIVATE KEY", Bytes: must[[]byte](t)(x509.MarshalECPrivateKey(p256))},
		}},
		{"P384", "", "ES384", p384, []*pem.Block{pkcs8(p384)}},
		{"P521", "", "ES512", p521, []*pem.Block{pkcs8(p521)}},
		{"Ed25519", "EdDSA", "EdDSA", ed, []*pem.Block{pkcs8(ed)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := writePEM(t, c.blocks...)
			args := []string{"token", "-key", file, "-issuer", "https://i", "-audience", "a", "-subject", "s"}
			if c.flag != "" {
				args = append(args, "-alg", c.flag)
			}
			code, out, stderr := execute(t, args...)
			if code != 0 {
				t.Fatalf("exit code %d: %s", code, stderr)
			}
			token, err := jwt.Parse(strings.TrimSpace(out), func(*jwt.Token) (any, error) { return c.key.Public(), nil }, jwt.WithValidMethods([]string{c.alg}))
			if err != nil {
				t.Fatal(err)
			}
			_, set, _ := execute(t, "token", "-key", file, "-jwks")
			var jwks struct{ Keys []map[string]string }
			if err := json.Unmarshal([]byte(set), &jwks); err != nil || len(jwks.Keys) != 1 {
				t.Fatalf("set %s: %v", set, err)
			}
			if id := jwks.Keys[0]["kid"]; id == "" || id != token.Header["kid"] {
				t.Errorf("the token names key %v, the set has %q", token.Header["kid"], id)
			}
			for _, secret := range []string{"d", "p", "q", "k"} {
				if _, ok := jwks.Keys[0][secret]; ok {
					t.Errorf("the public set holds the private member %s", secret)
				}
			}
		})
	}
}

func TestTokenRefusesKeys(t *testing.T) {
	t.Parallel()
	p224 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	for _, c := range []struct {
		name  string
		block *pem.Block
		want  string
	}{
		{"Encrypted", &pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}}, "the key is encrypted"},
		{"EncryptedOldForm", &pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"DEK-Info": "AES-128-CBC,00"}, Bytes: []byte{1}}, "the key is encrypted"},
		{"Broken", &pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}, "key.pem: "},
		{"PublicKey", &pem.Block{Type: "PUBLIC KEY", Bytes: []byte{1}}, "holds no private key"},
		{"P224", &pem.Block{Type: "EC PRIVATE KEY", Bytes: must[[]byte](t)(x509.MarshalECPrivateKey(p224))}, "cannot sign tokens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, out, stderr := execute(t, "token", "-key", writePEM(t, c.block), "-issuer", "https://i", "-audience", "a", "-subject", "s")
			if code != 2 || out != "" || !strings.Contains(stderr, c.want) {
				t.Errorf("exit code %d, stdout %q, stderr %q; want 2, nothing and %q", code, out, stderr, c.want)
			}
		})
	}
}

// TestThumbprint is the example of RFC 7638, section 3.1.
func TestThumbprint(t *testing.T) {
	t.Parallel()
	got, err := thumbprint(map[string]string{
		"kty": "RSA", "e": "AQAB",
		"n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
	})
	if err != nil || got != "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" {
		t.Errorf("thumbprint %q, %v", got, err)
	}
}

func TestTokenClaims(t *testing.T) {
	t.Parallel()
	secret := []byte("0123456789abcdef0123456789abcdef")
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, append(secret, "\r\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := execute(t, "token", "-secret-file", file,
		"-issuer", "https://i", "-audience", "a,b", "-audience", "c", "-subject", "u1", "-kind", "tenantApi",
		"-roles", "admin, auditor", "-permissions", "p", "-scopes", "files:read,files:write", "-tenant", "t1", "-tenants", "t1,t2",
		"-email", "u1@example.com", "-ttl", "1h", "-claim", `meta={"a":[1]}`, "-claim", "name=Ada L", "-claim", "level=3")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	claims := jwt.MapClaims{}
	token, err := jwt.ParseWithClaims(strings.TrimSpace(out), claims, func(*jwt.Token) (any, error) { return secret, nil }, jwt.WithValidMethods([]string{"HS256"}))
	if err != nil {
		t.Fatal(err)
	}
	if token.Header["kid"] != "dev" {
		t.Errorf("kid %v", token.Header["kid"])
	}
	issued, expires := claims["iat"].(float64), claims["exp"].(float64)
	if now := float64(time.Now().Unix()); issued > now || issued < now-60 || expires-issued != 3600 {
		t.Errorf("issued %v, expires %v", issued, expires)
	}
	if id, _ := claims["jti"].(string); len(id) < 16 {
		t.Errorf("jti %q", id)
	}
	for _, name := range []string{"iat", "exp", "jti"} {
		delete(claims, name)
	}
	want := jwt.MapClaims{
		"iss": "https://i", "sub": "u1", "aud": []any{"a", "b", "c"}, "type": "tenantApiToken",
		"roles": []any{"admin", "auditor"}, "permissions": []any{"p"}, "scope": "files:read files:write",
		"tenantId": "t1", "tenantIds": []any{"t1", "t2"}, "email": "u1@example.com", "email_verified": true,
		"meta": map[string]any{"a": []any{1.0}}, "name": "Ada L", "level": 3.0,
	}
	if !reflect.DeepEqual(claims, want) {
		t.Errorf("claims %v\nwant   %v", claims, want)
	}
}

// TestGuardAcceptsToken holds that the help of the command is right: a guard
// set up as it says takes the tokens of every kind.
func TestGuardAcceptsToken(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "dev-key.pem")
	code, keys, stderr := execute(t, "token", "-new-key", key, "-jwks")
	if code != 0 {
		t.Fatal(stderr)
	}
	guard, err := auth.New(t.Context(), auth.Issuer("https://dev.example.com", auth.Audience("files-api"),
		auth.PublicJWKS([]byte(keys)), auth.Mapping(auth.MappingAuthgen)))
	if err != nil {
		t.Fatal(err)
	}
	everyKind := auth.Tokens(auth.KindUser | auth.KindUserAPI | auth.KindTenantAPI | auth.KindUserAccess |
		auth.KindTenantAccess | auth.KindPAT | auth.KindService | auth.KindVendor)
	for _, kind := range tokenTypes {
		code, out, stderr := execute(t, "token", "-key", key, "-issuer", "https://dev.example.com", "-audience", "files-api",
			"-subject", "u1", "-kind", kind.kind, "-roles", "admin", "-permissions", "uploadFile", "-scopes", "files:read", "-tenant", "t1")
		if code != 0 {
			t.Fatal(stderr)
		}
		id, err := guard.Validate(t.Context(), strings.TrimSpace(out), everyKind, auth.Roles("admin"), auth.Permissions("uploadFile"), auth.Scopes("files:read"))
		if err != nil {
			t.Errorf("%s: %v", kind.kind, err)
			continue
		}
		if id.Kind().String() != kind.kind || id.Subject() != "u1" || id.Tenant() != "t1" {
			t.Errorf("%s: kind %s, subject %q, tenant %q", kind.kind, id.Kind(), id.Subject(), id.Tenant())
		}
	}
}
