package nethttp

import (
	"net/http"

	auth "github.com/authgen/authgen/runtime"
)

// HandlerIdentity is [HandlerFunc] for functions that take the identity, see
// [AllowIdentity].
func HandlerIdentity(g *auth.Guard, rule *auth.Rule, h func(http.ResponseWriter, *http.Request, *auth.Identity)) http.HandlerFunc {
	if h == nil {
		panic("nethttp: nil handler")
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if id, ok := AllowIdentity(g, rule, w, r); ok {
			h(w, r, id)
		}
	}
}

// HandlerAs is [HandlerFunc] for functions that take one kind of identity, see
// [AllowAs].
func HandlerAs[T auth.Typed](g *auth.Guard, rule *auth.Rule, h func(http.ResponseWriter, *http.Request, *T)) http.HandlerFunc {
	if h == nil {
		panic("nethttp: nil handler")
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if id, ok := AllowAs[T](g, rule, w, r); ok {
			h(w, r, id)
		}
	}
}

// HandlerClaims is [HandlerFunc] for functions that take claims, see
// [AllowClaims].
func HandlerClaims[T any](g *auth.Guard, rule *auth.Rule, h func(http.ResponseWriter, *http.Request, *T)) http.HandlerFunc {
	if h == nil {
		panic("nethttp: nil handler")
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if claims, ok := AllowClaims[T](g, rule, w, r); ok {
			h(w, r, claims)
		}
	}
}
