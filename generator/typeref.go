package generator

import (
	"go/ast"
	"slices"
	"strings"
)

// typeRef is a type as far as syntax tells.
type typeRef struct {
	path, name string // a named type; path is "" for predeclared ones
	pointer    bool
	function   *ast.FuncType // a function type, written in source
	source     *source       // where function's identifiers are to be resolved
	pkg        *pkg          // source's package
	open       bool          // an alias of another package, or a dot import, may be behind it
}

func (t typeRef) is(path, name string, pointer bool) bool {
	return t.path == path && t.name == name && t.pointer == pointer && t.function == nil
}

// mayBe reports whether a type is this one, or types have to tell. What syntax
// shows as a pointer is no interface.
func (t typeRef) mayBe(path, name string, pointer bool) bool {
	return t.is(path, name, pointer) || t.open && (pointer || !t.pointer)
}

// resolver resolves the types of one file's declarations.
type resolver struct {
	g *generation
	p *pkg
}

// ref resolves a type expression.
func (r resolver) ref(s *source, e ast.Expr) typeRef {
	return r.follow(s, e, 0)
}

func (r resolver) follow(s *source, e ast.Expr, depth int) typeRef {
	if depth > 8 { // an alias of itself does not compile
		return typeRef{open: true}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return r.follow(s, e.X, depth+1)
	case *ast.StarExpr:
		t := r.follow(s, e.X, depth+1)
		if t.pointer || t.function != nil {
			return typeRef{}
		}
		t.pointer = true
		return t
	case *ast.FuncType:
		return typeRef{function: e, source: s, pkg: r.p}
	case *ast.Ident:
		if d, ok := r.p.types[e.Name]; ok {
			return r.declared(s, d, depth)
		}
		for _, path := range s.dotImports {
			if slices.Contains(spokenNames[path], e.Name) {
				return typeRef{path: path, name: e.Name}
			}
		}
		if len(s.dotImports) > 0 && !predeclared(e.Name) {
			return typeRef{name: e.Name, open: true}
		}
		return typeRef{name: e.Name}
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		if !ok {
			return typeRef{}
		}
		path, ok := r.g.importOf(s, x.Name)
		if !ok {
			return typeRef{name: e.Sel.Name, open: true}
		}
		t := typeRef{path: path, name: e.Sel.Name}
		switch {
		case path == httpPath, path == ginPath, path == echoPath, path == runtimePath, isAdapter(path):
		case isStandard(path) && r.g.dirOf(path) == nil:
		default:
			if d := r.g.typesOf(path)[e.Sel.Name]; d != nil {
				// The alias' own package is where its names mean something.
				return resolver{r.g, r.g.shallow(path, d.source)}.declared(s, d, depth)
			}
			t.open = true
		}
		return t
	}
	return typeRef{}
}

// declared resolves a type of the resolver's package that a file names.
func (r resolver) declared(s *source, d *typeDecl, depth int) typeRef {
	v, sure := r.g.seenFrom(s, d)
	switch {
	case !sure && slices.ContainsFunc(d.all, func(v typeVariant) bool { return v.spec.Assign.IsValid() }):
		return typeRef{name: v.spec.Name.Name, open: true}
	case v.spec.Assign.IsValid() && v.spec.TypeParams == nil:
		return r.follow(v.source, v.spec.Type, depth+1)
	}
	return typeRef{path: r.p.importPath, name: v.spec.Name.Name}
}

func isAdapter(path string) bool {
	for _, a := range adapters {
		if a == path {
			return true
		}
	}
	return false
}

// standardFolders are the first elements of the standard library's paths. What
// is missing here is looked up by types, which costs time only.
var standardFolders = strings.Fields("archive bufio bytes cmp compress container context crypto database debug embed encoding " +
	"errors expvar flag fmt go hash html image index io iter log maps math mime net os path plugin reflect regexp runtime " +
	"slices sort strconv strings structs sync syscall testing text time unicode unique unsafe weak")

// isStandard reports whether a path is the standard library's. That its first
// element has no dot is not enough: modules may be called so too.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return slices.Contains(standardFolders, first)
}

func predeclared(name string) bool {
	return slices.Contains([]string{"error", "string", "bool", "any", "int", "byte", "rune"}, name)
}

// flat returns the type of each parameter, once for every name.
func flat(list *ast.FieldList) (types []ast.Expr, names []string) {
	if list == nil {
		return nil, nil
	}
	for _, f := range list.List {
		if len(f.Names) == 0 {
			types, names = append(types, f.Type), append(names, "")
		}
		for _, n := range f.Names {
			types, names = append(types, f.Type), append(names, n.Name)
		}
	}
	return types, names
}

// written returns the package and name that a type expression spells, without
// following aliases; "" where it spells none.
func (r resolver) written(s *source, e ast.Expr) (path, name string) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return r.written(s, e.X)
	case *ast.Ident:
		if r.p.types[e.Name] != nil {
			return r.p.importPath, e.Name
		}
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			if path, ok := r.g.importOf(s, x.Name); ok {
				return path, e.Sel.Name
			}
		}
	}
	return "", ""
}
