package judge

import (
	"iter"
	"maps"
)

// shared is a map that several states have in common until one of them writes.
// The zero value is empty. Copy it with share only: a copy that does not know of
// the other would write into it.
type shared[K *cell | string, V any] struct {
	m      map[K]V
	others bool // who may have the same map
}

// share returns the map for another state.
func (s *shared[K, V]) share() shared[K, V] {
	s.others = true
	return *s
}

func (s *shared[K, V]) get(k K) (V, bool) {
	v, ok := s.m[k]
	return v, ok
}

// at returns the value of a key, the zero value when there is none.
func (s *shared[K, V]) at(k K) V { return s.m[k] }

// has reports whether a key is there. A nil map has none.
func (s *shared[K, V]) has(k K) bool {
	if s == nil {
		return false
	}
	_, ok := s.m[k]
	return ok
}

func (s *shared[K, V]) len() int { return len(s.m) }

// all yields what was there when it began, also while others are set.
func (s *shared[K, V]) all() iter.Seq2[K, V] { return maps.All(s.m) }

func (s *shared[K, V]) set(k K, v V) {
	s.own()
	s.m[k] = v
}

func (s *shared[K, V]) remove(k K) {
	if _, ok := s.m[k]; ok {
		s.own()
		delete(s.m, k)
	}
}

// own makes the map one that nobody else has.
func (s *shared[K, V]) own() {
	switch {
	case s.m == nil:
		s.m = map[K]V{}
	case s.others:
		s.m = maps.Clone(s.m)
	}
	s.others = false
}
