package wiring

import (
	"bytes"
	"go/ast"
	"go/token"
	"go/types"
	"os"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/routers"
)

// spoken is a name as code speaks of it, see [program.Program.Mentioning].
type spoken struct{ pkg, name string }

// readNode reads what a function speaks of.
func (r *relevance) readNode(n *node) {
	if n == nil || n.part == nil {
		return
	}
	part := n.part
	n.part = nil
	r.program.Check(part)
	r.refer(part.Package, n, part.Decl)
}

// heat reads all functions that may speak of a name.
func (r *relevance) heat(pkg, name string) {
	s := spoken{pkg, name}
	if r.heated[s] {
		return
	}
	r.heated[s] = true
	for _, part := range r.program.Mentioning(pkg, name) {
		r.readNode(r.byPart[part.Index])
	}
}

// heatObject reads all functions that may speak of a function, method or
// variable.
func (r *relevance) heatObject(obj types.Object) {
	pkg := ""
	if obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() {
		pkg = obj.Pkg().Path()
	}
	r.heat(pkg, obj.Name())
}

// heatRouters reads all functions that may speak of routers and handlers.
func (r *relevance) heatRouters() {
	for name := range routers.Names(r.program.DependsOn) {
		r.heat("", name)
		r.heat(httpPath, name)
	}
	for path, names := range wiringNames {
		for name := range names {
			r.heat(path, name)
		}
	}
	for path, names := range wiringMethods {
		if r.program.DependsOn(path) {
			for name := range names {
				r.heat("", name)
			}
		}
	}
	r.heat(routers.AdapterPath, "Recorder")
}

// heatRegistrars reads all functions that may call a function in a field that
// registers what it is given.
func (r *relevance) heatRegistrars() {
	for _, t := range r.structs {
		for f := range t.Type().Underlying().(*types.Struct).Fields() {
			if registers(f.Type()) {
				r.heatObject(f)
			}
		}
	}
}

// heatCarriers reads all functions that may set a variable or a field that may hold
// what has to do with wiring.
func (r *relevance) heatCarriers() {
	for obj := range r.carriers {
		st, ok := obj.Type().Underlying().(*types.Struct)
		if !ok {
			continue
		}
		for f := range st.Fields() {
			if r.seen[f] || !r.carries(f.Type(), 0) {
				continue
			}
			r.seen[f] = true
			for _, part := range r.program.Writing(f.Name()) {
				if n := r.byPart[part.Index]; n != nil && n.part != nil && r.mayHold(part, obj) {
					r.readNode(n)
				}
			}
			for _, part := range r.program.Filling(obj.Name()) {
				r.readNode(r.byPart[part.Index])
			}
		}
	}
	for _, v := range r.globals {
		if !r.seen[v] && r.carries(v.Type(), 0) {
			r.seen[v] = true
			r.heatObject(v)
		}
	}
}

// mayHold reports whether the code of a part may come to a value of a type.
func (r *relevance) mayHold(part *program.Part, obj *types.TypeName) bool {
	if r.holders == nil {
		r.holders = newHolders(r.program)
	}
	return r.holders.mayHold(part, obj)
}

// read returns the nodes of all code of a package.
func (r *relevance) read(pkg *program.Package) []*node {
	r.program.Complete(pkg)
	var nodes []*node
	for _, file := range pkg.Files {
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if n := functionNode(pkg, d); n != nil {
					r.refer(pkg, n, d)
					nodes = append(nodes, n)
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					nodes = append(nodes, r.variables(pkg, d)...)
				}
			}
		}
	}
	return nodes
}

// assignedIn returns the functions that assign a package variable, nil for a
// variable's initializer.
func (r *relevance) assignedIn(v *types.Var) []*types.Func {
	r.heatObject(v)
	return r.assigned[v]
}

// addressTaken reports whether some code points to a package variable.
func (r *relevance) addressTaken(v *types.Var) bool {
	r.heatObject(v)
	return r.exposed[v]
}

// isReferred reports whether some code speaks of a function.
func (r *relevance) isReferred(fn *types.Func) bool {
	r.heatObject(fn)
	return r.referred[fn]
}

// referredAs returns the functions and methods of a name that some code speaks
// of as fields and methods are.
func (r *relevance) referredAs(name string) (all []*types.Func) {
	r.heat("", name)
	for fn := range r.referred {
		if fn.Name() == name {
			all = append(all, fn)
		}
	}
	return all
}

// note reads a package that was not read at once, for what it assigns.
func (r *relevance) note(pkg *program.Package) {
	if !r.noted[pkg.Path] {
		r.noted[pkg.Path] = true
		for _, n := range r.read(pkg) {
			if n.fn != nil {
				r.direct[n.fn] = false
			}
		}
	}
}

// writtenElsewhere reports whether another package of the module that was not
// read may assign a variable, by a look at its text.
func (r *relevance) writtenElsewhere(pkg *program.Package, name string) bool {
	for _, path := range r.program.Unread() {
		if path == pkg.Path || !r.program.ImportsPackage(path, pkg.Path) {
			continue
		}
		for _, file := range r.program.GoFiles(path) {
			src, err := os.ReadFile(file)
			if err != nil || bytes.Contains(src, []byte("."+name)) {
				return true
			}
		}
	}
	return false
}
