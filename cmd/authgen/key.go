package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"

	"github.com/golang-jwt/jwt/v5"
)

// minRSABits is the least that RFC 7518 allows for RS and PS signatures.
const minRSABits = 2048

// signingKey is a private key or secret and how it signs.
type signingKey struct {
	method  jwt.SigningMethod
	private any
	id      string
	public  map[string]string // JWK members; nil for a secret
}

// signingKey reads or makes the key that the flags name.
func (f *tokenFlags) signingKey() (*signingKey, error) {
	var (
		private any
		err     error
	)
	switch {
	case f.secretFile != "":
		private, err = readSecret(f.secretFile)
	case f.key != "":
		private, err = readKey(f.key)
	default:
		private, err = makeKey(f.newKey, f.alg)
	}
	if err != nil {
		return nil, err
	}
	return newSigningKey(private, f.alg, f.kid)
}

func newSigningKey(private any, alg, id string) (*signingKey, error) {
	fits := algorithms(private)
	if len(fits) == 0 {
		return nil, fmt.Errorf("a key of type %T cannot sign tokens", private)
	}
	k := &signingKey{private: private, id: id}
	for _, name := range fits {
		if alg == "" || alg == name {
			k.method = jwt.GetSigningMethod(name)
			break
		}
	}
	if k.method == nil {
		return nil, usagef("-alg %s does not fit the key: want one of %v", alg, fits)
	}
	if secret, ok := private.([]byte); ok {
		if hash := k.method.(*jwt.SigningMethodHMAC).Hash; len(secret) < hash.Size() {
			return nil, fmt.Errorf("a secret of %d bytes is too short for %s: want %d or more", len(secret), k.method.Alg(), hash.Size())
		}
		if k.id == "" {
			k.id = "dev" // a thumbprint of the secret would say something about it
		}
		return k, nil
	}
	var err error
	if k.public, err = publicJWK(private.(crypto.Signer).Public()); err != nil {
		return nil, err
	}
	if k.id == "" {
		k.id, err = thumbprint(k.public)
	}
	return k, err
}

// algorithms returns those that fit a key; the first is the default.
func algorithms(private any) []string {
	switch key := private.(type) {
	case []byte:
		return []string{"HS256", "HS384", "HS512"}
	case *rsa.PrivateKey:
		return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	case ed25519.PrivateKey:
		return []string{"EdDSA"}
	case *ecdsa.PrivateKey:
		switch key.Curve {
		case elliptic.P256():
			return []string{"ES256"}
		case elliptic.P384():
			return []string{"ES384"}
		case elliptic.P521():
			return []string{"ES512"}
		}
	}
	return nil
}

func readSecret(file string) (any, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r")), nil
}

// readKey reads the first private key of a PEM file, in any of the usual forms.
func readKey(file string) (any, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return nil, fmt.Errorf("%s: holds no private key in PEM form", file)
		}
		var key any
		switch block.Type {
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			err = errors.New("the key is encrypted")
		default:
			continue // EC PARAMETERS, a certificate
		}
		if block.Headers["DEK-Info"] != "" {
			err = errors.New("the key is encrypted")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if r, ok := key.(*rsa.PrivateKey); ok && r.N.BitLen() < minRSABits {
			return nil, fmt.Errorf("%s: an RSA key of %d bits is too short: want %d or more", file, r.N.BitLen(), minRSABits)
		}
		return key, nil
	}
}

// makeKey makes a key for an algorithm and writes it to a new file that only
// its owner can read.
func makeKey(file, alg string) (key any, err error) {
	switch alg {
	case "", "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		key, err = rsa.GenerateKey(rand.Reader, minRSABits)
	default:
		return nil, usagef("-alg %s: no key can be made for it", alg)
	}
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(file))
	}
	return key, nil
}

// publicJWK returns the members of RFC 7517 that make up a public key.
func publicJWK(public crypto.PublicKey) (map[string]string, error) {
	b64 := base64.RawURLEncoding.EncodeToString
	switch key := public.(type) {
	case *rsa.PublicKey:
		return map[string]string{"kty": "RSA", "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}, nil
	case ed25519.PublicKey:
		return map[string]string{"kty": "OKP", "crv": "Ed25519", "x": b64(key)}, nil
	case *ecdsa.PublicKey:
		point, err := key.Bytes() // 4, x, y
		if err != nil {
			return nil, err
		}
		size := (len(point) - 1) / 2
		return map[string]string{"kty": "EC", "crv": key.Params().Name, "x": b64(point[1 : 1+size]), "y": b64(point[1+size:])}, nil
	}
	return nil, fmt.Errorf("a key of type %T cannot be published", public)
}

// thumbprint returns the RFC 7638 thumbprint of a public key's members. They
// are the required ones only, and encoding/json sorts them as the RFC does.
func thumbprint(jwk map[string]string) (string, error) {
	canonical, err := json.Marshal(jwk)
	sum := sha256.Sum256(canonical)
	return base64.RawURLEncoding.EncodeToString(sum[:]), err
}

// publicSet returns the JWK set that a guard needs to verify tokens of this
// key.
func (k *signingKey) publicSet() ([]byte, error) {
	members := map[string]string{"kid": k.id, "use": "sig", "alg": k.method.Alg()}
	for name, value := range k.public {
		members[name] = value
	}
	return json.MarshalIndent(map[string]any{"keys": []any{members}}, "", "  ")
}
