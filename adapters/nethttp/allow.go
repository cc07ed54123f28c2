// Package nethttp enforces authgen's rules on handlers of net/http. Generated
// code calls it; by hand it is of use for handlers that are not generated for.
//
// Every function takes the guard, the rule and the request. A nil or zero guard
// and a nil or zero rule answer 503. What is denied has been answered when the
// function returns: the caller writes nothing more.
package nethttp

import (
	"net/http"

	auth "github.com/authgen/authgen/runtime"
)

// Allow admits r, or answers with the challenge and returns false. The returned
// request carries the identity for [auth.From]; it is r itself when there is
// none, under public rules and under optional ones without a credential.
func Allow(g *auth.Guard, rule *auth.Rule, w http.ResponseWriter, r *http.Request) (*http.Request, bool) {
	id, c := g.Admit(r, (*pathParams)(r), rule)
	if c != nil {
		g.Deny(w, r, c)
		return r, false
	}
	if id == nil {
		return r, true
	}
	return r.WithContext(auth.NewContext(r.Context(), id)), true
}

// AllowIdentity is [Allow] for handlers that take the identity, of any kind but
// vendor tokens, whatever the rule says. It is nil where Allow would store none.
func AllowIdentity(g *auth.Guard, rule *auth.Rule, w http.ResponseWriter, r *http.Request) (*auth.Identity, bool) {
	id, c := auth.AdmitIdentity(g, r, (*pathParams)(r), rule)
	if c != nil {
		g.Deny(w, r, c)
		return nil, false
	}
	return id, true
}

// AllowAs is [AllowIdentity] for handlers that take one kind of identity. It
// denies all others, whatever the rule says.
func AllowAs[T auth.Typed](g *auth.Guard, rule *auth.Rule, w http.ResponseWriter, r *http.Request) (*T, bool) {
	id, c := auth.AdmitAs[T](g, r, (*pathParams)(r), rule)
	if c != nil {
		g.Deny(w, r, c)
		return nil, false
	}
	return id, true
}

// AllowClaims is [AllowIdentity] for handlers that take the token's claims as a
// struct of their own, decoded afresh for each request. Claims that do not fit T
// are answered with 401.
func AllowClaims[T any](g *auth.Guard, rule *auth.Rule, w http.ResponseWriter, r *http.Request) (*T, bool) {
	claims, c := auth.AdmitClaims[T](g, r, (*pathParams)(r), rule)
	if c != nil {
		g.Deny(w, r, c)
		return nil, false
	}
	return claims, true
}
