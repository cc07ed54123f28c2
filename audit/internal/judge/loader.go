package judge

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// loaderLooks says whether the function that a setting comes from, by a call at a
// place, ends where it is empty: a key that is read from a file and looked at
// before it is returned.
func (j *Judge) loaderLooks(pos token.Pos) bool {
	if !pos.IsValid() {
		return false
	}
	is, known := j.looked[pos]
	if known {
		return is
	}
	for _, part := range j.prog.Parts() {
		if d, ok := part.Decl.(*ast.FuncDecl); ok && d.Pos() <= pos && pos < d.End() {
			j.prog.Check(part)
			is = d.Body != nil && j.looksAtResult(part.Package.Info, d.Body, pos)
			break
		}
	}
	j.looked[pos] = is
	return is
}

// looksAtResult says whether code gives the result of the call at a place to a
// variable of its own, once, and leaves where that is empty.
func (j *Judge) looksAtResult(info *types.Info, body *ast.BlockStmt, pos token.Pos) bool {
	name, assigned := "", map[string]int{}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				if id, ok := l.(*ast.Ident); ok {
					assigned[id.Name]++
				}
			}
			if id, ok := n.Lhs[0].(*ast.Ident); ok && len(n.Rhs) == 1 && callAt(n.Rhs[0], pos) {
				name = id.Name
			}
		case *ast.UnaryExpr:
			if id, ok := n.X.(*ast.Ident); ok && n.Op == token.AND {
				assigned[id.Name]++
			}
		}
		return true
	})
	return name != "" && name != "_" && assigned[name] == 1 && j.leavesEmpty(info, body, name, pos)
}

// callAt says whether an expression is the call at a place, or what is empty where
// its result is: a conversion, or what is left of it without spaces.
func callAt(e ast.Expr, pos token.Pos) bool {
	c, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || pos < c.Pos() || pos >= c.End() {
		return false
	}
	if pos <= c.Lparen {
		return true
	}
	_, isSlice := c.Fun.(*ast.ArrayType)
	id := lastIdent(c.Fun)
	return len(c.Args) > 0 && (isSlice || id != nil && (id.Name == "string" || strings.HasPrefix(id.Name, "Trim"))) && callAt(c.Args[0], pos)
}

// leavesEmpty says whether code ends the program, behind a place, where a
// variable is empty.
func (j *Judge) leavesEmpty(info *types.Info, body *ast.BlockStmt, name string, pos token.Pos) bool {
	return slices.ContainsFunc(body.List, func(s ast.Stmt) bool {
		i, ok := s.(*ast.IfStmt)
		return ok && i.Pos() > pos && saysEmpty(i.Cond, name) && j.endsProgram(info, i.Body, 0)
	})
}

// loads says whether a function of the module yields what it has loaded, and ends
// the program where that is empty.
func (j *Judge) loads(fn *types.Func) bool {
	if fn == nil {
		return false
	}
	d := j.ownDecl(fn)
	if d == nil {
		return false
	}
	found, all := false, true
	ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			ok := len(n.Results) == 1 && j.loadsVar(d.Package.Info, d.Syntax.Body, n.Results[0])
			found, all = found || ok, all && ok
		}
		return true
	})
	return found && all
}

// loadedAtStart says whether a variable of a package is a text that a function has
// loaded before the program serves, which ends it where there is none, and that nothing
// changes after that.
func (j *Judge) loadedAtStart(obj *types.Var) bool {
	if !holdsText(obj.Type()) || obj.Pkg() == nil || !j.prog.Own(obj.Pkg().Path()) {
		return false
	}
	j.indexInits()
	e := j.initFuncs[obj]
	return e != nil && j.allLoaded(e, j.initPkgs[obj].Info) && !j.mutable(obj) || j.checkedAtStart(obj)
}

// allLoaded says whether an expression is made of loaded texts, and of what stands in
// the code beside them: a prefix alone is no secret.
func (j *Judge) allLoaded(e ast.Expr, info *types.Info) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		if tv := info.Types[e.Fun]; tv.IsType() {
			return len(e.Args) == 1 && holdsText(tv.Type) && j.allLoaded(e.Args[0], info)
		}
		id := lastIdent(e.Fun)
		if id == nil {
			return false
		}
		fn, _ := info.Uses[id].(*types.Func)
		return draws(fn) || j.loads(fn)
	case *ast.BinaryExpr:
		known := func(e ast.Expr) bool { return info.Types[e].Value != nil }
		return e.Op == token.ADD && (known(e.X) || j.allLoaded(e.X, info)) && (known(e.Y) || j.allLoaded(e.Y, info)) && !(known(e.X) && known(e.Y))
	}
	return false
}

// loadsVar says whether an expression is a variable, or a conversion of one, that
// was given the result of a call and looked at.
func (j *Judge) loadsVar(info *types.Info, body *ast.BlockStmt, e ast.Expr) bool {
	if c, ok := ast.Unparen(e).(*ast.CallExpr); ok && len(c.Args) == 1 {
		if _, isSlice := c.Fun.(*ast.ArrayType); isSlice || isNamed(c.Fun, "string") {
			return j.loadsVar(info, body, c.Args[0])
		}
	}
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	for _, s := range body.List {
		a, ok := s.(*ast.AssignStmt)
		if ok && len(a.Rhs) == 1 && isNamed(a.Lhs[0], id.Name) {
			return j.looksAtResult(info, body, a.Rhs[0].Pos())
		}
	}
	return false
}

// saysEmpty says whether a condition holds where a variable is empty.
func saysEmpty(e ast.Expr, name string) bool {
	b, ok := ast.Unparen(e).(*ast.BinaryExpr)
	if !ok {
		return false
	}
	isVar := func(e ast.Expr) bool { id, ok := ast.Unparen(e).(*ast.Ident); return ok && id.Name == name }
	isLen := func(e ast.Expr) bool {
		c, ok := ast.Unparen(e).(*ast.CallExpr)
		return ok && len(c.Args) == 1 && isVar(c.Args[0]) && isNamed(c.Fun, "len")
	}
	lit := func(e ast.Expr) constant.Value {
		if l, ok := ast.Unparen(e).(*ast.BasicLit); ok {
			return constant.MakeFromLiteral(l.Value, l.Kind, 0)
		}
		return constant.MakeUnknown()
	}
	switch v := lit(b.Y); b.Op {
	case token.LOR:
		return saysEmpty(b.X, name) || saysEmpty(b.Y, name)
	case token.EQL:
		return isLen(b.X) && v.Kind() == constant.Int && constant.Sign(v) == 0 || isVar(b.X) && v.Kind() == constant.String && constant.StringVal(v) == ""
	case token.LSS:
		return isLen(b.X) && (v.Kind() != constant.Int || constant.Sign(v) > 0)
	case token.NEQ:
		return isLen(b.X) && (v.Kind() != constant.Int || constant.Sign(v) > 0)
	}
	return false
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && id.Name == name
}

// endsAll says whether a block ends the program: what was loaded is not used.
func endsAll(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	s, ok := b.List[len(b.List)-1].(*ast.ExprStmt)
	if !ok {
		return false
	}
	c, ok := s.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	id := lastIdent(c.Fun)
	return id != nil && (id.Name == "panic" || id.Name == "Exit" || strings.HasPrefix(id.Name, "Fatal") || strings.HasPrefix(id.Name, "Panic"))
}

// endsProgram is endsAll that believes no function of the module by its name: it must
// end the program itself.
func (j *Judge) endsProgram(info *types.Info, b *ast.BlockStmt, depth int) bool {
	if !endsAll(b) || depth > maxStarting {
		return false
	}
	call := b.List[len(b.List)-1].(*ast.ExprStmt).X.(*ast.CallExpr)
	fn, ok := info.Uses[lastIdent(call.Fun)].(*types.Func)
	if !ok {
		return info.Types[call.Fun].IsBuiltin() // panic
	}
	if fn.Pkg() == nil || !j.prog.Own(fn.Pkg().Path()) {
		return true
	}
	d := j.ownDecl(fn)
	return d != nil && j.goesOn(d.Package.Info, d.Syntax.Body, 0) && j.endsProgram(d.Package.Info, d.Syntax.Body, depth+1)
}
