package generator

import (
	"go/ast"
	"strings"
	"unicode"
)

// folder returns the folder of a package of this module, nil for others.
func (g *generation) folder(path string) *directory {
	if path == g.module.path {
		return g.byDir["."]
	}
	dir, ok := strings.CutPrefix(path, g.module.path+"/")
	if !ok {
		return nil
	}
	return g.byDir[dir]
}

// dirOf returns the folder of a package of this module, parsed.
func (g *generation) dirOf(path string) *directory {
	d := g.folder(path)
	if d != nil {
		d.parse(g.fset)
	}
	return d
}

// typesOf returns the package-level types of a package of this module, nil for
// others.
func (g *generation) typesOf(path string) map[string]*typeDecl {
	d := g.dirOf(path)
	if d == nil {
		return nil
	}
	d.typesOnce.Do(func() {
		d.types = map[string]*typeDecl{}
		for _, s := range d.sources {
			if s.test() {
				continue
			}
			for _, decl := range s.syntax.Decls {
				if gen, ok := decl.(*ast.GenDecl); ok {
					for _, spec := range gen.Specs {
						if t, ok := spec.(*ast.TypeSpec); ok {
							g.declare(d.types, t, s)
						}
					}
				}
			}
		}
	})
	return d.types
}

// shallow is a package of this module as far as resolving an alias in it needs.
func (g *generation) shallow(path string, s *source) *pkg {
	return &pkg{importPath: path, name: s.syntax.Name.Name, types: g.typesOf(path)}
}

// isStruct reports whether a named type is a struct that is not generic. known
// is false when types have to tell.
func (g *generation) isStruct(p *pkg, path, name string) (is, known bool) {
	d := p.types[name]
	if path != p.importPath {
		d = g.typesOf(path)[name]
	}
	if d == nil {
		return false, false
	}
	if d.spec.TypeParams != nil {
		return false, true
	}
	switch d.spec.Type.(type) {
	case *ast.StructType:
		return true, true
	case *ast.Ident, *ast.SelectorExpr:
		return false, false
	}
	return false, true
}

func lowerFirst(s string) string {
	// An initialism goes to lower case as a whole: URLClaims, urlClaims.
	runes := []rune(s)
	end := 0
	for end < len(runes) && unicode.IsUpper(runes[end]) {
		end++
	}
	if end > 1 && end < len(runes) {
		end--
	}
	for i := range end {
		runes[i] = unicode.ToLower(runes[i])
	}
	return string(runes)
}
