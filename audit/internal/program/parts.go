package program

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"

	"golang.org/x/tools/go/packages"
)

// Part is a declaration of the module that holds code: a function with a body,
// or package variables.
type Part struct {
	Package *Package
	Decl    ast.Decl // *ast.FuncDecl or *ast.GenDecl
	Index   int      // in Parts
}

// names says for names which parts speak of them, by their numbers.
type names map[string]*[]int32

// index knows by names which parts may speak of what. It tells too many rather
// than too few: a name may be that of something else.
type index struct {
	parts []*Part
	// scopes are the names of packages, by path: one that stands alone may be of
	// the package's own scope, one behind an import's name is of that package's.
	// What stands behind a dot otherwise is a field or a method, of no package.
	scopes map[string]names
	writes names // in what is assigned, counted up or pointed to
	fills  names // of what is written as a whole through a pointer, see Filling
}

// scope returns the names of a package, for more to be added.
func (x *index) scope(path string) names {
	scope := x.scopes[path]
	if scope == nil {
		scope = names{}
		x.scopes[path] = scope
	}
	return scope
}

// Parts returns the code of the packages that were read at once, in their order.
// The bodies of functions are not type-checked, see [Program.Check].
func (p *Program) Parts() []*Part { return p.index.parts }

// Mentioning returns the parts that may speak of a name in the scope of a
// package, or of a field or method when pkg is empty.
func (p *Program) Mentioning(pkg, name string) []*Part {
	return p.index.at(p.index.scopes[pkg][name])
}

// Writing returns the parts that may assign or point to something of a name.
func (p *Program) Writing(name string) []*Part { return p.index.at(p.index.writes[name]) }

func (x *index) at(list *[]int32) []*Part {
	if list == nil {
		return nil
	}
	parts := make([]*Part, len(*list))
	for i, n := range *list {
		parts[i] = x.parts[n]
	}
	return parts
}

// newIndex reads the names of the code of packages.
func newIndex(l *loader, packages []*Package) *index {
	x := &index{scopes: map[string]names{}, writes: names{}, fills: names{}}
	other := map[string]string{}
	for _, pkg := range packages {
		for _, file := range pkg.Files {
			r := nameReader{index: x, own: x.scope(pkg.Path), fields: x.scope(""), other: other}
			r.readImports(l.listed[pkg.Path], file)
			for _, d := range file.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					if d.Body == nil {
						continue
					}
				case *ast.GenDecl:
					if d.Tok != token.VAR {
						continue
					}
				}
				r.part = int32(len(x.parts))
				x.parts = append(x.parts, &Part{Package: pkg, Decl: d, Index: len(x.parts)})
				r.read(d)
			}
		}
	}
	return x
}

// nameReader notes the names of one part at a time.
type nameReader struct {
	index       *index
	own, fields names
	part        int32
	imports     map[string]names // by the names that a file has for packages
	dots        []names
	behind      []behind          // what stands behind names of imports
	hidden      map[string]bool   // names of imports that may be variables as well
	other       map[string]string // names of variables: their types as parameters, or what they begin as
}

type behind struct{ imported, name string }

func (r *nameReader) readImports(listed *packages.Package, file *ast.File) {
	r.imports = map[string]names{}
	for _, spec := range file.Imports {
		written, err := strconv.Unquote(spec.Path.Value)
		if err != nil || listed == nil || listed.Imports[written] == nil {
			continue
		}
		scope := r.index.scope(listed.Imports[written].PkgPath)
		if name := importName(spec, listed); name == "." {
			r.dots = append(r.dots, scope)
		} else {
			r.imports[name] = scope
		}
	}
}

func (r *nameReader) read(d ast.Decl) {
	r.behind, r.hidden = r.behind[:0], nil
	clear(r.other)
	if fn, ok := d.(*ast.FuncDecl); ok {
		r.params(fn.Recv)
		r.params(fn.Type.Params)
	}
	ast.Walk(r, d)
	for _, b := range r.behind {
		if r.hidden[b.imported] {
			r.note(r.fields, b.name)
		}
	}
}

func (r *nameReader) note(in names, name string) {
	list := in[name]
	if list == nil {
		in[name] = &[]int32{r.part}
	} else if (*list)[len(*list)-1] != r.part {
		*list = append(*list, r.part)
	}
}

// Visit implements [ast.Visitor].
func (r *nameReader) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.Ident:
		r.note(r.own, n.Name)
		for _, scope := range r.dots {
			r.note(scope, n.Name)
		}
		if r.imports[n.Name] != nil {
			if r.hidden == nil {
				r.hidden = map[string]bool{}
			}
			r.hidden[n.Name] = true
		}
	case *ast.SelectorExpr:
		if id, ok := n.X.(*ast.Ident); ok {
			if scope := r.imports[id.Name]; scope != nil {
				r.note(scope, n.Sel.Name)
				r.behind = append(r.behind, behind{id.Name, n.Sel.Name})
				return nil
			}
		}
		r.note(r.fields, n.Sel.Name)
		ast.Walk(r, n.X)
		return nil
	case *ast.FuncLit:
		r.params(n.Type.Params)
	case *ast.CallExpr:
		r.filled(n)
	case *ast.AssignStmt:
		r.aliases(n)
		if n.Tok != token.DEFINE {
			for _, e := range n.Lhs {
				r.written(e)
				if s, ok := ast.Unparen(e).(*ast.StarExpr); ok {
					r.whole(s.X)
				}
			}
		}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			r.written(n.Key)
			r.written(n.Value)
		}
	case *ast.IncDecStmt:
		r.written(n.X)
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			r.written(n.X)
		}
	}
	return r
}

// written notes the names on the way to what is written.
func (r *nameReader) written(e ast.Expr) {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			r.note(r.index.writes, x.Name)
			return
		case *ast.SelectorExpr:
			r.note(r.index.writes, x.Sel.Name)
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return
		}
	}
}

// Speaks reports whether the code of a declared function may speak of one of
// these names.
func (p *Program) Speaks(fn *types.Func, names map[string]bool) bool {
	d := p.decl(fn.Origin())
	if d == nil {
		return false
	}
	return Names(d.Syntax.Body, names)
}

// Names reports whether code has one of these names in it.
func Names(code ast.Node, names map[string]bool) bool {
	found := false
	ast.Inspect(code, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && names[id.Name] {
			found = true
		}
		return !found
	})
	return found
}
