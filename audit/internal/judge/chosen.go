package judge

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
)

// Code may put what a caller sends into a variable or a field, and compare the
// credential of a request with that: whoever sends both is let in. It may be an
// administrator as well who sets a new secret, so that it proves nothing for sure.

// isChosen says whether code that runs while requests are served puts into a
// variable or field, or under a key of it, what a caller sent.
func (j *Judge) isChosen(obj types.Object) bool {
	v, ok := obj.(*types.Var)
	if !ok || v == nil || v.Pkg() == nil {
		return false
	}
	if chosen, known := j.chosen[v]; known {
		return chosen
	}
	if j.choosing[v] {
		j.circular = true // what is told of others that lead here is not the whole
		return false
	}
	if len(j.choosing) == 0 {
		j.circular = false
	}
	j.choosing[v] = true
	defer delete(j.choosing, v)
	local := !v.IsField() && v.Parent() != v.Pkg().Scope()
	for _, part := range j.prog.Writing(v.Name()) {
		if local && part.Decl.Pos() <= v.Pos() && v.Pos() < part.Decl.End() || !local && j.prog.Reaches(part.Package.Path, v.Pkg().Path()) {
			if j.servesIn(part) {
				j.readPart(part)
			}
		}
	}
	chosen := slices.ContainsFunc(j.given[v], func(g gift) bool {
		return len(j.flowIn(g.pkg, declOf(g.pkg, g.fn)).chosenAt(g.value, g.value.Pos(), 0)) > 0
	})
	if chosen || !j.circular || len(j.choosing) == 1 {
		j.chosen[v] = chosen
	}
	return chosen
}

// gift is what an assignment gives while requests are served. fn is the function
// that it stands in.
type gift struct {
	pkg   *program.Package
	fn    ast.Node
	value ast.Expr
}

// declOf is the declaration that a function stands in.
func declOf(pkg *program.Package, fn ast.Node) ast.Node {
	for _, file := range pkg.Files {
		for _, d := range file.Decls {
			if d.Pos() <= fn.Pos() && fn.End() <= d.End() {
				return d
			}
		}
	}
	return fn
}

// servesIn says whether code of a part runs while requests are served.
func (j *Judge) servesIn(part *program.Part) bool {
	serves, known := j.servingParts[part]
	if known {
		return serves
	}
	if d, ok := part.Decl.(*ast.FuncDecl); ok {
		serves = j.whileServing(part.Package, d)
	}
	ast.Inspect(part.Decl, func(n ast.Node) bool {
		if l, ok := n.(*ast.FuncLit); ok && !serves {
			serves = j.whileServing(part.Package, l)
		}
		return !serves
	})
	j.servingParts[part] = serves
	return serves
}

// asChosen marks what is read of a variable or field if callers may choose it.
func (x *exec) asChosen(obj types.Object, v val) val {
	s, ok := v.(*sym)
	if !ok || s.kind != plain || s.chosen || s.t&tSetting == 0 || !x.j.isChosen(obj) {
		return v
	}
	c := *s
	c.chosen = true
	return &c
}

// gifts notes what an assignment gives to variables and fields.
func (j *Judge) gifts(pkg *program.Package, fn ast.Node, s *ast.AssignStmt) {
	for i, l := range s.Lhs {
		value := rightOf(s, i)
		l = ast.Unparen(l)
		if x, ok := l.(*ast.IndexExpr); ok {
			if isMap(pkg.Info.TypeOf(x.X)) {
				continue // see trusts
			}
			l = x.X
		}
		if obj := variableOf(pkg.Info, l); obj != nil {
			j.given[obj] = append(j.given[obj], gift{pkg, fn, value})
		}
	}
}

// rightOf is what an assignment gives to the i-th on its left.
func rightOf(s *ast.AssignStmt, i int) ast.Expr {
	if len(s.Rhs) == len(s.Lhs) {
		return s.Rhs[i]
	}
	return s.Rhs[0]
}

// readers are methods of requests, contexts, headers and forms that yield what the
// caller sent.
var readers = strings.Fields(`Get Values GetHeader Query DefaultQuery QueryParam PostForm DefaultPostForm FormValue PostFormValue Param PathValue Cookie BasicAuth GetRawData`)

// functionOf is the type and body of a function in the code, nil of what is none.
func functionOf(n ast.Node) (*ast.FuncType, *ast.BlockStmt) {
	switch n := n.(type) {
	case *ast.FuncLit:
		return n.Type, n.Body
	case *ast.FuncDecl:
		return n.Type, n.Body
	}
	return nil, nil
}

// parameters are those of a function in their order.
func parameters(t *ast.FuncType, info *types.Info) (all []*types.Var) {
	for _, p := range t.Params.List {
		for _, name := range p.Names {
			v, _ := info.Defs[name].(*types.Var)
			all = append(all, v)
		}
		if len(p.Names) == 0 {
			all = append(all, nil)
		}
	}
	return all
}
