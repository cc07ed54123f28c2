package areas

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/internal/call"
)

func TestAreas(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	protected := Protect(issuer.Guard())
	pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})

	mux := http.NewServeMux()
	mux.Handle("/admin/", protected.Admin(pages))
	engine := gin.New()
	engine.Group("/admin", protected.GinAdmin).GET("/x", func(c *gin.Context) {})
	engine.Group("/tenants/:tenantID", protected.Tenant).GET("/x", func(c *gin.Context) {})
	router := echo.New()
	router.Group("/admin", protected.EchoAdmin).GET("/x", func(c echo.Context) error { return nil })

	admin, plain := issuer.Token(authtest.User("ada"), authtest.Roles("admin")), issuer.Token(authtest.User("bob"), authtest.Tenant("t1"))
	for name, h := range map[string]http.Handler{"nethttp": mux, "gin": engine, "echo": router} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call.Expect(t, h, "GET /admin/x", admin, 200)
			call.Expect(t, h, "GET /admin/x", plain, 403)
			call.Expect(t, h, "GET /admin/x", "", 401)
		})
	}
	call.Expect(t, engine, "GET /tenants/t1/x", plain, 200)
	call.Expect(t, engine, "GET /tenants/t2/x", plain, 403)
}
