package program

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/packages"
)

// Check type-checks the code of a part, if that was not done yet.
func (p *Program) Check(part *Part) {
	if d, ok := part.Decl.(*ast.FuncDecl); ok {
		p.checkBody(part.Package, d)
	}
}

// Complete type-checks all code of a package.
func (p *Program) Complete(pkg *Package) {
	for _, file := range pkg.Files {
		for _, d := range file.Decls {
			if d, ok := d.(*ast.FuncDecl); ok {
				p.checkBody(pkg, d)
			}
		}
	}
}

// checkBody type-checks the body of a function as that of a literal in the
// file's scope, whose receiver is the first parameter. Parameters and results of
// the declaration are then other objects than those of its signature.
func (p *Program) checkBody(pkg *Package, d *ast.FuncDecl) {
	if !pkg.unchecked[d] {
		return
	}
	delete(pkg.unchecked, d)
	params := named(d.Recv)
	params = append(params, named(d.Type.Params)...)
	lit := &ast.FuncLit{
		Type: &ast.FuncType{Func: d.Type.Func, Params: &ast.FieldList{Opening: d.Type.Params.Opening, List: params, Closing: d.Type.Params.Closing}, Results: d.Type.Results},
		Body: d.Body,
	}
	for _, file := range pkg.Files {
		if file.FileStart <= d.Pos() && d.Pos() < file.FileEnd {
			p.loader.importFor(pkg, file, d.Body)
			if err := types.CheckExpr(p.Fset, pkg.Types, file.Package, lit, pkg.Info); err != nil {
				pkg.Errors = append(pkg.Errors, err)
			}
			return
		}
	}
}

// importFor makes the imports known to a file that code of it speaks of and that
// were not read yet.
func (l *loader) importFor(pkg *Package, file *ast.File, code ast.Node) {
	missing := pkg.unread[file]
	if len(missing) == 0 {
		return
	}
	scope := pkg.Types.Scope().Innermost(file.Package)
	if scope == nil {
		return
	}
	ast.Inspect(code, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		spec := missing[id.Name]
		if spec == nil {
			return true
		}
		delete(missing, id.Name)
		written, _ := strconv.Unquote(spec.Path.Value)
		imported, err := l.importPath(l.listed[pkg.Path], written)
		if err != nil {
			pkg.Errors = append(pkg.Errors, err)
			return true
		}
		scope.Insert(types.NewPkgName(spec.Pos(), pkg.Types, id.Name, imported))
		return true
	})
}

// named returns the parameters of a list, those without a name as blank ones:
// a list has names for all or for none.
func named(list *ast.FieldList) []*ast.Field {
	if list == nil {
		return nil
	}
	out := make([]*ast.Field, len(list.List))
	for i, f := range list.List {
		if len(f.Names) == 0 {
			f = &ast.Field{Names: []*ast.Ident{{NamePos: f.Type.Pos(), Name: "_"}}, Type: f.Type}
		}
		out[i] = f
	}
	return out
}

// shell is what is checked of a package that compiles before its code is asked
// for: signatures, types, and variables with their initializers.
type shell struct {
	unchecked map[*ast.FuncDecl]bool
	// unread are the imports of a file, by name, that only bodies speak of. Their
	// export data is read with the first of these.
	unread  map[*ast.File]map[string]*ast.ImportSpec
	restore func() // puts back what was taken out
	// idents and exprs are how many identifiers and expressions are left.
	idents, exprs int
}

// newShell takes the bodies out of the declarations that can be checked one by
// one, and the imports that nothing else speaks of. Of a package that speaks of C
// nothing is taken out.
func newShell(files []*ast.File, listed *packages.Package) *shell {
	s := &shell{unchecked: map[*ast.FuncDecl]bool{}, unread: map[*ast.File]map[string]*ast.ImportSpec{}}
	bodies := map[*ast.FuncDecl]*ast.BlockStmt{}
	specs := map[*ast.GenDecl][]ast.Spec{}
	var bare []*ast.GenDecl // without parentheses, and with nothing left
	s.restore = func() {
		for d, body := range bodies {
			d.Body = body
		}
		for d, all := range specs {
			d.Specs = all
		}
		for _, d := range bare {
			d.Lparen, d.Rparen = token.NoPos, token.NoPos
		}
	}
	for _, file := range files {
		for _, spec := range file.Imports {
			if spec.Path.Value == `"C"` {
				return s
			}
		}
	}
	for _, file := range files {
		for _, d := range file.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil && !generic(d) && d.Name.Name != "_" && (d.Recv != nil || d.Name.Name != "init" && d.Name.Name != "main") {
				bodies[d], s.unchecked[d] = d.Body, true
				d.Body = nil
			}
		}
		spoken := map[string]bool{}
		for _, d := range file.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				if _, ok := n.(ast.Expr); ok {
					s.exprs++
				}
				if id, ok := n.(*ast.Ident); ok {
					s.idents++
					spoken[id.Name] = true
				}
				_, isImport := n.(*ast.ImportSpec)
				return !isImport
			})
		}
		s.unread[file] = map[string]*ast.ImportSpec{}
		for _, d := range file.Decls {
			d, ok := d.(*ast.GenDecl)
			if !ok || d.Tok != token.IMPORT {
				continue
			}
			specs[d] = d.Specs
			d.Specs = slices.DeleteFunc(slices.Clone(d.Specs), func(spec ast.Spec) bool {
				imported := spec.(*ast.ImportSpec)
				name := importName(imported, listed)
				if name == "" || name == "." || spoken[name] {
					return false
				}
				if name != "_" {
					s.unread[file][name] = imported
				}
				return true
			})
			if len(d.Specs) == 0 && !d.Lparen.IsValid() {
				d.Lparen, d.Rparen = d.TokPos, d.TokPos // without any, it has no end
				bare = append(bare, d)
			}
		}
	}
	return s
}

// importName is the name that an import has in its file, "" when that is not
// known.
func importName(spec *ast.ImportSpec, listed *packages.Package) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	written, err := strconv.Unquote(spec.Path.Value)
	if pkg := listed.Imports[written]; err == nil && pkg != nil {
		return pkg.Name
	}
	return ""
}

// generic reports whether a declaration has type parameters, which a literal
// cannot have.
func generic(d *ast.FuncDecl) bool {
	if d.Type.TypeParams != nil {
		return true
	}
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return false
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr, *ast.IndexListExpr:
			return true
		default:
			return false
		}
	}
}
