package echoapp

import (
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/internal/call"
)

func TestEcho(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard()
	engine := echo.New()
	ProtectAPI(guard, &API{}).RegisterRoutes(engine.Group("/v1"))
	Protect(guard).RegisterRoutes(engine)
	admin := issuer.Token(authtest.User("ada"), authtest.Roles("admin"))
	uploader := issuer.Token(authtest.User("bob"), authtest.Permissions("uploadFile"), authtest.Tenant("t1"))
	call.Expect(t, engine, "POST /v1/tenants/t1/files", uploader, 200)
	call.Expect(t, engine, "POST /v1/tenants/t2/files", uploader, 403)
	call.Expect(t, engine, "POST /v1/tenants/t1/files", admin, 403)
	call.Expect(t, engine, "POST /v1/tenants/t1/files", "", 401)
	call.Expect(t, engine, "PATCH /v1/any", admin, 200)
	call.Expect(t, engine, "PATCH /v1/any", uploader, 403)
	if got := call.Expect(t, engine, "GET /v1/identity", "", 200); got != "false" {
		t.Errorf("got %q", got)
	}
	if got := call.Expect(t, engine, "GET /v1/identity", admin, 200); got != "true" {
		t.Errorf("got %q", got)
	}
	call.Expect(t, engine, "GET /v1/identity", "rubbish", 401)
	call.Expect(t, engine, "GET /v1/claims", admin, 200)
	call.Expect(t, engine, "GET /v1/claims", "", 401)
	call.Expect(t, engine, "GET /health", "rubbish", 200)
}
