package wiring

import (
	"cmp"
	"go/types"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
)

// forgetDepth bounds how far from a value others may write.
const forgetDepth = 12

// forgetting makes what a value leads to unknown: somebody who is not read may
// write it. Functions, handlers and routers in the fields of structs and in lists
// are kept: what others read from files, flags and databases is data.
type forgetting struct {
	in   *interp
	own  bool // code of the module may write
	seen map[value.Value]bool
}

// forget makes unknown what a function that is not read may write through a
// value; own says that it is of the module.
func (in *interp) forget(v value.Value, own bool) {
	f := forgetting{in: in, own: own, seen: map[value.Value]bool{}}
	f.value(v, "", forgetDepth)
}

// writes reports whether a function may be one that writes fields which are not
// exported: one of the module, or one that nobody knows.
func (in *interp) writes(fn *types.Func) bool { return fn == nil || in.program.Own(pkgPath(fn)) }

// onlyLooks reports whether a function of the standard library writes nothing that
// it is given.
func onlyLooks(fn *types.Func) bool {
	if fn == nil {
		return false
	}
	switch pkgPath(fn) {
	case "fmt":
		return !strings.Contains(fn.Name(), "can") // Sscanf and its kind
	case "errors":
		return fn.Name() != "As"
	case "log", "log/slog", "strings", "strconv", "path", "path/filepath", "unicode", "regexp", "html", "net/url", "math", "cmp":
		return fn.Signature().Recv() == nil
	}
	return false
}

func (f *forgetting) value(v value.Value, name string, depth int) {
	if depth == 0 || v == nil || f.seen[v] {
		return
	}
	f.seen[v] = true
	switch v := v.(type) {
	case *value.Ref:
		if v.To != nil {
			f.cell(v.To, cmp.Or(v.To.Name, name), false, depth)
		}
	case *value.Struct:
		for field, c := range inOrder(v.Fields) {
			if _, ok := c.V.(*value.Const); !ok {
				f.value(c.V, fieldName(name, field), depth-1)
			}
		}
	case *value.Map:
		v.Open = true
		for _, e := range v.Entries {
			f.cell(e.Elem, name, holdsCode(v.Type), depth-1)
		}
	case *value.List:
		for _, c := range v.Elems {
			f.cell(c, name, holdsCode(v.Type), depth-1)
		}
	case *value.Named:
		f.value(v.V, name, depth-1)
	case *value.Any:
		for _, o := range v.Of {
			f.value(o.V, name, depth-1)
		}
	}
}

// cell makes a variable of a name unknown, but for what it holds that is no plain value
// where it keeps that.
func (f *forgetting) cell(c *value.Cell, name string, keeps bool, depth int) {
	if depth == 0 {
		return
	}
	in := f.in
	switch v := c.V.(type) {
	case *value.Const:
		in.set(c, &value.Unknown{Type: v.Type, Why: name, Pos: c.Pos})
	case *value.Text:
		in.set(c, &value.Unknown{Why: name, Pos: c.Pos})
	case *value.Nil:
		if !keeps && v.Type != nil {
			in.set(c, &value.Unknown{Type: v.Type, Why: name, Pos: c.Pos})
			in.materialize(c)
		}
	case *value.List:
		if !keeps && isBytes(v.Type) { // a text, of which nothing is left
			in.set(c, &value.Unknown{Type: v.Type, Why: name, Pos: c.Pos})
			return
		}
		f.value(v, name, depth)
		if !keeps && !v.Open && isSlice(v.Type) {
			open := *v
			open.Open = true
			in.set(c, &open)
		}
	case *value.Func:
		if sig := in.signature(v); !keeps && sig != nil {
			if _, s := shapeOf(sig); s == noShape { // another may have been put there
				in.set(c, oneOf([]value.Option{{V: v}, {V: unknown(sig, name)}}))
			}
		}
	case *value.Struct:
		f.fields(v, name, depth)
	case *value.Any:
		if slices.ContainsFunc(v.Of, func(o value.Option) bool { _, plain := o.V.(*value.Const); return plain }) {
			in.set(c, unknown(typeOf(v.Of[0].V), name))
			return
		}
		f.value(v, name, depth-1)
		if t := nilOrSlice(v); t != nil && !keeps {
			in.set(c, oneOf(append(slices.Clone(v.Of), value.Option{V: unknown(t, name)})))
		}
	default:
		f.value(v, name, depth-1)
	}
}

func isSlice(t types.Type) bool {
	_, ok := underlying(t).(*types.Slice)
	return ok
}

func isBytes(t types.Type) bool {
	if !isSlice(t) {
		return false
	}
	b, ok := elemOf(t).Underlying().(*types.Basic)
	return ok && b.Kind() == types.Byte
}

// nilOrSlice returns the type of one of several values that may be replaced by
// another: a nil or a slice.
func nilOrSlice(v *value.Any) types.Type {
	for _, o := range v.Of {
		switch o := o.V.(type) {
		case *value.Nil:
			if o.Type != nil {
				return o.Type
			}
		case *value.List:
			if isSlice(o.Type) {
				return o.Type
			}
		}
	}
	return nil
}

func fieldName(of, field string) string { return strings.TrimPrefix(of+"."+field, ".") }

// fields makes the fields of a struct unknown.
func (f *forgetting) fields(v *value.Struct, name string, depth int) {
	if f.seen[v] {
		return
	}
	f.seen[v] = true
	in := f.in
	keeps, abstract := map[string]bool{}, map[string]types.Type{}
	if st := structOf(v.Type); st != nil && !v.Open {
		path, _ := typeName(v.Type)
		for field := range st.Fields() {
			keeps[field.Name()] = f.keeps(field, path)
			if !keeps[field.Name()] && types.IsInterface(field.Type()) {
				abstract[field.Name()] = field.Type()
			}
			switch field.Type().Underlying().(type) {
			case *types.Basic, *types.Struct: // one that holds its zero value may be written as well
				in.field(v, field)
			default:
				if !keeps[field.Name()] {
					in.field(v, field)
				}
			}
		}
	}
	for what, c := range inOrder(v.Fields) {
		if k, ok := c.V.(*value.Const); ok {
			in.set(c, unknown(k.Type, fieldName(name, what)))
		} else if c.V != nil {
			f.cell(c, fieldName(name, what), keeps[what], depth-1)
			if t := abstract[what]; t != nil && !in.handlerish(c.V) {
				in.set(c, oneOf([]value.Option{{V: c.V}, {V: unknown(t, fieldName(name, what))}}))
			}
		}
	}
}

// keeps reports whether a field of a struct of a package keeps what it holds that
// is no plain value.
func (f *forgetting) keeps(field *types.Var, path string) bool {
	own := f.in.program.Own(path) || path == ""
	switch {
	case f.own && own && f.in.relevant.writtenUnread(field.Name()):
		return false
	case isType(field.Type(), httpPath, "Server"):
		return true
	case !field.Exported() && !field.Embedded() && own:
		return true
	}
	return !own || isCode(field.Type(), 0)
}

// holdsCode is isCode of what a list or map holds.
func holdsCode(t types.Type) bool { return t != nil && isCode(elemOf(t), 0) }

// isCode reports whether a type is of functions, handlers, routers or what has
// methods, or of lists of such or of what holds them: what code makes and no
// file of settings.
func isCode(t types.Type, depth int) bool {
	if t == nil || depth > 3 {
		return false
	}
	if f, _ := routerType(t); f != "" {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Signature, *types.Chan:
		return true
	case *types.Interface:
		return u.NumMethods() > 0
	case *types.Slice, *types.Array, *types.Map:
		return isCode(elemOf(u), depth+1)
	case *types.Pointer:
		return depth > 0 && isCode(u.Elem(), depth+1)
	case *types.Struct:
		for field := range u.Fields() {
			if depth > 0 && isCode(field.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

// writtenUnread reports whether code of the module that is not followed may
// assign a field of a name.
func (r *relevance) writtenUnread(name string) bool {
	for _, part := range r.program.Writing(name) {
		if n := r.byPart[part.Index]; n == nil || !r.acts[n.fn] {
			return true
		}
	}
	return false
}

// inOrder yields fields by their names: what two of them lead to is named, and counted,
// as in every other run.
func inOrder(fields map[string]*value.Cell) iter.Seq2[string, *value.Cell] {
	return func(yield func(string, *value.Cell) bool) {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if !yield(name, fields[name]) {
				return
			}
		}
	}
}
