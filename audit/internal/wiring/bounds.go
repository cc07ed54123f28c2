package wiring

import "go/token"

// Bounds of what is followed. Where one is met, an End tells of it.
const (
	maxSteps     = 4_000_000 // statements and expressions of one program
	maxShare     = maxSteps / 8
	maxDepth     = 120
	maxRecursion = 24
	maxForeign   = 8    // depth of calls in dependencies
	maxRounds    = 2000 // of one loop
	maxRoutes    = 100_000
)

// share does one of several things of a program that are not to take all of
// what may be done: an initializer, a callback.
func (in *interp) share(do func()) {
	limit, tooMuch := in.limit, in.tooMuch
	in.limit = min(limit, in.steps+maxShare)
	do()
	if in.limit < limit {
		in.tooMuch = tooMuch
	}
	in.limit = limit
}

func (in *interp) exhausted(pos token.Pos) {
	if !in.tooMuch {
		in.tooMuch = true
		in.end(pos, "there is more code to follow than is followed")
	}
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
