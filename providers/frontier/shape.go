package frontier

import "strings"

// isUUID reports whether s is a uuid in its usual form (RFC 9562 section 4), in any
// case.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
			continue
		}
		if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f') {
			return false
		}
	}
	return true
}

// The lengths of what the server makes of 32 random bytes: a secret is base64, an
// opaque token hexadecimal, and a personal access token base64url behind its prefix.
const (
	secretLength = 43
	opaqueLength = 64
)

// isSecret reports whether s has the shape of a secret or an opaque token that the
// server made. Secrets that were configured (its bootstrap account) may have another.
func isSecret(s string) bool {
	switch len(s) {
	case secretLength:
		return allOf(s, "+/")
	case opaqueLength:
		return strings.Trim(s, "0123456789abcdefABCDEF") == ""
	}
	return false
}

// isSecretText reports whether s can be a secret at all: ASCII without a colon, and no
// longer than an opaque token, as servers fail at what is longer than that.
func isSecretText(s string) bool {
	return s != "" && len(s) <= opaqueLength && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' || c == ':' })
}

// isPersonalToken reports whether s has the shape of a personal access token with this
// prefix.
func isPersonalToken(s, prefix string) bool {
	text, ok := strings.CutPrefix(s, prefix)
	return ok && len(text) == secretLength && allOf(text, "-_")
}

// allOf reports whether s has letters, digits and characters of extra alone.
func allOf(s, extra string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte(extra, c) >= 0) {
			return false
		}
	}
	return true
}

// isHeaderText reports whether s may stand in a header: printable ASCII without
// spaces, of at most 256 bytes.
func isHeaderText(s string) bool {
	return s != "" && len(s) <= 256 && !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' })
}

// isSession reports whether s may be the value of a session's cookie, which is base64url.
func isSession(s string) bool {
	return s != "" && len(s) <= 4<<10 && allOf(strings.TrimRight(s, "="), "-_")
}
