package wiring

import (
	"go/ast"
	"go/constant"
	"go/types"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

func (fr *frame) builtin(e *ast.CallExpr, name string) value.Value {
	in := fr.in
	if len(e.Args) == 0 {
		return fr.lost(e) // such as recover, or code with errors
	}
	switch name {
	case "append":
		return fr.appended(e)
	case "new":
		if of := program.Copied(fr.pkg.Info, e); of != nil {
			return &value.Ref{To: &value.Cell{V: copied(fr.expr(of)), Pos: e.Pos()}}
		}
		t := fr.typeOf(e.Args[0])
		v := in.zero(t)
		if RouterOf(v) != nil {
			return v
		}
		return &value.Ref{To: &value.Cell{V: v, Pos: e.Pos()}}
	case "make":
		t := fr.typeOf(e)
		if t == nil {
			break
		}
		switch u := t.Underlying().(type) {
		case *types.Map:
			return &value.Map{Type: t}
		case *types.Chan:
			return &value.List{Type: t, Open: true}
		case *types.Slice:
			l := &value.List{Type: t}
			if len(e.Args) > 1 {
				n, ok := exactInt(fr.expr(e.Args[1]))
				if !ok || n > maxRounds {
					l.Open = true
					return l
				}
				for range n {
					l.Elems = append(l.Elems, &value.Cell{V: in.zero(u.Elem())})
				}
			}
			if len(e.Args) > 2 {
				c, ok := exactInt(fr.expr(e.Args[2]))
				if !ok || c > maxRounds {
					l.Grown = true
					return l
				}
				for range c - len(l.Elems) {
					l.Spare = append(l.Spare, &value.Cell{V: in.zero(u.Elem())})
				}
			}
			return l
		}
	case "len":
		switch x := value.Bare(fr.expr(e.Args[0])).(type) {
		case *value.List:
			if !x.Open {
				return &value.Const{Type: types.Typ[types.Int], Val: constant.MakeInt64(int64(len(x.Elems)))}
			}
		case *value.Map:
			n, sure := 0, !x.Open
			for _, entry := range x.Entries {
				is, certain := isGone(entry.Elem)
				if sure = sure && certain; !is {
					n++
				}
			}
			if sure {
				return &value.Const{Type: types.Typ[types.Int], Val: constant.MakeInt64(int64(n))}
			}
		case *value.Nil:
			return &value.Const{Type: types.Typ[types.Int], Val: constant.MakeInt64(0)}
		case *value.Const:
			if s, ok := exactString(x); ok {
				return &value.Const{Type: types.Typ[types.Int], Val: constant.MakeInt64(int64(len(s)))}
			}
		}
	case "copy":
		if dst, ok := value.Bare(fr.expr(e.Args[0])).(*value.List); ok {
			src, ok := value.Bare(fr.expr(e.Args[1])).(*value.List)
			if !ok {
				in.forget(dst, false)
				break
			}
			for i := range min(len(dst.Elems), len(src.Elems)) {
				in.set(dst.Elems[i], copied(src.Elems[i].V))
			}
			dst.Open = dst.Open || src.Open
		}
	case "close":
		if l, ok := fr.channel(e.Args[0]); ok {
			l.Open = false
		}
	case "delete":
		in.deleteEntry(fr.expr(e.Args[0]), fr.expr(e.Args[1]), e.Pos())
	case "clear":
		in.clearAll(fr.expr(e.Args[0]), fr.typeOf(e.Args[0]), e.Pos())
	default:
		for _, a := range e.Args {
			fr.expr(a)
		}
	}
	return fr.lost(e)
}
