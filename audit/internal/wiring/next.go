package wiring

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// nexts returns the handlers that a handler holds and speaks of: those that it
// leads to.
func (in *interp) nexts(f *value.Func) []value.Value {
	if next, ok := in.nextOf[f]; ok {
		return next
	}
	in.nextOf[f] = nil
	var found []value.Value
	sig := in.signature(f)
	if sig == nil {
		return nil
	}
	switch {
	case f.Lit != nil:
		fr := &frame{in: in, pkg: f.Pkg, env: f.Env, name: f.Name, sig: sig}
		fits := func(v value.Value) bool { return in.handlerish(v) && !in.decides(v) }
		if _, s := shapeOf(sig); s != handlerShape {
			// A handler of the program's own shape leads to others of that shape.
			fits = func(v value.Value) bool {
				g, ok := value.Bare(v).(*value.Func)
				return ok && types.Identical(in.signature(g), sig)
			}
		}
		found = in.mentions(fr, f.Lit.Body, func(obj types.Object) bool { return f.Env.Lookup(obj) != nil }, fits, 0)
	case f.Recv != nil && !in.sealed(f.Fn) && (f.Fn.Name() == "ServeHTTP" || in.leadsOn(f.Recv)):
		d := in.program.Decl(f.Fn)
		if d == nil || d.Syntax.Recv == nil || len(d.Syntax.Recv.List) == 0 || len(d.Syntax.Recv.List[0].Names) == 0 {
			return nil
		}
		fr := in.receiverFrame(f, d)
		self := d.Package.Info.Defs[d.Syntax.Recv.List[0].Names[0]]
		found = in.mentions(fr, d.Syntax.Body, func(obj types.Object) bool { return obj == self }, in.handlerish, 2)
		found = slices.DeleteFunc(found, func(v value.Value) bool { return value.Deref(v) == value.Deref(f.Recv) })
		if f.Fn.Name() != "ServeHTTP" {
			// A handler among others of a controller may speak of a handler that
			// stands in a field; it leads to it only where that is a router.
			found = slices.DeleteFunc(found, func(v value.Value) bool { return !in.leadsToRouter(v, 0) })
		}
	}
	found = append(found, in.ruledIn(f)...)
	in.nextOf[f] = found
	return found
}

// decides reports whether a function answers whether something holds of a request,
// as a hook does that another handler asks.
func (in *interp) decides(v value.Value) bool {
	f, ok := value.Bare(v).(*value.Func)
	if !ok {
		return false
	}
	sig := in.signature(f)
	return sig != nil && sig.Results().Len() == 1 && types.Identical(sig.Results().At(0).Type().Underlying(), types.Typ[types.Bool])
}

// yields reports whether a value is a function that yields more than an error.
func (in *interp) yields(v value.Value) bool {
	f, ok := value.Bare(v).(*value.Func)
	if !ok {
		return false
	}
	sig := in.signature(f)
	if sig == nil || sig.Results().Len() == 0 {
		return false
	}
	return sig.Results().Len() > 1 || !types.Identical(sig.Results().At(0).Type(), types.Universe.Lookup("error").Type())
}

// leadsOn reports whether a router, or what may be one, can be reached from a
// value. Code of a method of a value from which none can need not be read.
func (in *interp) leadsOn(v value.Value) bool {
	v = value.Deref(v)
	leads, known := in.leading[v]
	if !known {
		leads = in.reachesRouter(v, map[any]bool{})
		if in.leading != nil {
			in.leading[v] = leads
		}
	}
	return leads
}

// maxReached bounds the values that are looked at for a router.
const maxReached = 5000

func (in *interp) reachesRouter(v value.Value, seen map[any]bool) bool {
	cell := func(c *value.Cell) bool { return c != nil && in.reachesRouter(c.V, seen) }
	if v = value.Deref(v); v == nil {
		return false
	}
	switch v.(type) {
	case *value.Const, *value.Text, *value.Nil:
		return false
	}
	if seen[v] {
		return false
	}
	seen[v] = true
	if len(seen) > maxReached {
		return true
	}
	switch v := v.(type) {
	case *value.Unknown:
		return v.Type == nil || in.relevant.carries(v.Type, 0) || implementsHandler(v.Type) || slices.ContainsFunc(v.From, func(from value.Value) bool { return in.reachesRouter(from, seen) })
	case *value.Any:
		return slices.ContainsFunc(v.Of, func(o value.Option) bool { return in.reachesRouter(o.V, seen) })
	case *value.Tuple:
		return slices.ContainsFunc(v.Elems, func(e value.Value) bool { return in.reachesRouter(e, seen) })
	case *value.Named:
		return in.reachesRouter(v.V, seen)
	case *value.Struct:
		for _, c := range v.Fields {
			if cell(c) {
				return true
			}
		}
		return v.Open && (v.Type == nil || in.relevant.carries(v.Type, 0) || implementsHandler(v.Type))
	case *value.List:
		return slices.ContainsFunc(v.Elems, cell) || slices.ContainsFunc(v.Tail, cell) || v.Open && (v.Type == nil || in.relevant.carries(v.Type, 0))
	case *value.Map:
		return slices.ContainsFunc(v.Entries, func(e value.Entry) bool { return cell(e.Elem) }) || v.Open && (v.Type == nil || in.relevant.carries(v.Type, 0))
	case *value.Func:
		if v.Recv != nil && in.reachesRouter(v.Recv, seen) {
			return true
		}
		for env := v.Env; env != nil && !seen[env]; env = env.Outer {
			seen[env] = true
			for _, c := range env.Vars {
				if cell(c) {
					return true
				}
			}
		}
		return false
	}
	return true // a router, or what nobody here knows
}

// body returns the code of a function and a frame in which what surrounds it is
// known, nil where there is none.
func (in *interp) body(f *value.Func) (*frame, ast.Node) {
	switch {
	case f.Lit != nil:
		return &frame{in: in, pkg: f.Pkg, env: f.Env, name: f.Name, sig: in.signature(f)}, f.Lit.Body
	case in.sealed(f.Fn) || in.config.Ruled != nil && in.config.Ruled(f.Fn) || in.config.Optional != nil && in.config.Optional(f.Fn):
		return nil, nil
	}
	d := in.program.Decl(f.Fn)
	if d == nil || !d.Package.Own {
		return nil, nil
	}
	if f.Recv != nil && d.Syntax.Recv != nil && len(d.Syntax.Recv.List) > 0 && len(d.Syntax.Recv.List[0].Names) > 0 {
		return in.receiverFrame(f, d), d.Syntax.Body
	}
	return &frame{in: in, pkg: d.Package, env: &value.Env{Vars: map[types.Object]*value.Cell{}}, name: f.Name, sig: d.Func.Signature()}, d.Syntax.Body
}

func (in *interp) leadsToRouter(v value.Value, depth int) bool {
	return slices.ContainsFunc(in.peel(v, depth+1), func(l leaf) bool { return RouterOf(l.handler) != nil })
}

// receiverFrame is a frame in which only the receiver is known.
func (in *interp) receiverFrame(f *value.Func, d *program.Decl) *frame {
	fr := &frame{in: in, pkg: d.Package, env: &value.Env{Vars: map[types.Object]*value.Cell{}}, name: f.Name, sig: d.Func.Signature()}
	recv := f.Recv
	if _, pointer := types.Unalias(fr.sig.Recv().Type()).(*types.Pointer); !pointer {
		recv = value.Deref(recv)
	}
	fr.declare(d.Syntax.Recv.List[0].Names[0], recv)
	return fr
}

// answersNobody reports whether a method of the module is given nothing by which it
// could answer a request, and yields no handler. Who calls it on a handler, to ask for
// the caller or a setting, does not lead to that handler.
func (in *interp) answersNobody(fn *types.Func) bool {
	sig := fn.Signature()
	if sig.Recv() == nil || types.IsInterface(sig.Recv().Type()) || !in.program.Own(pkgPath(fn)) {
		return false
	}
	for p := range sig.Params().Variables() {
		_, basic := p.Type().Underlying().(*types.Basic)
		if !basic && !isType(p.Type(), httpPath, "Request") && !isType(p.Type(), "context", "Context") {
			return false
		}
	}
	for r := range sig.Results().Variables() {
		switch r.Type().Underlying().(type) {
		case *types.Basic, *types.Pointer, *types.Struct:
		default:
			if !types.Identical(r.Type(), types.Universe.Lookup("error").Type()) {
				return false
			}
		}
		if implementsHandler(r.Type()) || in.relevant.carries(r.Type(), 0) {
			return false
		}
	}
	return true
}

// mentions returns the handlers that code speaks of by variables that are held.
func (in *interp) mentions(fr *frame, body ast.Node, held func(types.Object) bool, fits func(value.Value) bool, depth int) []value.Value {
	var found []value.Value
	add := func(v value.Value) {
		for _, alt := range value.Alternatives(v) {
			if alt != nil && fits(alt) && !slices.ContainsFunc(found, func(have value.Value) bool { return same(have, alt) }) {
				found = append(found, alt)
			}
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			root, fields := fieldChain(fr, n)
			if root == nil || !held(root) {
				return true
			}
			if fields {
				add(fr.expr(n))
				return false
			}
			if fn, ok := fr.pkg.Info.Uses[n.Sel].(*types.Func); ok && in.answersNobody(fn) {
				return false
			}
			if depth > 0 { // a method of what is held
				if fn, ok := fr.pkg.Info.Uses[n.Sel].(*types.Func); ok && !types.IsInterface(fn.Signature().Recv().Type()) && in.program.Own(pkgPath(fn)) {
					if f, ok := fr.expr(n).(*value.Func); ok && f.Recv != nil {
						if d := in.program.Decl(fn); d != nil && d.Syntax.Recv != nil && len(d.Syntax.Recv.List[0].Names) > 0 {
							inner := in.receiverFrame(f, d)
							self := d.Package.Info.Defs[d.Syntax.Recv.List[0].Names[0]]
							for _, v := range in.mentions(inner, d.Syntax.Body, func(obj types.Object) bool { return obj == self }, fits, depth-1) {
								add(v)
							}
						}
					}
				}
			}
		case *ast.Ident:
			if obj := fr.pkg.Info.Uses[n]; obj != nil && held(obj) {
				if v, ok := obj.(*types.Var); ok {
					if c := fr.env.Lookup(v); c != nil && c.V != nil {
						add(c.V)
					}
				}
			}
		}
		return true
	})
	return found
}

// fieldChain returns the variable at the root of a selector and whether only
// fields are selected.
func fieldChain(fr *frame, e *ast.SelectorExpr) (root types.Object, fields bool) {
	fields = true
	var at ast.Expr = e
	for {
		switch x := ast.Unparen(at).(type) {
		case *ast.SelectorExpr:
			sel := fr.pkg.Info.Selections[x]
			if sel == nil {
				return nil, false
			}
			if sel.Kind() != types.FieldVal {
				fields = false
				if x != e {
					return nil, false
				}
			}
			at = x.X
		case *ast.StarExpr:
			at = x.X
		case *ast.Ident:
			return fr.pkg.Info.Uses[x], fields
		default:
			return nil, false
		}
	}
}
