package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	audience    = "files-api"
	tenant      = "7d4f3c52-0a55-4d5e-9a4c-2f1b6f0e9a11"
	payloadSize = 959 // bytes of JSON
	scheme      = "Bearer "
)

// algorithms are those that tokens are signed with.
var algorithms = []string{"RS256", "ES256", "EdDSA", "HS256"}

// env is what all rows share: an issuer on loopback with its keys, and tokens.
type env struct {
	issuer  string // URL; discovery and keys are served below it
	jwks    []byte // the public keys
	jwksURL string

	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
	ed     ed25519.PrivateKey
	secret []byte
	suffix string // of the keys' ids

	server  *http.Server
	headers map[string][]string // Authorization, with good tokens, by algorithm
}

func newEnv() (*env, error) {
	e := &env{secret: make([]byte, 32), suffix: rand.Text(), headers: map[string][]string{}}
	var err error
	if e.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if e.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if _, e.ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return nil, err
	}
	if _, err = rand.Read(e.secret); err != nil {
		return nil, err
	}
	if e.jwks, err = e.keySet(); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	e.issuer = "http://" + listener.Addr().String()
	e.jwksURL = e.issuer + "/jwks"
	mux := http.NewServeMux()
	discovery, err := json.Marshal(map[string]any{
		"issuer": e.issuer, "jwks_uri": e.jwksURL,
		"authorization_endpoint": e.issuer + "/authorize", "token_endpoint": e.issuer + "/token",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": algorithms[:3],
	})
	if err != nil {
		return nil, err
	}
	mux.HandleFunc("/.well-known/openid-configuration", document(discovery))
	mux.HandleFunc("/jwks", document(e.jwks))
	e.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	go func() { _ = e.server.Serve(listener) }() // ends with Close
	return e, nil
}

func (e *env) Close() { _ = e.server.Close() }

func document(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}
}

func (e *env) keySet() ([]byte, error) {
	point, err := e.ec.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"keys": []map[string]string{
		{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": e.keyID("RS256"),
			"n": encode(e.rsa.N.Bytes()), "e": encode(big.NewInt(int64(e.rsa.E)).Bytes()),
		},
		{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": e.keyID("ES256"), "x": encode(point[1:33]), "y": encode(point[33:])},
		{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": e.keyID("EdDSA"), "x": encode(e.ed.Public().(ed25519.PublicKey))},
	}})
}

// keyID returns the id of a key, which no key of another env has: clerk-sdk-go
// knows a key by its id, in the whole process.
func (e *env) keyID(alg string) string { return alg + e.suffix }

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// change makes a token differ from a good one.
type change struct {
	role     string // instead of admin
	issuer   string
	audience string
	expires  time.Duration // from now, an hour unless set
	unsigned bool
	forged   bool // the signature is that of other claims
}

// mint makes the token of user number n. Its claims are those of a Frontegg
// token: payloadSize bytes, with 5 roles and 40 permissions.
func (e *env) mint(alg string, n int, c change) (string, error) {
	now := time.Now()
	if c.role == "" {
		c.role = "admin"
	}
	if c.issuer == "" {
		c.issuer = e.issuer
	}
	if c.audience == "" {
		c.audience = audience
	}
	if c.expires == 0 {
		c.expires = time.Hour
	}
	var permissions []string
	for _, object := range []string{"file", "user", "team", "plan", "bill", "role", "hook", "logs"} {
		for _, action := range []string{"read", "edit", "list", "send", "drop"} {
			permissions = append(permissions, `"`+object+"."+action+`"`)
		}
	}
	payload := func(filling string) string {
		return fmt.Sprintf(`{"sub":"b1c9d2e0-51b4-4f0e-8e5f-%012d","name":"Ada \"Bench\" L\u00f6velace","email":"ada@example.com","email_verified":true,`+
			`"type":"userToken","tenantId":%q,"roles":[%q,"editor","viewer","auditor","billing"],"permissions":[%s],`+
			`"metadata":{"note":%q},"iat":%d,"exp":%d,"aud":%q,"iss":%q}`,
			n, tenant, c.role, strings.Join(permissions, ","), filling, now.Add(-2*time.Hour).Unix(), now.Add(c.expires).Unix(), c.audience, c.issuer)
	}
	claims := payload("")
	if missing := payloadSize - len(claims); missing > 0 {
		claims = payload(strings.Repeat("n", missing))
	}
	header := alg
	if c.unsigned {
		header = "none"
	}
	input := encode(fmt.Appendf(nil, `{"alg":%q,"typ":"JWT","kid":%q}`, header, e.keyID(alg))) + "." + encode([]byte(claims))
	if c.unsigned {
		return input + ".", nil
	}
	signature, err := e.sign(alg, []byte(input), c.forged)
	return input + "." + encode(signature), err
}

func (e *env) sign(alg string, input []byte, forged bool) ([]byte, error) {
	digest := sha256.Sum256(input)
	if forged {
		digest[0] ^= 1
		input = append(slices.Clone(input), '.')
	}
	switch alg {
	case "RS256":
		return rsa.SignPKCS1v15(nil, e.rsa, crypto.SHA256, digest[:])
	case "ES256":
		r, s, err := ecdsa.Sign(rand.Reader, e.ec, digest[:])
		if err != nil {
			return nil, err
		}
		signature := make([]byte, 64) // RFC 7518 section 3.4
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		return signature, nil
	case "EdDSA":
		return ed25519.Sign(e.ed, input), nil
	default:
		mac := hmac.New(sha256.New, e.secret)
		mac.Write(input)
		return mac.Sum(nil), nil
	}
}

// authorizations returns n headers with good tokens of an algorithm, each of
// another user. They are made once.
func (e *env) authorizations(alg string, n int) ([]string, error) {
	headers := e.headers[alg]
	first := len(headers)
	if first >= n {
		return headers[:n], nil
	}
	headers = append(headers, make([]string, n-first)...)
	var wait sync.WaitGroup
	workers := runtime.NumCPU()
	errs := make([]error, workers)
	for w := range workers {
		wait.Go(func() {
			for i := first + w; i < n; i += workers {
				token, err := e.mint(alg, i, change{})
				if err != nil {
					errs[w] = err
					return
				}
				headers[i] = scheme + token
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	e.headers[alg] = headers
	return headers, nil
}
