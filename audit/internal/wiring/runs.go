package wiring

import (
	"maps"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// running is what a link does besides handing the request on.
type running struct {
	raw    []value.Value
	errors []value.Value
	asks   asking
}

// told returns links with what they run themselves.
func (in *interp) told(links []*Link) []*Link {
	if (in.config.Ruled == nil || len(in.config.RuledNames) == 0) && in.asked() == 0 {
		return links
	}
	out := slices.Clone(links)
	for i, l := range out {
		if len(l.Next) > 0 {
			continue // what it speaks of is told as handlers
		}
		if runs := in.runsOf(l.Func); len(runs.raw) > 0 || len(runs.errors) > 0 || runs.asks != 0 {
			one := *l
			one.Runs, one.Errors, one.Asks, one.Swaps = runs.raw, runs.errors, runs.asks != 0, runs.asks&setsHandler != 0
			out[i] = &one
		}
	}
	return out
}

// runsOf returns what a link runs, or a function that middleware of a dependency
// was given, such as one that answers errors.
func (in *interp) runsOf(link value.Value) running {
	link = value.Bare(link)
	if known, ok := in.runs[link]; ok {
		return known
	}
	var runs running
	in.runs[link] = runs
	look := func(f *value.Func) {
		if in.raw(f) {
			runs.raw = append(runs.raw, f)
			return
		}
		for _, v := range in.ruledIn(f) {
			if g, ok := value.Bare(v).(*value.Func); ok && in.raw(g) {
				runs.raw = append(runs.raw, g)
			}
		}
		runs.asks |= in.asks(f)
	}
	switch v := link.(type) {
	case *value.Func:
		if !in.raw(v) { // a handler with a rule in the chain is told as such
			look(v)
		}
	case *value.Unknown:
		if v.Callee == nil || in.program.Own(pkgPath(v.Callee)) || in.sealed(v.Callee) {
			break
		}
		given := slices.Clone(v.From)
		for _, from := range v.From {
			if s, ok := value.Bare(from).(*value.Struct); ok { // its settings
				for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
					given = append(given, s.Fields[name].V)
				}
			}
		}
		for _, g := range given {
			for _, way := range value.Alternatives(g) {
				if f, ok := value.Bare(way).(*value.Func); ok {
					look(f)
					if sig := in.signature(f); sig != nil && sig.Params().Len() == 2 { // the error, or what was recovered, and the context
						runs.errors = append(runs.errors, f)
					}
				}
			}
		}
	}
	in.runs[link] = runs
	return runs
}

// onErrors returns the function of an Echo that answers errors as a link in front
// of all routes, if it runs a handler with a rule.
func (in *interp) onErrors(r *Router) []*Link {
	c := r.fields["HTTPErrorHandler"]
	if r.Framework != Echo || c == nil || in.config.Ruled == nil {
		return nil
	}
	var links []*Link
	for _, way := range value.Alternatives(c.V) {
		if runs := in.runsOf(way); len(runs.raw) > 0 {
			links = append(links, &Link{Framework: Echo, Func: way, Name: in.nameOf(way), Pos: c.Pos, Runs: runs.raw})
		}
	}
	return links
}
