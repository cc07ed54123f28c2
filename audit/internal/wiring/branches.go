package wiring

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
)

func (fr *frame) ifStmt(s *ast.IfStmt) flow {
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
	yes, no := fr.ways(s.Cond)
	yes.Silent = yes.Silent && s.Else != nil
	holds, fails := fr.narrow(s.Cond)
	then := fr.try(yes, no, func() flow { holds(); return fr.block(s.Body.List) })
	no.Silent = no.Silent && fr.givesUp(then.flow)
	then.not = no
	otherwise := fr.try(no, yes, func() flow {
		fails()
		if s.Else != nil {
			return fr.stmt(s.Else)
		}
		return goesOn
	})
	f := fr.join(then, otherwise)
	if f == goesOn {
		fr.checked(s.Cond, then)
	}
	return f
}

// givesUp reports whether a way that ends like this tells others that something
// failed: they do not serve then.
func (fr *frame) givesUp(f flow) bool {
	return f == dies || f == returns && (givesError(fr.sig) || fr.fn != nil && fr.fn.FullName() == fr.in.main.Path+".main")
}

// ways are the conditions of the two ways that a condition leads to.
func (fr *frame) ways(e ast.Expr) (yes, no Condition) {
	failure, success := isFailure(fr.pkg.Info, e), success(fr.pkg.Info, e)
	about := fr.about(e)
	yes = condition(Condition{Text: words(e), Pos: e.Pos(), Silent: success, About: about})
	no = condition(Condition{Text: negated(e), Pos: e.Pos(), Silent: failure, About: about})
	return yes, no
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

func (fr *frame) switchStmt(s *ast.SwitchStmt, label string) flow {
	before := fr.open()
	if s.Init != nil {
		fr.stmt(s.Init)
	}
	return fr.leaveSwitch(before, label, fr.cases(s))
}

// leaveSwitch turns a break, which leaves the switch, into going on.
func (fr *frame) leaveSwitch(before scope, label string, f flow) flow {
	if f == leavesLoop && (fr.label == "" || fr.label == label) {
		f, fr.label = goesOn, ""
	}
	return fr.arrive(before, f, leavesLoop, "", label)
}

func (fr *frame) cases(s *ast.SwitchStmt) flow {
	var tag value.Value = &value.Const{Type: types.Typ[types.Bool], Val: constant.MakeBool(true)}
	if s.Tag != nil {
		tag = fr.expr(s.Tag)
	}
	tagConst, tagKnown := value.Bare(tag).(*value.Const)
	clauses := s.Body.List
	var branches []branch
	var denied []string
	spoken := []ast.Expr{s.Tag}
	for i, c := range clauses {
		cc := c.(*ast.CaseClause)
		if cc.List == nil {
			continue
		}
		verdict, sure := false, tagKnown
		var said []string
		for _, e := range cc.List {
			v, ok := value.Bare(fr.caseExpr(e, slices.Concat(denied, said))).(*value.Const)
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
		if verdict && len(branches) == 0 {
			return fr.clause(clauses, i)
		}
		spoken = append(spoken, cc.List...)
		yes := condition(Condition{Text: strings.Join(said, " || "), Pos: cc.Pos(), About: fr.about(append(cc.List[:len(cc.List):len(cc.List)], s.Tag)...)})
		no := condition(Condition{Text: "!(" + yes.Text + ")", Pos: cc.Pos(), About: yes.About})
		branches = append(branches, fr.try(yes, no, func() flow { return fr.clause(clauses, i) }))
		denied = append(denied, said...)
		if verdict {
			return fr.join(branches...)
		}
	}
	at := slices.IndexFunc(clauses, func(c ast.Stmt) bool { return c.(*ast.CaseClause).List == nil })
	if len(branches) == 0 {
		if at >= 0 {
			return fr.clause(clauses, at)
		}
		return goesOn
	}
	some := strings.Join(denied, " || ")
	about := fr.about(spoken...)
	no, yes := condition(Condition{Text: "!(" + some + ")", Pos: s.Pos(), About: about}), condition(Condition{Text: some, Pos: s.Pos(), About: about})
	branches = append(branches, fr.try(no, yes, func() flow {
		if at < 0 {
			return goesOn
		}
		return fr.clause(clauses, at)
	}))
	return fr.join(branches...)
}

// caseExpr computes an expression of a case, which is not done where one before it
// held already.
func (fr *frame) caseExpr(e ast.Expr, before []string) (v value.Value) {
	if len(before) == 0 {
		return fr.expr(e)
	}
	some := strings.Join(before, " || ")
	yes, no := condition(Condition{Text: "!(" + some + ")", Pos: e.Pos()}), condition(Condition{Text: some, Pos: e.Pos()})
	fr.mayCompute(e, yes, no, func() { v = fr.expr(e) })
	return v
}

// selectStmt follows each of the ways that are ready at some time.
func (fr *frame) selectStmt(s *ast.SelectStmt, label string) flow {
	before := fr.open()
	for _, c := range s.Body.List {
		fr.operands(c.(*ast.CommClause).Comm)
	}
	var branches []branch
	for _, c := range s.Body.List {
		cc := c.(*ast.CommClause)
		yes, no := ready(s, cc)
		branches = append(branches, fr.try(yes, no, func() flow {
			if cc.Comm != nil {
				fr.stmt(cc.Comm)
			}
			return fr.block(cc.Body)
		}))
	}
	f := goesOn
	if len(branches) > 0 {
		f = fr.join(branches...)
	}
	return fr.leaveSwitch(before, label, f)
}

// operands computes what select does of a case whichever is taken: what calls there do
// is done on each way.
func (fr *frame) operands(s ast.Stmt) {
	var all []ast.Expr
	switch s := s.(type) {
	case *ast.SendStmt:
		all = []ast.Expr{s.Chan, s.Value}
	case *ast.ExprStmt:
		all = []ast.Expr{s.X}
	case *ast.AssignStmt:
		all = s.Rhs
	}
	for _, e := range all {
		if from, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && from.Op == token.ARROW {
			e = from.X
		}
		if calls(e) {
			fr.expr(e)
		}
	}
}

// ready are the conditions of the two ways of a case of select.
func ready(s *ast.SelectStmt, cc *ast.CommClause) (yes, no Condition) {
	if len(s.Body.List) == 1 {
		return maybe("the case of select is ready", cc.Pos()), maybe("the case of select is not ready", cc.Pos())
	}
	what := "no case of select"
	switch c := cc.Comm.(type) {
	case *ast.SendStmt:
		what = words(c.Chan) + " <- " + words(c.Value)
	case *ast.ExprStmt:
		what = words(c.X)
	case *ast.AssignStmt:
		what = words(c.Rhs[0])
	}
	yes, no = Condition{Text: what + " is ready", Pos: cc.Pos()}, Condition{Text: "!(" + what + " is ready)", Pos: cc.Pos()}
	return condition(yes), condition(no)
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

func (fr *frame) typeSwitch(s *ast.TypeSwitchStmt, label string) flow {
	before := fr.open()
	if s.Init != nil {
		fr.stmt(s.Init)
	}
	return fr.leaveSwitch(before, label, fr.typeCases(s))
}

func (fr *frame) typeCases(s *ast.TypeSwitchStmt) flow {
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
					cell.V = &value.Unknown{Type: fr.concrete(obj.Type()), Why: u.Why, Pos: u.Pos}
				}
				fr.env.Vars[obj] = cell
			}
		}
		match, sure := fr.caseMatches(cc, v)
		if sure && !match {
			continue
		}
		if sure && len(branches) == 0 {
			bind()
			return fr.block(cc.Body)
		}
		var said []string
		for _, e := range cc.List {
			said = append(said, words(x)+" is "+words(e))
		}
		if cc.List == nil {
			said = []string{"no other case"}
		}
		yes := condition(Condition{Text: strings.Join(said, " || "), Pos: cc.Pos()})
		no := condition(Condition{Text: "!(" + yes.Text + ")", Pos: cc.Pos()})
		branches = append(branches, fr.try(yes, no, func() flow {
			bind()
			return fr.block(cc.Body)
		}))
		if sure {
			return fr.join(branches...)
		}
	}
	branches = append(branches, otherwise(maybe("no case of the type switch", s.Pos()), maybe("a case of the type switch", s.Pos())))
	return fr.join(branches...)
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
		case RouterOf(v) != nil:
			rf, _ := routerType(want)
			if rf == RouterOf(v).Framework {
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
