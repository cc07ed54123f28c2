package wiring

import (
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// around returns what a handler runs before the one that it adapts, as a link in
// front of itself, and whether there are functions of the program's own shape that
// lead to others of that shape: else it is the adapter alone. Nil where it is not one
// handler that it adapts.
func (in *interp) around(whole value.Value, f *value.Func) (l *Link, layered bool) {
	outer := in.adapts(f)
	if outer == nil {
		return nil, false
	}
	inner := in.innermost(outer)
	if inner == nil {
		return nil, false
	}
	fw, _ := shapeOf(in.signature(f))
	l = &Link{Framework: fw, Func: whole, Next: []value.Value{inner}, Name: in.nameOf(outer), Pos: in.posOf(outer), Conditions: in.gaveUp}
	if n, ok := value.Deref(whole).(*value.Named); ok && value.Bare(inner) == value.Bare(n) {
		l.Next = []value.Value{n.V} // a function that serves requests by a method of its type
	}
	if inner == outer {
		l.Name = f.Name // one name for all that an adapter is given, so that it is judged once
	}
	l.Adapts = inner != outer
	return l, l.Adapts
}

// innermost returns what is left of a function of the program's own shape when those
// that lead to another one are taken off, nil where one of them leads to several.
func (in *interp) innermost(v value.Value) value.Value {
	for range maxLayers {
		if v == nil {
			break
		}
		next := in.leadsTo(v)
		switch len(next) {
		case 0:
			return v
		case 1:
			v = next[0]
		default:
			return nil
		}
	}
	return nil
}

// adapts returns the one function of the program's own shape that a handler holds
// and calls, nil if there is none.
func (in *interp) adapts(f *value.Func) value.Value {
	if _, s := shapeOf(in.signature(f)); s != handlerShape || f.Lit == nil && (f.Recv == nil || f.Fn.Name() != "ServeHTTP") {
		return nil // a method of a controller adapts nothing
	}
	fr, body := in.body(f)
	if fr == nil {
		return nil
	}
	held := func(obj types.Object) bool {
		v, ok := obj.(*types.Var)
		return ok && fr.env.Lookup(v) != nil
	}
	found := in.mentions(fr, body, held, in.ownShape, 0)
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// leadsTo returns the functions of its own shape that a function of the program's own
// shape holds and speaks of.
func (in *interp) leadsTo(v value.Value) []value.Value {
	f, ok := value.Bare(v).(*value.Func)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(in.nexts(f)), func(v value.Value) bool { return !in.ownShape(v) })
}

// ownShape reports whether a value is a function of the program's own shape that may
// serve requests.
func (in *interp) ownShape(v value.Value) bool {
	f, ok := value.Bare(v).(*value.Func)
	return ok && ownSignature(in.signature(f)) && !in.decides(f) && (f.Fn == nil || !in.sealed(f.Fn))
}

// layers reports whether a call puts functions of the program's own shape around one
// another.
func (in *interp) layers(fn *types.Func, args []value.Value) bool {
	results := fn.Signature().Results()
	return results.Len() == 1 && ownSignature(results.At(0).Type()) && slices.ContainsFunc(args, in.ownShape) && in.short(fn)
}

// ownSignature reports whether a type is one of functions that take a request, or what
// holds one, and that are neither handlers nor middleware.
func ownSignature(t types.Type) bool {
	if t == nil || t == (*types.Signature)(nil) {
		return false
	}
	sig, ok := t.Underlying().(*types.Signature)
	if _, s := shapeOf(t); !ok || s != noShape {
		return false
	}
	for p := range sig.Params().Variables() {
		if ofRequest(p.Type(), 0) || sig.Params().Len() > 1 && isType(p.Type(), "context", "Context") {
			return true
		}
	}
	return false
}

// ofRequest reports whether a type is that of a request or of the context of one, or
// of a struct with a field of such a type.
func ofRequest(t types.Type, depth int) bool {
	if isType(t, httpPath, "Request") || isType(t, ginPath, "Context") || isType(t, echoPath, "Context") {
		return true
	}
	st := structOf(t)
	if st == nil || depth > 1 {
		return false
	}
	for f := range st.Fields() {
		if ofRequest(f.Type(), depth+1) {
			return true
		}
	}
	return false
}
