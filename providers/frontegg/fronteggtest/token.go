package fronteggtest

import (
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	tokenLife   = time.Hour
	refreshLife = 30 * 24 * time.Hour
)

// What tokens and access tokens say unless they are told otherwise.
const (
	DefaultTenant      = "tenant-1"
	DefaultUser        = "user-1"
	DefaultApplication = "application-1"
)

// Subject is whose token it is: its kind, and its id.
type Subject struct{ kind, id string }

// User is a person who signed in (userToken).
func User(id string) Subject { return Subject{"userToken", id} }

// UserAPI is a person's API token (userApiToken); id is the token's own.
func UserAPI(id string) Subject { return Subject{"userApiToken", id} }

// TenantAPI is a tenant's API token (tenantApiToken); id is the token's own.
func TenantAPI(id string) Subject { return Subject{"tenantApiToken", id} }

// UserAccess is a person's access token (userAccessToken), which is looked up; id
// is the token's own.
func UserAccess(id string) Subject { return Subject{"userAccessToken", id} }

// TenantAccess is a tenant's access token (tenantAccessToken), which is looked
// up; id is the token's own.
func TenantAccess(id string) Subject { return Subject{"tenantAccessToken", id} }

// Vendor is a vendor token of another environment than the fake's, or of the same
// when id is its client id. Its only claims are type, vendorId, iat and exp. The
// gateway does not take it for its own: it was not issued there.
func Vendor(id string) Subject { return Subject{"vendor", id} }

// OfType is a subject of a type that Frontegg does not have.
func OfType(typ, id string) Subject { return Subject{typ, id} }

// TokenOption says what is in a token.
type TokenOption func(*token)

type token struct {
	now    time.Time
	claims jwt.MapClaims
	header map[string]any // nil removes
	method jwt.SigningMethod
	fault  fault
	broken bool
	err    error
}

// Token mints a token, valid for an hour: iss is the environment's domain, aud
// the client id, tenantId [DefaultTenant], applicationId [DefaultApplication].
// Kinds that carry roles and permissions have empty lists; userId and
// createdByUserId are [DefaultUser] where the kind has them. Options apply in
// their order, on top of that.
//
// Called wrongly it fails the test, or panics where there is none.
func (f *Fake) Token(subject Subject, opts ...TokenOption) string {
	f.helper()
	text, err := f.mint(subject, opts)
	if err != nil {
		f.fail("fronteggtest: Token: %v", err)
	}
	return text
}

func (f *Fake) mint(subject Subject, opts []TokenOption) (string, error) {
	now := f.now()
	t := &token{now: now, claims: f.claims(subject, now), header: map[string]any{}, method: jwt.SigningMethodRS256}
	for _, opt := range opts {
		opt(t)
	}
	if t.err != nil {
		return "", t.err
	}
	k, err := f.signer(t.fault)
	if err != nil {
		return "", err
	}
	return f.sign(t, k)
}

// claims returns what a token of the kind says by default.
func (f *Fake) claims(subject Subject, now time.Time) jwt.MapClaims {
	if subject.kind == "vendor" {
		return vendorClaims(subject.id, now, now.Add(tokenLife).Unix())
	}
	c := jwt.MapClaims{
		"iss": f.Domain(), "aud": f.clientID, "sub": subject.id, "type": subject.kind,
		"tenantId": DefaultTenant, "applicationId": DefaultApplication,
		"iat": now.Unix(), "exp": now.Add(tokenLife).Unix(), "jti": rand.Text(),
	}
	switch subject.kind {
	case "userToken":
		c["name"], c["email"], c["email_verified"] = subject.id, subject.id+"@example.com", true
		c["tenantIds"], c["metadata"] = []string{DefaultTenant}, map[string]any{}
	case "userApiToken":
		c["userId"], c["createdByUserId"] = DefaultUser, DefaultUser
	case "tenantApiToken":
		c["createdByUserId"] = DefaultUser
	case "userAccessToken":
		c["userId"] = DefaultUser
		return c // neither roles nor permissions
	case "tenantAccessToken":
		return c
	}
	c["roles"], c["permissions"] = []string{}, []string{}
	return c
}

func vendorClaims(id string, now time.Time, expiry int64) jwt.MapClaims {
	return jwt.MapClaims{"type": "vendor", "vendorId": id, "iat": now.Unix(), "exp": expiry}
}

// sign signs t with k, or does what its fault says.
func (f *Fake) sign(t *token, k *key) (string, error) {
	var secret any = k.private
	method := t.method
	switch {
	case t.fault == faultUnsigned:
		method, secret = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType
	case t.fault == faultConfused:
		method, secret = jwt.SigningMethodHS256, k.pem
	case method == nil:
		method = jwt.SigningMethodRS256
	}
	signed := jwt.NewWithClaims(method, t.claims)
	signed.Header["kid"] = k.id
	for name, value := range t.header {
		if value == nil {
			delete(signed.Header, name)
			continue
		}
		signed.Header[name] = value
	}
	text, err := signed.SignedString(secret)
	if err != nil || !t.broken {
		return text, err
	}
	at := strings.LastIndexByte(text, '.') + 1
	if at == len(text) {
		return "", errors.New("there is no signature to break")
	}
	other := "A"
	if text[at] == 'A' {
		other = "B"
	}
	return text[:at] + other + text[at+1:], nil
}
