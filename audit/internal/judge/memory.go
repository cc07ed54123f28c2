package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"strings"
)

func (x *exec) ident(fr *frame, st *state, e *ast.Ident) val {
	obj := fr.pkg.Info.ObjectOf(e)
	switch obj := obj.(type) {
	case *types.Nil:
		return nilVal{}
	case *types.Func:
		f := x.funcVal(obj)
		if list := fr.pkg.Info.Instances[e].TypeArgs; list != nil {
			for t := range list.Types() {
				f.types = append(f.types, fr.concrete(t))
			}
			f.id += typeIDs(f.types)
		}
		return f
	case *types.Var:
		if obj.Parent() != nil && obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() {
			return x.asChosen(obj, x.global(st, obj))
		}
		return x.asChosen(obj, st.load(x.local(fr, obj)))
	}
	return x.fresh(fr.site(e.Pos()), 0)
}

func (x *exec) funcVal(fn *types.Func) *closure { return &closure{fn: fn, id: x.j.fullName(fn)} }

// local returns the variable of a function.
func (x *exec) local(fr *frame, obj types.Object) *cell {
	for f := fr; f != nil; f = f.outer {
		if c := f.cells[obj]; c != nil {
			return c
		}
		if f.env != nil {
			if w := f.env.Lookup(obj); w != nil {
				return x.wiringCell(w, x.j.writerOf(obj))
			}
		}
	}
	c := x.cell(fr.key + fr.round + "/" + obj.Name() + "@" + itoa(int(obj.Pos())))
	c.name = obj.Name()
	fr.cells[obj] = c
	if fr.building {
		c.built, c.varies = true, x.j.mutable(obj)
	}
	if c.init == nil {
		c.init = func() val { return x.begins(fr, obj) }
	}
	return c
}

// served makes unknown the variables that the functions of a link assign which the
// code has declared that makes it: earlier requests may have done so.
func served(st *state) {
	for c, v := range st.mem.all() {
		switch v.(type) {
		case *konst, *list, nilVal:
			if c.varies {
				st.mem.set(c, &sym{key: "set:" + c.id, t: tSetting, text: c.name, name: c.name})
			}
		}
	}
}

// anew forgets the variables that are declared in a part of the code which runs
// again: each round of a loop has its own.
func (fr *frame) anew(part ast.Node) {
	maps.DeleteFunc(fr.cells, func(obj types.Object, _ *cell) bool { return obj.Pos() >= part.Pos() && obj.Pos() < part.End() })
}

// inRound is a frame with the variables of the round that runs, for a function
// that is made in it.
func (fr *frame) inRound() *frame {
	if fr.round == "" {
		return fr
	}
	r := *fr
	r.cells = maps.Clone(fr.cells)
	return &r
}

func (x *exec) cell(id string) *cell {
	c := x.cells[id]
	if c == nil {
		c = &cell{id: id, hash: hashString(id), shared: shareable(id)}
		x.cells[id] = c
	}
	return c
}

// global is a variable of a package: it may be changed while requests are
// served, so its value is not known, unless nothing ever assigns it.
func (x *exec) global(st *state, obj *types.Var) val {
	c := x.globalCell(obj)
	return st.load(c)
}

func (x *exec) globalCell(obj *types.Var) *cell {
	name := obj.Pkg().Path() + "." + obj.Name()
	c := x.cell("global:" + name)
	c.lasting = true
	if c.init == nil {
		c.name = obj.Name()
		var v val
		if isFunc(obj.Type()) {
			v = x.j.initFunc(x, obj)
		}
		if v == nil {
			v = x.j.initStruct(x, obj)
		}
		if v == nil {
			v = x.j.initText(obj)
		}
		if v == nil {
			v = x.j.initZeros(obj)
		}
		if v == nil {
			s := &sym{key: "global:" + name, t: tSetting, typ: obj.Type(), text: obj.Pkg().Name() + "." + obj.Name(), name: obj.Name(), pos: obj.Pos()}
			s.nonNil = isError(obj.Type()) || x.j.loadedAtStart(obj)
			if why, begins := x.j.lacking(obj); why != "" {
				s.lacks, s.begins, s.text = true, begins, why
			}
			v = s
		}
		c.init = func() val { return v }
	}
	return c
}

// addressOf returns a pointer to what a method is called on: v, in what the operand
// of the selector holds.
func (x *exec) addressOf(fr *frame, st *state, e *ast.SelectorExpr, sel *types.Selection, operand, v val) val {
	if s, ok := v.(*sym); ok && (s.kind != plain || !x.j.prog.Own(sel.Obj().Pkg().Path())) {
		return v
	}
	var at *ptr
	t := sel.Recv()
	if _, isPtr := t.Underlying().(*types.Pointer); !isPtr {
		at = x.pointTo(fr, st, e.X)
	} else if p, ok := operand.(*ptr); ok {
		at = p
	}
	for _, i := range sel.Index()[:len(sel.Index())-1] {
		f := structField(t, i)
		if f == nil || at == nil {
			at = nil
			break
		}
		_, through := t.Underlying().(*types.Pointer)
		at = x.into(st, at, f.Name(), !through)
		t = f.Type()
	}
	_, unknown := v.(*sym)
	// Of a struct that is not known, others may hold an equal one.
	byValue := unknown && len(sel.Index()) == 1 && x.j.isOwnStruct(fr.typeOf(e.X))
	if at != nil && (!unknown || byValue || x.ownState(st, &ptr{to: at.to})) {
		return at
	}
	if _, ok := v.(*strct); !ok {
		return v
	}
	c := x.cell("copy:" + fr.site(e.X.Pos()))
	st.mem.set(c, v)
	return &ptr{to: c}
}

// copied is what a pointer leads to that is not known, as it is now: what is
// assigned to its fields later does not change the copy.
func (x *exec) copied(st *state, v val, t types.Type) val {
	s, ok := v.(*sym)
	if ok && s.kind == kGin {
		c := *s
		c.key = ginCopy
		return &c
	}
	if !ok || s.kind != plain || t == nil {
		return v
	}
	if _, isStruct := t.Underlying().(*types.Struct); !isStruct {
		return v
	}
	c := *s
	c.key, c.typ = x.id(s.key+"*"), t
	n := &strct{typ: t, f: map[string]val{}, sym: &c, id: c.key}
	for cell, v := range st.mem.all() {
		if name, of := strings.CutPrefix(cell.id, "of:"+s.key+"."); of {
			n.f[name] = v
		}
	}
	if len(n.f) == 0 {
		return &c
	}
	return n
}

// isOwnStruct says whether a type is a struct of the module.
func (j *Judge) isOwnStruct(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil || !j.prog.Own(n.Obj().Pkg().Path()) {
		return false
	}
	_, ok = n.Underlying().(*types.Struct)
	return ok
}

func isPointerType(t types.Type) bool {
	_, is := t.Underlying().(*types.Pointer)
	return is
}

func structField(t types.Type, i int) *types.Var {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || i >= s.NumFields() {
		return nil
	}
	return s.Field(i)
}

func (x *exec) deref(st *state, v val) val {
	if p, ok := v.(*ptr); ok {
		return x.loadPtr(st, p)
	}
	return v
}

func (x *exec) loadPtr(st *state, p *ptr) val {
	v := st.load(p.to)
	for _, name := range p.path {
		v = x.fieldNamed(st, x.deref(st, v), name, nil, token.NoPos)
	}
	return v
}

func (x *exec) storePtr(st *state, p *ptr, v val) {
	if p.to.request {
		mayHaveWritten(st)
		return
	}
	st.mem.set(p.to, x.with(st, st.load(p.to), p.path, v))
}

// with returns a struct with another value at the end of the path.
func (x *exec) with(st *state, s val, path []string, v val) val {
	if len(path) == 0 {
		return v
	}
	n := &strct{f: map[string]val{}}
	switch s := s.(type) {
	case *list:
		return x.withElement(st, s, path, v)
	case *strct:
		if path[0] == anyElement {
			return x.maybeNext(st, &sym{key: x.id("el:" + keyOf(s) + keyOf(v)), t: taintOf(s) | taintOf(v), typ: s.typ}, s, v)
		}
		n.typ, n.w, n.sym, n.id, n.own = s.typ, s.w, s.sym, s.id, s.own
		for k, e := range s.f {
			n.f[k] = e
		}
	case *sym:
		n.sym, n.id, n.typ = s, s.key, s.typ
	case *ptr:
		x.storePtr(st, &ptr{to: s.to, path: append(s.path[:len(s.path):len(s.path)], path...)}, v)
		return s
	}
	n.f[path[0]] = x.with(st, x.fieldNamed(st, s, path[0], nil, token.NoPos), path[1:], v)
	return n
}
