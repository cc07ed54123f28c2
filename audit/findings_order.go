package audit

import (
	"fmt"
	"slices"

	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// lateUse reports middleware that denies callers without identity and is used
// after routes and groups that it was meant for. They do not get it: gin and a
// group of echo copy their chain into each route and group when it is made.
func (f *findings) lateUse() {
	for _, routes := range f.byRouter {
		router := routes[0].Router
		if len(router.Uses) == 0 {
			continue
		}
		open := map[*wiring.Group][]*route{}
		for i, r := range routes {
			call := f.callOf[r]
			if i > 0 && f.callOf[routes[i-1]] == call || r.protected() || r.state == manifest.Public || r.Kind == wiring.NoRoute || r.Kind == wiring.NoMethod {
				continue
			}
			open[r.Group] = append(open[r.Group], f.calls[call].named())
		}
		if len(open) == 0 {
			continue
		}
		below := map[*wiring.Group][]*wiring.Group{}
		for _, g := range router.Groups {
			below[g.Parent] = append(below[g.Parent], g)
		}
		for _, u := range router.Uses {
			if u.Pre || router.Framework == wiring.Echo && u.Group.Parent == nil {
				continue // reaches all routes
			}
			f.lateUseOf(u, open, below)
		}
	}
}

func (f *findings) lateUseOf(u *wiring.Use, open map[*wiring.Group][]*route, below map[*wiring.Group][]*wiring.Group) {
	type late struct {
		missed []*route
		group  *wiring.Group // made before; nil for routes of the group itself
	}
	var all []late
	own := slices.DeleteFunc(slices.Clone(open[u.Group]), func(r *route) bool { return r.Order > u.Order })
	if len(own) > 0 {
		all = append(all, late{own, nil})
	}
	for _, g := range below[u.Group] {
		if g.Order > u.Order {
			continue
		}
		var missed []*route
		for _, g := range tree(g, below) {
			missed = append(missed, open[g]...)
		}
		if len(missed) > 0 {
			all = append(all, late{missed, g})
		}
	}
	if len(all) == 0 {
		return
	}
	i := slices.IndexFunc(u.Links, f.denies)
	if i < 0 {
		return
	}
	in := ""
	if u.In != nil {
		in = wiring.FuncName(u.In)
	}
	name := madeBy(u.Links[i].Name, in)
	for _, l := range all {
		d := diagnostic.Diagnostic{Code: CodeLateUse, Position: f.position(u.Pos), Program: l.missed[0].program}
		d.Message = fmt.Sprintf("%s is used after %s, and what is registered before runs without it", name, some(l.missed))
		d.Suggestion = "move this call in front of them, or declare them public in authgen.yaml"
		if l.group != nil {
			d.Message = fmt.Sprintf("%s is used after the group %s was made, whose routes run without it: %s", name, f.groupName(l.group), some(l.missed))
			d.Suggestion = "move this call in front of the group's, or declare its routes public in authgen.yaml"
			d.Related = append(d.Related, diagnostic.Related{Position: f.position(l.group.Pos), Message: "the group is made here"})
		}
		for _, r := range l.missed[:min(len(l.missed), maxRelated)] {
			d.Related = append(d.Related, diagnostic.Related{Position: f.position(r.Pos), Message: r.String() + " runs without it"})
		}
		f.add(d)
	}
}

// tree is a group with all below it.
func tree(g *wiring.Group, below map[*wiring.Group][]*wiring.Group) []*wiring.Group {
	all := []*wiring.Group{g}
	for i := 0; i < len(all); i++ {
		all = append(all, below[all[i]]...)
	}
	return all
}

// denies reports whether a middleware denies callers without identity where it
// is used, whatever the condition that it is used under.
func (f *findings) denies(l *wiring.Link) bool {
	if t := f.twins.of(f.audit, l.Func); t != nil && t.Area {
		return !open(t.Rule)
	}
	always := *l
	always.Conditions = nil
	return f.judge.Link(&always, "").Guards()
}
