package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
)

// target is one way to check a request; a row of the table.
type target struct {
	name   string
	module string // whose version the table shows; empty for this module and the standard library
	note   string // what the table has to say of it
	cached bool   // it remembers tokens: each new one is sent to a new handler, so that it is new
	bare   string // name of the target without a check, in the same framework
	detail bool   // no row of the large table

	build func(*env) (http.Handler, error)

	// admits names the faults that it lets through, see [faults].
	admits []string
}

// Names of the targets without a check.
const (
	bareHTTP = "net/http, bare handler"
	bareGin  = "gin, bare handler"
	bareEcho = "echo, bare handler"
)

// targets are all that serve requests, in the order of the table.
func targets() []target {
	return slices.Concat(bareTargets(), authgenTargets(), golangJWTTargets(), joseTargets(), vendorTargets())
}

// Every handler behind a check answers 204, and nothing that is refused does.

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func okGin(c *gin.Context) { c.Status(http.StatusNoContent) }

func okEcho(c echo.Context) error { return c.NoContent(http.StatusNoContent) }

func bareTargets() []target {
	return []target{
		{name: bareHTTP, build: func(*env) (http.Handler, error) { return http.HandlerFunc(ok), nil }},
		{name: bareGin, module: ginModule, build: func(*env) (http.Handler, error) { return ginEngine(okGin), nil }},
		{name: bareEcho, module: echoModule, build: func(*env) (http.Handler, error) { return echoEngine(okEcho), nil }},
	}
}

const (
	ginModule  = "github.com/gin-gonic/gin"
	echoModule = "github.com/labstack/echo/v4"
)

// The path of every request.
const path = "/tenants/" + tenant + "/files"

func ginEngine(handlers ...gin.HandlerFunc) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/tenants/:tenantID/files", handlers...)
	return engine
}

func echoEngine(h echo.HandlerFunc, middleware ...echo.MiddlewareFunc) *echo.Echo {
	e := echo.New()
	e.GET("/tenants/:tenantID/files", h, middleware...)
	return e
}

// deny answers what a check by hand refuses.
func deny(w http.ResponseWriter, status int) { http.Error(w, http.StatusText(status), status) }

// bearer returns the token of a request, by hand.
func bearer(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), scheme)
	return token
}

// holdsAdmin looks for the role in a claim as encoding/json decodes it.
func holdsAdmin(roles any) bool {
	list, _ := roles.([]any)
	return slices.Contains(list, any("admin"))
}

// rights is the claim that all check, for those that decode into a struct.
type rights struct {
	Roles []string `json:"roles"`
}

func (r rights) holdAdmin() bool { return slices.Contains(r.Roles, "admin") }
