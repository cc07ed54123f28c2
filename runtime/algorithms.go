package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"sync/atomic"

	"github.com/golang-jwt/jwt/v5"
)

// algorithm is a signature algorithm of RFC 7518 section 3 or RFC 8037.
type algorithm struct {
	kty, crv  string // of fitting keys
	minSecret int    // bytes, of HMAC
	verify    func(input string, signature []byte, key any) error
}

var algorithms = map[string]algorithm{
	"RS256": {kty: "RSA", verify: verifyRSA(crypto.SHA256)},
	"RS384": {kty: "RSA", verify: verifyRSA(crypto.SHA384)},
	"RS512": {kty: "RSA", verify: verifyRSA(crypto.SHA512)},
	"PS256": {kty: "RSA", verify: verifyPSS(crypto.SHA256)},
	"PS384": {kty: "RSA", verify: verifyPSS(crypto.SHA384)},
	"PS512": {kty: "RSA", verify: verifyPSS(crypto.SHA512)},
	"ES256": {kty: "EC", crv: "P-256", verify: verifyECDSA(crypto.SHA256)},
	"ES384": {kty: "EC", crv: "P-384", verify: verifyECDSA(crypto.SHA384)},
	"ES512": {kty: "EC", crv: "P-521", verify: verifyECDSA(crypto.SHA512)},
	"EdDSA": {kty: "OKP", crv: "Ed25519", verify: jwt.SigningMethodEdDSA.Verify},
	"HS256": {kty: "oct", minSecret: 32, verify: jwt.SigningMethodHS256.Verify},
	"HS384": {kty: "oct", minSecret: 48, verify: jwt.SigningMethodHS384.Verify},
	"HS512": {kty: "oct", minSecret: 64, verify: jwt.SigningMethodHS512.Verify},
}

// verifyRSA does what golang-jwt does without its copy of the token.
func verifyRSA(hash crypto.Hash) func(string, []byte, any) error {
	return func(input string, signature []byte, key any) error {
		public, ok := key.(*rsa.PublicKey)
		if !ok {
			return jwt.ErrInvalidKeyType
		}
		return rsa.VerifyPKCS1v15(public, hash, digest(hash, input), signature)
	}
}

// verifyPSS demands a salt as long as the hash (RFC 7518 section 3.5), where
// golang-jwt accepts any.
func verifyPSS(hash crypto.Hash) func(string, []byte, any) error {
	return func(input string, signature []byte, key any) error {
		public, ok := key.(*rsa.PublicKey)
		if !ok {
			return jwt.ErrInvalidKeyType
		}
		return rsa.VerifyPSS(public, hash, digest(hash, input), signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash})
	}
}

// verifyECDSA verifies r and s of the curve's size each, one behind the other (RFC
// 7518 section 3.4). It does what golang-jwt does with a third of its allocations,
// by way of the form that crypto/ecdsa reads without big numbers.
func verifyECDSA(hash crypto.Hash) func(string, []byte, any) error {
	return func(input string, signature []byte, key any) error {
		public, ok := key.(*ecdsa.PublicKey)
		if !ok {
			return jwt.ErrInvalidKeyType
		}
		size := (public.Params().BitSize + 7) / 8
		if len(signature) != 2*size {
			return jwt.ErrECDSAVerification
		}
		var buffer [144]byte // SEQUENCE, length, and two INTEGERs of 66 bytes at most
		der := append(buffer[:0], 0x30, 0x81, 0)
		der = appendInteger(der, signature[:size])
		der = appendInteger(der, signature[size:])
		if length := len(der) - 3; length < 0x80 { // has to be the short form
			der[1] = byte(length)
			der = append(der[:2], der[3:]...)
		} else {
			der[2] = byte(length)
		}
		if !ecdsa.VerifyASN1(public, digest(hash, input), der) {
			return jwt.ErrECDSAVerification
		}
		return nil
	}
}

// digest hashes input without a copy of it.
func digest(hash crypto.Hash, input string) []byte {
	switch hash {
	case crypto.SHA256:
		sum := sha256.Sum256([]byte(input))
		return sum[:]
	case crypto.SHA384:
		sum := sha512.Sum384([]byte(input))
		return sum[:]
	default:
		sum := sha512.Sum512([]byte(input))
		return sum[:]
	}
}

// appendInteger appends an unsigned number as INTEGER of DER.
func appendInteger(der, number []byte) []byte {
	for len(number) > 1 && number[0] == 0 {
		number = number[1:]
	}
	if number[0] >= 0x80 {
		der = append(der, 2, byte(len(number)+1), 0)
	} else {
		der = append(der, 2, byte(len(number)))
	}
	return append(der, number...)
}

// verifyKey is a key that verifies signatures. Sets that follow on each other hold
// the same verifyKey for as long as the key stays the same. It must not be copied.
type verifyKey struct {
	kid      string
	hasKid   bool
	kty, crv string
	alg      string // the only algorithm, or "" for all that fit
	index    int    // in the document or options that it is from
	key      any    // *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey or []byte

	// withdrawn is set, for good, once a set that was fetched lacks the key. What it
	// verified before counts no more.
	withdrawn atomic.Bool
}

// same reports whether k and other are one key, under one name and for one use.
func (k *verifyKey) same(other *verifyKey) bool {
	if k.kid != other.kid || k.hasKid != other.hasKid || k.alg != other.alg || k.kty != other.kty || k.crv != other.crv {
		return false
	}
	public, ok := k.key.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(other.key)
}

// fits reports whether tokens of this algorithm may be verified with k.
func (k *verifyKey) fits(name string, a algorithm) bool {
	if k.alg != "" && k.alg != name {
		return false
	}
	secret, _ := k.key.([]byte)
	return k.kty == a.kty && k.crv == a.crv && len(secret) >= a.minSecret
}

// usable reports whether any of these algorithms fits.
func (k *verifyKey) usable(names []string) bool {
	for _, name := range names {
		if k.fits(name, algorithms[name]) {
			return true
		}
	}
	return false
}

var (
	asymmetric = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
	symmetric  = []string{"HS256", "HS384", "HS512"}
)

// keyType returns kty and crv of a public key.
func keyType(key any) (kty, crv string) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return "RSA", ""
	case *ecdsa.PublicKey:
		return "EC", k.Params().Name
	case ed25519.PublicKey:
		return "OKP", "Ed25519"
	}
	return "", ""
}
