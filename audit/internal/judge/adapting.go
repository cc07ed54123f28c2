package judge

import (
	"slices"

	"github.com/authgen/authgen/audit/internal/wiring"
)

// adapter judges a handler that adapts a function of the program's own shape, as
// middleware in front of that function, where its chain is open and v was found. That
// it denies counts where it also does nothing else for callers without identity: a
// function that it runs for known ones alone need not be what serves the request.
func (j *Judge) adapter(r *wiring.Route, run *tally, v Verdict) Verdict {
	by := j.chain(append(slices.Clone(r.Chain), r.Adapter), r.Method, false, r.Context).verdict()
	switch by.State {
	case Conditional:
		by.Handler = Open
		return by
	case Denies:
		t := j.served(&handling{link: r.Adapter, method: r.Method, states: run.reached, enough: sure, limit: maxAround, adapts: true})
		if len(t.reached) == 0 {
			by.Handler = Open
			return by
		}
		if v.Handler == Open {
			v.Handler = Unknown
			for _, e := range by.Evidence {
				v.Evidence = append(v.Evidence, Evidence{Pos: e.Pos, Text: "the handler itself " + e.Text + " on some ways, not on all"})
			}
		}
	}
	return v
}
