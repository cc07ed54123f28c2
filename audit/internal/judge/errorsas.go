package judge

import (
	"go/ast"
	"go/types"
)

// errorIs is the result of errors.Is, or of errors.As, which also writes what it is
// given the address of.
func (x *exec) errorIs(fr *frame, st *state, e *ast.CallExpr, key string, args []val) []ev {
	t := taintOf(args[0])
	if t&tVer != 0 {
		t = t&^tVer | tIdent // why nobody was found has to do with who calls, and proves nothing
	}
	s := &sym{key: key + ":" + keyOf(args[0]) + "," + keyOf(args[1]), t: t, text: exprText(e), pos: e.Pos(), typ: fr.typeOf(e)}
	if _, ok := args[0].(nilVal); ok {
		return one(st, boolVal(false))
	}
	a, isSym := args[0].(*sym)
	if isSym {
		if is, known := st.known.get("z:" + a.key); known && is {
			return one(st, boolVal(false))
		}
	}
	to, _ := args[1].(*ptr)
	if key == "errors.As" && to != nil {
		if c := fr.concrete(pointee(argType(fr, e, 1))); c != nil && sameType(c, x.errorType(st, args[0])) {
			x.storePtr(st, to, args[0])
			return one(st, boolVal(true))
		}
	}
	open := false // whether there is an error
	if isSym {
		_, known := st.known.get("z:" + a.key)
		open = !known && !a.nonNil
	}
	if key == "errors.As" && to == nil || key == "errors.Is" && !open {
		return one(st, s)
	}
	yes, no := x.either(st, "z:"+s.key, s.t&tWho != 0, exprText(e), e.Pos(), none)
	var all []ev
	for _, y := range yes {
		if open {
			// What is some error is not nil.
			y.decide(fact{key: "z:" + a.key, is: false, who: a.t&tWho != 0, text: exprText(e), pos: e.Pos()})
		}
		if key == "errors.As" {
			x.storePtr(y, to, x.foundError(fr, e, s))
		}
		all = append(all, ev{y, boolVal(true)})
	}
	for _, n := range no {
		all = append(all, ev{n, boolVal(false)})
	}
	return all
}

// foundError is the error that errors.As has found: of its fields nothing is known.
func (x *exec) foundError(fr *frame, e *ast.CallExpr, of *sym) val {
	c := *of
	c.key = x.id(of.key + "*")
	c.typ = fr.concrete(pointee(argType(fr, e, 1)))
	if c.typ != nil {
		_, isPointer := c.typ.Underlying().(*types.Pointer)
		c.nonNil = isPointer || types.IsInterface(c.typ)
	}
	return &c
}

// errorType is the type of a value in an interface, nil where it is not known.
func (x *exec) errorType(st *state, v val) types.Type {
	switch v := v.(type) {
	case *strct:
		return v.typ
	case *ptr:
		if s, ok := st.load(v.to).(*strct); ok && len(v.path) == 0 && s.typ != nil {
			return types.NewPointer(s.typ)
		}
	}
	return nil
}

func sameType(a, b types.Type) bool { return a != nil && b != nil && types.Identical(a, b) }
