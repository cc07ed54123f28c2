package judge

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// linkKey is equal for links that do the same: the same function with the same
// values around it, whichever handler it leads to. The same variable is the same
// value, and so are two that nothing changes and that hold the same.
func (j *Judge) linkKey(l *wiring.Link) string {
	if k, ok := j.keys[l]; ok {
		return k
	}
	var b strings.Builder
	b.WriteString(string(l.Framework) + " " + l.Name + " ")
	j.same(&b, l.Func, l.Next, 0)
	if len(l.Next) > 0 {
		b.WriteString(">")
	}
	for _, c := range l.Conditions {
		b.WriteString("?" + c.Text + "@" + c.About)
	}
	k := b.String()
	j.keys[l] = k
	return k
}

// same writes what a value is.
func (j *Judge) same(b *strings.Builder, v value.Value, next []value.Value, depth int) {
	is := func(v value.Value) bool {
		return slices.ContainsFunc(next, func(n value.Value) bool { return sameValue(n, v) })
	}
	r, ok := v.(*value.Ref)
	if ok = ok && r.To != nil && is(r.To.V); ok || is(v) {
		b.WriteString("next")
		if ok {
			v = r.To.V
		}
		if len(next) > 1 && j.writesAsNext(v) { // see reachOne
			fmt.Fprintf(b, "%p", value.Bare(v))
		}
		return
	}
	if depth < 6 {
		switch v := v.(type) {
		case *value.Const:
			b.WriteString("=" + v.Val.ExactString() + " " + typeName(v.Type))
			return
		case *value.Nil:
			b.WriteString("nil")
			return
		case *value.Ref:
			if s := j.lasting(v); s != nil {
				b.WriteString("&" + typeName(s.Type) + "{")
				for _, name := range sortedKeys(s.Fields) {
					if c := s.Fields[name]; c != nil && c.V != nil {
						b.WriteString(name + ":")
						j.same(b, c.V, next, depth+1)
						b.WriteString(",")
					}
				}
				b.WriteString("}")
				return
			}
			fmt.Fprintf(b, "&%p", v.To)
			return
		case *value.Named:
			b.WriteString(typeName(v.Type))
			j.same(b, v.V, next, depth+1)
			return
		case *value.Func:
			if v.Fn != nil {
				b.WriteString(v.Fn.FullName())
				b.WriteString(typeIDs(v.Types))
			}
			if v.Lit != nil {
				fmt.Fprintf(b, "%d", v.Lit.Pos())
				if v.Env != nil {
					b.WriteString(typeArgs(v.Env.Types))
				}
				b.WriteString("{")
				for _, obj := range j.captured(v) {
					c := v.Env.Lookup(obj)
					if c == nil {
						continue
					}
					fmt.Fprintf(b, "%d:", obj.Pos())
					if c.V == nil || j.mutable(obj) {
						fmt.Fprintf(b, "@%p", c)
					} else {
						j.same(b, c.V, next, depth+1)
					}
					b.WriteString(",")
				}
				b.WriteString("}")
			}
			if v.Recv != nil {
				b.WriteString("(")
				j.same(b, v.Recv, next, depth+1)
				b.WriteString(")")
			}
			return
		}
	}
	fmt.Fprintf(b, "%p", v)
}

// typeArgs is equal for type parameters that stand for the same.
func typeArgs(args map[*types.TypeParam]types.Type) string {
	var said []string
	for p, t := range args {
		said = append(said, fmt.Sprintf("%d=%s", p.Obj().Pos(), typeIDs([]types.Type{t})))
	}
	slices.Sort(said)
	return strings.Join(said, "")
}

// typeIDs tells types apart, also those of two functions that have the same name.
func typeIDs(list []types.Type) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString("[" + typeName(t))
		var visit func(t types.Type, depth int)
		visit = func(t types.Type, depth int) {
			if depth == 0 {
				return
			}
			switch t := types.Unalias(t).(type) {
			case *types.Named:
				fmt.Fprintf(&b, "@%d", t.Obj().Pos())
				for a := range t.TypeArgs().Types() {
					visit(a, depth-1)
				}
			case interface{ Elem() types.Type }:
				visit(t.Elem(), depth-1)
			}
		}
		visit(t, 10)
		b.WriteString("]")
	}
	return b.String()
}

// lasting returns the struct of the module that a pointer leads to, where no code
// assigns a field of its type: two that hold the same are alike for good.
func (j *Judge) lasting(r *value.Ref) *value.Struct {
	if r.To == nil {
		return nil
	}
	s, ok := r.To.V.(*value.Struct)
	if !ok || s.Open {
		return nil
	}
	if path, _ := named(s.Type); !j.prog.Own(path) {
		return nil
	}
	st, ok := s.Type.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	for f := range st.Fields() {
		if j.mutable(f) {
			return nil
		}
	}
	return s
}

// captured returns the variables that a literal uses, its own among them.
func (j *Judge) captured(f *value.Func) []types.Object {
	if l, ok := j.uses[f.Lit]; ok {
		return l
	}
	var l []types.Object
	seen := map[types.Object]bool{}
	ast.Inspect(f.Lit, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := f.Pkg.Info.Uses[id].(*types.Var); ok && !seen[v] && !v.IsField() {
				seen[v] = true
				l = append(l, v)
			}
		}
		return true
	})
	j.uses[f.Lit] = l
	return l
}
