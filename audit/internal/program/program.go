// Package program loads the packages of a module for reading: syntax and types
// of its own, types of all others from the compiler's export data, and the
// source of others where it is asked for.
package program

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Program is a loaded module. It is not safe for concurrent use.
type Program struct {
	Fset     *token.FileSet
	Root     string // folder of go.mod
	Module   string
	Packages []*Package // of the module, that were read at once, imported ones before those that import them
	Skipped  []Skipped

	loader *loader
	index  *index
	decls  map[*types.Func]*Decl // of packages whose source was read

	reaching map[string]map[string]bool // see Reaches
}

// Package is one package whose source is read.
type Package struct {
	Path    string
	Types   *types.Package
	Info    *types.Info
	Files   []*ast.File
	Own     bool     // of the module, not of a dependency
	Imports []string // paths of packages, sorted
	// Errors are those of reading and type-checking.
	Errors []error

	funcs     map[string]*Decl // by funcKey, of a dependency
	unchecked map[*ast.FuncDecl]bool
	unread    map[*ast.File]map[string]*ast.ImportSpec // see shell
}

// Decl is a declared function with a body.
type Decl struct {
	Package *Package
	Syntax  *ast.FuncDecl
	Func    *types.Func // as the package that holds the syntax knows it
}

// Skipped is something that was not read, and why.
type Skipped struct{ What, Why string }

// Package returns the package of a path if its source was read, else nil.
func (p *Program) Package(path string) *Package { return p.loader.checked[path] }

// Imports returns the paths that a package imports, of any package that the
// program depends on.
func (p *Program) Imports(path string) []string {
	pkg := p.loader.listed[path]
	if pkg == nil {
		return nil
	}
	paths := sortedImports(pkg)
	for i, path := range paths {
		paths[i] = pkg.Imports[path].PkgPath
	}
	return paths
}

// OwnPaths returns the import paths of the module's packages, sorted.
func (p *Program) OwnPaths() []string {
	if p.loader == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(p.loader.own))
}

// DependsOn reports whether a package is one of those that were listed: the module's
// and what they import, also below a vendor folder.
func (p *Program) DependsOn(path string) bool {
	if p.loader.listed[path] != nil {
		return true
	}
	below := "/vendor/" + path
	for listed := range p.loader.listed {
		if strings.HasSuffix(listed, below) {
			return true
		}
	}
	return false
}

// ImportsPackage reports whether one of the packages that the program depends on
// imports another, by their paths.
func (p *Program) ImportsPackage(path, imported string) bool {
	pkg := p.loader.listed[path]
	if pkg == nil {
		return false
	}
	for _, i := range pkg.Imports {
		if i.PkgPath == imported {
			return true
		}
	}
	return false
}

// Reaches reports whether a package is another one, or imports it, itself or through
// others. Code of one that does not can speak of no variable, field or type of that.
func (p *Program) Reaches(from, to string) bool {
	known := p.reaching[to]
	if known == nil {
		known = map[string]bool{to: true}
		p.reaching[to] = known
	}
	module := !p.std(to)
	var visit func(path string) bool
	visit = func(path string) bool {
		reaches, done := known[path]
		if pkg := p.loader.listed[path]; !done && pkg != nil && !(module && p.std(path)) {
			known[path] = true // what is in a cycle does not compile
			for _, i := range pkg.Imports {
				reaches = reaches || visit(i.PkgPath)
			}
			known[path] = reaches
		}
		return reaches
	}
	return visit(from)
}

// std reports whether a package is of the standard library, which imports no others.
func (p *Program) std(path string) bool {
	pkg := p.loader.listed[path]
	return pkg != nil && pkg.Module == nil && !p.Own(path)
}

// Other says where a package of another module comes from that go.sum says nothing
// of: "replace directive", "vendor folder" or "workspace". It is "" of others, and of what the
// program does not depend on.
func (p *Program) Other(path string) string {
	pkg := p.loader.listed[path]
	if pkg == nil || pkg.Module == nil || p.Own(path) {
		return ""
	}
	switch {
	case pkg.Module.Main:
		return "workspace"
	case strings.Contains(filepath.ToSlash(pkg.Dir), "/vendor/"):
		return "vendor folder"
	case pkg.Module.Replace != nil:
		return "replace directive"
	}
	return ""
}

// GoFiles returns the files of any package that the program depends on.
func (p *Program) GoFiles(path string) []string {
	if pkg := p.loader.listed[path]; pkg != nil {
		return pkg.GoFiles
	}
	return nil
}

// Read returns the package of a path with its source, which it reads if need
// be. It returns nil when the program does not depend on it. The code of its
// functions is type-checked by [Program.Decl] and [Program.Complete].
//
// The types of a package that is not read at once are another copy than those
// that the packages which import it know: compare by path and name.
func (p *Program) Read(path string) *Package {
	if pkg := p.loader.checked[path]; pkg != nil {
		return pkg
	}
	listed := p.loader.listed[path]
	if listed == nil || len(listed.GoFiles) == 0 {
		return nil
	}
	files, errs := p.loader.parse(context.Background(), listed)
	pkg := p.loader.check(listed, files, errs, p.loader.own[path])
	p.declare(pkg)
	return pkg
}

// Decl returns the declaration of a function or method, also of a dependency,
// nil when there is no body. Its code is type-checked.
func (p *Program) Decl(fn *types.Func) *Decl {
	d := p.decl(fn.Origin())
	if d != nil {
		p.checkBody(d.Package, d.Syntax)
	}
	return d
}

// Declares reports whether [Program.Decl] returns a declaration. The code of that
// is not type-checked.
func (p *Program) Declares(fn *types.Func) bool { return p.decl(fn.Origin()) != nil }

func (p *Program) decl(fn *types.Func) *Decl {
	if d := p.decls[fn]; d != nil {
		return d
	}
	if fn.Pkg() == nil || p.loader.source[fn.Pkg().Path()] {
		return nil
	}
	pkg := p.Read(fn.Pkg().Path())
	if pkg == nil {
		return nil
	}
	return pkg.funcs[funcKey(fn)]
}

// Unread returns the packages of the module that were not read at once.
func (p *Program) Unread() []string {
	var paths []string
	for path := range p.loader.own {
		if !p.loader.source[path] {
			paths = append(paths, path)
		}
	}
	return paths
}

// Own reports whether the package of a path is of the module.
func (p *Program) Own(path string) bool { return p.loader.own[path] }

// PackageAt is the package, of those that were read at once, in which a place stands,
// nil for none.
func (p *Program) PackageAt(pos token.Pos) *Package {
	for _, pkg := range p.Packages {
		for _, f := range pkg.Files {
			if f.FileStart <= pos && pos < f.FileEnd {
				return pkg
			}
		}
	}
	return nil
}

// declare notes the functions of a package.
func (p *Program) declare(pkg *Package) {
	pkg.funcs = map[string]*Decl{}
	for _, file := range pkg.Files {
		for _, decl := range file.Decls {
			syntax, ok := decl.(*ast.FuncDecl)
			if !ok || syntax.Body == nil {
				continue
			}
			fn, ok := pkg.Info.Defs[syntax.Name].(*types.Func)
			if !ok {
				continue
			}
			d := &Decl{Package: pkg, Syntax: syntax, Func: fn}
			p.decls[fn] = d
			if !p.loader.source[pkg.Path] {
				pkg.funcs[funcKey(fn)] = d
			}
		}
	}
}

// funcKey names a function within its package.
func funcKey(fn *types.Func) string {
	recv := fn.Signature().Recv()
	if recv == nil {
		return fn.Name()
	}
	t := types.Unalias(recv.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name() + "." + fn.Name()
	}
	return "." + fn.Name()
}

// Position returns where pos is, the file relative to the module's root with
// slashes. Files of dependencies begin with the import path.
func (p *Program) Position(pos token.Pos) token.Position {
	at := p.Fset.Position(pos)
	if at.Filename != "" {
		at.Filename = p.relative(at.Filename)
	}
	return at
}

// relative is the path of a file or folder below the module's root. What is of other
// modules begins with an import path wherever it lies: below the root, as it does in
// vendor and in some workspaces, or not.
func (p *Program) relative(file string) string {
	var path string
	known := false
	if p.loader != nil {
		path, known = p.loader.byDir[filepath.Dir(file)]
	}
	rel, err := filepath.Rel(p.Root, file)
	if inside := err == nil && !strings.HasPrefix(rel, ".."); inside && (!known || p.Own(path)) {
		return filepath.ToSlash(rel)
	}
	if known {
		return path + "/" + filepath.Base(file)
	}
	return filepath.ToSlash(file)
}
