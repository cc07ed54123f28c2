package fronteggtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
)

// keyBits is the least that RFC 7518, section 3.3 allows.
const keyBits = 2048

type key struct {
	id      string
	private *rsa.PrivateKey
	pem     []byte // of the public key, SPKI
}

func newKey() (*key, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return nil, err
	}
	return &key{rand.Text(), private, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})}, nil
}

// public returns the public key as a JWK (RFC 7517).
func (k *key) public() map[string]string {
	encode := base64.RawURLEncoding.EncodeToString
	return map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": k.id,
		"n": encode(k.private.N.Bytes()), "e": encode(big.NewInt(int64(k.private.E)).Bytes()),
	}
}

// PublicKey returns the key that signs tokens now, as the configurations endpoint
// serves it: PEM of SPKI.
func (f *Fake) PublicKey() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(f.key.pem)
}

// Rotate makes a new signing key and withdraws the one before from the
// configurations and from the JWKS. Vendor tokens stay valid.
func (f *Fake) Rotate() {
	f.helper()
	f.rotate(false)
}

// RotateGently makes a new signing key. The JWKS has the one before too, until
// the next rotation; the configurations have room for one only.
func (f *Fake) RotateGently() {
	f.helper()
	f.rotate(true)
}

func (f *Fake) rotate(keep bool) {
	f.helper()
	k, err := newKey()
	if err != nil {
		f.fail("fronteggtest: %v", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.retired, f.key, f.published = f.key, k, []*key{k}
	if keep {
		f.published = append(f.published, f.retired)
	}
}

// configurations answers with the public key and with what else was seen beside
// it.
func (f *Fake) configurations(*call) reply {
	return respond(http.StatusOK, map[string]any{
		"id":                            "configuration-" + f.clientID,
		"publicKey":                     f.PublicKey(),
		"defaultTokenExpiration":        int(tokenLife.Seconds()),
		"defaultRefreshTokenExpiration": int(refreshLife.Seconds()),
		"cookieSameSite":                "NONE",
	})
}

// jwks answers with the JWKS of RFC 7517. Where and how Frontegg publishes it
// comes from its documentation and was not observed.
func (f *Fake) jwks(*call) reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	keys := []any{}
	for _, k := range f.published {
		keys = append(keys, k.public())
	}
	return respond(http.StatusOK, map[string]any{"keys": keys})
}

// discovery answers as OpenID Connect Discovery 1.0, section 4.2 says. Not
// observed, as the JWKS.
func (f *Fake) discovery(*call) reply {
	domain := f.Domain()
	return respond(http.StatusOK, map[string]any{
		"issuer":                                domain,
		"jwks_uri":                              domain + "/.well-known/jwks.json",
		"authorization_endpoint":                domain + "/oauth/authorize",
		"token_endpoint":                        domain + "/oauth/token",
		"response_types_supported":              []string{"code"},
		"grant_types_supported":                 []string{"authorization_code", "refresh_token"},
		"subject_types_supported":               []string{"public"},
		"scopes_supported":                      []string{"openid", "email", "profile"},
		"code_challenge_methods_supported":      []string{"S256", "plain"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
	})
}
