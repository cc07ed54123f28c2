package audit

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// held is what an expression may be: a function, or what holds functions.
type held struct {
	values []value.Value
	all    bool // it is nothing else
}

func (h *held) add(o *held) {
	h.values = append(h.values, o.values...)
	h.all = h.all && o.all
}

// one is the value if it is known and the only one, nil else.
func (h *held) one() value.Value {
	if h.all && len(h.values) == 1 {
		return h.values[0]
	}
	return nil
}

// closure is a function literal in code that is read, made a composite literal.
type (
	closure struct {
		value.Base
		b   *body
		lit *ast.FuncLit
	}
	made struct {
		value.Base
		b   *body
		lit *ast.CompositeLit
	}
)

func (c *closure) code() *code {
	return &code{pkg: c.b.pkg, typ: c.lit.Type, body: c.lit.Body, env: c.b.env, outer: c.b}
}

var unknown = &held{}

// held is what an expression may hold that a function is called by, as far as
// the code and what the program was put together of tell.
func (f *forger) held(b *body, e ast.Expr, deep int) *held {
	if deep == 0 {
		return unknown
	}
	info := b.pkg.Info
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		switch obj := info.ObjectOf(e).(type) {
		case *types.Nil:
			return &held{all: true}
		case *types.Func:
			return &held{[]value.Value{&value.Func{Fn: obj.Origin()}}, true}
		case *types.Var:
			return f.variable(b, obj, deep)
		}
	case *ast.SelectorExpr:
		return f.selected(b, e, deep)
	case *ast.IndexExpr:
		return f.held(b, e.X, deep)
	case *ast.FuncLit:
		return &held{[]value.Value{&closure{b: b, lit: e}}, true}
	case *ast.CompositeLit:
		return &held{[]value.Value{&made{b: b, lit: e}}, true}
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return f.held(b, e.X, deep)
		}
	case *ast.StarExpr:
		return f.held(b, e.X, deep)
	case *ast.TypeAssertExpr:
		return f.held(b, e.X, deep)
	case *ast.SliceExpr:
		return f.held(b, e.X, deep)
	case *ast.CallExpr:
		return f.returned(b, e, deep)
	}
	return unknown
}

func (f *forger) variable(b *body, v *types.Var, deep int) *held {
	if h := b.bound[v]; h != nil {
		return h
	}
	if c := b.env.Lookup(v); c != nil {
		return &held{value.Alternatives(c.V), true}
	}
	switch {
	case v == b.self:
		if b.recv != nil {
			return &held{[]value.Value{b.recv}, true}
		}
	case b.within(v):
		given := b.given[v]
		if len(given) == 0 {
			// A parameter of a link is what comes next, another variable is nothing.
			if !b.isParam(v) || b.isNext(v) {
				return &held{all: true}
			}
			return unknown
		}
		h := &held{all: true}
		if f.busy[v] { // what it was, which is told already
			return h
		}
		f.busy[v] = true
		defer delete(f.busy, v)
		for _, e := range given {
			if e == nil {
				h.add(unknown)
			} else {
				h.add(f.held(b, e, deep-1))
			}
		}
		if b.isParam(v) && !b.isNext(v) {
			h.all = false
		}
		return h
	case b.outer != nil:
		return f.variable(b.outer, v, deep)
	case v.Pkg() != nil && v.Parent() == v.Pkg().Scope():
		return f.global(v, deep)
	}
	return unknown
}

// isParam reports whether a variable is a parameter of the function, or of a
// literal in it.
func (b *body) isParam(v *types.Var) bool {
	found := false
	b.literals(func(t *ast.FuncType) { found = found || declares(b, t, v) })
	return found
}

// isNext reports whether a parameter is what a link is given to run next.
func (b *body) isNext(v *types.Var) bool {
	if !isRunnable(v.Type()) {
		return false
	}
	found := false
	b.literals(func(t *ast.FuncType) {
		if declares(b, t, v) && t.Results != nil && len(t.Results.List) == 1 {
			found = found || isRunnable(b.pkg.Info.TypeOf(t.Results.List[0].Type))
		}
	})
	return found
}

func (b *body) literals(visit func(*ast.FuncType)) {
	visit(b.typ)
	ast.Inspect(b.code.body, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok {
			visit(lit.Type)
		}
		return true
	})
}

func declares(b *body, t *ast.FuncType, v *types.Var) bool {
	for _, p := range t.Params.List {
		for _, name := range p.Names {
			if b.pkg.Info.Defs[name] == v {
				return true
			}
		}
	}
	return false
}

// global is what a variable of a package is given anywhere.
func (f *forger) global(v *types.Var, deep int) *held {
	if !f.a.program.Own(v.Pkg().Path()) {
		return unknown
	}
	h := &held{all: true}
	for _, part := range f.a.program.Mentioning(v.Pkg().Path(), v.Name()) {
		f.a.program.Check(part)
		info := part.Package.Info
		c := &code{pkg: part.Package, typ: &ast.FuncType{Params: &ast.FieldList{}}, body: &ast.BlockStmt{}}
		if d, ok := part.Decl.(*ast.FuncDecl); ok && d.Body != nil {
			c.typ, c.body = d.Type, d.Body
		}
		var b *body
		give := func(e ast.Expr) {
			if b == nil {
				b = f.a.newBody(c, &entry{})
			}
			h.add(f.held(b, e, deep-1))
		}
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, name := range n.Names {
					switch {
					case info.Defs[name] != v:
					case len(n.Values) == len(n.Names):
						give(n.Values[i])
					case len(n.Values) > 0:
						h.all = false
					}
				}
			case *ast.AssignStmt:
				for i, l := range n.Lhs {
					if x, ok := ast.Unparen(l).(*ast.IndexExpr); ok {
						l = x.X
					}
					if c.object(l) != v && !(selected(l) != nil && info.Uses[selected(l)] == v) {
						continue
					}
					if len(n.Lhs) == len(n.Rhs) {
						give(n.Rhs[i])
					} else {
						h.all = false
					}
				}
			case *ast.UnaryExpr:
				if n.Op == token.AND && c.object(n.X) == v {
					h.all = false
				}
			}
			return true
		})
	}
	return h
}

func selected(e ast.Expr) *ast.Ident {
	if sel, ok := ast.Unparen(e).(*ast.SelectorExpr); ok {
		return sel.Sel
	}
	return nil
}

// selected is what a field holds, or a function of a package or a method.
func (f *forger) selected(b *body, e *ast.SelectorExpr, deep int) *held {
	switch obj := b.pkg.Info.Uses[e.Sel].(type) {
	case *types.Func:
		fn := &value.Func{Fn: obj.Origin()}
		if s := b.pkg.Info.Selections[e]; s != nil {
			fn.Expr = s.Kind() == types.MethodExpr
			if !fn.Expr {
				fn.Recv = f.held(b, e.X, deep-1).one()
			}
		}
		return &held{[]value.Value{fn}, true}
	case *types.Var:
		s := b.pkg.Info.Selections[e]
		if s == nil {
			return f.variable(b, obj, deep)
		}
		h := f.held(b, e.X, deep-1)
		t := s.Recv()
		for _, i := range s.Index() {
			st, ok := deref(t).Underlying().(*types.Struct)
			if !ok {
				return unknown
			}
			h = f.field(h, st.Field(i), i, deep)
			t = st.Field(i).Type()
		}
		return h
	}
	return unknown
}

// field is what a field of values holds.
func (f *forger) field(of *held, field *types.Var, i, deep int) *held {
	h := &held{all: of.all}
	for _, v := range of.values {
		switch x := value.Bare(v).(type) {
		case *value.Struct:
			switch c := x.Fields[field.Name()]; {
			case c != nil:
				h.values = append(h.values, value.Alternatives(c.V)...)
			case x.Open:
				h.all = false
			}
		case *made:
			for j, el := range x.lit.Elts {
				kv, keyed := el.(*ast.KeyValueExpr)
				switch {
				case !keyed && i == j:
					h.add(f.held(x.b, el, deep-1))
				case keyed:
					if id, ok := kv.Key.(*ast.Ident); ok && id.Name == field.Name() {
						h.add(f.held(x.b, kv.Value, deep-1))
					}
				}
			}
		default:
			h.all = false
		}
	}
	return h
}

// returned is what a call yields: of a function of the module what it returns, of
// another one a handler that it makes of those that it is given.
func (f *forger) returned(b *body, call *ast.CallExpr, deep int) *held {
	info := b.pkg.Info
	if tv := info.Types[call.Fun]; tv.IsType() && len(call.Args) == 1 {
		return f.held(b, call.Args[0], deep)
	} else if tv.IsBuiltin() {
		h := &held{all: true}
		for _, arg := range call.Args {
			if tv := info.Types[arg]; !tv.IsType() {
				h.add(f.held(b, arg, deep-1))
			}
		}
		return h
	}
	if fn, _, args := b.method(call); fn != nil {
		return f.returns(b, fn, args, deep)
	}
	made := f.held(b, call.Fun, deep-1)
	h := &held{all: made.all}
	for _, v := range made.values {
		f.elements(v, maxGiven, func(v value.Value) {
			switch x := value.Bare(v).(type) {
			case *value.Func:
				if x.Fn != nil {
					h.add(f.returns(b, x.Fn, call.Args, deep))
					return
				}
				c := f.a.code(x)
				h.add(f.results(f.a.newBody(c, f.entry(c, b, call.Args)), deep))
			case *closure:
				c := x.code()
				h.add(f.results(f.a.newBody(c, f.entry(c, b, call.Args)), deep))
			case *value.Unknown:
				h.all = h.all && x.Callee != nil
			case *value.Nil:
			default:
				h.all = false
			}
		})
	}
	return h
}

func (f *forger) returns(b *body, fn *types.Func, args []ast.Expr, deep int) *held {
	if t := f.a.twins.method(f.a, fn.Origin()); t != nil {
		return &held{all: true} // a guard
	}
	if d := f.a.program.Decl(fn.Origin()); d != nil && d.Package.Own && d.Syntax.Body != nil {
		c := &code{pkg: d.Package, typ: d.Syntax.Type, body: d.Syntax.Body, self: self(d)}
		return f.results(f.a.newBody(c, f.entry(c, b, args)), deep)
	}
	if r := fn.Signature().Recv(); r != nil && isNamed(r.Type(), "net/http", "ServeMux") {
		return unknown // one of its routes
	}
	if isAbstract(fn) || fn.Signature().Results().Len() == 0 {
		return unknown
	}
	if canBeAny(fn.Origin().Signature().Results().At(0).Type()) {
		return unknown // what was put there
	}
	if t := fn.Signature().Results().At(0).Type(); !isRunnable(t) && !isFunc(t) && !types.IsInterface(t) && !isHandler(t) {
		return &held{all: true}
	}
	h := &held{all: true}
	for _, arg := range args {
		if t := b.pkg.Info.TypeOf(arg); t != nil && (isRunnable(t) || isHandler(t)) {
			h.add(f.held(b, arg, deep-1))
		}
	}
	return h
}

// canBeAny reports whether a result is of a type that code outside chooses.
func canBeAny(t types.Type) bool {
	t = deref(t)
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return true
	}
	u, ok := t.Underlying().(*types.Interface)
	return ok && u.Empty()
}

func isHandler(t types.Type) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	return obj != nil
}

// results is what a function returns first.
func (f *forger) results(b *body, deep int) *held {
	h := &held{all: true}
	ast.Inspect(b.code.body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(n.Results) == 0 {
				h.all = false
			} else {
				h.add(f.held(b, n.Results[0], deep-1))
			}
		}
		return true
	})
	return h
}
