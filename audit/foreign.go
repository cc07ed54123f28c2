package audit

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
)

// A request may have been kept somewhere and come back: out of a context, a map that
// holds anything, or a function that is given nothing of it. Where nobody knows that
// it is another one, it is taken for the one of the caller.

// elsewhere is what a value of a type shares that comes from where nobody looked.
func elsewhere(t types.Type) kind {
	if k := ofType(t); k != 0 {
		return k
	}
	if t != nil && canHold(t, 2) {
		return holds
	}
	return 0
}

// elsewhere is what a variable around the function shares with the request, where
// nobody looked at what it is given.
func (b *body) elsewhere(obj types.Object) kind {
	k := b.kept[obj]
	if _, ok := obj.(*types.Var); ok && !b.back {
		k |= ofType(obj.Type())
	}
	return k
}

// foreign reports whether a value may come from where nobody looked, rather than
// being made here.
func (b *body) foreign(e ast.Expr) bool { return b.comesBack(e, maxGiven) }

func (b *body) comesBack(e ast.Expr, deep int) bool {
	if deep == 0 {
		return true
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		return b.callComesBack(x, deep)
	case *ast.Ident:
		v, ok := b.pkg.Info.ObjectOf(x).(*types.Var)
		switch {
		case !ok:
			return false
		case b.within(v):
			for _, given := range b.given[v] {
				if given == nil || b.comesBack(given, deep-1) {
					return true
				}
			}
			return b.isParam(v)
		case b.outer != nil:
			return b.outer.comesBack(x, deep)
		}
		return true
	case *ast.SelectorExpr:
		return b.pkg.Info.Selections[x] == nil || b.comesBack(x.X, deep)
	case *ast.IndexExpr:
		return b.comesBack(x.X, deep)
	case *ast.SliceExpr:
		return b.comesBack(x.X, deep)
	case *ast.StarExpr:
		return b.comesBack(x.X, deep)
	case *ast.TypeAssertExpr:
		return b.comesBack(x.X, deep)
	case *ast.UnaryExpr:
		return (x.Op == token.ARROW || x.Op == token.AND) && b.comesBack(x.X, deep)
	}
	return false
}

func (b *body) callComesBack(call *ast.CallExpr, deep int) bool {
	info := b.pkg.Info
	if tv := info.Types[call.Fun]; tv.IsType() {
		return len(call.Args) == 1 && b.comesBack(call.Args[0], deep-1)
	} else if tv.IsBuiltin() {
		of := program.Copied(info, call)
		return of != nil && b.comesBack(of, deep-1)
	}
	fn, recv, args := b.method(call)
	if recv != nil && fn.Name() == "Header" && isAnswer(info.TypeOf(recv)) {
		return false
	}
	if fn == nil || isAbstract(fn) {
		for _, arg := range args {
			if !isNamed(info.TypeOf(arg), "context", "Context") {
				return mayBeAny(firstOf(info.TypeOf(call)))
			}
		}
		return true
	}
	if d := b.a.program.Decl(fn.Origin()); d != nil && d.Package.Own && d.Syntax.Body != nil {
		if b.a.comesBackFrom(fn.Origin()) {
			return true
		}
		for _, arg := range args {
			if mayBeAny(info.TypeOf(arg)) && b.comesBack(arg, deep-1) {
				return true
			}
		}
		return false
	}
	if fn.Pkg() != nil && strings.HasPrefix(fn.Pkg().Path(), "container/") {
		return true
	}
	results := fn.Origin().Signature().Results()
	return results.Len() > 0 && canBeAny(results.At(0).Type())
}

// comesBackFrom reports whether a function of the module returns what somebody else
// kept, of what it is not given.
func (a *audit) comesBackFrom(fn *types.Func) bool {
	if known, ok := a.comeBack[fn]; ok {
		return known
	}
	if a.comeBack == nil {
		a.comeBack = map[*types.Func]bool{}
	}
	a.comeBack[fn] = false // while it is looked at
	d := a.program.Decl(fn)
	b := a.newBody(&code{pkg: d.Package, typ: d.Syntax.Type, body: d.Syntax.Body, self: self(d)}, &entry{kept: a.kept})
	kept := func(e ast.Expr) bool {
		if id, ok := ast.Unparen(e).(*ast.Ident); ok {
			if v, ok := b.pkg.Info.ObjectOf(id).(*types.Var); ok && len(b.given[v]) == 0 && b.within(v) {
				return false // what it is given, or nothing
			}
		}
		return b.of(e) != 0 || mayBeAny(firstOf(b.pkg.Info.TypeOf(e))) && b.foreign(e)
	}
	found := false
	ast.Inspect(b.code.body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			for _, e := range n.Results {
				found = found || kept(e)
			}
			if len(n.Results) == 0 && d.Syntax.Type.Results != nil {
				for _, r := range d.Syntax.Type.Results.List {
					for _, name := range r.Names {
						found = found || kept(name)
					}
				}
			}
		}
		return !found
	})
	a.comeBack[fn] = found
	return found
}

// firstOf is the type of a value, or of the first of several.
func firstOf(t types.Type) types.Type {
	if all, ok := t.(*types.Tuple); ok {
		if all.Len() == 0 {
			return nil
		}
		return all.At(0).Type()
	}
	return t
}

func mayBeAny(t types.Type) bool { return t != nil && canBeAny(t) }

// isAnswer reports whether a type is one that answers are written to: its headers
// are those of the answer.
func isAnswer(t types.Type) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "WriteHeader")
	return obj != nil
}
