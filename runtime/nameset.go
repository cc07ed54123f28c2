package auth

import (
	"math/bits"
	"slices"
)

// nameSet is a list of names that is searched for each request. Rights come in
// dozens: a long list has an index, so that what a token holds does not decide
// what asking costs.
type nameSet struct {
	names []string
	index []uint16 // a hash table of places in names plus one; nil for short lists
	seed  uint64
}

const indexedNames = 8 // searching as many takes as long as hashing

func newNameSet(names []string, seed uint64) nameSet {
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
	return int(hashText(name, s.seed)) & (len(s.index) - 1)
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

// hashText hashes short texts faster than hash/maphash does. Its seed keeps who
// chooses texts from choosing hashes.
func hashText(s string, seed uint64) uint64 {
	h := seed ^ uint64(len(s))
	for i := 0; i+8 < len(s); i += 8 {
		h = mix(h ^ load64(s[i:]))
	}
	var end uint64 // the last eight bytes, or all that there are
	if len(s) >= 8 {
		end = load64(s[len(s)-8:])
	} else {
		for i := range len(s) {
			end = end<<8 | uint64(s[i])
		}
	}
	return mix(h ^ end)
}

func mix(x uint64) uint64 {
	high, low := bits.Mul64(x, 0x9e3779b97f4a7c15)
	return high ^ low
}

func load64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
