package judge

import "slices"

// blend makes one of states that differ only in values which have nothing to do
// with the caller's identity: a language, an address. ends says that the link
// which leaves them may end a request; when it cannot, half a proof is none.
func blend(states []*state, ends bool) []*state {
	var out []*state
next:
	for _, s := range states {
		for _, o := range out {
			if o.blends(s, ends) {
				continue next
			}
		}
		out = append(out, s)
	}
	return out
}

// blends makes s stand for o too, if it can.
func (s *state) blends(o *state, ends bool) bool {
	proof := max(s.proof, o.proof)
	if proof == sure || proof != none && ends || s.aborted != o.aborted || s.panics != o.panics || s.open != o.open ||
		s.doubt != o.doubt || s.from != o.from || s.keys.len() != o.keys.len() || s.mem.len() != o.mem.len() || len(s.defers)+len(o.defers) > 0 {
		return false
	}
	for k, v := range s.keys.all() {
		if other, ok := o.keys.get(k); !ok || !indifferent(v, other) {
			return false
		}
	}
	for c, v := range s.mem.all() {
		if other, ok := o.mem.get(c); !ok || !indifferent(v, other) {
			return false
		}
	}
	if !s.req.blends(o.req) {
		return false
	}
	s.join(o, "")
	s.proof = min(s.proof, o.proof)
	return true
}

// indifferent says whether two values are one, or neither tells who calls nor
// is known well enough to steer by.
func indifferent(a, b val) bool {
	if hashOf(a) == hashOf(b) {
		return true
	}
	return dull(a) && dull(b)
}

func dull(v val) bool {
	if _, ok := str(v); ok {
		return true
	}
	s, ok := v.(*sym)
	return ok && s.kind == plain && s.t&tWho == 0 && s.onTrue == none && s.onNil == none && s.derived == none &&
		!isBool(s.typ) && s.held == nil && s.mayBe == nil && s.unknown == nil && s.ctx == nil && s.among == nil
}

func (s *sym) blends(o *sym) bool {
	if s == nil || o == nil {
		return s == o
	}
	if s.kind != o.kind || !slices.Equal(s.among, o.among) {
		return false
	}
	a, b := s.ctx, o.ctx
	for ; a != nil && b != nil; a, b = a.parent, b.parent {
		if a.key != b.key || a.open != b.open || a.symbolic != b.symbolic || typeName(a.typ) != typeName(b.typ) || !indifferent(a.v, b.v) {
			return false
		}
	}
	if a != nil || b != nil {
		return false
	}
	return s.ctx.hash() != o.ctx.hash() || s.key == o.key
}
