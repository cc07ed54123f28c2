package auth

import (
	"strings"
	"unicode/utf8"
)

// cleanValue reports whether a path parameter may be compared with an identity
// or sent to a checker. What a router, proxy or store could read in two ways is
// no identifier: separators, remains of percent-encoding, control characters,
// broken text and dot segments.
func cleanValue(s string) bool {
	if s == "" || s == "." || s == ".." {
		return false
	}
	for i := 0; ; i++ {
		if i == len(s) {
			return true
		}
		if c := s[i]; c < ' ' || c >= 0x7f || c == '/' || c == '\\' || c == '%' {
			break
		}
	}
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r == '/' || r == '\\' || r == '%' || r < ' ' || 0x7f <= r && r <= 0x9f || r == '\u2028' || r == '\u2029' {
			return false
		}
	}
	return true
}

// fillID puts path parameters into the braces of a resource id. It fails when a
// parameter is unfit or the template is broken: two parameters need something
// between them that no value holds, or two resources could have one id.
func fillID(template string, params Params) (string, bool) {
	if !strings.ContainsAny(template, "{}") {
		return template, template != ""
	}
	var b strings.Builder
	apart := true
	for rest := template; rest != ""; {
		literal, after, found := strings.Cut(rest, "{")
		if strings.Contains(literal, "}") {
			return "", false
		}
		if apart = apart || strings.ContainsAny(literal, `/\%`); found && !apart {
			return "", false
		}
		b.WriteString(literal)
		if !found {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed || name == "" || params == nil {
			return "", false
		}
		value := params.Param(name)
		if !cleanValue(value) {
			return "", false
		}
		b.WriteString(value)
		apart, rest = false, tail
	}
	return b.String(), true
}

// wildcardMatch reports whether pattern, in which "*" stands for any text,
// matches all of s. It takes no more than len(pattern)*len(s) steps.
func wildcardMatch(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
