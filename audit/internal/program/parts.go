package program

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// Part is a declaration of the module that holds code: a function with a body,
// or package variables.
type Part struct {
	Package *Package
	Decl    ast.Decl // *ast.FuncDecl or *ast.GenDecl
	Index   int      // in Parts
}

// mention is a name as code speaks of it: one that stands alone may be of the
// package's own scope, one behind an import's name of that package's. What
// stands behind a dot otherwise is a field or a method, and pkg is empty.
type mention struct{ pkg, name string }

// index knows by names which parts may speak of what. It tells too many rather
// than too few: a name may be that of something else.
type index struct {
	parts    []*Part
	mentions map[mention][]int32
	writes   map[string][]int32 // names in what is assigned, counted up or pointed to
}

// Parts returns the code of the packages that were read at once, in their order.
// The bodies of functions are not type-checked, see [Program.Check].
func (p *Program) Parts() []*Part { return p.index.parts }

// Mentioning returns the parts that may speak of a name in the scope of a
// package, or of a field or method when pkg is empty.
func (p *Program) Mentioning(pkg, name string) []*Part {
	return p.index.at(p.index.mentions[mention{pkg, name}])
}

// Writing returns the parts that may assign or point to something of a name.
func (p *Program) Writing(name string) []*Part { return p.index.at(p.index.writes[name]) }

func (x *index) at(list []int32) []*Part {
	parts := make([]*Part, len(list))
	for i, n := range list {
		parts[i] = x.parts[n]
	}
	return parts
}

// newIndex reads the names of the code of packages.
func newIndex(l *loader, packages []*Package) *index {
	x := &index{mentions: map[mention][]int32{}, writes: map[string][]int32{}}
	for _, pkg := range packages {
		for _, file := range pkg.Files {
			r := nameReader{index: x, pkg: pkg.Path}
			r.readImports(l, file)
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
	index   *index
	pkg     string
	part    int32
	imports map[string]string // path by name
	dots    []string
	behind  []behind        // what stands behind names of imports
	hidden  map[string]bool // names of imports that may be variables as well
}

type behind struct{ imported, name string }

func (r *nameReader) readImports(l *loader, file *ast.File) {
	r.imports = map[string]string{}
	listed := l.listed[r.pkg]
	for _, spec := range file.Imports {
		written, err := strconv.Unquote(spec.Path.Value)
		if err != nil || listed == nil {
			continue
		}
		pkg := listed.Imports[written]
		if pkg == nil {
			continue
		}
		name := importName(spec, listed)
		if name == "." {
			r.dots = append(r.dots, pkg.PkgPath)
			continue
		}
		r.imports[name] = pkg.PkgPath
	}
}

func (r *nameReader) read(d ast.Decl) {
	r.behind, r.hidden = r.behind[:0], nil
	ast.Walk(r, d)
	for _, b := range r.behind {
		if r.hidden[b.imported] {
			r.note("", b.name)
		}
	}
}

func (r *nameReader) note(pkg, name string) {
	r.index.mentions[mention{pkg, name}] = add(r.index.mentions[mention{pkg, name}], r.part)
}

func add(list []int32, part int32) []int32 {
	if n := len(list); n > 0 && list[n-1] == part {
		return list
	}
	return append(list, part)
}

// Visit implements [ast.Visitor].
func (r *nameReader) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.Ident:
		r.note(r.pkg, n.Name)
		for _, path := range r.dots {
			r.note(path, n.Name)
		}
		if r.imports[n.Name] != "" {
			if r.hidden == nil {
				r.hidden = map[string]bool{}
			}
			r.hidden[n.Name] = true
		}
	case *ast.SelectorExpr:
		if id, ok := n.X.(*ast.Ident); ok {
			if path := r.imports[id.Name]; path != "" {
				r.note(path, n.Sel.Name)
				r.behind = append(r.behind, behind{id.Name, n.Sel.Name})
				return nil
			}
		}
		r.note("", n.Sel.Name)
		ast.Walk(r, n.X)
		return nil
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			for _, e := range n.Lhs {
				r.written(e)
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
			r.index.writes[x.Name] = add(r.index.writes[x.Name], r.part)
			return
		case *ast.SelectorExpr:
			r.index.writes[x.Sel.Name] = add(r.index.writes[x.Sel.Name], r.part)
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
	found := false
	ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && names[id.Name] {
			found = true
		}
		return !found
	})
	return found
}
