package wiring

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// ruledIn returns the handlers with a rule, and the guarded forms of such, that
// a function speaks of by name. It also returns the handlers with a rule that it
// takes from a table or calls by a variable, and those that functions of the
// module lead to that it passes the request on to. A guarded form that stands there is not returned: what runs around
// it is not followed, so the function does not count as guarded.
func (in *interp) ruledIn(f *value.Func) []value.Value {
	if in.config.Ruled == nil || len(in.config.RuledNames) == 0 {
		return nil
	}
	r := ruledReader{in: in, seen: map[ast.Node]bool{}}
	r.read(f, maxPassed)
	return r.found
}

// ruledReader gathers the handlers with a rule that a function leads to.
type ruledReader struct {
	in    *interp
	seen  map[ast.Node]bool // code that was read
	found []value.Value
}

func (r *ruledReader) read(f *value.Func, depth int) {
	in := r.in
	if f.Fn != nil && !in.program.Speaks(f.Fn, in.config.RuledNames) && len(in.ruledHeld(f.Recv)) == 0 {
		return
	}
	fr, body := in.body(f)
	if fr == nil || r.seen[body] {
		return
	}
	r.seen[body] = true
	named := func(e ast.Expr, id *ast.Ident) {
		if fn, ok := fr.pkg.Info.Uses[id].(*types.Func); ok && fn.Origin() != f.Fn && in.config.Ruled(fn.Origin()) {
			fn = fn.Origin()
			v := value.Value(in.function(fn))
			if fr.pkg.Info.Selections[selector(e)] != nil {
				v = fr.expr(e)
			}
			if depth == maxPassed || !in.sealed(fn) {
				r.add(v)
			}
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if depth > 1 && givesRequest(fr.pkg, n) {
				r.passes(fr, ast.Unparen(n.Fun), depth)
			}
		case *ast.IndexExpr:
			r.chooses(fr, ast.Unparen(n.X))
		case *ast.RangeStmt:
			if n.Value != nil {
				r.chooses(fr, ast.Unparen(n.X))
			}
		case *ast.SelectorExpr:
			named(n, n.Sel)
			_, isFunc := fr.pkg.Info.Uses[n.Sel].(*types.Func)
			return !isFunc
		case *ast.Ident:
			named(n, n)
		}
		return true
	})
}

// passes reads what a call passes the request on to.
func (r *ruledReader) passes(fr *frame, fun ast.Expr, depth int) {
	in := r.in
	var obj types.Object
	switch e := fun.(type) {
	case *ast.Ident:
		obj = fr.pkg.Info.Uses[e]
	case *ast.SelectorExpr:
		obj = fr.pkg.Info.Uses[e.Sel]
	}
	v, isVar := obj.(*types.Var)
	switch fn, ok := obj.(*types.Func); {
	case isVar && (v.IsField() || ofPackage(v)):
	case ok && in.program.Own(pkgPath(fn)):
	default:
		return // for variables around a closure see nexts
	}
	for _, way := range value.Alternatives(fr.expr(fun)) {
		f, ok := value.Bare(way).(*value.Func)
		switch {
		case !ok:
		case in.raw(f) && isVar:
			r.add(f)
		default:
			r.read(f, depth-1)
		}
	}
}

// chooses adds the handlers with a rule that a table holds from which code takes
// one.
func (r *ruledReader) chooses(fr *frame, table ast.Expr) {
	switch table.(type) {
	case *ast.Ident, *ast.SelectorExpr:
		for _, f := range r.in.ruledHeld(r.in.tableOf(fr, table)) {
			r.add(f)
		}
	}
}

func (r *ruledReader) add(v value.Value) {
	if !slices.ContainsFunc(r.found, func(have value.Value) bool { return same(have, v) }) {
		r.found = append(r.found, v)
	}
}

// ruledHeld returns the handlers with a rule that a value holds.
func (in *interp) ruledHeld(v value.Value) (held []*value.Func) {
	in.gather(v, Condition{}, maxHeld, map[value.Value]bool{}, func(v value.Value, _ Condition) {
		if f, ok := value.Bare(v).(*value.Func); ok && in.raw(f) {
			held = append(held, f)
		}
	})
	return held
}

// maxHeld bounds how deep handlers with a rule are looked for in what holds them.
const maxHeld = 4

// raw reports whether a function is a handler with a rule and no guarded form.
func (in *interp) raw(f *value.Func) bool {
	return f.Fn != nil && in.config.Ruled != nil && in.config.Ruled(f.Fn) && !in.sealed(f.Fn)
}

// ofPackage reports whether a variable is a package's.
func ofPackage(v *types.Var) bool { return v.Pkg() != nil && v.Parent() == v.Pkg().Scope() }

func selector(e ast.Expr) *ast.SelectorExpr {
	sel, _ := e.(*ast.SelectorExpr)
	return sel
}

// givesRequest reports whether a call is given a request, or a framework's
// context.
func givesRequest(pkg *program.Package, call *ast.CallExpr) bool {
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		t := pkg.Info.TypeOf(arg)
		return isType(t, httpPath, "Request") || isType(t, ginPath, "Context") || isType(t, echoPath, "Context")
	})
}

// leadingNames are the names of functions, of those that take a request and may
// pass it on to one of them, and of the variables that are made of them.
func leadingNames(p *program.Program, names map[string]bool) map[string]bool {
	if len(names) == 0 {
		return nil
	}
	names = maps.Clone(names)
	for range maxPassed - 1 {
		before := len(names)
		for _, part := range p.Parts() {
			switch d := part.Decl.(type) {
			case *ast.FuncDecl:
				if !names[d.Name.Name] && takesRequest(d) && program.Names(d.Body, names) {
					names[d.Name.Name] = true
				}
			case *ast.GenDecl: // tables of handlers
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && program.Names(v, names) {
						for _, id := range v.Names {
							names[id.Name] = true
						}
					}
				}
			}
		}
		if len(names) == before {
			break
		}
	}
	return names
}

// takesRequest reports whether a function may take a request, by the names of the
// types of its parameters.
func takesRequest(d *ast.FuncDecl) bool {
	return slices.ContainsFunc(d.Type.Params.List, func(field *ast.Field) bool {
		t := field.Type
		if star, ok := t.(*ast.StarExpr); ok {
			t = star.X
		}
		sel, ok := t.(*ast.SelectorExpr)
		return ok && (sel.Sel.Name == "Request" || sel.Sel.Name == "Context")
	})
}
