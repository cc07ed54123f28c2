package audit

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// call looks at what a call does with the request.
func (f *forger) call(b *body, call *ast.CallExpr) {
	what, known := b.writes(call)
	if what != "" {
		f.say(call.Pos(), "%s, which the guard behind it reads", what)
	}
	if what := b.handsOn(call); what != "" {
		f.say(call.Pos(), "the guard behind it is given %s, which is not the request of this caller", what)
	}
	if known || what != "" {
		return
	}
	info := b.pkg.Info
	fn, recv, args := b.method(call)
	var shared kind
	makes := isRunnable(info.TypeOf(call)) && slices.ContainsFunc(args, func(e ast.Expr) bool { t := info.TypeOf(e); return t != nil && isRunnable(t) })
	for _, arg := range args {
		if k := b.of(arg); k != 0 {
			shared |= k
			if _, lit := ast.Unparen(arg).(*ast.FuncLit); !lit && isFunc(info.TypeOf(arg)) {
				f.invoke(f.held(b, arg, maxGiven), b, call, nil, b.of(arg))
			}
		}
	}
	var of kind
	if recv != nil {
		of = b.of(recv)
	} else if fn == nil {
		of = b.of(call.Fun)
	}
	if shared|of == 0 && (!makes || b.back) {
		return
	}
	switch {
	case fn == nil:
		f.invoke(f.held(b, call.Fun, maxGiven), b, call, args, of)
	case recv != nil && isAbstract(fn):
		f.abstract(fn, recv, args, b, call, of)
	default:
		var on value.Value
		if recv != nil {
			on = f.held(b, recv, maxGiven).one()
		}
		f.declared(fn, on, b, call, args, of)
	}
}

func isAbstract(fn *types.Func) bool {
	r := fn.Signature().Recv()
	return r != nil && types.IsInterface(r.Type())
}

func isFunc(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

// invoke reads the functions that a call may run. args are nil where code that is
// not read calls them.
func (f *forger) invoke(h *held, b *body, call *ast.CallExpr, args []ast.Expr, of kind) {
	known := h.all
	for _, v := range h.values {
		f.elements(v, maxGiven, func(v value.Value) {
			switch x := value.Bare(v).(type) {
			case nil:
				known = false
			case *value.Func:
				if f.leadsOn(v) {
					return
				}
				switch {
				case x.Fn != nil && x.Expr:
					f.declared(x.Fn, nil, b, call, args[min(1, len(args)):], holds)
				case x.Fn != nil:
					f.declared(x.Fn, x.Recv, b, call, args, of)
				case x.Lit != nil:
					c := f.a.code(x)
					f.read(c, f.entry(c, b, args), call.Pos())
				}
			case *closure:
				f.read(x.code(), f.entry(x.code(), b, args), call.Pos())
			case *made:
				for _, el := range x.lit.Elts {
					if kv, ok := el.(*ast.KeyValueExpr); ok {
						el = kv.Value
					}
					f.invoke(f.held(x.b, el, maxGiven), b, call, args, of)
				}
			case *value.Unknown:
				if f.leadsOn(v) {
					return
				}
				c := f.a.code(&value.Func{Fn: x.Callee})
				switch {
				case x.Callee == nil:
					known = false
				case c != nil:
					f.invoke(f.results(f.a.newBody(c, nil), maxGiven), b, call, args, of)
				default:
					f.maker(x)
				}
			case *value.Struct, *value.Nil, *wiring.Router, *wiring.Group:
				if c := f.a.served(v); c != nil && !f.leadsOn(v) {
					f.read(c, f.entry(c, b, args), call.Pos())
				}
			}
		})
	}
	if !known {
		if what := b.givenAway(call, nil); what != "" {
			f.say(call.Pos(), "%s, which the guard behind it reads", what)
			return
		}
		f.doubt(call.Pos(), "what "+types.ExprString(call.Fun)+" does with the request is not known")
	}
}

// abstract reads the methods that a call of a method of an interface may mean.
func (f *forger) abstract(fn *types.Func, recv ast.Expr, args []ast.Expr, b *body, call *ast.CallExpr, of kind) {
	h := f.held(b, recv, maxGiven)
	known := h.all
	for _, v := range h.values {
		f.elementsOf(v, fn, func(m *types.Func, v value.Value) {
			switch x := value.Bare(v).(type) {
			case *value.Unknown:
				if x.Callee == nil {
					known = false
				} else if !f.leadsOn(v) {
					f.maker(x)
				}
				return
			case nil:
				known = false
				return
			}
			if m != nil && !f.leadsOn(v) {
				f.declared(m, v, b, call, args, of)
			}
		})
	}
	switch {
	case known:
	case fn.Name() == "ServeHTTP":
		f.doubt(call.Pos(), "what "+types.ExprString(call.Fun)+" runs is not known")
	default:
		all := f.a.implementing(fn)
		for _, m := range all {
			f.declared(m, nil, b, call, args, of)
		}
		if own := fn.Pkg() != nil && f.a.program.Own(fn.Pkg().Path()); len(all) == 0 || !own {
			if what := b.givenAway(call, fn); what != "" {
				f.say(call.Pos(), "%s, which the guard behind it reads", what)
			}
		}
	}
}

// elementsOf visits what a value of an interface may be, with its method.
func (f *forger) elementsOf(v value.Value, fn *types.Func, visit func(*types.Func, value.Value)) {
	for _, v := range value.Alternatives(v) {
		var t types.Type
		switch x := value.Deref(v).(type) {
		case *value.Struct:
			t = x.Type
		case *value.Named:
			t = x.Type
			if g, ok := value.Bare(x).(*value.Func); ok && fn.Name() == "ServeHTTP" && !f.a.servesItself(x.Type) {
				if f.leadsOn(v) || f.leadsOn(g) {
					continue
				}
				visit(g.Fn, g)
				if g.Lit != nil {
					f.read(f.a.code(g), nil, token.NoPos)
				}
				continue
			}
		case *value.Func:
			if !f.leadsOn(v) {
				visit(x.Fn, v)
				if x.Lit != nil {
					f.read(f.a.code(x), nil, token.NoPos)
				}
			}
			continue
		case *closure:
			f.read(x.code(), nil, token.NoPos)
			continue
		case *made:
			t = x.b.pkg.Info.TypeOf(x.lit)
		case *value.List, *value.Map:
			f.elements(v, maxGiven, func(v value.Value) { f.elementsOf(v, fn, visit) })
			continue
		}
		var m *types.Func
		if t != nil {
			if _, ok := t.Underlying().(*types.Pointer); !ok {
				t = types.NewPointer(t)
			}
			obj, _, _ := types.LookupFieldOrMethod(t, true, fn.Pkg(), fn.Name())
			m, _ = obj.(*types.Func)
		}
		if x, ok := v.(*made); ok && m == nil { // a list of such
			for _, el := range x.lit.Elts {
				if kv, ok := el.(*ast.KeyValueExpr); ok {
					el = kv.Value
				}
				for _, v := range f.held(x.b, el, maxGiven).values {
					f.elementsOf(v, fn, visit)
				}
			}
			continue
		}
		visit(m, v)
	}
}

// declared reads a function that a call names.
func (f *forger) declared(fn *types.Func, recv value.Value, b *body, call *ast.CallExpr, args []ast.Expr, of kind) {
	fn = fn.Origin()
	if f.a.twins.method(f.a, fn) != nil || f.ruled(fn, call.Pos()) {
		return
	}
	if r, ok := value.Bare(recv).(*wiring.Router); ok && fn.Name() == "ServeHTTP" && !f.leadsOn(recv) && !f.leadsOn(r) {
		f.doubt(call.Pos(), "which route "+types.ExprString(call.Fun)+" runs is not known")
		return
	}
	d := f.a.program.Decl(fn)
	if d == nil || !d.Package.Own || d.Syntax.Body == nil {
		if what := b.givenAway(call, fn); what != "" {
			f.say(call.Pos(), "%s, which the guard behind it reads", what)
		}
		return
	}
	c := &code{pkg: d.Package, typ: d.Syntax.Type, body: d.Syntax.Body, recv: recv, self: self(d)}
	e := f.entry(c, b, args)
	if c.self != nil && of != 0 {
		e.live[c.self] = of
	}
	at := token.NoPos
	if len(e.bound) > 0 || len(e.live) > 0 || recv != nil {
		at = call.Pos()
	}
	f.read(c, e, at)
}

// entry is what the parameters of a function are given by a call.
func (f *forger) entry(c *code, b *body, args []ast.Expr) *entry {
	e := &entry{kept: f.kept, byType: args == nil, sent: map[types.Object]bool{}, live: map[types.Object]kind{}, bound: map[types.Object]*held{}}
	i := 0
	for _, p := range c.typ.Params.List {
		_, variadic := p.Type.(*ast.Ellipsis)
		for _, name := range p.Names {
			obj := c.pkg.Info.Defs[name]
			given := args[min(i, len(args)):min(i+1, len(args))]
			if variadic {
				given = args[min(i, len(args)):]
			}
			i++
			if obj == nil {
				continue
			}
			sent := len(given) > 0
			for _, arg := range given {
				sent = sent && b.sent(arg, 0)
				if k := b.of(arg); k != 0 {
					e.live[obj] |= k
				}
				if t := b.pkg.Info.TypeOf(arg); t != nil && shares(t) && ofType(t) == 0 {
					h := f.held(b, arg, maxGiven)
					if e.bound[obj] == nil {
						e.bound[obj] = &held{all: true}
					}
					e.bound[obj].add(h)
				}
			}
			if sent {
				e.sent[obj] = true
			}
		}
	}
	return e
}

// implementing are the methods of the module that a method of an interface may be.
func (a *audit) implementing(fn *types.Func) (all []*types.Func) {
	iface, ok := fn.Signature().Recv().Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	if a.methods == nil {
		a.methods = map[string][]*types.Func{}
		for _, part := range a.program.Parts() {
			if d, ok := part.Decl.(*ast.FuncDecl); ok && d.Recv != nil {
				if m, ok := part.Package.Info.Defs[d.Name].(*types.Func); ok {
					a.methods[d.Name.Name] = append(a.methods[d.Name.Name], m)
				}
			}
		}
	}
	for _, m := range a.methods[fn.Name()] {
		t := m.Signature().Recv().Type()
		n, ok := types.Unalias(deref(t)).(*types.Named)
		if ok && (n.TypeParams().Len() > 0 || types.Implements(types.NewPointer(n), iface)) {
			all = append(all, m)
		}
	}
	return all
}

func deref(t types.Type) types.Type {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}
