package wiring

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// round runs the body of a loop once, with the variables that bind declares, nil
// for none. It says whether another round may come, and how the loop ends when
// none does.
func (fr *frame) round(s scope, label string, body *ast.BlockStmt, bind func()) (f flow, more bool) {
	defer fr.within(fr.env.Inner())()
	if bind != nil {
		bind()
	}
	f = fr.block(body.List)
	ours := fr.label == "" || fr.label == label
	if f == nextRound && ours {
		f, fr.label = goesOn, ""
	}
	switch f = fr.arrive(s, f, nextRound, "", label); {
	case f == goesOn:
		return goesOn, true
	case f == leavesLoop && ours:
		fr.label = ""
		return goesOn, false
	}
	return f, false
}

// end ends a loop.
func (fr *frame) end(s scope, label string, f flow) flow {
	return fr.arrive(s, f, leavesLoop, "", label)
}

// some runs the body of a loop of which nobody knows how often it runs.
func (fr *frame) some(s scope, label, why string, at token.Pos, body *ast.BlockStmt, bind func()) flow {
	fr.loseAssigned(body)
	yes, no := maybe(why, at), maybe("not: "+why, at)
	way := fr.try(yes, no, func() flow {
		inner := fr.open()
		f, _ := fr.round(inner, label, body, bind)
		return fr.end(inner, label, f)
	})
	return fr.join(way, otherwise(no, yes))
}

func (fr *frame) forStmt(s *ast.ForStmt, label string) (f flow) {
	if fr.in.depth > 3 {
		return fr.rounds(s, label)
	}
	if !fr.in.share(func() { f = fr.rounds(s, label) }) {
		fr.loseAssigned(s.Body)
		return goesOn
	}
	return f
}

func (fr *frame) rounds(s *ast.ForStmt, label string) (end flow) {
	before := fr.open()
	defer fr.within(fr.env.Inner())()
	shares := fr.shares(s)
	if shares {
		defer fr.loseLoopVars(s.Init)
	}
	defer func() { end = fr.end(before, label, end) }()
	if s.Init != nil {
		fr.stmt(s.Init)
	}
	for n := 0; ; n++ {
		if s.Cond != nil {
			clear(fr.called)
			b, ok := exactBool(fr.expr(s.Cond))
			if ok && !b {
				return goesOn
			}
			if ok && n >= maxRounds {
				fr.in.end(s.Pos(), "the loop has more than "+number(maxRounds)+" rounds: the rest is not followed")
			}
			if !ok || n >= maxRounds || len(fr.exits)-before.exits > maxLeft {
				fr.loseLoopVars(s.Init)
				return fr.some(before, label, words(s.Cond), s.Pos(), s.Body, nil)
			}
		}
		f, more := fr.round(before, label, s.Body, nil)
		if !more || fr.in.steps > fr.in.limit {
			return f
		}
		if s.Cond == nil && (n >= maxRounds || !fr.counts(before, s.Body)) {
			if slices.ContainsFunc(fr.exits[before.exits:], func(e exit) bool { return e.flow == leavesLoop }) {
				return goesOn
			}
			return returns // a loop without an end: once around is enough
		}
		if !shares {
			fr.env = renewed(fr.env)
		}
		if s.Post != nil {
			fr.stmt(s.Post)
		}
	}
}

// counts reports whether a loop without a condition ends by what is known.
func (fr *frame) counts(s scope, body *ast.BlockStmt) bool {
	leaves := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			leaves = true
		case *ast.BranchStmt:
			leaves = leaves || n.Tok == token.BREAK
		}
		return !leaves
	})
	return leaves && len(fr.exits) == s.exits
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

func (fr *frame) rangeStmt(s *ast.RangeStmt, label string) (end flow) {
	before := fr.open()
	over := fr.expr(s.X)
	defer fr.within(fr.env.Inner())()
	if s.Tok == token.DEFINE && fr.shares(s) {
		defer fr.shareRange(s)()
	}
	defer func() { end = fr.end(before, label, end) }()
	ways := optionsOf(over)
	if len(ways) == 1 {
		return fr.rangeOver(s, label, before, over)
	}
	if lists(ways) && !leavesEarly(s.Body) {
		return fr.rangeMerged(s, label, before, over)
	}
	var branches []branch
	for _, way := range ways {
		if _, none := way.V.(*value.Nil); none {
			continue
		}
		no := maybe("not: "+way.Cond.Text, s.Pos())
		branches = append(branches, fr.try(way.Cond, no, func() flow {
			inner := fr.open()
			return fr.end(inner, label, fr.rangeOver(s, label, inner, way.V))
		}))
	}
	return fr.join(branches...)
}

// lists reports whether all of several values are slices.
func lists(ways []value.Option) bool {
	return !slices.ContainsFunc(ways, func(o value.Option) bool {
		switch l := value.Bare(o.V).(type) {
		case *value.List:
			return l.Open || l.Pairs
		case *value.Nil:
			return false
		}
		return true
	})
}

// leavesEarly reports whether the body of a loop may end the loop.
func leavesEarly(body *ast.BlockStmt) bool {
	leaves := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			leaves = true
		case *ast.BranchStmt:
			leaves = leaves || n.Tok != token.FALLTHROUGH && (n.Tok != token.CONTINUE || n.Label != nil)
		}
		return !leaves
	})
	return leaves
}

// rangeMerged follows a loop over a slice that is one of several: what all of
// them hold has no condition.
func (fr *frame) rangeMerged(s *ast.RangeStmt, label string, before scope, over value.Value) flow {
	var index value.Value
	for i, o := range fr.in.elements(over, s.X.Pos()) {
		if i >= maxRounds {
			fr.in.end(s.Pos(), "the loop has more than "+number(maxRounds)+" rounds: the rest is not followed")
			break
		}
		round := func(at scope) flow {
			clear(fr.called)
			key := index
			if key == nil {
				key = &value.Const{Type: types.Typ[types.Int], Val: constant.MakeInt64(int64(i))}
			}
			f, _ := fr.round(at, label, s.Body, func() { fr.bindRange(s, key, o.v) })
			return f
		}
		if o.cond.Text == "" {
			if f := round(before); f != goesOn {
				return f
			}
			continue
		}
		no := maybe("not: "+o.cond.Text, s.Pos())
		way := fr.try(o.cond, no, func() flow {
			inner := fr.open()
			return fr.end(inner, label, round(inner))
		})
		if f := fr.join(way, otherwise(no, o.cond)); f != goesOn {
			return f
		}
		index = unknown(types.Typ[types.Int], symbolName(s.X)) // what comes next may stand here or there
	}
	return goesOn
}

// rangeOver follows a loop over one value.
func (fr *frame) rangeOver(s *ast.RangeStmt, label string, before scope, over value.Value) flow {
	in := fr.in
	t := fr.typeOf(s.X)
	round := func(key, val value.Value) (flow, bool) {
		clear(fr.called)
		return fr.round(before, label, s.Body, func() { fr.bindRange(s, key, val) })
	}
	once := func() flow {
		k, v := rangeTypes(t)
		name := symbolName(s.X)
		return fr.some(before, label, "there is something in "+name, s.Pos(), s.Body, func() { fr.bindRange(s, unknown(k, name), unknown(v, name)) })
	}
	if _, array := underlying(t).(*types.Array); array {
		over = copied(over) // what the body writes is not seen by the loop
	}
	switch x := value.Bare(over).(type) {
	case *value.List:
		_, sequence := underlying(t).(*types.Signature)
		_, channel := underlying(t).(*types.Chan)
		for i, e := range slices.Clone(x.Elems) {
			if i >= maxRounds {
				in.end(s.Pos(), "the loop has more than "+number(maxRounds)+" rounds: the rest is not followed")
				break
			}
			var key, val value.Value = &value.Const{Type: types.Typ[types.Int], Val: constant.MakeInt64(int64(i))}, e.V
			if x.Backward {
				key = &value.Const{Type: types.Typ[types.Int], Val: constant.MakeInt64(int64(len(x.Elems) - 1 - i))}
			}
			if x.Unordered || x.Backward && x.Open {
				key = unknown(types.Typ[types.Int], symbolName(s.X))
			}
			if channel || sequence && s.Value == nil && !x.Pairs {
				key = e.V
			}
			if f, more := round(key, val); !more {
				return f
			}
		}
		if x.Open {
			return once()
		}
	case *value.Map:
		for i, e := range slices.Clone(x.Entries) {
			if i >= maxRounds {
				in.end(s.Pos(), "the loop has more than "+number(maxRounds)+" rounds: the rest is not followed")
				break
			}
			if is, _ := isGone(e.Elem); is {
				continue
			}
			if f, more := round(e.Key, e.Elem.V); !more {
				return f
			}
		}
		if x.Open {
			return once()
		}
	case *value.Const:
		n, ok := exactInt(x)
		if !ok || n > maxRounds {
			return once()
		}
		for i := range n {
			if f, more := round(&value.Const{Type: types.Typ[types.Int], Val: constant.MakeInt64(int64(i))}, nil); !more {
				return f
			}
		}
	case *value.Func:
		if f, ok := fr.rangeFunc(s, label, before, x); ok {
			return f
		}
		return once()
	case *value.Nil:
	default:
		return once()
	}
	return goesOn
}

// rangeFunc follows a range over a function: the body is what yield does.
func (fr *frame) rangeFunc(s *ast.RangeStmt, label string, before scope, seq *value.Func) (flow, bool) {
	end := goesOn
	yield := &native{call: func(args []value.Value) value.Value {
		var key, val value.Value
		if len(args) > 0 {
			key = args[0]
		}
		if len(args) > 1 {
			val = args[1]
		}
		f, more := fr.round(before, label, s.Body, func() { fr.bindRange(s, key, val) })
		end = max(end, f)
		return &value.Const{Type: types.Typ[types.Bool], Val: constant.MakeBool(more)}
	}}
	_, ok := fr.in.callFunc(seq, []value.Value{yield}, s.Pos())
	return end, ok
}

func rangeTypes(t types.Type) (key, val types.Type) {
	switch u := underlying(t).(type) { // of none in code that does not compile
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

// bindRange gives the variables of a loop the values of a round.
func (fr *frame) bindRange(s *ast.RangeStmt, key, val value.Value) {
	fr.bindOne(s, s.Key, key)
	fr.bindOne(s, s.Value, val)
}

func (fr *frame) bindOne(s *ast.RangeStmt, target ast.Expr, v value.Value) {
	if target == nil || v == nil {
		return
	}
	if id, ok := target.(*ast.Ident); ok {
		if id.Name == "_" {
			return
		}
		if s.Tok == token.DEFINE && fr.env.Outer.Vars[fr.pkg.Info.Defs[id]] == nil { // no variable of all rounds
			fr.declare(id, v)
			return
		}
	}
	fr.store(target, v)
}
