// Package program loads the packages of a module for reading: syntax and types
// of its own, types of all others from the compiler's export data, and the
// source of others where it is asked for.
package program

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Program is a loaded module. It is not safe for concurrent use.
type Program struct {
	Fset     *token.FileSet
	Root     string // folder of go.mod
	Module   string
	Packages []*Package // of the module, imported ones before those that import them
	Skipped  []Skipped

	byPath map[string]*Package
	decls  map[*types.Func]*Decl
}

// Package is one package whose source is read.
type Package struct {
	Path    string
	Types   *types.Package
	Info    *types.Info
	Files   []*ast.File
	Own     bool // of the module, not of a dependency
	Imports []string
	// Errors are those of reading and type-checking.
	Errors []error
}

// Decl is a declared function with a body.
type Decl struct {
	Package *Package
	Syntax  *ast.FuncDecl
	Func    *types.Func // as the package that holds the syntax knows it
}

// Skipped is something that was not read, and why.
type Skipped struct{ What, Why string }
