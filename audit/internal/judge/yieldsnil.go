package judge

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// A pointer that a function of the module yields may be nil, and a method that looks
// whether its receiver is nil may let everybody in then.

// maxYields bounds the calls through which a result is traced.
const maxYields = 8

// orNil is a pointer, or nil where what yields it may yield that.
func (x *exec) orNil(r *value.Ref, p *ptr, id string) val {
	s, ok := r.To.V.(*value.Struct)
	if !ok || s.From == nil || !x.j.mayYieldNil(s.From) {
		return p
	}
	is := value.Condition{Text: s.From.Why + "(…) == nil", Pos: s.From.Pos, About: id}
	not := is
	not.Text = s.From.Why + "(…) != nil"
	return &anyVal{id: id, of: []val{p, nilOf(types.NewPointer(s.Type))}, conds: []value.Condition{not, is}}
}

// mayYieldNil says whether what a call yields may be nil, by what the function
// returns without an error, and nobody who made the call has looked.
func (j *Judge) mayYieldNil(u *value.Unknown) bool {
	return u.Callee != nil && j.yieldsNil(u.Callee, u.Result, maxYields) && !j.leavesNil(u)
}

func (j *Judge) yieldsNil(fn *types.Func, result, deep int) bool {
	d := j.ownDecl(fn)
	results := fn.Signature().Results()
	if d == nil || result >= results.Len() {
		return false
	}
	if deep == 0 {
		return true
	}
	unset := unsetPointers(d)
	found := false
	ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			switch {
			case len(n.Results) == 0:
				found = found || unset[results.At(result).Name()]
			case len(n.Results) == 1 && results.Len() > 1:
				found = found || j.callYieldsNil(d, n.Results[0], result, deep)
			default:
				last := n.Results[len(n.Results)-1]
				if results.Len() > 1 && isError(results.At(results.Len()-1).Type()) && !isNamed(last, "nil") {
					return true // who gets an error does not go on
				}
				e := ast.Unparen(n.Results[result])
				id, _ := e.(*ast.Ident)
				found = found || id != nil && (id.Name == "nil" || unset[id.Name]) || j.callYieldsNil(d, e, 0, deep)
			}
		}
		return true
	})
	return found
}

// callYieldsNil is yieldsNil for a call, or the nil of a type.
func (j *Judge) callYieldsNil(d *program.Decl, e ast.Expr, result, deep int) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	if d.Package.Info.Types[call.Fun].IsType() {
		return len(call.Args) == 1 && isNamed(call.Args[0], "nil")
	}
	fn, _ := d.Package.Info.Uses[lastIdent(call.Fun)].(*types.Func)
	return fn != nil && j.yieldsNil(fn, result, deep-1)
}

// unsetPointers are the variables, by names, that begin as nil and are given something
// on some ways only: not by a statement of the body itself.
func unsetPointers(d *program.Decl) map[string]bool {
	unset := map[string]bool{}
	begins := func(names []*ast.Ident) {
		for _, id := range names {
			if obj := d.Package.Info.Defs[id]; obj != nil {
				if _, pointer := obj.Type().Underlying().(*types.Pointer); pointer {
					unset[id.Name] = true
				}
			}
		}
	}
	if d.Syntax.Type.Results != nil {
		for _, f := range d.Syntax.Type.Results.List {
			begins(f.Names)
		}
	}
	for _, s := range d.Syntax.Body.List {
		switch s := s.(type) {
		case *ast.DeclStmt:
			if g, ok := s.Decl.(*ast.GenDecl); ok {
				for _, spec := range g.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && len(v.Values) == 0 {
						begins(v.Names)
					}
				}
			}
		case *ast.AssignStmt:
			for _, l := range s.Lhs {
				if id, ok := l.(*ast.Ident); ok {
					delete(unset, id.Name)
				}
			}
		}
	}
	return unset
}

// leavesNil says whether the function that makes a call leaves, or ends, where the
// variable that is given its result is nil.
func (j *Judge) leavesNil(u *value.Unknown) (leaves bool) {
	for _, part := range j.prog.Parts() {
		d, ok := part.Decl.(*ast.FuncDecl)
		if !ok || u.Pos < d.Pos() || u.Pos >= d.End() {
			continue
		}
		name := ""
		ast.Inspect(d.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if len(n.Rhs) == 1 && callAt(n.Rhs[0], u.Pos) && u.Result < len(n.Lhs) {
					if id, ok := n.Lhs[u.Result].(*ast.Ident); ok {
						name = id.Name
					}
				}
			case *ast.IfStmt:
				leaves = leaves || name != "" && n.Pos() > u.Pos && whereNil(n.Cond, name) && leavesBlock(n.Body)
			}
			return true
		})
		return leaves
	}
	return false
}

// whereNil says whether a condition holds wherever a variable is nil.
func whereNil(cond ast.Expr, name string) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	switch {
	case !ok:
		return false
	case b.Op == token.LOR:
		return whereNil(b.X, name) || whereNil(b.Y, name)
	}
	return b.Op == token.EQL && isNamed(b.X, name) && isNamed(b.Y, "nil")
}

// leavesBlock says whether a block ends the function or the program.
func leavesBlock(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	_, returns := b.List[len(b.List)-1].(*ast.ReturnStmt)
	return returns || endsAll(b)
}
