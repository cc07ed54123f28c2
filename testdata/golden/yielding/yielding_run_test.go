package yielding

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/internal/call"
)

func TestYielding(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard()
	protected := Protect(guard)
	mux := http.NewServeMux()
	protected.RegisterRoutes(mux)
	db := &DB{"db"}
	mux.Handle("/export", protected.Export(db, 1, "a", "b"))
	mux.Handle("/custom", protected.Custom(nil, nil, [2]any{}, nil))
	mux.Handle("/new-text", protected.NewText("new"))
	mux.HandleFunc("/texts", protected.texts)
	mux.Handle("/make", ProtectDB(guard, db).Make("made by "))
	engine := gin.New()
	engine.GET("/gin", protected.Gin(db))
	engine.GET("/gin-literal", protected.ginLiteral)
	router := echo.New()
	router.GET("/echo", protected.Echo(db))
	router.GET("/echo-plain", protected.echoPlain())
	engine.GET("/typed-gin", protected.typedGin(db))
	router.GET("/typed-echo", protected.typedEcho(db))
	mux.Handle("/typed-http", protected.TypedHTTP(db))
	mux.HandleFunc("/typed-literal", protected.typedLiteral)
	mux.Handle("/typed-gin", engine)
	mux.Handle("/typed-echo", router)
	mux.Handle("/gin", engine)
	mux.Handle("/gin-literal", engine)
	mux.Handle("/echo", router)
	mux.Handle("/echo-plain", router)

	admin, plain := issuer.Token(authtest.User("ada"), authtest.Roles("admin")), issuer.Token(authtest.User("bob"))
	for request, want := range map[string]struct {
		status int
		body   string
	}{
		"GET /export": {200, "db 1ns 2"}, "GET /pages/x": {404, "404 page not found\n"}, "GET /plain": {200, "plain"}, "GET /custom": {200, ""},
		"GET /new-text": {200, "new"}, "GET /metrics": {404, "404 page not found\n"}, "GET /literal": {200, "literal"}, "GET /typed": {200, "literal"},
		"GET /text": {200, "text"}, "GET /texts": {200, "text"}, "GET /make": {200, "made by db"}, "GET /gin": {200, "db"}, "GET /gin-literal": {200, ""},
		"GET /typed-http": {200, "dbada"}, "GET /typed-gin": {200, "dbada"}, "GET /typed-echo": {200, "dbada"}, "GET /typed-literal": {200, "ada"},
		"GET /echo": {200, "db"}, "GET /echo-plain": {200, ""},
	} {
		if got := call.Expect(t, mux, request, admin, want.status); got != want.body {
			t.Errorf("%s: %q, want %q", request, got, want.body)
		}
		call.Expect(t, mux, request, plain, 403)
		call.Expect(t, mux, request, "", 401)
	}
}
