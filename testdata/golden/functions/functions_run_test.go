package functions

import (
	"net/http"
	"testing"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/internal/call"
)

func TestFunctions(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	protected := Protect(issuer.Guard())
	router := http.NewServeMux()
	protected.RegisterRoutes(router)
	for name, h := range map[string]http.HandlerFunc{
		"p": protected.p, "auth": protected.auth, "nethttp": protected.nethttp, "ok": protected.ok, "shadows": protected.shadows,
	} {
		router.HandleFunc("/"+name, h)
	}
	admin, plain := issuer.Token(authtest.User("ada"), authtest.Roles("admin")), issuer.Token(authtest.User("bob"))
	for _, request := range []string{
		"PUT /any", "GET http://example.com/host", "GET /twice", "GET /again", "GET /p", "GET /auth", "GET /nethttp", "GET /ok", "GET /shadows",
	} {
		call.Expect(t, router, request, admin, 200)
		call.Expect(t, router, request, plain, 403)
		call.Expect(t, router, request, "", 401)
	}
}
