package wiring

import (
	"go/ast"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// loseAssigned makes plain variables unknown that a loop writes: after some
// rounds they hold something else.
func (fr *frame) loseAssigned(body *ast.BlockStmt) {
	eachTarget(body, func(e ast.Expr) {
		id, ok := e.(*ast.Ident)
		if !ok {
			return
		}
		v, ok := fr.pkg.Info.Uses[id].(*types.Var)
		if !ok {
			return
		}
		if c := fr.env.Lookup(v); c != nil && plain(c.V) {
			fr.in.set(c, unknown(v.Type(), v.Name()))
		}
	})
}

func plain(v value.Value) bool {
	switch v.(type) {
	case *value.Const, *value.Text:
		return true
	}
	return false
}

// eachTarget calls f for what code assigns or counts up.
func eachTarget(code ast.Node, f func(ast.Expr)) {
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				f(ast.Unparen(l))
			}
		case *ast.IncDecStmt:
			f(ast.Unparen(n.X))
		}
		return true
	})
}

// captured returns the variables around a literal that it writes, or parts of
// which it writes.
func (in *interp) captured(f *value.Func) (cells []*value.Cell) {
	if f.Lit == nil {
		return nil
	}
	fr := &frame{in: in, pkg: f.Pkg, env: f.Env, name: f.Name}
	eachTarget(f.Lit.Body, func(e ast.Expr) {
		for {
			switch x := e.(type) {
			case *ast.IndexExpr:
				e = ast.Unparen(x.X)
				continue
			case *ast.StarExpr:
				e = ast.Unparen(x.X)
				continue
			}
			break
		}
		if v := localRoot(f.Pkg.Info, e); v != nil && f.Env.Lookup(v) != nil {
			if c := fr.cell(e); c != nil && c.V != nil {
				cells = append(cells, c)
			}
		}
	})
	return cells
}

// localRoot returns the variable of a function that an expression is, or is a
// field of.
func localRoot(info *types.Info, e ast.Expr) *types.Var {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			v, _ := info.Uses[x].(*types.Var)
			return v
		case *ast.SelectorExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// loseGiven makes the data unknown that a literal writes which code gets that is
// not read: whether it is called, and with what, is not known.
func (in *interp) loseGiven(f *value.Func) {
	for _, c := range in.captured(f) {
		in.forget(&value.Ref{To: c}, true)
	}
	if f.Lit != nil {
		in.loseSet(in.relevant.look(f.Pkg, f.Lit).sets)
	}
}

// loseSet makes package variables unknown that code sets which may be called.
func (in *interp) loseSet(vars []*types.Var) {
	for _, v := range vars {
		if in.program.Own(v.Pkg().Path()) {
			c := in.global(v)
			in.unsettle(v, c)
			if in.handlerish(c.V) {
				in.mayChange(c, c.Name, v.Pos())
			}
		}
	}
}

// calledAside calls a literal that code gets which is not read: it may be called
// once, often or not at all.
func (in *interp) calledAside(f *value.Func, call func()) {
	cells := in.captured(f)
	before := make([]value.Value, len(cells))
	for i, c := range cells {
		before[i] = c.V
	}
	call()
	for i, c := range cells {
		switch v := c.V.(type) {
		case *value.Const, *value.Text:
			if !same(v, before[i]) {
				in.set(c, unknown(typeOf(before[i]), c.Name))
			}
		case *value.List:
			if v != before[i] && isSlice(v.Type) && !holdsCode(v.Type) {
				open := *v
				open.Open = true
				in.set(c, &open)
			}
		}
	}
}
