package wiring

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strconv"

	"github.com/authgen/authgen/audit/internal/value"
)

// number returns the number of a literal in its function, in order of place.
func (in *interp) number(fr *frame, lit *ast.FuncLit) int {
	if n, ok := in.numbers[lit]; ok {
		return n
	}
	var around ast.Node
	for _, file := range fr.pkg.Files {
		if file.FileStart <= lit.Pos() && lit.Pos() < file.FileEnd {
			around = enclosing(file, lit)
		}
	}
	n := 0
	if around != nil {
		ast.Inspect(around, func(at ast.Node) bool {
			if l, ok := at.(*ast.FuncLit); ok && at != around {
				n++
				in.numbers[l] = n
				return false
			}
			return true
		})
	}
	return cmp.Or(in.numbers[lit], 1)
}

// enclosing returns the innermost function or declaration around a literal.
func enclosing(file *ast.File, lit *ast.FuncLit) ast.Node {
	var found ast.Node
	for _, d := range file.Decls {
		if d.Pos() <= lit.Pos() && lit.End() <= d.End() {
			found = d
		}
	}
	if found == nil {
		return nil
	}
	ast.Inspect(found, func(n ast.Node) bool {
		if l, ok := n.(*ast.FuncLit); ok && l != lit && l.Pos() <= lit.Pos() && lit.End() <= l.End() {
			found = l
		}
		return n == nil || n.Pos() <= lit.Pos() && lit.End() <= n.End() || n == found
	})
	return found
}

// FuncName names a function as the manifest does.
func FuncName(fn *types.Func) string { return funcName(fn.Origin()) }

// funcName names a function as Go does.
func funcName(fn *types.Func) string {
	name := fn.Name()
	recv := fn.Signature().Recv()
	if recv == nil {
		return pkgPath(fn) + "." + name
	}
	t := types.Unalias(recv.Type())
	if p, ok := t.(*types.Pointer); ok {
		_, base := typeName(p.Elem())
		return pkgPath(fn) + ".(*" + base + ")." + name
	}
	_, base := typeName(t)
	return pkgPath(fn) + "." + base + "." + name
}

func number(n int) string { return strconv.Itoa(n) }

// litName names a literal as Go does: by its number in the function around it.
func (fr *frame) litName(e *ast.FuncLit) string {
	if fr.lits == nil {
		fr.lits = map[*ast.FuncLit]int{}
	}
	n, ok := fr.lits[e]
	if !ok {
		n = fr.in.number(fr, e)
		fr.lits[e] = n
	}
	return fr.name + ".func" + strconv.Itoa(n)
}

// nameOf names a handler or middleware for the manifest.
func (in *interp) nameOf(v value.Value) string {
	switch x := value.Deref(v).(type) {
	case *value.Func:
		if x.Lit != nil {
			if inner := in.adapted(x); inner != nil {
				return inner.Name
			}
			if outer := in.adapts(x); outer != nil {
				if inner := in.innermost(outer); inner != nil && inner != outer {
					return in.nameOf(inner)
				}
			}
		}
		return x.Name
	case *value.Named:
		return in.nameOf(x.V)
	case *value.Unknown:
		if x.Callee != nil {
			return funcName(x.Callee)
		}
		if made := x.Made(); made != nil {
			return funcName(made.Callee)
		}
		if path, name := typeName(x.Type); name != "" && path != httpPath && path != ginPath && path != echoPath {
			return path + "." + name
		}
		if x.Why != "" {
			return x.Why
		}
	case *Router:
		switch x.Framework {
		case Gin:
			return ginPath + ".(*Engine)"
		case Echo:
			return echoPath + ".(*Echo)"
		}
		return httpPath + ".(*ServeMux)"
	case *value.Struct, *value.Map, *value.List:
		if f, _ := in.serveHTTP(v); f != nil {
			return f.Name
		}
	case *value.Any:
		for _, o := range x.Of {
			if _, none := o.V.(*value.Nil); !none {
				return in.nameOf(o.V)
			}
		}
	}
	return "unknown"
}

// adapted returns the function of another shape that a literal was made to
// call, when there is exactly one: the handler that an adapter adapts.
func (in *interp) adapted(f *value.Func) *value.Func {
	var found []*value.Func
	ast.Inspect(f.Lit.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		id, ok := ast.Unparen(call.Fun).(*ast.Ident)
		if !ok {
			return true
		}
		if obj, ok := f.Pkg.Info.Uses[id].(*types.Var); ok {
			if c := f.Env.Lookup(obj); c != nil {
				if g, ok := value.Bare(c.V).(*value.Func); ok && g.Fn != nil && !in.handlerish(g) && !slices.ContainsFunc(found, func(h *value.Func) bool { return h.Fn == g.Fn }) {
					found = append(found, g)
				}
			}
		}
		return true
	})
	if len(found) == 1 {
		return found[0]
	}
	return nil
}

// words returns an expression as the code says it, for people.
func words(e ast.Expr) string {
	s := types.ExprString(e)
	if len(s) > 120 {
		s = s[:117] + "..."
	}
	return s
}

// symbolName names the unknown that an expression yields: what it is read
// from, without arguments.
func symbolName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x := symbolName(e.X); x != "" {
			return x + "." + e.Sel.Name
		}
		return e.Sel.Name
	case *ast.CallExpr:
		return symbolName(e.Fun)
	case *ast.ParenExpr:
		return symbolName(e.X)
	case *ast.StarExpr:
		return symbolName(e.X)
	case *ast.UnaryExpr:
		return symbolName(e.X)
	case *ast.IndexExpr:
		return symbolName(e.X)
	case *ast.TypeAssertExpr:
		return symbolName(e.X)
	case *ast.SliceExpr:
		return symbolName(e.X)
	}
	return ""
}
