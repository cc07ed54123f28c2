package wiring

import (
	"go/constant"
	"go/token"
	"go/types"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
)

const eq = token.EQL

// fold computes the result of a pure function of the standard library whose
// arguments are known well enough.
func (in *interp) fold(fn *types.Func, args []value.Value, result types.Type) (value.Value, bool) {
	if fn.Pkg() == nil || fn.Signature().Recv() != nil {
		return nil, false
	}
	ways := 1
	for _, a := range args {
		ways *= min(len(optionsOf(a)), 100)
		if ways > maxOptions { // more than a value may be
			return nil, false
		}
	}
	switch fn.Pkg().Path() {
	case "strings", "path", "path/filepath", "fmt", "strconv", "net/url", "slices", "maps", "errors", "cmp":
	default:
		return nil, false
	}
	if ways > 1 {
		return in.foldEach(fn, args, result)
	}
	return in.foldOne(fn, args, result)
}

// foldEach folds for every combination of what the arguments may be.
func (in *interp) foldEach(fn *types.Func, args []value.Value, result types.Type) (value.Value, bool) {
	for i, a := range args {
		any, ok := a.(*value.Any)
		if !ok {
			continue
		}
		var options []value.Option
		for _, o := range any.Of {
			with := append([]value.Value{}, args...)
			with[i] = o.V
			v, ok := in.fold(fn, with, result)
			if !ok {
				return nil, false
			}
			options = append(options, value.Option{V: v, Cond: o.Cond})
		}
		return oneOf(options), true
	}
	return in.foldOne(fn, args, result)
}

func (in *interp) foldOne(fn *types.Func, args []value.Value, result types.Type) (value.Value, bool) {
	arg := func(i int) string { s, _ := exactString(args[i]); return s }
	all := true
	for _, a := range args {
		if _, ok := exactString(a); !ok {
			all = false
		}
	}
	str := func(s string) (value.Value, bool) {
		return &value.Const{Type: result, Val: constant.MakeString(s)}, true
	}
	boolean := func(b bool) (value.Value, bool) {
		return &value.Const{Type: result, Val: constant.MakeBool(b)}, true
	}
	switch fn.Pkg().Path() + "." + fn.Name() {
	case "cmp.Or":
		for i, a := range args {
			if s, ok := exactString(a); !ok {
				break
			} else if s != "" || i == len(args)-1 {
				return str(s)
			}
		}
	case "strings.ToLower":
		return mapped(args[0], result, strings.ToLower), true
	case "strings.ToUpper":
		return mapped(args[0], result, strings.ToUpper), true
	case "strings.TrimSpace":
		if all {
			return str(strings.TrimSpace(arg(0)))
		}
		return args[0], true
	case "strings.Trim", "strings.TrimLeft", "strings.TrimRight", "strings.TrimPrefix", "strings.TrimSuffix":
		if len(args) != 2 {
			return nil, false
		}
		if !all {
			return trimmed(fn.Name(), args, result), true
		}
		switch fn.Name() {
		case "Trim":
			return str(strings.Trim(arg(0), arg(1)))
		case "TrimLeft":
			return str(strings.TrimLeft(arg(0), arg(1)))
		case "TrimRight":
			return str(strings.TrimRight(arg(0), arg(1)))
		case "TrimPrefix":
			return str(strings.TrimPrefix(arg(0), arg(1)))
		}
		return str(strings.TrimSuffix(arg(0), arg(1)))
	case "strings.Replace", "strings.ReplaceAll":
		if _, a := exactString(args[0]); a {
			if _, b := exactString(args[1]); b {
				if _, c := exactString(args[2]); c {
					n := -1
					if len(args) == 4 {
						var ok bool
						if n, ok = exactInt(args[3]); !ok {
							return nil, false
						}
					}
					return str(strings.Replace(arg(0), arg(1), arg(2), n))
				}
			}
		}
	case "strings.Repeat":
		if n, ok := exactInt(args[1]); ok && n >= 0 && n < 100 {
			return str(strings.Repeat(arg(0), n))
		}
	case "strings.HasPrefix":
		if is, sure := hasEnd(args, false); sure {
			return boolean(is)
		}
	case "strings.HasSuffix":
		if is, sure := hasEnd(args, true); sure {
			return boolean(is)
		}
	case "strings.Cut", "strings.CutPrefix", "strings.CutSuffix":
		if all {
			return cut(fn.Name(), arg(0), arg(1)), true
		}
	case "strings.Index", "strings.LastIndex":
		if all && fn.Name() == "Index" {
			return &value.Const{Type: result, Val: constant.MakeInt64(int64(strings.Index(arg(0), arg(1))))}, true
		} else if all {
			return &value.Const{Type: result, Val: constant.MakeInt64(int64(strings.LastIndex(arg(0), arg(1))))}, true
		}
	case "strings.Contains":
		if all {
			return boolean(strings.Contains(arg(0), arg(1)))
		}
	case "strings.EqualFold":
		if all {
			return boolean(strings.EqualFold(arg(0), arg(1)))
		}
	case "strings.Split", "strings.SplitN", "strings.SplitSeq", "strings.Fields", "strings.FieldsSeq":
		n := -1
		if len(args) == 3 {
			_, a := exactString(args[0])
			_, b := exactString(args[1])
			n, all = exactInt(args[2])
			all = all && a && b
		}
		if !all {
			return nil, false
		}
		parts := strings.Fields(arg(0))
		if len(args) > 1 {
			parts = strings.SplitN(arg(0), arg(1), n)
		}
		l := &value.List{Type: result}
		for _, p := range parts {
			l.Elems = append(l.Elems, &value.Cell{V: &value.Const{Type: types.Typ[types.String], Val: constant.MakeString(p)}})
		}
		return l, true
	case "strings.Join":
		if _, none := value.Bare(args[0]).(*value.Nil); none {
			return str("")
		}
		l, ok := value.Bare(args[0]).(*value.List)
		if !ok || l.Open {
			return nil, false
		}
		var parts []*value.Text
		for i, e := range l.Elems {
			if i > 0 {
				parts = append(parts, text(args[1]))
			}
			parts = append(parts, text(e.V))
		}
		return stringValue(joined(parts...), result), true
	case "path.Join", "path/filepath.Join":
		parts := make([]*value.Text, len(args))
		for i, a := range args {
			parts[i] = text(a)
		}
		return stringValue(joinPath(parts), result), true
	case "path.Clean":
		if all {
			return str(path.Clean(arg(0)))
		}
		return args[0], true
	case "path.Base":
		if all {
			return str(path.Base(arg(0)))
		}
	case "net/url.PathEscape":
		if all {
			return str(url.PathEscape(arg(0)))
		}
		return args[0], true
	case "net/url.JoinPath":
		parts := make([]*value.Text, len(args))
		for i, a := range args {
			parts[i] = text(a)
		}
		return &value.Tuple{Elems: []value.Value{stringValue(joinPath(parts), types.Typ[types.String]), &value.Nil{}}}, true
	case "strconv.Itoa":
		return stringValue(text(args[0]), result), true
	case "strconv.FormatInt":
		n, known := exactInt(args[0])
		if base, ok := exactInt(args[1]); known && ok && 2 <= base && base <= 36 {
			return str(strconv.FormatInt(int64(n), base))
		}
	case "strconv.Quote":
		if all {
			return str(strconv.Quote(arg(0)))
		}
	case "fmt.Sprintf":
		return stringValue(sprintf(args), result), true
	case "fmt.Sprint":
		return stringValue(sprint(args), result), true
	case "slices.Concat":
		out := &value.List{Type: result}
		for _, a := range args {
			l, ok := value.Bare(a).(*value.List)
			if _, none := value.Bare(a).(*value.Nil); none {
				continue
			}
			if !ok {
				out.Open = true
				continue
			}
			out.Elems = append(out.Elems, l.Elems...)
			out.Open = out.Open || l.Open
		}
		return out, true
	case "slices.Clone":
		if l, ok := value.Bare(args[0]).(*value.List); ok {
			return in.extend(&value.List{Type: result}, l, result), true
		}
		return args[0], true
	case "maps.Clone", "slices.Values", "slices.Collect", "slices.Sorted", "maps.All", "slices.Clip", "slices.Compact":
		return args[0], true
	case "maps.Collect":
		m, ok := value.Bare(args[0]).(*value.Map)
		return m, ok
	case "slices.Chunk":
		v := chunks(args[0], args[1])
		return v, v != nil
	case "slices.All", "slices.Backward":
		v := pairs(args[0], fn.Name() == "Backward")
		return v, v != nil
	case "maps.Keys", "maps.Values":
		m, ok := value.Bare(args[0]).(*value.Map)
		if !ok {
			return nil, false
		}
		out := &value.List{Open: m.Open}
		for _, e := range m.Entries {
			c := e.Elem
			if is, _ := isGone(c); is {
				continue
			}
			if fn.Name() == "Keys" {
				c = &value.Cell{V: e.Key}
			}
			out.Elems = append(out.Elems, c)
		}
		return out, true
	}
	return nil, false
}

// pairs is a slice as the sequence of its indexes and elements, nil where that is not
// known.
func pairs(v value.Value, backward bool) value.Value {
	switch v := value.Bare(v).(type) {
	case *value.Nil:
		return v
	case *value.List:
		l := *v
		if l.Pairs, l.Backward = true, backward; backward {
			l.Elems = slices.Clone(l.Elems)
			slices.Reverse(l.Elems)
		}
		return &l
	case *value.Any:
		options := slices.Clone(v.Of)
		for i, o := range options {
			if options[i].V = pairs(o.V, backward); options[i].V == nil {
				return nil
			}
		}
		return oneOf(options)
	}
	return nil
}

// hasEnd reports whether a text begins or ends with another, as far as its known
// part at that end says so.
func hasEnd(args []value.Value, suffix bool) (is, sure bool) {
	t := text(args[0])
	want, ok := exactString(args[1])
	if !ok {
		return false, false
	}
	if len(t.Parts) == 0 {
		return want == "", true
	}
	_, whole := exact(t)
	if suffix {
		end := t.Parts[len(t.Parts)-1].Known
		return strings.HasSuffix(end, want), whole || len(end) >= len(want)
	}
	end := t.Parts[0].Known
	return strings.HasPrefix(end, want), whole || len(end) >= len(want)
}

// cut is strings.Cut, CutPrefix or CutSuffix.
func cut(name, s, sep string) value.Value {
	str := func(s string) value.Value {
		return &value.Const{Type: types.Typ[types.String], Val: constant.MakeString(s)}
	}
	out := &value.Tuple{}
	var found bool
	switch name {
	case "Cut":
		var before, after string
		before, after, found = strings.Cut(s, sep)
		out.Elems = []value.Value{str(before), str(after)}
	case "CutPrefix":
		s, found = strings.CutPrefix(s, sep)
		out.Elems = []value.Value{str(s)}
	default:
		s, found = strings.CutSuffix(s, sep)
		out.Elems = []value.Value{str(s)}
	}
	out.Elems = append(out.Elems, &value.Const{Type: types.Typ[types.Bool], Val: constant.MakeBool(found)})
	return out
}

// trimmed handles texts with unknown parts: the known end is trimmed, an
// unknown one stays as it is.
func trimmed(name string, args []value.Value, typ types.Type) value.Value {
	t := text(args[0])
	cut, ok := exactString(args[1])
	if !ok || len(t.Parts) == 0 {
		return t
	}
	out := &value.Text{Parts: append([]value.Part{}, t.Parts...)}
	first, last := &out.Parts[0], &out.Parts[len(out.Parts)-1]
	switch name {
	case "TrimPrefix":
		first.Known = strings.TrimPrefix(first.Known, cut)
	case "TrimSuffix":
		last.Known = strings.TrimSuffix(last.Known, cut)
	case "TrimLeft":
		first.Known = strings.TrimLeft(first.Known, cut)
	case "TrimRight":
		last.Known = strings.TrimRight(last.Known, cut)
	case "Trim":
		first.Known = strings.TrimLeft(first.Known, cut)
		last.Known = strings.TrimRight(last.Known, cut)
	}
	return stringValue(joined(out), typ)
}

// joinPath is path.Join for texts. What is not known counts as a path that
// begins with a slash and ends without.
func joinPath(parts []*value.Text) *value.Text {
	whole := make([]string, 0, len(parts))
	symbolic := false
	for _, p := range parts {
		s, ok := exact(p)
		if !ok {
			symbolic = true
			s = p.String()
		}
		if s != "" {
			whole = append(whole, s)
		}
	}
	if !symbolic {
		return known(path.Join(whole...))
	}
	out := &value.Text{}
	for _, p := range parts {
		if s, ok := exact(p); ok && (s == "" || s == "/" && len(out.Parts) > 0) {
			continue
		}
		out = unslashed(out)
		if first := p.Parts[0]; len(out.Parts) > 0 && first.Symbol == "" && !strings.HasPrefix(first.Known, "/") {
			out = joined(out, known("/"))
		}
		out = joined(out, p)
	}
	return unslashed(out)
}

// unslashed is a text without the slashes that it ends with.
func unslashed(t *value.Text) *value.Text {
	n := len(t.Parts)
	if n == 0 || t.Parts[n-1].Symbol != "" {
		return t
	}
	cut := known(strings.TrimRight(t.Parts[n-1].Known, "/"))
	return joined(&value.Text{Parts: t.Parts[:n-1]}, cut)
}

// replaced is what a strings.Replacer makes of a string, where it and what it was
// made of are known.
func replaced(replacer, in value.Value) (value.Value, bool) {
	made, ok := value.Deref(replacer).(*value.Unknown)
	if !ok || made.Callee == nil || made.Callee.FullName() != "strings.NewReplacer" || len(made.From)%2 != 0 {
		return nil, false
	}
	var pairs []string
	for _, v := range made.From {
		s, ok := exactString(v)
		if !ok {
			return nil, false
		}
		pairs = append(pairs, s)
	}
	s, ok := exactString(in)
	return &value.Const{Type: types.Typ[types.String], Val: constant.MakeString(strings.NewReplacer(pairs...).Replace(s))}, ok
}
