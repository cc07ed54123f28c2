package vet

import (
	"go/ast"
	"go/token"
	"go/types"
)

// twin returns what to register instead of a handler that is registered raw: the
// method of a variable that holds its guarded form, "" where there is none in
// sight that certainly guards the same value. replaces says that it can stand
// where the handler stands: it has the same type, and nothing runs after it that
// did after the handler.
func (s *scan) twin(u use) (text string, replaces bool) {
	if u.node == nil {
		return "", false
	}
	typ, ok := u.obj.Pkg().Scope().Lookup(u.rule.Twin).(*types.TypeName)
	if !ok {
		return "", false
	}
	obj, _, _ := types.LookupFieldOrMethod(typ.Type(), true, s.pass.Pkg, u.obj.Name())
	method, ok := obj.(*types.Func)
	if !ok {
		return "", false
	}
	fits := u.value || types.Identical(s.pass.TypesInfo.TypeOf(u.node).Underlying(), withoutReceiver(method.Signature()))
	if !fits && !u.called {
		return "", false
	}
	var found *types.Var
	inner := s.pass.Pkg.Scope().Innermost(u.node.Pos())
	for scope := inner; scope != nil && scope != types.Universe; scope = scope.Parent() {
		for _, name := range scope.Names() {
			v, ok := scope.Lookup(name).(*types.Var)
			if !ok || namedOf(v.Type()) != typ.Type() {
				continue
			}
			if _, seen := inner.LookupParent(name, u.node.Pos()); seen != v || !s.guards(v, u) {
				continue
			}
			if found != nil {
				return "", false // more than one
			}
			found = v
		}
	}
	switch {
	case found == nil:
		return "", false
	case u.value:
		text = found.Name()
	default:
		text = found.Name() + "." + u.obj.Name()
	}
	return text, fits && (!u.called || u.alone)
}

// withoutReceiver returns a method's type as that of a function.
func withoutReceiver(sig *types.Signature) types.Type {
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
}

// guards reports whether a variable certainly holds the guarded form of what a
// handler is a method of.
func (s *scan) guards(v *types.Var, u use) bool {
	if u.recv == nil {
		return true // a function of the package
	}
	call, ok := s.onlyValueOf(v).(*ast.CallExpr)
	return ok && len(call.Args) == 2 && s.same(call.Args[1], u.recv)
}

// same reports whether two expressions are the same variable, or the same field
// of one. Taking the address makes no difference: methods do that.
func (s *scan) same(a, b ast.Expr) bool {
	a, b = plain(a), plain(b)
	switch x := a.(type) {
	case *ast.Ident:
		y, ok := b.(*ast.Ident)
		v, isVar := s.pass.TypesInfo.Uses[x].(*types.Var)
		return ok && isVar && s.pass.TypesInfo.Uses[y] == v
	case *ast.SelectorExpr:
		y, ok := b.(*ast.SelectorExpr)
		if !ok || s.pass.TypesInfo.Uses[x.Sel] != s.pass.TypesInfo.Uses[y.Sel] {
			return false
		}
		if s.pass.TypesInfo.Selections[x] == nil { // a package's variable
			return true
		}
		return s.same(x.X, y.X)
	}
	return false
}

// plain drops parentheses, & and *.
func plain(e ast.Expr) ast.Expr {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.UnaryExpr:
			if x.Op != token.AND {
				return e
			}
			e = x.X
		default:
			return e
		}
	}
}
