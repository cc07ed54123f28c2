package value

import (
	"go/constant"
	"go/token"
	"go/types"
)

// Holds reports whether a value of a basic type may be a constant: others are cut or
// wrapped.
func Holds(t types.Type, v constant.Value) bool {
	b, ok := t.Underlying().(*types.Basic)
	if !ok || v.Kind() == constant.Bool || v.Kind() == constant.Unknown {
		return true
	}
	switch info := b.Info(); {
	case info&types.IsString != 0:
		return v.Kind() == constant.String
	case info&types.IsInteger != 0 && info&types.IsUntyped == 0:
		n := constant.ToInt(v)
		if n.Kind() != constant.Int {
			return false
		}
		bits, signed := integer(b.Kind())
		if constant.Sign(n) < 0 {
			return signed && constant.BitLen(constant.BinaryOp(n, token.ADD, constant.MakeInt64(1))) < bits
		}
		if signed {
			bits--
		}
		return constant.BitLen(n) <= bits
	}
	return true
}

// integer is the size of a type of integers, where it is not fixed the least.
func integer(k types.BasicKind) (bits int, signed bool) {
	switch k {
	case types.Int8:
		return 8, true
	case types.Int16:
		return 16, true
	case types.Int, types.Int32:
		return 32, true
	case types.Int64:
		return 64, true
	case types.Uint8:
		return 8, false
	case types.Uint16:
		return 16, false
	case types.Uint64:
		return 64, false
	}
	return 32, false
}
