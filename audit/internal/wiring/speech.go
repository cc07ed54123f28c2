package wiring

import (
	"go/ast"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// speech is what a link speaks of, itself and in functions of the module that it
// gives the request.
type speech struct {
	funcs    map[*types.Func]bool
	literals map[*ast.FuncLit]bool
	read     map[ast.Node]bool
}

// runsItself reports whether a middleware speaks of the handler that it stands
// in front of, other than as the next one.
func (in *interp) runsItself(link, handler value.Value) bool {
	f, ok := value.Bare(link).(*value.Func)
	h, isFunc := value.Bare(handler).(*value.Func)
	if !ok || !isFunc || h.Fn != nil && in.sealed(h.Fn) {
		return false
	}
	s := in.speeches[f]
	if s == nil {
		s = &speech{funcs: map[*types.Func]bool{}, literals: map[*ast.FuncLit]bool{}, read: map[ast.Node]bool{}}
		in.speeches[f] = s
		in.hear(s, f, maxPassed)
	}
	return h.Fn != nil && s.funcs[h.Fn] || h.Lit != nil && s.literals[h.Lit]
}

// hear notes what a function speaks of.
func (in *interp) hear(s *speech, f *value.Func, depth int) {
	fr, body := in.body(f)
	if fr == nil || s.read[body] {
		return
	}
	s.read[body] = true
	table := func(e ast.Expr) {
		switch ast.Unparen(e).(type) {
		case *ast.Ident, *ast.SelectorExpr:
		default:
			return
		}
		if v := in.tableOf(fr, ast.Unparen(e)); v != nil {
			in.gather(v, Condition{}, maxHeld, map[value.Value]bool{}, func(v value.Value, _ Condition) { s.add(v) })
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			switch obj := fr.pkg.Info.Uses[n].(type) {
			case *types.Func:
				s.funcs[obj.Origin()] = true
			case *types.Var:
				if c := fr.env.Lookup(obj); c != nil {
					s.add(c.V)
				}
			}
		case *ast.IndexExpr:
			table(n.X)
		case *ast.RangeStmt:
			if n.Value != nil {
				table(n.X)
			}
		case *ast.CallExpr:
			if depth > 1 && givesRequest(fr.pkg, n) {
				in.hearCalled(s, fr, n, depth)
			}
		}
		return true
	})
}

// hearCalled is hear for what a call leads to.
func (in *interp) hearCalled(s *speech, fr *frame, call *ast.CallExpr, depth int) {
	var fn *types.Func
	switch e := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		fn, _ = fr.pkg.Info.Uses[e].(*types.Func)
	case *ast.SelectorExpr:
		fn, _ = fr.pkg.Info.Uses[e.Sel].(*types.Func)
	}
	if fn == nil || !in.program.Own(pkgPath(fn)) {
		return
	}
	for _, way := range value.Alternatives(fr.expr(ast.Unparen(call.Fun))) {
		if g, ok := value.Bare(way).(*value.Func); ok {
			in.hear(s, g, depth-1)
		}
	}
}

func (s *speech) add(v value.Value) {
	if f, ok := value.Bare(v).(*value.Func); ok {
		if f.Fn != nil {
			s.funcs[f.Fn] = true
		}
		if f.Lit != nil {
			s.literals[f.Lit] = true
		}
	}
}

// tableOf is the value of a variable around a function, or of a field of one.
func (in *interp) tableOf(fr *frame, table ast.Expr) value.Value {
	switch e := table.(type) {
	case *ast.Ident:
		if v, ok := fr.pkg.Info.Uses[e].(*types.Var); !ok || fr.env.Lookup(v) == nil && !ofPackage(v) {
			return nil
		}
	case *ast.SelectorExpr:
		if root, fields := fieldChain(fr, e); root == nil || !fields || fr.env.Lookup(root) == nil {
			return nil
		}
	}
	return fr.expr(table)
}
