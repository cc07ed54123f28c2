package frontiertest

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// TokenOption says what is in a token or an assertion.
type TokenOption func(*token)

type token struct {
	now    time.Time
	claims jwt.MapClaims
	header map[string]any // nil removes
	method jwt.SigningMethod
	forged bool // signed by a key that nobody has
	broken bool // with a signature that was changed
}

// Claim sets any claim; nil removes it.
func Claim(name string, value any) TokenOption {
	return func(t *token) {
		if value == nil {
			delete(t.claims, name)
			return
		}
		t.claims[name] = value
	}
}

// Header sets any header parameter; nil removes it.
func Header(name string, value any) TokenOption {
	return func(t *token) { t.header[name] = value }
}

// ValidFor sets how long the token is valid from now on. d may be negative.
func ValidFor(d time.Duration) TokenOption {
	return func(t *token) { t.claims["exp"] = t.now.Add(d).Unix() }
}

// Forged signs with a key that the server does not have, and names one that it has.
func Forged() TokenOption { return func(t *token) { t.forged = true } }

// Tampered changes the signature.
func Tampered() TokenOption { return func(t *token) { t.broken = true } }

// Unsigned makes a token of alg none.
func Unsigned() TokenOption { return func(t *token) { t.method = jwt.SigningMethodNone } }

// Confused makes a token of alg HS256 whose secret is the public key.
func Confused() TokenOption { return func(t *token) { t.method = jwt.SigningMethodHS256 } }

// SessionOf makes the token one that was minted from a session.
func SessionOf(session Session) TokenOption { return Claim("sid", session.ID) }

// Project sets the claim project_id.
func Project(id string) TokenOption { return Claim("project_id", id) }

// Token mints what AuthToken mints for a principal, such as "app/user:<uuid>": a
// user as by a session, a service user as by client credentials, a personal access
// token with its owner. Options apply on top of that. A principal whom the server
// does not know gets a token without organizations.
func (s *Server) Token(principal string, opts ...TokenOption) string {
	s.helper()
	who, ok := parseObject(principal)
	if !ok {
		s.fatal("frontiertest: Token: say app/user:<id>, app/serviceuser:<id> or app/pat:<id>, not %q", principal)
	}
	via := map[string]string{nsUser: viaSession, nsServiceUser: viaCredentials, nsPAT: viaPAT}[who.namespace]
	s.db.mu.Lock()
	claims := s.claims(who, via)
	s.db.mu.Unlock()
	text, err := s.mint(claims, opts...)
	if err != nil {
		s.fatal("frontiertest: Token: %v", err)
	}
	return text
}

// claims returns what a token says. The caller holds the database.
func (s *Server) claims(who object, via string) jwt.MapClaims {
	now := s.now()
	c := jwt.MapClaims{
		"iss": s.issuer, "sub": who.id, "jti": newID(), "gen": "system", "sub_type": who.namespace, "auth_via": via,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(s.tokenLife).Unix(),
		"org_ids": strings.Join(s.db.enabledOrgsOf(who), ","),
	}
	if s.rest {
		delete(c, "auth_via")
	}
	if u := s.db.users[who.id]; u != nil && who.namespace == nsUser {
		c["email"] = u.email
	}
	if p := s.db.pats[who.id]; p != nil && who.namespace == nsPAT {
		c["user_id"] = p.user
	}
	return c
}

// mint signs claims with the first key, whose kid stands in the payload too.
func (s *Server) mint(claims jwt.MapClaims, opts ...TokenOption) (string, error) {
	keys := s.signingKeys()
	if len(keys) == 0 {
		return "", errors.New("no RSA key is configured")
	}
	claims["kid"] = keys[0].id
	return sign(claims, keys[0].id, keys[0].private, s.now(), opts)
}

// sign makes a JWT of claims, or one that is wrong in the ways of opts.
func sign(claims jwt.MapClaims, kid string, private *rsa.PrivateKey, now time.Time, opts []TokenOption) (string, error) {
	t := &token{now: now, claims: claims, header: map[string]any{"kid": kid}, method: jwt.SigningMethodRS256}
	for _, opt := range opts {
		opt(t)
	}
	if t.forged {
		private = newRSA()
	}
	var secret any = private
	switch t.method {
	case jwt.SigningMethodNone:
		secret = jwt.UnsafeAllowNoneSignatureType
	case jwt.SigningMethodHS256:
		der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
		if err != nil {
			return "", err
		}
		secret = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	made := jwt.NewWithClaims(t.method, t.claims)
	for name, value := range t.header {
		if value == nil {
			delete(made.Header, name)
			continue
		}
		made.Header[name] = value
	}
	text, err := made.SignedString(secret)
	if err != nil || !t.broken {
		return text, err
	}
	at := strings.LastIndexByte(text, '.') + 1
	if at == len(text) {
		return "", errors.New("there is no signature to change")
	}
	other := "A"
	if text[at] == 'A' {
		other = "B"
	}
	return text[:at] + other + text[at+1:], nil
}

// Assertion makes what a service user signs with its key for the JWT grant: kid in
// header and payload, jti, an hour of validity, and as iss and sub the service user.
func (s *Server) Assertion(k Key, opts ...TokenOption) string {
	s.helper()
	block, _ := pem.Decode([]byte(k.PrivateKey))
	if block == nil {
		s.fatal("frontiertest: Assertion: the private key is no PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		s.fatal("frontiertest: Assertion: the private key is no RSA key in PKCS#8")
	}
	now := s.now()
	text, err := sign(jwt.MapClaims{
		"iss": k.PrincipalID, "sub": k.PrincipalID, "aud": s.issuer, "kid": k.ID, "jti": newID(),
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}, k.ID, private, now, opts)
	if err != nil {
		s.fatal("frontiertest: Assertion: %v", err)
	}
	return text
}

// exchangeable are the ways to authenticate from which AuthToken mints a token. An
// access token is none of them.
var exchangeable = []string{viaSession, viaCredentials, viaJWTGrant, viaPAT}

// authToken mints a token for the caller. The body decides nothing.
func (s *Server) authToken(c *call) (message, *failure) {
	if !slices.Contains(exchangeable, c.who.via) {
		return nil, errUnauthenticated
	}
	// The bootstrap account is of no organization that the server could find.
	if c.who.id == RootID && !s.rest {
		return nil, errInternal
	}
	if u := s.db.serviceUsers[c.who.id]; u != nil {
		if o := s.db.orgs[u.org]; o != nil && o.disabled {
			return nil, errInternal // of older servers: by others it is refused before
		}
	}
	claims := s.claims(c.who.object, c.who.via)
	if c.who.session != nil && !s.rest {
		claims["sid"] = c.who.session.id
	}
	// A project that is unknown or forbidden is ignored.
	if p := s.db.project(c.Header.Get("X-Project")); p != nil && s.db.allowed(c.who.object, "app_project_get", object{nsProject, p.id}) {
		claims["project_id"] = p.id
	}
	text, err := s.mint(claims)
	if err != nil {
		return nil, errInternal
	}
	c.header["Gateway-User-Token"] = []string{text}
	return message{"access_token": text, "token_type": "Bearer"}, nil
}
