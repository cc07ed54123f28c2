package authtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"

	"github.com/golang-jwt/jwt/v5"
)

// keyMethod is ES256: its keys are made in no time.
var keyMethod = jwt.SigningMethodES256

type key struct {
	id      string
	private *ecdsa.PrivateKey
	point   []byte // of the public key, uncompressed
}

func newKey() (*key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	return &key{rand.Text(), private, point}, nil
}

// public returns the public key as a JWK (RFC 7517).
func (k *key) public() map[string]string {
	coordinates := k.point[1:]
	half := len(coordinates) / 2
	return map[string]string{
		"kty": "EC", "crv": "P-256", "use": "sig", "alg": keyMethod.Alg(), "kid": k.id,
		"x": base64.RawURLEncoding.EncodeToString(coordinates[:half]),
		"y": base64.RawURLEncoding.EncodeToString(coordinates[half:]),
	}
}
