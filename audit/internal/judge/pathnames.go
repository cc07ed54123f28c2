package judge

import (
	"go/types"
	"regexp"
	"strings"
)

// Names by which functions and types of other modules are known.

var version = regexp.MustCompile(`/v[0-9]+(/|$)`)

// bare drops major versions from an import path.
func bare(path string) string {
	if !strings.Contains(path, "/v") {
		return path
	}
	return version.ReplaceAllString(path, "$1")
}

// named returns path and name of a named type, or of what it points to.
func named(t types.Type) (path, name string) {
	if t == nil {
		return "", ""
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, ok := t.(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return "", ""
	}
	return bare(n.Obj().Pkg().Path()), n.Obj().Name()
}

// libraryKey is the name of a function with its package, of any major version, and receiver.
func (x *exec) libraryKey(fn *types.Func) string {
	if fn.Pkg() == nil {
		return fn.Name()
	}
	k, ok := x.j.libraryKeys[fn]
	if !ok {
		k = bare(fn.Pkg().Path()) + "."
		if r := recvTypeName(fn); r != "" {
			k += r + "."
		}
		k += fn.Name()
		x.j.libraryKeys[fn] = k
	}
	return k
}

// fullName is the name of a function with its package and receiver.
func (j *Judge) fullName(fn *types.Func) string {
	name, ok := j.fullNames[fn]
	if !ok {
		name = fn.FullName()
		j.fullNames[fn] = name
	}
	return name
}
