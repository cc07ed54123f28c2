package audit_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/authgen/authgen/audit"
)

// TestGivenAway holds that each call is told by which another module's code, which
// is not read, gets a router to register routes on, and none of those that only
// serve it, wrap it or write it to a log.
func TestGivenAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"app/go.mod": "module example.com/app\n\ngo 1.26\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n",
		"app/main.go": `package main

import (
	"fmt"
	"log"
	"net/http"

	"example.com/lib"
)

type own struct{ *http.ServeMux }

func main() {
	mux := http.NewServeMux()
	lib.Config{Mux: mux}.Print()
	lib.Struct(lib.Config{Mux: mux}) // told
	lib.New(lib.Config{Mux: mux}).Start() // told
	lib.Slice([]*http.ServeMux{mux}) // told
	lib.Map(map[string]*http.ServeMux{"a": mux}) // told
	lib.Getter(func() *http.ServeMux { return mux }) // told
	lib.Method(mux.HandleFunc) // told
	lib.Deep(mux) // told
	lib.Direct(own{mux}) // told
	lib.Direct(mux)
	lib.From(mux).Start()
	handler := lib.Middleware(mux)(lib.Wrap(mux))
	srv := &http.Server{Handler: handler}
	lib.Run(srv)
	lib.Go(srv.ListenAndServe)
	lib.Go(func() error { return http.Serve(nil, mux) })
	lib.Serve(&lib.Options{Handler: mux})
	lib.Log(mux)
	lib.Log(own{mux}, &own{mux}, mux.ServeHTTP)
	lib.Mount(":8081", mux)
	log.Println(mux, fmt.Sprint(mux))
	http.ListenAndServe(":8080", handler)
}
`,
		"lib/go.mod": "module example.com/lib\n\ngo 1.26\n",
		"lib/lib.go": `package lib

import (
	"net/http"

	"example.com/lib/deep"
)

type Mux interface{ Handle(string, http.Handler) }

type Config struct{ Mux *http.ServeMux }

type T struct{ c Config }

type Options struct{ Handler http.Handler }

func (c Config) Print() {}

func put(m Mux, pattern string) { m.Handle(pattern, http.NotFoundHandler()) }

func Struct(c Config)                 { put(c.Mux, "/struct") }
func New(c Config) *T                 { return &T{c} }
func From(m *http.ServeMux) *T        { return &T{Config{m}} }
func (t *T) Start()                   { put(t.c.Mux, "/start") }
func Slice(m []*http.ServeMux)        { put(m[0], "/slice") }
func Map(m map[string]*http.ServeMux) { put(m["a"], "/map") }
func Getter(f func() *http.ServeMux)  { put(f(), "/getter") }
func Direct(m Mux)                    { put(m, "/direct") }
func Deep(m *http.ServeMux)           { deep.Put(&deep.Config{Mux: m}) }

func Method(f func(string, func(http.ResponseWriter, *http.Request))) { f("/method", http.NotFound) }

func Middleware(m *http.ServeMux) func(http.Handler) http.Handler {
	put(m, "/middleware")
	return func(next http.Handler) http.Handler { return next }
}

func Wrap(next http.Handler) http.Handler { return next }
func Run(s *http.Server)                  { s.ListenAndServe() }
func Go(f func() error)                   { f() }
func Serve(o *Options)                    { http.Serve(nil, o.Handler) }
func Log(v ...any)                        {}

func Mount(addr string, h http.Handler) {
	http.ListenAndServe(addr, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
}
`,
		"lib/deep/deep.go": `package deep

import "net/http"

type Config struct{ Mux *http.ServeMux }

func Put(c *Config) { c.Mux.Handle("/deep", http.NotFoundHandler()) }
`,
	})
	result, err := audit.Audit(t.Context(), audit.Config{Dir: filepath.Join(dir, "app")})
	if err != nil {
		t.Fatal(err)
	}
	var told []int
	for _, d := range result.Diagnostics {
		if d.Code == audit.CodeEnd {
			told = append(told, d.Position.Line)
		}
	}
	slices.Sort(told)
	if want := []int{16, 17, 18, 19, 20, 21, 22, 23}; !slices.Equal(told, want) {
		t.Errorf("told at lines %d, want %d", told, want)
	}
	var found []string
	for _, r := range result.Routes {
		found = append(found, fmt.Sprint(r.Path))
	}
	slices.Sort(found)
	if want := []string{"/direct", "/middleware", "/start"}; !slices.Equal(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
	if t.Failed() {
		for _, d := range result.Diagnostics {
			t.Log(d)
		}
	}
}
