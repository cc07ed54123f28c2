// Package web registers what it is given.
package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

type Router interface {
	HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request))
}

func Handle(mux *http.ServeMux, pattern string, h http.HandlerFunc, methods ...string) { // want Handle:`registers\[2\]`
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h(w, r) })
}

func Get(mux *http.ServeMux, pattern string, h http.HandlerFunc) { // want Get:`registers\[2\]`
	Handle(mux, pattern, h, "GET")
}

func Mount(mux *http.ServeMux, h http.Handler) { // want Mount:`registers\[1\]`
	h = http.StripPrefix("/x", h)
	mux.Handle("/x/", h)
}

// Group shadows a verb.
type Group struct{ *gin.RouterGroup }

func (g Group) GET(path string, handlers ...gin.HandlerFunc) { // want GET:`registers\[1\]`
	g.RouterGroup.GET(path, handlers...)
}

// Serve is no registration.
func Serve(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) })
}
