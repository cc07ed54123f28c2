package judge

import (
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// link runs one link from all states that no link before has proven: first as
// if what earlier links decided were not known, which is enough where nobody
// comes through.
func (j *Judge) link(run *tally, states []*state, l *wiring.Link, method string, i int, caught *wiring.Link) []*state {
	var one tally
	var next []*state
	whole := false
	if len(states) > 1 {
		few := make([]*state, len(states))
		for i, st := range states {
			few[i] = st.clone()
			few[i].from = 0
		}
		if few = together(few); len(few) < len(states) {
			next, whole = j.linkFrom(&one, few, l, method, i, caught)
			if whole && len(next) == 0 {
				run.proven, run.byMethod = append(run.proven, one.proven...), one.byMethod
				return nil
			}
		}
	}
	each := tally{}
	all, ok := j.linkFrom(&each, states, l, method, i, caught)
	if !ok && whole {
		each, all = one, next
	}
	run.proven, run.byMethod = append(run.proven, each.proven...), one.byMethod || each.byMethod
	return all
}

// linkFrom runs a link from states, and says whether it was read to its end. What
// has too many ways is run once more with fewer kept apart.
func (j *Judge) linkFrom(run *tally, states []*state, l *wiring.Link, method string, i int, caught *wiring.Link) (next []*state, whole bool) {
	defer func() {
		if r := recover(); r != nil {
			// The prover met code that it does not understand.
			if debug {
				panic(r)
			}
			*run = tally{}
			next, whole = []*state{anything(Evidence{Pos: l.Pos, Text: l.Name + " could not be read"})}, false
		}
	}()
	trust := newTrust()
	for range maxDistrust {
		next, whole = j.linkTrusting(run, states, &going{link: l, method: method, i: i, caught: caught, trust: trust})
		if !trust.fails(j) {
			return next, whole
		}
		*run = tally{}
		trust.begin()
	}
	return []*state{anything(Evidence{Pos: l.Pos, Text: l.Name + " fills too many stores"})}, false
}

// maxDistrust bounds how often a link is run again without relying on stores.
const maxDistrust = 8

// going is a link that runs, the i-th of its chain.
type going struct {
	link   *wiring.Link
	method string
	i      int
	caught *wiring.Link
	trust  *trust // in the stores that it fills
	tight  bool   // few ways are kept apart
}

// linkTrusting is linkFrom, relying on the stores that the link fills as it does.
func (j *Judge) linkTrusting(run *tally, states []*state, g *going) (next []*state, whole bool) {
	// What was too long once is taken to be so from other states.
	key := j.linkKey(g.link)
	if why, ok := j.tooLong[key]; ok {
		return []*state{anything(why)}, false
	}
	g.tight = j.tight[key]
	next, whole, blown := j.runLink(run, cloned(states), g)
	if blown != nil && !g.tight && j.steps <= maxTotal {
		g.tight, j.tight[key] = true, true
		next, whole, blown = j.runLink(run, cloned(states), g)
	}
	if blown != nil {
		j.tooLong[key] = *blown
		return []*state{anything(*blown)}, false
	}
	return next, whole
}

func cloned(states []*state) []*state {
	all := make([]*state, len(states))
	for i, st := range states {
		all[i] = st.clone()
	}
	return all
}

func (j *Judge) runLink(run *tally, states []*state, g *going) (next []*state, whole bool, blown *Evidence) {
	l := g.link
	limit := maxSteps
	if j.steps > maxTotal {
		limit = maxLate
	}
	x := &exec{
		j: j, framework: l.Framework, routeMethod: g.method, next: l.Next, caught: g.caught,
		cells: map[string]*cell{}, wcells: map[*value.Cell]*cell{}, busy: map[string]int{}, ids: j.ids, limit: limit, trust: g.trust, tight: g.tight,
	}
	defer func() { j.steps += x.steps }()
	for n, st := range states {
		st.from, st.link = n, g.i
		in := []*state{st}
		if len(l.Conditions) > 0 {
			var skip []*state
			in, skip = x.decideWiring(st, l.Conditions)
			for _, st := range skip {
				st.forget(nil, nil)
			}
			next = append(next, skip...)
		}
		for _, st := range in {
			x.enterLink(st, l, g.i)
		}
	}
	run.byMethod = x.usedMethod
	if x.aside.IsValid() {
		// Both count the links of one chain, and one may be passed over.
		j.runsBesides(Again{Evidence{Pos: x.aside, Text: "the chain of gin goes on in a goroutine that nobody waits for, and links of it may be passed over"}, wiring.Gin})
	}
	if x.blown != nil {
		return nil, false, x.blown
	}
	if j.Believed != nil && j.Believed(l) {
		believe(x.reached)
	}
	next = append(next, run.keep(x.reached)...)
	next = merged(next)
	if len(run.proven) == 0 {
		if next = blend(next, len(x.stopped) > 0); len(next) > 3 {
			next = together(next)
		}
	}
	if len(next) > 4 {
		// What they decided on credentials proved nothing, and need not be told
		// of later links.
		for _, st := range next {
			st.facts = slices.DeleteFunc(st.facts, func(f fact) bool {
				if f.who {
					st.known.remove(f.key)
				}
				return f.who
			})
		}
		next = merged(next)
	}
	if len(next) > maxStates {
		return []*state{anything(Evidence{Pos: l.Pos, Text: "too many ways through the chain"})}, false, nil
	}
	return next, true, nil
}

// anything is the state after a link that was not read to its end: it may have
// done anything, but deny nobody.
func anything(why Evidence) *state {
	st := newState()
	mayHaveWritten(st)
	st.open = true
	st.doubt = &why
	st.req = &sym{key: "req", kind: kRequest, t: tReq, nonNil: true, text: "r", ctx: &ctxVal{open: true}}
	return st
}

// believe takes what names say for proof, on ways of which nothing else is in
// doubt.
func believe(reached []*state) {
	for _, st := range reached {
		if st.proof == claimed && st.doubt == nil {
			st.proof = sure
			st.why.Text += ", as its name and the settings say"
		}
	}
}

// keep notes the ways that proved an identity and returns the others, ready for
// what comes next.
func (t *tally) keep(reached []*state) (open []*state) {
	for _, st := range reached {
		if st.proof == sure {
			t.proven = append(t.proven, st)
			continue
		}
		st.defers = nil
		st.forget(nil, nil)
		open = append(open, st)
	}
	return open
}
