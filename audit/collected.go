package audit

import (
	"go/types"
	"strings"
)

// collects reports whether a function yields a collection or an iterator of the
// elements of another.
func collects(fn *types.Func) bool {
	switch pathOfFunc(fn) {
	case "slices", "golang.org/x/exp/slices":
		return !clones(fn)
	case "maps", "golang.org/x/exp/maps":
		return fn.Name() != "Keys"
	case "iter", "unique":
		return true
	}
	return false
}

// clones reports whether a function yields a slice of its own.
func clones(fn *types.Func) bool {
	return fn != nil && fn.Name() == "Clone" && strings.HasSuffix(pathOfFunc(fn), "slices")
}

func pathOfFunc(fn *types.Func) string {
	if fn == nil || fn.Pkg() == nil {
		return ""
	}
	return fn.Pkg().Path()
}
