package program

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
)

// Fills reports whether a call may write the elements of the slice that it is
// given as an argument, by what it is called.
func Fills(info *types.Info, call *ast.CallExpr, i int) bool {
	if info.Types[call.Fun].IsType() {
		return false
	}
	var id *ast.Ident
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return true
	}
	if b, ok := info.Uses[id].(*types.Builtin); ok {
		return b.Name() == "copy" && i == 0
	}
	return !strings.HasSuffix(id.Name, "ToString") && filling.in(id.Name)
}

// filling are the words in the names of functions that write what they are given.
var filling = newVerbs("copy decode decrypt derive encode encrypt expand fill gen generate init load parse put rand random read scan set setup unmarshal xor")

// verbs are small words, as they stand in names: at the beginning also with a
// small letter.
type verbs map[string]bool

func newVerbs(words string) verbs {
	v := verbs{}
	for word := range strings.FieldsSeq(words) {
		v[word], v[strings.ToUpper(word[:1])+word[1:]] = true, true
	}
	return v
}

// in reports whether a name in camel case has one of the words in it.
func (v verbs) in(name string) bool {
	for i := 0; i < len(name); {
		end := i + 1
		for end < len(name) && unicode.IsLower(rune(name[end])) {
			end++
		}
		if v[name[i:end]] {
			return true
		}
		for i = end; i < len(name) && (name[i] < 'A' || name[i] > 'Z'); i++ {
		}
	}
	return false
}

// FilledIn reports whether code may write elements of an array or a slice that a
// variable holds: by an index, through a pointer, or by a call that fills it.
func FilledIn(info *types.Info, code ast.Node, v *types.Var) bool {
	found := false
	held := func(e ast.Expr) bool { return root(info, e) == v }
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				if _, whole := ast.Unparen(l).(*ast.Ident); !whole && held(l) {
					found = true
				}
			}
			for i, r := range n.Rhs {
				if held(r) && (len(n.Lhs) != len(n.Rhs) || !sameVar(info, n.Lhs[i], v)) {
					found = true // under another name
				}
			}
		case *ast.ValueSpec:
			found = found || slices.ContainsFunc(n.Values, held)
		case *ast.IncDecStmt:
			found = found || held(n.X)
		case *ast.UnaryExpr:
			found = found || n.Op == token.AND && held(n.X)
		case *ast.RangeStmt:
			found = found || n.Key != nil && held(n.Key) || n.Value != nil && held(n.Value)
		case *ast.CallExpr:
			for i, arg := range n.Args {
				found = found || held(arg) && Fills(info, n, i)
			}
			if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok {
				found = found || held(sel.X) // a method
			}
		}
		return !found
	})
	return found
}

func sameVar(info *types.Info, e ast.Expr, v *types.Var) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && info.ObjectOf(id) == v
}

// root is the variable that an expression is an element or a slice of.
func root(info *types.Info, e ast.Expr) types.Object {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			return info.ObjectOf(x)
		case *ast.SelectorExpr:
			if info.Selections[x] != nil {
				return nil
			}
			return info.Uses[x.Sel]
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		default:
			return nil
		}
	}
}
