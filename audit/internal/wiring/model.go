package wiring

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// modelled evaluates calls of the standard library that wiring code uses and
// whose bodies tell less than their documentation.
func (fr *frame) modelled(e *ast.CallExpr, fn *types.Func, recv value.Value, args []value.Value) (value.Value, bool) {
	in := fr.in
	if fr.mutates(fn.FullName(), args, e.Pos()) {
		return fr.lost(e), true
	}
	switch name := fn.FullName(); name {
	case "(*internal/godebug.Setting).Value":
		return &value.Const{Type: types.Typ[types.String], Val: constant.MakeString("")}, true // no setting is set
	case "(*sync.Once).Do":
		c := in.onceCell(recv)
		if len(args) != 1 || c != nil && in.done[c] {
			for _, arg := range args {
				in.eachOption(arg, in.passedOver)
			}
			return &value.Tuple{}, true
		}
		if c != nil {
			in.done[c] = true
		}
		in.eachOption(args[0], func(f value.Value) { fr.apply(e, f, nil) })
		return &value.Tuple{}, true
	case "sync.OnceFunc", "sync.OnceValue", "sync.OnceValues":
		if len(args) != 1 {
			return nil, false
		}
		var result value.Value
		return &native{call: func([]value.Value) value.Value {
			if result == nil {
				result = fr.apply(e, args[0], nil)
			}
			return result
		}}, true
	case "(*strings.Builder).WriteString", "(*strings.Builder).WriteByte", "(*strings.Builder).WriteRune", "(*bytes.Buffer).WriteString", "(*bytes.Buffer).WriteByte":
		return fr.lost(e), in.write(recv, args[0])
	case "(*strings.Replacer).Replace":
		return replaced(recv, args[0])
	case "fmt.Fprintf":
		if len(args) > 1 {
			return fr.lost(e), in.write(args[0], sprintf(args[1:]))
		}
	case "fmt.Fprint":
		if len(args) > 1 {
			return fr.lost(e), in.write(args[0], sprint(args[1:]))
		}
	case "(*sync.Map).Store", "(*sync.Map).Load", "(*sync.Map).LoadOrStore", "(*sync.Map).Range",
		"(*sync.Map).Swap", "(*sync.Map).Delete", "(*sync.Map).LoadAndDelete", "(*sync.Map).CompareAndSwap", "(*sync.Map).CompareAndDelete", "(*sync.Map).Clear":
		if m := syncMap(recv); m != nil {
			return fr.onSyncMap(e, fn.Name(), m, args)
		}
	case "slices.Collect", "slices.Sorted", "maps.Collect":
		if seq, ok := value.Bare(args[0]).(*value.Func); ok {
			return fr.collected(e, seq, name == "slices.Sorted")
		}
	case "slices.Delete":
		return in.deleted(args, fr.typeOf(e))
	case "(*strings.Builder).String", "(*bytes.Buffer).String":
		if c := in.builder(recv); c != nil {
			return c.V, true
		}
	}
	return nil, false
}

// syncMap returns what a sync.Map holds, nil when v is none that is known.
func syncMap(v value.Value) *value.Map {
	s, ok := value.Deref(v).(*value.Struct)
	if !ok || s.Open || !isType(s.Type, "sync", "Map") {
		return nil
	}
	const entries = "entries" // no field of it has this name
	if s.Fields[entries] == nil {
		s.Fields[entries] = &value.Cell{Name: entries, V: &value.Map{}}
	}
	m, _ := s.Fields[entries].V.(*value.Map)
	return m
}

// onSyncMap evaluates a method of a sync.Map.
func (fr *frame) onSyncMap(e *ast.CallExpr, method string, m *value.Map, args []value.Value) (value.Value, bool) {
	in := fr.in
	if method == "Range" {
		for _, entry := range slices.Clone(m.Entries) {
			if is, _ := isGone(entry.Elem); is {
				continue
			}
			in.eachOption(args[0], func(f value.Value) {
				if f, ok := f.(*value.Func); ok {
					in.callFunc(f, []value.Value{entry.Key, entry.Elem.V}, e.Pos())
				}
			})
		}
		return &value.Tuple{}, true
	}
	if method == "Clear" {
		in.clearAll(m, nil, e.Pos())
		return &value.Tuple{}, true
	}
	at := slices.IndexFunc(m.Entries, func(entry value.Entry) bool { return same(entry.Key, args[0]) })
	switch {
	case method == "Store", method == "Swap":
		in.put(m, args[0], args[1], e.Pos(), true)
		return fr.lost(e), true
	case method == "CompareAndSwap":
		if at >= 0 {
			in.set(m.Entries[at].Elem, oneOf([]value.Option{{V: m.Entries[at].Elem.V}, {V: args[2]}}))
		}
		return fr.lost(e), true
	case method == "Delete", method == "LoadAndDelete":
		in.deleteEntry(m, args[0], e.Pos())
		return fr.lost(e), true
	case method == "CompareAndDelete":
		in.deleteEntry(m, nil, e.Pos())
		return fr.lost(e), true
	case method == "Load" && at >= 0:
		return &value.Tuple{Elems: []value.Value{m.Entries[at].Elem.V, unknown(types.Typ[types.Bool], "ok")}}, true
	}
	return nil, false
}

// onceCell returns what stands for a sync.Once.
func (in *interp) onceCell(recv value.Value) *value.Cell {
	if r, ok := recv.(*value.Ref); ok {
		return r.To
	}
	return nil
}

// builder returns what was written to a strings.Builder, nil when v is none
// that is known.
func (in *interp) builder(v value.Value) *value.Cell {
	s, ok := value.Deref(v).(*value.Struct)
	if !ok || s.Open || !isType(s.Type, "strings", "Builder") && !isType(s.Type, "bytes", "Buffer") {
		return nil
	}
	const written = "written" // no field of theirs has this name
	c := s.Fields[written]
	if c == nil {
		c = &value.Cell{Name: written, V: stringValue(known(""), types.Typ[types.String])}
		s.Fields[written] = c
	}
	return c
}

// write adds to what was written, and reports whether v is a builder.
func (in *interp) write(v, more value.Value) bool {
	c := in.builder(v)
	if c == nil {
		return false
	}
	t := text(more)
	if n, ok := exactInt(more); ok && n >= 0 && n < 0x110000 {
		t = known(string(rune(n))) // a byte or a rune
	}
	in.set(c, stringValue(joined(text(c.V), t), types.Typ[types.String]))
	return true
}
