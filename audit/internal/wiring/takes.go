package wiring

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"

	"github.com/authgen/authgen/audit/internal/program"
)

// takes notes where a mux is asked for the handler of a request and more is done with
// that than to run it: what stands in front may be taken off.
func (in *interp) takes() {
	for _, part := range in.program.Mentioning("", "Handler") {
		if !in.within[part.Package.Path] || !part.Package.Own {
			continue
		}
		for _, sel := range taking(part.Decl) {
			in.program.Check(part)
			fn, _ := part.Package.Info.Uses[sel.Sel].(*types.Func)
			if fn == nil || !findsHandler(fn.Signature()) {
				continue
			}
			if call := callOf(part.Package, sel); call == nil || !OnlyServed(part.Package, call) {
				in.out.Takes = append(in.out.Takes, End{Pos: sel.Pos(), Why: "the handler of a route is taken from a mux here, and may run without what stands in front of it"})
			}
		}
	}
}

// taking are the places where code may ask a mux for a handler, or name the method
// that does.
func taking(code ast.Node) (all []*ast.SelectorExpr) {
	ast.Inspect(code, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Handler" {
			all = append(all, sel)
		}
		return true
	})
	return all
}

// findsHandler reports whether a signature is that of (*http.ServeMux).Handler.
func findsHandler(sig *types.Signature) bool {
	return sig.Params().Len() == 1 && isType(sig.Params().At(0).Type(), httpPath, "Request") &&
		sig.Results().Len() == 2 && isType(sig.Results().At(0).Type(), httpPath, "Handler")
}

// callOf returns the call that a selector is the function of, nil for none.
func callOf(pkg *program.Package, sel *ast.SelectorExpr) *ast.CallExpr {
	for _, n := range nodesAround(pkg, sel) {
		if call, ok := n.(*ast.CallExpr); ok && ast.Unparen(call.Fun) == sel {
			return call
		}
	}
	return nil
}

// nodesAround are the nodes around a part of the code, from the inside.
func nodesAround(pkg *program.Package, n ast.Node) []ast.Node {
	for _, file := range pkg.Files {
		if file.FileStart <= n.Pos() && n.Pos() < file.FileEnd {
			path, _ := astutil.PathEnclosingInterval(file, n.Pos(), n.End())
			return path
		}
	}
	return nil
}

// OnlyServed reports whether code only runs the handler that a mux has for a request,
// if it does anything with it.
func OnlyServed(pkg *program.Package, call *ast.CallExpr) bool {
	var handler types.Object
	for _, n := range nodesAround(pkg, call) {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if handler != nil || len(n.Lhs) != 2 || len(n.Rhs) != 1 || ast.Unparen(n.Rhs[0]) != call {
				break
			}
			id, ok := n.Lhs[0].(*ast.Ident)
			if !ok {
				return false
			}
			if id.Name == "_" {
				return true
			}
			if handler = pkg.Info.Defs[id]; handler == nil {
				return false
			}
		case *ast.FuncDecl:
			return handler != nil && onlyRun(pkg.Info, n, handler)
		}
	}
	return false
}

// onlyRun reports whether code does nothing with a handler but to run it, and to look
// whether it is there.
func onlyRun(info *types.Info, code ast.Node, handler types.Object) bool {
	other := 0
	is := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return ok && info.Uses[id] == handler
	}
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && sel.Sel.Name == "ServeHTTP" && is(sel.X) {
				other--
			}
		case *ast.BinaryExpr:
			if is(n.X) || is(n.Y) {
				other--
			}
		case *ast.Ident:
			if is(n) {
				other++
			}
		}
		return true
	})
	return other == 0
}
