package audit

import (
	"fmt"
	"go/ast"
	"go/types"

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
	used := usedFields{}
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
			if !middlewareType(v.Type()) || f.program.Package(v.Pkg().Path()) == nil || used.in(f.program, v) {
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

// usedFields are the fields that the code of a package reads.
type usedFields map[*program.Package]map[types.Object]bool

// in reports whether a field is read. Exported ones may be by any package.
func (u usedFields) in(p *program.Program, field *types.Var) bool {
	for _, pkg := range p.Packages {
		if (field.Exported() || pkg.Path == field.Pkg().Path()) && u.of(pkg)[field] {
			return true
		}
	}
	return false
}

func (u usedFields) of(pkg *program.Package) map[types.Object]bool {
	read := u[pkg]
	if read != nil {
		return read
	}
	read = map[types.Object]bool{}
	u[pkg] = read
	written := map[ast.Expr]bool{}
	for _, file := range pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if assign, ok := n.(*ast.AssignStmt); ok {
				for _, left := range assign.Lhs {
					written[ast.Unparen(left)] = true
				}
			}
			return true
		})
	}
	for e, s := range pkg.Info.Selections {
		if s.Kind() == types.FieldVal && !written[e] {
			read[s.Obj()] = true
		}
	}
	return read
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
