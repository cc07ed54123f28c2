package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
)

// random says whether what functions of a package yield is known to nobody before.
func random(path string) bool {
	switch path {
	case "crypto/rand", "math/rand", "math/rand/v2":
		return true
	}
	return slices.ContainsFunc([]string{"uuid", "xid", "ksuid", "ulid", "nanoid"}, func(s string) bool { return strings.Contains(path, s) })
}

// draws says whether a function yields a text that nobody can guess, which is never empty.
func draws(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "crypto/rand":
		return fn.Name() == "Text"
	case "github.com/google/uuid":
		return fn.Name() == "NewString"
	}
	return false
}

// secret says whether an expression is random, or made of what is.
func (f flow) secret(e ast.Expr, depth int) bool {
	if *f.left--; depth > maxFlow || *f.left < 0 || f.pkg.Info.Types[e].Value != nil {
		return false
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.SliceExpr:
		return f.secret(e.X, depth+1)
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (f.secret(e.X, depth+1) || f.secret(e.Y, depth+1))
	case *ast.Ident:
		v := f.pkg.Info.Uses[e]
		given := f.given(v)
		return len(given) > 0 && !slices.ContainsFunc(given, func(e ast.Expr) bool { return !f.secret(e, depth+1) }) || f.randomized(v)
	case *ast.CallExpr:
		if f.pkg.Info.Types[e.Fun].IsType() {
			return len(e.Args) == 1 && f.secret(e.Args[0], depth+1)
		}
		fn, _ := variableOf(f.pkg.Info, e.Fun).(*types.Func)
		if fn == nil || fn.Pkg() == nil {
			return false
		}
		if d := f.j.ownDecl(fn); d != nil {
			in, some, all := f.in(d.Package, d.Syntax), false, true
			ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
				if r, ok := n.(*ast.ReturnStmt); ok && all && len(r.Results) > 0 && d.Package.Info.Types[r.Results[0]].Value == nil {
					some, all = true, in.secret(r.Results[0], depth+2)
				}
				_, lit := n.(*ast.FuncLit)
				return !lit
			})
			return some && all
		}
		return random(fn.Pkg().Path()) || slices.ContainsFunc(e.Args, func(a ast.Expr) bool { return f.secret(a, depth+1) })
	}
	return false
}

// randomized says whether random bytes are read into a variable.
func (f flow) randomized(v types.Object) (found bool) {
	if v == nil {
		return false
	}
	ast.Inspect(f.decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found {
			return !found
		}
		into := slices.ContainsFunc(call.Args, func(a ast.Expr) bool { return variableOf(f.pkg.Info, program.Root(a, false)) == v })
		ast.Inspect(call, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if ok && into {
				obj := f.pkg.Info.Uses[id]
				found = found || obj != nil && obj.Pkg() != nil && random(obj.Pkg().Path())
			}
			return !found
		})
		return !found
	})
	return found
}
