package authtest

import (
	"crypto/rand"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// life is how long tokens are valid.
const life = time.Hour

// TokenOption says what is in a token.
type TokenOption func(*token)

type token struct {
	now    time.Time
	claims jwt.MapClaims
	fault  fault
	err    error
}

// Token mints a token, valid for an hour and for the issuer's audience unless
// an option says otherwise. One of the options names its kind and subject:
// [User], [Service] or another. Options apply in their order.
//
// Called wrongly it fails the test, or panics where there is none.
func (i *Issuer) Token(opts ...TokenOption) string {
	i.helper()
	now := i.now()
	t := &token{now: now, claims: jwt.MapClaims{
		"iss": i.url,
		"aud": i.audience,
		"iat": now.Unix(),
		"exp": now.Add(life).Unix(),
		"jti": rand.Text(),
	}}
	for _, opt := range opts {
		opt(t)
	}
	if _, ok := t.claims["type"]; !ok && t.err == nil {
		t.err = errors.New("say whose it is: authtest.User, authtest.Service or another kind")
	}
	text := ""
	if t.err == nil {
		text, t.err = i.sign(t)
	}
	if t.err != nil {
		i.fail("authtest: Token: %v", t.err)
	}
	return text
}

// sign signs t, or does what its fault says.
func (i *Issuer) sign(t *token) (string, error) {
	i.mu.Lock()
	k, retired := i.key, i.retired
	i.mu.Unlock()
	kid := k.id
	switch t.fault {
	case faultRetiredKey:
		k, kid = retired, retired.id
	case faultForged:
		var err error
		if k, err = newKey(); err != nil {
			return "", err
		}
	case faultUnsigned:
		unsigned := jwt.NewWithClaims(jwt.SigningMethodNone, t.claims)
		return unsigned.SignedString(jwt.UnsafeAllowNoneSignatureType)
	case faultConfused:
		confused := jwt.NewWithClaims(jwt.SigningMethodHS256, t.claims)
		confused.Header["kid"] = kid
		return confused.SignedString(k.point)
	}
	signed := jwt.NewWithClaims(keyMethod, t.claims)
	signed.Header["kid"] = kid
	return signed.SignedString(k.private)
}
