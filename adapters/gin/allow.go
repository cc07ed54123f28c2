// Package authgin enforces authgen's rules on handlers of gin. Generated code
// calls it; by hand it is of use for handlers that are not generated for.
//
// Every function takes the guard, the rule and the context of the request. A
// nil or zero guard and a nil or zero rule answer 503. A denial has been written
// when the function returns, is in c.Errors as an *[auth.Challenge], and has
// aborted the chain: no handler after this one runs.
package authgin

import (
	"github.com/gin-gonic/gin"

	auth "github.com/authgen/authgen/runtime"
)

// Allow admits the request, or answers with the challenge and returns false.
// The request's context then carries the identity for [From], unless there is
// none: under public rules and under optional ones without a credential.
func Allow(g *auth.Guard, rule *auth.Rule, c *gin.Context) bool {
	id, challenge := g.Admit(c.Request, c, rule)
	if challenge != nil {
		deny(g, c, challenge)
		return false
	}
	if id != nil {
		c.Request = c.Request.WithContext(auth.NewContext(c.Request.Context(), id))
	}
	return true
}

// AllowIdentity is [Allow] for handlers that take the identity, of any kind but
// vendor tokens, whatever the rule says. It is nil where Allow would store none.
func AllowIdentity(g *auth.Guard, rule *auth.Rule, c *gin.Context) (*auth.Identity, bool) {
	id, challenge := auth.AdmitIdentity(g, c.Request, c, rule)
	if challenge != nil {
		deny(g, c, challenge)
		return nil, false
	}
	return id, true
}

// AllowAs is [AllowIdentity] for handlers that take one kind of identity. It
// denies all others, whatever the rule says.
func AllowAs[T auth.Typed](g *auth.Guard, rule *auth.Rule, c *gin.Context) (*T, bool) {
	id, challenge := auth.AdmitAs[T](g, c.Request, c, rule)
	if challenge != nil {
		deny(g, c, challenge)
		return nil, false
	}
	return id, true
}

// AllowClaims is [AllowIdentity] for handlers that take the token's claims as a
// struct of their own, decoded afresh for each request. Claims that do not fit T
// are answered with 401.
func AllowClaims[T any](g *auth.Guard, rule *auth.Rule, c *gin.Context) (*T, bool) {
	claims, challenge := auth.AdmitClaims[T](g, c.Request, c, rule)
	if challenge != nil {
		deny(g, c, challenge)
		return nil, false
	}
	return claims, true
}

// From returns the identity that [Allow] or [Enclose] stored, see [auth.From].
func From(c *gin.Context) (*auth.Identity, bool) {
	if c.Request == nil {
		return nil, false
	}
	return auth.From(c.Request.Context())
}

func deny(g *auth.Guard, c *gin.Context, challenge *auth.Challenge) {
	// First of all: a renderer may panic, and Recovery goes on.
	c.Abort()
	// Middleware that renders c.Errors as JSON shows the Meta instead of the
	// reason, which is the developer's.
	_ = c.Error(challenge).SetMeta(message{challenge.Code(), challenge.Message()})
	if c.Writer.Written() {
		return // nothing can be added to the answer of an earlier handler
	}
	g.Deny(c.Writer, c.Request, challenge)
	// HEAD has no body to send the status with. Middleware that renders c.Errors
	// must see that the answer is given.
	c.Writer.WriteHeaderNow()
}

// message is what callers may know of a denial.
type message struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}
