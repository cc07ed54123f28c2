// Package corners has names and types that generated code must take care with.
package corners

import (
	"fmt"
	. "net/http"
	"net/http/httputil"
	"net/rpc"

	"example.com/golden/corners/store"
)

// API is the receiver by three names.
//
//auth:roles=member
type API struct{}

type (
	named   = API
	pointer = *API
)

//auth:permissions=upload
func (named) Upload(w ResponseWriter, r *Request) { fmt.Fprint(w, "uploaded") }

func (pointer) Delete(w ResponseWriter, r *Request) {}

// Claims called as the variables of generated code are.
type (
	W    struct{}
	R    struct{}
	P    struct{}
	Ok   struct{}
	Nil  struct{}
	Err  struct{}
	Data struct {
		Subject string `json:"sub"`
	}
	Claims struct{}
)

//auth:authenticated
func takesW(w ResponseWriter, r *Request, c *W) {}

//auth:authenticated
func takesR(w ResponseWriter, r *Request, c *R) {}

//auth:authenticated
func takesOk(w ResponseWriter, r *Request, c *Ok) {}

//auth:authenticated
func takesNil(w ResponseWriter, r *Request, c *Nil) {}

//auth:authenticated
func (API) TakesP(w ResponseWriter, r *Request, c *P) {}

//auth:authenticated
func aliased(w ResponseWriter, r *Request, c *database.Claims) { fmt.Fprint(w, c.Subject) }

//auth:authenticated
func foreignFunction() database.Handler {
	return func(w ResponseWriter, r *Request, c *database.Claims) { fmt.Fprint(w, c.Subject) }
}

// Guard is called as the parameter of its own twin.
type Guard struct{}

//auth:authenticated
func (*Guard) Get(w ResponseWriter, r *Request) {}

// İstanbul is longer in lower case.
type İstanbul struct{}

//auth:authenticated
func (İstanbul) Get(w ResponseWriter, r *Request) {}

//auth:authenticated
func export(s database.Store) HandlerFunc {
	return func(w ResponseWriter, r *Request) { fmt.Fprint(w, s.Name) }
}

//auth:authenticated
func channels(a chan (<-chan int), b <-chan chan<- int, string string) HandlerFunc {
	return func(w ResponseWriter, r *Request) { fmt.Fprint(w, string) }
}

//auth:authenticated
func proxied(up func(*httputil.ProxyRequest)) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{Rewrite: up}
}

//auth:authenticated
var served *rpc.Server = rpc.NewServer()

type page struct{ text string }

func (p *page) ServeHTTP(w ResponseWriter, r *Request) { fmt.Fprint(w, p.text) }

// The variable is a value, and its pointer the handler.
//
//auth:authenticated
var front page

//auth:policy=rule("two-words") || rule("two.words")
func words(w ResponseWriter, r *Request) {}

//auth:policy=rule("two-words")
func words_1(w ResponseWriter, r *Request) {}
