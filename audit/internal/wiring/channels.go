package wiring

import (
	"go/ast"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// A channel is a list of what is sent. It is open until it is closed: others may
// send, before or after.

// channel returns the channel that an expression is.
func (fr *frame) channel(e ast.Expr) (*value.List, bool) {
	l, ok := value.Bare(fr.expr(e)).(*value.List)
	if !ok || l.Type == nil {
		return nil, false
	}
	_, ok = l.Type.Underlying().(*types.Chan)
	return l, ok
}

func (fr *frame) send(s *ast.SendStmt) {
	v := fr.expr(s.Value)
	if l, ok := fr.channel(s.Chan); ok && len(l.Elems) < maxRounds {
		l.Elems = append(l.Elems, &value.Cell{V: copied(v), Pos: s.Value.Pos()})
	} else if ok {
		l.Open = true
	}
}

// received is what comes out of a channel: one of what is sent.
func (fr *frame) received(e *ast.UnaryExpr) value.Value {
	l, ok := fr.channel(e.X)
	if !ok || len(l.Elems) == 0 {
		return fr.lost(e)
	}
	var options []value.Option
	for _, c := range l.Elems {
		options = append(options, value.Option{V: c.V})
	}
	if l.Open {
		options = append(options, value.Option{V: fr.lost(e)})
	}
	return oneOf(options)
}
