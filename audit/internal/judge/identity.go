package judge

import (
	"go/types"
	"slices"
	"strings"
)

// What a function proves whose body is not read is known by its identity: its
// import path and name stand in a list. What only its name says is a claim.

// library is a package: its functions by what they do. A name stands for a
// function and for a method of any type, "Type.Name" for that method alone.
type library struct {
	check  string // verify what they are given: a nil error or true says that it holds
	row    string // find one thing or fail: a nil error says that it was found
	rows   string // find any number: only what is found tells, not the error
	build  string // make a question to storage, of what they are given
	asks   string // of SQL: those of build by which no row is found that has not what they are given
	part   string // yield what another call found, or its error
	none   string // say nothing of who calls
	sealed string // parse what is verified later

	handles bool // what they yield alone is there whatever was found
	keys    bool // what verifies gets the key first
	made    bool // what verifies was made with the key: the receiver, or what stands last
	keeps   bool // keep values in memory under keys, and find those that were put there
}

// saysOf is what a function that is not read does, and how far that is known.
func (j *Judge) saysOf(fn *types.Func, name, recv, path string) (verb, level) {
	if l, ok := libraryOf(path); ok {
		for _, of := range []struct {
			list string
			verb verb
		}{{l.check, vVerify}, {l.row, vLookup}, {l.rows, vData}, {l.build, vBuild}, {l.part, vPart}, {l.none, vNothing}, {l.sealed, vSealed}} {
			if listed(of.list, name, recv) {
				return of.verb, sure
			}
		}
	}
	v := j.verb(name, recv)
	if v != vNothing && !j.prog.Own(path) && findsFlag(fn, path) {
		return vData, sure
	}
	return v, claimed
}

func libraryOf(path string) (library, bool) {
	l, ok := libraries[path]
	if !ok {
		l, ok = libraries[bare(path)]
	}
	return l, ok
}

// handle says whether the only result of a known function is a pointer or the
// like that is there whatever was found.
func handle(sig *types.Signature, path string) bool {
	l, ok := libraryOf(path)
	if !ok || !l.handles || sig == nil || sig.Results().Len() != 1 || isError(sig.Results().At(0).Type()) {
		return false
	}
	switch sig.Results().At(0).Type().Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return true
	}
	return false
}

// leavesOut says whether a struct among the arguments of a function that makes a
// question has a credential in a field that may be empty: the question is then
// without it.
func (st *state) leavesOut(args []val) bool {
	return slices.ContainsFunc(args, func(a val) bool {
		s, ok := a.(*strct)
		if !ok {
			return false
		}
		for _, f := range s.f {
			if taintOf(f)&tCred != 0 && !st.holds(f) {
				return true
			}
		}
		return false
	})
}

// bringsKey says whether the key that a known function verifies with is one that
// the caller sends.
func bringsKey(path string, recv val, args []val) bool {
	l, _ := libraryOf(path)
	if l.made && (callersMade(recv) || len(args) > 3 && slices.ContainsFunc(args[3:], callersMade)) {
		return true
	}
	if !l.keys || len(args) == 0 {
		return false
	}
	s, ok := args[0].(*sym)
	return ok && fromCaller(s.t)
}

func listed(list, name, recv string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == name || recv != "" && w == recv+"."+name {
			return true
		}
	}
	return false
}

// findsFlag says whether a function has the shape of a lookup in a store that
// cannot be mistaken: Get(ctx, key) (value, found, err), in a package of a store.
func findsFlag(fn *types.Func, path string) bool {
	if fn == nil || !strings.Contains(path, ".") || split(fn.Name())[0] != "get" {
		return false
	}
	switch strings.ToLower(lastElem(bare(path))) {
	case "cache", "caches", "store", "stores", "storage", "kv", "kvstore", "keyvalue", "session", "sessions":
	default:
		return false
	}
	sig := fn.Signature()
	p, r := sig.Params(), sig.Results()
	if sig.Recv() == nil || sig.Variadic() || p.Len() == 0 || p.Len() > 2 || r.Len() < 2 || r.Len() > 3 || !isBool(r.At(1).Type()) || r.Len() == 3 && !isError(r.At(2).Type()) {
		return false
	}
	if p.Len() == 2 {
		if path, name := named(p.At(0).Type()); path != "context" || name != "Context" {
			return false
		}
	}
	return !isBool(r.At(0).Type()) && isText(p.At(p.Len()-1).Type())
}

// many says whether a result is one of which there may be none, or a number of
// something: it is found without an error also where nothing is.
func many(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Slice:
		b, ok := u.Elem().Underlying().(*types.Basic)
		return !ok || b.Kind() != types.Byte
	case *types.Map, *types.Chan:
		return true
	case *types.Basic:
		return u.Info()&(types.IsNumeric|types.IsBoolean) != 0
	}
	return false
}

// pureLibrary says whether the functions of a package make something of what
// they are given, and of nothing else: they parse, match and convert.
func pureLibrary(path string) bool {
	path = bare(path)
	return slices.ContainsFunc(pureLibraries, func(p string) bool { return within(path, p) })
}

// within says whether a package is one, or stands below it.
func within(path, of string) bool {
	return path == of || strings.HasPrefix(path, of) && path[len(of)] == '/'
}
