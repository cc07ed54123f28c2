package audit

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// outsideGroups reports open routes that look as if they were meant for a group
// that denies callers without identity: the same function registers their
// neighbours on it. What makes a neighbour: the path lies below that of the
// group; or below its parent and begins as one in the group; or the handler is of
// a type or package whose other handlers are in the group.
func (f *findings) outsideGroups() {
	for _, routes := range f.byRouter {
		if routes[0].Router.Framework == wiring.NetHTTP {
			f.outsideMuxes(routes)
			continue
		}
		in := map[*types.Func][]*route{}
		var order []*types.Func
		for i, r := range routes {
			if r.In == nil || r.Group == nil || i > 0 && f.callOf[routes[i-1]] == f.callOf[r] {
				continue
			}
			if in[r.In] == nil {
				order = append(order, r.In)
			}
			in[r.In] = append(in[r.In], r)
		}
		for _, fn := range order {
			f.outside(in[fn])
		}
	}
}

// neighbourhood is what one function registers on groups that deny.
type neighbourhood struct {
	groups map[string][]*wiring.Group // by what makes a neighbour
	routes map[neighbour][]*route
	taken  map[neighbour]bool // methods and paths below the groups
	calls  map[token.Pos]bool
	owners map[string]int // handlers outside of these groups
}

type neighbour struct {
	group *wiring.Group
	by    string
}

func (f *findings) outside(routes []*route) {
	n := neighbourhood{map[string][]*wiring.Group{}, map[neighbour][]*route{}, map[neighbour]bool{}, map[token.Pos]bool{}, map[string]int{}}
	denies := map[*wiring.Group]bool{}
	var open []*route
	for _, r := range routes {
		if r.Group.Parent != nil && (r.protected() || r.verdict.Guards()) && r.twin == nil {
			d, known := denies[r.Group]
			if !known {
				d = f.groupDenies(r)
				denies[r.Group] = d
			}
			if d {
				n.note(r)
				continue
			}
		}
		n.owners[owner(r)]++
		if r.state == manifest.Unprotected || r.state == manifest.Unproven {
			open = append(open, r)
		}
	}
	if len(n.groups) == 0 {
		return
	}
	for _, r := range open {
		call := f.calls[f.callOf[r]]
		// The same call runs for both: it was told which group to take.
		if f.said[call.route] || n.calls[r.Pos] {
			continue
		}
		if near, why := n.of(r); near != nil {
			f.outsideGroup(call, near, why)
		}
	}
}

func (f *findings) outsideGroup(r registration, near []*route, why string) {
	group := near[0].Group
	name := f.groupName(group)
	on := f.source(r.In).receivers[r.Pos]
	if on == "" {
		on = f.groupName(r.Group)
	}
	f.beside(r, diagnostic.Diagnostic{
		Message:    fmt.Sprintf("%s, registered on %s, which %s, unlike the group %s of its neighbours", r.what(), on, denial(r.route), name),
		Suggestion: fmt.Sprintf("register it on that group, or %s", declare),
		Related:    []diagnostic.Related{{Position: f.position(group.Pos), Message: fmt.Sprintf(why, name) + ": " + some(near)}},
	})
}

// note notes a route of a group that denies.
func (n *neighbourhood) note(r *route) {
	prefix := groupPath(r.Group)
	n.add(byPrefix+shape(prefix), r)
	if first := firstBelow(r); first != "" {
		n.add(byFirst+first, r)
	}
	if o := owner(r); o != "" {
		n.add(byOwner+o, r)
	}
	n.calls[r.Pos] = true
	n.taken[neighbour{r.Group, r.Method + " " + belowGroup(r)}] = true
}

// What makes a neighbour.
const (
	byPrefix = "prefix "
	byFirst  = "first "
	byOwner  = "owner "
)

func (n *neighbourhood) add(by string, r *route) {
	k := neighbour{r.Group, by}
	if n.routes[k] == nil {
		n.groups[by] = append(n.groups[by], r.Group)
	}
	n.routes[k] = append(n.routes[k], r)
}

// of returns the neighbours of an open route, and why they are in words with the
// name of their group to come.
func (n *neighbourhood) of(r *route) (near []*route, why string) {
	path, own := segments(r), groupPath(r.Group)
	find := func(by string, beside bool) []*route {
		for _, g := range n.groups[by] {
			related := below(g, r.Group) || beside && g != r.Group && g.Parent == r.Group.Parent && shape(groupPath(g)) == shape(own)
			// A path that the group has as well was not meant for it.
			if related && g.Host == r.Group.Host && !n.taken[neighbour{g, r.Method + " " + belowGroup(r)}] {
				return n.routes[neighbour{g, by}]
			}
		}
		return nil
	}
	for i := len(path) - 1; i > len(own); i-- {
		if near := find(byPrefix+shape(path[:i]), false); near != nil {
			return near, "the paths around it are of the group %s, which does"
		}
	}
	if first := firstBelow(r); first != "" {
		if near := find(byFirst+first, true); near != nil {
			return near, "its neighbours are on the group %s, which does"
		}
	}
	if o := owner(r); o != "" {
		if near := find(byOwner+o, false); len(near) > max(1, n.owners[o]) {
			return near, "the handlers beside it are on the group %s, which does"
		}
	}
	return nil, ""
}

// groupDenies reports whether the chain of a route's group denies callers without
// identity.
func (f *findings) groupDenies(r *route) bool {
	chain := chainOfGroup(r)
	area := func(l *wiring.Link) bool {
		t := f.twins.of(f.audit, l.Func)
		return t != nil && t.Area && !open(t.Rule) && len(l.Conditions) == 0
	}
	return slices.ContainsFunc(chain, area) ||
		f.judge.Route(&wiring.Route{Router: r.Router, Group: r.Group, Method: r.Method, Chain: chain}).Guards()
}

// chainOfGroup is what of a route's chain is its group's, with what stands in
// front of the router. The links of the group itself may have conditions that
// hold wherever the route is.
func chainOfGroup(r *route) []*wiring.Link {
	of := r.Group.Chain
	for end := len(of); end <= len(r.Chain); end++ {
		if slices.EqualFunc(r.Chain[end-len(of):end], of, func(a, b *wiring.Link) bool { return a.Pos == b.Pos && a.Name == b.Name }) {
			return r.Chain[:end]
		}
	}
	return of
}

// below reports whether a group was made of another one.
func below(g, of *wiring.Group) bool {
	for g = g.Parent; g != nil; g = g.Parent {
		if g == of {
			return true
		}
	}
	return false
}

// groupPath is the path of a group.
func groupPath(g *wiring.Group) []segment {
	prefix := g.Prefix
	if prefix == nil {
		prefix = &value.Text{}
	}
	path := segmentsOf(g.Router.Framework, prefix)
	if n := len(path); n > 0 && path[n-1] == (segment{}) {
		path = path[:n-1]
	}
	return path
}

// belowGroup is the path of a route after that of its group, without the names
// of parameters.
func belowGroup(r *route) string {
	return strings.TrimPrefix(shape(segments(r)), shape(groupPath(r.Group)))
}

// firstBelow is the first segment of a route's path after that of its group.
func firstBelow(r *route) string {
	path, own := segments(r), groupPath(r.Group)
	if len(path) <= len(own) || path[len(own)].kind != literal {
		return ""
	}
	return path[len(own)].text
}

// owner is the type or package that declares a handler, "" for literals and for
// functions of the package that registers them.
func owner(r *route) string {
	i := strings.LastIndexByte(r.Name, '.')
	if i < 0 || strings.Contains(r.Name[i:], ".func") {
		return ""
	}
	if o := r.Name[:i]; r.In != nil && r.In.Pkg() != nil && o != r.In.Pkg().Path() {
		return o
	}
	return ""
}
