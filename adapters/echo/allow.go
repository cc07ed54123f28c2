// Package authecho enforces authgen's rules on handlers of echo. Generated code
// calls it; by hand it is of use for handlers that are not generated for.
//
// Every function takes the guard, the rule and the context of the request. A
// nil or zero guard and a nil or zero rule answer 503. A denial is returned as
// an *[echo.HTTPError], which the handler returns in its turn; its Internal is
// the *[auth.Challenge]. The headers of the challenge are set by then; the body
// is written by the application's HTTPErrorHandler. A guard with a rendering of
// its own ([auth.Renderer], [auth.ProblemJSON]) has written it already.
package authecho

import (
	"github.com/labstack/echo/v4"

	auth "github.com/authgen/authgen/runtime"
)

// Allow admits the request, or returns the error that answers it. The request's
// context then carries the identity for [From], unless there is none: under
// public rules and under optional ones without a credential.
func Allow(g *auth.Guard, rule *auth.Rule, c echo.Context) error {
	r := c.Request()
	id, challenge := g.Admit(r, c, rule)
	if challenge != nil {
		return deny(g, c, challenge)
	}
	if id != nil {
		c.SetRequest(r.WithContext(auth.NewContext(r.Context(), id)))
	}
	return nil
}

// AllowIdentity is [Allow] for handlers that take the identity, of any kind but
// vendor tokens, whatever the rule says. It is nil where Allow would store none.
func AllowIdentity(g *auth.Guard, rule *auth.Rule, c echo.Context) (*auth.Identity, error) {
	id, challenge := auth.AdmitIdentity(g, c.Request(), c, rule)
	if challenge != nil {
		return nil, deny(g, c, challenge)
	}
	return id, nil
}

// AllowAs is [AllowIdentity] for handlers that take one kind of identity. It
// denies all others, whatever the rule says.
func AllowAs[T auth.Typed](g *auth.Guard, rule *auth.Rule, c echo.Context) (*T, error) {
	id, challenge := auth.AdmitAs[T](g, c.Request(), c, rule)
	if challenge != nil {
		return nil, deny(g, c, challenge)
	}
	return id, nil
}

// AllowClaims is [AllowIdentity] for handlers that take the token's claims as a
// struct of their own, decoded afresh for each request. Claims that do not fit T
// are answered with 401.
func AllowClaims[T any](g *auth.Guard, rule *auth.Rule, c echo.Context) (*T, error) {
	claims, challenge := auth.AdmitClaims[T](g, c.Request(), c, rule)
	if challenge != nil {
		return nil, deny(g, c, challenge)
	}
	return claims, nil
}

// From returns the identity that [Allow] or [Enclose] stored, see [auth.From].
func From(c echo.Context) (*auth.Identity, bool) {
	r := c.Request()
	if r == nil {
		return nil, false
	}
	return auth.From(r.Context())
}
