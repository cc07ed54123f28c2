package judge

import (
	"slices"
	"strings"
)

// ownKeys begin the names of what is noted among the keys of a context and is none.
var ownKeys = []string{"written ", sent, held, heldLists, reflectedRequest}

func isOwnKey(k string) bool {
	return slices.ContainsFunc(ownKeys, func(own string) bool { return strings.HasPrefix(k, own) })
}

// losesKeys notes that what was put into the context may be there no more, or be
// something else: code writes the map that holds it, or writes it under a name that
// callers choose.
func (x *exec) losesKeys(st *state, site string) {
	st.open = true
	for k, v := range st.keys.all() {
		if !isOwnKey(k) {
			st.keys.set(k, x.mayBeLost(st, v, site+k, k))
		}
	}
}

// mayBeLost is what a context holds under a name, or something else, or nothing.
func (x *exec) mayBeLost(st *state, v val, key, name string) val {
	s := &sym{key: "lost:" + key, t: taintOf(v) | tMaybe, onTrue: maybe, onNil: maybe, derived: maybe, text: name, name: name, joined: true}
	return x.maybeNext(st, s, v)
}
