package wiring

import (
	"go/ast"
	"go/types"
)

// sets reports whether a function of few statements sets a field that holds a function
// or what has methods, or yields an option, which is called to set one: what a guard
// does is in such fields.
func (in *interp) sets(fn *types.Func) bool {
	is, known := in.setting[fn]
	if !known {
		is = in.short(fn) && (in.yieldsOption(fn) || in.setsCode(fn))
		in.setting[fn] = is
	}
	return is
}

// yieldsOption reports whether a function yields one that takes the address of a struct
// of the module and yields nothing but an error.
func (in *interp) yieldsOption(fn *types.Func) bool {
	results := fn.Signature().Results()
	if results.Len() != 1 {
		return false
	}
	sig, ok := results.At(0).Type().Underlying().(*types.Signature)
	if !ok || sig.Params().Len() != 1 || !in.ownStruct(sig.Params().At(0).Type()) {
		return false
	}
	for v := range sig.Results().Variables() {
		if !isErrorType(v.Type()) {
			return false
		}
	}
	return true
}

// ownStruct reports whether a type is a pointer to a struct of the module.
func (in *interp) ownStruct(t types.Type) bool {
	p, ok := t.Underlying().(*types.Pointer)
	if !ok {
		return false
	}
	path, _ := typeName(p.Elem())
	return structOf(p.Elem()) != nil && in.program.Own(path)
}

// setsCode reports whether a function assigns a field of what it is given the address of.
func (in *interp) setsCode(fn *types.Func) bool {
	sig := fn.Signature()
	given := sig.Recv() != nil && in.ownStruct(sig.Recv().Type())
	for p := range sig.Params().Variables() {
		given = given || in.ownStruct(p.Type())
	}
	if !given {
		return false
	}
	found := false
	d := in.program.Decl(fn)
	eachTarget(d.Syntax.Body, func(e ast.Expr) {
		sel, ok := e.(*ast.SelectorExpr)
		if !ok || found {
			return
		}
		switch t := underlying(d.Package.Info.TypeOf(sel)).(type) {
		case *types.Signature:
			found = true
		case *types.Interface:
			found = t.NumMethods() > 0
		}
	})
	return found
}
