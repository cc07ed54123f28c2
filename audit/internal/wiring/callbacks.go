package wiring

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/value"
)

// callback is a function that somebody who is not read will call.
type callback struct {
	f     *value.Func
	conds []Condition
	pos   token.Pos

	unlessRan bool // by somebody who is read

	givers []*ast.FuncLit // the callbacks that gave it away, and itself
}

// closure is what a literal is in one environment.
type closure struct {
	lit *ast.FuncLit
	env *value.Env
}

// named reports whether the function is a declared one, which others can call.
func (c callback) named() bool { return c.f.Fn != nil && c.f.Recv == nil }

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
		args = append([]value.Value{unknown(f.On, sig.Recv().Name())}, args...)
	}
	if v, ok := in.callFunc(f, args, pos); ok {
		in.passed(v, 3)
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
		return routers.Lookup(f.Fn) != nil || in.relevant.funcs[f.Fn.Origin()] && !in.sealed(f.Fn)
	}
	speaks, known := in.speaks[f.Lit]
	if !known {
		n := in.relevant.look(f.Pkg, f.Lit)
		speaks = n.direct || slices.ContainsFunc(n.funcs, func(fn *types.Func) bool { return in.relevant.funcs[fn] }) ||
			slices.ContainsFunc(n.methods, in.relevant.method)
		in.speaks[f.Lit] = speaks
	}
	return speaks || !f.Pkg.Own || in.callsVariables(f)
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
	if f.Fn == nil {
		return in.active[f.Lit] == 0
	}
	own := typeOf(value.Deref(f.Recv))
	n, _ := types.Unalias(own).(*types.Named)
	if n == nil || n.TypeArgs().Len() == 0 || in.active[f.Fn] >= maxBlind {
		return in.active[f.Fn] == 0
	}
	return !slices.ContainsFunc(in.selves[f.Fn], func(self value.Value) bool {
		t := typeOf(self)
		return t == nil || types.Identical(t, own)
	})
}

func (in *interp) enqueue(f *value.Func, pos token.Pos) {
	if f.Lit != nil && slices.Contains(in.givers, f.Lit) {
		return // it gives itself away again
	}
	key := any(closure{f.Lit, f.Env})
	if f.Fn != nil {
		key = in.variantOf(f)
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
	in.queue = append(in.queue, callback{f: f, conds: slices.Clone(in.conditions), pos: pos, givers: append(slices.Clone(in.givers), f.Lit)})
}

// drain calls the functions that others were given, after all else.
func (in *interp) drain() {
	for len(in.queue) > 0 {
		// Declared functions come last: others may still call them by name, and
		// know their arguments.
		next := max(0, slices.IndexFunc(in.queue, func(c callback) bool { return !c.named() }))
		c := in.queue[next]
		in.queue = slices.Delete(in.queue, next, next+1)
		if (c.named() || c.unlessRan) && in.ran[c.f.Fn] && (len(c.f.Types) == 0 || in.ranAs[in.variantOf(c.f)]) || c.unlessRan && in.literals[closure{c.f.Lit, c.f.Env}] {
			continue
		}
		in.givers = c.givers
		in.logs, in.conditions = nil, append(slices.Clone(c.conds), maybe("the function is called", c.pos))
		in.share(func() { in.callUnknown(c.f, c.pos) })
	}
	in.conditions, in.givers = nil, nil
}

// orphans follows functions that register routes and that no call was seen of
// in any program, as long as somebody refers to them.
func (in *interp) orphans(ran map[*types.Func]bool, run map[*ast.FuncLit]bool) {
	in.orphanFuncs(ran)
	in.drain()
	in.orphanLiterals(run)
	in.drain()
}

// orphanFuncs follows first those that no other one speaks of: they are likely to call
// the others, and to know with which groups.
func (in *interp) orphanFuncs(ran map[*types.Func]bool) {
	alone := in.notCalled(ran)
	spoken := map[*types.Func]bool{}
	for _, fn := range alone {
		if n := in.relevant.nodeOf[fn]; n != nil {
			for _, of := range n.funcs {
				spoken[of] = spoken[of] || of != fn
			}
		}
	}
	for _, later := range []bool{false, true} {
		for _, fn := range alone {
			if spoken[fn] != later || in.ran[fn] {
				continue
			}
			for _, f := range in.late(fn) {
				in.orphan(f, fn.Pos())
			}
		}
	}
}

// notCalled are the functions that register routes, are referred to, and were not seen
// to be called. It tells of those that nobody refers to.
func (in *interp) notCalled(ran map[*types.Func]bool) (funcs []*types.Func) {
	for _, pkg := range in.reached() {
		for _, file := range pkg.Files {
			for _, decl := range file.Decls {
				d, ok := decl.(*ast.FuncDecl)
				if !ok || d.Body == nil {
					continue
				}
				fn, ok := pkg.Info.Defs[d.Name].(*types.Func)
				if !ok || in.ran[fn] || ran[fn] || !in.relevant.direct[fn] || in.sealed(fn) || in.config.Optional != nil && in.config.Optional(fn) || !in.registers(pkg, d.Body) {
					continue
				}
				if in.relevant.isReferred(fn) || in.implementsSomething(fn) {
					funcs = append(funcs, fn)
				} else if d.Name.Name != "main" && d.Name.Name != "init" {
					in.end(d.Name.Pos(), funcName(fn)+" registers routes, and nobody is seen to call it")
				}
			}
		}
	}
	return funcs
}

func (in *interp) orphanLiterals(run map[*ast.FuncLit]bool) {
	lits := slices.SortedFunc(maps.Keys(in.lits), func(a, b *ast.FuncLit) int { return cmp.Compare(a.Pos(), b.Pos()) })
	for _, lit := range lits {
		if f := in.lits[lit]; f.Pkg.Own && !run[lit] && !in.runLiterals()[lit] && in.matters(f) && in.registers(f.Pkg, lit.Body) {
			in.orphan(f, lit.Pos())
		}
	}
}

// passedOver notes a function that is known not to be called where it stands.
func (in *interp) passedOver(v value.Value) {
	if f, ok := value.Bare(v).(*value.Func); ok && f.Lit != nil {
		in.literals[closure{f.Lit, f.Env}] = true
	}
}

// orphan follows a function that nobody is seen to call.
func (in *interp) orphan(f *value.Func, at token.Pos) {
	before := in.order
	in.aside(maybe("the function is called", at), func() { in.share(func() { in.callUnknown(f, at) }) })
	if in.order > before {
		in.end(at, "no call of "+f.Name+" is seen: what it registers is told as if it were called")
	}
}

// runLiterals are the function literals that were called.
func (in *interp) runLiterals() map[*ast.FuncLit]bool {
	run := map[*ast.FuncLit]bool{}
	for c := range in.literals {
		run[c.lit] = true
	}
	return run
}

// registers reports whether the body of a function calls what registers routes.
func (in *interp) registers(pkg *program.Package, body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if fn, ok := pkg.Info.Uses[n.Sel].(*types.Func); ok && isRegistration(fn) {
				found = true
			}
		case *ast.CallExpr:
			found = found || callsValue(pkg.Info, n) && registers(pkg.Info.TypeOf(n.Fun))
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
	for _, other := range in.relevant.referredAs(fn.Name()) {
		if other.Signature().Recv() != nil && types.IsInterface(other.Signature().Recv().Type()) {
			return true
		}
	}
	return false
}
