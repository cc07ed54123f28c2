package wiring

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// instance returns the type arguments that an identifier gives to the function that
// it names, nil for none.
func (fr *frame) instance(id *ast.Ident) []types.Type {
	list := fr.pkg.Info.Instances[id].TypeArgs
	if list == nil {
		return nil
	}
	args := slices.Collect(list.Types())
	for i, t := range args {
		args[i] = fr.concrete(t)
	}
	return args
}

// concrete is a type with what its type parameters stand for in this call.
func (fr *frame) concrete(t types.Type) types.Type {
	if fr.env == nil {
		return t
	}
	return Concrete(t, fr.env.Types)
}

// Concrete is a type with what its type parameters stand for.
func Concrete(t types.Type, args map[*types.TypeParam]types.Type) types.Type {
	if t == nil || len(args) == 0 {
		return t
	}
	return instantiated(t, args, maxTypeDepth)
}

// TypeArgs says what the type parameters of a function stand for, given its type
// arguments and the type of the receiver that it has been called on, nil for none.
func TypeArgs(sig *types.Signature, args []types.Type, recv types.Type) map[*types.TypeParam]types.Type {
	params := sig.TypeParams()
	if sig.RecvTypeParams().Len() > 0 {
		if p, ok := types.Unalias(recv).(*types.Pointer); ok {
			recv = p.Elem()
		}
		n, _ := types.Unalias(recv).(*types.Named)
		if n == nil || n.Origin() != receiverOf(sig) {
			return nil
		}
		params, args = sig.RecvTypeParams(), slices.Collect(n.TypeArgs().Types())
	}
	if params.Len() == 0 || params.Len() != len(args) {
		return nil
	}
	known := make(map[*types.TypeParam]types.Type, len(args))
	for i, t := range args {
		known[params.At(i)] = t
	}
	return known
}

// variant is a function with type arguments: those that identical ones have.
type variant struct {
	fn    *types.Func
	types int // 0 for none
}

// variantOf says which variant a function value is. Methods are told apart by what they
// are called on, or are named of.
func (in *interp) variantOf(f *value.Func) variant {
	list := f.Types
	if f.On != nil {
		list = append(slices.Clone(list), f.On)
	} else if n, ok := types.Unalias(typeOf(value.Deref(f.Recv))).(*types.Named); ok && n.TypeArgs().Len() > 0 {
		list = append(slices.Clone(list), n)
	}
	if len(list) == 0 {
		return variant{fn: f.Fn}
	}
	at := slices.IndexFunc(in.typeLists, func(l []types.Type) bool { return slices.EqualFunc(l, list, types.Identical) })
	if at < 0 {
		at = len(in.typeLists)
		in.typeLists = append(in.typeLists, list)
	}
	return variant{f.Fn, at + 1}
}

// receiverOf is the type that a method is declared for.
func receiverOf(sig *types.Signature) *types.Named {
	t := types.Unalias(sig.Recv().Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	if n == nil {
		return nil
	}
	return n.Origin()
}

// maxTypeDepth bounds types within types.
const maxTypeDepth = 10

func instantiated(t types.Type, args map[*types.TypeParam]types.Type, depth int) types.Type {
	if depth == 0 {
		return t
	}
	in := func(t types.Type) types.Type { return instantiated(t, args, depth-1) }
	switch x := types.Unalias(t).(type) {
	case *types.TypeParam:
		if known := args[x]; known != nil {
			return known
		}
	case *types.Named:
		list, changed := slices.Collect(x.TypeArgs().Types()), false
		for i, a := range list {
			list[i] = in(a)
			changed = changed || list[i] != a
		}
		if !changed {
			break
		}
		if made, err := types.Instantiate(nil, x.Origin(), list, false); err == nil {
			return made
		}
	case *types.Pointer:
		if elem := in(x.Elem()); elem != x.Elem() {
			return types.NewPointer(elem)
		}
	case *types.Slice:
		if elem := in(x.Elem()); elem != x.Elem() {
			return types.NewSlice(elem)
		}
	case *types.Array:
		if elem := in(x.Elem()); elem != x.Elem() {
			return types.NewArray(elem, x.Len())
		}
	case *types.Chan:
		if elem := in(x.Elem()); elem != x.Elem() {
			return types.NewChan(x.Dir(), elem)
		}
	case *types.Map:
		if key, elem := in(x.Key()), in(x.Elem()); key != x.Key() || elem != x.Elem() {
			return types.NewMap(key, elem)
		}
	case *types.Tuple:
		vars, changed := slices.Collect(x.Variables()), false
		for i, v := range vars {
			if t := in(v.Type()); t != v.Type() {
				vars[i], changed = types.NewVar(v.Pos(), v.Pkg(), v.Name(), t), true
			}
		}
		if changed {
			return types.NewTuple(vars...)
		}
	}
	return t
}

// fieldOf is a field as a value of a type has it: that of a generic type has the type
// that the arguments say.
func fieldOf(t types.Type, f *types.Var) *types.Var {
	if n, ok := types.Unalias(t).(*types.Named); !ok || n.TypeArgs().Len() == 0 {
		return f
	}
	if st := structOf(t); st != nil {
		for own := range st.Fields() {
			if own.Name() == f.Name() {
				return own
			}
		}
	}
	return f
}
