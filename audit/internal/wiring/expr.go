package wiring

import (
	"go/ast"
	"go/constant"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

func (fr *frame) typeOf(e ast.Expr) types.Type {
	t := fr.pkg.Info.TypeOf(e)
	if t == nil || t == types.Typ[types.Invalid] {
		return nil
	}
	return fr.concrete(t)
}

// lost returns the unknown value of an expression.
func (fr *frame) lost(e ast.Expr) value.Value {
	t := fr.typeOf(e)
	if tuple, ok := t.(*types.Tuple); ok {
		out := &value.Tuple{}
		for v := range tuple.Variables() {
			out.Elems = append(out.Elems, &value.Unknown{Type: v.Type(), Why: symbolName(e), Pos: e.Pos()})
		}
		return out
	}
	return &value.Unknown{Type: t, Why: symbolName(e), Pos: e.Pos()}
}

// exprs evaluates an expression with n values.
func (fr *frame) exprs(e ast.Expr, n int) []value.Value {
	var vals []value.Value
	e = ast.Unparen(e)
	switch v := fr.expr(e).(type) {
	case *value.Tuple:
		vals = append(vals, v.Elems...)
	case *value.Any:
		if n > 1 {
			return fr.spread(v, n)
		}
		vals = append(vals, v)
	default:
		vals = append(vals, v)
		switch e.(type) {
		case *ast.IndexExpr, *ast.TypeAssertExpr:
			vals = append(vals, fr.found(e, v))
		}
	}
	for len(vals) < n {
		vals = append(vals, &value.Unknown{Why: symbolName(e), Pos: e.Pos()})
	}
	return vals[:n]
}

// found is the second value of a map index or a type assertion.
func (fr *frame) found(e ast.Expr, v value.Value) value.Value {
	ok := func(b bool) value.Value { return &value.Const{Type: types.Typ[types.Bool], Val: constant.MakeBool(b)} }
	switch e := e.(type) {
	case *ast.TypeAssertExpr:
		x := fr.expr(e.X)
		want := fr.typeOf(e.Type)
		if f, _ := routerType(want); f != "" && RouterOf(x) != nil {
			return ok(RouterOf(x).Framework == f)
		}
		t := typeOf(x)
		if t == nil || want == nil {
			break
		}
		if i, isInterface := want.Underlying().(*types.Interface); isInterface {
			return ok(types.Implements(t, i))
		}
		return ok(types.Identical(t, want))
	case *ast.IndexExpr:
		m, isMap := value.Bare(fr.expr(e.X)).(*value.Map)
		if !isMap || m.Open {
			break
		}
		key := fr.expr(e.Index)
		if _, known := value.Bare(key).(*value.Const); !known {
			break
		}
		for _, entry := range m.Entries {
			if is, sure := isGone(entry.Elem); !is && same(entry.Key, key) {
				if !sure {
					return unknown(types.Typ[types.Bool], words(e))
				}
				return ok(true)
			}
		}
		return ok(false)
	}
	return unknown(types.Typ[types.Bool], words(e))
}

// spread turns one of several tuples into several values.
func (fr *frame) spread(a *value.Any, n int) []value.Value {
	vals := make([]value.Value, n)
	for i := range n {
		var options []value.Option
		for _, o := range a.Of {
			if t, ok := o.V.(*value.Tuple); ok && i < len(t.Elems) {
				options = append(options, value.Option{V: t.Elems[i], Cond: o.Cond})
			}
		}
		vals[i] = oneOf(options)
	}
	return vals
}

// expr evaluates an expression. It returns a Tuple for calls with several
// results.
func (fr *frame) expr(e ast.Expr) value.Value {
	in := fr.in
	if in.steps++; in.steps > in.limit {
		in.exhausted(e.Pos())
		return fr.lost(e)
	}
	if tv, ok := fr.pkg.Info.Types[e]; ok {
		if tv.Value != nil {
			return &value.Const{Type: tv.Type, Val: tv.Value}
		}
		if tv.IsNil() {
			return &value.Nil{}
		}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return fr.expr(e.X)
	case *ast.Ident:
		return fr.ident(e)
	case *ast.SelectorExpr:
		return fr.selector(e)
	case *ast.CallExpr:
		return fr.call(e)
	case *ast.FuncLit:
		return fr.literal(e)
	case *ast.CompositeLit:
		return fr.composite(e, fr.typeOf(e))
	case *ast.UnaryExpr:
		return fr.unary(e)
	case *ast.StarExpr:
		v := fr.expr(e.X)
		if r, ok := v.(*value.Ref); ok && r.To != nil {
			return r.To.V
		}
		if RouterOf(v) != nil {
			if g, ok := v.(*Group); ok {
				return g.copy()
			}
			return v
		}
		if a, ok := v.(*value.Any); ok {
			var options []value.Option
			for _, o := range a.Of {
				options = append(options, value.Option{V: value.Deref(o.V), Cond: o.Cond})
			}
			return oneOf(options)
		}
		return fr.lost(e)
	case *ast.BinaryExpr:
		return fr.binary(e)
	case *ast.IndexExpr:
		if fn := fr.funcObject(e.X); fn != nil {
			return fr.expr(e.X) // instantiation
		}
		return fr.index(e)
	case *ast.IndexListExpr:
		return fr.expr(e.X)
	case *ast.SliceExpr:
		return fr.slice(e)
	case *ast.TypeAssertExpr:
		v := fr.expr(e.X)
		if u, ok := v.(*value.Unknown); ok && e.Type != nil {
			c := *u
			c.Type = fr.typeOf(e.Type)
			if in.assertions[assertion{u, types.TypeString(c.Type, nil)}] == nil {
				in.assertions[assertion{u, types.TypeString(c.Type, nil)}] = &c
			}
			return in.assertions[assertion{u, types.TypeString(c.Type, nil)}]
		}
		return v
	}
	return fr.lost(e)
}

func (fr *frame) ident(e *ast.Ident) value.Value {
	obj := fr.pkg.Info.ObjectOf(e)
	switch obj := obj.(type) {
	case *types.Var:
		if c := fr.variable(obj); c != nil && c.V != nil {
			return c.V
		}
	case *types.Func:
		f := fr.in.function(obj)
		f.Types = fr.instance(e)
		return f
	case *types.Nil:
		return &value.Nil{}
	}
	return fr.lost(e)
}

// variable returns the storage of a variable.
func (fr *frame) variable(obj *types.Var) *value.Cell {
	if c := fr.env.Lookup(obj); c != nil {
		return c
	}
	if obj.Pkg() != nil && !obj.IsField() && obj.Parent() == obj.Pkg().Scope() {
		return fr.in.global(obj)
	}
	return nil
}

// function is the value of a declared function.
func (in *interp) function(fn *types.Func) *value.Func {
	fn = fn.Origin()
	return &value.Func{Fn: fn, Name: funcName(fn)}
}

// funcObject returns the function that an expression names without computing
// anything.
func (fr *frame) funcObject(e ast.Expr) *types.Func {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		fn, _ := fr.pkg.Info.Uses[e].(*types.Func)
		return fn
	case *ast.SelectorExpr:
		if fr.pkg.Info.Selections[e] == nil {
			fn, _ := fr.pkg.Info.Uses[e.Sel].(*types.Func)
			return fn
		}
	case *ast.IndexExpr:
		return fr.funcObject(e.X)
	case *ast.IndexListExpr:
		return fr.funcObject(e.X)
	}
	return nil
}

func (fr *frame) selector(e *ast.SelectorExpr) value.Value {
	sel := fr.pkg.Info.Selections[e]
	if sel == nil { // of a package
		switch obj := fr.pkg.Info.Uses[e.Sel].(type) {
		case *types.Func:
			f := fr.in.function(obj)
			f.Types = fr.instance(e.Sel)
			return f
		case *types.Var:
			if c := fr.variable(obj); c != nil && c.V != nil {
				return c.V
			}
		}
		return fr.lost(e)
	}
	switch sel.Kind() {
	case types.FieldVal:
		return fr.throughFields(fr.expr(e.X), e, func(v value.Value) value.Value {
			if c := fr.in.path(v, sel.Recv(), sel.Index()); c != nil && c.V != nil {
				if g, ok := c.V.(*Group); ok && !isPointer(sel.Type()) {
					return g.copy()
				}
				return c.V
			}
			return fr.lost(e)
		})
	case types.MethodVal:
		fn := sel.Obj().(*types.Func)
		return fr.throughReceiver(fr.operand(e.X), fn, e, func(v value.Value) value.Value {
			return fr.in.bind(v, fn, sel)
		})
	case types.MethodExpr:
		f := fr.in.function(sel.Obj().(*types.Func))
		f.Expr = true
		f.On, f.Through = fr.concrete(sel.Recv()), sel.Index()[:len(sel.Index())-1]
		return f
	}
	return fr.lost(e)
}

// throughEmbedded is what a promoted method runs on: a field that is embedded.
func (in *interp) throughEmbedded(v value.Value, t types.Type, through []int, fn *types.Func) value.Value {
	if len(through) == 0 {
		return v
	}
	if c := in.path(v, t, through); c != nil && c.V != nil {
		return in.addressed(c)
	}
	for _, i := range through {
		if s := structOf(t); s != nil && i < s.NumFields() {
			t = s.Field(i).Type()
		}
	}
	return unknown(t, fn.Name())
}

// throughFields applies f to each of what v may be. A nil ends the program there.
func (fr *frame) throughFields(v value.Value, e ast.Expr, f func(value.Value) value.Value) value.Value {
	return fr.throughReceiver(v, nil, e, f)
}

// throughReceiver does the same for what a method is called on, which may be nil
// where the method looks whether it is.
func (fr *frame) throughReceiver(v value.Value, fn *types.Func, e ast.Expr, f func(value.Value) value.Value) value.Value {
	a, ok := v.(*value.Any)
	if !ok {
		return f(v)
	}
	var options []value.Option
	for _, o := range a.Of {
		if none, is := o.V.(*value.Nil); is && len(a.Of) > 1 && !fr.in.takesNil(none, fn) {
			continue
		}
		options = append(options, value.Option{V: f(o.V), Cond: o.Cond})
	}
	if len(options) == 0 {
		return fr.lost(e)
	}
	return oneOf(options)
}

// bind makes a method value.
func (in *interp) bind(v value.Value, fn *types.Func, sel *types.Selection) value.Value {
	index := sel.Index()
	v = in.throughEmbedded(v, sel.Recv(), index[:len(index)-1], fn)
	if types.IsInterface(fn.Signature().Recv().Type()) {
		if t := dynamicType(v); t != nil && RouterOf(v) == nil {
			if m, on := in.resolve(v, t, fn); m != nil {
				fn, v = m, on
			}
		}
	}
	f := in.function(fn)
	f.Recv = v
	return f
}
