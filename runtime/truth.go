package auth

// Truth is the outcome of a predicate or policy in Kleene's three-valued logic.
// Only an outcome that is true admits.
//
// An outcome also says what would change it: the answer of a provider that is out
// of reach, or step-up authentication. So there are more values than the three
// that have names. Combine outcomes with [And], [Or] and [Truth.Not]. Compare one
// with True or False only to save asking for the other operand: Or is True when
// one is, and And is False.
type Truth int8

// False holds for nobody, Unknown is for what the token or request leaves open,
// and True admits. The zero value of Truth is Unknown.
const (
	False       Truth = -1
	Unknown     Truth = 0
	unavailable Truth = 1 // unknown by the fault of a provider, the issuer or us
	True        Truth = 2
)

// stepUpMissing is false now and would be true after step-up; stepUpUnclear is unknown
// now.
const (
	stepUpMissing = False + (True-False)<<4
	stepUpUnclear = Unknown + (True-Unknown)<<4
)

// The values between are pairs of an outcome now and one after step-up: the
// first in the low four bits, the difference to the second above them. And and
// Or of the four outcomes are the smaller and the greater. That unavailable is
// the greater unknown decides on blame only: a provider's answer could not help
// unknown && unavailable, and it could help unknown || unavailable.

// split returns t now and after step-up, unknown for what is no outcome.
func (t Truth) split() (now, after Truth) {
	difference := (t + 8) >> 4
	now = t - difference<<4
	after = now + difference
	if min(now, after) < False || max(now, after) > True {
		return Unknown, Unknown
	}
	return now, after
}

func join(now, after Truth) Truth { return now + (after-now)<<4 }

// Not returns the negation; that of an unknown outcome is unknown.
func (t Truth) Not() Truth {
	now, after := t.split()
	return join(now.not(), after.not())
}

func (t Truth) not() Truth {
	switch t {
	case True:
		return False
	case False:
		return True
	}
	return t
}

// And returns whether both hold.
func And(a, b Truth) Truth {
	aNow, aAfter := a.split()
	bNow, bAfter := b.split()
	return join(min(aNow, bNow), min(aAfter, bAfter))
}

// Or returns whether one holds.
func Or(a, b Truth) Truth {
	aNow, aAfter := a.split()
	bNow, bAfter := b.split()
	return join(max(aNow, bNow), max(aAfter, bAfter))
}

// hopeless reports whether neither step-up nor a provider's answer could make t
// true.
func (t Truth) hopeless() bool {
	now, after := t.split()
	return max(now, after) <= Unknown
}

// String returns "false", "unknown" or "true": what the outcome is now.
func (t Truth) String() string {
	switch now, _ := t.split(); now {
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
