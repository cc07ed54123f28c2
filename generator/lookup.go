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

// typeSpec finds a package-level type of a package of this module.
func (g *generation) typeSpec(path, name string) (*ast.TypeSpec, *source) {
	d := g.dirOf(path)
	if d == nil {
		return nil, nil
	}
	for _, s := range d.sources {
		if s.test() {
			continue
		}
		for _, decl := range s.syntax.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok && t.Name.Name == name {
					return t, s
				}
			}
		}
	}
	return nil, nil
}

// aliasIn looks a type of another package of this module up. known is false
// when the package is not of this module or lacks the type; alias is nil when
// the type is no alias.
func (g *generation) aliasIn(path, name string) (alias ast.Expr, s *source, known bool) {
	spec, s := g.typeSpec(path, name)
	if spec == nil {
		return nil, nil, false
	}
	if spec.Assign.IsValid() && spec.TypeParams == nil {
		return spec.Type, s, true
	}
	return nil, s, true
}

// shallow is a package of this module as far as resolving an alias in it needs.
func (g *generation) shallow(path string, s *source) *pkg {
	p := &pkg{importPath: path, name: s.syntax.Name.Name, types: map[string]*typeDecl{}}
	for _, other := range g.dirOf(path).sources {
		if other.test() {
			continue
		}
		for _, decl := range other.syntax.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok {
				for _, spec := range gen.Specs {
					if t, ok := spec.(*ast.TypeSpec); ok {
						p.types[t.Name.Name] = &typeDecl{spec: t, source: other}
					}
				}
			}
		}
	}
	return p
}

// isStruct reports whether a named type is a struct that is not generic. known
// is false when types have to tell.
func (g *generation) isStruct(p *pkg, path, name string) (is, known bool) {
	var spec *ast.TypeSpec
	if path == p.importPath {
		if d := p.types[name]; d != nil {
			spec = d.spec
		}
	} else {
		spec, _ = g.typeSpec(path, name)
	}
	if spec == nil {
		return false, false
	}
	if spec.TypeParams != nil {
		return false, true
	}
	switch spec.Type.(type) {
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
