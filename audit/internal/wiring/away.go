package wiring

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/value"
)

// awayDepth bounds how far from an argument a router is looked for.
const awayDepth = 3

// givenAway tells that a function of another module, which is not read, gets what
// it can register routes on.
func (in *interp) givenAway(fn *types.Func, args []value.Value, pos token.Pos) {
	if fn == nil || in.program.Own(pkgPath(fn)) || isFramework(pkgPath(fn)) || routers.Ours(pkgPath(fn)) {
		return
	}
	sig := fn.Signature()
	for i, a := range args {
		t := paramType(sig, i)
		if t == nil || !in.lendsRouter(a, t, awayDepth) && !in.speaksOf(fn, a, t) {
			continue
		}
		if in.foreign > 0 {
			pos = in.entered
		}
		if !slices.ContainsFunc(in.out.Ends, func(e End) bool { return e.Pos == pos }) {
			in.end(pos, "a router is passed to "+funcName(fn)+", which is not read")
		}
		return
	}
}

// didAside follows a function of another module for what it does to the router
// that it gets. What it returns is a handler or middleware, known by its name.
func (fr *frame) didAside(e *ast.CallExpr, fn *types.Func, recv value.Value, args []value.Value) bool {
	in := fr.in
	if path := pkgPath(fn); in.program.Own(path) || isFramework(path) || routers.Ours(path) || !makesResult(fn) {
		return false
	}
	for i, a := range args {
		if t := paramType(fn.Signature(), i); t != nil && RouterOf(a) != nil && registersOn(t) {
			if !in.program.Declares(fn) {
				return false
			}
			_, ok := in.callFunc(&value.Func{Fn: fn, Recv: recv, Name: funcName(fn)}, fr.packed(args, fn.Signature(), e), e.Pos())
			return ok
		}
	}
	return false
}

// isFramework reports whether a package is one whose calls are known.
func isFramework(path string) bool {
	return path == httpPath || path == ginPath || path == echoPath
}

// paramType returns the type that an argument of a call is passed as.
func paramType(sig *types.Signature, i int) types.Type {
	n := sig.Params().Len()
	switch {
	case i < n-1 || i < n && !sig.Variadic():
		return sig.Params().At(i).Type()
	case sig.Variadic():
		return elemOf(sig.Params().At(n - 1).Type())
	}
	return nil
}

// speaksOf reports whether an argument that may be anything is a router, and the
// package of the function one that has to do with such: others, of logs and of
// values of any type, do not look what it is.
func (in *interp) speaksOf(fn *types.Func, a value.Value, t types.Type) bool {
	r := RouterOf(a)
	if r == nil {
		return false
	}
	if pkgPath(fn) == "reflect" {
		return fn.Name() == "ValueOf"
	}
	if i, ok := t.Underlying().(*types.Interface); !ok || i.NumMethods() > 0 {
		return false
	}
	path := map[Framework]string{NetHTTP: httpPath, Gin: ginPath, Echo: echoPath}[r.Framework]
	return r.Framework != NetHTTP && in.program.ImportsPackage(pkgPath(fn), path)
}

// lendsRouter reports whether routes can be registered on what a value holds by
// who gets it as a value of type t.
func (in *interp) lendsRouter(v value.Value, t types.Type, depth int) bool {
	if depth == 0 {
		return false
	}
	return slices.ContainsFunc(value.Alternatives(v), func(v value.Value) bool { return in.oneLendsRouter(v, t, depth) })
}

func (in *interp) oneLendsRouter(v value.Value, t types.Type, depth int) bool {
	if RouterOf(v) != nil {
		return registersOn(t)
	}
	cells := func(cells []*value.Cell, of types.Type) bool {
		return of != nil && slices.ContainsFunc(cells, func(c *value.Cell) bool { return in.lendsRouter(c.V, of, depth-1) })
	}
	switch x := value.Deref(v).(type) {
	case *value.Struct:
		return in.structLends(v, x, t, depth)
	case *value.Named:
		return in.lendsRouter(x.V, t, depth-1)
	case *value.List:
		return cells(x.Elems, elemOf(x.Type))
	case *value.Map:
		var elems []*value.Cell
		for _, e := range x.Entries {
			elems = append(elems, e.Elem)
		}
		return cells(elems, elemOf(x.Type))
	case *value.Func:
		if x.Fn != nil {
			return x.Recv != nil && RouterOf(x.Recv) != nil && isRegistration(x.Fn)
		}
		sig, ok := t.Underlying().(*types.Signature)
		return ok && sig.Results().Len() > 0 && registersOn(sig.Results().At(0).Type())
	}
	return false
}

// structLends is lendsRouter of a struct. One of the module is lent through the
// methods of an interface, one of another module's holds what is in its fields.
func (in *interp) structLends(v value.Value, s *value.Struct, t types.Type, depth int) bool {
	if path, _ := typeName(s.Type); path == "" || in.program.Own(path) {
		i, ok := t.Underlying().(*types.Interface)
		if !ok || path == "" {
			return false
		}
		for m := range i.Methods() {
			if routers.LookupInterface(m) == nil {
				continue
			}
			if impl, on := in.resolve(v, typeOf(v), m); impl != nil && RouterOf(on) != nil && isRegistration(impl) {
				return true
			}
		}
		return false
	}
	st := structOf(s.Type)
	if st == nil {
		return false
	}
	for f := range st.Fields() {
		if c := s.Fields[f.Name()]; c != nil && c.V != nil && in.lendsRouter(c.V, f.Type(), depth-1) {
			return true
		}
	}
	return false
}

// registersOn reports whether routes can be registered on a value of a type.
func registersOn(t types.Type) bool {
	if f, _ := routerType(t); f != "" {
		return true
	}
	i, ok := t.Underlying().(*types.Interface)
	if !ok {
		return false
	}
	for m := range i.Methods() {
		if routers.LookupInterface(m) != nil {
			return true
		}
	}
	return false
}

// underlying is the type behind names, nil for nil.
func underlying(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}
