package wiring

import (
	"fmt"
	"go/constant"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
)

// sprintf is fmt.Sprintf: as fmt does it where the arguments of a verb are known,
// else with what the verb yields as an unknown part.
func sprintf(args []value.Value) *value.Text {
	if len(args) == 0 {
		return known("")
	}
	format, ok := exactString(args[0])
	if !ok { // which verbs it has is not known
		t := text(args[0])
		for i, p := range t.Parts {
			if before, _, verb := strings.Cut(p.Known, "%"); verb {
				return joined(&value.Text{Parts: t.Parts[:i]}, known(before), symbol(""))
			}
		}
		return t
	}
	args = args[1:]
	if all, ok := operands(args, strings.ContainsAny(format, "T#")); ok {
		return known(fmt.Sprintf(format, all...))
	}
	out := &value.Text{}
	for format != "" {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			out = joined(out, known(format))
			break
		}
		out = joined(out, known(format[:i]))
		end := i + 1
		for end < len(format) && strings.IndexByte("+-# 0123456789.", format[end]) >= 0 {
			end++
		}
		if end == len(format) || format[end] == '*' || format[end] == '[' {
			return joined(out, symbol("")) // which argument a verb takes is not looked at
		}
		switch directive := format[i : end+1]; {
		case format[end] == '%':
			out = joined(out, known("%"))
		case len(args) == 0:
			out = joined(out, symbol(""))
		default:
			out = joined(out, formatted(directive, args[0]))
			args = args[1:]
		}
		format = format[end+1:]
	}
	if len(args) > 0 {
		out = joined(out, symbol("")) // fmt tells of what is too much
	}
	return out
}

// sprint is fmt.Sprint, which puts spaces between operands that are no strings.
func sprint(args []value.Value) *value.Text {
	if all, ok := operands(args, false); ok {
		return known(fmt.Sprint(all...))
	}
	out := &value.Text{}
	for i, a := range args {
		if i > 0 && spaced(args[i-1]) && spaced(a) {
			out = joined(out, known(" "))
		}
		out = joined(out, formatted("%v", a))
	}
	return out
}

// spaced reports whether Sprint sees that a value is no string.
func spaced(v value.Value) bool {
	t := typeOf(v)
	return t != nil && !isString(t)
}

// formatted is what a verb with its flags makes of a value.
func formatted(directive string, v value.Value) *value.Text {
	if x, ok := operand(v, strings.ContainsAny(directive, "T#")); ok {
		return known(fmt.Sprintf(directive, x))
	}
	t := text(v)
	if _, ok := v.(*value.Text); ok && (directive == "%s" || directive == "%v") {
		return t
	}
	if i := slices.IndexFunc(t.Parts, func(p value.Part) bool { return p.Symbol != "" }); i >= 0 {
		return symbol(t.Parts[i].Symbol)
	}
	return symbol("")
}

// operands returns what fmt is to be given for values that are all known.
func operands(args []value.Value, typed bool) (all []any, ok bool) {
	for _, a := range args {
		v, ok := operand(a, typed)
		if !ok {
			return nil, false
		}
		all = append(all, v)
	}
	return all, true
}

// operand returns a known value as one of a basic type that fmt writes the same.
// Of other types fmt may call methods, and where it tells of types, their names.
func operand(v value.Value, typed bool) (any, bool) {
	c, ok := v.(*value.Const)
	if !ok || c.Type == nil || types.NewMethodSet(c.Type).Len() > 0 {
		return nil, false
	}
	t := types.Default(types.Unalias(c.Type))
	if _, is := t.(*types.Basic); typed && !is {
		return nil, false
	}
	basic, ok := t.Underlying().(*types.Basic)
	if !ok {
		return nil, false
	}
	switch info := basic.Info(); {
	case info&types.IsString != 0 && c.Val.Kind() == constant.String:
		return constant.StringVal(c.Val), true
	case info&types.IsBoolean != 0 && c.Val.Kind() == constant.Bool:
		return constant.BoolVal(c.Val), true
	case info&types.IsInteger != 0:
		return integer(basic.Kind(), constant.ToInt(c.Val))
	case info&types.IsFloat != 0 && constant.ToFloat(c.Val).Kind() == constant.Float:
		if basic.Kind() == types.Float32 {
			f, _ := constant.Float32Val(c.Val)
			return f, true
		}
		f, _ := constant.Float64Val(c.Val)
		return f, true
	}
	return nil, false
}

// integer returns a constant as an integer of a kind.
func integer(kind types.BasicKind, val constant.Value) (any, bool) {
	if val.Kind() != constant.Int {
		return nil, false
	}
	n, ok := constant.Int64Val(val)
	u, positive := constant.Uint64Val(val)
	switch kind {
	case types.Int:
		return int(n), ok
	case types.Int8:
		return int8(n), ok
	case types.Int16:
		return int16(n), ok
	case types.Int32:
		return int32(n), ok
	case types.Int64:
		return n, ok
	case types.Uint:
		return uint(u), positive
	case types.Uint8:
		return uint8(u), positive
	case types.Uint16:
		return uint16(u), positive
	case types.Uint32:
		return uint32(u), positive
	case types.Uint64:
		return u, positive
	case types.Uintptr:
		return uintptr(u), positive
	}
	return nil, false
}
