package wiring

import (
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// fills reports whether a function may write handlers into what it is given.
func (r *relevance) fills(sig *types.Signature) bool {
	if sig.Recv() != nil && (r.carries(sig.Recv().Type(), 0) || holdsFuncs(sig.Recv().Type(), 0)) || r.anyCarries(sig.Params(), 0) {
		return true
	}
	for p := range sig.Params().Variables() {
		if holdsFuncs(p.Type(), 0) {
			return true
		}
	}
	return false
}

// holdsFuncs reports whether a type holds functions, which may do anything.
func holdsFuncs(t types.Type, depth int) bool {
	if depth > 3 {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Signature:
		return true
	case *types.Pointer:
		return holdsFuncs(u.Elem(), depth+1)
	case *types.Slice:
		return holdsFuncs(u.Elem(), depth+1)
	case *types.Map:
		return holdsFuncs(u.Elem(), depth+1)
	case *types.Struct:
		for f := range u.Fields() {
			if holdsFuncs(f.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

// carry marks functions that return what has to do with wiring: the fields that
// they fill are read later.
func (r *relevance) carry() (any bool) {
	for fn := range r.funcs {
		if recv := fn.Signature().Recv(); recv != nil {
			if n := ownNamed(recv.Type()); n != nil {
				r.carriers[n.Obj()] = true
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, obj := range r.structs {
			if r.carriers[obj] {
				continue
			}
			for f := range obj.Type().Underlying().(*types.Struct).Fields() {
				if r.carries(f.Type(), 0) {
					r.carriers[obj] = true
					changed = true
					break
				}
			}
		}
	}
	r.heatCarriers()
	for _, n := range r.nodes {
		if n.fn == nil || r.funcs[n.fn] {
			continue
		}
		sig := n.fn.Signature()
		if r.anyCarries(sig.Results(), 0) || r.anyCarries(sig.Params(), 0) || r.setsWiring(n) {
			r.mark(n.fn)
			any = true
		}
	}
	return any
}

// setsWiring reports whether a function sets a variable or field that may hold what
// has to do with wiring.
func (r *relevance) setsWiring(n *node) bool {
	return slices.ContainsFunc(n.sets, func(v *types.Var) bool { return r.carries(v.Type(), 0) }) ||
		slices.ContainsFunc(n.fields, func(t types.Type) bool { return r.carries(t, 0) })
}

// carries reports whether a value of a type may hold what has to do with wiring.
func (r *relevance) carries(t types.Type, depth int) bool {
	if depth > 3 {
		return false
	}
	for {
		switch u := types.Unalias(t).(type) {
		case *types.Pointer:
			t = u.Elem()
			continue
		case *types.Slice:
			t = u.Elem()
			continue
		case *types.Array:
			t = u.Elem()
			continue
		case *types.Map:
			t = u.Elem()
			continue
		}
		break
	}
	if f, _ := routerType(t); f != "" || isType(t, httpPath, "Server") {
		return true
	}
	if _, s := shapeOf(t); s != noShape {
		return true
	}
	if sig, ok := t.Underlying().(*types.Signature); ok {
		return r.anyCarries(sig.Params(), depth+1) || r.anyCarries(sig.Results(), depth+1)
	}
	switch t.Underlying().(type) {
	case *types.Slice, *types.Array, *types.Map: // with a name
		return r.carries(elemOf(t), depth+1)
	}
	n := ownNamed(t)
	if st, ok := t.Underlying().(*types.Struct); ok && (n == nil || n.Obj().Pkg() != nil && n.Obj().Parent() != n.Obj().Pkg().Scope()) {
		for f := range st.Fields() { // of a type without a name, or one of a function's own
			if r.carries(f.Type(), depth+1) {
				return true
			}
		}
	}
	if n != nil {
		if r.carriers[n.Obj()] || r.carriesAway(n) {
			return true
		}
		if i, ok := n.Underlying().(*types.Interface); ok && r.program.Own(pkgPath(n.Obj())) {
			for m := range i.Methods() {
				if r.method(m) {
					return true
				}
			}
		}
	}
	return false
}

// carriesAway reports whether a struct of another module, such as gin.RouteInfo, has a
// field for a handler that code of this one can set.
func (r *relevance) carriesAway(n *types.Named) bool {
	st, ok := n.Underlying().(*types.Struct)
	if !ok || r.program.Own(pkgPath(n.Obj())) {
		return false
	}
	carries, known := r.away[n.Obj()]
	if known {
		return carries
	}
	for f := range st.Fields() {
		if _, s := shapeOf(f.Type()); s != noShape && f.Exported() {
			carries = true
			break
		}
	}
	r.away[n.Obj()] = carries
	return carries
}

func (r *relevance) anyCarries(vars *types.Tuple, depth int) bool {
	for v := range vars.Variables() {
		if r.carries(v.Type(), depth) {
			return true
		}
	}
	return false
}

// makesHandlers reports whether a signature speaks of handlers or middleware.
func makesHandlers(fn *types.Func) bool {
	sig := fn.Signature()
	for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range tuple.Variables() {
			t := v.Type()
			if s, ok := t.(*types.Slice); ok {
				t = s.Elem()
			}
			if _, s := shapeOf(t); s != noShape {
				return true
			}
		}
	}
	return false
}

// registers reports whether what a variable of a type holds may be a function that
// registers a handler: it takes one, and returns none.
func registers(t types.Type) bool {
	if t == nil {
		return false
	}
	sig, ok := t.Underlying().(*types.Signature)
	if !ok {
		return false
	}
	takes := false
	for p := range sig.Params().Variables() {
		_, s := shapeOf(p.Type())
		takes = takes || s != noShape
	}
	for v := range sig.Results().Variables() {
		takes = takes && isErrorType(v.Type())
	}
	return takes
}

// generic reports whether a function is generic: what it has to do with shows
// only where it is called.
func generic(fn *types.Func) bool {
	sig := fn.Signature()
	return sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0
}

// strings reports whether a function does no more than compute a string, which
// may be part of a path.
func (r *relevance) strings(fn *types.Func) bool {
	sig := fn.Signature()
	if sig.Results().Len() != 1 || !isString(sig.Results().At(0).Type()) {
		return false
	}
	d := r.program.Decl(fn)
	return d != nil && d.Syntax.Body != nil && len(d.Syntax.Body.List) <= maxShort
}

// lists reports whether a function computes strings for a loop, which may be parts of
// paths, of what is known.
func (in *interp) lists(fn *types.Func, args []value.Value) bool {
	sig := fn.Signature()
	if sig.Results().Len() != 1 || len(args) > 0 && !slices.ContainsFunc(args, tells) {
		return false
	}
	t := sig.Results().At(0).Type()
	if _, basic := underlying(t).(*types.Basic); basic {
		return false
	}
	key, val := rangeTypes(t)
	return (isString(val) || val == nil && isString(key)) && in.short(fn)
}

func pkgPath(obj types.Object) string {
	if obj.Pkg() == nil {
		return ""
	}
	return obj.Pkg().Path()
}

func ownNamed(t types.Type) *types.Named {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	if n != nil {
		n = n.Origin()
	}
	return n
}

// pair is a method of an interface and one of a type.
type pair struct{ of, is *types.Func }

// method reports whether some type of the module has a method that matters and
// that a call of fn, a method of an interface, may run.
func (r *relevance) method(fn *types.Func) bool {
	return slices.ContainsFunc(r.byName[fn.Name()], func(m *types.Func) bool { return r.mayBe(fn, m) })
}

// implementations returns the methods that a call of fn, a method of an
// interface, may run, as far as they matter.
func (r *relevance) implementations(fn *types.Func) []*types.Func {
	var found []*types.Func
	for _, m := range r.byName[fn.Name()] {
		if r.mayBe(fn, m) {
			found = append(found, m)
		}
	}
	return found
}

// mayBe reports whether a call of a method of an interface may run a method.
func (r *relevance) mayBe(of, is *types.Func) bool {
	key := pair{of, is}
	fits, known := r.fits[key]
	if known {
		return fits
	}
	iface, ok := of.Signature().Recv().Type().Underlying().(*types.Interface)
	if t := is.Signature().Recv().Type(); ok && !types.IsInterface(t) {
		n := ownNamed(t)
		fits = types.Implements(t, iface) || types.Implements(types.NewPointer(t), iface) || n != nil && n.TypeParams().Len() > 0
	}
	r.fits[key] = fits
	return fits
}
