package judge

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
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
		return &nextVal{}
	}
	switch v := v.(type) {
	case nil:
		return setting(nil, "")
	case *value.Const:
		return &konst{v: v.Val}
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
		c := &closure{fn: v.Fn, lit: v.Lit, pkg: v.Pkg, env: v.Env, id: fmt.Sprintf("%s@%p", v.Name, v.Env)}
		if v.Recv != nil {
			c.recv, c.bound = x.convert(v.Recv, name, id+".recv", pos), true
		}
		return c
	case *value.Ref:
		if v.To == nil {
			return setting(nil, "")
		}
		if x.isNext(v.To.V) {
			return &nextVal{}
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
		s.nonNil = true
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

// resolveUnknown follows the call of a dependency that the wiring did not. A
// sym is what remains not known.
func (x *exec) resolveUnknown(fr *frame, st *state, u *value.Unknown) []ev {
	rest := func() []ev {
		s := x.fresh(fmt.Sprintf("unknown:%p", u), tSetting)
		s.text, s.typ, s.pos, s.unknown = u.Why, u.Type, u.Pos, u
		for i, f := range u.From {
			if x.holdsNext(f, 0) {
				s.kind = kWraps
				s.held = append(s.held, x.convert(f, "", fmt.Sprintf("%p<%d", u, i), u.Pos))
			}
		}
		return one(st, s)
	}
	if u.Made() != nil && fr.depth < maxDepth {
		var all []ev
		for _, f := range x.resolveUnknown(fr, st, u.Made()) {
			if s, ok := f.v.(*sym); ok && s.unknown != nil {
				return rest()
			}
			args := make([]val, len(u.From)-1)
			for i, a := range u.From[1:] {
				args[i] = x.convert(a, "", fmt.Sprintf("%p<%d", u, i), u.Pos)
			}
			call := &ast.CallExpr{Fun: &ast.Ident{Name: u.Why, NamePos: u.Pos}, Lparen: u.Pos}
			all = append(all, x.apply(fr, f.st, call, f.v, args)...)
		}
		return all
	}
	if u.Callee == nil || fr.depth >= maxDepth {
		return rest()
	}
	fn := u.Callee
	d := x.j.decl(fn)
	if d == nil || d.Syntax.Body == nil || x.j.std(fn.Pkg().Path()) {
		return rest()
	}
	id := fn.FullName()
	if x.busy[id] >= 2 {
		return rest()
	}
	x.busy[id]++
	defer func() { x.busy[id]-- }()
	var all []ev
	for _, a := range x.resolveArgs(fr, st, u) {
		rs, ok := x.runUnknown(fr, a.st, u, d, a.vs)
		if !ok {
			return rest()
		}
		all = append(all, rs...)
	}
	return all
}

// resolveArgs are the arguments of a call of a dependency. What the same package
// made is followed too: a middleware is a method of what its constructor yields.
func (x *exec) resolveArgs(fr *frame, st *state, u *value.Unknown) []evs {
	all := []evs{{st: st}}
	for i, f := range u.From {
		v := x.convert(f, "", fmt.Sprintf("%p<%d", u, i), u.Pos)
		if s, ok := v.(*strct); ok {
			c := *s
			c.own = true
			v = &c
		}
		s, ok := v.(*sym)
		follow := ok && s.unknown != nil && s.unknown.Callee != nil && (s.unknown.Callee.Pkg() == u.Callee.Pkg() || x.j.ownMakes(s.unknown.Callee, u.Callee.Pkg()))
		var next []evs
		for _, a := range all {
			if !follow {
				next = append(next, evs{a.st, append(a.vs[:len(a.vs):len(a.vs)], v)})
				continue
			}
			rs := x.changed(fr, s.unknown, x.resolveUnknown(fr, a.st.clone(), s.unknown))
			for _, r := range rs {
				if _, isNil := r.v.(nilVal); isNil && len(rs) > 1 {
					continue // it failed, and nothing is served with it
				}
				next = append(next, evs{r.st, append(a.vs[:len(a.vs):len(a.vs)], r.v)})
			}
		}
		all = next
	}
	return all
}

// ownMakes says whether a function of the module yields what is of a package.
func (j *Judge) ownMakes(fn *types.Func, of *types.Package) bool {
	return fn.Pkg() != nil && j.prog.Own(fn.Pkg().Path()) && makesOf(fn, of)
}

// makesOf says whether what a function yields first is of a package.
func makesOf(fn *types.Func, of *types.Package) bool {
	if fn.Signature().Results().Len() == 0 || of == nil {
		return false
	}
	path, _ := named(fn.Signature().Results().At(0).Type())
	return path != "" && path == bare(of.Path())
}

// runUnknown runs the function of a dependency that was called with what is
// known of its arguments; false: it cannot.
func (x *exec) runUnknown(fr *frame, st *state, u *value.Unknown, d *program.Decl, args []val) ([]ev, bool) {
	callee := &frame{key: fmt.Sprintf("%s%p/", fr.key, u), caller: fr, cells: map[types.Object]*cell{}, depth: fr.depth + 1, pkg: d.Package, sig: d.Func.Signature(), dep: !d.Package.Own, building: true}
	if r := d.Syntax.Recv; r != nil {
		if len(args) == 0 {
			return nil, false
		}
		if len(r.List) > 0 && len(r.List[0].Names) > 0 {
			x.bind(callee, st, d.Package.Info.Defs[r.List[0].Names[0]], args[0])
		}
		args = args[1:]
	}
	call := &ast.CallExpr{Fun: d.Syntax.Name, Lparen: d.Syntax.Pos()}
	if n := len(args); n > 0 && d.Func.Signature().Variadic() {
		if _, isList := args[n-1].(*list); isList && n == d.Func.Signature().Params().Len() {
			call.Ellipsis = d.Syntax.Pos()
		}
	}
	rs := x.inline(fr, callee, st, call, d.Syntax.Type, d.Syntax.Body, args)
	for i, r := range rs {
		served(r.st)
		if t, ok := r.v.(tuple); ok {
			if u.Result < len(t) {
				rs[i].v = t[u.Result]
			} else {
				return nil, false
			}
		}
	}
	return rs, true
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
