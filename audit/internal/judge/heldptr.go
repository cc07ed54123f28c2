package judge

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// A pointer to a variable of a link may be put where it is not followed: into a map, a
// long list, a container of a library. Who takes it out again writes the variable
// through a pointer of which nothing is known.

// held begins the names, among those of the context, of what such pointers lead to.
const held = "held "

// holdsPointer notes that a value goes where it is not followed.
func (x *exec) holdsPointer(fr *frame, st *state, at ast.Expr, v val) {
	if x.service != nil || fr.building {
		return
	}
	switch v.(type) {
	case *ptr, *strct, *list, *closure:
	default:
		return
	}
	x.holdsIn(st, v)
	all := x.functionsIn(st, v)
	for _, c := range all {
		x.holdsCaptured(st, c)
	}
	x.entrusts(st, all, itoa(int(at.Pos())), at.Pos()) // whatever the round: a loop is to come to an end
}

// keepsPointers says whether a function may keep what it is given for who asks for it.
func keepsPointers(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	path := fn.Pkg().Path()
	return path == "sync" || path == "sync/atomic" || strings.HasPrefix(path, "container/") || slices.Contains(shelving, fn.Name())
}

// holdsCaptured notes what pointers lead to that a literal knows from around it.
func (x *exec) holdsCaptured(st *state, c *closure) {
	if c.lit == nil || c.outer == nil || c.pkg == nil {
		return
	}
	ast.Inspect(c.lit.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj, ok := c.pkg.Info.Uses[id].(*types.Var)
		if !ok || obj.IsField() || packageVar(obj) || obj.Pos() >= c.lit.Pos() && obj.Pos() < c.lit.End() {
			return true
		}
		if p, ok := st.load(x.local(c.outer, obj)).(*ptr); ok && p != nil {
			x.holdsIn(st, p)
		}
		return true
	})
}

// holdsInLoop is holdsPointer for what a variable holds that a loop makes unknown.
func (x *exec) holdsInLoop(st *state, v val) {
	switch v.(type) {
	case *ptr, *list:
	default:
		return
	}
	if x.service == nil {
		x.holdsIn(st, v)
	}
}

// holdsIn notes the variables that a value leads to.
func (x *exec) holdsIn(st *state, v val) {
	st.eachIn(v, map[*cell]bool{}, 0, func(v val) {
		if p, ok := v.(*ptr); ok && p != nil && st.mem.has(p.to) {
			st.keys.set(held+p.to.id, &ptr{to: p.to})
		}
		if l, ok := v.(*list); ok && len(l.elems) > 0 {
			st.keys.set(heldLists, boolVal(true))
		}
	})
}

// heldLists says that a list went where it is not followed, which others may share.
const heldLists = "shared lists"

// writesLists makes lists unknown where an element is written of one that came out of
// where it was not followed.
func (x *exec) writesLists(fr *frame, st *state, e *ast.IndexExpr) {
	if !st.keys.has(heldLists) || isMap(fr.typeOf(e.X)) {
		return
	}
	for _, r := range x.eval(fr, st.clone(), e.X) {
		if s, ok := x.deref(st, r.v).(*sym); !ok || s.kind != plain || ofWiring(s) {
			continue
		}
		for c, v := range st.mem.all() {
			if l, ok := v.(*list); ok {
				st.mem.set(c, x.unsettled(st, l, fr.site(e.Pos())+c.id, c.name, e.Pos()))
			}
		}
		return
	}
}

// writesHeld makes unknown what a write through a pointer may change that came out of
// where it was not followed; t is what it points to.
func (x *exec) writesHeld(fr *frame, st *state, at ast.Expr, t types.Type) {
	for k, v := range st.keys.all() {
		if !strings.HasPrefix(k, held) {
			continue
		}
		same := false
		st.eachIn(v, map[*cell]bool{}, 0, func(v val) {
			switch v := v.(type) {
			case *strct:
				same = same || v.typ != nil && t != nil && typeName(v.typ) == typeName(t)
			case *ptr, *closure, *list:
			default:
				same = same || t == nil || !isStruct(t)
			}
		})
		if same {
			x.unsettle(st, []val{v}, fr.site(at.Pos()), at.Pos())
		}
	}
}

// mayWriteAllHeld makes unknown what a method may change of a value that came out of
// where it was not followed.
func (x *exec) mayWriteAllHeld(fr *frame, st *state, at ast.Expr) {
	for k, v := range st.keys.all() {
		if strings.HasPrefix(k, held) {
			x.unsettle(st, []val{v}, fr.site(at.Pos()), at.Pos())
		}
	}
}

// ofWiring says whether a value is known to come from the wiring, or from a variable of
// a package.
func ofWiring(s *sym) bool {
	return slices.ContainsFunc([]string{"set:", "field:", "global:", "wired:"}, func(begin string) bool { return strings.HasPrefix(s.key, begin) })
}

// mayWriteHeld says whether something is held that a function which is given a value that
// is not known may write.
func (x *exec) mayWriteHeld(st *state, vals []val) bool {
	for _, v := range vals {
		if s, ok := v.(*sym); ok && s.kind == plain {
			for k := range st.keys.all() {
				if strings.HasPrefix(k, held) {
					return true
				}
			}
			break
		}
	}
	return false
}

// pointee is what a pointer of a type points to, or the type itself.
func pointee(t types.Type) types.Type {
	if t != nil {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			return p.Elem()
		}
	}
	return t
}

func isStruct(t types.Type) bool {
	_, is := t.Underlying().(*types.Struct)
	return is
}
