package annotations

import (
	"unicode"
	"unicode/utf8"
)

// TwinType returns the name of the generated type that is a type's handlers
// behind their rules: ProtectedAPI for API, protectedApi for api, and Protected
// for a package's functions and variables, which have no receiver.
func TwinType(receiver string) string { return twinName(receiver, "rotected") }

// TwinConstructor returns the name of the generated function that makes a
// [TwinType].
func TwinConstructor(receiver string) string { return twinName(receiver, "rotect") }

func twinName(receiver, tail string) string {
	if receiver == "" {
		return "P" + tail
	}
	r, n := utf8.DecodeRuneInString(receiver)
	if unicode.IsUpper(r) {
		return "P" + tail + receiver
	}
	return "p" + tail + string(unicode.ToUpper(r)) + receiver[n:]
}
