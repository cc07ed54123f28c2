package authtest

import "time"

// fault is what is wrong with a token beside its claims.
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
		t.claims["iat"] = t.now.Add(-life - time.Hour).Unix()
		t.claims["exp"] = t.now.Add(-time.Hour).Unix()
	}
}

// NotYetValid makes the token valid in half an hour (the claim nbf).
func NotYetValid() TokenOption {
	return func(t *token) { t.claims["nbf"] = t.now.Add(life / 2).Unix() }
}

// WrongAudience makes the token one for another service.
func WrongAudience() TokenOption { return Claim("aud", "another-service") }

// WrongIssuer makes the token name another issuer; it is signed with this one's
// key.
func WrongIssuer() TokenOption { return Claim("iss", "https://another-issuer.example") }

// RetiredKey signs with the key that [Issuer.Rotate] withdrew, or, before any
// Rotate, with one that was withdrawn before the issuer started.
func RetiredKey() TokenOption { return withFault(faultRetiredKey) }

// Forged signs with a key that is not the issuer's, under the id of the key that
// is.
func Forged() TokenOption { return withFault(faultForged) }

// Unsigned leaves out the signature: the algorithm "none".
func Unsigned() TokenOption { return withFault(faultUnsigned) }

// Confused signs with the issuer's public key as an HMAC secret.
func Confused() TokenOption { return withFault(faultConfused) }
