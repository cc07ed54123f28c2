// Package routers knows the functions and methods of net/http, gin and echo
// that register routes and middleware, and how to read their arguments.
package routers

import (
	"go/types"
	"strings"

	"github.com/authgen/authgen/annotations"
)

// Import paths of the frameworks.
const (
	HTTPPath = "net/http"
	GinPath  = "github.com/gin-gonic/gin"
	EchoPath = "github.com/labstack/echo/v4"
)

// Ours reports whether a package is the runtime or an adapter: its code is that
// of a dependency, in the module too that it belongs to.
func Ours(path string) bool {
	return path == RuntimePath || strings.HasPrefix(path, root+"/adapters/")
}

const root = "github.com/authgen/authgen"

// RuntimePath is the import path of what guards are made of, FrontierPath that of a
// provider whose guards take cookies with proof of origin.
const (
	RuntimePath  = root + "/runtime"
	FrontierPath = root + "/providers/frontier"
)

// AdapterPath is the import path of the adapter whose Recorder stands for a
// ServeMux.
const AdapterPath = "github.com/authgen/authgen/adapters/nethttp"

// Kind is what a call does.
type Kind uint8

const (
	Route    Kind = iota // registers a handler
	Static               // registers a handler of files of its own
	NoRoute              // registers what answers where no route matches
	NoMethod             // registers what answers where no route has the method
	Use                  // adds middleware
	Pre                  // adds middleware that runs before a route is looked for
	Group                // makes a group
)

// None is the index of an argument that a call does not have.
const None = -1

// Call says how to read a call of a function or method. Arguments are counted
// from 0, without the receiver; None stands for those that there are not.
type Call struct {
	Framework string // as package annotations names it
	Kind      Kind
	// Methods are those that are registered whatever the arguments say. Without
	// any they are read from the argument Method, else, for net/http, from the
	// pattern, and else they are all that there can be.
	Methods []string
	Method  int    // an HTTP method, or a slice of them
	Path    int    // a path, a prefix or, for net/http, a pattern
	Suffix  string // what is served below Path; gin puts a slash between, echo does not
	Host    int    // of a group
	Handler int
	// Middleware is the first of the variadic arguments that are middleware.
	// With HandlerLast the last of them is the handler.
	Middleware  int
	HandlerLast bool
	// Func says that the handler is a func(http.ResponseWriter, *http.Request)
	// and no http.Handler.
	Func bool
}

// Middlewares returns the arguments that are middleware, given as many as there
// are. When the last is spread with ..., what it holds has to be looked at.
func (c *Call) Middlewares(args int) (from, to int) {
	if c.Middleware == None || args < c.Middleware {
		return args, args
	}
	if c.HandlerLast && args > c.Middleware {
		return c.Middleware, args - 1
	}
	return c.Middleware, args
}

// HandlerArg returns the index of the handler, given how many arguments there
// are, and None where there is none.
func (c *Call) HandlerArg(args int) int {
	switch {
	case c.HandlerLast && args > c.Middleware:
		return args - 1
	case c.HandlerLast || c.Handler >= args:
		return None
	}
	return c.Handler
}

// Lookup returns how to read a call of fn. It is nil where fn is none of the
// table. A method of a generic type is looked up by its origin; promoted methods
// are those of the type that declares them.
func Lookup(fn *types.Func) *Call {
	if fn == nil || fn.Pkg() == nil {
		return nil
	}
	path := fn.Pkg().Path()
	// A vendored package is the one that it is a copy of.
	if i := strings.LastIndex(path, "/vendor/"); i >= 0 {
		path = path[i+len("/vendor/"):]
	}
	byReceiver := table[path]
	if byReceiver == nil {
		return nil
	}
	return byReceiver[receiver(fn)][fn.Name()]
}

// Names returns the names of the calls of the packages that there are, by their
// import paths.
func Names(are func(path string) bool) map[string]bool {
	names := map[string]bool{}
	for path, receivers := range table {
		if !are(path) {
			continue
		}
		for _, calls := range receivers {
			for name := range calls {
				names[name] = true
			}
		}
	}
	return names
}

// LookupMethod returns how to read a call of a method that a router of a
// framework has, by the name of the router's type; nil for others.
func LookupMethod(path, receiver, name string) *Call {
	methods := table[path]
	if c := methods[receiver][name]; c != nil {
		return c
	}
	if path == GinPath && receiver == "Engine" { // embeds a group
		return methods["RouterGroup"][name]
	}
	return nil
}

// LookupInterface returns how to read a call of a method of an interface that is
// none of the frameworks' and that their routers implement: the method has a
// name of the table and the same parameters. It is nil for others.
func LookupInterface(fn *types.Func) *Call {
	if fn == nil || fn.Signature().Recv() == nil || !types.IsInterface(fn.Signature().Recv().Type()) {
		return nil
	}
	params := fn.Signature().Params()
	for _, path := range []string{HTTPPath, GinPath, EchoPath} {
		for _, methods := range table[path] {
			if c := methods[fn.Name()]; c != nil && c.Kind == Route && c.takes(fn.Signature(), params) {
				return c
			}
		}
	}
	return nil
}

// takes reports whether a signature has the handler that a call takes where it
// takes it.
func (c *Call) takes(sig *types.Signature, params *types.Tuple) bool {
	want := 1 + max(c.Method, c.Path, c.Handler, c.Middleware)
	at := c.Handler
	if c.HandlerLast {
		at = c.Middleware
	}
	if params.Len() != want || at >= params.Len() || (c.Middleware != None) != sig.Variadic() {
		return false
	}
	t := params.At(at).Type()
	if c.HandlerLast {
		s, ok := t.(*types.Slice)
		if !ok {
			return false
		}
		t = s.Elem()
	}
	framework, isFunc := Handler(t)
	return framework == c.Framework && (framework != annotations.NetHTTP || isFunc == c.Func)
}

// receiver returns the name of the type that declares a method, "" of functions.
func receiver(fn *types.Func) string {
	recv := fn.Signature().Recv()
	if recv == nil {
		return ""
	}
	t := types.Unalias(recv.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}

// Handler returns the framework whose handlers are of a type, "" for none. For
// net/http isFunc tells functions from types with ServeHTTP.
func Handler(t types.Type) (framework string, isFunc bool) {
	if sig, ok := t.Underlying().(*types.Signature); ok {
		in, out := sig.Params(), sig.Results()
		switch {
		case sig.Variadic() || sig.TypeParams().Len() > 0:
		case out.Len() == 0 && in.Len() == 2 && isNamed(in.At(0), HTTPPath, "ResponseWriter", false) && isNamed(in.At(1), HTTPPath, "Request", true):
			return annotations.NetHTTP, true
		case out.Len() == 0 && in.Len() == 1 && isNamed(in.At(0), GinPath, "Context", true):
			return annotations.Gin, true
		case out.Len() == 1 && in.Len() == 1 && isNamed(in.At(0), EchoPath, "Context", false) && types.Identical(out.At(0).Type(), types.Universe.Lookup("error").Type()):
			return annotations.Echo, true
		}
		return "", false
	}
	obj, _, _ := types.LookupFieldOrMethod(t, false, nil, "ServeHTTP")
	if fn, ok := obj.(*types.Func); ok {
		if framework, _ := Handler(fn.Type()); framework == annotations.NetHTTP {
			return framework, false
		}
	}
	return "", false
}

func isNamed(v *types.Var, path, name string, pointer bool) bool {
	t := types.Unalias(v.Type())
	if p, ok := t.(*types.Pointer); ok != pointer {
		return false
	} else if ok {
		t = types.Unalias(p.Elem())
	}
	n, ok := t.(*types.Named)
	if !ok || n.Obj().Pkg() == nil || n.Obj().Name() != name {
		return false
	}
	p := n.Obj().Pkg().Path()
	return p == path || strings.HasSuffix(p, "/vendor/"+path)
}
