// Package yielding has functions and variables that yield handlers.
package yielding

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	auth "github.com/authgen/authgen/runtime"

	"example.com/golden/claims"
)

// DB is what handlers are made from.
type DB struct{ name string }

// Export makes a handler.
//
//auth:roles=admin
func Export(db *DB, http time.Duration, names ...string) http.HandlerFunc {
	return func(w responseWriter, r *request) { fmt.Fprint(w, db.name, " ", http, " ", len(names)) }
}

type (
	responseWriter = http.ResponseWriter
	request        = http.Request
)

// Pages makes an http.Handler.
//
//auth:route=GET /pages/
//auth:roles=admin
func Pages() http.Handler { return http.NotFoundHandler() }

//auth:route=GET /plain
//auth:roles=admin
func plain() func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "plain") }
}

type custom func(http.ResponseWriter, *http.Request)

// Custom yields a type of the application's own.
//
//auth:roles=admin
func Custom(map[string][]*DB, func(int, ...string) (DB, error), [2]any, chan<- int) custom {
	return func(w http.ResponseWriter, r *http.Request) {}
}

// Text is a type with ServeHTTP.
type Text string

func (s Text) ServeHTTP(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, string(s)) }

// NewText yields it.
//
//auth:roles=admin
func NewText(p string) Text { return Text(p) }

// Metrics is a handler that another package made.
//
//auth:route=GET /metrics
//auth:roles=admin
var Metrics = http.NotFoundHandler()

//auth:route=GET /literal
//auth:roles=admin
var literal = func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "literal") }

//auth:route=GET /typed
//auth:roles=admin
var typed http.HandlerFunc = literal

//auth:route=GET /text
//auth:roles=admin
var text = Text("text")

//auth:roles=admin
var texts = &text

// Gin makes a handler of gin.
//
//auth:roles=admin
func Gin(db *DB) gin.HandlerFunc { return func(c *gin.Context) { c.String(200, db.name) } }

//auth:roles=admin
var ginLiteral = func(c *gin.Context) {}

// Echo makes a handler of echo.
//
//auth:roles=admin
func Echo(db *DB) echo.HandlerFunc {
	return func(c echo.Context) error { return c.String(200, db.name) }
}

//auth:roles=admin
func echoPlain() func(echo.Context) error { return func(c echo.Context) error { return nil } }

// Make is a method that makes a handler.
//
//auth:roles=admin
func (db *DB) Make(prefix string) http.Handler { return Text(prefix + db.name) }

// TypedHTTP makes a handler that takes the caller: it cannot be registered
// without its guard.
//
//auth:roles=admin
func TypedHTTP(db *DB) func(http.ResponseWriter, *http.Request, *auth.User) {
	return func(w http.ResponseWriter, r *http.Request, user *auth.User) { fmt.Fprint(w, db.name, user.Subject()) }
}

//auth:roles=admin
func typedGin(db *DB) func(*gin.Context, *auth.Identity) {
	return func(c *gin.Context, id *auth.Identity) { c.String(200, db.name+id.Subject()) }
}

type ownHandler func(echo.Context, *claims.Access) error

//auth:roles=admin
func typedEcho(db *DB) ownHandler {
	return func(c echo.Context, a *claims.Access) error { return c.String(200, db.name+a.Subject) }
}

//auth:roles=admin
var typedLiteral = func(w http.ResponseWriter, r *http.Request, user *auth.User) { fmt.Fprint(w, user.Subject()) }
