package judge

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// wiringCell returns the variable that stands for one of the wiring.
func (x *exec) wiringCell(w *value.Cell, by writer) *cell {
	c := x.wcells[w]
	if c != nil {
		c.by = c.by.and(by)
		return c
	}
	n, ok := x.j.cells[w]
	if !ok {
		n = len(x.j.cells)
		x.j.cells[w] = n
	}
	c = x.cell("wired:" + w.Name + itoa(n))
	c.lasting, c.by = true, by
	x.wcells[w] = c
	c.name = w.Name
	var v, changed val
	c.init = func() val {
		if v == nil {
			v = x.convert(w.V, w.Name, c.id, w.Pos)
			s := &sym{key: "set:" + c.id, t: tSetting, typ: c.by.typ, text: w.Name, name: w.Name, pos: w.Pos}
			if isFunc(c.by.typ) && c.by.replaced {
				s.t |= tMaybe // what it is called says nothing of the one that is put in its place
			}
			s.lacks = c.by.typ != nil && ofBytes(c.by.typ) && isZero(v)
			changed = s
		}
		change := false
		switch v.(type) {
		case *konst, *list, nilVal:
			change = c.by.mutable
		case *strct, *ptr, *closure, *anyVal:
			change = c.by.replaced
		}
		if change {
			return changed
		}
		return v
	}
	return c
}

// writer says what may change a variable of the wiring: code that runs later,
// and whether that is while requests are served.
type writer struct {
	mutable, replaced bool
	typ               types.Type
}

func (w writer) and(o writer) writer {
	if w.typ == nil {
		w.typ = o.typ
	}
	w.mutable, w.replaced = w.mutable || o.mutable, w.replaced || o.replaced
	return w
}

// writerOf is that of a variable or field, nil for one that is not known.
func (j *Judge) writerOf(obj types.Object) writer {
	if v, ok := obj.(*types.Var); !ok || v == nil {
		return writer{}
	}
	return writer{mutable: j.mutable(obj), replaced: j.isReplaced(obj), typ: obj.Type()}
}

// isNext says whether a value of the wiring is the next handler.
func (x *exec) isNext(v value.Value) bool {
	for _, n := range x.next {
		if sameValue(n, v) {
			return true
		}
	}
	return false
}

func sameValue(a, b value.Value) bool {
	if a == nil || b == nil {
		return false
	}
	if a == b {
		return true
	}
	ra, okA := a.(*value.Ref)
	rb, okB := b.(*value.Ref)
	return okA && okB && ra.To != nil && ra.To == rb.To
}

// holdsNext says whether a struct of the wiring leads to the next handler.
func (x *exec) holdsNext(v value.Value, depth int) bool {
	if x.isNext(v) {
		return true
	}
	if depth > 3 || len(x.next) == 0 {
		return false
	}
	switch v := v.(type) {
	case *value.Ref:
		return v.To != nil && x.holdsNext(v.To.V, depth)
	case *value.Struct:
		for _, c := range v.Fields {
			if x.holdsNext(c.V, depth+1) {
				return true
			}
		}
	case *value.Unknown:
		for _, f := range v.From {
			if x.holdsNext(f, depth+1) {
				return true
			}
		}
	case *value.Func:
		if v.Recv != nil && x.holdsNext(v.Recv, depth+1) {
			return true
		}
		for env := v.Env; env != nil; env = env.Outer {
			for _, c := range env.Vars {
				if x.isNext(c.V) {
					return true
				}
			}
		}
	case *value.Any:
		for _, o := range v.Of {
			if x.holdsNext(o.V, depth+1) {
				return true
			}
		}
	}
	return false
}

// convert makes an abstract value of one of the wiring.
func (x *exec) convert(v value.Value, name, id string, pos token.Pos) val {
	setting := func(typ types.Type, text string) *sym {
		if text == "" {
			text = name
		}
		return &sym{key: "set:" + id, t: tSetting, typ: typ, text: text, name: name, pos: pos}
	}
	if x.isNext(v) {
		return &nextVal{of: v}
	}
	switch v := v.(type) {
	case nil:
		return setting(nil, "")
	case *value.Const:
		return withMethods(&konst{v: v.Val}, v.Type)
	case *value.Nil:
		return nilOf(v.Type)
	case *value.Text:
		if len(v.Parts) == 0 {
			return stringVal("")
		}
		s := setting(types.Typ[types.String], "")
		for _, p := range v.Parts {
			s.nonNil = s.nonNil || p.Known != "" // "Bearer " + token is never empty
		}
		s.rest = x.restOfText(v, id, pos)
		return s
	case *value.Func:
		c := &closure{fn: v.Fn, lit: v.Lit, pkg: v.Pkg, env: v.Env, types: v.Types, id: fmt.Sprintf("%s@%p%s", v.Name, v.Env, typeIDs(v.Types))}
		if v.Recv != nil {
			c.recv, c.bound = x.convert(v.Recv, name, id+".recv", pos), true
		}
		return c
	case *value.Ref:
		if v.To == nil {
			return setting(nil, "")
		}
		if x.isNext(v.To.V) {
			return &nextVal{of: v.To.V}
		}
		return x.orNil(v, &ptr{to: x.wiringCell(v.To, writer{})}, id)
	case *value.Struct:
		return &strct{typ: v.Type, w: v, id: fmt.Sprintf("%s@%p", typeName(v.Type), v)}
	case *value.Named:
		r := x.convert(v.V, name, id, pos)
		if c, ok := r.(*closure); ok {
			if path, _ := named(v.Type); path != "net/http" && path != "" && hasMethods(v.Type) {
				d := *c
				d.typ = v.Type
				return &d
			}
		}
		return r
	case *value.List:
		l := &list{typ: v.Type, elems: make([]val, 0, len(v.Elems))}
		for i, e := range v.Elems {
			l.elems = append(l.elems, x.convert(e.V, name, id+"["+itoa(i)+"]", pos))
		}
		if v.Open {
			l.open = setting(nil, "")
		}
		return l
	case *value.Map:
		s := setting(v.Type, "")
		s.nonNil, s.whole = true, !v.Open
		for i, e := range v.Entries {
			s.members = append(s.members, x.convert(e.Key, name, id+"{"+itoa(i), pos))
			s.held = append(s.held, x.convert(e.Elem.V, name, id+"}"+itoa(i), pos))
		}
		return s
	case *value.Any:
		a := &anyVal{id: id}
		for i, o := range v.Of {
			a.of = append(a.of, x.convert(o.V, name, id+"|"+itoa(i), pos))
			a.conds = append(a.conds, o.Cond)
		}
		return a
	case *value.Unknown:
		if v.Callee != nil && readsEnvironment(v.Callee) && v.Result == 0 && len(v.From) == 1 {
			name := x.convert(v.From[0], "", id+"<", pos)
			text := v.Why
			if n, ok := str(name); ok {
				text = v.Callee.FullName() + "(" + strconv.Quote(n) + ")"
			}
			s := x.environment(name, text, v.Pos)
			s.nonNil = x.j.loaderLooks(v.Pos)
			return s
		}
		if v.Callee != nil && v.Callee.FullName() == "cmp.Or" && len(v.From) > 1 {
			return x.firstOf(v, name, id, pos)
		}
		if v.Callee != nil && len(v.From) == 1 && slices.Contains(onces, v.Callee.FullName()) {
			if c := asOnce(x.convert(v.From[0], name, id+"<", pos)); c != nil {
				return c
			}
		}
		s := setting(v.Type, "")
		if s.text == "" {
			s.text = v.Why
		}
		if n := len(v.From); n > 0 {
			if key, ok := value.Bare(v.From[n-1]).(*value.Const); ok && key.Val.Kind() == constant.String {
				if why := x.j.defaultOf(v.Callee, constant.StringVal(key.Val)); why != "" {
					s.lacks, s.begins, s.text = true, true, why
				}
			}
		}
		s.unknown, s.lax = v, laxWiring(v, 0)
		if lapsing(v.Callee) {
			s.needs = lapseWiring(v, 0)
		}
		s.nonNil = v.Result == 0 && (x.j.loaderLooks(v.Pos) || x.j.loads(v.Callee))
		if why, begins := x.j.lackingAt(v.Pos); v.Callee == nil && why != "" {
			s.lacks, s.begins, s.text = true, begins, why
		}
		for i, f := range v.From {
			if x.holdsNext(f, 0) {
				s.kind = kWraps
				s.held = append(s.held, x.convert(f, name, id+"<"+itoa(i), pos))
			}
		}
		if (v.Callee != nil || v.Made() != nil) && s.kind == kWraps {
			s.kind = plain // it is followed when it is called
		}
		return s
	}
	return setting(nil, "")
}

func hasMethods(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.NumMethods() > 0
}

// wiringCondition returns the key of a condition of the wiring, and whether it
// holds or its opposite.
func wiringCondition(c value.Condition) (key string, is bool) {
	is = true
	t := strings.TrimSpace(c.Text)
	for strings.HasPrefix(t, "!") {
		rest := strings.TrimSpace(t[1:])
		if strings.HasPrefix(rest, "(") && strings.HasSuffix(rest, ")") {
			rest = rest[1 : len(rest)-1]
		} else if strings.ContainsAny(rest, "&|=<> ") {
			break
		}
		is, t = !is, rest
	}
	if x, y, differ := strings.Cut(t, " != "); differ && !strings.ContainsAny(t, "&|") {
		is, t = !is, x+" == "+y
	}
	if c.About != "" {
		t += "@" + c.About
	}
	return "wired:" + t, is
}

// decideWiring splits by the conditions of a link, taken together.
func (x *exec) decideWiring(st *state, conds []wiring.Condition) (yes, no []*state) {
	yes = []*state{st}
	for _, c := range conds {
		key, is := wiringCondition(c)
		text := c.Text
		if !is { // the words of the key, which this condition denies
			text = strings.TrimSuffix(strings.TrimPrefix(key, "wired:"), "@"+c.About)
		}
		var next []*state
		for _, s := range yes {
			y, n := x.either(s, key, false, text, c.Pos, none)
			if !is {
				y, n = n, y
			}
			next, no = append(next, y...), append(no, n...)
		}
		yes = next
	}
	return yes, no
}
