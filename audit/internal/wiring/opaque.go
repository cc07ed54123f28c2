package wiring

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/value"
)

// passed notes routers that code which is not read gets: it may serve them.
func (in *interp) passed(v value.Value, depth int) {
	if depth == 0 {
		return
	}
	if r := RouterOf(v); r != nil {
		r.passed = true
		return
	}
	switch x := value.Deref(v).(type) {
	case *value.Tuple:
		for _, e := range x.Elems {
			in.passed(e, depth)
		}
	case *value.Any:
		for _, o := range x.Of {
			in.passed(o.V, depth)
		}
	case *value.Struct:
		for _, c := range x.Fields {
			in.passed(c.V, depth-1)
		}
	case *value.List:
		for _, c := range x.Elems {
			in.passed(c.V, depth-1)
		}
	case *value.Unknown:
		for _, from := range x.From {
			in.passed(from, depth-1)
		}
	}
}

// follows reports whether the body of a function is read when it is called.
func (in *interp) follows(fn *types.Func, recv value.Value, args []value.Value) bool {
	path := pkgPath(fn)
	if in.program.Own(path) && !routers.Ours(path) {
		return in.relevant.funcs[fn] && (in.relevant.acts[fn] || in.relevant.anyCarries(fn.Signature().Results(), 0) || generic(fn)) ||
			slices.ContainsFunc(args, in.actsOn) || in.relevant.strings(fn) || in.lists(fn, args) || in.lendsAny(fn, args) ||
			generic(fn) && slices.ContainsFunc(args, tells) && in.short(fn) || in.layers(fn, args) ||
			recv != nil && in.actsOn(recv) && in.applies(fn) || in.sets(fn)
	}
	if path == rpcPath && fn.Name() == "HandleHTTP" {
		return true
	}
	if path == httpPath || path == ginPath || path == echoPath {
		return false
	}
	if in.foreign > 0 && in.current != nil && pkgPath(in.current) == path {
		return true
	}
	for i, a := range append([]value.Value{recv}, args...) {
		if i > 0 && isType(paramType(fn.Signature(), i-1), httpPath, "Handler") {
			continue // it is served, or wrapped
		}
		if a != nil && RouterOf(a) != nil && !makesResult(fn) || i == 0 && recv != nil && in.lendsRouter(recv, types.NewInterfaceType(nil, nil), awayDepth) {
			return in.program.ImportsPackage(path, httpPath) || in.program.ImportsPackage(path, ginPath) || in.program.ImportsPackage(path, echoPath)
		}
	}
	return false
}

// short reports whether a function is one of few statements: a helper that maps,
// filters or collects costs little to follow.
func (in *interp) short(fn *types.Func) bool {
	d := in.program.Decl(fn)
	return d != nil && d.Syntax.Body != nil && len(d.Syntax.Body.List) <= maxShort
}

// opaque is a call that is not read: it may call the functions it gets, write
// through the pointers it gets, and serve the handlers it gets.
func (in *interp) opaque(fn *types.Func, recv value.Value, args []value.Value, pos token.Pos) {
	in.replaced(fn, args, pos)
	if !onlyLooks(fn) {
		in.doubtAll(in.writes(fn))
	}
	if onlyLooks(fn) {
		in.printed(args, pos)
	}
	for i, a := range args {
		in.passed(a, 3)
		in.lends(fn, i, a, pos)
		if fn == nil || in.program.Package(pkgPath(fn)) == nil {
			in.hands(a, 3, pos)
		}
		for _, way := range value.Alternatives(a) {
			in.given(fn, i, way, pos)
		}
		if _, isMap := value.Bare(a).(*value.Map); isMap && fn != nil && pkgPath(fn) == ginPath {
			continue // gin reads the accounts that it is given
		}
		if !onlyLooks(fn) {
			in.forget(args[i], in.writes(fn))
		}
	}
	if recv != nil {
		in.forget(recv, in.writes(fn))
	}
}

// hands notes functions in the fields of what code gets that is not read: it may
// call them.
func (in *interp) hands(v value.Value, depth int, pos token.Pos) {
	s, ok := value.Deref(v).(*value.Struct)
	if !ok || depth == 0 || isType(s.Type, httpPath, "Server") {
		return
	}
	names := slices.Sorted(maps.Keys(s.Fields))
	for _, name := range names {
		for _, way := range value.Alternatives(s.Fields[name].V) {
			if f, ok := value.Bare(way).(*value.Func); ok && in.matters(f) {
				in.enqueue(f, pos)
			} else {
				in.hands(way, depth-1, pos)
			}
		}
	}
}

// kept notes the functions in the fields of what a call gets, to be called if
// nobody is seen to.
func (in *interp) kept(v value.Value, pos token.Pos) {
	n := len(in.queue)
	for _, way := range value.Alternatives(v) {
		if l, ok := value.Bare(way).(*value.List); ok {
			for _, c := range l.Elems {
				in.hands(c.V, 3, pos)
			}
		} else {
			in.hands(way, 3, pos)
		}
	}
	for i := n; i < len(in.queue); i++ {
		in.queue[i].unlessRan = true
	}
}

// given is what a call that is not read may do with one of its arguments.
func (in *interp) given(fn *types.Func, i int, a value.Value, pos token.Pos) {
	yields := func() bool {
		return fn != nil && (makesResult(fn) || in.program.Own(pkgPath(fn)) && in.program.Declares(fn))
	}
	whole := a
	a = value.Deref(a)
	switch x := a.(type) {
	case *value.Func, *value.Named:
		if f, ok := value.Bare(x).(*value.Func); ok && in.matters(f) {
			if f.Fn != nil && f.Recv == nil {
				in.enqueue(f, pos) // whoever calls it by name knows its arguments
			} else if in.once(f) {
				in.calledAside(f, func() { in.aside(maybe("the function is called", pos), func() { in.callUnknown(f, pos) }) })
			}
		} else if ok {
			in.loseGiven(f)
		}
		if fn != nil && takesHandler(fn, i) && !yields() {
			in.serve(x, pos)
		}
	case *value.List:
		for _, e := range x.Elems {
			if f, ok := value.Bare(e.V).(*value.Func); ok && in.matters(f) && in.once(f) {
				in.aside(maybe("the function is called", pos), func() { in.callUnknown(f, pos) })
			}
		}
	case *Router:
		if !yields() {
			in.serve(x, pos)
		}
	case *Group:
		if fn == nil || !in.program.Declares(fn) {
			in.end(pos, "a group of routes is passed to "+callee(fn)+", which is not read")
		}
	case *value.Struct:
		if isType(x.Type, httpPath, "Server") {
			in.serveServer(x, pos, false)
		} else if fn != nil && takesHandler(fn, i) && !yields() {
			in.serve(whole, pos)
		}
	case *value.Unknown:
		if fn != nil && takesHandler(fn, i) && len(x.From) > 0 && !yields() {
			in.serve(x, pos)
		}
	}
}

func callee(fn *types.Func) string {
	if fn == nil {
		return "a function"
	}
	return funcName(fn)
}

// makesResult reports whether a function returns a handler or what holds one.
func makesResult(fn *types.Func) bool {
	for v := range fn.Signature().Results().Variables() {
		if _, s := shapeOf(v.Type()); s != noShape {
			return true
		}
	}
	return false
}

// takesHandler reports whether an argument of a function is an http.Handler.
func takesHandler(fn *types.Func, i int) bool {
	params := fn.Signature().Params()
	if i >= params.Len() {
		return false
	}
	f, s := shapeOf(params.At(i).Type())
	return f == NetHTTP && s == handlerShape
}

// lends notes methods that an interface parameter lends to a call that is not
// read. A function of the module that was read and came to nothing calls none.
func (in *interp) lends(fn *types.Func, i int, arg value.Value, pos token.Pos) {
	if fn == nil || in.barren[fn] >= maxBarren {
		return
	}
	for _, f := range in.lent(fn, i, arg) {
		in.enqueue(f, pos)
	}
}

// lendsAny reports whether the arguments of a call lend it methods that matter.
func (in *interp) lendsAny(fn *types.Func, args []value.Value) bool {
	for i, arg := range args {
		for _, way := range value.Alternatives(arg) {
			if len(in.lent(fn, i, way)) > 0 {
				return true
			}
		}
	}
	return false
}

// lent returns the methods that an argument lends through an interface.
func (in *interp) lent(fn *types.Func, i int, arg value.Value) (methods []*value.Func) {
	params := fn.Signature().Params()
	if params.Len() == 0 {
		return nil
	}
	p := params.At(min(i, params.Len()-1)).Type()
	if s, ok := p.(*types.Slice); ok && fn.Signature().Variadic() && i >= params.Len()-1 {
		p = s.Elem()
	}
	iface, ok := p.Underlying().(*types.Interface)
	t := typeOf(arg)
	if !ok || t == nil || isType(p, httpPath, "Handler") {
		return nil
	}
	for m := range iface.Methods() {
		if impl, on := in.resolve(arg, t, m); impl != nil && in.relevant.funcs[impl] && !in.sealed(impl) {
			f := in.function(impl)
			f.Recv = on
			methods = append(methods, f)
		}
	}
	return methods
}

// escape notes a function that is stored in a value of another module's, which
// will call it.
func (in *interp) escape(_ *frame, container, v value.Value) {
	var t types.Type
	switch s := value.Deref(container).(type) {
	case *value.Struct:
		t = s.Type
	case *value.Unknown:
		t = s.Type
	}
	path, name := typeName(t)
	if path == "" || in.program.Own(path) || path == httpPath && name == "Server" {
		return
	}
	for _, way := range value.Alternatives(v) {
		switch f, ok := value.Bare(way).(*value.Func); {
		case ok && in.matters(f):
			in.enqueue(f, in.pos)
		case ok:
			in.loseGiven(f)
		}
	}
}

// Bounds of looking for functions in what a call gets.
const (
	maxActing      = 4
	maxActingElems = 64
	maxApplying    = 4 // functions deep, until the one that is called
)

// actsOn reports whether an argument is a function that matters, or holds such:
// whoever gets it may call it.
func (in *interp) actsOn(v value.Value) bool { return in.holdsActing(v, maxActing) }

func (in *interp) holdsActing(v value.Value, depth int) bool {
	if depth == 0 {
		return false
	}
	inner := func(c *value.Cell) bool { return in.holdsActing(c.V, depth-1) }
	switch x := value.Deref(v).(type) {
	case *value.Any:
		return slices.ContainsFunc(x.Of, func(o value.Option) bool { return in.holdsActing(o.V, depth) })
	case *value.Func:
		return in.matters(x)
	case *value.Named:
		return in.holdsActing(x.V, depth)
	case *value.List:
		return slices.ContainsFunc(x.Elems[:min(len(x.Elems), maxActingElems)], inner)
	case *value.Map:
		return slices.ContainsFunc(x.Entries[:min(len(x.Entries), maxActingElems)], func(e value.Entry) bool { return inner(e.Elem) })
	case *value.Struct:
		for _, c := range x.Fields {
			if inner(c) {
				return true
			}
		}
	}
	return false
}

// calling is what the body of a function calls.
type calling struct {
	value   bool          // a function that a variable holds
	methods []*types.Func // of the module
}

// applies reports whether a function calls one that a variable holds, by itself or
// through methods of the module.
func (in *interp) applies(fn *types.Func) bool {
	seen := map[*types.Func]bool{fn: true}
	level := []*types.Func{fn}
	for range maxApplying {
		var below []*types.Func
		for _, fn := range level {
			c := in.callsOf(fn)
			if c.value {
				return true
			}
			for _, m := range c.methods {
				if !seen[m] {
					seen[m] = true
					below = append(below, m)
				}
			}
		}
		level = below
	}
	return false
}

// callsOf tells what the body of a function calls. One that calls itself, such as
// that of a tree of commands, is left to what is known of the functions themselves.
func (in *interp) callsOf(fn *types.Func) calling {
	c, known := in.calling[fn]
	if known {
		return c
	}
	if d := in.program.Decl(fn); d != nil && d.Syntax.Body != nil {
		again := false
		ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				c.value = c.value || callsValue(d.Package.Info, n)
			case *ast.Ident:
				if m, ok := d.Package.Info.Uses[n].(*types.Func); ok {
					again = again || m == d.Func
					if m.Signature().Recv() != nil && in.program.Own(pkgPath(m)) {
						c.methods = append(c.methods, m)
					}
				}
			}
			return !again
		})
		if again {
			c = calling{}
		}
	}
	in.calling[fn] = c
	return c
}
