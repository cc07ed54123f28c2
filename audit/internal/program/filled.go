package program

import (
	"go/ast"
	"go/token"
	"strings"
)

// Filling returns the parts that may write the whole of what a pointer of a name
// leads to: by an assignment through it, or by a call that is given it and fills
// it. For a parameter name is that of its type.
func (p *Program) Filling(name string) []*Part { return p.index.at(p.index.fills[name]) }

// FillsStruct reports whether a function may write the fields of a struct whose
// address it is given, by what it is called.
func FillsStruct(name string) bool {
	return !strings.HasSuffix(name, "ToString") && fillingStructs.in(name)
}

var fillingStructs = newVerbs("apply bind copy decode env fill load map merge parse populate process read refresh reload scan set unmarshal unpack")

// params notes the types of parameters.
func (r *nameReader) params(list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, f := range list.List {
		for _, n := range f.Names {
			r.other[n.Name] = lastName(f.Type)
		}
	}
}

// aliases notes what variables begin as.
func (r *nameReader) aliases(s *ast.AssignStmt) {
	if len(s.Lhs) != len(s.Rhs) {
		return
	}
	for i, l := range s.Lhs {
		if id, ok := l.(*ast.Ident); ok {
			if name := lastName(s.Rhs[i]); name != "" && name != id.Name {
				r.other[id.Name] = name
			}
		}
	}
}

// filled notes what a call is given that may fill it.
func (r *nameReader) filled(call *ast.CallExpr) {
	if name := lastName(call.Fun); name == "" || !FillsStruct(name) {
		return
	}
	for _, a := range call.Args {
		r.whole(a)
	}
}

func (r *nameReader) whole(e ast.Expr) {
	name := lastName(e)
	for range 3 {
		if name == "" {
			return
		}
		r.note(r.index.fills, name)
		name = r.other[name]
	}
}

// lastName is the name of what an expression is about, "" for one that is
// computed.
func lastName(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.SelectorExpr:
			return x.Sel.Name
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.UnaryExpr:
			if x.Op != token.AND {
				return ""
			}
			e = x.X
		default:
			return ""
		}
	}
}
