package judge

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

func (x *exec) index(fr *frame, st *state, e *ast.IndexExpr, ok bool) []ev {
	var all []ev
	for _, r := range x.evals(fr, st, []ast.Expr{e.X, e.Index}) {
		if len(r.vs) < 2 {
			continue
		}
		x.indexMayPanic(fr, r.st, r.vs[0], r.vs[1], e)
		if rows := x.rows(fr, r.st, r.vs[0], e); rows != nil {
			all = append(all, x.found(r.st, rows, e, ok)...)
			continue
		}
		if x.lacksMember(fr, r.st, r.vs[0], r.vs[1], e) {
			v := x.zero(elemType(fr.typeOf(e.X)))
			if ok {
				v = tuple{v, boolVal(false)}
			}
			all = append(all, ev{r.st, v})
			continue
		}
		v := x.indexed(fr, r.st, r.vs[0], r.vs[1], e)
		if !ok {
			all = append(all, x.force(r.st, v, e)...)
			continue
		}
		has := x.child(fr, v, "?has", types.Typ[types.Bool], e.Pos(), "")
		has.onTrue, has.text = levelOf(v), exprText(e)
		all = append(all, ev{r.st, tuple{v, has}})
	}
	return all
}

// found are the ways on from a look into a table: one of its rows is found, or none.
func (x *exec) found(st *state, rows []val, e *ast.IndexExpr, ok bool) []ev {
	var all []ev
	for i, row := range append(slices.Clip(rows), nilVal{}) {
		for _, r := range x.force(st.clone(), row, e) {
			if ok {
				r.v = tuple{r.v, boolVal(i < len(rows))}
			}
			all = append(all, r)
		}
	}
	return all
}

func (x *exec) indexed(fr *frame, st *state, c, k val, e *ast.IndexExpr) val {
	c = x.deref(st, c)
	if l, ok := c.(*list); ok {
		if kc, isConst := k.(*konst); isConst {
			if i, exact := constant.Int64Val(kc.v); exact && i >= 0 && int(i) < len(l.elems) {
				return l.elems[i]
			}
		}
		el := x.child(fr, l, "[]", elemType(fr.typeOf(e.X)), e.Pos(), "")
		el.t = mixed(el.t)
		return x.maybeNext(st, el, l)
	}
	if a, ok := c.(*strct); ok && isArray(a.typ) {
		if kc, isConst := k.(*konst); isConst {
			if v, known := a.f["["+kc.v.ExactString()+"]"]; known {
				return v
			}
		}
	}
	s, ok := c.(*sym)
	if !ok {
		return x.maybeNext(st, &sym{key: "at:" + keyOf(c) + "[" + keyOf(k) + "]", t: taintOf(c) | tSetting, text: exprText(e), typ: elemType(fr.typeOf(e.X)), pos: e.Pos()}, c)
	}
	switch s.kind {
	case kHeader:
		if v := wrote(st, inHeader, k); v != nil {
			return v
		}
		return asTexts(x.source(headerSource, k, exprText(e), e.Pos()))
	case kValues:
		return asTexts(x.form(st, k, exprText(e), e.Pos()))
	case kSessionValues, kSession:
		if v := wrote(st, inSession, k); v != nil {
			return v
		}
		return x.sessionValue(s.name, k, exprText(e), e.Pos())
	}
	if kc, isConst := k.(*konst); isConst && s.t&tCred != 0 && s.kind == plain && zeroConst(kc.v) && !strings.HasPrefix(s.key, "src:") {
		// "user:password", "Bearer token": what comes first is no secret.
		return &sym{key: x.id(s.key + "[0]"), t: s.t&^tCred | tIdent | tPart, text: exprText(e), typ: fr.typeOf(e), pos: e.Pos(), texts: s.texts && holdsTexts(fr.typeOf(e))}
	}
	v := &sym{key: x.id(s.key + "[" + keyOf(k) + "]"), t: s.t, text: exprText(e), typ: fr.typeOf(e), pos: e.Pos(), name: s.name, onTrue: s.onTrue, needs: s.needs}
	v.texts = s.texts && holdsTexts(v.typ)
	v.t = mixed(v.t)
	if _, isMap := fr.typeOf(e.X).Underlying().(*types.Map); isMap && s.t&tFromCaller == 0 {
		kt := taintOf(k)
		v.made = true
		v.elems = s.held
		if kt&tFromCaller != 0 && mayBeEmpty(elemType(fr.typeOf(e.X))) {
			v.absent = x.id(v.key + "?has")
		}
		empty, lacking := x.emptyMember(fr, s, e.X, e.Pos())
		if st.holds(k) {
			empty, lacking = false, nil
		}
		switch {
		case kt&tCred != 0 && empty:
			v.t |= kt // an absent credential is one of the keys
		case kt&tCred != 0 && !negWords(s.name) && kt&(tMaybe|tNames) == 0:
			v.t, v.onTrue, v.needs = tVer, sure, lacking
			if x.anyChosen(s) || !x.trusts(fr, st, e.X, x.j.mapName(fr.pkg.Info, e.X), []val{k}) {
				v.onTrue = maybe
			}
		case kt&tNames != 0:
			v.t |= tServer
		case kt&tCred != 0 && mayBeWritten(k):
			v.t, v.onTrue = tVer|tMaybe, maybe
		case kt&tCred != 0:
			v.t = tReq
		case kt&tIdent != 0:
			v.t |= tServer
		case kt&(tVer|tSess) != 0 && levelOf(k) >= claimed && !negWords(s.name):
			v.t, v.onTrue = tVer|kt&tSaid, levelOf(k)
		case kt&(tReq|tOther) == tReq && keepsSecrets(s, elemType(fr.typeOf(e.X))):
			v.t |= tIdent | tServer // kept for whom the request names
		default:
			v.t |= kt
		}
	}
	return x.maybeNext(st, v, s)
}

// keepsSecrets says whether a map holds texts that are called secrets, and not public.
func keepsSecrets(m *sym, elem types.Type) bool {
	name := cmp.Or(m.name, m.text)
	return m.t&tSetting != 0 && holdsText(elem) && secretName(name) == sure && !negWords(name) && !speaks(name, "public", "pub")
}

// lacksMember says whether a map of texts is known to hold nothing at a key of the code,
// and no code enters more.
func (x *exec) lacksMember(fr *frame, st *state, m, k val, e *ast.IndexExpr) bool {
	at, ok := k.(*konst)
	if !ok || !x.j.neverEntered(fr.typeOf(e.X)) {
		return false
	}
	m = x.deref(st, m)
	if _, isNil := m.(nilVal); isNil {
		return true
	}
	s, ok := m.(*sym)
	if ok && !s.whole {
		s, ok = x.tableOf(fr, st, e.X).(*sym)
	}
	return ok && s.whole && s.kind == plain && !slices.ContainsFunc(s.members, func(member val) bool {
		c, ok := member.(*konst)
		return !ok || c.v.Kind() != at.v.Kind() || constant.Compare(c.v, token.EQL, at.v)
	})
}

// mayBeEmpty says whether the zero value of a type is, or holds, an empty text.
func mayBeEmpty(t types.Type) bool {
	_, isStruct := t.Underlying().(*types.Struct)
	return isStruct || holdsText(t)
}

// emptyMember says whether a map has an empty key, or has one when a setting is
// empty.
func (x *exec) emptyMember(fr *frame, m *sym, e ast.Expr, pos token.Pos) (always bool, when *sym) {
	if x.j.knowsNothing(m.key) {
		return true, nil
	}
	for _, k := range m.members {
		switch k := k.(type) {
		case *konst:
			if c, ok := str(k); ok && c == "" {
				return true, nil
			}
		case *sym:
			if k.lacks {
				when = k
			}
		}
	}
	if when == nil {
		if why := x.j.settings("").empty[variable(e, fr.pkg.Info)]; why != "" {
			when = &sym{key: "members:" + variable(e, fr.pkg.Info), t: tSetting, text: why, pos: pos, lacks: true}
		}
	}
	return false, when
}
