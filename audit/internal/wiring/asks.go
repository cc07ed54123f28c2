package wiring

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
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
	if obj == nil || obj.Pkg() == nil {
		return 0
	}
	switch obj := obj.(type) {
	case *types.Func:
		recv := obj.Signature().Recv()
		switch {
		case recv == nil:
		case obj.Pkg().Path() != ginPath && obj.Pkg().Path() != echoPath:
			return asksAs(obj)
		case obj.Name() == "Find" && isType(recv.Type(), echoPath, "Router"):
			return findsRoute
		case !isType(recv.Type(), echoPath, "Context") && !isType(recv.Type(), ginPath, "Context"):
		case obj.Name() == "Handler":
			return asksHandler
		case obj.Name() == "SetHandler":
			return setsHandler
		}
	case *types.Var:
		if obj.IsField() && obj.Name() == "HandlerFunc" && (obj.Pkg().Path() == ginPath || obj.Pkg().Path() == echoPath) {
			return walksRoutes // of RouteInfo
		}
	}
	return 0
}

// asksAs is asksBy for a method of an interface that a context of a framework has.
func asksAs(fn *types.Func) asking {
	sig := fn.Signature()
	handler := func(t *types.Tuple) bool {
		return t.Len() == 1 && (isType(t.At(0).Type(), ginPath, "HandlerFunc") || isType(t.At(0).Type(), echoPath, "HandlerFunc"))
	}
	switch {
	case !types.IsInterface(sig.Recv().Type()):
	case fn.Name() == "Handler" && handler(sig.Results()):
		return asksHandler
	case fn.Name() == "SetHandler" && handler(sig.Params()):
		return setsHandler
	}
	return 0
}

// asked finds out what the code of the program asks frameworks for, and where.
func (in *interp) asked() asking {
	if in.askedFor != nil {
		return *in.askedFor
	}
	var all asking
	var asking []*program.Part
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
				if a := in.askedBy(part, name); a != 0 {
					all |= a
					asking = append(asking, part)
				}
			}
		}
	}
	if all&(asksHandler|setsHandler) != 0 {
		in.leadToAsking(asking)
	}
	return all
}

func (in *interp) askedBy(part *program.Part, name string) (all asking) {
	for _, sel := range in.selecting(part, name) {
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
// ask by reflection what a function is called.
func (in *interp) selecting(part *program.Part, name string) (all []*ast.SelectorExpr) {
	ast.Inspect(part.Decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if n.Sel.Name == name {
				all = append(all, n)
			}
			if n.Sel.Name == "Pointer" {
				if call, ok := n.X.(*ast.CallExpr); ok && len(call.Args) == 1 && in.reflects(part, call) {
					return false
				}
			}
		}
		return true
	})
	if len(all) > 0 {
		in.program.Check(part)
	}
	return all
}

// reflects reports whether a call is one of reflect.ValueOf.
func (in *interp) reflects(part *program.Part, call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "ValueOf" {
		return false
	}
	in.program.Check(part)
	fn, _ := part.Package.Info.Uses[sel.Sel].(*types.Func)
	return fn != nil && pkgPath(fn) == "reflect"
}
