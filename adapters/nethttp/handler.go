package nethttp

import (
	"net/http"

	auth "github.com/authgen/authgen/runtime"
)

// Router is what generated RegisterRoutes methods register on, such as
// *http.ServeMux.
type Router interface {
	HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request))
}

// Area is the type of a package variable whose annotation is the rule of a
// whole subtree:
//
//	//auth:roles=admin
//	var Admin nethttp.Area
//
// The variable itself protects nothing: its generated twin is the middleware.
type Area struct{}

// Enclose puts everything that next serves behind the rule. Path parameters
// are those of the router in front of it, if there is one. It panics when next
// is nil, as ServeMux does.
func Enclose(g *auth.Guard, rule *auth.Rule, next http.Handler) http.Handler {
	if next == nil {
		panic("nethttp: nil handler")
	}
	return &guarded{g, rule, next}
}

// Handler puts h behind the rule. It panics when h is nil, as ServeMux does.
func Handler(g *auth.Guard, rule *auth.Rule, h http.Handler) http.Handler {
	return Enclose(g, rule, h)
}

// HandlerFunc is [Handler] for functions.
func HandlerFunc(g *auth.Guard, rule *auth.Rule, h http.HandlerFunc) http.HandlerFunc {
	if h == nil {
		panic("nethttp: nil handler")
	}
	return (&guarded{g, rule, h}).ServeHTTP
}

// guarded is a handler behind a rule.
type guarded struct {
	guard *auth.Guard
	rule  *auth.Rule
	next  http.Handler
}

func (h *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r, ok := Allow(h.guard, h.rule, w, r); ok {
		h.next.ServeHTTP(w, r)
	}
}
