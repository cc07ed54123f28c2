package wiring

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
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
	// RuledNames are the names of all Ruled functions, without package and type.
	RuledNames map[string]bool
	// Optional functions are generated ones: those that register routes need not
	// be called, and those that run a handler are its guarded form, or were before
	// they were out of date. Nil means none.
	Optional func(fn *types.Func) bool
}

// Read follows every main package of a module; of a module without any, the
// exported functions that speak of routers.
func Read(ctx context.Context, p *program.Program, cfg Config) ([]*Program, error) {
	relevant := newRelevance(p)
	cfg.RuledNames = leadingNames(p, cfg.RuledNames)
	var out []*Program
	var programs []*interp
	ran, run := map[*types.Func]bool{}, map[*ast.FuncLit]bool{} // by any program
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
		maps.Copy(run, in.runLiterals())
		programs = append(programs, in)
	}
	for _, in := range programs {
		in.safely(func() { in.orphans(ran, run) })
		in.safely(func() { in.tellUnheard(); in.tellUnfollowed(); in.finish() })
		out = append(out, in.out)
	}
	if len(out) == 0 {
		for _, pkg := range p.Packages {
			in := newInterp(p, relevant, cfg, pkg)
			found := false
			in.safely(func() { found = in.runLibrary() })
			if found || in.trailEnds() {
				in.safely(func() { in.tellUnheard(); in.tellUnfollowed(); in.finish() })
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
	doubted     []doubted
	assertions  map[assertion]*value.Unknown
	receivers   map[assertion]*value.Cell
	symbolic    map[*value.Unknown]*Group
	shared      map[string]*Group     // routers that nobody is seen to make, by type
	active      map[any]int           // calls that are not over
	selves      map[any][]value.Value // what they are called on
	barren      map[*types.Func]int   // calls that came to nothing
	registering map[*types.Func]bool
	calling     map[*types.Func]calling
	setting     map[*types.Func]bool  // see sets
	speaks      map[*ast.FuncLit]bool // literals that speak of what matters
	ran         map[*types.Func]bool
	ranAs       map[variant]bool             // generic functions
	typeLists   [][]types.Type               // see variantOf
	literals    map[closure]bool             // that ran
	lits        map[*ast.FuncLit]*value.Func // the last of each
	heard       map[token.Pos]bool           // calls whose function was known once
	unheard     []unheard
	queue       []callback
	givers      []*ast.FuncLit // of the callback that runs
	queued      map[any]bool
	servings    []serving
	servers     []*value.Struct // that were served
	made        []madeServer
	mux         *Router // http.DefaultServeMux, as the program begins
	muxCell     *value.Cell
	numbers     map[*ast.FuncLit]int
	done        map[*value.Cell]bool // each a sync.Once that did
	nextOf      map[*value.Func][]value.Value
	runs        map[value.Value]running // of links
	askedFor    *asking
	askers      askers
	speeches    map[*value.Func]*speech
	leading     map[value.Value]bool // whether a router can be reached from it, once all is wired
	chosen      map[chooser][]leaf   // from by handlers
	dispatches  map[ast.Node]*dispatch
	current     *types.Func
	pos         token.Pos
	steps       int
	depth       int
	foreign     int
	entered     token.Pos // where the module calls what of a dependency is followed
	order       int
	limit       int // of steps
	tooMuch     bool
	unfollowed  []token.Pos // where that became so
	gaveUp      []Condition // of every link, when code was not followed to its end
}

func newInterp(p *program.Program, r *relevance, cfg Config, main *program.Package) *interp {
	return &interp{
		program: p, relevant: r, config: cfg, main: main, out: &Program{Path: main.Path},
		globals: map[types.Object]*value.Cell{}, begun: map[types.Object]bool{}, assertions: map[assertion]*value.Unknown{},
		receivers: map[assertion]*value.Cell{}, symbolic: map[*value.Unknown]*Group{}, shared: map[string]*Group{}, active: map[any]int{}, selves: map[any][]value.Value{}, barren: map[*types.Func]int{}, registering: map[*types.Func]bool{}, calling: map[*types.Func]calling{}, setting: map[*types.Func]bool{}, speaks: map[*ast.FuncLit]bool{},
		ran: map[*types.Func]bool{}, ranAs: map[variant]bool{}, literals: map[closure]bool{}, lits: map[*ast.FuncLit]*value.Func{}, heard: map[token.Pos]bool{}, queued: map[any]bool{}, numbers: map[*ast.FuncLit]int{}, done: map[*value.Cell]bool{}, nextOf: map[*value.Func][]value.Value{}, runs: map[value.Value]running{}, speeches: map[*value.Func]*speech{}, chosen: map[chooser][]leaf{}, dispatches: map[ast.Node]*dispatch{}, limit: maxSteps,
	}
}

func (in *interp) sealed(fn *types.Func) bool { return in.config.Sealed != nil && in.config.Sealed(fn) }

func (in *interp) end(pos token.Pos, why string) {
	e := End{Pos: pos, Why: why}
	if !slices.Contains(in.out.Ends, e) {
		in.out.Ends = append(in.out.Ends, e)
	}
}

// trailEnds reports whether something was not followed.
func (in *interp) trailEnds() bool { return len(in.out.Ends) > 0 || len(in.unfollowed) > 0 }

// reached returns the packages of the module that the program is made of,
// imported ones first.
func (in *interp) reached() []*program.Package {
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		if seen[path] || !in.program.Own(path) || routers.Ours(path) {
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
			if !ok || !in.relevant.direct[fn] || in.ran[fn] || in.config.Optional != nil && in.config.Optional(fn) {
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
	return found && (len(in.out.Routers) > 0 || in.trailEnds())
}
