package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// field returns a field of a value.
func (x *exec) field(fr *frame, st *state, v val, f *types.Var, pos token.Pos) val {
	return x.fieldNamed(st, x.deref(st, v), f.Name(), f, pos)
}

func (x *exec) fieldNamed(st *state, v val, name string, f *types.Var, pos token.Pos) val {
	var typ types.Type
	if f != nil {
		typ = f.Type()
	}
	switch v := v.(type) {
	case *list:
		if i, ok := v.at(name); ok {
			return v.elems[i]
		}
	case *strct:
		if x.j.reachable(f) {
			return &sym{key: "field:" + v.id + "." + name, t: tSetting, typ: typ, text: short(typeName(v.typ)) + "." + name, name: name, pos: pos}
		}
		if e, ok := v.f[name]; ok {
			return e
		}
		if v.w != nil {
			if c := v.w.Fields[name]; c != nil {
				e := st.load(x.wiringCell(c, x.j.writerOf(f)))
				if _, isNil := e.(nilVal); !isNil || v.own || !fillable(typ) {
					return e
				}
				return &sym{key: "field:" + v.id + "." + name, t: tSetting, typ: typ, text: short(typeName(v.typ)) + "." + name, name: name, pos: pos}
			}
			if v.w.Open {
				return &sym{key: "field:" + v.id + "." + name, t: tSetting, typ: typ, text: short(typeName(v.typ)) + "." + name, name: name, pos: pos}
			}
		}
		if v.sym != nil {
			return x.symField(st, v.sym, name, typ, pos)
		}
		if typ == nil {
			typ = fieldType(v.typ, name)
		}
		if s, ok := x.zero(typ).(*strct); ok && v.fresh() {
			return &strct{typ: s.typ, id: freshStruct + s.id}
		}
		if f != nil && !v.fresh() && x.j.mutable(f) {
			return &sym{lacks: v.w != nil && ofBytes(f.Type()), key: "field:" + v.id + "." + name, t: tSetting, typ: typ, text: short(typeName(v.typ)) + "." + name, name: name, pos: pos}
		}
		if v.w != nil && !v.own && fillable(typ) && !ofBytes(typ) {
			return &sym{whole: x.j.neverEntered(typ), key: "field:" + v.id + "." + name, t: tSetting, typ: typ, text: short(typeName(v.typ)) + "." + name, name: name, pos: pos}
		}
		if v.w != nil && isArray(typ) && ofBytes(typ) {
			return zeros(typ)
		}
		return x.zero(typ)
	case *sym:
		return x.symField(st, v, name, typ, pos)
	}
	return x.maybeNext(st, &sym{key: "field:" + keyOf(v) + "." + name, t: taintOf(v), typ: typ, text: name, name: name, pos: pos}, v)
}

// fillable says whether a field that holds nothing now may be filled while the
// program runs.
func fillable(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Map, *types.Slice:
		return true
	}
	return false
}

func fieldType(t types.Type, name string) types.Type {
	if t == nil {
		return nil
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	for f := range s.Fields() {
		if f.Name() == name {
			return f.Type()
		}
	}
	return nil
}

func (x *exec) symField(st *state, s *sym, name string, typ types.Type, pos token.Pos) val {
	if v := x.frameworkField(st, s, name, typ, pos); v != nil {
		return v
	}
	if c := x.cells[ofUnknown+s.key+"."+name]; c != nil {
		if v, ok := st.mem.get(c); ok {
			return v
		}
	}
	if x.service != nil {
		if fw := x.frameworkParam(typ, ""); fw != nil {
			return fw
		}
	}
	c := x.child(nil, s, "."+name, typ, pos, "")
	c.lacks = c.lacks || typ != nil && ofBytes(typ) && madeOfNothing(s.unknown)
	return c
}

// child returns a value that is a part of another one.
func (x *exec) child(_ *frame, v val, part string, typ types.Type, pos token.Pos, round string) *sym {
	c := &sym{key: x.id(keyOf(v) + part + round), t: taintOf(v), typ: typ, pos: pos, onTrue: levelOf(v), needs: needsOf(v)}
	name := part
	if part[0] == '.' {
		name = part[1:]
	}
	p, ok := v.(*sym)
	if !ok {
		c.text = part
		return c
	}
	c.text, c.name, c.derived, c.lax = p.text+part, name, p.derived, p.lax
	c.absent, c.beside, c.of = p.absent, p.beside, p.of
	c.texts = holdsTexts(typ) && sharesTexts(p)
	if part[0] != '.' && part[0] != '#' {
		c.text, c.name = p.text, p.name
	}
	if p.kind == kWraps && mayServe(typ, 0) {
		c.kind = kWraps
	}
	if mayServe(typ, 0) {
		c.mayBe = p.mayBe
	}
	if part == "[]" && p.kind == kCookie {
		c.kind = kCookie
	}
	switch {
	case isError(typ):
		c.onTrue, c.onNil = none, p.derived
	case p.kind == kParsed:
		// What a token says counts once its check is known to have passed.
		c.kind = kParsed
		if name == "Valid" {
			c.onTrue = sure
		}
	}
	if part[0] == '.' && !isError(typ) && negWords(name) {
		c.onTrue, c.onNil = none, none
		if c.t&tReq != 0 {
			c.t |= tOther
		}
	}
	return c
}

// pointTo returns the address of an expression, nil when it has none that is
// known.
func (x *exec) pointTo(fr *frame, st *state, e ast.Expr) *ptr {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		obj, ok := fr.pkg.Info.ObjectOf(e).(*types.Var)
		if !ok {
			return nil
		}
		if obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() {
			return &ptr{to: x.globalCell(obj)}
		}
		return &ptr{to: x.local(fr, obj)}
	case *ast.StarExpr:
		for _, r := range x.eval(fr, st, e.X) {
			p, _ := r.v.(*ptr)
			return p
		}
	case *ast.SelectorExpr:
		sel := fr.pkg.Info.Selections[e]
		if sel == nil {
			if obj, ok := fr.pkg.Info.Uses[e.Sel].(*types.Var); ok && obj.Pkg() != nil {
				return &ptr{to: x.globalCell(obj)}
			}
			return nil
		}
		if sel.Kind() != types.FieldVal {
			return nil
		}
		var at *ptr
		copied := true
		if _, isPtr := fr.typeOf(e.X).Underlying().(*types.Pointer); isPtr {
			rs := x.eval(fr, st, e.X)
			if len(rs) != 1 {
				return nil
			}
			at = x.asPtr(rs[0].v)
			_, copied = rs[0].v.(*ptr)
		} else {
			at = x.pointTo(fr, st, e.X)
		}
		if at == nil {
			return nil
		}
		t := sel.Recv()
		for _, i := range sel.Index() {
			f := structField(t, i)
			if f == nil {
				return nil
			}
			at = x.into(st, at, f.Name(), copied)
			t = f.Type()
			copied = !isPointerType(t)
		}
		return at
	case *ast.IndexExpr:
		for _, r := range x.eval(fr, st, e.Index) {
			return x.element(fr, r.st, e, r.v)
		}
	}
	return nil
}

// asPtr sees a value that is not known, but a pointer, as a variable.
func (x *exec) asPtr(v val) *ptr {
	switch v := v.(type) {
	case *ptr:
		return v
	case *sym:
		c := x.cell("to:" + v.key)
		if c.init == nil {
			c.init = func() val { return v }
		}
		return &ptr{to: c}
	}
	return nil
}

// ofUnknown begins the names of fields of values that are not known.
const ofUnknown = "of:"

// into returns a pointer to a field; copied says that the variable holds the struct
// itself, of which others that hold an equal one have copies.
func (x *exec) into(st *state, p *ptr, name string, copied bool) *ptr {
	v := st.load(p.to)
	for _, n := range p.path {
		v = x.fieldNamed(st, x.deref(st, v), n, nil, token.NoPos)
	}
	switch v := v.(type) {
	case *ptr:
		return &ptr{to: v.to, path: append(v.path[:len(v.path):len(v.path)], name)}
	case *sym:
		if copied && v.kind == plain {
			break
		}
		c := x.cell(ofUnknown + v.key + "." + name)
		if c.init == nil {
			c.init = func() val { return x.child(nil, v, "."+name, nil, token.NoPos, "") }
			if f := x.frameworkField(st, v, name, nil, token.NoPos); f != nil && v.kind == kRequest {
				c.init, c.request = func() val { return f }, true
			}
		}
		return &ptr{to: c}
	case *strct:
		if _, ok := v.f[name]; !ok && v.w != nil {
			if c := v.w.Fields[name]; c != nil {
				return &ptr{to: x.wiringCell(c, writer{})}
			}
		}
	}
	return &ptr{to: p.to, path: append(p.path[:len(p.path):len(p.path)], name)}
}

// store assigns to an expression.
func (x *exec) store(fr *frame, st *state, to ast.Expr, v val) []*state {
	x.shelve(fr, st, to, v)
	x.leaves(fr, st, to, v)
	switch e := ast.Unparen(to).(type) {
	case *ast.Ident:
		if e.Name == "_" {
			return []*state{st}
		}
		if p := x.pointTo(fr, st, e); p != nil {
			st.mem.set(p.to, x.holding(fr, fr.pkg.Info.ObjectOf(e), v))
		}
		return []*state{st}
	case *ast.IndexExpr:
		x.writesElement(fr, st, e, v)
		x.writesLists(fr, st, e)
		// An element changes; that its container may hold the value is enough.
		if p := x.pointToArray(fr, st, e.X); p != nil {
			s, ok := x.loadPtr(st, p).(*sym)
			if ok && strings.HasPrefix(s.key, slicedKey) {
				x.toSlicesOf(st, p, []val{v})
			}
			if ok && s.kind == plain {
				c := *s
				c.t |= taintOf(v)
				if levelOf(v) == none && x.callersChoice(fr, st, e.Index) {
					c.t |= tMaybe // what is found under a key that was just put there proves nothing
					p.to.lasting = true
				}
				c.key += "+" + itoa(int(e.Pos()))
				x.storePtr(st, p, x.maybeNext(st, &c, v))
			}
		}
		var all []*state
		for _, r := range x.eval(fr, st, e.Index) {
			if p := x.element(fr, r.st, e, r.v); p != nil {
				x.storePtr(r.st, p, v)
			} else if isMap(fr.typeOf(e.X)) {
				x.handsFunctions(r.st, v)
				x.holdsPointer(fr, r.st, e, v)
				x.filled(fr, r.st, e.Pos(), e.X, x.j.mapName(fr.pkg.Info, e.X), []val{r.v})
			}
			all = append(all, r.st)
		}
		return all
	case *ast.StarExpr:
		var all []*state
		for _, r := range x.eval(fr, st, e.X) {
			switch p := r.v.(type) {
			case *ptr:
				x.storePtr(r.st, p, v)
			case *sym:
				x.storeThrough(fr, r.st, e, p, v)
			}
			all = append(all, r.st)
		}
		return all
	case *ast.SelectorExpr:
		if x.storeFramework(fr, st, e, v) {
			x.escapes(st, e, v)
			return []*state{st}
		}
		p := x.pointTo(fr, st, e)
		if p != nil {
			x.storePtr(st, p, v)
		}
		if p == nil || strings.HasPrefix(p.to.id, ofUnknown) {
			x.escapes(st, e, v)
			x.writesHeld(fr, st, e, pointee(fr.typeOf(e.X)))
		}
	}
	return []*state{st}
}

func (x *exec) assign(fr *frame, st *state, s *ast.AssignStmt) []out {
	if s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
		var outs []out
		for _, r := range x.evals(fr, st, []ast.Expr{s.Lhs[0], s.Rhs[0]}) {
			if len(r.vs) == 2 {
				v := x.arith(fr, r.st, assignOp(s.Tok), r.vs[0], r.vs[1], s.Lhs[0], s.Pos())
				outs = append(outs, on(x.store(fr, r.st, s.Lhs[0], v))...)
			}
		}
		return outs
	}
	return x.assignTo(fr, st, s.Lhs, s.Rhs)
}

func assignOp(t token.Token) token.Token { return t - token.ADD_ASSIGN + token.ADD }

func (x *exec) assignTo(fr *frame, st *state, lhs, rhs []ast.Expr) []out {
	var from []evs
	if len(lhs) == 2 && len(rhs) == 1 {
		switch r := ast.Unparen(rhs[0]).(type) {
		case *ast.TypeAssertExpr:
			from = pairs(x.assert(fr, st, r, true))
		case *ast.IndexExpr:
			from = pairs(x.index(fr, st, r, true))
		}
	}
	if from == nil {
		from = x.evals(fr, st, rhs)
	}
	mixed := len(lhs) > 1 && entangled(fr.pkg.Info, lhs)
	var outs []out
	for _, r := range from {
		vals := r.vs
		if len(rhs) == 1 && len(lhs) > 1 && len(vals) != len(lhs) {
			if len(vals) != 1 {
				continue
			}
			vals = x.spread(vals[0], len(lhs))
		}
		vals = fr.flows(vals, rhs, func(i int) types.Type { return fr.assigned(lhs, i) })
		if mixed {
			x.muddle(fr, r.st, lhs, vals)
		}
		states := []*state{r.st}
		for i, l := range lhs {
			if i >= len(vals) {
				break
			}
			var next []*state
			for _, st := range states {
				next = append(next, x.store(fr, st, l, vals[i])...)
			}
			states = next
		}
		outs = append(outs, on(states)...)
	}
	return outs
}

func pairs(rs []ev) []evs {
	out := []evs{}
	for _, r := range rs {
		if t, ok := r.v.(tuple); ok {
			out = append(out, evs{r.st, t})
		}
	}
	return out
}

func (x *exec) declare(fr *frame, st *state, s *ast.DeclStmt) []out {
	d, ok := s.Decl.(*ast.GenDecl)
	if !ok || d.Tok != token.VAR {
		return []out{{st: st}}
	}
	outs := []out{{st: st}}
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		lhs := make([]ast.Expr, len(spec.Names))
		for i, n := range spec.Names {
			lhs[i] = n
		}
		outs = then(outs, func(st *state) []out {
			if len(spec.Values) > 0 {
				return x.assignTo(fr, st, lhs, spec.Values)
			}
			for _, n := range spec.Names {
				if obj := fr.pkg.Info.Defs[n]; obj != nil {
					st.mem.set(x.local(fr, obj), x.begins(fr, obj))
				}
			}
			return []out{{st: st}}
		})
	}
	return outs
}
