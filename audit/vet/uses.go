package vet

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/audit/internal/routers"
)

// use is something that an expression hands on to a router: a handler with a
// rule, or a parameter of the function around it.
type use struct {
	node   ast.Expr     // that names it
	obj    types.Object // a handler: the function, method or variable
	rule   *ruled       // of obj
	recv   ast.Expr     // what a method is of, nil for others
	value  bool         // node is a value whose ServeHTTP has the rule
	called bool         // by a function literal
	alone  bool         // and the literal does nothing else
	param  *types.Var   // the parameter, nil for a handler
}

// uses returns what an expression hands on. trail holds the variables that were
// followed.
func (s *scan) uses(e ast.Expr, trail []*types.Var) []use {
	e = ast.Unparen(e)
	info := s.pass.TypesInfo
	switch x := e.(type) {
	case *ast.FuncLit:
		return s.calls(x, trail)
	case *ast.Ident:
		if found, ok := s.named(x, x, nil, trail); ok {
			return found
		}
	case *ast.SelectorExpr:
		var recv ast.Expr
		if info.Selections[x] != nil {
			recv = x.X
		}
		if fn, ok := info.Uses[x.Sel].(*types.Func); ok && recv != nil && fn.Name() == "ServeHTTP" && fn.Pkg().Path() == routers.HTTPPath {
			return s.uses(x.X, trail) // bound: it only calls the handler
		}
		if found, ok := s.named(x, x.Sel, recv, trail); ok {
			return found
		}
	case *ast.CallExpr:
		if info.Types[x.Fun].IsType() { // a conversion
			return s.uses(x.Args[0], trail)
		}
		if found := s.byCall(x, trail); found != nil {
			return found
		}
	}
	return s.served(e, e)
}

// served returns the use of a value whose ServeHTTP has a rule.
func (s *scan) served(node, value ast.Expr) []use {
	t := s.pass.TypesInfo.TypeOf(value)
	if t == nil || types.IsInterface(t) {
		return nil
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, s.pass.Pkg, "ServeHTTP")
	fn, ok := obj.(*types.Func)
	if !ok {
		return nil
	}
	if rule := s.ruleOf(fn); rule != nil {
		return []use{{node: node, obj: fn, rule: rule, recv: value, value: true}}
	}
	return nil
}

func (s *scan) ruleOf(obj types.Object) *ruled {
	if fn, ok := obj.(*types.Func); ok {
		obj = fn.Origin()
	}
	var rule ruled
	if obj == nil || obj.Pkg() == nil || !s.pass.ImportObjectFact(obj, &rule) {
		return nil
	}
	return &rule
}

// named returns the uses of a name. It reports false where its type has to be
// looked at.
func (s *scan) named(node ast.Expr, id *ast.Ident, recv ast.Expr, trail []*types.Var) ([]use, bool) {
	obj := s.pass.TypesInfo.Uses[id]
	if rule := s.ruleOf(obj); rule != nil {
		return []use{{node: node, obj: obj, rule: rule, recv: recv}}, true
	}
	v, ok := obj.(*types.Var)
	if !ok || recv != nil {
		return nil, !ok && obj != nil
	}
	if found := s.served(node, node); found != nil {
		return found, true
	}
	if slices.Contains(s.params, v) {
		return []use{{node: node, param: v}}, true
	}
	if slices.Contains(trail, v) {
		return nil, true
	}
	var found []use
	for _, value := range s.valuesOf(v) {
		found = append(found, s.uses(value, append(trail[:len(trail):len(trail)], v))...)
	}
	return found, true
}

// byCall returns what a call makes its result of: a function with a rule that
// yields a handler, or the handlers that it takes and wraps.
func (s *scan) byCall(call *ast.CallExpr, trail []*types.Var) (found []use) {
	result := s.pass.TypesInfo.TypeOf(call)
	if result == nil {
		return nil
	}
	if framework, _ := routers.Handler(result); framework == "" {
		return nil
	}
	if obj := typeutil.Callee(s.pass.TypesInfo, call); obj != nil {
		if rule := s.ruleOf(obj); rule != nil {
			u := use{node: call.Fun, obj: obj, rule: rule}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && s.pass.TypesInfo.Selections[sel] != nil {
				u.recv = sel.X
			}
			return []use{u}
		}
	}
	for _, arg := range call.Args {
		t := s.pass.TypesInfo.TypeOf(arg)
		if t == nil || isTwin(result, t) {
			continue
		}
		if framework, _ := routers.Handler(t); framework != "" {
			found = append(found, s.uses(arg, trail)...)
		}
	}
	return found
}

// isTwin reports whether a type is the generated twin of another.
func isTwin(twin, of types.Type) bool {
	a, b := namedOf(twin), namedOf(of)
	return a != nil && b != nil && a.Obj().Pkg() == b.Obj().Pkg() && a.Obj().Name() == annotations.TwinType(b.Obj().Name())
}

// calls returns the handlers and parameters that a function literal calls.
func (s *scan) calls(lit *ast.FuncLit, trail []*types.Var) (found []use) {
	only := onlyCall(lit.Body)
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || s.pass.TypesInfo.Types[call.Fun].IsType() || !takesRequest(s.pass.TypesInfo, call) {
			return true
		}
		fun := ast.Unparen(call.Fun)
		// What a variable is called with ServeHTTP is called as well.
		if sel, ok := fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "ServeHTTP" && s.ruleOf(s.pass.TypesInfo.Uses[sel.Sel]) == nil {
			fun = sel.X
		}
		switch fun.(type) {
		case *ast.Ident, *ast.SelectorExpr:
			for _, u := range s.uses(fun, trail) {
				u.called, u.alone = true, call == only
				found = append(found, u)
			}
		}
		return true
	})
	return found
}

// onlyCall returns the call that is all that a body does, nil for others.
func onlyCall(body *ast.BlockStmt) *ast.CallExpr {
	if len(body.List) != 1 {
		return nil
	}
	var e ast.Expr
	switch s := body.List[0].(type) {
	case *ast.ExprStmt:
		e = s.X
	case *ast.ReturnStmt:
		if len(s.Results) == 1 {
			e = s.Results[0]
		}
	}
	call, _ := ast.Unparen(e).(*ast.CallExpr)
	return call
}

// takesRequest reports whether a call is given a request or a framework's
// context.
func takesRequest(info *types.Info, call *ast.CallExpr) bool {
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		n := namedOf(info.TypeOf(arg))
		if n == nil || n.Obj().Pkg() == nil {
			return false
		}
		switch n.Obj().Pkg().Path() + "." + n.Obj().Name() {
		case routers.HTTPPath + ".Request", routers.GinPath + ".Context", routers.EchoPath + ".Context":
			return true
		}
		return false
	})
}
