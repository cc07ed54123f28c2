package wiring

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// leaf is what is left of a handler when the middleware around it is taken off.
type leaf struct {
	handler    value.Value
	links      []*Link // outermost first
	strip      []*value.Text
	conditions []Condition
}

const maxLayers = 40

// peel takes off the middleware that a handler was wrapped in.
func (in *interp) peel(v value.Value, depth int) []leaf {
	if depth > maxLayers {
		return []leaf{{handler: v}}
	}
	if a, ok := v.(*value.Any); ok {
		var all []leaf
		for _, o := range a.Of {
			if _, none := o.V.(*value.Nil); none && len(a.Of) > 1 {
				continue
			}
			for _, l := range in.peel(o.V, depth+1) {
				if o.Cond.Text != "" {
					l.conditions = append([]Condition{o.Cond}, l.conditions...)
				}
				all = append(all, l)
			}
		}
		return all
	}
	if r := asRouter(v); r != nil {
		return []leaf{{handler: r}}
	}
	whole := v
	switch x := value.Deref(v).(type) {
	case *value.Func:
		return in.under(whole, in.nexts(x), depth)
	case *value.Named, *value.Struct:
		f, on := in.serveHTTP(v)
		if asRouter(on) != nil {
			return []leaf{{handler: asRouter(on)}}
		}
		if f == nil {
			return []leaf{{handler: v}}
		}
		next := in.nexts(f)
		if n, ok := x.(*value.Named); ok {
			if _, isFunc := n.V.(*value.Func); isFunc && !slices.Contains(next, n.V) {
				next = append(next, n.V)
			}
		}
		return in.under(whole, next, depth)
	case *value.Unknown:
		return in.peelUnknown(x, depth)
	}
	return []leaf{{handler: v}}
}

// under puts the middleware v before what is left of the handlers it leads to.
func (in *interp) under(v value.Value, next []value.Value, depth int) []leaf {
	if len(next) == 0 {
		return []leaf{{handler: v}}
	}
	link := &Link{Framework: NetHTTP, Func: v, Next: next, Name: in.nameOf(v), Pos: in.posOf(v), Conditions: in.gaveUp}
	if f, ok := value.Bare(v).(*value.Func); ok {
		if fw, _ := shapeOf(in.signature(f)); fw != "" {
			link.Framework = fw
		}
	}
	if u, ok := value.Bare(v).(*value.Unknown); ok {
		if fw, _ := shapeOf(u.Type); fw != "" {
			link.Framework = fw
		}
	}
	var all []leaf
	for _, n := range next {
		for _, l := range in.peel(n, depth+1) {
			l.links = append([]*Link{link}, l.links...)
			all = append(all, l)
		}
	}
	return all
}

// peelUnknown looks through calls that were not read.
func (in *interp) peelUnknown(u *value.Unknown, depth int) []leaf {
	if u.Callee == nil || len(u.From) == 0 {
		return []leaf{{handler: u}}
	}
	var next []value.Value
	for _, a := range u.From {
		if in.handlerish(a) {
			next = append(next, a)
		}
	}
	switch name := funcName(u.Callee); name {
	case "net/http.StripPrefix":
		var all []leaf
		for _, l := range in.peel(u.From[1], depth+1) {
			l.strip = append([]*value.Text{text(u.From[0])}, l.strip...)
			all = append(all, l)
		}
		return all
	case "net/http.TimeoutHandler", "net/http.MaxBytesHandler", "net/http.AllowQuerySemicolons",
		ginPath + ".WrapH", ginPath + ".WrapF", echoPath + ".WrapHandler":
		if len(next) > 0 {
			return in.peel(next[0], depth+1)
		}
	}
	leaves := in.under(u, next, depth)
	if recv := u.Callee.Signature().Recv(); recv != nil && opaqueRouter(u) && types.Identical(recv.Type(), u.Type) && len(next) > 0 {
		// What returns its receiver is built up in several calls: it may lead to
		// more than this one was given.
		leaves = append(leaves, leaf{handler: u})
	}
	return leaves
}

// handlerish reports whether a value is a handler of a framework.
func (in *interp) handlerish(v value.Value) bool {
	if asRouter(v) != nil {
		return true
	}
	switch x := value.Deref(v).(type) {
	case *value.Func:
		sig := in.signature(x)
		if sig == nil {
			return false
		}
		_, s := shapeOf(sig)
		return s == handlerShape
	case *value.Named, *value.Struct:
		f, on := in.serveHTTP(v)
		return f != nil || asRouter(on) != nil
	case *value.Unknown:
		if x.Type == nil {
			return false
		}
		_, s := shapeOf(x.Type)
		return s == handlerShape || implementsHandler(x.Type)
	case *value.Any:
		return slices.ContainsFunc(x.Of, func(o value.Option) bool { return in.handlerish(o.V) })
	}
	return false
}

// implementsHandler reports whether a type has ServeHTTP.
func implementsHandler(t types.Type) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	fn, ok := obj.(*types.Func)
	if !ok {
		return false
	}
	f, s := shapeOf(types.NewSignatureType(nil, nil, nil, fn.Signature().Params(), nil, false))
	return f == NetHTTP && s == handlerShape
}

// serveHTTP returns the method of a value that is an http.Handler, bound, and
// what it is bound to.
func (in *interp) serveHTTP(v value.Value) (*value.Func, value.Value) {
	t := typeOf(v)
	if t == nil || !implementsHandler(t) {
		return nil, nil
	}
	obj, index, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	m := obj.(*types.Func)
	on := v
	if len(index) > 1 {
		c := in.path(v, t, index[:len(index)-1])
		if c == nil || c.V == nil {
			return nil, nil
		}
		on = in.addressed(c)
		if asRouter(on) != nil {
			return nil, on
		}
	}
	if types.IsInterface(m.Signature().Recv().Type()) {
		return in.serveHTTP(on)
	}
	f := in.function(m)
	f.Recv = on
	return f, on
}

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
		fits := in.handlerish
		if _, s := shapeOf(sig); s != handlerShape {
			// A handler of the program's own shape leads to others of that shape.
			fits = func(v value.Value) bool {
				g, ok := value.Bare(v).(*value.Func)
				return ok && types.Identical(in.signature(g), sig)
			}
		}
		found = in.mentions(fr, f.Lit.Body, func(obj types.Object) bool { return f.Env.Lookup(obj) != nil }, fits, 0)
	case f.Recv != nil && !in.sealed(f.Fn):
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

// ruledIn returns the handlers with a rule, and the guarded forms of such, that
// a function speaks of by name.
func (in *interp) ruledIn(f *value.Func) []value.Value {
	if in.config.Ruled == nil {
		return nil
	}
	fr, body := in.body(f)
	if fr == nil {
		return nil
	}
	var found []value.Value
	add := func(fn *types.Func, e ast.Expr) {
		fn = fn.Origin()
		if fn == f.Fn || !in.config.Ruled(fn) {
			return
		}
		v := value.Value(in.function(fn))
		if sel, ok := e.(*ast.SelectorExpr); ok && fr.pkg.Info.Selections[sel] != nil {
			v = fr.expr(sel)
		}
		if !slices.ContainsFunc(found, func(have value.Value) bool { return same(have, v) }) {
			found = append(found, v)
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if fn, ok := fr.pkg.Info.Uses[n.Sel].(*types.Func); ok {
				add(fn, n)
				return false
			}
		case *ast.Ident:
			if fn, ok := fr.pkg.Info.Uses[n].(*types.Func); ok {
				add(fn, n)
			}
		}
		return true
	})
	return found
}

// runsItself reports whether a middleware speaks of the handler that it stands
// in front of, other than as the next one.
func (in *interp) runsItself(link, handler value.Value) bool {
	f, ok := value.Bare(link).(*value.Func)
	h, isFunc := value.Bare(handler).(*value.Func)
	if !ok || !isFunc || h.Fn != nil && in.sealed(h.Fn) {
		return false
	}
	fr, body := in.body(f)
	if fr == nil {
		return false
	}
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return !found
		}
		switch obj := fr.pkg.Info.Uses[id].(type) {
		case *types.Func:
			found = found || h.Fn != nil && obj.Origin() == h.Fn
		case *types.Var:
			if c := fr.env.Lookup(obj); c != nil {
				g, ok := value.Bare(c.V).(*value.Func)
				found = found || ok && (h.Lit != nil && g.Lit == h.Lit || h.Fn != nil && g.Fn == h.Fn)
			}
		}
		return !found
	})
	return found
}

func (in *interp) leadsToRouter(v value.Value, depth int) bool {
	return slices.ContainsFunc(in.peel(v, depth+1), func(l leaf) bool { return asRouter(l.handler) != nil })
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

// nameOf names a handler or middleware for the manifest.
func (in *interp) nameOf(v value.Value) string {
	switch x := value.Deref(v).(type) {
	case *value.Func:
		if x.Lit != nil {
			if inner := in.adapted(x); inner != nil {
				return inner.Name
			}
		}
		return x.Name
	case *value.Named:
		return in.nameOf(x.V)
	case *value.Unknown:
		if x.Callee != nil {
			return funcName(x.Callee)
		}
		if path, name := typeName(x.Type); name != "" && path != httpPath && path != ginPath && path != echoPath {
			return path + "." + name
		}
		if x.Why != "" {
			return x.Why
		}
	case *Router:
		switch x.Framework {
		case Gin:
			return ginPath + ".(*Engine)"
		case Echo:
			return echoPath + ".(*Echo)"
		}
		return httpPath + ".(*ServeMux)"
	case *value.Struct:
		if f, _ := in.serveHTTP(v); f != nil {
			return f.Name
		}
	case *value.Any:
		for _, o := range x.Of {
			if _, none := o.V.(*value.Nil); !none {
				return in.nameOf(o.V)
			}
		}
	}
	return "unknown"
}

// adapted returns the function of another shape that a literal was made to
// call, when there is exactly one: the handler that an adapter adapts.
func (in *interp) adapted(f *value.Func) *value.Func {
	var found []*value.Func
	ast.Inspect(f.Lit.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		id, ok := ast.Unparen(call.Fun).(*ast.Ident)
		if !ok {
			return true
		}
		if obj, ok := f.Pkg.Info.Uses[id].(*types.Var); ok {
			if c := f.Env.Lookup(obj); c != nil {
				if g, ok := value.Bare(c.V).(*value.Func); ok && g.Fn != nil && !in.handlerish(g) && !slices.ContainsFunc(found, func(h *value.Func) bool { return h.Fn == g.Fn }) {
					found = append(found, g)
				}
			}
		}
		return true
	})
	if len(found) == 1 {
		return found[0]
	}
	return nil
}
