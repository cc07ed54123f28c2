package judge

import (
	"go/ast"
	"go/token"
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
	j.chosen[v] = false // while it is looked at
	for _, part := range j.prog.Writing(v.Name()) {
		if isLocal(v) && declares(part.Decl, v) || !isLocal(v) && j.prog.Reaches(part.Package.Path, v.Pkg().Path()) {
			if j.servesIn(part) {
				j.readPart(part)
			}
		}
	}
	j.chosen[v] = slices.ContainsFunc(j.given[v], func(g gift) bool { return j.sent(g.pkg, g.fn, g.value, 0) })
	return j.chosen[v]
}

// isLocal says whether a variable is one of a function.
func isLocal(v *types.Var) bool { return !v.IsField() && v.Parent() != v.Pkg().Scope() }

func declares(code ast.Node, v *types.Var) bool { return code.Pos() <= v.Pos() && v.Pos() < code.End() }

// gift is what an assignment gives while requests are served. fn is the function
// that it stands in.
type gift struct {
	pkg   *program.Package
	fn    ast.Node
	value ast.Expr
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

// provenance is a variable or field that a value was read of, and those before: what
// it is a part of, or went through.
type provenance struct {
	v      *types.Var
	before *provenance
}

func (o *provenance) has(v *types.Var) bool {
	for ; o != nil; o = o.before {
		if o.v == v {
			return true
		}
	}
	return false
}

// asChosen notes what a value is read of, if some code may write that. Whether
// callers choose it is found out when a credential is compared with it: few values
// are.
func (x *exec) asChosen(obj types.Object, val val) val {
	s, ok := val.(*sym)
	if !ok || s.kind != plain || s.t&tSetting == 0 {
		return val
	}
	v, ok := obj.(*types.Var)
	if !ok || !x.j.isWritten(v) || s.of.has(v) {
		return val
	}
	c := *s
	c.of = x.j.provenanceOf(provenance{v, s.of})
	return &c
}

// provenanceOf is the one pointer that stands for a provenance.
func (j *Judge) provenanceOf(o provenance) *provenance {
	known := j.of[o]
	if known == nil {
		known = &o
		j.of[o] = known
	}
	return known
}

// isWritten says whether some code may write a variable or field, as far as names
// tell.
func (j *Judge) isWritten(v *types.Var) bool {
	if v == nil || v.Pkg() == nil {
		return false
	}
	is, known := j.written[v]
	if !known {
		is = slices.ContainsFunc(j.prog.Writing(v.Name()), func(part *program.Part) bool {
			return !isLocal(v) || declares(part.Decl, v)
		})
		j.written[v] = is
	}
	return is
}

// anyChosen says whether callers may choose a value by what it was read of.
func (x *exec) anyChosen(s *sym) bool {
	for o := s.of; o != nil; o = o.before {
		if x.j.isChosen(o.v) {
			return true
		}
	}
	return false
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

// sent says whether an expression holds what a caller sent, as it is or as the
// standard library makes it.
func (j *Judge) sent(pkg *program.Package, fn ast.Node, e ast.Expr, depth int) bool {
	if depth > 4 {
		return false
	}
	in := func(e ast.Expr) bool { return j.sent(pkg, fn, e, depth+1) }
	switch e := ast.Unparen(e).(type) {
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (in(e.X) || in(e.Y))
	case *ast.SliceExpr:
		return in(e.X)
	case *ast.IndexExpr:
		return in(e.X)
	case *ast.UnaryExpr:
		return in(e.X)
	case *ast.CompositeLit:
		return slices.ContainsFunc(e.Elts, func(e ast.Expr) bool {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				e = kv.Value
			}
			return in(e)
		})
	case *ast.SelectorExpr:
		path, name := named(pkg.Info.TypeOf(e.X))
		return path == "net/http" && name == "Cookie" && e.Sel.Name == "Value" || in(e.X) && pkg.Info.Selections[e] != nil
	case *ast.Ident:
		return j.sentVariable(pkg, fn, e, depth)
	case *ast.CallExpr:
		if pkg.Info.Types[e.Fun].IsType() {
			return slices.ContainsFunc(e.Args, in)
		}
		if b, ok := variableOf(pkg.Info, e.Fun).(*types.Builtin); ok && (b.Name() == "append" || program.Copied(pkg.Info, e) != nil) {
			return slices.ContainsFunc(e.Args, in)
		}
		called, ok := variableOf(pkg.Info, e.Fun).(*types.Func)
		if !ok || called.Pkg() == nil {
			return false
		}
		if reads(pkg.Info, e, called) {
			return true
		}
		return j.std(called.Pkg().Path()) && slices.ContainsFunc(e.Args, in)
	}
	return false
}

// sentVariable is sent for a variable: by what the function gives it, or by what
// functions that are given a request give a parameter.
func (j *Judge) sentVariable(pkg *program.Package, fn ast.Node, id *ast.Ident, depth int) bool {
	v, ok := pkg.Info.Uses[id].(*types.Var)
	if !ok || v.IsField() || v.Pos() < fn.Pos() || v.Pos() >= fn.End() {
		return false
	}
	found := false
	ast.Inspect(fn, func(n ast.Node) bool {
		if s, ok := n.(*ast.AssignStmt); ok && !found {
			for i, l := range s.Lhs {
				l, ok := l.(*ast.Ident)
				if !ok || pkg.Info.ObjectOf(l) != v {
					continue
				}
				if i == 0 || len(s.Rhs) == len(s.Lhs) {
					found = found || j.sent(pkg, fn, rightOf(s, i), depth+1)
				}
			}
		}
		return !found
	})
	d, ok := fn.(*ast.FuncDecl)
	if found || !ok {
		return found
	}
	i := slices.Index(parameters(d.Type, pkg.Info), v)
	if i < 0 {
		return false
	}
	scope := pkg.Path
	if d.Recv != nil {
		scope = ""
	}
	for _, part := range j.prog.Mentioning(scope, d.Name.Name) {
		if !j.prog.Reaches(part.Package.Path, pkg.Path) {
			continue
		}
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			t, body := functionOf(n)
			if body != nil && takesRequest(t) && calls(body, d.Name.Name) {
				j.prog.Check(part)
				found = found || j.sentTo(part.Package, n, body, pkg.Info.Defs[d.Name], i, depth)
			}
			return !found
		})
	}
	return found
}

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

// sentTo says whether code calls a function with what a caller sent as its i-th
// argument.
func (j *Judge) sentTo(pkg *program.Package, fn, body ast.Node, called types.Object, i, depth int) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && i < len(call.Args) && variableOf(pkg.Info, call.Fun) == called {
			found = found || j.sent(pkg, fn, call.Args[i], depth+1)
		}
		return !found
	})
	return found
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
