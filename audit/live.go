package audit

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
)

// kind says what of the caller's request a value shares, so that who writes to the
// value writes to the request. Copies, such as strings, share nothing.
type kind uint8

const (
	holds   kind = 1 << iota // a request, a context of a framework, or what holds one
	headers                  // headers of the request, or the values of one
	params                   // path parameters
	query                    // the URL, whose query may name a method
)

// flow is something that a variable is given: the result of this number if that
// is a call with several.
type flow struct {
	to     types.Object
	v      ast.Expr
	result int
}

// settle finds out which variables share something of the request. A variable is
// taken to hold whatever it is given anywhere.
func (b *body) settle(flows []flow) {
	for changed := true; changed; {
		changed = false
		for _, f := range flows {
			if k := b.live[f.to] | b.result(f.v, f.result); k != b.live[f.to] && shares(f.to.Type()) {
				b.live[f.to] = k
				changed = true
			}
		}
	}
}

// ofType is what a value of a type shares that comes from somewhere else.
func ofType(t types.Type) kind {
	switch {
	case t == nil:
	case isHeader(t):
		return headers
	case isNamed(t, routers.GinPath, "Params"), isNamed(t, routers.GinPath, "Param"):
		return params
	case asks(t):
		return holds
	}
	return 0
}

// asks reports whether a type is that of a request or of a framework's context.
func asks(t types.Type) bool {
	if !serving(t) {
		return false
	}
	name := types.Unalias(deref(t)).(*types.Named).Obj().Name()
	return name == "Context" || name == "Request"
}

// answers reports whether a type is that of an answer, which shares nothing.
func answers(t types.Type) bool {
	return isNamed(t, "net/http", "ResponseWriter") || isNamed(t, "net/http", "Response") ||
		isNamed(t, routers.GinPath, "ResponseWriter") || isNamed(t, routers.EchoPath, "Response")
}

// shares reports whether a value of a type can share anything with another.
func shares(t types.Type) bool {
	if t == nil || isNamed(t, "context", "Context") || answers(t) || types.Identical(t, types.Universe.Lookup("error").Type()) {
		return false
	}
	_, basic := t.Underlying().(*types.Basic)
	return !basic
}

// canHold reports whether a value of a type may hold a request or parts of one,
// by its fields.
func canHold(t types.Type, deep int) bool {
	if !shares(t) {
		return false
	}
	if ofType(t) != 0 {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return canHold(u.Elem(), deep)
	case *types.Slice:
		return canHold(u.Elem(), deep)
	case *types.Map:
		return canHold(u.Elem(), deep)
	case *types.Chan:
		return canHold(u.Elem(), deep)
	case *types.Struct:
		for f := range u.Fields() {
			if deep > 0 && canHold(f.Type(), deep-1) {
				return true
			}
		}
	}
	return false
}

// result is what a result of an expression shares with the request.
func (b *body) result(e ast.Expr, i int) kind {
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		if all, ok := b.pkg.Info.TypeOf(call).(*types.Tuple); ok {
			if i >= all.Len() {
				return 0
			}
			return b.called(call, all.At(i).Type())
		}
	}
	if i > 0 {
		return 0 // whether it is there
	}
	return b.of(e)
}

// of is what the value of an expression shares with the request of the caller.
func (b *body) of(e ast.Expr) kind {
	info := b.pkg.Info
	e = ast.Unparen(e)
	t := info.TypeOf(e)
	if tv, ok := info.Types[e]; ok && tv.IsType() {
		return 0
	}
	switch x := e.(type) {
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			return b.place(x.X)
		}
		if x.Op == token.ARROW {
			return b.of(x.X)
		}
		return 0
	case *ast.TypeAssertExpr:
		if x.Type == nil { // of a switch
			return b.of(x.X)
		}
		to := info.TypeOf(x.Type)
		if !shares(to) {
			return 0
		}
		if k := b.of(x.X); k != 0 {
			return k
		}
		if b.foreign(x.X) {
			return elsewhere(to)
		}
		return 0
	case *ast.CallExpr:
		if tuple, ok := t.(*types.Tuple); ok {
			var k kind
			for v := range tuple.Variables() {
				k |= b.called(x, v.Type())
			}
			return k
		}
		return b.called(x, t)
	}
	if !shares(t) {
		return 0
	}
	switch x := e.(type) {
	case *ast.StarExpr:
		if isURL(t) {
			return 0 // a copy
		}
		return b.place(x)
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.SliceExpr:
		return b.place(x)
	case *ast.CompositeLit:
		_, isMap := t.Underlying().(*types.Map)
		var k kind
		for _, el := range x.Elts {
			if kv, ok := el.(*ast.KeyValueExpr); ok {
				el = kv.Value
			}
			if isMap && isStrings(info.TypeOf(el)) {
				continue // the map is another
			}
			k |= b.of(el)
		}
		return k
	}
	return 0
}

// place is what the storage that an expression names shares with the request.
func (b *body) place(e ast.Expr) kind {
	info := b.pkg.Info
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		obj := info.ObjectOf(x)
		v, ok := obj.(*types.Var)
		if !ok {
			return 0
		}
		if k := b.live[v] | b.kept[v]; k != 0 || b.within(v) {
			return k
		}
		if b.outer != nil {
			return b.outer.place(x)
		}
		return b.elsewhere(v)
	case *ast.SelectorExpr:
		sel := info.Selections[x]
		if sel == nil { // of a package
			return b.elsewhere(info.ObjectOf(x.Sel))
		}
		if sel.Kind() != types.FieldVal {
			return b.of(x.X) // a method value
		}
		return b.field(x, sel)
	case *ast.IndexExpr:
		k := b.of(x.X)
		if k&headers != 0 && isStrings(info.TypeOf(x)) && isMap(info.TypeOf(x.X)) && b.header(x.Index) == "" {
			k &^= headers
		}
		return k
	case *ast.SliceExpr:
		return b.of(x.X)
	case *ast.StarExpr:
		return b.of(x.X)
	case *ast.TypeAssertExpr, *ast.CallExpr, *ast.CompositeLit:
		return b.of(x)
	}
	return 0
}

// field is what a field shares with the request.
func (b *body) field(x *ast.SelectorExpr, sel *types.Selection) kind {
	k := b.of(x.X)
	if k == 0 {
		k = b.place(x.X)
	}
	t := sel.Type()
	if field, ok := sel.Obj().(*types.Var); ok {
		if kept := b.kept[field.Origin()]; kept != 0 {
			return kept
		}
	}
	if k == 0 {
		if obj, ok := b.root(x.X).(*types.Var); ok && !b.back && !b.within(obj) && !answers(b.pkg.Info.TypeOf(x.X)) {
			return ofType(t) // nobody knows what it holds
		}
		return 0
	}
	switch on := fieldOwner(sel); {
	case isRequest(on):
		switch x.Sel.Name {
		case "Header":
			return headers
		case "TLS":
			return holds
		case "URL":
			return query
		}
		return 0
	case asks(on) && !b.a.program.Own(pathOf(on)):
		return ofType(t)
	case ofType(t) != 0:
		return ofType(t)
	}
	if shares(t) && !canHold(t, 2) && !isStrings(t) && !isHeaderMap(t) {
		return 0
	}
	return k // also of the address of a string
}

// isHeaderMap reports whether a map may be a header under another name.
func isHeaderMap(t types.Type) bool {
	m, ok := t.Underlying().(*types.Map)
	if !ok {
		return false
	}
	_, generic := types.Unalias(m.Elem()).(*types.TypeParam)
	return generic || isStrings(m.Elem())
}

// called is what a call yields, of a type, that shares something with the request.
func (b *body) called(call *ast.CallExpr, t types.Type) kind {
	info := b.pkg.Info
	if !shares(t) {
		return 0
	}
	if tv := info.Types[call.Fun]; tv.IsType() && len(call.Args) == 1 {
		return b.of(call.Args[0])
	} else if tv.IsBuiltin() {
		if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && id.Name == "append" || program.Copied(info, call) != nil {
			var k kind
			for _, arg := range call.Args {
				k |= b.of(arg)
			}
			return k
		}
		return 0
	}
	fn, recv, args := b.method(call)
	if recv != nil {
		k, on := b.of(recv), info.TypeOf(recv)
		switch {
		case k == 0:
		case isRequest(on):
			return k & ofType(t)
		case isEcho(on) && fn.Name() == "ParamValues":
			return params
		case k&headers != 0 && isMap(on):
			if fn.Name() == "Values" && (len(args) != 1 || b.header(args[0]) != "") {
				return headers
			}
			return 0
		case asks(on) && !b.a.program.Own(pathOf(on)):
			return ofType(t)
		case canHold(t, 2):
			return k
		}
	}
	var k kind
	for _, arg := range args {
		k |= b.of(arg)
	}
	switch {
	case k == 0 && b.foreign(call):
		return elsewhere(t)
	case k&holds != 0 && isStrings(t):
		return headers // perhaps: of a header of the request
	case k != 0 && (isStrings(t) && !routers.Clones(fn) || routers.Collects(fn)):
		return k
	case k == 0 || !canHold(t, 2):
		return 0
	case ofType(t) != 0:
		return ofType(t)
	}
	return k
}

// method is the function that a call names, if it names one, with what it is
// called on, nil for none, and what it is given besides.
func (b *body) method(call *ast.CallExpr) (fn *types.Func, recv ast.Expr, args []ast.Expr) {
	fn, _ = b.callee(call).(*types.Func)
	args = call.Args[:len(call.Args):len(call.Args)]
	if args == nil {
		args = []ast.Expr{}
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || fn == nil || b.pkg.Info.Selections[sel] == nil {
		return fn, nil, args
	}
	switch b.pkg.Info.Selections[sel].Kind() {
	case types.MethodVal:
		return fn, sel.X, args
	case types.MethodExpr:
		if len(args) > 0 {
			return fn, args[0], args[1:]
		}
	}
	return fn, nil, args
}

// within reports whether a variable is declared by the function or in it.
func (b *body) within(v *types.Var) bool {
	if v.Pos() >= b.code.body.Pos() && v.Pos() < b.code.body.End() {
		return true
	}
	return v != b.self && v.Pos() >= b.typ.Pos() && v.Pos() < b.typ.End()
}

func pathOf(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil {
		return n.Obj().Pkg().Path()
	}
	return ""
}

func isEcho(t types.Type) bool { return isNamed(t, routers.EchoPath, "Context") }

func isMap(t types.Type) bool {
	if t == nil {
		return false
	}
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		return generally(p, isMap)
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// generally reports whether some type that a type parameter may be is of a sort.
func generally(p *types.TypeParam, is func(types.Type) bool) bool {
	iface, ok := p.Constraint().Underlying().(*types.Interface)
	if !ok {
		return false
	}
	for t := range iface.EmbeddedTypes() {
		u, ok := t.(*types.Union)
		if !ok {
			if is(t) {
				return true
			}
			continue
		}
		for i := range u.Len() {
			if is(u.Term(i).Type()) {
				return true
			}
		}
	}
	return false
}

func isStrings(t types.Type) bool {
	if t == nil {
		return false
	}
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		return generally(p, isStrings)
	}
	s, ok := t.Underlying().(*types.Slice)
	return ok && types.Identical(s.Elem().Underlying(), types.Typ[types.String])
}
