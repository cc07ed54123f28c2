package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// What leads to the next handler may become a value that is not known: one of
// several, an element of a list, what a channel or an object of a library gives
// back. That the next handler does not run may only be said of what is known not
// to lead to it, so such a value remembers that it may.

// maybeNext returns a value that is not known as one that may run the next
// handler, where something that it may come from does.
func (x *exec) maybeNext(st *state, s *sym, from ...val) *sym {
	s = maybeTexts(s, from...)
	if s.kind != plain && s.kind != kParsed || !mayServe(s.typ, 0) {
		return s
	}
	for _, v := range from {
		if !mayHoldNext(v) {
			continue
		}
		if _, steers := x.interest(st, v, 0); steers {
			c := *s
			c.key += "+next"
			c.kind = kWraps
			return &c
		}
	}
	return s
}

// mayHoldNext says whether a value is one of those that may lead to a handler.
func mayHoldNext(v val) bool {
	switch v := v.(type) {
	case *nextVal, *closure, *list, *strct, *anyVal:
		return true
	case *ptr:
		return v != nil
	case *sym:
		return v.kind == kWraps || v.held != nil || v.mayBe != nil
	}
	return false
}

// mayServe says whether values of a type may hold a handler.
func mayServe(t types.Type, depth int) bool {
	if t == nil || depth > 4 {
		return true
	}
	if isError(t) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() == types.UnsafePointer || u.Kind() == types.Invalid
	case *types.Pointer:
		return mayServe(u.Elem(), depth+1)
	case *types.Slice:
		return mayServe(u.Elem(), depth+1)
	case *types.Array:
		return mayServe(u.Elem(), depth+1)
	case *types.Chan:
		return mayServe(u.Elem(), depth+1)
	case *types.Map:
		return mayServe(u.Elem(), depth+1) || mayServe(u.Key(), depth+1)
	}
	return true
}

// hides notes that a value goes into others that are not followed.
func (x *exec) hides(st *state, pos token.Pos, v val, into ...val) {
	if !mayHoldNext(v) {
		return
	}
	if _, steers := x.interest(st, v, 0); !steers {
		return
	}
	if x.lost == nil {
		x.lost = &Evidence{Pos: pos, Text: "the next handler is put where it is not followed"}
	}
	for _, o := range into {
		switch o := o.(type) {
		case *sym:
			if o.kind != plain || !mayServe(o.typ, 0) {
				continue
			}
		case *ptr:
			if o == nil {
				continue
			}
		default:
			continue
		}
		if x.hiding == nil {
			x.hiding = map[string]bool{}
		}
		x.hiding[keyOf(o)] = true
	}
}

// runsNow says whether a call of a function that is not read may run what leads to
// the next handler before it returns: a function that needs nothing of the request
// for that, or what else yields nothing that could run it later.
func (x *exec) runsNow(fr *frame, fn *types.Func, sig *types.Signature, recv val, holds []val) bool {
	if sig == nil || (fn == nil || !fr.building) && slices.Contains(holds, recv) {
		return true
	}
	later := false
	for r := range sig.Results().Variables() {
		later = later || mayServe(r.Type(), 0)
	}
	return !later || slices.ContainsFunc(holds, func(v val) bool {
		c, ok := v.(*closure)
		if !ok || c.signature() == nil {
			return false
		}
		for p := range c.signature().Params().Variables() {
			if path, _ := named(p.Type()); path != "context" && (fr.building || framework(path)) {
				return false
			}
		}
		return true
	})
}

// mayHaveGot says whether what is called may be what the next handler was put
// into: a value that the code at hand was not given by the wiring.
func (x *exec) mayHaveGot(fn *types.Func, recv val) bool {
	s, ok := recv.(*sym)
	return ok && s.kind == plain && s.unknown == nil && (fn == nil || types.IsInterface(fn.Signature().Recv().Type()))
}

// givenAway notes that an object of a framework gets what leads to the next
// handler: what a context is given under a known key is found there again, and of
// the rest nothing is known.
func (x *exec) givenAway(st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) {
	s, ok := recv.(*sym)
	if !ok || s.kind == plain || s.kind == kParsed || s.kind == kWraps {
		return
	}
	for i, a := range args {
		if !mayHoldNext(a) {
			continue
		}
		if fn.Name() == "Set" && i == 1 {
			if _, known := str(args[0]); !known {
				x.hides(st, e.Pos(), a)
			}
			continue
		}
		x.escapes(st, e.Fun, a)
	}
}

// escapes notes that a value goes to where others may run it at once.
func (x *exec) escapes(st *state, to ast.Expr, v val) {
	if x.runnable(st, v, 0) {
		x.reach(st.clone(), &Evidence{Pos: to.Pos(), Text: "the next handler is handed to " + x.j.text(to)})
	}
}

// runnable says whether a value is, or holds, what runs the next handler by itself:
// a writer that knows the context of gin does not.
func (x *exec) runnable(st *state, v val, depth int) bool {
	if !mayHoldNext(v) {
		return false
	}
	if depth > 6 {
		return true
	}
	switch v := v.(type) {
	case *ptr:
		return x.runnable(st, x.loadPtr(st, v), depth+1)
	case *strct:
		for _, e := range v.f {
			if x.runnable(st, e, depth+1) {
				return true
			}
		}
		return v.w != nil && x.holdsNext(v.w, 0)
	case *list:
		if slices.ContainsFunc(v.elems, func(e val) bool { return x.runnable(st, e, depth+1) }) {
			return true
		}
		return v.open != nil && x.runnable(st, v.open, depth+1)
	}
	_, steers := x.interest(st, v, 0)
	return steers
}
