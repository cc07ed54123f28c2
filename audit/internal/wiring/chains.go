package wiring

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

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

// handlers is the chain of a gin group as its field holds it.
func (g *Group) handlers(t types.Type) value.Value {
	l := &value.List{Type: t, Grown: true}
	for _, link := range g.Chain {
		l.Elems = append(l.Elems, &value.Cell{V: link.Func, Pos: link.Pos})
	}
	return l
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
	if len(in.conditions) > 0 { // what was there before may still be, or may not
		for _, l := range before {
			if !slices.Contains(g.Chain, l) {
				one := *l
				one.Conditions = append(slices.Clone(l.Conditions), in.conditions...)
				g.Chain = append(g.Chain, &one)
			}
		}
		for i, l := range g.Chain {
			if slices.Contains(before, l) {
				one := *l
				one.Conditions = append(slices.Clone(l.Conditions), in.conditions...)
				g.Chain[i] = &one
			}
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
		sub := &Group{Router: g.Router, Parent: g, Pos: pos, Host: g.Host, Order: order, In: in.current, guess: g.guess}
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
