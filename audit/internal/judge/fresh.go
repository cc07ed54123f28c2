package judge

import (
	"go/ast"
	"go/types"
	"strings"
)

// freshStruct begins the names of structs that the code of a request makes: nobody else
// writes their fields, unless they are put where others come to them, or by a name of
// which it is not known what it stands for.
const freshStruct = "made:"

// made names a struct of a type that a function makes.
func (fr *frame) made(t types.Type) string {
	if fr.building {
		return typeName(t)
	}
	return freshStruct + typeName(t)
}

// empty is the zero of a type, in a variable of a function.
func (x *exec) empty(fr *frame, t types.Type) val {
	v := x.zero(fr.concrete(t))
	if s, ok := v.(*strct); ok {
		s.id = fr.made(s.typ)
	}
	return v
}

// fresh says whether a struct is one of the request that made it.
func (s *strct) fresh() bool {
	return s.w == nil && s.sym == nil && strings.HasPrefix(s.id, freshStruct)
}

// stale is a struct whose fields others may write.
func (s *strct) stale() *strct {
	n := *s
	n.id = strings.TrimPrefix(s.id, freshStruct)
	n.f = make(map[string]val, len(s.f))
	for name, v := range s.f {
		if in, ok := v.(*strct); ok {
			v = in.stale()
		}
		n.f[name] = v
	}
	return &n
}

// leaves notes that a value is put into a place where others come to it: no variable
// of the function that runs.
func (x *exec) leaves(fr *frame, st *state, place ast.Expr, v val) {
	if _, name := ast.Unparen(place).(*ast.Ident); !name || pointsOn(v) && x.lasts(fr, st, place) {
		st.ages(v)
	}
}

// pointsOn says whether others may come to something by a value.
func pointsOn(v val) bool {
	switch v.(type) {
	case nil, nilVal, *konst, *cond:
		return false
	}
	return true
}

// ages notes that others may come to the structs that values point to, and write them.
func (st *state) ages(vals ...val) {
	for _, v := range vals {
		if !pointsOn(v) {
			continue
		}
		st.eachIn(v, map[*cell]bool{}, 0, func(v val) {
			if p, ok := v.(*ptr); ok && p != nil {
				if s, ok := st.load(p.to).(*strct); ok && s.fresh() {
					st.mem.set(p.to, s.stale())
				}
			}
		})
	}
}
