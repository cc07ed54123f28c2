package judge

import (
	"go/ast"
	"go/types"
	"strings"
)

// aggregates says whether a query always yields a row.
func aggregates(args []val) bool {
	for _, a := range args {
		if s, ok := str(a); ok {
			l := strings.ToLower(s)
			for _, part := range []string{"count(", "exists(", "exists (", "max(", "min(", "sum(", "coalesce("} {
				if strings.Contains(l, part) {
					return true
				}
			}
		}
	}
	return false
}

// unsafeKeys says whether an argument is a function that accepts unsigned
// tokens, or yields a key that the caller chooses or that everybody knows.
func unsafeKeys(args []val, e *ast.CallExpr) bool {
	found := false
	look := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && strings.Contains(id.Name, "UnsafeAllowNone") {
				found = true
			}
			return !found
		})
	}
	for _, a := range args {
		if c, ok := a.(*closure); ok && c.lit != nil {
			look(c.lit)
			found = found || callersKey(c.lit, c.pkg.Info)
		}
	}
	for _, a := range e.Args {
		look(a)
	}
	return found
}

// callersKey says whether a function that yields a key returns, on some way, an
// empty one, a part of the token itself or of the request.
func callersKey(lit *ast.FuncLit, info *types.Info) bool {
	sig, ok := info.TypeOf(lit).(*types.Signature)
	if !ok || sig.Params().Len() != 1 || sig.Results().Len() != 2 || !isError(sig.Results().At(1).Type()) {
		return false
	}
	found := false
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			found = found || len(n.Results) == 2 && info.Types[n.Results[1]].IsNil() && callersValue(n.Results[0], info, sig.Params().At(0))
		}
		return !found
	})
	return found
}

func callersValue(e ast.Expr, info *types.Info, token *types.Var) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		return e.Value == `""` || e.Value == "``"
	case *ast.CompositeLit:
		return len(e.Elts) == 0
	case *ast.TypeAssertExpr:
		return callersValue(e.X, info, token)
	case *ast.IndexExpr:
		sel, ok := ast.Unparen(e.X).(*ast.SelectorExpr)
		if !ok {
			return false
		}
		id, ok := ast.Unparen(sel.X).(*ast.Ident)
		return ok && info.Uses[id] == token
	case *ast.CallExpr:
		if tv, ok := info.Types[e.Fun]; ok && tv.IsType() && len(e.Args) == 1 {
			return callersValue(e.Args[0], info, token)
		}
		sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
		if !ok {
			return false
		}
		switch path, name := named(info.TypeOf(sel.X)); bare(path) + "." + name {
		case "net/http.Header", "net/http.Request", "net/url.Values", ginPath + ".Context", echoPath + ".Context":
			return true
		}
	}
	return false
}
