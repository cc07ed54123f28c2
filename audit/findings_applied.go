package audit

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// neverApplied reports middleware that is handed to the code that registers open
// routes, as a parameter or in a field of one or of the receiver, and that nobody
// uses.
func (f *findings) neverApplied() {
	open := map[*types.Func][]*route{}
	var order []*types.Func
	for _, r := range f.calls {
		if r.In == nil || r.protected() || r.state == manifest.Public {
			continue
		}
		if open[r.In] == nil {
			order = append(order, r.In)
		}
		open[r.In] = append(open[r.In], r.named())
	}
	byField, holder := map[*types.Var][]*route{}, map[*types.Var]string{}
	var fields []*types.Var
	for _, fn := range order {
		src := f.source(fn)
		if src.decl == nil || !src.decl.Package.Own {
			continue
		}
		for _, v := range src.parameters() {
			if middlewareType(v.Type()) && !src.uses(v) {
				f.unused(v, short(open[fn][0].InName)+" takes the middleware "+v.Name(), open[fn])
			}
		}
		held := slices.Collect(fn.Signature().Params().Variables())
		for _, v := range held {
			if middlewareType(v.Type()) && strings.Trim(v.Name(), "_") == "" && !f.demanded(fn) {
				f.unused(v, short(open[fn][0].InName)+" takes middleware without a name for it", open[fn])
			}
		}
		if recv := fn.Signature().Recv(); recv != nil {
			held = append(held, recv)
		}
		for _, h := range held {
			for _, v := range fieldsOf(h.Type()) {
				// Whether a dependency reads a field of its own is not asked.
				if !middlewareType(v.Type()) || !f.program.Own(v.Pkg().Path()) || f.program.Package(v.Pkg().Path()) == nil || f.fieldRead(v) {
					continue
				}
				if byField[v] == nil {
					fields = append(fields, v)
					holder[v] = typeOf(h.Type())
				}
				byField[v] = append(byField[v], open[fn]...)
			}
		}
	}
	for _, v := range fields {
		f.unused(v, holder[v]+" holds the middleware "+v.Name(), byField[v])
	}
	f.emptyGroups()
}

// demanded reports whether an interface of the module may demand that a method
// has the parameters that it has.
func (f *findings) demanded(fn *types.Func) bool {
	if fn.Signature().Recv() == nil {
		return false
	}
	return slices.ContainsFunc(f.program.Packages, func(pkg *program.Package) bool {
		scope := pkg.Types.Scope()
		return slices.ContainsFunc(scope.Names(), func(name string) bool {
			i, ok := scope.Lookup(name).Type().Underlying().(*types.Interface)
			if !ok {
				return false
			}
			for m := range i.Methods() {
				if m.Name() == fn.Name() {
					return true
				}
			}
			return false
		})
	})
}

func (f *findings) unused(v *types.Var, what string, routes []*route) {
	d := diagnostic.Diagnostic{
		Code: CodeNeverApplied, Position: f.position(v.Pos()), Program: routes[0].program,
		Message:    fmt.Sprintf("%s and never applies it, and %s %s without it", what, some(routes), runs(routes)),
		Suggestion: "put " + cmp.Or(strings.Trim(v.Name(), "_"), "it") + " in front of their handlers, or remove it",
	}
	for _, r := range routes[:min(len(routes), maxRelated)] {
		d.Related = append(d.Related, diagnostic.Related{Position: f.position(r.Pos), Message: r.String() + " runs without it"})
	}
	f.add(d)
}

// parameters are those of a function that have names.
func (s *source) parameters() (all []*types.Var) {
	for _, field := range s.decl.Syntax.Type.Params.List {
		for _, name := range field.Names {
			if v, ok := s.decl.Package.Info.Defs[name].(*types.Var); ok && name.Name != "_" {
				all = append(all, v)
			}
		}
	}
	return all
}

// uses reports whether a function's body does something with a variable.
func (s *source) uses(v *types.Var) (used bool) {
	idle := idleUses(s.decl.Package.Info, s.decl.Syntax.Body)
	ast.Inspect(s.decl.Syntax.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && s.decl.Package.Info.Uses[id] == v && !idle[id] {
			used = true
		}
		return !used
	})
	return used
}

// idleUses are the expressions in code of which nothing is made: what is assigned
// to _, counted, compared with nil, or gone over without looking at an element.
func idleUses(info *types.Info, code ast.Node) map[ast.Expr]bool {
	idle := map[ast.Expr]bool{}
	blank := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return e == nil || ok && id.Name == "_"
	}
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if blank(left) && len(n.Lhs) == len(n.Rhs) {
					idle[ast.Unparen(n.Rhs[i])] = true
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if blank(name) && len(n.Names) == len(n.Values) {
					idle[ast.Unparen(n.Values[i])] = true
				}
			}
		case *ast.RangeStmt:
			if blank(n.Value) {
				idle[ast.Unparen(n.X)] = true
			}
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && info.Types[id].IsBuiltin() && (id.Name == "len" || id.Name == "cap") && len(n.Args) == 1 {
				idle[ast.Unparen(n.Args[0])] = true
			}
		case *ast.BinaryExpr:
			if info.Types[n.Y].IsNil() {
				idle[ast.Unparen(n.X)] = true
			}
		}
		return true
	})
	return idle
}

// fieldsOf are the fields of the struct that a type is, or points to.
func fieldsOf(t types.Type) (all []*types.Var) {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for v := range s.Fields() {
			if v.Pkg() != nil {
				all = append(all, v)
			}
		}
	}
	return all
}

// fieldRead reports whether code of the module reads a field. Exported ones may
// be read by any package.
func (f *findings) fieldRead(field *types.Var) bool {
	return slices.ContainsFunc(f.program.Mentioning("", field.Name()), func(part *program.Part) bool {
		if !field.Exported() && part.Package.Path != field.Pkg().Path() {
			return false
		}
		f.program.Check(part)
		return reads(part, field)
	})
}

// reads reports whether code does something with a field rather than setting it.
func reads(part *program.Part, field *types.Var) (found bool) {
	written := idleUses(part.Package.Info, part.Decl)
	ast.Inspect(part.Decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				written[ast.Unparen(left)] = true
			}
		case *ast.SelectorExpr:
			s := part.Package.Info.Selections[n]
			found = found || s != nil && s.Kind() == types.FieldVal && s.Obj() == field && !written[n]
		}
		return !found
	})
	return found
}

// emptyGroups reports groups that are made with middleware which denies callers
// without identity, and that nothing is registered on, while the function that
// made one registers open routes on the group around it: ones below its path, or
// any where the group is thrown away.
func (f *findings) emptyGroups() {
	for _, routes := range f.byRouter {
		router := routes[0].Router
		used := map[*wiring.Group]bool{}
		for _, r := range routes {
			for g := r.Group; g != nil; g = g.Parent {
				used[g] = true
			}
		}
		for _, u := range router.Uses {
			g := u.Group
			if g.Parent == nil || g.In == nil || used[g] {
				continue
			}
			used[g] = true // told once
			dropped, prefix := f.source(g.In).dropped[g.Pos], shape(groupPath(g))
			var near []*route
			for i, r := range routes {
				call := f.callOf[r]
				if r.Group != g.Parent || r.In != g.In || r.protected() || r.state == manifest.Public || i > 0 && f.callOf[routes[i-1]] == call {
					continue
				}
				if dropped || strings.HasPrefix(shape(segments(r))+"/", prefix+"/") {
					near = append(near, f.calls[call].named())
				}
			}
			if len(near) == 0 || !slices.ContainsFunc(u.Links, f.denies) {
				continue
			}
			d := diagnostic.Diagnostic{
				Code: CodeNeverApplied, Position: f.position(g.Pos), Program: near[0].program,
				Message:    fmt.Sprintf("the group %s has middleware that denies callers without identity and no routes, and %s %s without it", f.groupName(g), some(near), runs(near)),
				Suggestion: "register them on that group, or remove it",
			}
			for _, r := range near[:min(len(near), maxRelated)] {
				d.Related = append(d.Related, diagnostic.Related{Position: f.position(r.Pos), Message: r.String() + " runs without it"})
			}
			f.add(d)
		}
	}
}

func runs(routes []*route) string {
	if len(routes) == 1 {
		return "runs"
	}
	return "run"
}

// middlewareType reports whether values of a type are middleware, or several.
func middlewareType(t types.Type) bool {
	if s, ok := t.Underlying().(*types.Slice); ok {
		t = s.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil {
		switch n.Obj().Pkg().Path() + "." + n.Obj().Name() {
		case routers.GinPath + ".HandlerFunc", routers.EchoPath + ".MiddlewareFunc":
			return true
		}
	}
	sig, ok := t.Underlying().(*types.Signature)
	return ok && sig.Params().Len() == 1 && sig.Results().Len() == 1 && httpHandler(sig.Params().At(0).Type()) && httpHandler(sig.Results().At(0).Type())
}

// httpHandler reports whether a type is one of the handlers of net/http.
func httpHandler(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "net/http" && (n.Obj().Name() == "Handler" || n.Obj().Name() == "HandlerFunc")
}
