package authecho

import (
	"github.com/labstack/echo/v4"

	auth "github.com/authgen/authgen/runtime"
)

// HandlerIdentity is [Handler] for functions that take the identity, see
// [AllowIdentity].
func HandlerIdentity(g *auth.Guard, rule *auth.Rule, h func(echo.Context, *auth.Identity) error) echo.HandlerFunc {
	if h == nil {
		panic("authecho: nil handler")
	}
	return func(c echo.Context) error {
		id, err := AllowIdentity(g, rule, c)
		if err != nil {
			return err
		}
		return h(c, id)
	}
}

// HandlerAs is [Handler] for functions that take one kind of identity, see
// [AllowAs].
func HandlerAs[T auth.Typed](g *auth.Guard, rule *auth.Rule, h func(echo.Context, *T) error) echo.HandlerFunc {
	if h == nil {
		panic("authecho: nil handler")
	}
	return func(c echo.Context) error {
		id, err := AllowAs[T](g, rule, c)
		if err != nil {
			return err
		}
		return h(c, id)
	}
}

// HandlerClaims is [Handler] for functions that take claims, see [AllowClaims].
func HandlerClaims[T any](g *auth.Guard, rule *auth.Rule, h func(echo.Context, *T) error) echo.HandlerFunc {
	if h == nil {
		panic("authecho: nil handler")
	}
	return func(c echo.Context) error {
		claims, err := AllowClaims[T](g, rule, c)
		if err != nil {
			return err
		}
		return h(c, claims)
	}
}
