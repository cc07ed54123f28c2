package routers_test

import (
	"go/types"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/audit/internal/routers"
)

// otherwise are the functions that take a handler or middleware and register
// nothing.
var otherwise = []string{
	// They serve what they are given, or make a handler of another.
	"net/http.ListenAndServe", "net/http.ListenAndServeTLS", "net/http.Serve", "net/http.ServeTLS", "net/http.StripPrefix",
	"net/http.TimeoutHandler", "net/http.MaxBytesHandler", "net/http.AllowQuerySemicolons",
	"net/http.CrossOriginProtection.Handler", "net/http.CrossOriginProtection.SetDenyHandler",
	"github.com/gin-gonic/gin.WrapH", "github.com/gin-gonic/gin.WrapF",
	"github.com/labstack/echo/v4.WrapHandler",
	// They find a route by its handler.
	"github.com/labstack/echo/v4.Echo.URI", "github.com/labstack/echo/v4.Echo.URL",
	// They are of one request.
	"github.com/labstack/echo/v4.Context.SetHandler",
}

// TestTable holds the table against the frameworks themselves: every function
// that takes a handler is in it, and what is in it reads the right arguments.
func TestTable(t *testing.T) {
	t.Parallel()
	unseen := slices.Clone(otherwise)
	for path, p := range load(t, routers.HTTPPath, routers.GinPath, routers.EchoPath) {
		seen := 0
		for _, fn := range functions(p) {
			c := routers.Lookup(fn)
			name := path + "." + strings.TrimPrefix(receiver(fn)+"."+fn.Name(), ".")
			if c == nil {
				if takesHandler(fn) && !slices.Contains(otherwise, name) {
					t.Errorf("%s takes a handler and is not in the table", name)
				}
				unseen = slices.DeleteFunc(unseen, func(s string) bool { return s == name && takesHandler(fn) })
				continue
			}
			seen++
			params := fn.Signature().Params()
			at := func(what string, i int, ok func(types.Type) bool) {
				if i != routers.None && i < params.Len() && !ok(params.At(i).Type()) {
					t.Errorf("%s: argument %d is no %s", name, i, what)
				}
			}
			at("path", c.Path, isString)
			at("host", c.Host, isString)
			at("method", c.Method, func(t types.Type) bool {
				s, ok := t.(*types.Slice)
				return isString(t) || ok && isString(s.Elem())
			})
			at("handler", c.Handler, func(t types.Type) bool {
				framework, isFunc := routers.Handler(t)
				return framework == c.Framework && (framework != annotations.NetHTTP || isFunc == c.Func)
			})
			at("middleware", c.Middleware, func(t types.Type) bool {
				_, ok := t.(*types.Slice)
				return ok && fn.Signature().Variadic()
			})
			if c.Kind == routers.Route && c.HandlerArg(params.Len()) == routers.None {
				t.Errorf("%s registers no handler", name)
			}
			if fn.Signature().Variadic() != (c.Middleware != routers.None && c.Middleware < params.Len()) {
				t.Errorf("%s: not all of its arguments are read", name)
			}
		}
		if seen < 4 {
			t.Errorf("%s: %d functions", path, seen)
		}
	}
	if len(unseen) > 0 {
		t.Errorf("these take no handler: %q", unseen)
	}
}

func load(t *testing.T, paths ...string) map[string]*types.Package {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{Context: t.Context(), Mode: packages.NeedName | packages.NeedTypes}, paths...)
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]*types.Package{}
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			t.Fatal(p.Errors)
		}
		byPath[p.PkgPath] = p.Types
	}
	return byPath
}

// functions returns the exported functions of a package and the methods of its
// exported types.
func functions(p *types.Package) (all []*types.Func) {
	for _, name := range p.Scope().Names() {
		switch obj := p.Scope().Lookup(name).(type) {
		case *types.Func:
			all = append(all, obj)
		case *types.TypeName:
			if n, ok := obj.Type().(*types.Named); ok && obj.Exported() {
				for m := range n.Methods() {
					all = append(all, m)
				}
				if i, ok := n.Underlying().(*types.Interface); ok {
					for m := range i.ExplicitMethods() {
						all = append(all, m)
					}
				}
			}
		}
	}
	return slices.DeleteFunc(all, func(fn *types.Func) bool { return !fn.Exported() })
}

func receiver(fn *types.Func) string {
	recv := fn.Signature().Recv()
	if recv == nil {
		return ""
	}
	t := recv.Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	return t.(*types.Named).Obj().Name()
}

// takesHandler reports whether a parameter is a handler or several.
func takesHandler(fn *types.Func) bool {
	for v := range fn.Signature().Params().Variables() {
		t := v.Type()
		if s, ok := t.(*types.Slice); ok {
			t = s.Elem()
		}
		if _, ok := t.(*types.Pointer); ok { // a router, which serves as well
			continue
		}
		n, named := t.(*types.Named)
		if framework, _ := routers.Handler(t); framework != "" || named && n.Obj().Name() == "MiddlewareFunc" {
			return true
		}
	}
	return false
}

func isString(t types.Type) bool { return types.Identical(t, types.Typ[types.String]) }

// TestInterfaces holds that a program's own interfaces, which the frameworks'
// routers implement, are seen by name and signature.
func TestInterfaces(t *testing.T) {
	t.Parallel()
	const nethttp = "github.com/authgen/authgen/adapters/nethttp"
	const echo = "github.com/authgen/authgen/adapters/echo"
	loaded := load(t, nethttp, echo)
	for want, p := range map[string]*types.Package{annotations.NetHTTP: loaded[nethttp], annotations.Echo: loaded[echo]} {
		found := 0
		for _, fn := range functions(p) {
			if c := routers.LookupInterface(fn); c != nil {
				if found++; c.Framework != want {
					t.Errorf("%s: %s", fn.FullName(), c.Framework)
				}
			}
		}
		if found != 1 {
			t.Errorf("%s: %d methods that register", p.Path(), found)
		}
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	gin := load(t, routers.GinPath)[routers.GinPath]
	group, _, _ := types.LookupFieldOrMethod(types.NewPointer(gin.Scope().Lookup("Engine").Type()), false, gin, "POST")
	c := routers.Lookup(group.(*types.Func))
	if c == nil {
		t.Fatal("a promoted method is not found")
	}
	for args, want := range map[int][3]int{1: {routers.None, 1, 1}, 2: {1, 1, 1}, 4: {3, 1, 3}, 0: {routers.None, 0, 0}} {
		from, to := c.Middlewares(args)
		if got := [3]int{c.HandlerArg(args), from, to}; got != want {
			t.Errorf("%d arguments: handler and middleware %v, want %v", args, got, want)
		}
	}
}
