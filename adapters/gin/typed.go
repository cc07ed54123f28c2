package authgin

import (
	"github.com/gin-gonic/gin"

	auth "github.com/authgen/authgen/runtime"
)

// HandlerIdentity is [Handler] for functions that take the identity, see
// [AllowIdentity].
func HandlerIdentity(g *auth.Guard, rule *auth.Rule, h func(*gin.Context, *auth.Identity)) gin.HandlerFunc {
	if h == nil {
		panic("authgin: nil handler")
	}
	return func(c *gin.Context) {
		if id, ok := AllowIdentity(g, rule, c); ok {
			h(c, id)
		}
	}
}

// HandlerAs is [Handler] for functions that take one kind of identity, see
// [AllowAs].
func HandlerAs[T auth.Typed](g *auth.Guard, rule *auth.Rule, h func(*gin.Context, *T)) gin.HandlerFunc {
	if h == nil {
		panic("authgin: nil handler")
	}
	return func(c *gin.Context) {
		if id, ok := AllowAs[T](g, rule, c); ok {
			h(c, id)
		}
	}
}

// HandlerClaims is [Handler] for functions that take claims, see [AllowClaims].
func HandlerClaims[T any](g *auth.Guard, rule *auth.Rule, h func(*gin.Context, *T)) gin.HandlerFunc {
	if h == nil {
		panic("authgin: nil handler")
	}
	return func(c *gin.Context) {
		if claims, ok := AllowClaims[T](g, rule, c); ok {
			h(c, claims)
		}
	}
}
