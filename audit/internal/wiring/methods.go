package wiring

import (
	"go/ast"
	"go/types"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// runByOthers are methods of the module that the standard library runs of what it is
// given: it prints, sorts, writes to it.
var runByOthers = nameSet(`String Error GoString Format LogValue Scan Is As Unwrap Len Less Swap Push Pop Write Read Close
	MarshalJSON UnmarshalJSON MarshalText UnmarshalText MarshalBinary MarshalXML GobEncode Value Set Get`)

// lendsMethods runs what a call that is not read may run of what it is given, and that
// writes what routes may go by: it is run, or not.
func (fr *frame) lendsMethods(e *ast.CallExpr, fn *types.Func, args []value.Value) {
	in := fr.in
	if fn == nil || in.program.Own(pkgPath(fn)) {
		return
	}
	seen := map[value.Value]bool{}
	var visit func(v value.Value, depth int)
	visit = func(v value.Value, depth int) {
		for _, way := range value.Alternatives(v) {
			if depth == 0 || seen[way] {
				continue
			}
			seen[way] = true
			switch x := value.Bare(way).(type) {
			case *value.Func:
				if x.Lit != nil && x.Pkg.Own && callsAtOnce[pkgPath(fn)] && in.writesWiring(x.Pkg, x.Lit, x.Lit.Body) {
					fr.perhaps(e, x)
				}
			case *value.List:
				for _, c := range x.Elems {
					visit(c.V, depth-1)
				}
			}
			for _, m := range in.lendable(typeIn(way)) {
				fr.perhaps(e, &value.Func{Fn: m, Recv: way, Name: funcName(m)})
			}
		}
	}
	for i, a := range args {
		visit(a, 3)
		if u, ok := value.Bare(a).(*value.Unknown); ok && i < len(e.Args) {
			for _, m := range in.lendable(fr.typeOf(e.Args[i])) {
				fr.perhaps(e, &value.Func{Fn: m, Recv: u, Name: funcName(m)})
			}
		}
	}
}

// callsAtOnce are packages whose functions call those that they are given, and keep none.
var callsAtOnce = map[string]bool{"sort": true, "slices": true, "maps": true, "strings": true, "bytes": true}

// perhaps runs a function on one of two ways.
func (fr *frame) perhaps(e *ast.CallExpr, f *value.Func) {
	in := fr.in
	if !in.once(f) {
		return
	}
	yes, no := maybe("the function is called", e.Pos()), maybe("the function is not called", e.Pos())
	fr.join(fr.try(yes, no, func() flow { in.callUnknown(f, e.Pos()); return goesOn }), otherwise(no, yes))
}

// typeIn is the type of a value, of a pointer that of the pointer.
func typeIn(v value.Value) types.Type {
	switch v := v.(type) {
	case *value.Ref:
		if v.To == nil {
			return nil
		}
		if t := typeOf(v.To.V); t != nil {
			return types.NewPointer(t)
		}
		return nil
	case *value.Named:
		return v.Type
	}
	return typeOf(v)
}

// lendable are the methods of a type that others may run and that write something.
func (in *interp) lendable(t types.Type) (all []*types.Func) {
	if t == nil || types.IsInterface(t) {
		return nil
	}
	for m := range types.NewMethodSet(t).Methods() {
		fn, ok := m.Obj().(*types.Func)
		if !ok || !runByOthers[fn.Name()] || !in.program.Own(pkgPath(fn)) {
			continue
		}
		if d := in.program.Decl(fn.Origin()); d != nil && d.Syntax.Body != nil && in.writesWiring(d.Package, d.Syntax, d.Syntax.Body) {
			all = append(all, fn.Origin())
		}
	}
	return all
}

// writesWiring reports whether code assigns fields or elements, or variables around it
// that may hold what has to do with wiring.
func (in *interp) writesWiring(pkg *program.Package, of ast.Node, body *ast.BlockStmt) (writes bool) {
	eachTarget(body, func(to ast.Expr) {
		id, ok := to.(*ast.Ident)
		if !ok {
			_, lit := of.(*ast.FuncLit)
			writes = writes || !lit
			return
		}
		if v, ok := pkg.Info.Uses[id].(*types.Var); ok && (v.Pos() < of.Pos() || v.Pos() >= of.End()) {
			_, s := shapeOf(v.Type())
			writes = writes || s != noShape
		}
	})
	return writes
}
