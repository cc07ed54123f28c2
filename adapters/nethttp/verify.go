package nethttp

import (
	"errors"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"

	auth "github.com/authgen/authgen/runtime"
)

// Recorder is an [http.ServeMux] that remembers what was registered on it, for
// [Verify]: a ServeMux cannot list its patterns. The zero Recorder is ready. Like
// ServeMux it may be used by any number of goroutines, and panics on a bad pattern.
// Nothing can be registered on its ServeMux but by way of the Recorder.
type Recorder struct {
	mux http.ServeMux

	mu     sync.Mutex
	routes []auth.Registered
}

// Handle registers the handler for the pattern, see [http.ServeMux].
func (m *Recorder) Handle(pattern string, handler http.Handler) {
	m.mux.Handle(pattern, handler)
	r := split(pattern)
	switch h := handler.(type) {
	case *guarded:
		r.Rule = h.rule
	case http.HandlerFunc:
		r.Function = name(h)
	}
	m.record(r)
}

// HandleFunc registers the function for the pattern, see [http.ServeMux].
func (m *Recorder) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	m.mux.HandleFunc(pattern, handler)
	r := split(pattern)
	r.Function = name(handler)
	m.record(r)
}

// Handler returns the handler and the pattern for a request, see [http.ServeMux].
func (m *Recorder) Handler(r *http.Request) (h http.Handler, pattern string) {
	return m.mux.Handler(r)
}

// ServeHTTP serves as the ServeMux does.
func (m *Recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.mux.ServeHTTP(w, r) }

func (m *Recorder) record(r auth.Registered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.routes = append(m.routes, r)
}

// Verify compares what was registered on the recorder with the manifest. Call it
// when all routes are registered and before the recorder serves; see
// [auth.VerifyRoutes] for what is a difference. The error is an [*auth.VerifyError],
// or says that the recorder is nil.
//
// The code of a handler is known where it is a function or a handler of this package.
// Routes of http.DefaultServeMux and of any other ServeMux are not looked at, nor are
// those of handlers that route by themselves.
func Verify(m *Recorder, manifest *auth.Manifest, opts ...auth.VerifyOption) error {
	if m == nil {
		return errors.New("nethttp: the recorder is nil")
	}
	m.mu.Lock()
	routes := slices.Clone(m.routes)
	m.mu.Unlock()
	return auth.VerifyRoutes(manifest, "nethttp", routes, opts...)
}

// split takes a pattern apart that ServeMux has accepted: [METHOD ][HOST]/[PATH].
func split(pattern string) (r auth.Registered) {
	if i := strings.IndexAny(pattern, " \t"); i >= 0 {
		r.Method, pattern = pattern[:i], strings.TrimLeft(pattern[i+1:], " \t")
	}
	i := strings.IndexByte(pattern, '/')
	r.Host, r.Path = pattern[:i], pattern[i:]
	return r
}

// name returns the name of a function.
func name(f any) string { return runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name() }
