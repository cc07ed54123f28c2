package auth

// Truth is the outcome of a predicate or policy in Kleene's three-valued logic.
// Only True admits.
type Truth int8

// False, Unknown and True in order: And is the smaller, Or the greater. The
// zero value of Truth is Unknown.
const (
	False   Truth = -1
	Unknown Truth = 0
	True    Truth = 1
)

// Not returns the negation; that of Unknown is Unknown.
func (t Truth) Not() Truth {
	switch t {
	case True:
		return False
	case False:
		return True
	}
	return Unknown
}

// And returns whether both hold.
func And(a, b Truth) Truth { return min(a.valid(), b.valid()) }

// Or returns whether one holds.
func Or(a, b Truth) Truth { return max(a.valid(), b.valid()) }

// valid makes Unknown of what is none of the three.
func (t Truth) valid() Truth {
	if t == True || t == False {
		return t
	}
	return Unknown
}

// String returns "false", "unknown" or "true".
func (t Truth) String() string {
	switch t {
	case True:
		return "true"
	case False:
		return "false"
	}
	return "unknown"
}

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}
