package wiring

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// unheard is a call that gives a handler to a function that takes such, and which
// function that is was not known.
type unheard struct {
	pos  token.Pos
	in   *types.Func
	what string
}

// unheardOf notes a call of a function that is not known, if it may register a
// handler.
func (in *interp) unheardOf(fr *frame, e *ast.CallExpr, args []value.Value) {
	if !fr.pkg.Own || !registers(fr.typeOf(e.Fun)) {
		return
	}
	sig := underlying(fr.typeOf(e.Fun)).(*types.Signature)
	for i, a := range args {
		t := paramType(sig, i)
		if t == nil {
			continue
		}
		if _, s := shapeOf(t); s == noShape {
			continue
		}
		if _, unknown := a.(*value.Unknown); !unknown {
			in.unheard = append(in.unheard, unheard{e.Pos(), in.current, symbolName(e.Fun)})
			return
		}
	}
}

// tellUnheard tells of each function the first of those calls that were not known
// any time that the function ran.
func (in *interp) tellUnheard() {
	told := map[*types.Func]bool{}
	for _, u := range in.unheard {
		if in.heard[u.pos] || told[u.in] {
			continue
		}
		told[u.in] = u.in != nil
		in.end(u.pos, "a handler is passed to "+u.what+", and what that is is not known")
	}
}
