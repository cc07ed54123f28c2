package wiring

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"unicode/utf8"

	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/value"
)

// native is a function of the interpreter's own.
type native struct {
	value.Base
	call func(args []value.Value) value.Value
}

// call evaluates a call, a conversion or a builtin.
func (fr *frame) call(e *ast.CallExpr) value.Value {
	if v, ok := fr.called[e]; ok {
		return v
	}
	v := fr.callOnce(e)
	if fr.called == nil {
		fr.called = map[*ast.CallExpr]value.Value{}
	}
	fr.called[e] = v
	return v
}

func (fr *frame) callOnce(e *ast.CallExpr) value.Value {
	in := fr.in
	info := fr.pkg.Info
	if tv, ok := info.Types[e.Fun]; ok && tv.IsType() {
		if len(e.Args) != 1 {
			return fr.lost(e)
		}
		return fr.conversion(fr.expr(e.Args[0]), fr.concrete(tv.Type))
	}
	if id, ok := ast.Unparen(e.Fun).(*ast.Ident); ok {
		if b, ok := info.Uses[id].(*types.Builtin); ok {
			return fr.builtin(e, b.Name())
		}
	}
	fun := fr.expr(e.Fun)
	args := fr.arguments(e)
	var options []value.Option
	in.eachOption(fun, func(f value.Value) {
		in.pos = e.Pos()
		options = append(options, value.Option{V: fr.apply(e, f, args), Cond: in.lastCondition(fun)})
	})
	if v := oneOf(options); v != nil {
		return v
	}
	return fr.lost(e)
}

// lastCondition returns the condition that eachOption added for one of several
// values.
func (in *interp) lastCondition(v value.Value) Condition {
	if _, ok := v.(*value.Any); !ok || len(in.conditions) == 0 {
		return Condition{}
	}
	return in.conditions[len(in.conditions)-1]
}

// conversion is T(v).
func (fr *frame) conversion(v value.Value, t types.Type) value.Value {
	if any, ok := v.(*value.Any); ok && isString(t) {
		options := slices.Clone(any.Of)
		for i, o := range options {
			options[i].V = fr.conversion(o.V, t)
		}
		return oneOf(options)
	}
	if b, ok := t.Underlying().(*types.Basic); ok {
		if c, ok := value.Bare(v).(*value.Const); ok {
			switch {
			case b.Info()&types.IsString != 0 && c.Val.Kind() == constant.Int: // of a character
				v = &value.Const{Type: t, Val: constant.MakeString(character(c.Val))}
			case b.Info()&types.IsString != 0 && c.Val.Kind() == constant.String,
				b.Info()&types.IsInteger != 0 && c.Val.Kind() == constant.Int && value.Holds(t, c.Val):
				v = &value.Const{Type: t, Val: c.Val}
			case b.Info()&types.IsNumeric != 0:
				v = unknown(t, "a number")
			}
		}
	}
	if n, ok := v.(*value.Named); ok {
		if _, isNamed := types.Unalias(t).(*types.Named); !isNamed {
			v = n.V
		} else if path, _ := typeName(t); path == httpPath {
			v = n.V
		}
	}
	return fr.converted(v, t)
}

// character is the text that an integer is as a string.
func character(val constant.Value) string {
	if n, ok := constant.Int64Val(val); ok && n == int64(rune(n)) {
		return string(rune(n))
	}
	return string(utf8.RuneError)
}

// arguments evaluates the arguments of a call, a spread slice as one.
func (fr *frame) arguments(e *ast.CallExpr) []value.Value {
	if len(e.Args) == 1 {
		if t, ok := fr.typeOf(e.Args[0]).(*types.Tuple); ok {
			return fr.exprs(e.Args[0], t.Len())
		}
	}
	args := make([]value.Value, len(e.Args))
	for i, a := range e.Args {
		args[i] = fr.expr(a)
		if args[i] == nil {
			args[i] = fr.lost(a)
		}
	}
	return args
}

// apply calls one function value.
func (fr *frame) apply(e *ast.CallExpr, f value.Value, args []value.Value) value.Value {
	in := fr.in
	switch f := value.Bare(f).(type) {
	case *native:
		return f.call(args)
	case *value.Func:
		in.heard[e.Pos()] = true
		if f.Fn != nil {
			return fr.callDeclared(e, f, args)
		}
		if v, ok := in.callFunc(f, fr.packed(args, in.signature(f), e), e.Pos()); ok {
			return v
		}
	}
	in.opaque(nil, nil, args, e.Pos())
	sig, _ := underlying(fr.typeOf(e.Fun)).(*types.Signature)
	told := false
	for i, a := range args {
		if sig != nil && paramType(sig, i) != nil && in.lendsRouter(a, paramType(sig, i), awayDepth) {
			in.end(e.Pos(), "a router is passed to "+symbolName(e.Fun)+", and what that is is not known")
			told = true
		}
	}
	if !told {
		in.unheardOf(fr, e, args)
	}
	return fr.made(e, nil, append([]value.Value{f}, args...))
}

// made is the result of a call that is not read.
func (fr *frame) made(e *ast.CallExpr, fn *types.Func, from []value.Value) value.Value {
	name := symbolName(e)
	one := func(t types.Type, i int) value.Value {
		return &value.Unknown{Type: t, Why: name, Pos: e.Pos(), From: from, Callee: fn, Result: i}
	}
	t := fr.typeOf(e)
	if tuple, ok := t.(*types.Tuple); ok {
		out := &value.Tuple{}
		for i := range tuple.Len() {
			out.Elems = append(out.Elems, one(tuple.At(i).Type(), i))
		}
		return out
	}
	return one(t, 0)
}

// callDeclared calls a declared function or a method.
func (fr *frame) callDeclared(e *ast.CallExpr, f *value.Func, args []value.Value) value.Value {
	in := fr.in
	fn := f.Fn
	recv := f.Recv
	if f.Expr && len(args) > 0 {
		recv, args = args[0], args[1:]
	}
	if sig := fn.Signature(); sig.Recv() != nil && recv != nil {
		var options []value.Option
		one := func(recv value.Value) {
			options = append(options, value.Option{V: fr.method(e, fn, recv, args), Cond: in.lastCondition(f.Recv)})
		}
		in.eachReceiver(recv, fn, func(recv value.Value) {
			if len(f.Through) > 0 {
				in.eachReceiver(in.throughEmbedded(recv, f.On, f.Through, fn), fn, one)
				return
			}
			one(recv)
		})
		if v := oneOf(options); v != nil {
			return v
		}
		return fr.made(e, fn, append([]value.Value{recv}, args...))
	}
	return fr.static(e, fn, nil, args, f.Types)
}

// method calls a method on one receiver.
func (fr *frame) method(e *ast.CallExpr, fn *types.Func, recv value.Value, args []value.Value) value.Value {
	in := fr.in
	if !types.IsInterface(fn.Signature().Recv().Type()) {
		return fr.static(e, fn, recv, args, nil)
	}
	// A method of an interface: of what type is the value?
	if RouterOf(recv) != nil {
		if v, ok := fr.framework(e, fn, recv, args); ok {
			return v
		}
		if v, ok := fr.routerMethod(e, fn, recv, args); ok {
			return v
		}
	}
	if t := dynamicType(recv); t != nil && !types.IsInterface(t) {
		if m, on := in.resolve(recv, t, fn); m != nil {
			if types.IsInterface(m.Signature().Recv().Type()) {
				return fr.method(e, m, on, args)
			}
			return fr.static(e, m, on, args, nil)
		}
	}
	if f, ok := value.Bare(recv).(*value.Func); ok && (fn.Name() == "ServeHTTP") {
		return fr.apply(e, f, args)
	}
	if u, ok := recv.(*value.Unknown); ok && in.relevant.method(fn) {
		return fr.anyImplementation(e, fn, u, args)
	}
	if rf, _ := routerType(fn.Signature().Recv().Type()); rf != "" {
		return fr.static(e, fn, recv, args, nil)
	}
	return fr.static(e, fn, recv, args, nil)
}

// resolve finds the method that a call on a value of type t runs, and what it
// runs on.
func (in *interp) resolve(recv value.Value, t types.Type, fn *types.Func) (*types.Func, value.Value) {
	obj, index, _ := types.LookupFieldOrMethod(t, true, fn.Pkg(), fn.Name())
	m, ok := obj.(*types.Func)
	if !ok {
		return nil, nil
	}
	if len(index) > 1 {
		c := in.path(recv, t, index[:len(index)-1])
		if c == nil || c.V == nil {
			return nil, nil
		}
		recv = in.addressed(c)
	}
	return m, recv
}

// anyImplementation calls every method that an interface value of unknown type
// may have.
func (fr *frame) anyImplementation(e *ast.CallExpr, fn *types.Func, u *value.Unknown, args []value.Value) value.Value {
	in := fr.in
	impls := slices.DeleteFunc(in.relevant.implementations(fn), func(m *types.Func) bool { return !in.within[pkgPath(m)] })
	if !in.relevant.anyCarries(fn.Signature().Results(), 0) { // called for what it does
		impls = slices.DeleteFunc(impls, func(m *types.Func) bool { return !in.relevant.wires[m] })
	}
	var options []value.Option
	for _, m := range impls {
		if in.active[m] > 0 { // one that calls another of its kind, and which is not known
			if slices.ContainsFunc(args, func(v value.Value) bool { return RouterOf(v) != nil }) {
				in.end(e.Pos(), "a router is passed to "+funcName(fn)+", and which implementation that is is not known")
			}
			continue
		}
		recv := in.receiver(m, u)
		cond := maybe("there is no other implementation", e.Pos())
		if len(impls) > 1 {
			cond = condition(Condition{Text: u.Why + " is " + types.TypeString(m.Signature().Recv().Type(), types.RelativeTo(fr.pkg.Types)), Pos: e.Pos()})
		}
		var v value.Value
		no := maybe(u.Why+" is of another type", e.Pos())
		fr.join(fr.try(cond, no, func() flow { v = fr.static(e, m, recv, args, nil); return goesOn }), otherwise(no, cond))
		options = append(options, value.Option{V: v, Cond: cond})
	}
	if v := oneOf(options); v != nil {
		return v
	}
	in.givenAway(fn, args, e.Pos())
	in.opaque(fn, u, args, e.Pos())
	return fr.made(e, fn, append([]value.Value{u}, args...))
}

// receiver returns the one value that stands for all of a type that nobody is
// seen to make.
func (in *interp) receiver(m *types.Func, u *value.Unknown) value.Value {
	key := assertion{u, types.TypeString(m.Signature().Recv().Type(), nil)}
	if c := in.receivers[key]; c != nil {
		return in.addressed(c)
	}
	c := &value.Cell{V: unknown(m.Signature().Recv().Type(), u.Why), Name: u.Why}
	in.materialize(c)
	in.receivers[key] = c
	return in.addressed(c)
}

// static calls a function whose declaration is known.
func (fr *frame) static(e *ast.CallExpr, fn *types.Func, recv value.Value, args []value.Value, types []types.Type) value.Value {
	in := fr.in
	fn = fn.Origin()
	if v, ok := fr.framework(e, fn, recv, args); ok {
		return v
	}
	fr.lendsMethods(e, fn, args)
	if enough(fn.Signature(), args) {
		if v, ok := fr.modelled(e, fn, recv, args); ok {
			return v
		}
		if v, ok := in.fold(fn, fr.folded(e, args), fr.typeOf(e)); ok {
			return v
		}
	}
	if in.sealed(fn) {
		return fr.made(e, fn, withReceiver(recv, args))
	}
	if in.follows(fn, recv, args) && !in.idle(fn, args) {
		if d := in.program.Decl(fn); d != nil {
			if in.program.Own(pkgPath(fn)) && !in.relevant.funcs[fn] {
				for _, a := range args { // it may be kept, and called by what is not followed
					in.kept(a, e.Pos())
				}
			}
			f := &value.Func{Fn: fn, Recv: recv, Name: funcName(fn), Types: types}
			if v, ok := in.callFunc(f, fr.packed(args, fn.Signature(), e), e.Pos()); ok {
				if in.yieldsRuled(fn, v, withReceiver(recv, args)) {
					return fr.made(e, fn, withReceiver(recv, args))
				}
				return v
			}
			if slices.ContainsFunc(withReceiver(recv, args), func(v value.Value) bool { return RouterOf(v) != nil }) {
				in.end(e.Pos(), "a router is passed to "+funcName(fn)+" too many times over, and is not followed any further")
			}
		}
	}
	given := withReceiver(recv, fr.snapshots(e, args))
	if !fr.didAside(e, fn, recv, args) {
		in.givenAway(fn, args, e.Pos())
	}
	in.opaque(fn, recv, args, e.Pos())
	in.changes(fn, given, e.Pos())
	return fr.made(e, fn, given)
}

// enough reports whether a call gives as many arguments as the function takes: code with
// errors may not.
func enough(sig *types.Signature, args []value.Value) bool {
	n := sig.Params().Len()
	return len(args) >= n || sig.Variadic() && len(args) == n-1
}

// yieldsRuled reports whether v, which a call returned, is a handler whose rule
// stands above the function that was called, and that leads to no other of which
// more is known.
func (in *interp) yieldsRuled(fn *types.Func, v value.Value, from []value.Value) bool {
	if in.config.Ruled == nil || !in.config.Ruled(fn) || !in.handlerish(v) || RouterOf(v) != nil || slices.ContainsFunc(from, in.handlerish) {
		return false
	}
	if f, ok := value.Bare(v).(*value.Func); ok {
		return f.Fn == nil || !in.config.Ruled(f.Fn)
	}
	return !in.leadsOn(v)
}

func withReceiver(recv value.Value, args []value.Value) []value.Value {
	if recv == nil {
		return args
	}
	return append([]value.Value{recv}, args...)
}

// folded spreads a final slice for functions that are computed.
func (fr *frame) folded(e *ast.CallExpr, args []value.Value) []value.Value {
	if !e.Ellipsis.IsValid() || len(args) == 0 {
		return args
	}
	last := value.Bare(args[len(args)-1])
	if _, none := last.(*value.Nil); none {
		return args[:len(args)-1]
	}
	if l, ok := last.(*value.List); ok && !l.Open {
		out := append([]value.Value{}, args[:len(args)-1]...)
		for _, c := range l.Elems {
			out = append(out, c.V)
		}
		return out
	}
	return args
}

// packed gathers variadic arguments in a slice.
func (fr *frame) packed(args []value.Value, sig *types.Signature, e *ast.CallExpr) []value.Value {
	if sig == nil {
		return args
	}
	params := sig.Params()
	out := append([]value.Value{}, args...)
	for i := range out {
		if i < params.Len() && (!sig.Variadic() || i < params.Len()-1) {
			out[i] = fr.converted(out[i], params.At(i).Type())
		}
	}
	if !sig.Variadic() || e.Ellipsis.IsValid() {
		return out
	}
	n := params.Len() - 1
	last := params.At(n).Type()
	l := &value.List{Type: last}
	for i := n; i < len(out); i++ {
		l.Elems = append(l.Elems, &value.Cell{V: copied(fr.converted(out[i], elemOf(last)))})
	}
	if n > len(out) {
		return out
	}
	if len(l.Elems) == 0 {
		return append(out[:n], &value.Nil{})
	}
	return append(out[:n], l)
}

// takesRouter reports whether a function has a parameter that routes can be
// registered on: not one that can only be served.
func takesRouter(t types.Type) bool {
	if t == nil {
		return false
	}
	sig, ok := t.Underlying().(*types.Signature)
	if !ok {
		return false
	}
	for p := range sig.Params().Variables() {
		if f, _ := routerType(p.Type()); f != "" {
			return true
		}
		if i, ok := p.Type().Underlying().(*types.Interface); ok {
			for m := range i.Methods() {
				if routers.LookupInterface(m) != nil {
					return true
				}
			}
		}
	}
	return false
}
