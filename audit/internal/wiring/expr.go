package wiring

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"

	"github.com/authgen/authgen/audit/internal/value"
)

func (fr *frame) typeOf(e ast.Expr) types.Type {
	t := fr.pkg.Info.TypeOf(e)
	if t == nil || t == types.Typ[types.Invalid] {
		return nil
	}
	return t
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
		return fr.spread(v, n)
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
		if f, _ := routerType(want); f != "" && asRouter(x) != nil {
			return ok(asRouter(x).Framework == f)
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
			if same(entry.Key, key) {
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
		if asRouter(v) != nil {
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
		return fr.in.function(obj)
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
			return fr.in.function(obj)
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
		return fr.throughFields(fr.operand(e.X), e, func(v value.Value) value.Value {
			return fr.in.bind(v, fn, sel)
		})
	case types.MethodExpr:
		f := fr.in.function(sel.Obj().(*types.Func))
		f.Expr = true
		return f
	}
	return fr.lost(e)
}

// throughFields applies f to each of what v may be.
func (fr *frame) throughFields(v value.Value, e ast.Expr, f func(value.Value) value.Value) value.Value {
	a, ok := v.(*value.Any)
	if !ok {
		return f(v)
	}
	var options []value.Option
	for _, o := range a.Of {
		if _, none := o.V.(*value.Nil); none && len(a.Of) > 1 {
			continue
		}
		options = append(options, value.Option{V: f(o.V), Cond: o.Cond})
	}
	if len(options) == 0 {
		return fr.lost(e)
	}
	return oneOf(options)
}

// operand is what a method is called on: a pointer to a variable where there
// is one, so that the method can write it.
func (fr *frame) operand(e ast.Expr) value.Value {
	e = ast.Unparen(e)
	switch e.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.StarExpr:
		if c := fr.cell(e); c != nil {
			switch c.V.(type) {
			case *value.Struct, *value.Named, *value.Map, *value.List:
				return &value.Ref{To: c}
			case nil:
			default:
				return c.V
			}
		}
	}
	return fr.expr(e)
}

// path follows the fields of a selection to the variable at its end.
func (in *interp) path(v value.Value, t types.Type, index []int) *value.Cell {
	var c *value.Cell
	for _, i := range index {
		st := structOf(t)
		if st == nil || i >= st.NumFields() {
			return nil
		}
		f := st.Field(i)
		c = in.field(v, f)
		if c == nil {
			return nil
		}
		v, t = c.V, f.Type()
	}
	return c
}

func structOf(t types.Type) *types.Struct {
	if t == nil {
		return nil
	}
	t = types.Unalias(t)
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, _ := t.Underlying().(*types.Struct)
	return st
}

// bind makes a method value.
func (in *interp) bind(v value.Value, fn *types.Func, sel *types.Selection) value.Value {
	index := sel.Index()
	if len(index) > 1 {
		if c := in.path(v, sel.Recv(), index[:len(index)-1]); c != nil && c.V != nil {
			v = in.addressed(c)
		} else {
			st := sel.Recv()
			for _, i := range index[:len(index)-1] {
				if s := structOf(st); s != nil && i < s.NumFields() {
					st = s.Field(i).Type()
				}
			}
			v = unknown(st, fn.Name())
		}
	}
	if types.IsInterface(fn.Signature().Recv().Type()) {
		if t := typeOf(v); t != nil && asRouter(v) == nil {
			if m, on := in.resolve(v, t, fn); m != nil {
				fn, v = m, on
			}
		}
	}
	f := in.function(fn)
	f.Recv = v
	return f
}

// addressed is the value of a variable as a method sees it.
func (in *interp) addressed(c *value.Cell) value.Value {
	switch c.V.(type) {
	case *value.Struct, *value.Named, *value.Map, *value.List:
		return &value.Ref{To: c}
	}
	return c.V
}

// cell returns the variable that an expression denotes, nil when there is none.
func (fr *frame) cell(e ast.Expr) *value.Cell {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if obj, ok := fr.pkg.Info.ObjectOf(e).(*types.Var); ok {
			return fr.variable(obj)
		}
	case *ast.SelectorExpr:
		sel := fr.pkg.Info.Selections[e]
		if sel == nil {
			if obj, ok := fr.pkg.Info.Uses[e.Sel].(*types.Var); ok {
				return fr.variable(obj)
			}
			return nil
		}
		if sel.Kind() != types.FieldVal {
			return nil
		}
		v := fr.operand(e.X)
		if a, ok := v.(*value.Any); ok {
			for _, o := range a.Of {
				if _, none := o.V.(*value.Nil); !none {
					v = o.V
					break
				}
			}
		}
		return fr.in.path(v, sel.Recv(), sel.Index())
	case *ast.StarExpr:
		if r, ok := fr.expr(e.X).(*value.Ref); ok {
			return r.To
		}
	case *ast.IndexExpr:
		x := value.Bare(fr.expr(e.X))
		switch x := x.(type) {
		case *value.List:
			if i, ok := exactInt(fr.expr(e.Index)); ok && i >= 0 && i < len(x.Elems) {
				return x.Elems[i]
			}
		case *value.Map:
			key := fr.expr(e.Index)
			for _, entry := range x.Entries {
				if same(entry.Key, key) {
					return entry.Elem
				}
			}
		}
	case *ast.CompositeLit:
		return &value.Cell{V: fr.expr(e), Pos: e.Pos()}
	}
	return nil
}

func (fr *frame) index(e *ast.IndexExpr) value.Value {
	if c := fr.cell(e); c != nil && c.V != nil {
		return c.V
	}
	return fr.throughFields(fr.expr(e.X), e, func(x value.Value) value.Value {
		var options []value.Option
		switch x := value.Bare(x).(type) {
		case *value.Map:
			key := fr.expr(e.Index)
			if _, known := value.Bare(key).(*value.Const); known && !x.Open {
				for _, entry := range x.Entries {
					if same(entry.Key, key) {
						return entry.Elem.V
					}
				}
				return fr.in.zero(fr.typeOf(e))
			}
			for _, entry := range x.Entries {
				options = append(options, value.Option{V: entry.Elem.V})
			}
		case *value.List:
			if i, ok := exactInt(fr.expr(e.Index)); ok && i >= 0 && i < len(x.Elems) {
				return x.Elems[i].V
			}
			for _, elem := range x.Elems {
				options = append(options, value.Option{V: elem.V})
			}
		}
		if v := oneOf(options); v != nil {
			return v
		}
		return fr.lost(e)
	})
}

func (fr *frame) slice(e *ast.SliceExpr) value.Value {
	x := value.Bare(fr.expr(e.X))
	l, ok := x.(*value.List)
	if !ok {
		if s, ok := exactString(x); ok {
			from, to := 0, len(s)
			if e.Low != nil {
				if from, ok = exactInt(fr.expr(e.Low)); !ok {
					return fr.lost(e)
				}
			}
			if e.High != nil {
				if to, ok = exactInt(fr.expr(e.High)); !ok {
					return fr.lost(e)
				}
			}
			if 0 <= from && from <= to && to <= len(s) {
				return &value.Const{Type: fr.typeOf(e), Val: constant.MakeString(s[from:to])}
			}
		}
		return fr.lost(e)
	}
	from, to := 0, len(l.Elems)
	sure := true
	if e.Low != nil {
		from, sure = exactInt(fr.expr(e.Low))
	}
	if e.High != nil && sure {
		to, sure = exactInt(fr.expr(e.High))
	}
	if !sure || from < 0 || from > to || to > len(l.Elems) {
		return &value.List{Type: fr.typeOf(e), Elems: l.Elems, Open: true}
	}
	return sliceOf(l, fr.typeOf(e), from, to, e.Slice3)
}

func (fr *frame) unary(e *ast.UnaryExpr) value.Value {
	switch e.Op {
	case token.AND:
		if lit, ok := ast.Unparen(e.X).(*ast.CompositeLit); ok {
			v := fr.expr(lit)
			if asRouter(v) != nil {
				return v
			}
			return &value.Ref{To: &value.Cell{V: v, Pos: lit.Pos()}}
		}
		if c := fr.cell(e.X); c != nil {
			if asRouter(c.V) != nil {
				return c.V
			}
			return &value.Ref{To: c}
		}
	case token.NOT:
		if b, ok := exactBool(fr.expr(e.X)); ok {
			return &value.Const{Type: fr.typeOf(e), Val: constant.MakeBool(!b)}
		}
	case token.ARROW:
		fr.expr(e.X)
	}
	return fr.lost(e)
}

func (fr *frame) binary(e *ast.BinaryExpr) value.Value {
	switch e.Op {
	case token.LAND, token.LOR:
		x, ok := exactBool(fr.expr(e.X))
		if ok && x == (e.Op == token.LOR) {
			return &value.Const{Type: fr.typeOf(e), Val: constant.MakeBool(x)}
		}
		y, yok := exactBool(fr.expr(e.Y))
		if yok && (ok || y == (e.Op == token.LOR)) {
			return &value.Const{Type: fr.typeOf(e), Val: constant.MakeBool(y)}
		}
		return fr.lost(e)
	}
	x, y := fr.expr(e.X), fr.expr(e.Y)
	switch e.Op {
	case token.ADD:
		if isString(fr.typeOf(e)) {
			return fr.concat(x, y, fr.typeOf(e))
		}
	case token.EQL, token.NEQ:
		if equal, sure := equals(x, y); sure {
			return &value.Const{Type: fr.typeOf(e), Val: constant.MakeBool(equal == (e.Op == token.EQL))}
		}
		return fr.lost(e)
	}
	return fr.arithmetic(e.Op, x, y, e)
}

// equals compares two values, as far as that is sure.
func equals(x, y value.Value) (equal, sure bool) {
	_, xNil := x.(*value.Nil)
	_, yNil := y.(*value.Nil)
	if xNil && yNil {
		return true, true
	}
	if xNil || yNil {
		other := x
		if xNil {
			other = y
		}
		switch other := other.(type) {
		case *value.Ref, *value.Func, *Router, *Group, *value.Struct, *value.Map:
			return false, true
		case *value.List:
			return false, len(other.Elems) > 0
		}
		return false, false
	}
	a, aok := value.Bare(x).(*value.Const)
	b, bok := value.Bare(y).(*value.Const)
	if aok && bok && a.Val.Kind() == b.Val.Kind() {
		return constant.Compare(a.Val, token.EQL, b.Val), true
	}
	return false, false
}

// concat adds strings, each combination of what they may be.
func (fr *frame) concat(x, y value.Value, t types.Type) value.Value {
	var options []value.Option
	for _, a := range optionsOf(x) {
		for _, b := range optionsOf(y) {
			options = append(options, value.Option{V: stringValue(joined(text(a.V), text(b.V)), t), Cond: both(a.Cond, b.Cond)})
		}
	}
	return oneOf(options)
}

func optionsOf(v value.Value) []value.Option {
	if a, ok := v.(*value.Any); ok {
		return a.Of
	}
	return []value.Option{{V: v}}
}

func (fr *frame) arithmetic(op token.Token, x, y value.Value, e ast.Expr) value.Value {
	a, aok := value.Bare(x).(*value.Const)
	b, bok := value.Bare(y).(*value.Const)
	if !aok || !bok || a.Val.Kind() != b.Val.Kind() || a.Val.Kind() != constant.Int && a.Val.Kind() != constant.String {
		return fr.lost(e)
	}
	t := fr.typeOf(e)
	switch op {
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		return &value.Const{Type: t, Val: constant.MakeBool(constant.Compare(a.Val, op, b.Val))}
	case token.ADD_ASSIGN, token.ADD:
		return &value.Const{Type: t, Val: constant.BinaryOp(a.Val, token.ADD, b.Val)}
	case token.SUB_ASSIGN, token.SUB:
		if a.Val.Kind() == constant.Int {
			return &value.Const{Type: t, Val: constant.BinaryOp(a.Val, token.SUB, b.Val)}
		}
	case token.MUL:
		if a.Val.Kind() == constant.Int {
			return &value.Const{Type: t, Val: constant.BinaryOp(a.Val, token.MUL, b.Val)}
		}
	case token.REM, token.QUO:
		if n, ok := constant.Int64Val(b.Val); ok && n != 0 && a.Val.Kind() == constant.Int {
			if op == token.QUO {
				op = token.QUO_ASSIGN // integer division
			}
			return &value.Const{Type: t, Val: constant.BinaryOp(a.Val, op, b.Val)}
		}
	}
	return fr.lost(e)
}

// literal makes a closure.
func (fr *frame) literal(e *ast.FuncLit) value.Value {
	return &value.Func{Lit: e, Pkg: fr.pkg, Env: fr.env, Name: fr.litName(e)}
}

// litName names a literal as Go does: by its number in the function around it.
func (fr *frame) litName(e *ast.FuncLit) string {
	if fr.lits == nil {
		fr.lits = map[*ast.FuncLit]int{}
	}
	n, ok := fr.lits[e]
	if !ok {
		n = fr.in.number(fr, e)
		fr.lits[e] = n
	}
	return fr.name + ".func" + strconv.Itoa(n)
}

func (fr *frame) composite(e *ast.CompositeLit, t types.Type) value.Value {
	if t == nil {
		return fr.lost(e)
	}
	under := t.Underlying()
	if p, ok := under.(*types.Pointer); ok { // elided &T in a list
		v := fr.composite(e, p.Elem())
		return &value.Ref{To: &value.Cell{V: v, Pos: e.Pos()}}
	}
	if f, whole := routerType(t); whole && f == NetHTTP {
		return fr.in.newRouter(f, e.Pos())
	}
	switch u := under.(type) {
	case *types.Struct:
		s := &value.Struct{Type: t, Fields: map[string]*value.Cell{}}
		for i, elt := range e.Elts {
			var f *types.Var
			val := elt
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				id, ok := kv.Key.(*ast.Ident)
				if !ok {
					continue
				}
				f, _ = fr.pkg.Info.Uses[id].(*types.Var)
				val = kv.Value
			} else if i < u.NumFields() {
				f = u.Field(i)
			}
			if f == nil {
				continue
			}
			v := fr.converted(fr.element(val, f.Type()), f.Type())
			s.Fields[f.Name()] = &value.Cell{V: copied(v), Name: f.Name(), Pos: val.Pos()}
			fr.in.materialize(s.Fields[f.Name()])
			fr.in.escape(fr, s, v)
		}
		if isType(t, httpPath, "Server") {
			fr.in.made = append(fr.in.made, madeServer{s, e.Pos()})
		}
		return s
	case *types.Slice, *types.Array:
		elem := elemOf(under)
		l := &value.List{Type: t}
		at := 0
		for _, elt := range e.Elts {
			val := elt
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				if n, ok := exactInt(fr.expr(kv.Key)); ok && n >= 0 && n < maxRounds {
					at = n
				}
				val = kv.Value
			}
			for len(l.Elems) <= at {
				l.Elems = append(l.Elems, &value.Cell{V: fr.in.zero(elem)})
			}
			l.Elems[at] = &value.Cell{V: copied(fr.converted(fr.element(val, elem), elem)), Pos: val.Pos()}
			at++
		}
		if a, ok := u.(*types.Array); ok {
			for int64(len(l.Elems)) < min(a.Len(), 256) {
				l.Elems = append(l.Elems, &value.Cell{V: fr.in.zero(elem)})
			}
		}
		return l
	case *types.Map:
		m := &value.Map{Type: t}
		for _, elt := range e.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				m.Entries = append(m.Entries, value.Entry{
					Key: fr.element(kv.Key, u.Key()), Elem: &value.Cell{V: copied(fr.converted(fr.element(kv.Value, u.Elem()), u.Elem())), Pos: kv.Pos()},
				})
			}
		}
		return m
	}
	return fr.lost(e)
}

// element evaluates a part of a composite literal, whose type may be left out.
func (fr *frame) element(e ast.Expr, t types.Type) value.Value {
	if lit, ok := e.(*ast.CompositeLit); ok && lit.Type == nil {
		return fr.composite(lit, t)
	}
	return fr.expr(e)
}

func elemOf(t types.Type) types.Type {
	switch t := t.Underlying().(type) {
	case *types.Slice:
		return t.Elem()
	case *types.Array:
		return t.Elem()
	case *types.Map:
		return t.Elem()
	}
	return nil
}

// converted is v as a value of type t: a function that becomes one of a named
// type with methods keeps both.
func (fr *frame) converted(v value.Value, t types.Type) value.Value {
	if v == nil || t == nil {
		return v
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.NumMethods() == 0 || types.IsInterface(t) {
		return v
	}
	if n.Obj().Pkg() == nil || n.Obj().Pkg().Path() == httpPath {
		return v // http.HandlerFunc calls what it is made of
	}
	switch x := v.(type) {
	case *value.Func, *value.List, *value.Map, *value.Const, *value.Text:
		return &value.Named{Type: t, V: v}
	case *value.Named:
		return &value.Named{Type: t, V: x.V}
	case *value.Any:
		var options []value.Option
		for _, o := range x.Of {
			options = append(options, value.Option{V: fr.converted(o.V, t), Cond: o.Cond})
		}
		return oneOf(options)
	}
	return v
}
