package wiring

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

func (fr *frame) unary(e *ast.UnaryExpr) value.Value {
	switch e.Op {
	case token.AND:
		if lit, ok := ast.Unparen(e.X).(*ast.CompositeLit); ok {
			v := fr.expr(lit)
			if RouterOf(v) != nil {
				return v
			}
			return &value.Ref{To: &value.Cell{V: v, Pos: lit.Pos()}}
		}
		if c := fr.cell(e.X); c != nil {
			if RouterOf(c.V) != nil {
				return c.V
			}
			return &value.Ref{To: c}
		}
	case token.NOT:
		if b, ok := exactBool(fr.expr(e.X)); ok {
			return &value.Const{Type: fr.typeOf(e), Val: constant.MakeBool(!b)}
		}
	case token.ARROW:
		return fr.received(e)
	}
	return fr.lost(e)
}

func (fr *frame) binary(e *ast.BinaryExpr) value.Value {
	switch e.Op {
	case token.LAND, token.LOR:
		x, ok := exactBool(fr.expr(e.X))
		if ok && x == (e.Op == token.LOR) {
			return &value.Const{Type: fr.typeOf(e), Val: constant.MakeBool(x)}
		}
		var right value.Value
		fr.whereLeft(e, ok, func() { right = fr.expr(e.Y) })
		y, yok := exactBool(right)
		if yok && (ok || y == (e.Op == token.LOR)) {
			return &value.Const{Type: fr.typeOf(e), Val: constant.MakeBool(y)}
		}
		return fr.lost(e)
	}
	x, y := fr.expr(e.X), fr.expr(e.Y)
	switch e.Op {
	case token.ADD:
		if isString(fr.typeOf(e)) {
			return fr.concat(x, y, fr.typeOf(e))
		}
	case token.EQL, token.NEQ:
		if equal, sure := equals(x, y); sure {
			return &value.Const{Type: fr.typeOf(e), Val: constant.MakeBool(equal == (e.Op == token.EQL))}
		}
		return fr.lost(e)
	}
	return fr.arithmetic(e.Op, x, y, e)
}

// whereLeft does what is done where the left side of && or || leaves open what both
// come to.
func (fr *frame) whereLeft(e *ast.BinaryExpr, known bool, do func()) {
	if known {
		do()
		return
	}
	yes, no := fr.ways(e.X)
	if e.Op == token.LOR {
		yes, no = no, yes
	}
	fr.mayCompute(e.Y, yes, no, do)
}

// mayCompute does what computes an expression that is computed on one of two ways only.
func (fr *frame) mayCompute(e ast.Expr, yes, no Condition, do func()) {
	if !calls(e) {
		do()
		return
	}
	fr.join(fr.try(yes, no, func() flow { do(); return goesOn }), otherwise(no, yes))
}

// calls reports whether an expression calls anything.
func calls(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		_, call := n.(*ast.CallExpr)
		found = found || call
		return !found
	})
	return found
}

// equals compares two values, as far as that is sure.
func equals(x, y value.Value) (equal, sure bool) {
	_, xNil := x.(*value.Nil)
	_, yNil := y.(*value.Nil)
	if xNil && yNil {
		return true, true
	}
	if xNil || yNil {
		other := x
		if xNil {
			other = y
		}
		switch other := other.(type) {
		case *value.Ref:
			s, ok := valueOf(other.To).(*value.Struct)
			return false, !ok || !s.Open // what an unknown pointer leads to has storage, and may not be there
		case *value.Func, *Router, *Group, *value.Struct, *value.Map:
			return false, true
		case *value.List:
			return false, len(other.Elems) > 0
		}
		return false, false
	}
	a, aok := value.Bare(x).(*value.Const)
	b, bok := value.Bare(y).(*value.Const)
	if aok && bok && a.Val.Kind() == b.Val.Kind() {
		return constant.Compare(a.Val, token.EQL, b.Val), true
	}
	return false, false
}

// concat adds strings, each combination of what they may be.
func (fr *frame) concat(x, y value.Value, t types.Type) value.Value {
	var options []value.Option
	for _, a := range optionsOf(x) {
		for _, b := range optionsOf(y) {
			options = append(options, value.Option{V: stringValue(joined(text(a.V), text(b.V)), t), Cond: both(a.Cond, b.Cond)})
		}
	}
	return oneOf(options)
}

func optionsOf(v value.Value) []value.Option {
	if a, ok := v.(*value.Any); ok {
		return a.Of
	}
	return []value.Option{{V: v}}
}

func (fr *frame) arithmetic(op token.Token, x, y value.Value, e ast.Expr) value.Value {
	a, aok := value.Bare(x).(*value.Const)
	b, bok := value.Bare(y).(*value.Const)
	if !aok || !bok || a.Val.Kind() != b.Val.Kind() || a.Val.Kind() != constant.Int && a.Val.Kind() != constant.String {
		return fr.lost(e)
	}
	t := fr.typeOf(e)
	switch op {
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		return &value.Const{Type: t, Val: constant.MakeBool(constant.Compare(a.Val, op, b.Val))}
	case token.ADD_ASSIGN, token.ADD:
		return fr.fitting(constant.BinaryOp(a.Val, token.ADD, b.Val), t, e)
	case token.SUB_ASSIGN, token.SUB:
		if a.Val.Kind() == constant.Int {
			return fr.fitting(constant.BinaryOp(a.Val, token.SUB, b.Val), t, e)
		}
	case token.MUL:
		if a.Val.Kind() == constant.Int {
			return fr.fitting(constant.BinaryOp(a.Val, token.MUL, b.Val), t, e)
		}
	case token.REM, token.QUO:
		if n, ok := constant.Int64Val(b.Val); ok && n != 0 && a.Val.Kind() == constant.Int {
			if op == token.QUO {
				op = token.QUO_ASSIGN // integer division
			}
			return fr.fitting(constant.BinaryOp(a.Val, op, b.Val), t, e)
		}
	}
	return fr.lost(e)
}

// fitting is a constant as a value of a type, which is not known where it would be cut
// or wrapped.
func (fr *frame) fitting(c constant.Value, t types.Type, e ast.Expr) value.Value {
	if t != nil && !value.Holds(t, c) {
		return fr.lost(e)
	}
	return &value.Const{Type: t, Val: c}
}
