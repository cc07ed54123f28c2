package wiring

import (
	"go/token"
	"slices"
)

// Bounds of what is followed. Where one is met, an End tells of it.
const (
	maxSteps     = 400_000 // statements and expressions of one program
	maxDepth     = 120
	maxRecursion = 24
	maxBlind     = 2    // of a call whose arguments hold nothing
	maxBarren    = 40   // calls that do nothing to routers
	maxForeign   = 8    // depth of calls in dependencies
	maxRounds    = 2000 // of one loop
	maxLeft      = 64   // ways that left a loop or a function early and are still apart
	maxShort     = 12   // statements of a helper
	maxBack      = 50   // jumps back in one call
	maxRoutes    = 100_000
	maxWords     = 400    // length of a condition
	minShare     = 40_000 // steps of what is done within several such things
)

// share does one of several things of a program that are not to take all of
// what may be done, and reports whether it came to its end. It gets half of what
// is left; few steps are not shared, for loops in calls in loops halve them often.
func (in *interp) share(do func()) bool {
	limit := in.limit
	in.limit = in.steps + max((limit-in.steps)/2, min(limit-in.steps, minShare))
	do()
	done := in.steps <= in.limit
	if !done && in.limit < limit {
		in.tooMuch = false
	}
	in.limit = limit
	return done
}

// exhausted tells that nothing more is followed for now. From now on nothing is
// certain of the chains: what was not followed may have changed them.
func (in *interp) exhausted(pos token.Pos) {
	if !in.tooMuch {
		in.tooMuch = true
		if !slices.Contains(in.unfollowed, pos) {
			in.unfollowed = append(in.unfollowed, pos)
		}
	}
	if in.gaveUp == nil {
		in.gaveUp = []Condition{maybe("code that is not followed changes nothing", pos)}
	}
}

// tellUnfollowed tells once for a program that there is more of it than is followed.
func (in *interp) tellUnfollowed() {
	if len(in.unfollowed) == 0 {
		return
	}
	why := "there is more code to follow than is followed"
	if n := len(in.unfollowed) - 1; n > 0 {
		why += ", here and at " + number(n) + " more"
	}
	in.end(in.unfollowed[0], why)
}

// safely does a part of the analysis and tells where it fails.
func (in *interp) safely(do func()) {
	defer func() {
		if failure := recover(); failure != nil {
			in.logs, in.conditions = nil, nil
			in.end(in.pos, "the analysis failed here: what comes after is not known")
		}
	}()
	do()
}
