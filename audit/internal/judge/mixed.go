package judge

import (
	"go/types"
	"slices"
	"strings"
)

// A text that is put together of a setting and of what the caller sends may be the
// setting, if the caller so chooses: that it equals a setting proves nothing.

// mixes says whether a function of the standard library makes a text of a setting and
// of what a caller chooses.
func mixes(fn *types.Func, recv val, args []val) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	if recv != nil && fromCaller(taintOf(recv)) { // such as a strings.Replacer
		args = append(args[:len(args):len(args)], recv)
	}
	from := func(v val) bool { return fromCaller(taintOf(v)) }
	set := func(v val) bool { return taintOf(v)&tSetting != 0 }
	switch fn.Pkg().Path() {
	case "strings", "bytes":
		if parts(fn.Name()) {
			return len(args) > 1 && set(args[0]) && slices.ContainsFunc(args[1:], from)
		}
	case "fmt", "path", "path/filepath", "regexp", "text/template", "slices", "maps":
	default:
		return false
	}
	for i, v := range args {
		if _, list := v.(*list); from(v) && (list && set(v) || slices.ContainsFunc(append(args[:i:i], args[i+1:]...), set)) {
			return true
		}
	}
	return false
}

// mixed is the taint of one of several values, or of what is made of them: of a setting
// and what a caller chooses among them it is either, if the caller so chooses.
func mixed(t taint) taint {
	if t&tSetting != 0 && fromCaller(t) {
		t |= tMixed
	}
	return t
}

// yieldsUnread says whether a function of the standard library yields what another one gives
// it, which is not followed and may be what the caller sends.
func yieldsUnread(fn *types.Func, args []val) bool {
	if fn == nil || fn.Pkg() == nil || !slices.Contains([]string{"slices", "maps", "iter"}, fn.Pkg().Path()) {
		return false
	}
	return slices.ContainsFunc(args, func(v val) bool { _, is := v.(*closure); return is })
}

// parts says whether a function yields parts of its first argument.
func parts(name string) bool {
	return slices.ContainsFunc([]string{"Trim", "Cut", "Split", "Fields", "To", "Title", "Clone", "Lines"}, func(begin string) bool { return strings.HasPrefix(name, begin) })
}
