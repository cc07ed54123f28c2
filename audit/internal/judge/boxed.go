package judge

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// What becomes a value of an interface type is not nil any more, whatever pointer
// it holds: that is so wherever a value flows into such a type.

// asInterface is a value of one type that becomes one of another.
func asInterface(v val, from, to types.Type) val {
	if from == nil || !isPlainInterface(to) || isPlainInterface(from) || untyped(from) {
		return v
	}
	if isTypeParam(from) {
		return perhapsBoxed(v)
	}
	switch s := v.(type) {
	case *konst:
		return withMethods(s, from)
	case nilVal:
		return &sym{key: "nil:" + typeName(from), typ: from, nonNil: true, inside: nilOf(from)}
	case *sym:
		if s.nonNil {
			return v
		}
		c := *s
		c.key += "^"
		c.nonNil, c.inside = true, s
		if !parametric(from, 0) {
			c.typ = from
		}
		return &c
	}
	return v
}

// withMethods is a constant as one of a type, whose methods an interface that holds it has.
func withMethods(k *konst, t types.Type) val {
	if t == nil || !hasMethods(t) {
		return k
	}
	c := *k
	c.typ = t
	return &c
}

// converted is a value that is converted. Of a number that the type does not hold
// nothing is known.
func (x *exec) converted(fr *frame, e *ast.CallExpr, v val, from, to types.Type) val {
	if k, ok := v.(*konst); ok && !value.Holds(to, k.v) {
		return x.fresh("conv:"+fr.site(e.Pos()), 0)
	}
	if isNilVal(v) && untyped(from) {
		return nilOf(to)
	}
	return asInterface(v, from, to)
}

// perhapsBoxed is a value of a type parameter that becomes one of an interface type:
// whether it is nil then is for what the parameter stands for to say.
func perhapsBoxed(v val) val {
	switch s := v.(type) {
	case nilVal:
		return &sym{key: "nil?", t: tMaybe, onTrue: maybe, inside: s}
	case *sym:
		if s.nonNil {
			return v
		}
		c := *s
		c.key += "^?"
		c.t |= tMaybe
		c.onTrue, c.onNil, c.inside = min(c.onTrue, maybe), min(c.onNil, maybe), s
		return &c
	}
	return v
}

// isNilVal says whether a value is nil, and not a pointer that is.
func isNilVal(v val) bool {
	n, is := v.(nilVal)
	return is && n.typ == nil
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

func untyped(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Info()&types.IsUntyped != 0 || ok && b.Kind() == types.UntypedNil
}

// unboxed is what an interface holds.
func unboxed(v val) val {
	if s, ok := v.(*sym); ok && s.inside != nil {
		return s.inside
	}
	return v
}

// allUnboxed is that of several.
func allUnboxed(vals []val) []val {
	for i, v := range vals {
		if o, ok := v.(*sym); ok && o.inside != nil {
			vals = slices.Clone(vals)
			for ; i < len(vals); i++ {
				vals[i] = unboxed(vals[i])
			}
			break
		}
	}
	return vals
}

// fillsInterface says whether an interface that holds a value is not nil for sure.
func fillsInterface(v val) bool {
	switch v.(type) {
	case *konst, *cond, *list, *strct, *ptr, *closure:
		return true
	}
	return false
}

// neverNil says whether a comparison is that of an interface with nil which holds
// something for sure.
func (fr *frame) neverNil(e *ast.BinaryExpr, a, b val) bool {
	return isNilVal(b) && fillsInterface(a) && isPlainInterface(fr.typeOf(e.X)) || isNilVal(a) && fillsInterface(b) && isPlainInterface(fr.typeOf(e.Y))
}

func structOf(t types.Type) (s *types.Struct, ok bool) {
	if t != nil {
		s, ok = t.Underlying().(*types.Struct)
	}
	return s, ok
}

func isPlainInterface(t types.Type) bool { return isInterface(t) && !isTypeParam(t) }

// flows makes of the values of expressions those of what they are assigned to.
func (fr *frame) flows(vals []val, from []ast.Expr, to func(int) types.Type) []val {
	var spread *types.Tuple
	if len(from) == 1 && len(vals) > 1 {
		if spread, _ = fr.typeOf(from[0]).(*types.Tuple); spread == nil || spread.Len() < len(vals) {
			return vals
		}
	} else if len(from) != len(vals) {
		return vals
	}
	own := false
	for i, v := range vals {
		switch v.(type) {
		case nilVal, *sym:
		default:
			continue
		}
		t := to(i)
		if !isPlainInterface(t) {
			continue
		}
		var f types.Type
		if spread != nil {
			f = spread.At(i).Type()
		} else {
			f = fr.typeOf(from[i])
		}
		if !own {
			vals, own = slices.Clone(vals), true
		}
		vals[i] = asInterface(v, f, t)
	}
	return vals
}

// passes makes of the arguments of a call those of the parameters of the function
// that is called.
func (fr *frame) passes(e *ast.CallExpr, args []val) []val {
	if e == nil || len(args) == 0 || len(e.Args) == 0 {
		return args
	}
	sig, ok := fr.typeOf(e.Fun).(*types.Signature)
	if !ok {
		return args
	}
	params, given, first := sig.Params(), e.Args, 0
	if len(given) == len(args)+1 && params.Len() > 0 { // a method expression, whose first argument is the receiver
		given, first = given[1:], 1
	}
	return fr.flows(args, given, func(i int) types.Type {
		i += first
		n := params.Len()
		if sig.Variadic() && i >= n-1 && !e.Ellipsis.IsValid() {
			return elemType(params.At(n - 1).Type())
		}
		if i >= n {
			return nil
		}
		return params.At(i).Type()
	})
}

// assigned is the type of what is assigned to, nil for none.
func (fr *frame) assigned(lhs []ast.Expr, i int) types.Type {
	if i >= len(lhs) {
		return nil
	}
	if obj, ok := ast.Unparen(lhs[i]).(*ast.Ident); ok && obj.Name == "_" {
		return nil
	}
	return fr.typeOf(lhs[i])
}
