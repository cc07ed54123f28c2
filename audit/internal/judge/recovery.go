package judge

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// recovers says whether a deferred function recovers from panics, and whether
// that was read: of a function of a dependency its name tells.
func (x *exec) recovers(f val, call *ast.CallExpr) (is, read bool) {
	if c, ok := f.(*closure); ok {
		if c.lit != nil {
			return callsRecover(c.pkg.Info, c.lit.Body), true
		}
		if c.fn != nil && c.fn.Pkg() != nil {
			if x.j.std(c.fn.Pkg().Path()) {
				return false, true
			}
			if d := x.j.ownDecl(c.fn); d != nil {
				return callsRecover(d.Package.Info, d.Syntax.Body), true
			}
		}
	}
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	return recoveryName(name), false
}

func recoveryName(name string) bool {
	l := strings.ToLower(name)
	return strings.Contains(l, "recover") || strings.Contains(l, "panic") || strings.Contains(l, "crash") || speaks(name, "catch", "rescue")
}

// mayPanicOf says whether a function of the module panics where an error that it is
// given says so, or yields nothing and ends the request or the program: such as one
// that denies by a panic, which a link in front of it answers.
func (j *Judge) mayPanicOf(fn *types.Func) bool {
	is, known := j.panicking[fn]
	if known {
		return is
	}
	for v := range fn.Signature().Params().Variables() {
		is = is || isError(v.Type())
	}
	if is {
		d := j.ownDecl(fn)
		is = d != nil && callsBuiltin(d.Package.Info, d.Syntax.Body, "panic")
	}
	if fn.Signature().Results().Len() == 0 && !is {
		j.with(fn, func(c calledFunc) bool {
			return c.own && !c.lit && !c.handed && j.prog.Own(c.fn.Pkg().Path()) && c.fn.Signature().Results().Len() == 0
		}, func(d *deeds) bool { is = d.ends; return !is })
	}
	if j.panicking == nil {
		j.panicking = map[*types.Func]bool{}
	}
	j.panicking[fn] = is
	return is
}

func callsRecover(info *types.Info, body ast.Node) bool { return callsBuiltin(info, body, "recover") }

// callsBuiltin says whether code calls a function that is built in.
func callsBuiltin(info *types.Info, body ast.Node, builtin string) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == builtin {
			_, is := info.Uses[id].(*types.Builtin)
			found = found || is
		}
		return !found
	})
	return found
}

// recovery is what a link does with panics of the links behind it.
type recovery uint8

const (
	lets   recovery = iota // goes on panicking
	aborts                 // ends the request
	leaves                 // recovers, and gin runs the next link
)

// caughtBy returns the link of gin that a panic of a link ends in, if what is
// behind runs all the same: gin counts the links that it has begun, so the one
// behind that which panicked is next when the recovery returns.
func (j *Judge) caughtBy(chain []*wiring.Link, i int) *wiring.Link {
	if chain[i].Framework != wiring.Gin {
		return nil
	}
	for k := i - 1; k >= 0; k-- {
		if chain[k].Framework != wiring.Gin || len(chain[k].Next) > 0 {
			continue
		}
		switch j.recovery(chain[k]) {
		case aborts:
			if len(chain[k].Conditions) == 0 {
				return nil
			}
		case leaves:
			return chain[k]
		}
	}
	return nil
}

func (j *Judge) recovery(l *wiring.Link) recovery {
	key := j.linkKey(l)
	is, known := j.recoveries[key]
	if !known {
		is = j.runRecovery(l)
		j.recoveries[key] = is
	}
	return is
}

// runRecovery runs a link, with a panic for what is behind it.
func (j *Judge) runRecovery(l *wiring.Link) (is recovery) {
	if !j.mayRecover(l) {
		return lets
	}
	st := newState()
	st.req = &sym{key: "req", kind: kRequest, t: tReq, nonNil: true, text: "r", ctx: &ctxVal{open: true}}
	st.open = true
	x := &exec{
		j: j, framework: l.Framework, throws: true,
		cells: map[string]*cell{}, wcells: map[*value.Cell]*cell{}, busy: map[string]int{}, ids: j.ids, limit: maxSteps,
	}
	defer func() {
		if r := recover(); r != nil {
			if debug {
				panic(r)
			}
			is = leaves
		}
	}()
	x.enterLink(st, l, 0)
	if x.blown != nil {
		return leaves
	}
	for _, st := range x.stopped {
		if st.thrown && !st.panics && st.aborted {
			is = aborts
		}
	}
	for _, st := range x.reached {
		if st.thrown {
			return leaves
		}
	}
	return is
}

// mayRecover says whether the code of a link speaks of recovery.
func (j *Judge) mayRecover(l *wiring.Link) bool {
	speaks := func(fn *types.Func) bool {
		if fn == nil {
			return false
		}
		if recoveryName(fn.Name()) {
			return true
		}
		d := j.ownDecl(fn)
		return d != nil && defers(d.Syntax.Body)
	}
	switch f := value.Bare(l.Func).(type) {
	case *value.Func:
		return f.Lit != nil && defers(f.Lit.Body) || speaks(f.Fn)
	case *value.Unknown:
		return speaks(f.Callee)
	}
	return false
}

func defers(body ast.Node) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if _, ok := n.(*ast.DeferStmt); ok {
			found = true
		}
		return !found
	})
	return found
}

// mayPanic notes that what is done with a value may panic, if that ends in a
// recovery behind which the next handler runs. A way that has looked at how long
// the value is, or at what it begins with, is taken to know.
func (x *exec) mayPanic(fr *frame, st *state, v val, e ast.Expr, of ast.Expr) {
	if x.caught == nil || st.proof == sure || fr.building {
		return
	}
	text := exprText(of)
	for _, f := range st.facts {
		if strings.Contains(f.text, "len("+text+")") || strings.Contains(f.text, "Prefix("+text+",") || strings.Contains(f.key, "len:"+keyOf(v)) {
			return
		}
	}
	p := st.clone()
	p.panics = true
	p.doubt = &Evidence{Pos: e.Pos(), Text: exprText(e) + " may panic"}
	fr.panicked = append(fr.panicked, p)
}

// goOn leads ways on which a link of gin panics to the next handler, if that is
// where the recovery in front of it leads.
func (x *exec) goOn(root *frame, l *wiring.Link) {
	if x.caught == nil {
		return
	}
	for _, st := range root.panicked {
		if st.aborted {
			x.stopped = append(x.stopped, st)
			continue
		}
		why := Evidence{Pos: l.Pos, Text: "a panic reaches the next handler: " + x.caught.Name + " recovers and does not abort"}
		if st.doubt != nil {
			why.Pos, why.Text = st.doubt.Pos, st.doubt.Text+", and then the next handler runs: "+x.caught.Name+" recovers and does not abort"
		}
		st.panics, st.doubt = false, &why
		x.reached = append(x.reached, st)
	}
	root.panicked = nil
}

// ownDecl is the declaration of a function of the module, nil for others.
func (j *Judge) ownDecl(fn *types.Func) *program.Decl {
	if fn.Pkg() == nil || !j.prog.Own(fn.Pkg().Path()) {
		return nil
	}
	if d := j.decl(fn); d != nil && d.Syntax.Body != nil {
		return d
	}
	return nil
}

// recoversItself says whether a function of the module recovers from panics.
func (j *Judge) recoversItself(fn *types.Func) bool {
	d := j.ownDecl(fn)
	return d != nil && callsRecover(d.Package.Info, d.Syntax.Body)
}

// indexMayPanic notes that there may be no such element.
func (x *exec) indexMayPanic(fr *frame, st *state, c, k val, e *ast.IndexExpr) {
	if x.caught == nil {
		return
	}
	t := fr.typeOf(e.X)
	if t == nil {
		return
	}
	switch u := t.Underlying().(type) {
	case *types.Map, *types.Array, *types.Pointer, *types.Signature:
		return
	case *types.Basic:
		if u.Info()&types.IsString == 0 {
			return
		}
	}
	c = x.deref(st, c)
	kc, isConst := k.(*konst)
	if l, ok := c.(*list); ok && isConst {
		if i, exact := constant.Int64Val(kc.v); exact && int(i) < len(l.elems) {
			return
		}
	}
	if s, ok := c.(*sym); ok && (s.kind != plain || isConst && zeroConst(kc.v) && strings.Contains(s.text, "Split")) {
		return // Split yields one part at least
	}
	if _, isLoop := k.(*sym); isLoop && fr.round != "" {
		return // the index of a loop
	}
	x.mayPanic(fr, st, c, e, e.X)
}
