package wiring

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// takesNil reports whether a method of a pointer, which may be called through an
// interface, looks whether that is nil: it runs then, while others end the program
// or the request. What looks at nothing of its receiver does the same in any case.
func (in *interp) takesNil(none *value.Nil, fn *types.Func) bool {
	if fn == nil {
		return false
	}
	if types.IsInterface(fn.Signature().Recv().Type()) {
		if none.Type == nil || types.IsInterface(none.Type) {
			return false
		}
		obj, _, _ := types.LookupFieldOrMethod(none.Type, true, fn.Pkg(), fn.Name())
		m, ok := obj.(*types.Func)
		if !ok {
			return false
		}
		fn = m
	}
	return in.looksForNil(fn.Origin(), map[*types.Func]bool{})
}

// dynamicType is the type of what an interface holds, nil when it is not known. A
// nil of a pointer's type has its methods.
func dynamicType(v value.Value) types.Type {
	if none, ok := v.(*value.Nil); ok && none.Type != nil && !types.IsInterface(none.Type) {
		return none.Type
	}
	return typeOf(v)
}

// looksForNil reports whether the code of a method, or of another one that it
// calls on the same receiver, compares the receiver with nil. A function that is
// given the receiver may do so.
func (in *interp) looksForNil(fn *types.Func, seen map[*types.Func]bool) bool {
	d := in.program.Decl(fn)
	if seen[fn] || d == nil || d.Syntax.Body == nil || d.Syntax.Recv == nil || len(d.Syntax.Recv.List[0].Names) == 0 {
		return false
	}
	seen[fn] = true
	recv := fn.Signature().Recv()
	if !isPointer(recv.Type()) {
		return false
	}
	name, found := d.Syntax.Recv.List[0].Names[0].Name, false
	self := func(e ast.Expr) bool { id, ok := ast.Unparen(e).(*ast.Ident); return ok && id.Name == name }
	ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				found = found || self(n.X) || self(n.Y)
			}
		case *ast.CallExpr:
			for _, a := range n.Args {
				found = found || self(a)
			}
			if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && self(sel.X) {
				obj, _, _ := types.LookupFieldOrMethod(recv.Type(), true, fn.Pkg(), sel.Sel.Name)
				if m, ok := obj.(*types.Func); ok {
					found = found || in.looksForNil(m.Origin(), seen)
				}
			}
		}
		return !found
	})
	return found
}
