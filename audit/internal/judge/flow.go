package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
)

// flow follows what callers send through the code of a declaration.
type flow struct {
	j    *Judge
	pkg  *program.Package
	decl ast.Node
}

// maxFlow bounds how deep expressions, variables and calls are followed.
const maxFlow = 8

// of says whether an expression is what a caller sent, or is made of it, and of which
// parameters of the function.
func (f flow) of(e ast.Expr, depth int) (sent bool, params []*types.Var) {
	if e == nil || depth > maxFlow || f.pkg.Info.Types[e].Value != nil {
		return false, nil
	}
	join := func(es ...ast.Expr) {
		for _, e := range es {
			is, of := f.of(e, depth+1)
			sent, params = sent || is, append(params, of...)
		}
	}
	if ofTexts(f.pkg.Info.TypeOf(e)) {
		return true, nil
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.BinaryExpr:
		if e.Op == token.ADD && !f.secret(e.X, depth) && !f.secret(e.Y, depth) {
			join(e.X, e.Y)
		}
	case *ast.SliceExpr:
		join(e.X)
	case *ast.IndexExpr:
		if !isMapType(f.pkg.Info.TypeOf(e.X)) || ofTexts(f.pkg.Info.TypeOf(e.X)) {
			join(e.X)
		}
	case *ast.UnaryExpr:
		join(e.X)
	case *ast.StarExpr:
		join(e.X)
	case *ast.TypeAssertExpr:
		join(e.X)
	case *ast.CompositeLit:
		for _, el := range e.Elts {
			if kv, ok := el.(*ast.KeyValueExpr); ok {
				el = kv.Value
			}
			join(el)
		}
	case *ast.SelectorExpr:
		if f.pkg.Info.Selections[e] != nil {
			path, name := named(f.pkg.Info.TypeOf(e.X))
			sent = path == "net/http" && name == "Cookie" && e.Sel.Name == "Value"
			join(e.X)
		}
	case *ast.Ident:
		v, ok := f.pkg.Info.Uses[e].(*types.Var)
		if !ok || v.IsField() || v.Pos() < f.decl.Pos() || v.Pos() >= f.decl.End() {
			return false, nil
		}
		join(f.given(v)...)
		switch lit := f.paramOf(v); {
		case lit == nil:
			sent = sent || f.decoded(v)
		case lit == f.decl && !takesRequest(lit.(*ast.FuncDecl).Type):
			params = append(params, v)
		default:
			sent = sent || holdsText(v.Type())
		}
	case *ast.CallExpr:
		return f.ofCall(e, depth)
	}
	return sent, params
}

// ofCall is of for a call.
func (f flow) ofCall(e *ast.CallExpr, depth int) (sent bool, params []*types.Var) {
	join := func(e ast.Expr) {
		is, of := f.of(e, depth+1)
		sent, params = sent || is, append(params, of...)
	}
	info := f.pkg.Info
	fn, _ := variableOf(info, e.Fun).(*types.Func)
	switch {
	case info.Types[e.Fun].IsType():
		for _, a := range e.Args { // one, if the code compiles
			join(a)
		}
	case fn == nil || fn.Pkg() == nil:
	case reads(info, e, fn):
		return true, nil
	case f.j.std(fn.Pkg().Path()):
		if path := fn.Pkg().Path(); path == "crypto/rand" || path == "math/rand" || path == "math/rand/v2" || slices.ContainsFunc(e.Args, func(a ast.Expr) bool { return f.secret(a, depth) }) {
			return false, nil
		}
		for _, a := range e.Args {
			join(a)
		}
	default:
		d := f.j.ownDecl(fn)
		if d == nil {
			return false, nil
		}
		in := flow{f.j, d.Package, d.Syntax}
		all := parameters(d.Syntax.Type, d.Package.Info)
		ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
			if _, ok := n.(*ast.FuncLit); ok {
				return false
			}
			if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) > 0 {
				is, of := in.of(r.Results[0], depth+2)
				sent = sent || is
				for _, p := range of {
					if i := slices.Index(all, p); i >= 0 && i < len(e.Args) {
						join(e.Args[i])
					}
				}
			}
			return true
		})
	}
	return sent, params
}

// secret says whether an expression is a call, or a variable given one, of which no
// caller knows what it yields, such as a random number.
func (f flow) secret(e ast.Expr, depth int) bool {
	if depth > maxFlow || f.pkg.Info.Types[e].Value != nil {
		return false
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return slices.ContainsFunc(f.given(f.pkg.Info.Uses[e]), func(e ast.Expr) bool { return f.secret(e, depth+1) })
	case *ast.CallExpr:
		if f.pkg.Info.Types[e.Fun].IsType() {
			return len(e.Args) == 1 && f.secret(e.Args[0], depth+1)
		}
		sent, params := f.ofCall(e, depth+1)
		return !sent && len(params) == 0
	}
	return false
}

// given are the expressions that a variable of the declaration is given.
func (f flow) given(v types.Object) (all []ast.Expr) {
	if v == nil || v.Pos() < f.decl.Pos() || v.Pos() >= f.decl.End() {
		return nil
	}
	ast.Inspect(f.decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if id, ok := l.(*ast.Ident); ok && f.pkg.Info.ObjectOf(id) == v && (i == 0 || len(n.Lhs) == len(n.Rhs)) {
					all = append(all, rightOf(n, i))
				}
			}
		case *ast.RangeStmt:
			for _, to := range []ast.Expr{n.Key, n.Value} {
				if id, ok := to.(*ast.Ident); ok && f.pkg.Info.ObjectOf(id) == v && (to == n.Value || isMapType(f.pkg.Info.TypeOf(n.X))) {
					all = append(all, n.X)
				}
			}
		case *ast.ValueSpec:
			for i, id := range n.Names {
				if f.pkg.Info.Defs[id] == v && i < len(n.Values) {
					all = append(all, n.Values[i])
				}
			}
		}
		return true
	})
	return all
}

// paramOf is the function of the declaration of which a variable is a parameter.
func (f flow) paramOf(v *types.Var) (fn ast.Node) {
	ast.Inspect(f.decl, func(n ast.Node) bool {
		if t, _ := functionOf(n); t != nil && slices.Contains(parameters(t, f.pkg.Info), v) {
			fn = n
		}
		return fn == nil
	})
	return fn
}

// decoded says whether the body of a request is decoded into a variable.
func (f flow) decoded(v *types.Var) (found bool) {
	ast.Inspect(f.decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found {
			return !found
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok || !strings.HasPrefix(sel.Sel.Name, "Bind") && !strings.HasPrefix(sel.Sel.Name, "ShouldBind") && !(sel.Sel.Name == "Decode" && shownBody(sel.X)) {
			return true
		}
		for _, a := range call.Args {
			if u, ok := ast.Unparen(a).(*ast.UnaryExpr); ok && u.Op == token.AND {
				a = u.X
			}
			id, ok := ast.Unparen(a).(*ast.Ident)
			found = found || ok && f.pkg.Info.Uses[id] == v
		}
		return !found
	})
	return found
}

// chosenAt are the places where callers choose what an expression is that stands at a
// place: there, or where the function is called that it is a parameter of.
func (f flow) chosenAt(e ast.Expr, at token.Pos, depth int) (all []token.Pos) {
	sent, params := f.of(e, 0)
	if sent {
		all = append(all, at)
	}
	d, ok := f.decl.(*ast.FuncDecl)
	if !ok || len(params) == 0 || depth > 3 {
		return all
	}
	of := parameters(d.Type, f.pkg.Info)
	f.callers(d, func(in flow, call *ast.CallExpr) {
		for i, p := range of {
			if i < len(call.Args) && slices.Contains(params, p) {
				all = append(all, in.chosenAt(call.Args[i], call.Pos(), depth+1)...)
			}
		}
	})
	return all
}

// callers runs do for the calls of a function of the module.
func (f flow) callers(d *ast.FuncDecl, do func(in flow, call *ast.CallExpr)) {
	scope := f.pkg.Path
	if d.Recv != nil {
		scope = ""
	}
	for _, part := range f.j.prog.Mentioning(scope, d.Name.Name) {
		if !calls(part.Decl, d.Name.Name) {
			continue
		}
		f.j.prog.Check(part)
		in := flow{f.j, part.Package, part.Decl}
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fn, ok := variableOf(part.Package.Info, call.Fun).(*types.Func)
			if ok && (fn.Origin() == f.pkg.Info.Defs[d.Name] || d.Recv != nil && fn.Name() == d.Name.Name && fn.Signature().Recv() != nil && isInterface(fn.Signature().Recv().Type())) {
				do(in, call)
			}
			return true
		})
	}
}

// reads says whether a call reads what the caller sent.
func reads(info *types.Info, e *ast.CallExpr, fn *types.Func) bool {
	sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
	if !ok || !slices.Contains(readers, fn.Name()) {
		return false
	}
	switch path, name := named(info.TypeOf(sel.X)); {
	case path == ginPath && name == "Context" && fn.Name() == "Get":
		return false
	case (path == ginPath || path == echoPath) && name == "Context":
		return fn.Name() != "Get"
	default:
		return path == "net/http" && (name == "Request" || name == "Header") || path == "net/url" && name == "Values"
	}
}
