package names

import (
	web "net/http"
	"testing"

	framework "github.com/gin-gonic/gin"
	labstack "github.com/labstack/echo/v4"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/internal/call"
)

func TestNames(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	p := Protect(issuer.Guard())
	engine := framework.New()
	engine.GET("/", p.ginAliased)
	router := labstack.New()
	router.GET("/", p.dottedEcho)
	admin, plain := issuer.Token(authtest.User("ada"), authtest.Roles("admin")), issuer.Token(authtest.User("bob"))
	for name, h := range map[string]web.Handler{
		"aliased": web.HandlerFunc(p.aliased), "gin": engine, "yields": p.yields(), "claims": web.HandlerFunc(p.claimsAliased),
		"unnamed": web.HandlerFunc(p.unnamed), "blank": web.HandlerFunc(p.blank), "shadowing": web.HandlerFunc(p.shadowing),
		"dotted": web.HandlerFunc(p.dotted), "dotted auth": web.HandlerFunc(p.dottedAuth), "echo": router, "clashing": web.HandlerFunc(p.clashing),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call.Expect(t, h, "GET /", admin, 200)
			call.Expect(t, h, "GET /", plain, 403)
			call.Expect(t, h, "GET /", "", 401)
		})
	}
}
