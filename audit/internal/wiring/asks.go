package wiring

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/value"
)

// Frameworks give away handlers without what stands in front of them: the context
// tells the handler of the route and lets another be set, gin lists its routes with
// their handlers, and the router of echo finds one for any path.

// asking is a set of what code asks a framework for.
type asking uint8

const (
	asksHandler asking = 1 << iota // the handler of the route
	setsHandler                    // to run another one
	walksRoutes                    // the handlers of all routes of gin
	findsRoute                     // the route of a path, of echo
)

// askingNames are the names of the methods and fields that are asked, by the import
// paths of frameworks.
var askingNames = map[string][]string{ginPath: {"Handler", "HandlerFunc"}, echoPath: {"Handler", "SetHandler", "Find"}}

// asksBy says what a method or a field of a framework is asked for.
func asksBy(obj types.Object) asking {
	if obj == nil || obj.Pkg() == nil || obj.Pkg().Path() != ginPath && obj.Pkg().Path() != echoPath {
		return 0
	}
	switch obj := obj.(type) {
	case *types.Func:
		recv := obj.Signature().Recv()
		switch {
		case recv == nil:
		case obj.Name() == "Find" && isType(recv.Type(), echoPath, "Router"):
			return findsRoute
		case !isType(recv.Type(), echoPath, "Context") && !isType(recv.Type(), ginPath, "Context"):
		case obj.Name() == "Handler":
			return asksHandler
		case obj.Name() == "SetHandler":
			return setsHandler
		}
	case *types.Var:
		if obj.IsField() && obj.Name() == "HandlerFunc" {
			return walksRoutes // of RouteInfo
		}
	}
	return 0
}

// asked finds out what the code of the program asks frameworks for, and where.
func (in *interp) asked() asking {
	if in.askedFor != nil {
		return *in.askedFor
	}
	var all asking
	in.askedFor = &all
	if !slices.ContainsFunc(in.program.Packages, func(p *program.Package) bool {
		return in.within[p.Path] && (in.program.ImportsPackage(p.Path, ginPath) || in.program.ImportsPackage(p.Path, echoPath))
	}) {
		return 0
	}
	names := map[string]bool{}
	for path, list := range askingNames {
		if in.program.DependsOn(path) {
			for _, name := range list {
				names[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		for _, part := range in.program.Mentioning("", name) {
			if in.within[part.Package.Path] && !routers.Ours(part.Package.Path) {
				all |= in.askedBy(part, name)
			}
		}
	}
	return all
}

func (in *interp) askedBy(part *program.Part, name string) (all asking) {
	for _, sel := range selecting(part, name) {
		in.program.Check(part)
		a := asksBy(part.Package.Info.Uses[sel.Sel])
		switch a {
		case walksRoutes:
			in.out.Walks = append(in.out.Walks, End{Pos: sel.Pos(), Why: "the handlers of all routes are taken here, and may run without what stands in front of them"})
		case findsRoute:
			in.out.Finds = append(in.out.Finds, End{Pos: sel.Pos(), Why: "a route is looked up here, and its handler may run without what stands in front of all routes"})
		}
		all |= a
	}
	return all
}

// selecting are the places where code speaks of a name behind a dot, other than to
// write there, or to ask by reflection what a function is called.
func selecting(part *program.Part, name string) (all []*ast.SelectorExpr) {
	ast.Inspect(part.Decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if n.Sel.Name == name {
				all = append(all, n)
			}
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "ValueOf" && len(n.Args) == 1 {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "reflect" {
					return false
				}
			}
		}
		return true
	})
	return all
}

// maxAsking bounds the calls within calls in which a framework is asked.
const maxAsking = 3

// asks says what a function of the module, or one that it calls, asks a framework
// for.
func (in *interp) asks(f *value.Func) asking {
	switch {
	case in.asked() == 0:
		return 0
	case f.Lit != nil:
		if f.Pkg.Own {
			return in.codeAsks(f.Pkg, f.Lit.Body, maxAsking)
		}
		return 0
	case in.sealed(f.Fn):
		return 0
	}
	return in.funcAsks(f.Fn, maxAsking)
}

func (in *interp) funcAsks(fn *types.Func, depth int) asking {
	if depth == 0 || !in.program.Own(pkgPath(fn)) {
		return 0
	}
	d := in.program.Decl(fn)
	if d == nil || d.Syntax.Body == nil {
		return 0
	}
	return in.codeAsks(d.Package, d.Syntax.Body, depth)
}

func (in *interp) codeAsks(pkg *program.Package, code ast.Node, depth int) (all asking) {
	ast.Inspect(code, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := pkg.Info.Uses[id]
		all |= asksBy(obj)
		if fn, ok := obj.(*types.Func); ok {
			all |= in.funcAsks(fn, depth-1)
		}
		return true
	})
	return all
}
