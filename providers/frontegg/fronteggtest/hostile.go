package fronteggtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// fault is what is wrong with a token's signature.
type fault uint8

const (
	faultNone fault = iota
	faultRetiredKey
	faultForged
	faultUnsigned
	faultConfused
)

func withFault(f fault) TokenOption { return func(t *token) { t.fault = f } }

// Expired makes the token one that expired an hour ago.
func Expired() TokenOption {
	return func(t *token) {
		t.claims["iat"] = t.now.Add(-tokenLife - time.Hour).Unix()
		t.claims["exp"] = t.now.Add(-time.Hour).Unix()
	}
}

// NoExpiry makes the token one that never expires: without exp.
func NoExpiry() TokenOption { return Without("exp") }

// IssuedInFuture makes the token one of half an hour from now (iat).
func IssuedInFuture() TokenOption {
	return func(t *token) { t.claims["iat"] = t.now.Add(tokenLife / 2).Unix() }
}

// NotYetValid makes the token valid in half an hour (nbf).
func NotYetValid() TokenOption {
	return func(t *token) { t.claims["nbf"] = t.now.Add(tokenLife / 2).Unix() }
}

// StringRoles makes roles a string where a list belongs.
func StringRoles(roles string) TokenOption { return Claim("roles", roles) }

// StringPermissions makes permissions a string where a list belongs.
func StringPermissions(permissions string) TokenOption { return Claim("permissions", permissions) }

// WrongIssuer makes the token name another environment's domain; it is signed
// with this one's key.
func WrongIssuer() TokenOption { return Claim("iss", "https://another-environment.example") }

// WrongAudience makes the token one for another client.
func WrongAudience() TokenOption { return Claim("aud", "another-client") }

// Algorithm signs with another algorithm of RSA: RS384, RS512, PS256, PS384 or
// PS512.
func Algorithm(alg string) TokenOption {
	return func(t *token) {
		t.method = jwt.GetSigningMethod(alg)
		if t.method == nil || !strings.HasPrefix(alg, "RS") && !strings.HasPrefix(alg, "PS") {
			t.err = fmt.Errorf("%q is not an algorithm of RSA", alg)
		}
	}
}

// HeaderField sets a field of the JOSE header (RFC 7515, section 4.1); nil
// removes it.
func HeaderField(name string, value any) TokenOption {
	return func(t *token) { t.header[name] = value }
}

// BrokenSignature changes the signature.
func BrokenSignature() TokenOption { return func(t *token) { t.broken = true } }

// RetiredKey signs with the key that [Fake.Rotate] withdrew, or, before any
// Rotate, with one that was withdrawn before the fake started.
func RetiredKey() TokenOption { return withFault(faultRetiredKey) }

// Forged signs with a key that is not the environment's, under the id of the key
// that is.
func Forged() TokenOption { return withFault(faultForged) }

// Unsigned leaves out the signature: the algorithm "none".
func Unsigned() TokenOption { return withFault(faultUnsigned) }

// Confused signs with the public key, as the configurations serve it, as the
// secret of HS256.
func Confused() TokenOption { return withFault(faultConfused) }

// signer returns the key that a token with this fault is signed with.
func (f *Fake) signer(fault fault) (*key, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch fault {
	case faultForged:
		other, err := newKey()
		if err != nil {
			return nil, err
		}
		other.id = f.key.id
		return other, nil
	case faultRetiredKey:
		if f.retired == nil {
			var err error
			if f.retired, err = newKey(); err != nil {
				return nil, err
			}
		}
		return f.retired, nil
	}
	return f.key, nil
}
