package wiring

import (
	"bytes"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
)

// relevance tells which functions of the module have to do with wiring: those
// that speak of routers or make handlers, and those that lead to them. Only
// they are followed, so that a program's other code costs nothing.
type relevance struct {
	program  *program.Program
	funcs    map[*types.Func]bool
	byName   map[string][]*types.Func // relevant methods
	vars     map[*types.Var]bool      // package variables whose initializers matter
	assigned map[*types.Var][]*types.Func
	exposed  map[*types.Var]bool // address taken
	referred map[*types.Func]bool
	direct   map[*types.Func]bool // speaks of routers itself
	carriers map[*types.TypeName]bool
	fits     map[pair]bool        // whether a method may be what an interface's is
	wires    map[*types.Func]bool // leads to a call that registers, groups, makes or serves a router
	acts     map[*types.Func]bool // or writes what may hold handlers
	noted    map[string]bool      // packages read later
	nodes    []*node
	byPart   []*node // functions by their part, nil for variables
	heated   map[spoken]bool
	forTypes map[*types.Func]bool // generic functions that matter for some types only
	nodeOf   map[*types.Func]*node
	seen     map[*types.Var]bool // package variables that may hold what has to do with wiring
}

// spoken is a name as code speaks of it, see [program.Program.Mentioning].
type spoken struct{ pkg, name string }

// fills reports whether a function may write handlers into what it is given.
func (r *relevance) fills(sig *types.Signature) bool {
	if sig.Recv() != nil && (r.carries(sig.Recv().Type(), 0) || holdsFuncs(sig.Recv().Type(), 0)) || r.anyCarries(sig.Params(), 0) {
		return true
	}
	for p := range sig.Params().Variables() {
		if holdsFuncs(p.Type(), 0) {
			return true
		}
	}
	return false
}

// holdsFuncs reports whether a type holds functions, which may do anything.
func holdsFuncs(t types.Type, depth int) bool {
	if depth > 3 {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Signature:
		return true
	case *types.Pointer:
		return holdsFuncs(u.Elem(), depth+1)
	case *types.Slice:
		return holdsFuncs(u.Elem(), depth+1)
	case *types.Map:
		return holdsFuncs(u.Elem(), depth+1)
	case *types.Struct:
		for f := range u.Fields() {
			if holdsFuncs(f.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

// pair is a method of an interface and one of a type.
type pair struct{ of, is *types.Func }

// lead marks the functions that lead to a call that has to do with routers, and
// those that write what may hold handlers: others return handlers at most.
func (r *relevance) lead(nodes []*node) {
	r.closure(nodes, r.wires, func(n *node) bool { return n.calls })
	r.closure(nodes, r.acts, func(n *node) bool {
		return r.wires[n.fn] || n.applies || n.writes && r.fills(n.fn.Signature()) || slices.ContainsFunc(n.sets, func(v *types.Var) bool { return r.carries(v.Type(), 0) })
	})
}

// closure marks the functions that are something, and those that lead to them.
func (r *relevance) closure(nodes []*node, marked map[*types.Func]bool, is func(*node) bool) {
	methods := map[string][]*types.Func{}
	for changed := true; changed; {
		changed = false
		for _, n := range nodes {
			if n.fn == nil || marked[n.fn] || !r.funcs[n.fn] {
				continue
			}
			if !is(n) && !slices.ContainsFunc(n.funcs, func(fn *types.Func) bool { return marked[fn] }) &&
				!slices.ContainsFunc(n.methods, func(m *types.Func) bool {
					return slices.ContainsFunc(methods[m.Name()], func(is *types.Func) bool { return r.mayBe(m, is) })
				}) {
				continue
			}
			changed = true
			marked[n.fn] = true
			if n.fn.Signature().Recv() != nil {
				methods[n.fn.Name()] = append(methods[n.fn.Name()], n.fn)
			}
		}
	}
}

// node is a function or a package variable with what it refers to.
type node struct {
	part    *program.Part // of a function that was not read yet
	fn      *types.Func
	v       *types.Var
	funcs   []*types.Func
	uses    []instance // of generic functions
	vars    []*types.Var
	methods []*types.Func // of interfaces
	direct  bool
	calls   bool // a function that has to do with routers, or one that nobody knows
	writes  bool // what is not its own variable
	sets    []*types.Var
	applies bool // a function that a variable holds
}

func newRelevance(p *program.Program) *relevance {
	r := &relevance{
		program: p, funcs: map[*types.Func]bool{}, byName: map[string][]*types.Func{}, vars: map[*types.Var]bool{},
		assigned: map[*types.Var][]*types.Func{}, exposed: map[*types.Var]bool{}, referred: map[*types.Func]bool{}, direct: map[*types.Func]bool{},
		carriers: map[*types.TypeName]bool{}, fits: map[pair]bool{}, wires: map[*types.Func]bool{}, acts: map[*types.Func]bool{}, noted: map[string]bool{},
		heated: map[spoken]bool{}, forTypes: map[*types.Func]bool{}, seen: map[*types.Var]bool{}, nodeOf: map[*types.Func]*node{},
	}
	parts := p.Parts()
	r.byPart = make([]*node, len(parts))
	for _, part := range parts {
		r.begin(part)
	}
	r.heatRouters()
	for r.spread() || r.carry() {
	}
	r.lead(r.nodes)
	return r
}

// begin makes the nodes of a part. What a function speaks of is read when a name
// in it matters: most of a program has nothing to do with wiring.
func (r *relevance) begin(part *program.Part) {
	switch d := part.Decl.(type) {
	case *ast.FuncDecl:
		if n := functionNode(part.Package, d); n != nil {
			n.part = part
			r.nodes = append(r.nodes, n)
			r.byPart[part.Index] = n
			r.nodeOf[n.fn] = n
		}
	case *ast.GenDecl:
		r.nodes = append(r.nodes, r.variables(part.Package, d)...)
	}
}

func functionNode(pkg *program.Package, d *ast.FuncDecl) *node {
	fn, ok := pkg.Info.Defs[d.Name].(*types.Func)
	if !ok || d.Body == nil {
		return nil
	}
	return &node{fn: fn, direct: makesHandlers(fn), calls: takesRouter(fn.Signature())}
}

// instance is a generic function with the types that it is used for. What it has
// to do with may be what they have to do with.
type instance struct {
	fn   *types.Func
	args *types.TypeList
}

// variables returns the nodes of a declaration of package variables.
func (r *relevance) variables(pkg *program.Package, d *ast.GenDecl) (nodes []*node) {
	for _, spec := range d.Specs {
		vs := spec.(*ast.ValueSpec)
		n := &node{}
		r.refer(pkg, n, vs)
		for _, name := range vs.Names {
			if v, ok := pkg.Info.Defs[name].(*types.Var); ok {
				c := *n
				c.v = v
				nodes = append(nodes, &c)
			}
		}
	}
	return nodes
}

// readNode reads what a function speaks of.
func (r *relevance) readNode(n *node) {
	if n == nil || n.part == nil {
		return
	}
	part := n.part
	n.part = nil
	r.program.Check(part)
	r.refer(part.Package, n, part.Decl)
}

// heat reads all functions that may speak of a name.
func (r *relevance) heat(pkg, name string) {
	s := spoken{pkg, name}
	if r.heated[s] {
		return
	}
	r.heated[s] = true
	for _, part := range r.program.Mentioning(pkg, name) {
		r.readNode(r.byPart[part.Index])
	}
}

// heatObject reads all functions that may speak of a function, method or
// variable.
func (r *relevance) heatObject(obj types.Object) {
	pkg := ""
	if obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() {
		pkg = obj.Pkg().Path()
	}
	r.heat(pkg, obj.Name())
}

// heatRouters reads all functions that may speak of routers and handlers.
func (r *relevance) heatRouters() {
	for name := range routers.Names() {
		r.heat("", name)
		r.heat(httpPath, name)
	}
	for path, names := range wiringNames {
		for name := range names {
			r.heat(path, name)
		}
	}
	for name := range wiringMethods {
		r.heat("", name)
	}
	r.heat(routers.AdapterPath, "Recorder")
}

// wiringNames are the functions, types and variables of the frameworks that have
// to do with wiring, not with serving one request.
var wiringNames = map[string]map[string]bool{
	httpPath: nameSet(`NewServeMux ListenAndServe ListenAndServeTLS Serve ServeTLS StripPrefix FileServer FileServerFS TimeoutHandler
		Handler HandlerFunc ServeMux Server DefaultServeMux`),
	ginPath:  nameSet(`New Default WrapH WrapF Engine RouterGroup IRouter IRoutes HandlerFunc HandlersChain`),
	echoPath: nameSet(`New WrapHandler WrapMiddleware Echo Group HandlerFunc MiddlewareFunc`),
}

// wiringMethods are those methods of routers and servers that register nothing
// and lead to what is registered.
var wiringMethods = nameSet(`Handler ServeHTTP ListenAndServe ListenAndServeTLS Serve ServeTLS HandleContext Routes With BasePath
	Run RunTLS RunUnix RunFd RunQUIC RunListener Start StartTLS StartAutoTLS StartH2CServer StartServer Router Routers`)

func nameSet(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		set[word] = true
	}
	return set
}

// read returns the nodes of all code of a package.
func (r *relevance) read(pkg *program.Package) []*node {
	r.program.Complete(pkg)
	var nodes []*node
	for _, file := range pkg.Files {
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if n := functionNode(pkg, d); n != nil {
					r.refer(pkg, n, d)
					nodes = append(nodes, n)
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					nodes = append(nodes, r.variables(pkg, d)...)
				}
			}
		}
	}
	return nodes
}

// makesHandlers reports whether a signature speaks of handlers or middleware.
func makesHandlers(fn *types.Func) bool {
	sig := fn.Signature()
	for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range tuple.Variables() {
			t := v.Type()
			if s, ok := t.(*types.Slice); ok {
				t = s.Elem()
			}
			if _, s := shapeOf(t); s != noShape {
				return true
			}
		}
	}
	return false
}

// look tells what a part of a declaration speaks of. Nothing is noted: the
// declaration was read before.
func (r *relevance) look(pkg *program.Package, part ast.Node) *node {
	aside := relevance{program: r.program, assigned: map[*types.Var][]*types.Func{}, exposed: map[*types.Var]bool{}, referred: map[*types.Func]bool{}}
	n := &node{}
	aside.refer(pkg, n, part)
	return n
}

// refer notes what a declaration speaks of.
func (r *relevance) refer(pkg *program.Package, n *node, decl ast.Node) {
	ast.Inspect(decl, func(at ast.Node) bool {
		switch at := at.(type) {
		case *ast.Ident:
			switch obj := pkg.Info.Uses[at].(type) {
			case *types.Func:
				if r.referFunc(n, obj.Origin()); generic(obj) {
					n.uses = append(n.uses, instance{obj.Origin(), typeArgs(pkg.Info, at, obj)})
				}
			case *types.TypeName:
				n.direct = n.direct || wiringType(obj)
			case *types.Var:
				if obj.Pkg() != nil && !obj.IsField() && obj.Parent() == obj.Pkg().Scope() {
					n.vars = append(n.vars, obj)
					if obj.Pkg().Path() == httpPath && obj.Name() == "DefaultServeMux" {
						n.direct = true
					}
				}
			}
		case *ast.CallExpr:
			n.calls = n.calls || takesRouter(pkg.Info.TypeOf(at.Fun))
			n.applies = n.applies || callsValue(pkg.Info, at)
		case *ast.AssignStmt:
			for _, l := range at.Lhs {
				if _, local := ast.Unparen(l).(*ast.Ident); !local {
					n.writes = true
				}
				if v := rootVar(pkg.Info, l); v != nil && at.Tok != token.DEFINE {
					r.assigned[v] = append(r.assigned[v], n.fn)
					n.sets = append(n.sets, v)
				}
			}
		case *ast.UnaryExpr:
			if at.Op == token.AND {
				if v := rootVar(pkg.Info, at.X); v != nil {
					r.exposed[v] = true
				}
			}
		}
		return true
	})
}

// callsValue reports whether a call is one of a function that a variable holds.
func callsValue(info *types.Info, call *ast.CallExpr) bool {
	var id *ast.Ident
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return !info.Types[call.Fun].IsType()
	}
	_, ok := info.Uses[id].(*types.Var)
	return ok
}

// rootVar returns the package variable at the root of an expression.
func rootVar(info *types.Info, e ast.Expr) *types.Var {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			v, ok := info.Uses[x].(*types.Var)
			if ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
				return v
			}
			return nil
		case *ast.SelectorExpr:
			if info.Selections[x] == nil {
				e = x.Sel
				continue
			}
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		default:
			return nil
		}
	}
}

func (r *relevance) referFunc(n *node, fn *types.Func) {
	r.referred[fn] = true
	if fn.Pkg() == nil {
		return
	}
	if wiringFunc(fn) || routers.LookupInterface(fn) != nil {
		n.direct, n.calls = true, true
		return
	}
	if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		n.methods = append(n.methods, fn)
		return
	}
	if r.program.Own(fn.Pkg().Path()) && !generic(fn) {
		n.funcs = append(n.funcs, fn)
	}
}

// typeArgs returns the types that a generic function is used for, nil when they
// are not known.
func typeArgs(info *types.Info, at *ast.Ident, fn *types.Func) *types.TypeList {
	if recv := fn.Signature().Recv(); recv != nil {
		t := types.Unalias(recv.Type())
		if p, ok := t.(*types.Pointer); ok {
			t = types.Unalias(p.Elem())
		}
		if n, ok := t.(*types.Named); ok {
			return n.TypeArgs()
		}
		return nil
	}
	return info.Instances[at].TypeArgs
}

// matters reports whether an instance has to do with wiring: the function does,
// or one of the types may hold what does.
func (r *relevance) matters(use instance) bool {
	if r.funcs[use.fn] && !r.forTypes[use.fn] || use.args == nil {
		return true
	}
	for t := range use.args.Types() {
		if _, isParam := types.Unalias(t).(*types.TypeParam); isParam {
			return true
		}
		switch u := t.Underlying().(type) {
		case *types.Signature:
			return true
		case *types.Interface:
			if u.Empty() {
				return true
			}
		}
		if r.carries(t, 0) {
			return true
		}
	}
	return false
}

// wiringFunc reports whether a function of a framework has to do with wiring,
// not with serving one request.
func wiringFunc(fn *types.Func) bool {
	if routers.Lookup(fn) != nil {
		return true
	}
	names := wiringNames[fn.Pkg().Path()]
	recv := fn.Signature().Recv()
	if names == nil || recv == nil {
		return names[fn.Name()]
	}
	switch _, name := typeName(recv.Type()); name {
	case "ServeMux", "Server", "Engine", "RouterGroup", "IRouter", "IRoutes", "Echo", "Group":
		return wiringMethods[fn.Name()]
	}
	return false
}

// wiringType is wiringFunc for types.
func wiringType(obj *types.TypeName) bool {
	return obj.Pkg() != nil && (isRecorder(obj) || wiringNames[obj.Pkg().Path()][obj.Name()])
}

func (r *relevance) mark(fn *types.Func) {
	r.funcs[fn] = true
	r.readNode(r.nodeOf[fn])
	r.heatObject(fn)
	if recv := fn.Signature().Recv(); recv != nil {
		r.byName[fn.Name()] = append(r.byName[fn.Name()], fn)
	}
}

// spread marks what refers to what is marked, and says whether anything was.
func (r *relevance) spread() (any bool) {
	for changed := true; changed; {
		changed = false
		for _, n := range r.nodes {
			if n.fn != nil && r.funcs[n.fn] && !r.forTypes[n.fn] || n.v != nil && r.vars[n.v] {
				continue
			}
			used := false
			for _, use := range n.uses {
				if !r.matters(use) {
					continue
				}
				used = true
				if r.program.Own(pkgPath(use.fn)) && !r.funcs[use.fn] {
					r.mark(use.fn)
					r.forTypes[use.fn] = true
					changed, any = true, true
				}
			}
			if !n.direct && !used && !slices.ContainsFunc(n.funcs, func(fn *types.Func) bool { return r.funcs[fn] }) &&
				!slices.ContainsFunc(n.vars, func(v *types.Var) bool { return r.vars[v] }) &&
				!slices.ContainsFunc(n.methods, r.method) {
				continue
			}
			changed, any = true, true
			if n.fn != nil {
				if !r.funcs[n.fn] {
					r.mark(n.fn)
				}
				delete(r.forTypes, n.fn)
				r.direct[n.fn] = n.direct
			} else {
				r.vars[n.v] = true
				r.heatObject(n.v)
			}
		}
	}
	return any
}

// carry marks functions that return what has to do with wiring: the fields that
// they fill are read later.
func (r *relevance) carry() (any bool) {
	for fn := range r.funcs {
		if recv := fn.Signature().Recv(); recv != nil {
			if n := ownNamed(recv.Type()); n != nil {
				r.carriers[n.Obj()] = true
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, pkg := range r.program.Packages {
			scope := pkg.Types.Scope()
			for _, name := range scope.Names() {
				obj, ok := scope.Lookup(name).(*types.TypeName)
				if !ok || r.carriers[obj] {
					continue
				}
				st, ok := obj.Type().Underlying().(*types.Struct)
				if !ok {
					continue
				}
				for f := range st.Fields() {
					if r.carries(f.Type(), 0) {
						r.carriers[obj] = true
						changed = true
						break
					}
				}
			}
		}
	}
	r.heatCarriers()
	for _, n := range r.nodes {
		if n.fn == nil || r.funcs[n.fn] {
			continue
		}
		sig := n.fn.Signature()
		if r.anyCarries(sig.Results(), 0) || r.anyCarries(sig.Params(), 0) || slices.ContainsFunc(n.sets, func(v *types.Var) bool { return r.carries(v.Type(), 0) }) {
			r.mark(n.fn)
			any = true
		}
	}
	return any
}

// heatCarriers reads all functions that may set a variable that may hold what
// has to do with wiring.
func (r *relevance) heatCarriers() {
	for _, pkg := range r.program.Packages {
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			if v, ok := scope.Lookup(name).(*types.Var); ok && !r.seen[v] && r.carries(v.Type(), 0) {
				r.seen[v] = true
				r.heatObject(v)
			}
		}
	}
}

// assignedIn returns the functions that assign a package variable, nil for a
// variable's initializer.
func (r *relevance) assignedIn(v *types.Var) []*types.Func {
	r.heatObject(v)
	return r.assigned[v]
}

// addressTaken reports whether some code points to a package variable.
func (r *relevance) addressTaken(v *types.Var) bool {
	r.heatObject(v)
	return r.exposed[v]
}

// isReferred reports whether some code speaks of a function.
func (r *relevance) isReferred(fn *types.Func) bool {
	r.heatObject(fn)
	return r.referred[fn]
}

// referredAs returns the functions and methods of a name that some code speaks
// of as fields and methods are.
func (r *relevance) referredAs(name string) (all []*types.Func) {
	r.heat("", name)
	for fn := range r.referred {
		if fn.Name() == name {
			all = append(all, fn)
		}
	}
	return all
}

// generic reports whether a function is generic: what it has to do with shows
// only where it is called.
func generic(fn *types.Func) bool {
	sig := fn.Signature()
	return sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0
}

// strings reports whether a function does no more than compute a string, which
// may be part of a path.
func (r *relevance) strings(fn *types.Func) bool {
	sig := fn.Signature()
	if sig.Results().Len() != 1 || !isString(sig.Results().At(0).Type()) {
		return false
	}
	d := r.program.Decl(fn)
	return d != nil && len(d.Syntax.Body.List) <= 12
}

func (r *relevance) anyCarries(vars *types.Tuple, depth int) bool {
	for v := range vars.Variables() {
		if r.carries(v.Type(), depth) {
			return true
		}
	}
	return false
}

// carries reports whether a value of a type may hold what has to do with wiring.
func (r *relevance) carries(t types.Type, depth int) bool {
	if depth > 3 {
		return false
	}
	for {
		switch u := types.Unalias(t).(type) {
		case *types.Pointer:
			t = u.Elem()
			continue
		case *types.Slice:
			t = u.Elem()
			continue
		case *types.Array:
			t = u.Elem()
			continue
		case *types.Map:
			t = u.Elem()
			continue
		}
		break
	}
	if f, _ := routerType(t); f != "" || isType(t, httpPath, "Server") {
		return true
	}
	if _, s := shapeOf(t); s != noShape {
		return true
	}
	if sig, ok := t.Underlying().(*types.Signature); ok {
		return r.anyCarries(sig.Params(), depth+1) || r.anyCarries(sig.Results(), depth+1)
	}
	switch t.Underlying().(type) {
	case *types.Slice, *types.Array, *types.Map: // with a name
		return r.carries(elemOf(t), depth+1)
	}
	n := ownNamed(t)
	if st, ok := t.Underlying().(*types.Struct); ok && (n == nil || n.Obj().Pkg() != nil && n.Obj().Parent() != n.Obj().Pkg().Scope()) {
		for f := range st.Fields() { // of a type without a name, or one of a function's own
			if r.carries(f.Type(), depth+1) {
				return true
			}
		}
	}
	if n != nil {
		if r.carriers[n.Obj()] {
			return true
		}
		if i, ok := n.Underlying().(*types.Interface); ok && r.program.Own(pkgPath(n.Obj())) {
			for m := range i.Methods() {
				if r.method(m) {
					return true
				}
			}
		}
	}
	return false
}

func pkgPath(obj types.Object) string {
	if obj.Pkg() == nil {
		return ""
	}
	return obj.Pkg().Path()
}

func ownNamed(t types.Type) *types.Named {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	if n != nil {
		n = n.Origin()
	}
	return n
}

// method reports whether some type of the module has a method that matters and
// that a call of fn, a method of an interface, may run.
func (r *relevance) method(fn *types.Func) bool {
	return slices.ContainsFunc(r.byName[fn.Name()], func(m *types.Func) bool { return r.mayBe(fn, m) })
}

// implementations returns the methods that a call of fn, a method of an
// interface, may run, as far as they matter.
func (r *relevance) implementations(fn *types.Func) []*types.Func {
	var found []*types.Func
	for _, m := range r.byName[fn.Name()] {
		if r.mayBe(fn, m) {
			found = append(found, m)
		}
	}
	return found
}

// mayBe reports whether a call of a method of an interface may run a method.
func (r *relevance) mayBe(of, is *types.Func) bool {
	key := pair{of, is}
	fits, known := r.fits[key]
	if known {
		return fits
	}
	iface, ok := of.Signature().Recv().Type().Underlying().(*types.Interface)
	if t := is.Signature().Recv().Type(); ok && !types.IsInterface(t) {
		n := ownNamed(t)
		fits = types.Implements(t, iface) || types.Implements(types.NewPointer(t), iface) || n != nil && n.TypeParams().Len() > 0
	}
	r.fits[key] = fits
	return fits
}

// note reads a package that was not read at once, for what it assigns.
func (r *relevance) note(pkg *program.Package) {
	if !r.noted[pkg.Path] {
		r.noted[pkg.Path] = true
		for _, n := range r.read(pkg) {
			if n.fn != nil {
				r.direct[n.fn] = false
			}
		}
	}
}

// writtenElsewhere reports whether another package of the module that was not
// read may assign a variable, by a look at its text.
func (r *relevance) writtenElsewhere(pkg *program.Package, name string) bool {
	for _, path := range r.program.Unread() {
		if path == pkg.Path || !slices.Contains(r.program.Imports(path), pkg.Path) {
			continue
		}
		for _, file := range r.program.GoFiles(path) {
			src, err := os.ReadFile(file)
			if err != nil || bytes.Contains(src, []byte("."+name)) {
				return true
			}
		}
	}
	return false
}
