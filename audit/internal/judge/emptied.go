package judge

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/program"
)

// emptied is the code that makes a variable of a package empty, "" where none does, or
// where some code looks whether it is.
func (j *Judge) emptied(obj *types.Var) (why string) {
	for _, part := range j.partsOf(obj, j.prog.Writing(obj.Name())) {
		info := part.Package.Info
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			s, ok := n.(*ast.AssignStmt)
			if !ok || s.Tok != token.ASSIGN || len(s.Lhs) != len(s.Rhs) {
				return why == ""
			}
			for i, l := range s.Lhs {
				if variableOf(info, l) == obj && empties(info, s.Rhs[i]) {
					why = exprText(l) + " = " + exprText(s.Rhs[i])
				}
			}
			return why == ""
		})
	}
	if why == "" {
		return ""
	}
	looks := newSettings()
	for _, part := range j.partsOf(obj, j.prog.Mentioning(obj.Pkg().Path(), obj.Name())) {
		looks.read(settingsPart{part.Package.Info, part.Decl})
	}
	if looks.tested[called(obj)] {
		return ""
	}
	return why
}

// partsOf are those of some parts that can speak of a variable, checked.
func (j *Judge) partsOf(obj *types.Var, all []*program.Part) (parts []*program.Part) {
	for _, part := range all {
		if j.prog.Reaches(part.Package.Path, obj.Pkg().Path()) {
			j.prog.Check(part)
			parts = append(parts, part)
		}
	}
	return parts
}

// empties says whether an expression is a text or bytes of which nothing is there.
func empties(info *types.Info, e ast.Expr) bool {
	zero := func(e ast.Expr) bool {
		v := info.Types[e].Value
		return v != nil && v.Kind() == constant.Int && zeroConst(v)
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return info.Types[e].IsNil() || emptyConst(e, info)
	case *ast.CompositeLit:
		return len(e.Elts) == 0
	case *ast.SliceExpr:
		return e.High != nil && zero(e.High)
	case *ast.CallExpr:
		switch {
		case info.Types[e.Fun].IsType():
			return len(e.Args) == 1 && empties(info, e.Args[0])
		case info.Types[e.Fun].IsBuiltin() && isNamed(e.Fun, "make"):
			return len(e.Args) > 1 && zero(e.Args[1])
		}
		return false
	}
	return emptyConst(e, info)
}
