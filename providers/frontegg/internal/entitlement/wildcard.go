package entitlement

import (
	"slices"
	"strings"
)

// Permissions is what a caller holds: a [Held], or an *auth.Identity of package auth, for
// which its mapping says whether wildcards count.
type Permissions interface {
	// HasPermission reports whether the caller holds permission. It is asked while
	// a request waits.
	HasPermission(permission string) bool
}

// Held lists permissions as a token does. "*" in one of them stands for any text, the
// empty one and line breaks included; all else stands for itself, byte for byte. Nobody
// holds the empty permission by name.
type Held []string

// HasPermission reports whether one of h is permission, or matches it. It takes time
// linear in the lengths of both, and does not allocate.
func (h Held) HasPermission(permission string) bool {
	return slices.ContainsFunc(h, func(held string) bool { return Stands(held, permission) })
}

// Stands reports whether one held permission is permission, or matches it, as in a
// [Held].
func Stands(held, permission string) bool { return held != "" && wildcard(held, permission) }

// wildcard reports whether pattern matches all of s. What stands between two stars is
// taken where it is found first, so that nothing is tried twice.
func wildcard(pattern, s string) bool {
	star := strings.IndexByte(pattern, '*')
	if star < 0 {
		return pattern == s
	}
	if !strings.HasPrefix(s, pattern[:star]) {
		return false
	}
	pattern, s = pattern[star+1:], s[star:]
	for {
		star = strings.IndexByte(pattern, '*')
		if star < 0 {
			return strings.HasSuffix(s, pattern)
		}
		at := strings.Index(s, pattern[:star])
		if at < 0 {
			return false
		}
		pattern, s = pattern[star+1:], s[at+star:]
	}
}
