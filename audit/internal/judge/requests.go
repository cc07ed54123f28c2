package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// servesMade says whether a link hands what is behind it a request that it has
// made itself, which may be of any method, or speaks of a function that does.
func (j *Judge) servesMade(l *wiring.Link) bool {
	if !j.makersRead {
		j.makersRead = true
		j.readMakers()
	}
	if len(j.makers) == 0 {
		return false
	}
	var in ast.Node
	pos := token.NoPos
	switch f := value.Bare(l.Func).(type) {
	case *value.Func:
		if f.Lit != nil {
			in, pos = f.Lit, f.Lit.Pos()
		} else if f.Fn != nil {
			pos = f.Fn.Pos()
			if d := j.decl(f.Fn); d != nil {
				in = d.Syntax
			}
		}
	case *value.Unknown:
		if f.Callee != nil {
			pos = f.Callee.Pos()
			if d := j.decl(f.Callee); d != nil {
				in = d.Syntax
			}
		}
	}
	return slices.ContainsFunc(j.makers, func(m *ast.FuncDecl) bool {
		return pos >= m.Pos() && pos < m.End() || in != nil && calls(in, m.Name.Name)
	})
}

func (j *Judge) readMakers() {
	for _, pkg := range []string{"net/http", "net/http/httptest"} {
		for _, name := range []string{"NewRequest", "NewRequestWithContext", "Request", "ReadRequest"} {
			for _, part := range j.prog.Mentioning(pkg, name) {
				d, ok := part.Decl.(*ast.FuncDecl)
				if !ok || slices.Contains(j.makers, d) || !speaksOfRequests(d.Body) {
					continue
				}
				j.prog.Check(part)
				if servesMade(part.Package.Info, d.Body) {
					j.makers = append(j.makers, d)
				}
			}
		}
	}
}

// speaksOfRequests says whether code makes a request, as far as its text tells.
func speaksOfRequests(body ast.Node) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			found = found || n.Type != nil && strings.HasSuffix(types.ExprString(n.Type), "http.Request")
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok {
				found = found || strings.HasSuffix(sel.Sel.Name, "Request") || strings.HasPrefix(sel.Sel.Name, "NewRequest")
			}
		}
		return !found
	})
	return found
}

// servesMade says whether code calls a handler with a request that it has made.
func servesMade(info *types.Info, body ast.Node) bool {
	made := map[types.Object]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		if s, ok := n.(*ast.AssignStmt); ok && len(s.Rhs) == 1 && makesRequest(info, s.Rhs[0]) {
			if id, ok := s.Lhs[0].(*ast.Ident); ok && info.ObjectOf(id) != nil {
				made[info.ObjectOf(id)] = true
			}
		}
		return true
	})
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 || found {
			return !found
		}
		if path, name := named(info.TypeOf(call.Args[0])); name != "ResponseWriter" && !strings.HasSuffix(path, "httptest") {
			return true
		}
		arg := ast.Unparen(call.Args[1])
		// WithContext and Clone keep the method.
		for {
			c, ok := arg.(*ast.CallExpr)
			if !ok {
				break
			}
			sel, ok := c.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "WithContext" && sel.Sel.Name != "Clone" {
				break
			}
			arg = ast.Unparen(sel.X)
		}
		if id, ok := arg.(*ast.Ident); ok && made[info.ObjectOf(id)] || makesRequest(info, arg) {
			found = true
		}
		return true
	})
	return found
}

func makesRequest(info *types.Info, e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		return makesRequest(info, e.X)
	case *ast.CompositeLit:
		path, name := named(info.TypeOf(e))
		return path == "net/http" && name == "Request"
	case *ast.CallExpr:
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok {
			fn, ok := info.Uses[sel.Sel].(*types.Func)
			return ok && fn.Pkg() != nil && strings.HasPrefix(fn.Pkg().Path(), "net/http") && fn.Signature().Recv() == nil && strings.HasSuffix(strings.TrimSuffix(fn.Name(), "WithContext"), "Request")
		}
	}
	return false
}

// replaceRequest does what *r = *r2 does to all that hold r.
func replaceRequest(st *state, old, now *sym) {
	for c, v := range st.mem.all() {
		if s, ok := v.(*sym); ok && s.key == old.key && s.kind == kRequest {
			st.mem.set(c, now)
		}
	}
	if st.req != nil && st.req.key == old.key {
		st.req = now
	}
}
