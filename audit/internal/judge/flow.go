package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
)

// flow follows what callers send through the code of a declaration. Of what is not
// known, such as what dependencies make of it, it is taken to be what they sent.
type flow struct {
	j    *Judge
	pkg  *program.Package
	decl ast.Node
	seen map[*types.Var]bool // whose values are looked at
	left *int                // expressions that are still looked at
	from *[]types.Object     // where stores are noted whose keys are read, nil for nowhere
	ways *int                // that are still followed, see chosenAt
}

// maxFlow bounds how deep expressions, variables and calls are followed, maxFlows how
// many, and maxWays through how many calls what is filled.
const (
	maxFlow  = 24
	maxFlows = 2000
	maxWays  = 200
)

func (j *Judge) flowIn(pkg *program.Package, decl ast.Node) flow {
	left := maxFlows
	return flow{j: j, pkg: pkg, decl: decl, seen: map[*types.Var]bool{}, left: &left}
}

// in is the flow through another declaration.
func (f flow) in(pkg *program.Package, decl ast.Node) flow {
	f.pkg, f.decl, f.seen = pkg, decl, map[*types.Var]bool{}
	return f
}

// of says whether an expression is what a caller sent, or is made of it, and of which
// parameters of the function. Result is that of a call.
func (f flow) of(e ast.Expr, result, depth int) (sent bool, params []*types.Var) {
	if e == nil || f.pkg.Info.Types[e].Value != nil {
		return false, nil
	}
	if *f.left--; depth > maxFlow || *f.left < 0 {
		return true, nil
	}
	join := func(es ...ast.Expr) {
		for _, e := range es {
			is, of := f.of(e, 0, depth+1)
			sent, params = sent || is, append(params, of...)
		}
	}
	t := f.pkg.Info.TypeOf(e)
	if ofTexts(t) {
		return true, nil
	}
	if path, name := named(t); path == "context" && name == "Context" {
		return false, nil
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.BinaryExpr:
		if e.Op == token.ADD && !f.secret(e.X, depth) && !f.secret(e.Y, depth) {
			join(e.X, e.Y)
		}
	case *ast.SliceExpr:
		join(e.X)
	case *ast.IndexExpr:
		if isMapType(f.pkg.Info.TypeOf(e.X)) {
			f.from = nil // the value is none of its keys
			sent = f.j.valuesSent(f.j.storeIn(f.pkg.Info, e.X))
		}
		join(e.X)
	case *ast.UnaryExpr:
		join(e.X)
	case *ast.StarExpr:
		join(e.X)
	case *ast.TypeAssertExpr:
		join(e.X)
	case *ast.CompositeLit:
		for _, el := range e.Elts {
			if kv, ok := el.(*ast.KeyValueExpr); ok {
				if isMapType(t) {
					join(kv.Key)
				}
				el = kv.Value
			}
			join(el)
		}
	case *ast.FuncLit:
		ast.Inspect(e.Body, func(n ast.Node) bool {
			if r, ok := n.(*ast.ReturnStmt); ok {
				join(r.Results...)
			}
			return true
		})
	case *ast.SelectorExpr:
		if sel := f.pkg.Info.Selections[e]; sel != nil {
			path, name := named(f.pkg.Info.TypeOf(e.X))
			sent = path == "net/http" && (name == "Cookie" && e.Sel.Name == "Value" || name == "Request") || sel.Kind() == types.FieldVal && f.j.isChosen(sel.Obj())
			if f.readsStore(e) {
				return sent, params
			}
			join(e.X)
		}
	case *ast.Ident:
		return f.ofVariable(e, depth)
	case *ast.CallExpr:
		return f.ofCall(e, result, depth)
	}
	return sent, params
}

// ofVariable is of for a variable.
func (f flow) ofVariable(e *ast.Ident, depth int) (sent bool, params []*types.Var) {
	v, ok := f.pkg.Info.Uses[e].(*types.Var)
	if !ok || v.IsField() || f.seen[v] {
		return false, nil
	}
	if v.Pos() < f.decl.Pos() || v.Pos() >= f.decl.End() {
		f.readsStore(e)
		return packageVar(v) && f.j.isChosen(v), nil
	}
	f.seen[v] = true
	f.gives(v, func(e ast.Expr, result int) {
		is, of := f.of(e, result, depth+1)
		sent, params = sent || is, append(params, of...)
	})
	switch lit := f.paramOf(v); {
	case lit == nil:
		sent = sent || f.decoded(v)
	case lit == f.decl && !takesRequest(lit.(*ast.FuncDecl).Type):
		params = append(params, v)
	default:
		sent = sent || holdsText(v.Type()) || ofRequest(v.Type())
		if call := f.handedTo(lit); call != nil && !sent {
			sent, params = f.ofCallback(call, lit, depth)
		}
	}
	return sent, params
}

// readsStore notes the store that an expression is, and says whether it is one.
func (f flow) readsStore(e ast.Expr) bool {
	if f.from == nil || !holdsKeys(f.pkg.Info.TypeOf(e)) {
		return false
	}
	of := f.j.storeIn(f.pkg.Info, e)
	*f.from = append(*f.from, of)
	return of != nil
}

// handedTo is the call that is given a function of the declaration, nil for none.
func (f flow) handedTo(lit ast.Node) (call *ast.CallExpr) {
	ast.Inspect(f.decl, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok && slices.ContainsFunc(c.Args, func(a ast.Expr) bool { return ast.Unparen(a) == lit }) {
			call = c
		}
		return call == nil
	})
	return call
}

// ofCallback is of for what a call gives to a function that it is given: something of
// what it is called on, or of its other arguments.
func (f flow) ofCallback(call *ast.CallExpr, lit ast.Node, depth int) (sent bool, params []*types.Var) {
	var of []ast.Expr
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && f.pkg.Info.Selections[sel] != nil {
		of = append(of, sel.X)
	}
	for _, e := range append(of, call.Args...) {
		if ast.Unparen(e) != lit {
			is, more := f.of(e, 0, depth+1)
			sent, params = sent || is, append(params, more...)
		}
	}
	return sent, params
}

// ofCall is of for a result of a call.
func (f flow) ofCall(e *ast.CallExpr, result, depth int) (sent bool, params []*types.Var) {
	join := func(es ...ast.Expr) {
		for _, e := range es {
			is, of := f.of(e, 0, depth+1)
			sent, params = sent || is, append(params, of...)
		}
	}
	info := f.pkg.Info
	fn, _ := variableOf(info, e.Fun).(*types.Func)
	switch {
	case info.Types[e.Fun].IsType():
		join(e.Args...) // one, if the code compiles
		return sent, params
	case info.Types[e.Fun].IsBuiltin():
		if id := lastIdent(e.Fun); id == nil || id.Name != "len" && id.Name != "cap" && id.Name != "make" && id.Name != "new" || program.Copied(info, e) != nil {
			join(e.Args...)
		}
		return sent, params
	case fn == nil || fn.Pkg() == nil:
		join(e.Fun)
		join(e.Args...)
		return sent, params
	case reads(info, e, fn):
		return true, nil
	}
	sel, _ := ast.Unparen(e.Fun).(*ast.SelectorExpr)
	if sel != nil && info.Selections[sel] != nil {
		if holdsKeys(info.TypeOf(sel.X)) {
			f.from = nil // it yields a value
			sent = f.j.valuesSent(f.j.storeIn(info, sel.X))
		}
		join(sel.X)
	}
	d := f.j.ownDecl(fn)
	if d == nil {
		if random(fn.Pkg().Path()) || slices.ContainsFunc(e.Args, func(a ast.Expr) bool { return f.secret(a, depth) }) {
			return false, nil
		}
		join(e.Args...)
		return sent, params
	}
	in := f.in(d.Package, d.Syntax)
	all := parameters(d.Syntax.Type, d.Package.Info)
	returned := func(e2 ast.Expr, result int) {
		is, of := in.of(e2, result, depth+2)
		sent = sent || is
		for _, p := range of {
			join(argsOf(e, d.Syntax.Type, slices.Index(all, p))...)
		}
	}
	ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			switch {
			case result < len(n.Results):
				returned(n.Results[result], 0)
			case len(n.Results) == 1:
				returned(n.Results[0], result)
			}
		}
		return true
	})
	if r := d.Syntax.Type.Results; r != nil {
		var names []*ast.Ident
		for _, p := range r.List {
			names = append(names, p.Names...)
		}
		if result < len(names) {
			if v, ok := d.Package.Info.Defs[names[result]].(*types.Var); ok && !in.seen[v] {
				in.seen[v] = true
				in.gives(v, returned)
			}
		}
	}
	return sent, params
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
				if id, ok := to.(*ast.Ident); ok && f.pkg.Info.ObjectOf(id) == v && (to == n.Value || keyTells(f.pkg.Info.TypeOf(n.X))) {
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
