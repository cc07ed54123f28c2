package wiring

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/value"
)

// registration is one call that registers a handler, before it is known where
// its router stands.
type registration struct {
	group      *Group
	kind       Kind
	method     string
	host       string
	path       *value.Text
	handler    value.Value
	chain      []*Link     // of the group, at the time
	links      []*Link     // of the call
	spread     value.Value // the slice that the call was given as links, where it is kept
	pos        token.Pos
	order      int
	in         *types.Func
	conditions []Condition
}

// register evaluates a call that registers routes or middleware.
func (fr *frame) register(e *ast.CallExpr, c *routers.Call, g *Group, recv value.Value, args []value.Value) value.Value {
	in := fr.in
	pos := e.Pos()
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok {
		pos = sel.Sel.Pos()
	}
	in.order++
	order := in.order
	in.rewritten(g)
	framework := g.Router.Framework
	links, handler := fr.chain(e, c, framework, args)
	at := func(i int) value.Value {
		if i != routers.None && i < len(args) {
			return args[i]
		}
		return nil
	}
	switch c.Kind {
	case routers.Use, routers.Pre:
		in.use(g, links, pos, order, c.Kind == routers.Pre)
		return recvOr(recv, g)
	case routers.Group:
		return in.subgroups(g, at(c.Path), at(c.Host), links, pos, order)
	}
	if h := at(c.Handler); h != nil {
		handler = h
	}
	var spread value.Value
	if framework == Echo && g.Parent == nil && e.Ellipsis.IsValid() && len(args) > 0 {
		spread = args[len(args)-1]
	}
	kind := Plain
	switch c.Kind {
	case routers.Static:
		kind = Static
	case routers.NoRoute:
		kind = NoRoute
	case routers.NoMethod:
		kind = NoMethod
	}
	var paths []value.Option
	if p := at(c.Path); p != nil {
		paths = optionsOf(p)
	} else {
		paths = []value.Option{{V: stringValue(known(""), types.Typ[types.String])}}
	}
	for _, p := range paths {
		base := &registration{
			group: g, kind: kind, handler: handler, chain: g.Chain, links: links, spread: spread, pos: pos, order: order, in: in.current, conditions: slices.Clone(in.conditions),
		}
		if p.Cond.Text != "" && !in.holds(p.Cond) {
			base.conditions = append(base.conditions, p.Cond)
		}
		rel := text(p.V)
		for _, m := range fr.methods(c, at(c.Method)) {
			r := *base
			r.method = m.Known
			if m.Symbol != "" {
				r.method = "{" + m.Symbol + "}"
			}
			fr.place(&r, c, g, rel)
			g.Router.registrations = append(g.Router.registrations, &r)
		}
	}
	if framework == Gin {
		return recvOr(recv, g)
	}
	return fr.lost(e)
}
