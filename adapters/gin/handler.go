package authgin

import (
	"github.com/gin-gonic/gin"

	auth "github.com/authgen/authgen/runtime"
)

// Area is the type of a package variable whose annotation is the rule of a
// whole group:
//
//	//auth:roles=admin
//	var Admin authgin.Area
//
// The variable itself protects nothing: its generated twin is the middleware.
type Area struct{}

// Enclose is the body of a middleware that puts all handlers after it behind
// the rule.
func Enclose(g *auth.Guard, rule *auth.Rule, c *gin.Context) {
	Allow(g, rule, c) // gin goes on with the next handler unless the chain is aborted
}

// Handler puts h behind the rule. It panics when h is nil, where the route is
// wired and not at the first request.
func Handler(g *auth.Guard, rule *auth.Rule, h gin.HandlerFunc) gin.HandlerFunc {
	if h == nil {
		panic("authgin: nil handler")
	}
	return func(c *gin.Context) {
		if Allow(g, rule, c) {
			h(c)
		}
	}
}
