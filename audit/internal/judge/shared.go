package judge

import (
	"iter"
	"slices"
)

// shared is a small map that several states have in common until one of them
// writes. It holds a dozen entries, in the order in which they came: that is
// faster to look through and to copy than a hash table. The zero value is empty.
// Copy it with share only: a copy that does not know of the other would write
// into it.
type shared[K *cell | string, V any] struct {
	m      []entry[K, V]
	others bool // who may have the same map
}

type entry[K *cell | string, V any] struct {
	k K
	v V
}

// share returns the map for another state.
func (s *shared[K, V]) share() shared[K, V] {
	s.others = true
	return *s
}

func (s *shared[K, V]) index(k K) int {
	for i := range s.m {
		if s.m[i].k == k {
			return i
		}
	}
	return -1
}

func (s *shared[K, V]) get(k K) (v V, ok bool) {
	if i := s.index(k); i >= 0 {
		return s.m[i].v, true
	}
	return v, false
}

// at returns the value of a key, the zero value when there is none.
func (s *shared[K, V]) at(k K) V {
	v, _ := s.get(k)
	return v
}

// has reports whether a key is there. A nil map has none.
func (s *shared[K, V]) has(k K) bool { return s != nil && s.index(k) >= 0 }

func (s *shared[K, V]) len() int { return len(s.m) }

// all yields what was there when it began, also while others are set or removed.
func (s *shared[K, V]) all() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, e := range s.m {
			if !yield(e.k, e.v) {
				return
			}
		}
	}
}

func (s *shared[K, V]) set(k K, v V) {
	i := s.index(k)
	if s.others {
		// One that is new has room for it, and for the next ones.
		s.m = append(make([]entry[K, V], 0, len(s.m)+4), s.m...)
		s.others = false
	}
	if i >= 0 {
		s.m[i].v = v
	} else {
		s.m = append(s.m, entry[K, V]{k, v})
	}
}

func (s *shared[K, V]) remove(k K) {
	if i := s.index(k); i >= 0 {
		s.m = append(slices.Clone(s.m[:i]), s.m[i+1:]...)
		s.others = false
	}
}

// drop removes the entries that gone says yes to. It is not for use while
// somebody looks through them.
func (s *shared[K, V]) drop(gone func(K, V) bool) {
	if !slices.ContainsFunc(s.m, func(e entry[K, V]) bool { return gone(e.k, e.v) }) {
		return
	}
	if s.others {
		s.m, s.others = slices.Clone(s.m), false
	}
	s.m = slices.DeleteFunc(s.m, func(e entry[K, V]) bool { return gone(e.k, e.v) })
}
