package wiring

import (
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// holds reports whether a value is a collection or struct of which something is
// known.
func holds(v value.Value) bool {
	switch x := value.Deref(v).(type) {
	case *value.List, *value.Map:
		return true
	case *value.Struct:
		return !x.Open
	case *value.Named:
		return holds(x.V)
	case *value.Any:
		return slices.ContainsFunc(x.Of, func(o value.Option) bool { return holds(o.V) })
	}
	return false
}

// tells reports whether something is known of a value that one call may have and
// another not.
func tells(v value.Value) bool {
	switch value.Bare(v).(type) {
	case *value.Const, *value.Text, *value.Func:
		return true
	}
	return holds(v) || RouterOf(v) != nil
}

// blind reports whether a function that calls itself is given nothing that would
// end it, and registers nothing by itself. Where it leads to what registers, the
// place is told.
func (in *interp) blind(f *value.Func, args []value.Value, selves []value.Value) bool {
	self := value.Deref(f.Recv)
	if f.Fn == nil || slices.ContainsFunc(args, holds) || slices.ContainsFunc(args, func(v value.Value) bool { return RouterOf(v) != nil }) ||
		holds(self) && !slices.Contains(selves, self) || in.registersItself(f.Fn) {
		return false
	}
	if in.relevant.wires[f.Fn.Origin()] {
		in.end(f.Fn.Pos(), "calls within calls of "+funcName(f.Fn)+" are followed only so deep")
	}
	return true
}

// idle reports whether a function was called so often without doing anything to
// routers that it is not worth another call: what it returns is nothing that
// wiring is made of. One that leads to what registers is not idle as long as
// something is known of its arguments, and when it is, the place is told.
func (in *interp) idle(fn *types.Func, args []value.Value) bool {
	if in.barren[fn] < maxBarren || in.registersItself(fn) {
		return false
	}
	for v := range fn.Signature().Results().Variables() {
		if _, isFunc := v.Type().Underlying().(*types.Signature); isFunc {
			return false
		}
		if _, s := shapeOf(v.Type()); s != noShape {
			return false
		}
		if f, _ := routerType(v.Type()); f != "" {
			return false
		}
	}
	if in.relevant.strings(fn) {
		return false
	}
	if in.relevant.wires[fn] {
		if slices.ContainsFunc(args, tells) {
			return false
		}
		in.end(fn.Pos(), funcName(fn)+" was called "+number(maxBarren)+" times and did nothing to routers: further calls are not followed")
	}
	return true
}

// doings counts what was done to routers so far.
func (in *interp) doings() int {
	return in.order + len(in.out.Routers) + len(in.servings) + len(in.queued)
}

// registersItself reports whether the body of a function has a call that
// registers routes.
func (in *interp) registersItself(fn *types.Func) bool {
	fn = fn.Origin()
	is, known := in.registering[fn]
	if !known {
		if d := in.program.Decl(fn); d != nil {
			is = d.Syntax.Body != nil && in.registers(d.Package, d.Syntax.Body)
		}
		in.registering[fn] = is
	}
	return is
}
