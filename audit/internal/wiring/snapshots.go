package wiring

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
)

// maxLater bounds the calls that are kept of one value.
const maxLater = 30

// changes notes a call that is not read with the values that it is given and that
// other calls made which were not read.
func (in *interp) changes(fn *types.Func, from []value.Value, pos token.Pos) {
	if fn == nil || fn.Pkg() == nil {
		return
	}
	if std := !strings.Contains(fn.Pkg().Path(), ".") && !in.program.Own(fn.Pkg().Path()); std && !slices.ContainsFunc(from, in.handlerish) {
		return
	}
	var call *value.Unknown
	for _, v := range from {
		for _, way := range value.Alternatives(v) {
			u, ok := way.(*value.Unknown)
			if !ok || u.Callee == nil || u.Type == nil || !isPointer(u.Type) {
				continue
			}
			if len(u.Later) >= maxLater {
				u.Lost = true
				continue
			}
			if call == nil {
				call = &value.Unknown{Callee: fn, From: from, Pos: pos, Why: funcName(fn)}
				for _, c := range in.conditions {
					if !c.Silent {
						call.Under = append(call.Under, c)
					}
				}
			}
			u.Later = append(u.Later, call)
		}
	}
}

// snapshots are the arguments of a call that is not read, as they are now: it may
// write what it is given pointers to, and whoever follows it later begins with
// what it was given. Only those are kept to which nobody else has a pointer.
func (fr *frame) snapshots(e *ast.CallExpr, args []value.Value) []value.Value {
	out := args
	for i, arg := range args {
		r, ok := arg.(*value.Ref)
		if !ok || r.To == nil || i >= len(e.Args) || len(e.Args) != len(args) || !fr.madeHere(e.Args[i]) {
			continue
		}
		s, ok := r.To.V.(*value.Struct)
		if !ok {
			continue
		}
		if len(out) > 0 && &out[0] == &args[0] {
			out = append([]value.Value{}, args...)
		}
		out[i] = &value.Ref{To: &value.Cell{V: apart(s), Name: r.To.Name, Pos: r.To.Pos}}
	}
	return out
}

// madeHere reports whether an expression makes what it points to, or calls a
// function of the module that does and no more.
func (fr *frame) madeHere(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		_, ok := ast.Unparen(e.X).(*ast.CompositeLit)
		return ok && e.Op == token.AND
	case *ast.CallExpr:
		fn := fr.funcObject(e.Fun)
		if fn == nil || !fr.in.program.Own(pkgPath(fn)) {
			return false
		}
		d := fr.in.program.Decl(fn)
		if d == nil || d.Syntax.Body == nil || len(d.Syntax.Body.List) != 1 {
			return false
		}
		r, ok := d.Syntax.Body.List[0].(*ast.ReturnStmt)
		if !ok || len(r.Results) != 1 {
			return false
		}
		u, ok := ast.Unparen(r.Results[0]).(*ast.UnaryExpr)
		if !ok || u.Op != token.AND {
			return false
		}
		_, ok = ast.Unparen(u.X).(*ast.CompositeLit)
		return ok
	}
	return false
}

// apart is a copy of a struct that shares no elements of slices with it.
func apart(s *value.Struct) value.Value {
	c, ok := copied(s).(*value.Struct)
	if !ok {
		return s
	}
	for _, f := range c.Fields {
		if l, ok := f.V.(*value.List); ok {
			own := &value.List{Type: l.Type, Open: l.Open}
			for _, e := range l.Elems {
				own.Elems = append(own.Elems, &value.Cell{V: e.V, Name: e.Name, Pos: e.Pos})
			}
			f.V = own
		}
	}
	return c
}
