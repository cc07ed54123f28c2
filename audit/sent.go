package audit

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"regexp"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
)

// body is the code of a function with what its variables are given.
type body struct {
	*code
	a       *audit
	given   map[types.Object][]ast.Expr // what is assigned, nil for what is not known
	params  map[types.Object]bool       // requests and contexts that it, or a literal in it, is given
	callers map[types.Object]bool       // other parameters, that hold what the caller sent
	live    map[types.Object]kind       // what variables share with the request
	kept    map[types.Object]kind       // what variables and fields elsewhere do
	back    bool                        // see entry
}

// entry is what a function is given by a call that was read.
type entry struct {
	byType bool // what calls it is not read
	// back says that the function is read for what was kept elsewhere alone: requests
	// that literals in it are given are not those.
	back bool
	kept map[types.Object]kind

	sent  map[types.Object]bool  // parameters that hold nothing but what the caller sent
	live  map[types.Object]kind  // what parameters share with the request
	bound map[types.Object]*held // functions, and what holds such
}

// newBody reads what the variables of a function are given. Without an entry its
// parameters are what their types say.
func (a *audit) newBody(c *code, e *entry) *body {
	b := &body{code: c, a: a, given: map[types.Object][]ast.Expr{}, params: map[types.Object]bool{}, live: map[types.Object]kind{}}
	info := c.pkg.Info
	declare := func(t *ast.FuncType) {
		for _, p := range t.Params.List {
			for _, name := range p.Names {
				if obj := info.Defs[name]; obj != nil && (ofType(obj.Type()) != 0 || serving(obj.Type())) {
					b.live[obj] = ofType(obj.Type())
					b.params[obj] = true
				}
			}
		}
	}
	if e == nil || e.byType {
		declare(c.typ)
	}
	if e != nil {
		b.callers, c.bound, b.kept, b.back = e.sent, e.bound, e.kept, e.back
		for obj, k := range e.live {
			b.live[obj] = k
			b.params[obj] = ofType(obj.Type()) != 0
		}
	}
	var flows []flow
	give := func(l, v ast.Expr, i int) {
		if obj := c.object(l); obj != nil {
			if i > 0 {
				b.given[obj] = append(b.given[obj], nil)
			} else {
				b.given[obj] = append(b.given[obj], v)
			}
		}
		if obj := b.root(l); obj != nil && v != nil && !(isStrings(info.TypeOf(l)) && c.object(l) == nil) {
			flows = append(flows, flow{obj, v, i})
		}
	}
	ast.Inspect(c.body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if !b.back {
				declare(n.Type)
			}
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				switch {
				case len(n.Lhs) == len(n.Rhs) && (n.Tok == token.ASSIGN || n.Tok == token.DEFINE):
					give(l, n.Rhs[i], 0)
				case len(n.Rhs) == 1:
					give(l, n.Rhs[0], i)
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				switch {
				case len(n.Names) == len(n.Values):
					give(name, n.Values[i], 0)
				case len(n.Values) == 1:
					give(name, n.Values[0], i)
				}
			}
		case *ast.TypeSwitchStmt:
			s, ok := n.Assign.(*ast.AssignStmt)
			if !ok {
				break
			}
			for _, clause := range n.Body.List {
				if obj := info.Implicits[clause]; obj != nil {
					x := s.Rhs[0].(*ast.TypeAssertExpr).X
					b.given[obj] = append(b.given[obj], x)
					if types := clause.(*ast.CaseClause).List; len(types) == 1 {
						x = &ast.TypeAssertExpr{X: x, Type: types[0]}
					}
					flows = append(flows, flow{obj, x, 0})
				}
			}
		case *ast.RangeStmt:
			if n.Key != nil {
				give(n.Key, n.X, 0)
			}
			if n.Value != nil {
				give(n.Value, n.X, 0)
			}
		case *ast.SendStmt:
			if obj := b.root(n.Chan); obj != nil {
				flows = append(flows, flow{obj, n.Value, 0})
			}
		case *ast.UnaryExpr:
			if obj := c.object(n.X); obj != nil && n.Op == token.AND {
				b.given[obj] = append(b.given[obj], nil)
			}
		}
		return true
	})
	b.settle(flows)
	return b
}

// local reports whether a variable is one of the function, and given something: all
// that it is given is known.
func (b *body) local(obj types.Object) bool {
	return obj != nil && len(b.given[obj]) > 0 && obj.Pos() >= b.code.body.Pos() && obj.Pos() < b.code.body.End()
}

// root is the variable that an expression begins with: r of r.Header.Get("X") and
// of r.WithContext(ctx).Header.
func (b *body) root(e ast.Expr) types.Object {
	if id, ok := program.Root(e, true).(*ast.Ident); ok {
		return b.pkg.Info.ObjectOf(id)
	}
	return nil
}

// asked reports whether a variable is a request or a context that the function, or
// one around it, is given.
func (b *body) asked(obj types.Object) bool {
	return b.params[obj] || b.outer != nil && b.outer.asked(obj)
}

// maxMade bounds how far a request is traced back to where it came from.
const maxMade = 4

func isNamed(t types.Type, path, name string) bool {
	if t == nil {
		return false
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, ok := t.(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == path && n.Obj().Name() == name
}

func isHeader(t types.Type) bool  { return isNamed(t, "net/http", "Header") }
func isRequest(t types.Type) bool { return isNamed(t, "net/http", "Request") }

// parameter reports whether a value is the parameter of the path that has a name.
func (b *body) parameter(name, v ast.Expr) bool {
	call, ok := ast.Unparen(v).(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return false
	}
	fn, ok := b.callee(call).(*types.Func)
	if !ok || fn.Name() != "Param" && fn.Name() != "PathValue" || !b.asked(b.root(call)) {
		return false
	}
	x, y := b.pkg.Info.Types[name].Value, b.pkg.Info.Types[call.Args[0]].Value
	return x != nil && y != nil && constant.Compare(x, token.EQL, y)
}

// handsOn names the request that a call hands to the next handler where that is
// not the one that the function was given, "" elsewhere.
func (b *body) handsOn(call *ast.CallExpr) string {
	sig, ok := b.pkg.Info.TypeOf(call.Fun).(*types.Signature)
	if !ok {
		return ""
	}
	var req ast.Expr
	fn := b.callee(call)
	switch n := len(call.Args); {
	case n == 2 && sig.Params().Len() == 2 && isNamed(sig.Params().At(0).Type(), "net/http", "ResponseWriter") && isRequest(sig.Params().At(1).Type()):
		req = call.Args[1]
	case n == 1 && fn != nil && fn.Name() == "SetRequest" && isRequest(b.pkg.Info.TypeOf(call.Args[0])):
		req = call.Args[0]
	default:
		return ""
	}
	if b.own(req, 0) || b.back && b.of(req) == 0 {
		return ""
	}
	return types.ExprString(req)
}

// own reports whether a request is the one that the function was given, or a copy
// of it.
func (b *body) own(e ast.Expr, depth int) bool {
	if depth > maxMade {
		return false
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		// What makes a request of this one is read by itself, or of a library.
		if slices.ContainsFunc(x.Args, func(e ast.Expr) bool { return serving(b.pkg.Info.TypeOf(e)) && b.own(e, depth+1) }) {
			return true
		}
	case *ast.Ident:
		obj := b.pkg.Info.ObjectOf(x)
		if b.asked(obj) {
			return true
		}
		return b.local(obj) && !slices.ContainsFunc(b.given[obj], func(v ast.Expr) bool { return v == nil || !b.own(v, depth+1) })
	}
	obj := b.root(e)
	if b.asked(obj) {
		return true
	}
	if id := b.rootIdent(e); id != nil && id != e {
		return b.own(id, depth+1)
	}
	return false
}

func (b *body) rootIdent(e ast.Expr) *ast.Ident {
	obj := b.root(e)
	var found *ast.Ident
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && found == nil && obj != nil && b.pkg.Info.ObjectOf(id) == obj {
			found = id
		}
		return found == nil
	})
	return found
}

// sentAll reports whether a header is that of the request, or a copy.
func (b *body) sentAll(e ast.Expr) bool {
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		fn, recv, _ := b.method(call)
		return fn != nil && fn.Name() == "Clone" && recv != nil && b.sentAll(recv)
	}
	return isHeader(b.pkg.Info.TypeOf(e)) && b.asked(b.root(e)) && b.of(e)&headers != 0
}

// sentCookie reports whether a cookie holds what the caller sent.
func (b *body) sentCookie(e ast.Expr) bool {
	if u, ok := ast.Unparen(e).(*ast.UnaryExpr); ok {
		e = u.X
	}
	lit, ok := ast.Unparen(e).(*ast.CompositeLit)
	if !ok {
		return b.sent(e, 0)
	}
	return !slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		id, ok := kv.Key.(*ast.Ident)
		return ok && id.Name == "Value" && !b.sent(kv.Value, 0)
	})
}

// scheme is what code puts around what the caller sent.
var scheme = regexp.MustCompile(`^((?i:bearer|basic|dpop|token)? ?|[\w-]+=)(%[sv])?$`)

// passing are packages whose functions make nothing of what they are given that
// was not in it.
var passing = []string{"strings", "fmt", "net/url", "encoding/base64", "encoding/hex"}

// sent reports whether a value holds nothing but what the caller sent. A way that
// leaves a variable empty counts, since it adds nothing.
func (b *body) sent(e ast.Expr, depth int) bool {
	if e == nil || depth > 8 {
		return false
	}
	info := b.pkg.Info
	e = ast.Unparen(e)
	if tv := info.Types[e]; tv.Value != nil {
		return tv.Value.Kind() == constant.String && scheme.MatchString(constant.StringVal(tv.Value))
	}
	all := func(es []ast.Expr) bool {
		return !slices.ContainsFunc(es, func(e ast.Expr) bool { return !b.sent(e, depth+1) })
	}
	switch x := e.(type) {
	case *ast.BinaryExpr:
		return x.Op == token.ADD && b.sent(x.X, depth+1) && b.sent(x.Y, depth+1)
	case *ast.Ident:
		obj := info.ObjectOf(x)
		if b.callers[obj] || b.asked(obj) {
			return true
		}
		return b.local(obj) && all(b.given[obj])
	case *ast.CompositeLit:
		return len(x.Elts) > 0 && all(x.Elts)
	case *ast.IndexExpr:
		return b.sent(x.X, depth+1)
	case *ast.SliceExpr:
		return b.sent(x.X, depth+1)
	case *ast.SelectorExpr:
		return info.Selections[x] != nil && x.Sel.Name != "Keys" && b.sent(x.X, depth+1)
	case *ast.CallExpr:
		if info.Types[x.Fun].IsType() {
			return all(x.Args)
		}
		fn, ok := b.callee(x).(*types.Func)
		if !ok || fn.Pkg() == nil {
			return false
		}
		if sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr); ok && info.Selections[sel] != nil && b.sent(sel.X, depth+1) {
			return !remembered(fn, info.TypeOf(sel.X))
		}
		if !slices.Contains(passing, fn.Pkg().Path()) || len(x.Args) == 0 {
			return false
		}
		if fn.Name() == "Sprintf" || fn.Name() == "Sprint" {
			return all(x.Args)
		}
		return b.sent(x.Args[0], depth+1) && !slices.ContainsFunc([]string{"Replace", "ReplaceAll", "Map", "Join"}, func(s string) bool { return s == fn.Name() })
	}
	return false
}

// remembered reports whether a method of a request or context yields what code put
// there rather than what the caller sent.
func remembered(fn *types.Func, on types.Type) bool {
	switch name := fn.Name(); name {
	case "Context", "Value", "MustGet":
		return true
	case "Get", "GetString", "GetStringSlice", "GetStringMap", "GetStringMapString", "GetBool", "GetInt", "GetInt64", "GetUint", "GetUint64", "GetFloat64", "GetTime", "GetDuration":
		return isNamed(on, routers.GinPath, "Context") || isNamed(on, routers.EchoPath, "Context")
	}
	return false
}
