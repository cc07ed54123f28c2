package wiring

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/value"
)

// chain reads the middleware and, of gin, the handler from the arguments.
func (fr *frame) chain(e *ast.CallExpr, c *routers.Call, f Framework, args []value.Value) (links []*Link, handler value.Value) {
	if c.Middleware == routers.None || len(args) < c.Middleware {
		return nil, nil
	}
	var elems []option
	rest := args[c.Middleware:]
	for i, a := range rest {
		if e.Ellipsis.IsValid() && i == len(rest)-1 {
			elems = append(elems, fr.in.elements(a, e.Ellipsis)...)
			continue
		}
		pos := e.Pos()
		if len(e.Args) == len(args) {
			pos = e.Args[c.Middleware+i].Pos()
		}
		elems = append(elems, option{v: a, pos: pos})
	}
	if c.HandlerLast && len(elems) > 0 {
		handler = elems[len(elems)-1].v
		elems = elems[:len(elems)-1]
	}
	for _, el := range elems {
		links = append(links, fr.in.links(f, el)...)
	}
	return links, handler
}

// spread are the links of a call. A route of an Echo itself keeps the slice that
// it was given and puts the chain together for each request: what counts is what
// the slice holds by then.
func (in *interp) spread(reg *registration) []*Link {
	if reg.spread == nil {
		return reg.links
	}
	var links []*Link
	for _, o := range in.elements(reg.spread, reg.pos) {
		links = append(links, in.links(Echo, o)...)
	}
	sameFunc := func(x, y *Link) bool { return x.Func == y.Func }
	if slices.EqualFunc(links, reg.links, sameFunc) {
		return reg.links
	}
	for i, l := range links {
		at := slices.IndexFunc(reg.links, func(old *Link) bool { return sameFunc(old, l) })
		if at >= 0 && len(l.Conditions) == 0 {
			links[i] = reg.links[at]
		}
	}
	return links
}

// option is an element of a variadic argument that is there under a condition.
type option struct {
	v    value.Value
	pos  token.Pos
	cond Condition
}

// elements returns what a spread slice holds. Of a slice that may be one of
// several, what all of them hold has no condition.
func (in *interp) elements(v value.Value, pos token.Pos) []option {
	ways := optionsOf(v)
	var all []option
	var count []int // of the ways that hold each
	for _, way := range ways {
		at := 0
		place := func(o option) {
			for i := at; i < len(all); i++ {
				if all[i].pos == o.pos && same(all[i].v, o.v) {
					count[i]++
					all[i].cond = either(all[i].cond, way.Cond)
					at = i + 1
					return
				}
			}
			o.cond = way.Cond
			all, count = slices.Insert(all, at, o), slices.Insert(count, at, 1)
			at++
		}
		switch l := value.Bare(way.V).(type) {
		case *value.List:
			for _, e := range l.Elems {
				where := e.Pos
				if !where.IsValid() {
					where = pos
				}
				place(option{v: e.V, pos: where})
			}
			if l.Open {
				place(option{v: &value.Unknown{Why: "what else the slice holds", Pos: pos}, pos: pos})
			}
		case *value.Nil:
		default:
			place(option{v: way.V, pos: pos})
		}
	}
	for i, n := range count {
		if n == len(ways) {
			all[i].cond = Condition{}
		}
	}
	return all
}

// links makes the links of one middleware argument, which may be one of
// several values.
func (in *interp) links(f Framework, o option) []*Link {
	var out []*Link
	for _, way := range optionsOf(o.v) {
		if _, none := way.V.(*value.Nil); none {
			continue
		}
		l := &Link{Framework: f, Func: way.V, Name: in.nameOf(way.V), Pos: o.pos, Conditions: append(slices.Clone(in.conditions), in.gaveUp...)}
		for _, cond := range []Condition{o.cond, way.Cond} {
			if cond.Text != "" && !in.holds(cond) {
				l.Conditions = append(l.Conditions, cond)
			}
		}
		out = append(out, l)
	}
	return out
}

// handlersField is the field of a gin group that holds its chain.
func (in *interp) handlersField(g *Group, f *types.Var) *value.Cell {
	l := in.handlers(g, f.Type())
	if g.field == nil {
		g.field = &value.Cell{Name: f.Name(), Pos: g.Pos}
	}
	g.field.V, g.held = l, l
	return g.field
}

// handlers is the chain of a gin group as its field holds it.
func (in *interp) handlers(g *Group, t types.Type) value.Value {
	in.rewritten(g)
	if g.lent != nil && slices.EqualFunc(g.lent.Elems, g.Chain, func(c *value.Cell, l *Link) bool { return c.V == l.Func }) {
		return g.lent
	}
	l := &value.List{Type: t, Grown: true}
	for _, link := range g.Chain {
		l.Elems = append(l.Elems, &value.Cell{V: link.Func, Pos: link.Pos})
	}
	g.lent, g.lentOf = l, g.Chain
	return l
}

// rewritten takes over what was written to elements of a chain by who got it as a
// slice, and what was written to the field by who points to it.
func (in *interp) rewritten(g *Group) {
	if g.field != nil && g.field.V != g.held {
		v := g.field.V
		g.held = v
		in.setHandlers(g, v, g.field.Pos)
		return
	}
	if g.lent == nil || len(g.Chain) < len(g.lentOf) || !slices.Equal(g.Chain[:len(g.lentOf)], g.lentOf) {
		return // another slice by now
	}
	var chain []*Link
	for i, c := range g.lent.Elems {
		if c.V == g.lentOf[i].Func {
			chain = append(chain, g.lentOf[i])
			continue
		}
		pos := c.Pos
		chain = append(chain, in.links(Gin, option{v: c.V, pos: pos})...)
	}
	if !slices.Equal(chain, g.lentOf) {
		g.Chain, g.lent = append(chain, g.Chain[len(g.lentOf):]...), nil
	}
}

// storeHandlers writes v to the field of a gin group that a selector names, of the
// group itself or of what embeds it, and reports whether it does.
func (fr *frame) storeHandlers(e *ast.SelectorExpr, v value.Value) bool {
	sel := fr.pkg.Info.Selections[e]
	if sel == nil || sel.Kind() != types.FieldVal || sel.Obj().Name() != "Handlers" || sel.Obj().Pkg() == nil || sel.Obj().Pkg().Path() != routers.GinPath {
		return false
	}
	on := fr.throughFields(fr.operand(e.X), e, func(on value.Value) value.Value {
		if n := len(sel.Index()) - 1; n > 0 {
			c := fr.in.path(on, sel.Recv(), sel.Index()[:n])
			if c == nil {
				return nil
			}
			return c.V
		}
		return on
	})
	done := false
	fr.in.eachOption(on, func(g value.Value) {
		if r := RouterOf(g); r != nil && r.Framework == Gin {
			fr.in.setHandlers(fr.in.group(g, nil), v, e.Pos())
			done = true
		}
	})
	return done
}

// setHandlers replaces the chain of a gin group by what is written to its field.
func (in *interp) setHandlers(g *Group, v value.Value, pos token.Pos) {
	before := g.Chain
	g.Chain = nil
	for _, o := range in.elements(v, pos) {
		i := slices.IndexFunc(before, func(l *Link) bool { return l.Func == o.v })
		if i >= 0 {
			g.Chain = append(g.Chain, before[i])
			continue
		}
		g.Chain = append(g.Chain, in.links(Gin, o)...)
	}
	newer := without(without(in.conditions, g.conditions), in.assumed)
	if !slices.ContainsFunc(newer, func(c Condition) bool { return !c.Silent }) {
		return
	}
	// What was there before is still there on the other way, and only there.
	var words []string
	for _, c := range newer {
		words = append(words, c.Text)
	}
	other := condition(Condition{Text: "!(" + strings.Join(words, " && ") + ")", Pos: pos})
	for _, l := range before {
		if !slices.Contains(g.Chain, l) {
			one := *l
			one.Conditions = append(slices.Clone(l.Conditions), other)
			g.Chain = append(g.Chain, &one)
		}
	}
}

// use adds middleware to a router or group.
func (in *interp) use(g *Group, links []*Link, pos token.Pos, order int, pre bool) {
	r := g.Router
	if r.started && r.Framework == Echo {
		for _, l := range links {
			l.Conditions = append(l.Conditions, Condition{Text: "the server has not started", Pos: pos})
		}
	}
	r.Uses = append(r.Uses, &Use{Group: g, Links: links, Pos: pos, Order: order, Pre: pre, Conditions: slices.Clone(in.conditions), In: in.current})
	if r.Framework == Echo && g.Parent == nil {
		for _, l := range links {
			l.All = true
		}
		if pre {
			at := 0
			for at < len(r.before) && r.before[at].Pre {
				at++
			}
			for _, l := range links {
				l.Pre = true
			}
			r.before = slices.Insert(r.before, at, links...)
		} else {
			r.before = append(r.before, links...)
		}
		return
	}
	g.Chain = append(slices.Clone(g.Chain), links...)
}

// subgroups makes the group of a call, one for each prefix it may have.
func (in *interp) subgroups(g *Group, prefix, host value.Value, links []*Link, pos token.Pos, order int) value.Value {
	var options []value.Option
	ways := []value.Option{{V: stringValue(known(""), types.Typ[types.String])}}
	if prefix != nil {
		ways = optionsOf(prefix)
	}
	for _, way := range ways {
		rel := text(way.V)
		sub := &Group{Router: g.Router, Parent: g, Pos: pos, Host: g.Host, Order: order, In: in.current, guess: g.guess, conditions: slices.Clone(in.conditions)}
		if host != nil {
			sub.Host = text(host).String()
		}
		if g.Router.Framework == Gin {
			sub.Prefix = joinGin(g.Prefix, rel)
		} else {
			sub.Prefix = joined(g.Prefix, rel)
		}
		sub.Chain = append(slices.Clone(g.Chain), links...)
		g.Router.Groups = append(g.Router.Groups, sub)
		if len(links) > 0 {
			g.Router.Uses = append(g.Router.Uses, &Use{Group: sub, Links: links, Pos: pos, Order: order, Conditions: slices.Clone(in.conditions), In: in.current})
		}
		options = append(options, value.Option{V: sub, Cond: way.Cond})
	}
	return oneOf(options)
}
