package wiring

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
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
	replaced map[*types.Var][]*types.Func // as a whole; by a pointer to it, by nobody known
	exposed  map[*types.Var]bool          // address taken
	referred map[*types.Func]bool
	direct   map[*types.Func]bool // speaks of routers itself
	carriers map[*types.TypeName]bool
	away     map[*types.TypeName]bool // structs of other modules, see carriesAway
	fits     map[pair]bool            // whether a method may be what an interface's is
	wires    map[*types.Func]bool     // leads to a call that registers, groups, makes or serves a router
	acts     map[*types.Func]bool     // or writes what may hold handlers
	noted    map[string]bool          // packages read later
	nodes    []*node
	byPart   []*node // functions by their part, nil for variables
	heated   map[spoken]bool
	forTypes map[*types.Func]bool // generic functions that matter for some types only
	nodeOf   map[*types.Func]*node
	seen     map[*types.Var]bool // package variables and fields that may hold what has to do with wiring
	structs  []*types.TypeName   // of packages
	globals  []*types.Var        // package variables
	holders  *holders            // once somebody asked
}

// lead marks the functions that lead to a call that has to do with routers, and
// those that write what may hold handlers: others return handlers at most.
func (r *relevance) lead(nodes []*node) {
	r.closure(nodes, r.wires, func(n *node) bool { return n.calls })
	r.closure(nodes, r.acts, func(n *node) bool {
		return r.wires[n.fn] || n.applies || n.writes && r.fills(n.fn.Signature()) || r.setsWiring(n)
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
	calls   bool         // a function that has to do with routers, or one that nobody knows
	writes  bool         // what is not its own variable
	sets    []*types.Var // package variables
	fields  []types.Type // of fields that it sets, and of structs that it writes as a whole
	applies bool         // a function that a variable holds
}

func newRelevance(p *program.Program) *relevance {
	r := &relevance{
		program: p, funcs: map[*types.Func]bool{}, byName: map[string][]*types.Func{}, vars: map[*types.Var]bool{},
		assigned: map[*types.Var][]*types.Func{}, replaced: map[*types.Var][]*types.Func{}, exposed: map[*types.Var]bool{}, referred: map[*types.Func]bool{}, direct: map[*types.Func]bool{},
		carriers: map[*types.TypeName]bool{}, away: map[*types.TypeName]bool{}, fits: map[pair]bool{}, wires: map[*types.Func]bool{}, acts: map[*types.Func]bool{}, noted: map[string]bool{},
		heated: map[spoken]bool{}, forTypes: map[*types.Func]bool{}, seen: map[*types.Var]bool{}, nodeOf: map[*types.Func]*node{},
	}
	for _, pkg := range p.Packages {
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			switch obj := scope.Lookup(name).(type) {
			case *types.TypeName:
				if _, ok := obj.Type().Underlying().(*types.Struct); ok {
					r.structs = append(r.structs, obj)
				}
			case *types.Var:
				r.globals = append(r.globals, obj)
			}
		}
	}
	parts := p.Parts()
	r.byPart = make([]*node, len(parts))
	for _, part := range parts {
		r.begin(part)
	}
	r.heatRouters()
	r.heatRegistrars()
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
