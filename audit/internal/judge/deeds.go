package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/authgen/authgen/audit/internal/program"
)

// deeds are what a function does by itself, without what it calls. A body is read
// once, whatever is asked of it: what it does with all that it calls is put together
// from these, so that functions which call each other have the same answer whoever
// is asked for first.
type deeds struct {
	writing writing
	effects effects
	// assigns says that it assigns what is no variable of its own, outside literals.
	assigns bool
	// ends says that it may panic, or end the program, outside literals.
	ends bool
	// kept says that it writes a request which comes from where one is kept.
	kept  bool
	calls []calledFunc
}

// calledFunc is a function that a body names to call it.
type calledFunc struct {
	fn     *types.Func
	own    bool // its body is one of those that are read for the caller's
	lit    bool // by a literal in the body
	handed bool // by what it is handed to
}

// maxEffects bounds the functions that are read for one call.
const maxEffects = 60

// deedsOf reads the body of a function, nil if that cannot be read.
func (j *Judge) deedsOf(fn *types.Func) *deeds {
	fn = fn.Origin()
	d, known := j.deeds[fn]
	if known {
		return d
	}
	if decl := j.decl(fn); decl != nil && decl.Syntax.Body != nil {
		d = j.readDeeds(decl.Package, decl.Syntax, decl.Syntax.Body, nil)
	}
	j.deeds[fn] = d
	return d
}

// readDeeds reads code in a declaration or literal. A request may be kept in place.
func (j *Judge) readDeeds(pkg *program.Package, of, code ast.Node, place types.Object) *deeds {
	w := &deedsWalk{j: j, pkg: pkg, of: of, place: place, d: &deeds{effects: effects{written: map[string]bool{}}}}
	ast.Inspect(code, w.visit)
	return w.d
}

// with visits what a function does and what all that it calls does, as far as they
// are to be followed, until visit has seen enough. It says whether all were read.
func (j *Judge) with(fn *types.Func, follows func(calledFunc) bool, visit func(*deeds) (more bool)) bool {
	fn = fn.Origin()
	all, done := []*types.Func{fn}, map[*types.Func]bool{fn: true}
	for i := 0; i < len(all); i++ {
		d := j.deedsOf(all[i])
		if d == nil || i >= maxEffects {
			return false
		}
		if !visit(d) {
			return true
		}
		for _, c := range d.calls {
			if !done[c.fn] && follows(c) {
				done[c.fn] = true
				all = append(all, c.fn)
			}
		}
	}
	return true
}

type deedsWalk struct {
	j   *Judge
	pkg *program.Package
	of  ast.Node // the declaration, or the literal, that is read
	d   *deeds
	lit bool // in a literal
	// place is a variable or field in which a request is kept, nil for none.
	place types.Object
}

func (w *deedsWalk) typeOf(e ast.Expr) types.Type { return w.pkg.Info.TypeOf(e) }

// own says whether something is declared in what is read.
func (w *deedsWalk) own(obj types.Object) bool {
	return obj.Pos() >= w.of.Pos() && obj.Pos() < w.of.End()
}

func (w *deedsWalk) visit(n ast.Node) bool {
	d, info := w.d, w.pkg.Info
	switch n := n.(type) {
	case *ast.FuncLit:
		d.effects.some = true
		outer := w.lit
		w.lit = true
		ast.Inspect(n.Body, w.visit)
		w.lit = outer
		return false
	case *ast.GoStmt, *ast.DeferStmt, *ast.SelectStmt:
		d.effects.some = true
	case *ast.SendStmt:
		d.effects.some = true
		d.writing.keeps = d.writing.keeps || mayCarry(w.typeOf(n.Value), 0)
	case *ast.AssignStmt:
		for i, l := range n.Lhs {
			w.assigns(l)
			if v := rightOf(n, i); v != nil {
				w.keeps(l, v)
			}
		}
	case *ast.IncDecStmt:
		w.assigns(n.X)
	case *ast.RangeStmt:
		for _, l := range []ast.Expr{n.Key, n.Value} {
			if l != nil {
				w.writes(l)
				w.effect(l)
			}
		}
		if isFunc(w.typeOf(n.X)) {
			d.writing.unknown = true
			if _, isCall := ast.Unparen(n.X).(*ast.CallExpr); !isCall {
				d.effects.some = true
			}
		}
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			d.effects.some = true
		}
	case *ast.TypeAssertExpr:
		if n.Type != nil {
			d.effects.seen = append(d.effects.seen, w.typeOf(n.Type))
		}
	case *ast.CaseClause:
		for _, c := range n.List {
			if tv := info.Types[c]; tv.IsType() {
				d.effects.seen = append(d.effects.seen, tv.Type)
			}
		}
	case *ast.Ident:
		if v, ok := info.Uses[n].(*types.Var); ok && packageVar(v) {
			d.effects.seen = append(d.effects.seen, v.Type())
		}
	case *ast.CompositeLit:
		w.makes(w.typeOf(n))
	case *ast.ValueSpec:
		if n.Type != nil {
			w.makes(w.typeOf(n.Type))
		}
	case *ast.CallExpr:
		w.call(n)
	}
	return true
}

func (w *deedsWalk) assigns(to ast.Expr) {
	w.writes(to)
	w.effect(to)
	if _, local := ast.Unparen(to).(*ast.Ident); !local && !w.lit {
		w.d.assigns = true
	}
}

func (w *deedsWalk) call(e *ast.CallExpr) {
	info := w.pkg.Info
	if info.Types[e.Fun].IsType() {
		w.makes(info.TypeOf(e))
		return
	}
	for _, a := range e.Args {
		t := info.TypeOf(a)
		if _, lit := ast.Unparen(a).(*ast.FuncLit); !lit && isFunc(t) {
			w.handed(a)
		}
		// A function or handler that is handed over may be run.
		if t == nil || isFunc(t) || serves(t) {
			w.d.effects.some = true
		}
	}
	switch fn := typeutil.Callee(info, e).(type) {
	case *types.Builtin:
		switch fn.Name() {
		case "panic", "recover":
			w.d.effects.some = true
			w.d.ends = w.d.ends || fn.Name() == "panic" && !w.lit
		case "new":
			w.makes(info.TypeOf(e.Args[0]))
		case "copy", "delete", "clear":
			w.wrote(info.TypeOf(e.Args[0]))
			w.d.writing.state = true
			if ofRequest(info.TypeOf(e.Args[0])) {
				w.writesRequest(e.Args[0], "")
			}
		}
	case *types.Func:
		w.callsFunc(e, fn)
	default:
		w.d.effects.some = true
		if _, lit := ast.Unparen(e.Fun).(*ast.FuncLit); !lit {
			w.d.writing.unknown = true
		}
	}
}

// handed is a function that is handed over, and may be run.
func (w *deedsWalk) handed(e ast.Expr) {
	if fn, ok := variableOf(w.pkg.Info, ast.Unparen(e)).(*types.Func); ok && fn.Pkg() != nil {
		recv := fn.Signature().Recv()
		switch {
		case recv != nil && types.IsInterface(recv.Type()):
		case w.j.prog.Own(fn.Pkg().Path()):
			w.d.calls = append(w.d.calls, calledFunc{fn: fn.Origin(), own: true, lit: w.lit, handed: true})
			return
		case w.j.std(fn.Pkg().Path()):
			return
		}
	}
	w.d.writing.unknown = true
}

func (w *deedsWalk) callsFunc(e *ast.CallExpr, fn *types.Func) {
	if fn.Pkg() == nil { // error.Error
		return
	}
	path, name := fn.Pkg().Path(), fn.Name()
	own := w.j.prog.Own(path)
	r := fn.Signature().Recv()
	abstract := r != nil && types.IsInterface(r.Type())
	if own || !w.j.std(path) {
		w.d.calls = append(w.d.calls, calledFunc{fn: fn.Origin(), own: (own || path == w.pkg.Path) && !abstract, lit: w.lit})
	}
	switch {
	case name == "ServeHTTP", strings.HasPrefix(name, "Fatal"), strings.HasPrefix(name, "Panic"), name == "Exit", name == "Goexit":
		w.d.effects.some = true
		w.d.ends = w.d.ends || name != "ServeHTTP" && !own && !w.lit
	case own:
		w.d.effects.some = w.d.effects.some || abstract
	case bare(path) == ginPath || bare(path) == echoPath:
		switch recvTypeName(fn) {
		case "Context":
			w.d.effects.some = w.d.effects.some || !answering[name]
		case "ResponseWriter", "Response":
		default:
			w.d.effects.some = true
		}
	case !w.j.std(path) && w.j.knowsFramework(path), storing(fn):
		w.d.effects.some = true
	}
	if own || path == w.pkg.Path {
		w.d.writing.unknown = w.d.writing.unknown || abstract
		return
	}
	if slices.Contains(shelving, name) && slices.ContainsFunc(e.Args, func(a ast.Expr) bool { return mayCarry(w.typeOf(a), 0) }) {
		w.d.effects.some, w.d.writing.keeps = true, true
	}
	w.lends(e, fn)
	w.writesBy(e, fn)
}

// mayWrite says whether a function may change what it is given pointers to: it,
// or one that it calls, assigns what is no variable of its own.
func (j *Judge) mayWrite(fn *types.Func) bool {
	ours := func(fn *types.Func) bool {
		return fn.Pkg() != nil && (j.prog.Own(fn.Pkg().Path()) || !j.std(fn.Pkg().Path()))
	}
	if fn == nil || !ours(fn) {
		return false
	}
	is, known := j.writers[fn]
	if !known {
		// A literal runs with a request, or not at all.
		whole := j.with(fn, func(c calledFunc) bool { return !c.lit && !c.handed }, func(d *deeds) bool { is = d.assigns; return !is })
		is = is || !whole
		j.writers[fn] = is
	}
	return is
}
