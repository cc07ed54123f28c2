package judge

import (
	"go/constant"
	"hash/maphash"
	"slices"
)

// seed is that of all hashes of states: they are compared within one process.
var seed = maphash.MakeSeed()

func hashString(s string) uint64 { return maphash.String(seed, s) }

// mix makes one hash of two, in this order.
func mix(a, b uint64) uint64 {
	a ^= b + 0x9e3779b97f4a7c15 + a<<6 + a>>2
	a ^= a >> 32
	a *= 0xd6e8feb86659fd93
	return a ^ a>>32
}

// hash is equal for states that differ in decisions only. Of memory it holds
// what was written.
func (s *state) hash() uint64 {
	h := uint64(s.proof)
	for i, is := range [...]bool{s.aborted, s.panics, s.doubt != nil, s.open, s.thrown} {
		if is {
			h |= 8 << i
		}
	}
	if s.answer != nil {
		h = mix(h, hashString(s.answer.id()))
	}
	if s.req != nil {
		h = mix(h, mix(hashString(s.req.key), s.req.ctx.hash()))
	}
	for _, what := range s.stored {
		h = mix(h, hashString(what))
	}
	var keys, mem uint64
	for k, v := range s.keys.all() {
		keys += mix(hashString(k), hashOf(v))
	}
	for c, v := range s.mem.all() {
		mem += mix(c.hash, hashOf(v))
	}
	return mix(mix(mix(h, keys), mem), s.waits())
}

// waits is a hash of the calls that are deferred. Of those that one place defers,
// in rounds of a loop, it takes the first.
func (s *state) waits() (h uint64) {
	for i, d := range s.defers {
		if !slices.ContainsFunc(s.defers[:i], func(o deferred) bool { return o.call == d.call }) {
			h = mix(mix(mix(h, uint64(d.call.Pos())), hashOf(d.fn)), hashAll(d.args))
		}
	}
	return h
}

func (c *ctxVal) hash() (h uint64) {
	for ; c != nil; c = c.parent {
		if c.open {
			h += 2
		}
		h = mix(mix(h+1, hashString(c.key)), hashOf(c.v))
	}
	return h
}

// hashOf is equal for values of equal keys.
func hashOf(v val) uint64 {
	switch v := v.(type) {
	case nil:
		return 1
	case *konst:
		if v.typ != nil {
			return mix(hashString(typeName(v.typ)), hashOf(&konst{v: v.v, instead: v.instead}))
		}
		if v.v.Kind() == constant.String {
			h := mix(2, hashString(constant.StringVal(v.v)))
			if v.instead {
				h++
			}
			return h
		}
		return mix(3, hashString(v.v.ExactString()))
	case nilVal:
		return 4
	case *sym:
		return mix(5, hashString(v.key))
	case *ptr:
		h := mix(6, v.to.hash)
		for _, p := range v.path {
			h = mix(h, hashString(p))
		}
		return h
	case *strct:
		var fields uint64
		for n, e := range v.f {
			fields += mix(hashString(n), hashOf(e))
		}
		h := mix(mix(7, hashString(v.id)), fields)
		if v.sym != nil {
			h = mix(h, hashString(v.sym.key))
		}
		return h
	case *list:
		h := uint64(8)
		if v.typ != nil && hasMethods(v.typ) {
			h = mix(h, hashString(typeName(v.typ)))
		}
		for _, e := range v.elems {
			h = mix(h, hashOf(e))
		}
		if v.open != nil {
			h = mix(h+1, hashString(v.open.key))
		}
		return h
	case *closure:
		return mix(mix(9, hashString(v.id)), hashOf(v.recv))
	case *nextVal:
		return 10
	case *cond:
		h := mix(mix(11+uint64(v.op), hashOf(v.x)), hashOf(v.y))
		if v.not {
			h++
		}
		if v.sign {
			h += 2
		}
		return h
	case *anyVal:
		return mix(12, hashString(v.id))
	case tuple:
		h := uint64(13)
		for _, e := range v {
			h = mix(h, hashOf(e))
		}
		return h
	}
	return 14
}

func hashAll(vs []val) uint64 { return hashOf(tuple(vs)) }
