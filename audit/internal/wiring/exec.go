package wiring

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// frame is one call of a function.
type frame struct {
	in      *interp
	pkg     *program.Package
	env     *value.Env
	name    string // as Go names the function
	fn      *types.Func
	results []*value.Cell // named results
	sig     *types.Signature
	out     []value.Option // values that were returned
	defers  []func()
	lits    map[*ast.FuncLit]int          // numbers of the literals in the function
	base    int                           // conditions in force when it was called
	called  map[*ast.CallExpr]value.Value // calls of the statement that runs: none is made twice
	nils    [][]Condition                 // in force at each return whose error may be nil
	label   string                        // that the flow leads to
	back    int                           // how often it led back
	exits   []exit                        // ways that left under a condition
}

func (fr *frame) block(list []ast.Stmt) flow {
	scope := fr.open()
	defer fr.close(scope)
	defer fr.within(fr.env)()
	for i := 0; i < len(list); i++ {
		f := fr.stmt(list[i])
		if f != goesOn {
			if to := fr.awaited(list, i, f, scope); to > i {
				fr.arrive(scope, f, jumps, label(list[to]))
				i = to - 1
				continue
			}
		}
		if f == jumps {
			switch to := labelled(list, fr.label); {
			case to > i:
				f, i, fr.label = goesOn, to-1, ""
			case to >= 0 && fr.back < maxBack:
				fr.back++
				i, fr.label = to-1, ""
				fr.env = fr.env.Inner() // what is declared again is another variable
				continue
			case to >= 0:
				fr.in.end(list[i].Pos(), "goto "+fr.label+" is followed only so often: what comes after is not known")
				f = returns
			}
		}
		if f != goesOn {
			return f
		}
		if i+1 < len(list) {
			if l, ok := list[i+1].(*ast.LabeledStmt); ok {
				fr.reach(scope, jumps, l.Label.Name)
			}
		}
	}
	return goesOn
}

// awaited returns which of the statements after one, that ended as f says, another
// way jumps to, -1 for none. Where that one jumps it is not a statement behind.
func (fr *frame) awaited(list []ast.Stmt, i int, f flow, s scope) int {
	end := len(list)
	if f == jumps {
		if to := labelled(list, fr.label); to > i {
			end = to
		} else if to >= 0 {
			return -1
		}
	}
	for to := i + 1; to < end; to++ {
		if name := label(list[to]); name != "" && slices.ContainsFunc(fr.exits[s.exits:], func(e exit) bool { return e.flow == jumps && e.label == name }) {
			return to
		}
	}
	return -1
}

// label is the label of a statement, "" for none.
func label(s ast.Stmt) string {
	if l, ok := s.(*ast.LabeledStmt); ok {
		return l.Label.Name
	}
	return ""
}

// labelled returns which of some statements has a label, -1 for none.
func labelled(list []ast.Stmt, label string) int {
	return slices.IndexFunc(list, func(s ast.Stmt) bool {
		l, ok := s.(*ast.LabeledStmt)
		return ok && l.Label.Name == label
	})
}

func (fr *frame) stmt(s ast.Stmt) flow {
	in := fr.in
	if in.steps++; in.steps > in.limit {
		in.exhausted(s.Pos())
		return returns
	}
	if s != nil {
		in.pos = s.Pos()
	}
	clear(fr.called)
	switch s := s.(type) {
	case *ast.ExprStmt:
		fr.expr(s.X)
		if call, ok := ast.Unparen(s.X).(*ast.CallExpr); ok {
			return fr.ends(call)
		}
	case *ast.AssignStmt:
		fr.assign(s)
	case *ast.DeclStmt:
		if d, ok := s.Decl.(*ast.GenDecl); ok && d.Tok == token.VAR {
			for _, spec := range d.Specs {
				fr.varSpec(spec.(*ast.ValueSpec))
			}
		}
	case *ast.IncDecStmt:
		c := fr.cell(s.X)
		if c == nil {
			break
		}
		if n, ok := exactInt(c.V); ok {
			if s.Tok == token.INC {
				n++
			} else {
				n--
			}
			in.set(c, fr.fitting(constant.MakeInt64(int64(n)), fr.typeOf(s.X), s.X))
		}
	case *ast.BlockStmt:
		return fr.block(s.List)
	case *ast.IfStmt:
		return fr.ifStmt(s)
	case *ast.ForStmt:
		return fr.forStmt(s, "")
	case *ast.RangeStmt:
		return fr.rangeStmt(s, "")
	case *ast.SwitchStmt:
		return fr.switchStmt(s, "")
	case *ast.TypeSwitchStmt:
		return fr.typeSwitch(s, "")
	case *ast.SelectStmt:
		return fr.selectStmt(s, "")
	case *ast.LabeledStmt:
		return fr.labeledStmt(s)
	case *ast.ReturnStmt:
		fr.returnStmt(s)
		return returns
	case *ast.BranchStmt:
		if s.Label != nil {
			fr.label = s.Label.Name
		}
		switch s.Tok {
		case token.BREAK:
			return leavesLoop
		case token.CONTINUE:
			return nextRound
		case token.GOTO:
			return jumps
		}
	case *ast.GoStmt:
		in.aside(maybe("what another goroutine does is done", s.Pos()), func() { fr.expr(s.Call) })
	case *ast.DeferStmt:
		fr.deferred(s.Call)
	case *ast.SendStmt:
		fr.send(s)
	}
	return goesOn
}

// labeledStmt runs a statement that others name.
func (fr *frame) labeledStmt(s *ast.LabeledStmt) flow {
	label := s.Label.Name
	switch s := s.Stmt.(type) {
	case *ast.ForStmt:
		return fr.forStmt(s, label)
	case *ast.RangeStmt:
		return fr.rangeStmt(s, label)
	case *ast.SwitchStmt:
		return fr.switchStmt(s, label)
	case *ast.TypeSwitchStmt:
		return fr.typeSwitch(s, label)
	case *ast.SelectStmt:
		return fr.selectStmt(s, label)
	}
	before := fr.open()
	f := fr.stmt(s.Stmt)
	if f == leavesLoop && fr.label == label {
		f, fr.label = goesOn, ""
	}
	return fr.arrive(before, f, leavesLoop, label)
}

// aside does something that is done under a condition.
func (in *interp) aside(cond Condition, do func()) {
	n := len(in.conditions)
	in.conditions = append(in.conditions, cond)
	do()
	in.conditions = in.conditions[:n]
}

// deferred notes a call whose function and arguments are computed now.
func (fr *frame) deferred(call *ast.CallExpr) {
	in := fr.in
	conditions, env := slices.Clone(in.conditions), fr.env
	then := func(run func()) {
		fr.defers = append(fr.defers, func() {
			defer fr.within(env)()
			before := in.conditions
			in.conditions = conditions
			run()
			in.conditions = before
		})
	}
	if tv := fr.pkg.Info.Types[call.Fun]; tv.IsBuiltin() || tv.IsType() {
		then(func() { fr.expr(call) })
		return
	}
	fun := fr.expr(call.Fun)
	args := fr.arguments(call)
	then(func() {
		in.eachOption(fun, func(f value.Value) { fr.apply(call, f, args) })
	})
}

func (fr *frame) varSpec(spec *ast.ValueSpec) {
	if len(spec.Values) == 1 && len(spec.Names) > 1 {
		vals := fr.exprs(spec.Values[0], len(spec.Names))
		for i, name := range spec.Names {
			fr.declare(name, vals[i])
		}
		return
	}
	for i, name := range spec.Names {
		obj := fr.pkg.Info.Defs[name]
		if obj == nil {
			continue
		}
		if i < len(spec.Values) {
			fr.declare(name, fr.converted(fr.expr(spec.Values[i]), fr.concrete(obj.Type())))
		} else {
			fr.declare(name, fr.in.zero(fr.concrete(obj.Type())))
		}
	}
}

// declare makes a variable.
func (fr *frame) declare(name *ast.Ident, v value.Value) {
	obj := fr.pkg.Info.Defs[name]
	if obj == nil {
		return
	}
	if v == nil {
		v = unknown(fr.concrete(obj.Type()), name.Name)
	}
	c := &value.Cell{V: copied(v), Name: name.Name, Pos: name.Pos()}
	if r, ok := v.(*value.Ref); ok && r.To != nil && r.To.Name == "" {
		r.To.Name = name.Name // what was made without a name is called as the first variable that points to it
	}
	fr.in.materialize(c)
	fr.env.Vars[obj] = c
}

func (fr *frame) assign(s *ast.AssignStmt) {
	var vals []value.Value
	if len(s.Rhs) == 1 && len(s.Lhs) > 1 {
		vals = fr.exprs(s.Rhs[0], len(s.Lhs))
	} else {
		for _, r := range s.Rhs {
			vals = append(vals, fr.expr(r))
		}
	}
	for i, l := range s.Lhs {
		if i >= len(vals) {
			break
		}
		v := vals[i]
		if id, ok := l.(*ast.Ident); ok && id.Name == "_" {
			continue
		}
		if id, ok := l.(*ast.Ident); ok && s.Tok == token.DEFINE && fr.pkg.Info.Defs[id] != nil {
			fr.declare(id, v)
			continue
		}
		if s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
			old := fr.expr(l)
			if s.Tok == token.ADD_ASSIGN && isString(fr.typeOf(l)) {
				v = fr.concat(old, v, fr.typeOf(l))
			} else {
				v = fr.arithmetic(s.Tok, old, v, l)
			}
		}
		fr.store(l, v)
	}
}

// store writes v to what an expression denotes.
func (fr *frame) store(l ast.Expr, v value.Value) {
	l = ast.Unparen(l)
	if t := fr.typeOf(l); t != nil {
		v = fr.converted(v, t)
	}
	if v == nil {
		v = unknown(fr.typeOf(l), symbolName(l))
	}
	if ix, ok := l.(*ast.IndexExpr); ok {
		if fr.storeIndex(ix, v) {
			return
		}
	}
	if sel, ok := l.(*ast.SelectorExpr); ok {
		on := fr.expr(sel.X)
		fr.in.escape(fr, on, v)
		if fr.storeHandlers(sel, v) {
			return
		}
	}
	c := fr.cell(l)
	if c == nil {
		return
	}
	v = copied(v)
	if v2, ok := c.V.(*Router); ok && v2.zero {
		if r, ok := v.(*Router); ok && r != v2 {
			v2.replaced = r // *mux = *other
		}
	}
	fr.in.set(c, v)
	fr.in.materialize(c)
}

func (fr *frame) storeIndex(ix *ast.IndexExpr, v value.Value) bool {
	c := fr.cell(ix.X)
	if c == nil {
		return true
	}
	key := fr.expr(ix.Index)
	switch x := value.Bare(c.V).(type) {
	case *value.Map:
		fr.in.put(x, key, v, ix.Pos(), nilable(fr.typeOf(ix)))
		return true
	case *value.List:
		if i, ok := exactInt(key); ok && !x.Unordered {
			if i >= 0 && i < len(x.Elems) {
				fr.in.set(x.Elems[i], copied(v))
			}
			return true
		}
		for _, e := range x.Elems {
			fr.in.set(e, oneOf([]value.Option{{V: e.V}, {V: v}}))
		}
		x.Elems = append(x.Elems, &value.Cell{V: copied(v)})
		return true
	case *value.Nil, *value.Unknown:
		if t := fr.typeOf(ix.X); t != nil {
			if _, ok := t.Underlying().(*types.Map); ok {
				m := &value.Map{Type: t, Open: true}
				m.Entries = append(m.Entries, value.Entry{Key: key, Elem: &value.Cell{V: copied(v)}})
				fr.in.set(c, m)
			}
		}
		return true
	}
	return true
}

// nilable reports whether a variable of a type may hold nil.
func nilable(t types.Type) bool {
	switch underlying(t).(type) {
	case *types.Signature, *types.Pointer, *types.Interface, *types.Map, *types.Slice, *types.Chan:
		return true
	}
	return false
}

func (fr *frame) returnStmt(s *ast.ReturnStmt) {
	var vals []value.Value
	switch {
	case len(s.Results) == 0:
		for _, c := range fr.results {
			vals = append(vals, c.V)
		}
	case len(s.Results) == 1 && fr.sig.Results().Len() > 1:
		vals = fr.exprs(s.Results[0], fr.sig.Results().Len())
	default:
		for i, r := range s.Results {
			v := fr.expr(r)
			if i < fr.sig.Results().Len() {
				v = fr.converted(v, fr.sig.Results().At(i).Type())
			}
			vals = append(vals, v)
		}
	}
	for i, c := range fr.results {
		if i < len(vals) && vals[i] != nil && len(s.Results) > 0 {
			fr.in.set(c, vals[i])
		}
	}
	var cond Condition
	for _, c := range fr.in.conditions[min(fr.base, len(fr.in.conditions)):] {
		cond = both(cond, c)
	}
	fr.out = append(fr.out, value.Option{V: &value.Tuple{Elems: vals}, Cond: cond})
	fr.succeeds(s, vals)
}
