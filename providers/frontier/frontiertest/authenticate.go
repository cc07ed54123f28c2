package frontiertest

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// How a principal authenticated. All but access_token are values of the claim
// auth_via.
const (
	viaSession     = "session"
	viaPAT         = "pat"
	viaAccessToken = "access_token"
	viaJWTGrant    = "jwt_grant"
	viaCredentials = "client_credentials"
)

// patPrefix begins every personal access token.
const patPrefix = "fpt_"

// basicMillis is what comparing a service user's secret costs Frontier. A request
// that has less time fails.
const basicMillis = 770

// carried is what a request carries to prove who sent it.
type carried struct {
	session *session // of the last cookie that can be read; nil when it has ended
	token   string   // JWT or personal access token
	basic   string   // base64 of id and secret
}

// extract finds credentials as Frontier's interceptor does.
func (s *Server) extract(h http.Header) (c carried) {
	for _, cookie := range (&http.Request{Header: h}).CookiesNamed("sid") {
		if id, ok := s.readCookie(cookie.Value); ok {
			c.session = s.session(id)
		}
	}
	// It is taken as it is: neither jti nor exp is looked at yet.
	c.token = strings.TrimSpace(h.Get("X-User-Token"))
	scheme, value, _ := strings.Cut(h.Get("Authorization"), " ")
	value = strings.TrimSpace(value)
	switch {
	case strings.EqualFold(scheme, "Bearer") && s.keeps(value):
		c.token = value
	case strings.EqualFold(scheme, "Basic"):
		c.basic = value
	}
	return c
}

// keeps reports whether a Bearer credential is looked at: a JWT that has a jti and
// has not expired, or what looks like a personal access token.
func (s *Server) keeps(value string) bool {
	claims, ok := peek(value)
	if !ok {
		return strings.HasPrefix(value, patPrefix)
	}
	jti, _ := claims["jti"].(string)
	exp, err := claims.GetExpirationTime()
	return jti != "" && err == nil && exp != nil && exp.After(s.now())
}

// peek reads the claims of a JWT before anything of it was verified.
func peek(token string) (jwt.MapClaims, bool) {
	claims := jwt.MapClaims{}
	_, _, err := jwt.NewParser().ParseUnverified(token, claims)
	return claims, err == nil
}

// authenticate tries the ways in their order; the first that finds something of its
// kind decides.
func (s *Server) authenticate(r *http.Request, c carried) (principal, *failure) {
	claims, isJWT := peek(c.token)
	_, system := claims["gen"]
	switch {
	case c.session != nil:
		return s.bySession(c.session)
	case strings.HasPrefix(c.token, patPrefix):
		return s.byPAT(c.token)
	case isJWT && system:
		return s.byAccessToken(c.token)
	case isJWT && !system:
		if k := s.keyOf(claims); k != nil {
			return s.byAssertion(c.token, k)
		}
	}
	if c.basic != "" {
		return s.byCredentials(r, c.basic)
	}
	return principal{}, errUnauthenticated
}

// keyOf finds the key of a service user that an assertion names, if there is one.
func (s *Server) keyOf(claims jwt.MapClaims) *serviceKey {
	id, _ := claims["kid"].(string)
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	return s.db.serviceKeys[strings.ToLower(id)]
}

func (s *Server) bySession(found *session) (principal, *failure) {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if _, err := s.db.activeUser(found.user); err != nil {
		return principal{}, err
	}
	return principal{object: object{nsUser, found.user}, via: viaSession, session: found}, nil
}

func (s *Server) byPAT(token string) (principal, *failure) {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	p := s.db.patSecrets[token]
	if p == nil {
		return principal{}, errUnauthenticated
	}
	if _, err := s.db.activeUser(p.user); err != nil {
		return principal{}, err
	}
	return s.admit(principal{object: object{nsPAT, p.id}, via: viaPAT})
}

// parser verifies tokens as Frontier does: exp, nbf and iat, where they are there, and
// without leeway.
func (s *Server) parser() *jwt.Parser {
	return jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(s.now), jwt.WithIssuedAt())
}

// byAccessToken verifies a token of this server, and always loads its principal.
func (s *Server) byAccessToken(token string) (principal, *failure) {
	claims := jwt.MapClaims{}
	_, err := s.parser().ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		for _, k := range s.signingKeys() {
			if k.id == t.Header["kid"] {
				return &k.private.PublicKey, nil
			}
		}
		return nil, jwt.ErrTokenUnverifiable
	})
	id, _ := claims["sub"].(string)
	if err != nil || claims["gen"] != "system" || !isID(id) {
		return principal{}, errUnauthenticated
	}
	kind, _ := claims["sub_type"].(string)
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	return s.admit(principal{object: object{kind, id}, via: viaAccessToken})
}

// admit loads a principal. Service users and personal access tokens need that their
// organization is enabled, but on older servers. The caller holds the database.
func (s *Server) admit(p principal) (principal, *failure) {
	org := ""
	switch p.namespace {
	case nsUser:
		_, err := s.db.activeUser(p.id)
		return p, err
	case nsServiceUser:
		u := s.db.serviceUsers[p.id]
		if u == nil {
			return p, errInternal // as Frontier does
		}
		org = u.org
	case nsPAT:
		found := s.db.pats[p.id]
		if found == nil || s.noPATs || !s.now().Before(found.expires) {
			return p, errUnauthenticated
		}
		if _, err := s.db.activeUser(found.user); err != nil {
			return p, errUnauthenticated
		}
		org = found.org
	default:
		return p, errUnauthenticated
	}
	if of := s.db.orgs[org]; of != nil && of.disabled && !s.rest {
		return p, errDenied
	}
	return p, nil
}

// byAssertion verifies what a service user signed with its key. iss, sub and aud
// are not checked, and a jti may come again.
func (s *Server) byAssertion(token string, k *serviceKey) (principal, *failure) {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	_, err := s.parser().Parse(token, func(t *jwt.Token) (any, error) {
		if t.Header["kid"] != k.id {
			return nil, jwt.ErrTokenUnverifiable
		}
		return k.public, nil
	})
	if err != nil {
		return principal{}, errUnauthenticated
	}
	return s.admit(principal{object: object{nsServiceUser, k.serviceUser}, via: viaJWTGrant})
}

func (s *Server) byCredentials(r *http.Request, basic string) (principal, *failure) {
	text, err := base64.StdEncoding.DecodeString(basic)
	parts := strings.Split(string(text), ":")
	if err != nil || len(parts) != 2 || !isID(parts[0]) {
		return principal{}, errUnauthenticated
	}
	s.db.mu.Lock()
	found := s.db.credentials[strings.ToLower(parts[0])]
	s.db.mu.Unlock()
	if found == nil {
		return principal{}, errUnauthenticated
	}
	if !found.opaque {
		if !inTime(r) {
			return principal{}, errDeadline
		}
		leave, ended := s.traffic.Enter(r.Context(), BasicSecret)
		defer leave()
		if ended != nil {
			return principal{}, errDeadline
		}
	}
	if !found.matches(parts[1]) {
		return principal{}, errUnauthenticated
	}
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	return s.admit(principal{object: object{nsServiceUser, found.serviceUser}, via: viaCredentials})
}

// inTime reports whether the caller's deadline leaves room to compare a secret.
func inTime(r *http.Request) bool {
	millis, err := strconv.Atoi(r.Header.Get("Connect-Timeout-Ms"))
	return err != nil || millis >= basicMillis
}
