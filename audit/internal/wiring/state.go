package wiring

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
)

// maxOptions bounds how many values a variable may have.
const maxOptions = 24

// chance is a value that several options have in common.
type chance struct {
	v   value.Value
	of  []Condition // of each option that has it, in their order
	own []Condition // and of the value within that option, where it is itself one of several
}

// oneOf returns the value that is one of several. What several options have in common
// is there when one of them is, whichever: a route is not told with one way alone.
func oneOf(options []value.Option) value.Value {
	var all []chance
	add := func(v value.Value, of, own Condition) {
		if v == nil || len(all) > maxOptions {
			return
		}
		at := slices.IndexFunc(all, func(have chance) bool { return same(have.v, v) })
		if at < 0 {
			at, all = len(all), append(all, chance{v: v})
		}
		all[at].of, all[at].own = append(all[at].of, of), append(all[at].own, own)
	}
	for _, o := range options {
		if a, ok := o.V.(*value.Any); ok {
			for _, inner := range a.Of {
				add(inner.V, o.Cond, inner.Cond)
			}
			continue
		}
		add(o.V, o.Cond, Condition{})
	}
	switch {
	case len(all) == 0:
		return nil
	case len(all) == 1:
		return all[0].v
	case len(all) > maxOptions:
		return unknown(typeOf(all[0].v), "one of many")
	}
	one := &value.Any{Of: make([]value.Option, len(all))}
	for i, c := range all {
		cond := c.when(len(options))
		if cond.Text == "" {
			cond = maybe("it is this one of several", token.NoPos)
		}
		one.Of[i] = value.Option{V: c.v, Cond: cond}
	}
	return one
}

// when is the condition that it is this value, of so many options.
func (c chance) when(options int) Condition {
	if len(c.own) == options && !slices.ContainsFunc(c.own, func(own Condition) bool { return own != c.own[0] }) {
		return c.own[0] // whichever option it is
	}
	cond := both(c.of[0], c.own[0])
	for i := range c.of[1:] {
		other := both(c.of[i+1], c.own[i+1])
		if cond.Text == "" || other.Text == "" {
			return Condition{}
		}
		cond = either(cond, other)
	}
	return cond
}

// same reports whether two values are known to be the same one.
func same(a, b value.Value) bool {
	if a == b {
		return true
	}
	switch a := a.(type) {
	case *value.Const:
		b, ok := b.(*value.Const)
		return ok && a.Val.Kind() == b.Val.Kind() && constant.Compare(a.Val, eq, b.Val)
	case *value.Nil:
		_, ok := b.(*value.Nil)
		return ok
	case *value.Ref:
		b, ok := b.(*value.Ref)
		return ok && a.To == b.To
	case *value.Func:
		b, ok := b.(*value.Func)
		return ok && a.Fn != nil && a.Fn == b.Fn && a.Recv == nil && b.Recv == nil && slices.EqualFunc(a.Types, b.Types, types.Identical)
	case *value.Text:
		b, ok := b.(*value.Text)
		return ok && a.String() == b.String()
	}
	return false
}

// eachOption calls f for every value that v may be, under its condition.
func (in *interp) eachOption(v value.Value, f func(v value.Value)) { in.eachReceiver(v, nil, f) }

// eachReceiver does the same for what a method is called on, nil for none.
func (in *interp) eachReceiver(v value.Value, fn *types.Func, f func(v value.Value)) {
	a, ok := v.(*value.Any)
	if !ok {
		f(v)
		return
	}
	for _, o := range a.Of {
		if none, is := o.V.(*value.Nil); is && len(a.Of) > 1 && !in.takesNil(none, fn) {
			continue // what is called or registered on is not nil
		}
		n := len(in.conditions)
		if o.Cond.Text != "" && !in.holds(o.Cond) {
			in.conditions = append(in.conditions, o.Cond)
		}
		in.eachReceiver(o.V, fn, f)
		in.conditions = in.conditions[:n]
	}
}

// holds reports whether a condition is already one of those in force.
func (in *interp) holds(c Condition) bool { return slices.Contains(in.conditions, c) }

// field returns the variable that holds a field, nil when v has no storage for
// it.
func (in *interp) field(v value.Value, f *types.Var) *value.Cell {
	if r, ok := v.(*value.Ref); ok && r.To != nil {
		in.unite(r.To)
	}
	switch s := value.Deref(v).(type) {
	case *value.Struct:
		c := s.Fields[f.Name()]
		if c == nil {
			f = fieldOf(s.Type, f)
			c = &value.Cell{Name: f.Name(), Pos: f.Pos()}
			if s.Open {
				c.V = &value.Unknown{Type: f.Type(), Why: strings.TrimPrefix(s.Why+"."+f.Name(), "."), Pos: f.Pos()}
			} else {
				c.V = in.zero(f.Type())
			}
			s.Fields[f.Name()] = c
		}
		in.materialize(c)
		return c
	case *Router:
		return s.field(f)
	case *Group:
		if f.Name() == "Handlers" {
			return in.handlersField(s, f)
		}
	case *value.Unknown:
		return &value.Cell{Name: f.Name(), V: unknown(f.Type(), strings.TrimPrefix(s.Why+"."+f.Name(), "."))}
	case *value.Named:
		return in.field(s.V, f)
	}
	return nil
}

// materialize gives storage to an unknown struct, or to what an unknown pointer
// points to, so that what is written to it is read again.
func (in *interp) materialize(c *value.Cell) {
	u, ok := c.V.(*value.Unknown)
	if !ok || u.Type == nil {
		return
	}
	t := types.Unalias(u.Type)
	p, pointer := t.(*types.Pointer)
	if pointer {
		t = types.Unalias(p.Elem())
	}
	if f, _ := routerType(t); f != "" {
		return
	}
	if _, ok := t.Underlying().(*types.Struct); !ok {
		return
	}
	if path, _ := typeName(t); path != "" && !in.program.Own(path) && !isType(t, httpPath, "Server") {
		return
	}
	var v value.Value = &value.Struct{Type: t, Fields: map[string]*value.Cell{}, Open: true, Why: u.Why}
	if pointer {
		v.(*value.Struct).From = u
		v = &value.Ref{To: &value.Cell{V: v, Name: c.Name, Pos: c.Pos}}
	}
	c.V = v // not a write: the same value, told in more detail
}
