package routers

import (
	"go/types"
	"strings"
)

// Collects reports whether a function yields a collection or an iterator of the
// elements of another, which it shares with that.
func Collects(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "slices", "golang.org/x/exp/slices":
		return !Clones(fn)
	case "maps", "golang.org/x/exp/maps":
		return fn.Name() != "Keys"
	case "iter", "unique":
		return true
	}
	return false
}

// Clones reports whether a function yields a slice of its own.
func Clones(fn *types.Func) bool {
	return fn != nil && fn.Pkg() != nil && fn.Name() == "Clone" && strings.HasSuffix(fn.Pkg().Path(), "slices")
}
