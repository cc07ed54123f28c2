package wiring

import (
	"cmp"
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// Config says how to read programs.
type Config struct {
	// Sealed functions are not followed: what they return is known by their
	// name. Nil means none.
	Sealed func(fn *types.Func) bool
	// Ruled functions are handlers with a rule, and their guarded forms: whoever
	// calls one leads to it. Nil means none.
	Ruled func(fn *types.Func) bool
	// Optional functions are generated ones: those that register routes need not
	// be called, and those that run a handler are its guarded form, or were before
	// they were out of date. Nil means none.
	Optional func(fn *types.Func) bool
}

// Read follows every main package of a module; of a module without any, the
// exported functions that speak of routers.
func Read(ctx context.Context, p *program.Program, cfg Config) ([]*Program, error) {
	relevant := newRelevance(p)
	var out []*Program
	var programs []*interp
	ran := map[*types.Func]bool{} // by any program
	for _, pkg := range p.Packages {
		if pkg.Types.Name() != "main" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		in := newInterp(p, relevant, cfg, pkg)
		in.safely(in.runProgram)
		maps.Copy(ran, in.ran)
		programs = append(programs, in)
	}
	for _, in := range programs {
		in.safely(func() { in.orphans(ran) })
		in.safely(func() { in.finish() })
		out = append(out, in.out)
	}
	if len(out) == 0 {
		for _, pkg := range p.Packages {
			in := newInterp(p, relevant, cfg, pkg)
			found := false
			in.safely(func() { found = in.runLibrary() })
			if found || len(in.out.Ends) > 0 {
				in.safely(func() { in.finish() })
				out = append(out, in.out)
			}
		}
	}
	return out, ctx.Err()
}

type assertion struct {
	of *value.Unknown
	as string
}

// interp is the state of following one program.
type interp struct {
	program  *program.Program
	relevant *relevance
	config   Config
	main     *program.Package

	out         *Program
	conditions  []Condition
	within      map[string]bool // packages of the module that the program is made of
	logs        []*journal
	assumed     []Condition // without them the program ends
	recovers    int         // functions that run and recover from panics
	globals     map[types.Object]*value.Cell
	begun       map[types.Object]bool // initializers that run or ran
	assertions  map[assertion]*value.Unknown
	receivers   map[assertion]*value.Cell
	symbolic    map[*value.Unknown]*Group
	shared      map[string]*Group     // routers that nobody is seen to make, by type
	active      map[any]int           // calls that are not over
	selves      map[any][]value.Value // what they are called on
	barren      map[*types.Func]int   // calls that came to nothing
	registering map[*types.Func]bool
	ran         map[*types.Func]bool
	queue       []callback
	queued      map[any]bool
	servings    []serving
	servers     []*value.Struct // that were served
	made        []madeServer
	mux         *Router // http.DefaultServeMux
	numbers     map[*ast.FuncLit]int
	done        map[*value.Cell]bool // each a sync.Once that did
	nextOf      map[*value.Func][]value.Value
	current     *types.Func
	pos         token.Pos
	steps       int
	depth       int
	foreign     int
	order       int
	limit       int // of steps
	tooMuch     bool
	gaveUp      []Condition // of every link, when code was not followed to its end
}

// callback is a function that somebody who is not read will call.
type callback struct {
	f     *value.Func
	conds []Condition
	pos   token.Pos
}

// madeServer is an http.Server that the program makes.
type madeServer struct {
	server *value.Struct
	pos    token.Pos
}

// named reports whether the function is a declared one, which others can call.
func (c callback) named() bool { return c.f.Fn != nil && c.f.Recv == nil }

// serving is a handler that is given to a server.
type serving struct {
	handler value.Value
	pos     token.Pos
	conds   []Condition
	in      *types.Func
}

func newInterp(p *program.Program, r *relevance, cfg Config, main *program.Package) *interp {
	return &interp{
		program: p, relevant: r, config: cfg, main: main, out: &Program{Path: main.Path},
		globals: map[types.Object]*value.Cell{}, begun: map[types.Object]bool{}, assertions: map[assertion]*value.Unknown{},
		receivers: map[assertion]*value.Cell{}, symbolic: map[*value.Unknown]*Group{}, shared: map[string]*Group{}, active: map[any]int{}, selves: map[any][]value.Value{}, barren: map[*types.Func]int{}, registering: map[*types.Func]bool{},
		ran: map[*types.Func]bool{}, queued: map[any]bool{}, numbers: map[*ast.FuncLit]int{}, done: map[*value.Cell]bool{}, nextOf: map[*value.Func][]value.Value{}, limit: maxSteps,
	}
}

func (in *interp) sealed(fn *types.Func) bool { return in.config.Sealed != nil && in.config.Sealed(fn) }

func (in *interp) end(pos token.Pos, why string) {
	e := End{Pos: pos, Why: why}
	if !slices.Contains(in.out.Ends, e) {
		in.out.Ends = append(in.out.Ends, e)
	}
}

// reached returns the packages of the module that the program is made of,
// imported ones first.
func (in *interp) reached() []*program.Package {
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		if seen[path] || !in.program.Own(path) {
			return
		}
		seen[path] = true
		for _, imported := range in.program.Imports(path) {
			visit(imported)
		}
	}
	visit(in.main.Path)
	in.within = seen
	var all []*program.Package
	for _, pkg := range in.program.Packages {
		if seen[pkg.Path] {
			all = append(all, pkg)
		}
	}
	return all
}

func (in *interp) runProgram() {
	packages := in.reached()
	for _, pkg := range packages {
		in.initialize(pkg)
	}
	if main, ok := in.main.Types.Scope().Lookup("main").(*types.Func); ok {
		in.callFunc(in.function(main), nil, main.Pos())
	}
	in.drain()
	in.serveServers()
	if in.mux != nil {
		in.dependencyInits()
	}
}

// runLibrary follows the exported functions of a package that no program of
// the module uses, with arguments that nobody knows.
func (in *interp) runLibrary() bool {
	found := false
	for _, file := range in.main.Files {
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || !d.Name.IsExported() {
				continue
			}
			fn, ok := in.main.Info.Defs[d.Name].(*types.Func)
			if !ok || !in.relevant.direct[fn] || in.ran[fn] {
				continue
			}
			if !found {
				for _, pkg := range in.reached() {
					in.initialize(pkg)
				}
			}
			found = true
			in.callUnknown(in.function(fn), d.Pos())
		}
	}
	in.drain()
	in.serveServers()
	return found && (len(in.out.Routers) > 0 || len(in.out.Ends) > 0)
}

// initialize runs the initializers of variables that matter and the init
// functions of a package.
func (in *interp) initialize(pkg *program.Package) {
	for _, init := range pkg.Info.InitOrder {
		for _, v := range init.Lhs {
			if in.relevant.vars[v] || v.Name() == "_" && in.mattersExpr(pkg, init.Rhs) {
				in.initializeVar(pkg, init)
				break
			}
		}
	}
	n := 0
	for _, file := range pkg.Files {
		for _, decl := range file.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && d.Name.Name == "init" && d.Recv == nil {
				name := pkg.Path + ".init." + number(n)
				n++
				if fn, ok := pkg.Info.Defs[d.Name].(*types.Func); ok && (in.relevant.funcs[fn] || !pkg.Own) {
					in.share(func() { in.callFunc(&value.Func{Fn: fn, Name: name}, nil, d.Pos()) })
				}
			}
		}
	}
}

// mattersExpr reports whether an expression refers to a function that matters.
func (in *interp) mattersExpr(pkg *program.Package, e ast.Expr) bool {
	n := &node{}
	in.relevant.refer(pkg, n, e)
	return n.direct || slices.ContainsFunc(n.funcs, func(fn *types.Func) bool { return in.relevant.funcs[fn] })
}

func (in *interp) initializeVar(pkg *program.Package, init *types.Initializer) {
	for _, v := range init.Lhs {
		if in.begun[v] {
			return
		}
	}
	for _, v := range init.Lhs {
		in.begun[v] = true
	}
	fr := in.packageFrame(pkg)
	current := in.current
	in.current = nil
	var vals []value.Value
	in.share(func() { vals = fr.exprs(init.Rhs, len(init.Lhs)) })
	in.current = current
	for i, v := range init.Lhs {
		if v.Name() == "_" {
			continue
		}
		c := in.cellOf(v)
		c.V = copied(fr.converted(vals[i], v.Type()))
		in.doubt(v, c)
		in.materialize(c)
	}
}

func (in *interp) packageFrame(pkg *program.Package) *frame {
	return &frame{
		in: in, pkg: pkg, name: pkg.Path + ".init", sig: types.NewSignatureType(nil, nil, nil, nil, nil, false),
		env: &value.Env{Vars: map[types.Object]*value.Cell{}},
	}
}

func (in *interp) cellOf(v *types.Var) *value.Cell {
	c := in.globals[v]
	if c == nil {
		c = &value.Cell{Name: v.Pkg().Name() + "." + v.Name(), Pos: v.Pos()}
		in.globals[v] = c
	}
	return c
}

// doubt makes a plain value unknown that code which is not followed may write.
func (in *interp) doubt(v *types.Var, c *value.Cell) {
	elsewhere := in.relevant.exposed[v] || slices.ContainsFunc(in.relevant.assigned[v], func(fn *types.Func) bool { return fn == nil || !in.relevant.funcs[fn] })
	if !elsewhere {
		return
	}
	switch c.V.(type) {
	case *value.Nil:
		c.V = unknown(v.Type(), c.Name)
		in.materialize(c)
	case *value.Any: // what it may be is known, and it may be something else
		c.V = oneOf([]value.Option{{V: c.V}, {V: unknown(v.Type(), c.Name)}})
	default:
		in.forgetCell(c, forgetDepth, map[value.Value]bool{})
	}
}

// global returns the storage of a package variable.
func (in *interp) global(v *types.Var) *value.Cell {
	if c := in.globals[v]; c != nil && c.V != nil {
		return c
	}
	c := in.cellOf(v)
	if v.Pkg().Path() == httpPath && v.Name() == "DefaultServeMux" {
		c.V = in.defaultMux()
		return c
	}
	pkg := in.program.Package(v.Pkg().Path())
	if in.program.Own(v.Pkg().Path()) && (pkg == nil || pkg.Types != v.Pkg()) {
		return in.remote(c, v)
	}
	if pkg != nil && pkg.Types == v.Pkg() && !in.begun[v] {
		for _, init := range pkg.Info.InitOrder {
			if slices.Contains(init.Lhs, v) {
				logs, conds := in.logs, in.conditions
				in.logs, in.conditions = nil, nil
				in.initializeVar(pkg, init)
				in.logs, in.conditions = logs, conds
				break
			}
		}
		if c.V == nil {
			in.begun[v] = true
			c.V = in.zero(v.Type())
			in.doubt(v, c)
		}
	}
	if c.V == nil {
		c.V = unknown(v.Type(), c.Name)
		in.materialize(c)
	}
	return c
}

// remote fills in a variable of a package of the module that is read only now:
// one that has nothing to do with routers, and may hold paths.
func (in *interp) remote(c *value.Cell, v *types.Var) *value.Cell {
	c.V = unknown(v.Type(), c.Name)
	pkg := in.program.Read(v.Pkg().Path())
	if pkg == nil || in.relevant.exposed[v] || len(in.relevant.assigned[v]) > 0 || in.relevant.writtenElsewhere(pkg, v.Name()) {
		return c
	}
	twin, ok := pkg.Types.Scope().Lookup(v.Name()).(*types.Var)
	if !ok || twin == v {
		return c
	}
	in.relevant.note(pkg)
	from := in.global(twin)
	c.V = from.V
	return c
}

// callUnknown calls a function with arguments that nobody knows.
func (in *interp) callUnknown(f *value.Func, pos token.Pos) {
	sig := in.signature(f)
	if sig == nil {
		return
	}
	var args []value.Value
	for p := range sig.Params().Variables() {
		args = append(args, &value.Unknown{Type: p.Type(), Why: p.Name(), Pos: pos})
	}
	if f.Expr && sig.Recv() != nil {
		args = append([]value.Value{unknown(sig.Recv().Type(), sig.Recv().Name())}, args...)
	}
	if v, ok := in.callFunc(f, args, pos); ok {
		in.passed(v, 3)
	}
}

// passed notes routers that code which is not read gets: it may serve them.
func (in *interp) passed(v value.Value, depth int) {
	if depth == 0 {
		return
	}
	if r := asRouter(v); r != nil {
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
	if in.program.Own(path) {
		return in.relevant.funcs[fn] && (in.relevant.acts[fn] || in.relevant.anyCarries(fn.Signature().Results(), 0) || generic(fn)) ||
			slices.ContainsFunc(args, in.actsOn) || in.relevant.strings(fn)
	}
	if path == httpPath || path == ginPath || path == echoPath {
		return false
	}
	if in.foreign > 0 && in.current != nil && pkgPath(in.current) == path {
		return true
	}
	for _, a := range append([]value.Value{recv}, args...) {
		if a != nil && asRouter(a) != nil && !makesResult(fn) {
			return slices.ContainsFunc(in.program.Imports(path), func(p string) bool { return p == httpPath || p == ginPath || p == echoPath })
		}
	}
	return false
}

// opaque is a call that is not read: it may call the functions it gets, write
// through the pointers it gets, and serve the handlers it gets.
func (in *interp) opaque(fn *types.Func, recv value.Value, args []value.Value, pos token.Pos) {
	for i, a := range args {
		in.passed(a, 3)
		in.lends(fn, i, a, pos)
		if fn == nil || in.program.Package(pkgPath(fn)) == nil {
			in.hands(a, 3, pos)
		}
		for _, way := range value.Alternatives(a) {
			in.given(fn, i, way, pos)
		}
		in.forget(args[i])
	}
	if recv != nil {
		in.forget(recv)
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

// given is what a call that is not read may do with one of its arguments.
func (in *interp) given(fn *types.Func, i int, a value.Value, pos token.Pos) {
	yields := fn != nil && (makesResult(fn) || in.program.Own(pkgPath(fn)) && in.program.Decl(fn) != nil)
	whole := a
	a = value.Deref(a)
	switch x := a.(type) {
	case *value.Func, *value.Named:
		if f, ok := value.Bare(x).(*value.Func); ok && in.matters(f) {
			if f.Fn != nil && f.Recv == nil {
				in.enqueue(f, pos) // whoever calls it by name knows its arguments
			} else if in.once(f) {
				in.aside(maybe("the function is called", pos), func() { in.callUnknown(f, pos) })
			}
		}
		if !yields && fn != nil && takesHandler(fn, i) {
			in.serve(x, pos)
		}
	case *value.List:
		for _, e := range x.Elems {
			if f, ok := value.Bare(e.V).(*value.Func); ok && in.matters(f) && in.once(f) {
				in.aside(maybe("the function is called", pos), func() { in.callUnknown(f, pos) })
			}
		}
	case *Router:
		if !yields {
			in.serve(x, pos)
		}
	case *Group:
		if fn != nil && in.program.Decl(fn) == nil || fn == nil {
			in.end(pos, "a group of routes is passed to "+callee(fn)+", which is not read")
		}
	case *value.Struct:
		if isType(x.Type, httpPath, "Server") {
			in.serveServer(x, pos, false)
		} else if !yields && fn != nil && takesHandler(fn, i) {
			in.serve(whole, pos)
		}
	case *value.Unknown:
		if !yields && fn != nil && takesHandler(fn, i) && len(x.From) > 0 {
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
// read.
func (in *interp) lends(fn *types.Func, i int, arg value.Value, pos token.Pos) {
	if fn == nil {
		return
	}
	params := fn.Signature().Params()
	if params.Len() == 0 {
		return
	}
	p := params.At(min(i, params.Len()-1)).Type()
	if s, ok := p.(*types.Slice); ok && fn.Signature().Variadic() && i >= params.Len()-1 {
		p = s.Elem()
	}
	iface, ok := p.Underlying().(*types.Interface)
	t := typeOf(arg)
	if !ok || t == nil || isType(p, httpPath, "Handler") {
		return
	}
	for m := range iface.Methods() {
		if impl, on := in.resolve(arg, t, m); impl != nil && in.relevant.funcs[impl] && !in.sealed(impl) {
			f := in.function(impl)
			f.Recv = on
			in.enqueue(f, pos)
		}
	}
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
		if f, ok := value.Bare(way).(*value.Func); ok && in.matters(f) {
			in.enqueue(f, in.pos)
		}
	}
}

// matters reports whether calling a function can have to do with wiring. A
// handler or a middleware is called for requests only.
func (in *interp) matters(f *value.Func) bool {
	if sig := in.signature(f); sig != nil {
		if _, s := shapeOf(sig); s != noShape {
			return false
		}
	}
	if f.Fn != nil {
		return in.relevant.funcs[f.Fn.Origin()] && !in.sealed(f.Fn)
	}
	n := &node{}
	in.relevant.refer(f.Pkg, n, f.Lit)
	return n.direct || slices.ContainsFunc(n.funcs, func(fn *types.Func) bool { return in.relevant.funcs[fn] }) ||
		slices.ContainsFunc(n.methods, in.relevant.method) || !f.Pkg.Own || in.callsVariables(f)
}

// callsVariables reports whether a literal calls a variable around it: what
// that is may matter.
func (in *interp) callsVariables(f *value.Func) bool {
	found := false
	ast.Inspect(f.Lit.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
				if obj, ok := f.Pkg.Info.Uses[id].(*types.Var); ok && f.Env.Lookup(obj) != nil {
					if g, ok := value.Bare(f.Env.Lookup(obj).V).(*value.Func); ok && g.Lit != f.Lit && g.Fn != nil && in.relevant.funcs[g.Fn] || ok && g.Lit != nil && g.Lit != f.Lit && in.depth < 20 {
						found = true
					}
				}
			}
		}
		return !found
	})
	return found
}

func (in *interp) once(f *value.Func) bool {
	key := any(f.Lit)
	if f.Fn != nil {
		return in.active[f.Fn] == 0
	}
	return in.active[key] == 0
}

func (in *interp) enqueue(f *value.Func, pos token.Pos) {
	key := any(f.Lit)
	if f.Fn != nil {
		key = f.Fn
		if r, ok := f.Recv.(*value.Ref); ok && r.To != nil {
			key = struct {
				fn *types.Func
				on *value.Cell
			}{f.Fn, r.To}
		}
	}
	if in.queued[key] {
		return
	}
	in.queued[key] = true
	in.queue = append(in.queue, callback{f: f, conds: slices.Clone(in.conditions), pos: pos})
}

// drain calls the functions that others were given, after all else.
func (in *interp) drain() {
	for len(in.queue) > 0 {
		// Declared functions come last: others may still call them by name, and
		// know their arguments.
		next := max(0, slices.IndexFunc(in.queue, func(c callback) bool { return !c.named() }))
		c := in.queue[next]
		in.queue = slices.Delete(in.queue, next, next+1)
		if c.named() && in.ran[c.f.Fn] {
			continue
		}
		in.logs, in.conditions = nil, append(slices.Clone(c.conds), maybe("the function is called", c.pos))
		in.share(func() { in.callUnknown(c.f, c.pos) })
	}
	in.conditions = nil
}

// orphans follows functions that register routes and that no call was seen of
// in any program, as long as somebody refers to them.
func (in *interp) orphans(ran map[*types.Func]bool) {
	defer in.drain()
	for _, pkg := range in.reached() {
		for _, file := range pkg.Files {
			for _, decl := range file.Decls {
				d, ok := decl.(*ast.FuncDecl)
				if !ok || d.Body == nil {
					continue
				}
				fn, ok := pkg.Info.Defs[d.Name].(*types.Func)
				if !ok || in.ran[fn] || ran[fn] || !in.relevant.direct[fn] || in.sealed(fn) || in.config.Optional != nil && in.config.Optional(fn) || !in.registers(pkg, d) {
					continue
				}
				if !in.relevant.referred[fn] && !in.implementsSomething(fn) {
					if d.Name.Name != "main" && d.Name.Name != "init" {
						in.end(d.Name.Pos(), funcName(fn)+" registers routes, and nobody is seen to call it")
					}
					continue
				}
				before := in.order
				in.aside(maybe("the function is called", d.Pos()), func() { in.share(func() { in.callUnknown(in.function(fn), d.Pos()) }) })
				if in.order > before {
					in.end(d.Name.Pos(), "no call of "+funcName(fn)+" is seen: what it registers is told as if it were called")
				}
			}
		}
	}
}

// registers reports whether a declaration itself calls what registers routes.
func (in *interp) registers(pkg *program.Package, d *ast.FuncDecl) bool {
	found := false
	ast.Inspect(d.Body, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if fn, ok := pkg.Info.Uses[sel.Sel].(*types.Func); ok && isRegistration(fn) {
				found = true
			}
		}
		return !found
	})
	return found
}

// implementsSomething reports whether a method may be called through an
// interface of the module or of a dependency.
func (in *interp) implementsSomething(fn *types.Func) bool {
	if fn.Signature().Recv() == nil {
		return false
	}
	for other := range in.relevant.referred {
		if other.Name() == fn.Name() && other.Signature().Recv() != nil && types.IsInterface(other.Signature().Recv().Type()) {
			return true
		}
	}
	return false
}

// number returns the number of a literal in its function, in order of place.
func (in *interp) number(fr *frame, lit *ast.FuncLit) int {
	if n, ok := in.numbers[lit]; ok {
		return n
	}
	var around ast.Node
	for _, file := range fr.pkg.Files {
		if file.FileStart <= lit.Pos() && lit.Pos() < file.FileEnd {
			around = enclosing(file, lit)
		}
	}
	n := 0
	if around != nil {
		ast.Inspect(around, func(at ast.Node) bool {
			if l, ok := at.(*ast.FuncLit); ok && at != around {
				n++
				in.numbers[l] = n
				return false
			}
			return true
		})
	}
	return cmp.Or(in.numbers[lit], 1)
}

// enclosing returns the innermost function or declaration around a literal.
func enclosing(file *ast.File, lit *ast.FuncLit) ast.Node {
	var found ast.Node
	for _, d := range file.Decls {
		if d.Pos() <= lit.Pos() && lit.End() <= d.End() {
			found = d
		}
	}
	if found == nil {
		return nil
	}
	ast.Inspect(found, func(n ast.Node) bool {
		if l, ok := n.(*ast.FuncLit); ok && l != lit && l.Pos() <= lit.Pos() && lit.End() <= l.End() {
			found = l
		}
		return n == nil || n.Pos() <= lit.Pos() && lit.End() <= n.End() || n == found
	})
	return found
}

// FuncName names a function as the manifest does.
func FuncName(fn *types.Func) string { return funcName(fn.Origin()) }

// funcName names a function as Go does.
func funcName(fn *types.Func) string {
	name := fn.Name()
	recv := fn.Signature().Recv()
	if recv == nil {
		return pkgPath(fn) + "." + name
	}
	t := types.Unalias(recv.Type())
	if p, ok := t.(*types.Pointer); ok {
		_, base := typeName(p.Elem())
		return pkgPath(fn) + ".(*" + base + ")." + name
	}
	_, base := typeName(t)
	return pkgPath(fn) + "." + base + "." + name
}

func number(n int) string { return strconv.Itoa(n) }

// actsOn reports whether an argument is a function that matters, or a list of
// such: whoever gets it may call it.
func (in *interp) actsOn(v value.Value) bool {
	switch x := value.Bare(v).(type) {
	case *value.Func:
		return in.matters(x)
	case *value.List:
		return slices.ContainsFunc(x.Elems, func(c *value.Cell) bool {
			f, ok := value.Bare(c.V).(*value.Func)
			return ok && in.matters(f)
		})
	}
	return false
}
