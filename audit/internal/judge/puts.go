package judge

import (
	"go/types"
	"slices"
	"strings"
)

// What is found under a credential that was put there a moment ago proves
// nothing: anybody's is found.

// puts notes that a call puts a credential that nobody has verified into
// storage.
func (x *exec) puts(st *state, fn *types.Func, recv val, args []val) {
	if fn == nil || st.proof == sure || !inserts(fn.Name()) && !executes(fn, args) {
		return
	}
	for _, key := range x.raw(st, args) {
		st.put(storageOf(fn) + "|" + key)
	}
}

// put notes what was put into storage: also a later link finds it there.
func (s *state) put(what string) {
	if i, known := slices.BinarySearch(s.stored, what); !known {
		s.stored = slices.Insert(slices.Clone(s.stored), i, what)
	}
}

// wasPut says whether a credential that a call looks up was put there before.
func (x *exec) wasPut(st *state, fn *types.Func, recv val, args []val) bool {
	if fn == nil {
		return false
	}
	for _, key := range x.raw(st, append([]val{recv}, args...)) {
		if slices.Contains(st.stored, storageOf(fn)+"|"+key) {
			return true
		}
	}
	return false
}

// storageOf names what a function works on: the type of its receiver, or its
// package.
func storageOf(fn *types.Func) string {
	if fn.Pkg() != nil {
		path := fn.Pkg().Path()
		if _, known := libraryOf(path); known || path == "database/sql" {
			return bare(path)
		}
	}
	if recv := fn.Signature().Recv(); recv != nil {
		path, name := named(recv.Type())
		return path + "." + name
	}
	if fn.Pkg() == nil {
		return ""
	}
	return fn.Pkg().Path()
}

// inserts says whether a function of a name puts what it is given into storage.
func inserts(name string) bool {
	return speaks(name, "create", "insert", "upsert", "save", "store", "put", "add", "set", "register", "ensure", "remember", "write", "push", "append", "hset", "setex", "setnx", "sadd",
		"incr", "hincr", "decr", "mset", "hmset", "hsetnx", "lpush", "rpush", "zadd", "zincr", "xadd", "getset")
}

// storing says whether a function of a library may put what it is given into storage.
func storing(fn *types.Func) bool {
	path := fn.Pkg().Path()
	_, known := libraryOf(path)
	return (known || path == "database/sql" || path == "sync") && (inserts(fn.Name()) || strings.Contains(fn.Name(), "Exec"))
}

// executes says whether a call executes a statement of SQL that inserts.
func executes(fn *types.Func, args []val) bool {
	if !strings.HasPrefix(fn.Name(), "Exec") && !strings.HasPrefix(fn.Name(), "NamedExec") {
		return false
	}
	return slices.ContainsFunc(args, func(v val) bool {
		s, _ := str(v)
		words := sqlWords(s)
		return len(words) > 0 && has(words[:1], "insert", "replace", "merge", "upsert", "with")
	})
}

// raw are the credentials among values, and in what they lead to, that nobody
// has verified.
func (x *exec) raw(st *state, vals []val) []string {
	var keys []string
	var visit func(v val, depth int)
	visit = func(v val, depth int) {
		if depth > 4 {
			return
		}
		switch v := v.(type) {
		case *sym:
			if v.kind == plain && v.t&tCred != 0 && v.onTrue == none {
				keys = append(keys, v.key)
			}
		case *ptr:
			visit(x.loadPtr(st, v), depth+1)
		case *strct:
			for _, f := range sortedKeys(v.f) {
				visit(v.f[f], depth+1)
			}
		case *list:
			for _, e := range v.elems {
				visit(e, depth+1)
			}
		}
	}
	for _, v := range vals {
		visit(v, 0)
	}
	return keys
}
