package wiring

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
)

// instance is a generic function with the types that it is used for. What it has
// to do with may be what they have to do with.
type instance struct {
	fn   *types.Func
	args *types.TypeList
}

// look tells what a part of a declaration speaks of. Nothing is noted: the
// declaration was read before.
func (r *relevance) look(pkg *program.Package, part ast.Node) *node {
	aside := relevance{program: r.program, assigned: map[*types.Var][]*types.Func{}, replaced: map[*types.Var][]*types.Func{}, exposed: map[*types.Var]bool{}, referred: map[*types.Func]bool{}}
	n := &node{}
	aside.refer(pkg, n, part)
	return n
}

// refer notes what a declaration speaks of.
func (r *relevance) refer(pkg *program.Package, n *node, decl ast.Node) {
	ast.Inspect(decl, func(at ast.Node) bool {
		switch at := at.(type) {
		case *ast.Ident:
			switch obj := pkg.Info.Uses[at].(type) {
			case *types.Func:
				if r.referFunc(n, obj.Origin()); generic(obj) {
					n.uses = append(n.uses, instance{obj.Origin(), typeArgs(pkg.Info, at, obj)})
				}
			case *types.TypeName:
				n.direct = n.direct || wiringType(obj)
			case *types.Var:
				if obj.Pkg() != nil && !obj.IsField() && obj.Parent() == obj.Pkg().Scope() {
					n.vars = append(n.vars, obj)
					if obj.Pkg().Path() == httpPath && obj.Name() == "DefaultServeMux" {
						n.direct = true
					}
				}
			}
		case *ast.CallExpr:
			n.calls = n.calls || takesRouter(pkg.Info.TypeOf(at.Fun))
			if callsValue(pkg.Info, at) {
				n.applies = true
				n.direct = n.direct || registers(pkg.Info.TypeOf(at.Fun))
			}
			for i, arg := range at.Args {
				if s, ok := ast.Unparen(arg).(*ast.SliceExpr); ok {
					arg = s.X
				}
				if v := rootVar(pkg.Info, arg); v != nil && program.Fills(pkg.Info, at, i) {
					r.exposed[v] = true
				}
			}
		case *ast.AssignStmt:
			for _, l := range at.Lhs {
				if _, local := ast.Unparen(l).(*ast.Ident); !local {
					n.writes = true
				}
				if v := rootVar(pkg.Info, l); v != nil && at.Tok != token.DEFINE {
					r.assigned[v] = append(r.assigned[v], n.fn)
					if isVar(l) {
						r.replaced[v] = append(r.replaced[v], n.fn)
					}
					n.sets = append(n.sets, v)
				}
				if t := setField(pkg.Info, l); t != nil {
					n.fields = append(n.fields, t)
				}
			}
		case *ast.UnaryExpr:
			if at.Op == token.AND {
				if v := rootVar(pkg.Info, at.X); v != nil {
					r.exposed[v] = true
					n.sets = append(n.sets, v)
					if isVar(at.X) {
						r.replaced[v] = append(r.replaced[v], nil)
					}
				}
			}
		}
		return true
	})
}

// setField returns the type of a field that an assignment sets, or of a struct that
// it writes through a pointer, nil for other variables.
func setField(info *types.Info, l ast.Expr) types.Type {
	switch x := ast.Unparen(l).(type) {
	case *ast.SelectorExpr:
		if info.Selections[x] != nil {
			return info.TypeOf(x)
		}
	case *ast.IndexExpr:
		return setField(info, x.X)
	case *ast.StarExpr:
		if t := info.TypeOf(x); t != nil && structOf(t) != nil {
			return t
		}
	}
	return nil
}

// callsValue reports whether a call is one of a function that a variable holds.
func callsValue(info *types.Info, call *ast.CallExpr) bool {
	var id *ast.Ident
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return !info.Types[call.Fun].IsType()
	}
	_, ok := info.Uses[id].(*types.Var)
	return ok
}

// isVar reports whether an expression is a variable and no part of one, as far as
// its form tells.
func isVar(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		return isVar(x.X)
	}
	return false
}

// rootVar returns the package variable at the root of an expression.
func rootVar(info *types.Info, e ast.Expr) *types.Var {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			v, ok := info.Uses[x].(*types.Var)
			if ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
				return v
			}
			return nil
		case *ast.SelectorExpr:
			if info.Selections[x] == nil {
				e = x.Sel
				continue
			}
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		default:
			return nil
		}
	}
}

func (r *relevance) referFunc(n *node, fn *types.Func) {
	r.referred[fn] = true
	if fn.Pkg() == nil {
		return
	}
	if wiringFunc(fn) || routers.LookupInterface(fn) != nil {
		n.direct, n.calls = true, true
		return
	}
	if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		n.methods = append(n.methods, fn)
		return
	}
	if r.program.Own(fn.Pkg().Path()) && !generic(fn) {
		n.funcs = append(n.funcs, fn)
	}
}

// typeArgs returns the types that a generic function is used for, nil when they
// are not known.
func typeArgs(info *types.Info, at *ast.Ident, fn *types.Func) *types.TypeList {
	if recv := fn.Signature().Recv(); recv != nil {
		t := types.Unalias(recv.Type())
		if p, ok := t.(*types.Pointer); ok {
			t = types.Unalias(p.Elem())
		}
		if n, ok := t.(*types.Named); ok {
			return n.TypeArgs()
		}
		return nil
	}
	return info.Instances[at].TypeArgs
}

// matters reports whether an instance has to do with wiring: the function does,
// or one of the types may hold what does.
func (r *relevance) matters(use instance) bool {
	if r.funcs[use.fn] && !r.forTypes[use.fn] || use.args == nil {
		return true
	}
	for t := range use.args.Types() {
		if _, isParam := types.Unalias(t).(*types.TypeParam); isParam {
			return true
		}
		switch u := t.Underlying().(type) {
		case *types.Signature:
			return true
		case *types.Interface:
			if u.Empty() {
				return true
			}
		}
		if r.carries(t, 0) {
			return true
		}
	}
	return false
}

// wiringNames are the functions, types and variables of the frameworks that have
// to do with wiring, not with serving one request.
var wiringNames = map[string]map[string]bool{
	httpPath: nameSet(`NewServeMux ListenAndServe ListenAndServeTLS Serve ServeTLS StripPrefix FileServer FileServerFS TimeoutHandler
		Handler HandlerFunc ServeMux Server DefaultServeMux`),
	rpcPath:  nameSet(`HandleHTTP`),
	ginPath:  nameSet(`New Default WrapH WrapF Engine RouterGroup IRouter IRoutes HandlerFunc HandlersChain`),
	echoPath: nameSet(`New WrapHandler WrapMiddleware Echo Group HandlerFunc MiddlewareFunc`),
}

// wiringMethods are those methods of routers and servers that register nothing
// and lead to what is registered.
var wiringMethods = map[string]map[string]bool{
	httpPath: nameSet(`Handler ServeHTTP ListenAndServe ListenAndServeTLS Serve ServeTLS`),
	rpcPath:  nameSet(`HandleHTTP`),
	ginPath:  nameSet(`Handler ServeHTTP HandleContext Routes With BasePath Run RunTLS RunUnix RunFd RunQUIC RunListener`),
	echoPath: nameSet(`ServeHTTP Routes Router Routers Start StartTLS StartAutoTLS StartH2CServer StartServer`),
}

func nameSet(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		set[word] = true
	}
	return set
}

// wiringFunc reports whether a function of a framework has to do with wiring,
// not with serving one request.
func wiringFunc(fn *types.Func) bool {
	if routers.Lookup(fn) != nil {
		return true
	}
	names := wiringNames[fn.Pkg().Path()]
	recv := fn.Signature().Recv()
	if names == nil || recv == nil {
		return names[fn.Name()]
	}
	switch _, name := typeName(recv.Type()); name {
	case "ServeMux", "Server", "Engine", "RouterGroup", "IRouter", "IRoutes", "Echo", "Group":
		return wiringMethods[fn.Pkg().Path()][fn.Name()]
	}
	return false
}

// wiringType is wiringFunc for types.
func wiringType(obj *types.TypeName) bool {
	return obj.Pkg() != nil && (isRecorder(obj) || wiringNames[obj.Pkg().Path()][obj.Name()])
}
