package audit

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// neverApplied reports middleware that is handed to the code that registers open
// routes, as a parameter or in a field of the receiver, and that nobody uses.
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
	byField := map[*types.Var][]*route{}
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
		for _, v := range fieldsOf(fn) {
			if !middlewareType(v.Type()) || f.program.Package(v.Pkg().Path()) == nil || f.fieldRead(v) {
				continue
			}
			if byField[v] == nil {
				fields = append(fields, v)
			}
			byField[v] = append(byField[v], open[fn]...)
		}
	}
	for _, v := range fields {
		routes := byField[v]
		f.unused(v, typeOf(routes[0].In.Signature().Recv().Type())+" holds the middleware "+v.Name(), routes)
	}
}

func (f *findings) unused(v *types.Var, what string, routes []*route) {
	run := "run"
	if len(routes) == 1 {
		run = "runs"
	}
	d := diagnostic.Diagnostic{
		Code: CodeNeverApplied, Position: f.position(v.Pos()), Program: routes[0].program,
		Message:    fmt.Sprintf("%s and never applies it, and %s %s without it", what, some(routes), run),
		Suggestion: "put " + v.Name() + " in front of their handlers, or remove it",
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

// uses reports whether a function's body speaks of a variable.
func (s *source) uses(v *types.Var) (used bool) {
	ast.Inspect(s.decl.Syntax.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && s.decl.Package.Info.Uses[id] == v {
			used = true
		}
		return !used
	})
	return used
}

// fieldsOf are the fields of the struct that a method is of.
func fieldsOf(fn *types.Func) (all []*types.Var) {
	recv := fn.Signature().Recv()
	if recv == nil {
		return nil
	}
	t := types.Unalias(recv.Type())
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

// reads reports whether code reads a field rather than setting it.
func reads(part *program.Part, field *types.Var) (found bool) {
	written := map[ast.Expr]bool{}
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
