package wiring

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"

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
}

// maxRounds bounds how often a loop is followed.
const maxRounds = 2000

func (fr *frame) block(list []ast.Stmt) flow {
	in := fr.in
	before := len(in.conditions)
	defer func() { in.conditions = in.conditions[:min(before, len(in.conditions))] }()
	for _, s := range list {
		if f := fr.stmt(s); f != goesOn {
			return f
		}
	}
	return goesOn
}

func (fr *frame) stmt(s ast.Stmt) flow {
	in := fr.in
	if in.steps++; in.steps > maxSteps {
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
		if call, ok := ast.Unparen(s.X).(*ast.CallExpr); ok && fr.ends(call) {
			return returns
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
			in.set(c, &value.Const{Type: typeOf(c.V), Val: constant.MakeInt64(int64(n))})
		}
	case *ast.BlockStmt:
		return fr.block(s.List)
	case *ast.IfStmt:
		return fr.ifStmt(s)
	case *ast.ForStmt:
		return fr.forStmt(s)
	case *ast.RangeStmt:
		return fr.rangeStmt(s)
	case *ast.SwitchStmt:
		return fr.switchStmt(s)
	case *ast.TypeSwitchStmt:
		return fr.typeSwitch(s)
	case *ast.SelectStmt:
		var branches []branch
		for _, c := range s.Body.List {
			cc := c.(*ast.CommClause)
			branches = append(branches, in.try(Condition{}, func() flow {
				if cc.Comm != nil {
					fr.stmt(cc.Comm)
				}
				return fr.block(cc.Body)
			}))
		}
		if f := in.join(branches...); f == returns && len(branches) > 0 {
			return returns
		}
	case *ast.LabeledStmt:
		return fr.stmt(s.Stmt)
	case *ast.ReturnStmt:
		fr.returnStmt(s)
		return returns
	case *ast.BranchStmt:
		switch s.Tok {
		case token.BREAK:
			return leavesLoop
		case token.CONTINUE:
			return nextRound
		}
	case *ast.GoStmt:
		fr.expr(s.Call)
	case *ast.DeferStmt:
		fr.deferred(s.Call)
	case *ast.SendStmt:
		fr.expr(s.Value)
	}
	return goesOn
}

// deferred notes a call whose function and arguments are computed now.
func (fr *frame) deferred(call *ast.CallExpr) {
	if len(call.Args) > 0 {
		for _, a := range call.Args {
			fr.expr(a)
		}
	}
	fr.defers = append(fr.defers, func() { fr.expr(call) })
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
			fr.declare(name, fr.converted(fr.expr(spec.Values[i]), obj.Type()))
		} else {
			fr.declare(name, fr.in.zero(obj.Type()))
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
		v = unknown(obj.Type(), name.Name)
	}
	c := &value.Cell{V: copied(v), Name: name.Name, Pos: name.Pos()}
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
		if r := asRouter(on); r != nil && r.Framework == Gin && sel.Sel.Name == "Handlers" {
			fr.in.eachOption(on, func(g value.Value) { fr.in.setHandlers(fr.in.group(g, nil), v, l.Pos()) })
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
	switch x := value.Deref(c.V).(type) {
	case *value.Map:
		for _, e := range x.Entries {
			if same(e.Key, key) {
				fr.in.set(e.Elem, copied(v))
				return true
			}
		}
		// A map is shared: its entries are not taken back with a branch, which
		// keeps what a condition adds.
		x.Entries = append(x.Entries, value.Entry{Key: key, Elem: &value.Cell{V: copied(v)}})
		return true
	case *value.List:
		if i, ok := exactInt(key); ok {
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

func (fr *frame) ifStmt(s *ast.IfStmt) flow {
	in := fr.in
	if s.Init != nil {
		fr.stmt(s.Init)
	}
	cond := fr.expr(s.Cond)
	if b, ok := exactBool(cond); ok {
		if b {
			return fr.block(s.Body.List)
		}
		if s.Else != nil {
			return fr.stmt(s.Else)
		}
		return goesOn
	}
	text := words(s.Cond)
	failure := isFailure(fr.pkg.Info, s.Cond)
	yes, no := Condition{Text: text, Pos: s.Cond.Pos()}, Condition{Text: negated(s.Cond), Pos: s.Cond.Pos()}
	if failure {
		no.Text = ""
	}
	if success(fr.pkg.Info, s.Cond) {
		yes.Text = ""
	}
	branches := []branch{
		in.try(yes, func() flow { return fr.block(s.Body.List) }),
		in.try(no, func() flow {
			if s.Else != nil {
				return fr.stmt(s.Else)
			}
			return goesOn
		}),
	}
	// What follows happens only on the way that goes on.
	switch {
	case branches[0].flow != goesOn && branches[1].flow == goesOn && no.Text != "":
		in.conditions = append(in.conditions, no)
	case branches[1].flow != goesOn && branches[0].flow == goesOn && yes.Text != "":
		in.conditions = append(in.conditions, yes)
	}
	return in.join(branches...)
}

// negated writes the opposite of a condition.
func negated(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			return words(ast.Unparen(e.X))
		}
	case *ast.BinaryExpr:
		opposite := map[token.Token]token.Token{
			token.EQL: token.NEQ, token.NEQ: token.EQL, token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ, token.LEQ: token.GTR,
		}
		if op, ok := opposite[e.Op]; ok {
			return words(e.X) + " " + op.String() + " " + words(e.Y)
		}
		return "!(" + words(e) + ")"
	}
	return "!" + words(e)
}

// isFailure reports whether a condition tells that something failed: what
// follows on the other way is the rule and not worth a word.
func isFailure(info *types.Info, e ast.Expr) bool {
	b, ok := ast.Unparen(e).(*ast.BinaryExpr)
	if !ok {
		return false
	}
	if b.Op == token.LAND || b.Op == token.LOR {
		return isFailure(info, b.X)
	}
	return b.Op == token.NEQ && isErrorType(info.TypeOf(b.X)) && isNilExpr(info, b.Y)
}

func success(info *types.Info, e ast.Expr) bool {
	b, ok := ast.Unparen(e).(*ast.BinaryExpr)
	return ok && b.Op == token.EQL && isErrorType(info.TypeOf(b.X)) && isNilExpr(info, b.Y)
}

func isErrorType(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func isNilExpr(info *types.Info, e ast.Expr) bool { return info.Types[e].IsNil() }

func isString(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

func (fr *frame) forStmt(s *ast.ForStmt) flow {
	in := fr.in
	if s.Init != nil {
		fr.stmt(s.Init)
	}
	for round := 0; ; round++ {
		if s.Cond != nil {
			b, ok := exactBool(fr.expr(s.Cond))
			if ok && !b {
				return goesOn
			}
			if !ok || round >= maxRounds {
				fr.loseLoopVars(s.Init)
				b := in.try(Condition{}, func() flow { return fr.block(s.Body.List) })
				in.join(b, branch{})
				return goesOn
			}
		}
		switch fr.block(s.Body.List) {
		case returns:
			if s.Cond == nil {
				return returns
			}
			return returns
		case leavesLoop:
			return goesOn
		}
		if s.Cond == nil || in.steps > maxSteps {
			return goesOn // a loop without an end: once is enough
		}
		if s.Post != nil {
			fr.stmt(s.Post)
		}
	}
}

// loseLoopVars makes the variables of a loop unknown.
func (fr *frame) loseLoopVars(init ast.Stmt) {
	a, ok := init.(*ast.AssignStmt)
	if !ok {
		return
	}
	for _, l := range a.Lhs {
		if c := fr.cell(l); c != nil {
			fr.in.set(c, unknown(fr.typeOf(l), symbolName(l)))
		}
	}
}

func (fr *frame) rangeStmt(s *ast.RangeStmt) flow {
	in := fr.in
	over := fr.expr(s.X)
	t := fr.typeOf(s.X)
	end := goesOn
	round := func(key, val value.Value) flow {
		fr.bindRange(s, s.Key, key)
		fr.bindRange(s, s.Value, val)
		return fr.block(s.Body.List)
	}
	once := func() {
		k, v := rangeTypes(t)
		b := in.try(Condition{}, func() flow { return round(unknown(k, symbolName(s.X)), unknown(v, symbolName(s.X))) })
		in.join(b, branch{})
	}
	in.eachOption(over, func(over value.Value) {
		switch x := value.Bare(over).(type) {
		case *value.List:
			for i, e := range append([]*value.Cell{}, x.Elems...) {
				if i >= maxRounds {
					break
				}
				var key, val value.Value = &value.Const{Type: types.Typ[types.Int], Val: constant.MakeInt64(int64(i))}, e.V
				if _, sequence := t.Underlying().(*types.Signature); sequence && s.Value == nil {
					key = e.V
				}
				switch round(key, val) {
				case returns:
					end = returns
					return
				case leavesLoop:
					return
				}
			}
			if x.Open {
				once()
			}
		case *value.Map:
			for _, e := range append([]value.Entry{}, x.Entries...) {
				switch round(e.Key, e.Elem.V) {
				case returns:
					end = returns
					return
				case leavesLoop:
					return
				}
			}
			if x.Open {
				once()
			}
		case *value.Const:
			n, ok := exactInt(x)
			if !ok || n > maxRounds {
				once()
				return
			}
			for i := range n {
				switch round(&value.Const{Type: types.Typ[types.Int], Val: constant.MakeInt64(int64(i))}, nil) {
				case returns:
					end = returns
					return
				case leavesLoop:
					return
				}
			}
		case *value.Func:
			if !fr.rangeFunc(s, x) {
				once()
			}
		case *value.Nil:
		default:
			once()
		}
	})
	return end
}

// rangeFunc follows a range over a function: the body is what yield does.
func (fr *frame) rangeFunc(s *ast.RangeStmt, seq *value.Func) bool {
	yield := &native{call: func(args []value.Value) value.Value {
		if len(args) > 0 {
			fr.bindRange(s, s.Key, args[0])
		}
		if len(args) > 1 {
			fr.bindRange(s, s.Value, args[1])
		}
		f := fr.block(s.Body.List)
		return &value.Const{Type: types.Typ[types.Bool], Val: constant.MakeBool(f == goesOn || f == nextRound)}
	}}
	_, ok := fr.in.callFunc(seq, []value.Value{yield}, s.Pos())
	return ok
}

func rangeTypes(t types.Type) (key, val types.Type) {
	switch u := t.Underlying().(type) {
	case *types.Slice:
		return types.Typ[types.Int], u.Elem()
	case *types.Array:
		return types.Typ[types.Int], u.Elem()
	case *types.Pointer:
		return rangeTypes(u.Elem())
	case *types.Map:
		return u.Key(), u.Elem()
	case *types.Chan:
		return u.Elem(), nil
	case *types.Signature:
		if u.Params().Len() == 1 {
			if yield, ok := u.Params().At(0).Type().Underlying().(*types.Signature); ok {
				switch yield.Params().Len() {
				case 1:
					return yield.Params().At(0).Type(), nil
				case 2:
					return yield.Params().At(0).Type(), yield.Params().At(1).Type()
				}
			}
		}
	case *types.Basic:
		return types.Typ[types.Int], nil
	}
	return nil, nil
}

func (fr *frame) bindRange(s *ast.RangeStmt, target ast.Expr, v value.Value) {
	if target == nil || v == nil {
		return
	}
	if id, ok := target.(*ast.Ident); ok {
		if id.Name == "_" {
			return
		}
		if s.Tok == token.DEFINE {
			fr.declare(id, v)
			return
		}
	}
	fr.store(target, v)
}

func (fr *frame) switchStmt(s *ast.SwitchStmt) flow {
	in := fr.in
	if s.Init != nil {
		fr.stmt(s.Init)
	}
	var tag value.Value = &value.Const{Type: types.Typ[types.Bool], Val: constant.MakeBool(true)}
	if s.Tag != nil {
		tag = fr.expr(s.Tag)
	}
	tagConst, tagKnown := value.Bare(tag).(*value.Const)
	clauses := s.Body.List
	var branches []branch
	var denied []string
	complete := false
	for i, c := range clauses {
		cc := c.(*ast.CaseClause)
		if cc.List == nil {
			continue
		}
		verdict, sure := false, tagKnown
		var said []string
		for _, e := range cc.List {
			v, ok := value.Bare(fr.expr(e)).(*value.Const)
			if !ok || !tagKnown || v.Val.Kind() != tagConst.Val.Kind() {
				sure = false
			} else if constant.Compare(tagConst.Val, token.EQL, v.Val) {
				verdict = true
			}
			if s.Tag != nil {
				said = append(said, words(s.Tag)+" == "+words(e))
			} else {
				said = append(said, words(e))
			}
		}
		if sure && !verdict {
			continue
		}
		cond := Condition{Text: strings.Join(said, " || "), Pos: cc.Pos()}
		if verdict && len(branches) == 0 {
			return loopless(fr.clause(clauses, i))
		}
		branches = append(branches, in.try(cond, func() flow { return fr.clause(clauses, i) }))
		denied = append(denied, said...)
		if verdict {
			complete = true
			break
		}
	}
	if !complete {
		other := Condition{Text: ""}
		if len(denied) > 0 {
			other = Condition{Text: "!(" + strings.Join(denied, " || ") + ")", Pos: s.Pos()}
		}
		at := -1
		for i, c := range clauses {
			if c.(*ast.CaseClause).List == nil {
				at = i
			}
		}
		if at >= 0 && len(branches) == 0 {
			return loopless(fr.clause(clauses, at))
		}
		branches = append(branches, in.try(other, func() flow {
			if at < 0 {
				return goesOn
			}
			return fr.clause(clauses, at)
		}))
	}
	for i := range branches {
		branches[i].flow = loopless(branches[i].flow)
	}
	return in.join(branches...)
}

// loopless turns a break, which leaves the switch, into going on.
func loopless(f flow) flow {
	if f == leavesLoop {
		return goesOn
	}
	return f
}

// clause runs one case and those that it falls through to.
func (fr *frame) clause(clauses []ast.Stmt, i int) flow {
	for ; i < len(clauses); i++ {
		body := clauses[i].(*ast.CaseClause).Body
		f := fr.block(body)
		if f != goesOn || len(body) == 0 {
			return f
		}
		if b, ok := body[len(body)-1].(*ast.BranchStmt); !ok || b.Tok != token.FALLTHROUGH {
			return f
		}
	}
	return goesOn
}

func (fr *frame) typeSwitch(s *ast.TypeSwitchStmt) flow {
	in := fr.in
	if s.Init != nil {
		fr.stmt(s.Init)
	}
	var x ast.Expr
	switch a := s.Assign.(type) {
	case *ast.AssignStmt:
		x = a.Rhs[0].(*ast.TypeAssertExpr).X
	case *ast.ExprStmt:
		x = a.X.(*ast.TypeAssertExpr).X
	}
	v := fr.expr(x)
	var branches []branch
	for _, c := range s.Body.List {
		cc := c.(*ast.CaseClause)
		bind := func() {
			if obj := fr.pkg.Info.Implicits[cc]; obj != nil {
				cell := &value.Cell{V: v, Name: obj.Name(), Pos: obj.Pos()}
				if u, ok := v.(*value.Unknown); ok {
					cell.V = &value.Unknown{Type: obj.Type(), Why: u.Why, Pos: u.Pos}
				}
				fr.env.Vars[obj] = cell
			}
		}
		match, sure := fr.caseMatches(cc, v)
		if sure && !match {
			continue
		}
		if sure {
			bind()
			return loopless(fr.block(cc.Body))
		}
		var said []string
		for _, e := range cc.List {
			said = append(said, words(x)+" is "+words(e))
		}
		b := in.try(Condition{Text: strings.Join(said, " || "), Pos: cc.Pos()}, func() flow {
			bind()
			return fr.block(cc.Body)
		})
		b.flow = loopless(b.flow)
		branches = append(branches, b)
	}
	branches = append(branches, branch{})
	return in.join(branches...)
}

// caseMatches says whether a value is of one of the types of a case, and
// whether that is sure.
func (fr *frame) caseMatches(cc *ast.CaseClause, v value.Value) (match, sure bool) {
	if cc.List == nil {
		_, isAny := v.(*value.Any)
		_, none := v.(*value.Nil)
		return true, !isAny && (none || typeOf(v) != nil)
	}
	t := typeOf(v)
	f, _ := v.(*value.Func)
	_, none := v.(*value.Nil)
	for _, e := range cc.List {
		want := fr.typeOf(e)
		if isNil := isNilExpr(fr.pkg.Info, e); isNil || none {
			if isNil && none {
				return true, true
			}
			continue
		}
		if want == nil {
			return false, false
		}
		switch {
		case asRouter(v) != nil:
			rf, _ := routerType(want)
			if rf == asRouter(v).Framework {
				return true, true
			}
			if rf != "" {
				continue // another framework's
			}
			if types.IsInterface(want) {
				return false, false
			}
		case f != nil:
			if _, ok := want.Underlying().(*types.Signature); ok {
				return false, false
			}
		case t == nil:
			return false, false
		case types.Identical(t, want):
			return true, true
		case types.IsInterface(want) && types.Implements(t, want.Underlying().(*types.Interface)):
			return true, true
		}
	}
	return false, true
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
}
