package auth

import (
	"hash/maphash"
	"math/bits"
	"slices"
)

// nameSet is a list of names that is searched for each request. Rights come in
// dozens: a long list has an index, so that what a token holds does not decide
// what asking costs.
type nameSet struct {
	names []string
	index []uint16 // a hash table of places in names plus one; nil for short lists
	seed  maphash.Seed
}

const indexedNames = 8 // searching as many takes as long as hashing

func newNameSet(names []string, seed maphash.Seed) nameSet {
	s := nameSet{names: names}
	if len(names) <= indexedNames || len(names) >= 1<<15 {
		return s
	}
	s.seed = seed
	s.index = make([]uint16, 2<<bits.Len(uint(len(names)-1)))
	for i, name := range names {
		slot := s.slot(name)
		for s.index[slot] != 0 {
			slot = (slot + 1) & (len(s.index) - 1)
		}
		s.index[slot] = uint16(i + 1)
	}
	return s
}

func (s *nameSet) slot(name string) int {
	return int(maphash.String(s.seed, name)) & (len(s.index) - 1)
}

// has reports whether name is one of the names, byte for byte. Nobody has the
// empty name.
func (s *nameSet) has(name string) bool {
	if name == "" || s.index == nil {
		return name != "" && slices.Contains(s.names, name)
	}
	for slot := s.slot(name); s.index[slot] != 0; slot = (slot + 1) & (len(s.index) - 1) {
		if s.names[s.index[slot]-1] == name {
			return true
		}
	}
	return false
}
