package audit

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/diagnostic"
)

// meddling is a place where code that is written by hand speaks of what the
// generator declares for its own use.
type meddling struct {
	at   *ast.Ident
	name string
	pkg  string
}

// findMeddlings returns the places where hand-written code of the packages of twins
// speaks of generated rules, or of the fields of generated types: it may change
// what the guard asks, or who guards. What is generated there is to be taken for
// stale.
func (a *audit) findMeddlings() (all []meddling) {
	seen := map[string]bool{}
	for _, t := range a.config.Twins {
		pkg := a.program.Package(t.Package)
		if pkg == nil || seen[t.Package] {
			continue
		}
		seen[t.Package] = true
		own := a.ownOfGenerated(pkg)
		parts := map[*program.Part]bool{}
		for obj := range own {
			scope := t.Package
			if v, ok := obj.(*types.Var); ok && v.IsField() {
				scope = ""
			}
			for _, part := range slices.Concat(a.program.Mentioning(scope, obj.Name()), a.program.Mentioning(t.Package, obj.Name())) {
				if part.Package == pkg {
					parts[part] = true
				}
			}
		}
		for _, part := range a.program.Parts() {
			if !parts[part] {
				continue
			}
			file := a.program.Fset.Position(part.Decl.Pos()).Filename
			a.program.Check(part)
			ast.Inspect(part.Decl, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				if !ok {
					return true
				}
				if obj := pkg.Info.Uses[id]; own[obj] && !a.speaksOfOwn(file, obj) {
					all = append(all, meddling{id, obj.Name(), t.Package})
				}
				return true
			})
		}
	}
	return all
}

// ownOfGenerated are the variables that generated files of a package declare, and
// the fields of their types.
func (a *audit) ownOfGenerated(pkg *program.Package) map[types.Object]bool {
	own := map[types.Object]bool{}
	scope := pkg.Types.Scope()
	for _, name := range scope.Names() {
		obj := scope.Lookup(name)
		if !generatedFile(a.program.Fset.Position(obj.Pos()).Filename) {
			continue
		}
		switch obj := obj.(type) {
		case *types.Var:
			own[obj] = true
		case *types.TypeName:
			if st, ok := obj.Type().Underlying().(*types.Struct); ok {
				for f := range st.Fields() {
					if f.Pos().IsValid() && generatedFile(a.program.Fset.Position(f.Pos()).Filename) {
						own[f] = true
					}
				}
			}
		}
	}
	return own
}

// speaksOfOwn reports whether a file may speak of what generated files declare:
// of variables the one that declares them, of fields all that are generated.
func (a *audit) speaksOfOwn(file string, obj types.Object) bool {
	if v, ok := obj.(*types.Var); ok && v.IsField() {
		return generatedFile(file)
	}
	return file == a.program.Fset.Position(obj.Pos()).Filename
}

// isMeddled reports whether code of a package speaks of what is generated there.
func (a *audit) isMeddled(pkg string) bool {
	return slices.ContainsFunc(a.meddlings, func(m meddling) bool { return m.pkg == pkg })
}

// meddled reports hand-written code that speaks of what is generated.
func (f *findings) meddled() {
	for _, m := range f.meddlings {
		f.add(diagnostic.Diagnostic{
			Code: CodeMeddled, Position: f.position(m.at.Pos()),
			Message:    fmt.Sprintf("%s is generated, and code that is written by hand speaks of it: nothing of %s counts as a guard", m.name, short(m.pkg)),
			Suggestion: "change the rule above the handler and generate again",
		})
	}
}
