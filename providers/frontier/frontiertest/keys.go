package frontiertest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
)

// keyBits is the size of keys that the server makes.
const keyBits = 2048

type key struct {
	id      string // thumbprint of RFC 7638
	private *rsa.PrivateKey
}

func newKey() *key {
	private := newRSA()
	e, n := parameters(&private.PublicKey)
	hash := sha256.Sum256(fmt.Appendf(nil, `{"e":%q,"kty":"RSA","n":%q}`, e, n))
	return &key{base64.RawURLEncoding.EncodeToString(hash[:]), private}
}

func newRSA() *rsa.PrivateKey {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		panic(err) // the size is legal, and randomness does not fail
	}
	return private
}

func parameters(k *rsa.PublicKey) (e, n string) {
	encode := base64.RawURLEncoding.EncodeToString
	return encode(big.NewInt(int64(k.E)).Bytes()), encode(k.N.Bytes())
}

// jwk returns a public key as GetJWKs lists it.
func jwk(id string, k *rsa.PublicKey) message {
	e, n := parameters(k)
	return message{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": id, "n": n, "e": e, "x": "", "y": "", "crv": ""}
}

// signingKeys returns the keys, of which the first one is made when it is needed: it
// costs more than all the rest of a server.
func (s *Server) signingKeys() []*key {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) == 0 && !s.noKeys {
		s.keys = []*key{newKey()}
	}
	return slices.Clone(s.keys)
}

// Rotate makes a new key that signs from now on. The keys before stay and verify.
func (s *Server) Rotate() {
	keys := append([]*key{newKey()}, s.signingKeys()...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = keys
}

// Retire removes all keys but the one that signs: tokens of the others are refused.
func (s *Server) Retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) > 1 {
		s.keys = s.keys[:1:1]
	}
}

func (s *Server) getJWKS(*call) (message, *failure) {
	keys := []message{}
	for _, k := range s.signingKeys() {
		keys = append(keys, jwk(k.id, &k.private.PublicKey))
	}
	return message{"keys": keys}, nil
}
