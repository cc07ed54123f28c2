package wiring

import (
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// printing are the methods that functions of the standard library call which print or
// compare what they are given.
var printing = []string{"String", "Error", "GoString", "Format", "LogValue", "MarshalJSON", "MarshalText", "Is", "As", "Unwrap"}

// printed notes what a call does that prints or compares its arguments.
func (in *interp) printed(args []value.Value, pos token.Pos) {
	for _, a := range args {
		in.runsMethods(a, pos, printing...)
		if l, ok := value.Bare(a).(*value.List); ok {
			for _, c := range l.Elems {
				in.runsMethods(c.V, pos, printing...)
			}
		}
	}
}

// runsMethods notes that methods of the module may be called on a value: those that have
// to do with wiring are followed, and of others what they may write is not known.
func (in *interp) runsMethods(v value.Value, pos token.Pos, names ...string) {
	for _, way := range value.Alternatives(v) {
		t := typeOf(way)
		if t == nil {
			continue
		}
		for _, name := range names {
			obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
			m, ok := obj.(*types.Func)
			if !ok || !in.program.Own(pkgPath(m)) {
				continue
			}
			n := in.relevant.nodeOf[m.Origin()]
			if n == nil {
				in.forget(way, true)
				continue
			}
			in.relevant.readNode(n)
			if f := (&value.Func{Fn: m, Recv: way, Name: funcName(m)}); in.relevant.funcs[m.Origin()] && in.once(f) {
				in.aside(maybe(name+" is called", pos), func() { in.callUnknown(f, pos) })
			}
			if n.writes || n.applies {
				in.forget(way, true)
			}
			in.loseSet(n.sets)
		}
	}
}
