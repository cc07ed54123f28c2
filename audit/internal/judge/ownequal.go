package judge

import (
	"go/ast"
	"go/token"
	"go/types"
)

// comparesAll says whether a function of the module compares two texts in
// constant time: whether they are as long, and then each byte of one with that of
// the other.
func (j *Judge) comparesAll(fn *types.Func) bool {
	sig := fn.Signature()
	if sig.Recv() != nil || sig.Params().Len() != 2 || sig.Results().Len() != 1 || !isBool(sig.Results().At(0).Type()) ||
		!holdsText(sig.Params().At(0).Type()) || !holdsText(sig.Params().At(1).Type()) {
		return false
	}
	d := j.ownDecl(fn)
	if d == nil || len(d.Syntax.Body.List) != 4 {
		return false
	}
	c := comparison{a: sig.Params().At(0).Name(), b: sig.Params().At(1).Name(), text: isText(sig.Params().At(0).Type()) || isText(sig.Params().At(1).Type())}
	list := d.Syntax.Body.List
	return c.lengths(list[0]) && c.begins(list[1]) && c.each(list[2]) && c.ends(list[3])
}

// comparison is such a function, by the names of its parameters and of the
// variable that collects in which bits they differ.
type comparison struct {
	a, b, v string
	text    bool
}

// lengths: if len(a) != len(b) { return false }
func (c *comparison) lengths(s ast.Stmt) bool {
	i, ok := s.(*ast.IfStmt)
	if !ok || i.Init != nil || i.Else != nil || len(i.Body.List) != 1 {
		return false
	}
	r, ok := i.Body.List[0].(*ast.ReturnStmt)
	return ok && len(r.Results) == 1 && isNamed(r.Results[0], "false") &&
		c.either(i.Cond, func(a, b string) string { return "len(" + a + ") != len(" + b + ")" })
}

func (c *comparison) either(e ast.Expr, text func(a, b string) string) bool {
	s := types.ExprString(e)
	return s == text(c.a, c.b) || s == text(c.b, c.a)
}

// begins: var v byte
func (c *comparison) begins(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.DeclStmt:
		d, ok := s.Decl.(*ast.GenDecl)
		if !ok || d.Tok != token.VAR || len(d.Specs) != 1 {
			return false
		}
		v := d.Specs[0].(*ast.ValueSpec)
		if len(v.Names) == 1 && len(v.Values) == 0 {
			c.v = v.Names[0].Name
		}
	case *ast.AssignStmt:
		if len(s.Lhs) != 1 || s.Tok != token.DEFINE {
			return false
		}
		if id, ok := s.Lhs[0].(*ast.Ident); ok {
			switch types.ExprString(s.Rhs[0]) {
			case "0", "byte(0)", "uint8(0)":
				c.v = id.Name
			}
		}
	}
	return c.v != ""
}

// each: for i := range len(a) { v |= a[i] ^ b[i] }
func (c *comparison) each(s ast.Stmt) bool {
	var index ast.Expr
	var body *ast.BlockStmt
	switch s := s.(type) {
	case *ast.RangeStmt:
		over := types.ExprString(s.X)
		if s.Value != nil || s.Tok != token.DEFINE || over != "len("+c.a+")" && over != "len("+c.b+")" && (c.text || over != c.a && over != c.b) {
			return false // a range over a string leaves bytes out
		}
		index, body = s.Key, s.Body
	case *ast.ForStmt:
		init, ok := s.Init.(*ast.AssignStmt)
		post, isPost := s.Post.(*ast.IncDecStmt)
		if !ok || !isPost || s.Cond == nil || post.Tok != token.INC || len(init.Lhs) != 1 || types.ExprString(init.Rhs[0]) != "0" {
			return false
		}
		i := types.ExprString(init.Lhs[0])
		if types.ExprString(post.X) != i || !c.either(s.Cond, func(a, _ string) string { return i + " < len(" + a + ")" }) {
			return false
		}
		index, body = init.Lhs[0], s.Body
	default:
		return false
	}
	id, ok := index.(*ast.Ident)
	if !ok || len(body.List) != 1 {
		return false
	}
	a, ok := body.List[0].(*ast.AssignStmt)
	return ok && a.Tok == token.OR_ASSIGN && isNamed(a.Lhs[0], c.v) &&
		c.either(a.Rhs[0], func(a, b string) string { return a + "[" + id.Name + "] ^ " + b + "[" + id.Name + "]" })
}

// ends: return v == 0
func (c *comparison) ends(s ast.Stmt) bool {
	r, ok := s.(*ast.ReturnStmt)
	if !ok || len(r.Results) != 1 {
		return false
	}
	switch types.ExprString(r.Results[0]) {
	case c.v + " == 0", "subtle.ConstantTimeByteEq(" + c.v + ", 0) == 1":
		return true
	}
	return false
}
