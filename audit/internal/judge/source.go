package judge

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
)

// debug makes panics of the prover visible.
var debug = false

func (j *Judge) decl(fn *types.Func) *program.Decl {
	if fn.Pkg() == nil {
		return nil
	}
	return j.prog.Decl(fn)
}

// std says whether a package is of the standard library.
func (j *Judge) std(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && !j.prog.Own(path)
}

// mutable says whether something may change a variable or field after it was
// set up: an assignment in another function than the one that declares it, or
// its address.
func (j *Judge) mutable(obj types.Object) bool {
	if obj.Pkg() != nil && j.prog.Own(obj.Pkg().Path()) && j.unread()[obj.Pkg().Path()] {
		return true // its package knows other objects, and was not indexed
	}
	if v, ok := obj.(*types.Var); ok && !v.IsField() && v.Pkg() != nil && v.Parent() != v.Pkg().Scope() {
		for _, part := range j.prog.Writing(v.Name()) { // nobody else sees it
			if part.Decl.Pos() <= v.Pos() && v.Pos() < part.Decl.End() {
				j.readPart(part)
			}
		}
		return j.assigned[v]
	}
	j.readAssigned(obj.Name())
	return j.assigned[obj] || j.filledField(obj)
}

// reachable says whether code of the module assigns a field of another module's
// struct through a pointer: it may do so at any time.
func (j *Judge) reachable(f *types.Var) bool {
	if f == nil || f.Pkg() == nil || j.prog.Own(f.Pkg().Path()) || framework(f.Pkg().Path()) {
		return false
	}
	for _, part := range j.prog.Writing(f.Name()) {
		if j.prog.Reaches(part.Package.Path, f.Pkg().Path()) {
			j.readPart(part)
		}
	}
	return j.pointed[called(f)]
}

// changesMethod says whether code of the module assigns the method of a request.
func (j *Judge) changesMethod() bool {
	j.readAssigned("Method")
	return j.methods
}

// readAssigned reads the code that may assign something of a name.
func (j *Judge) readAssigned(name string) {
	if j.readNames[name] {
		return
	}
	j.readNames[name] = true
	for _, part := range j.prog.Writing(name) {
		j.readPart(part)
	}
}

func (j *Judge) readPart(part *program.Part) {
	if j.readParts[part] {
		return
	}
	j.readParts[part] = true
	j.prog.Check(part)
	switch d := part.Decl.(type) {
	case *ast.FuncDecl:
		j.assignedIn(part.Package, d, d.Body)
	case *ast.GenDecl:
		for _, s := range d.Specs {
			for _, v := range s.(*ast.ValueSpec).Values {
				j.assignedIn(part.Package, v, v)
			}
		}
	}
}

// indexInits notes the initializers of the module's variables.
func (j *Judge) indexInits() {
	if j.initFuncs != nil {
		return
	}
	j.initFuncs = map[*types.Var]ast.Expr{}
	j.initPkgs = map[*types.Var]*program.Package{}
	for _, part := range j.prog.Parts() {
		d, ok := part.Decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range d.Specs {
			vs := s.(*ast.ValueSpec)
			for i, n := range vs.Names {
				if v, ok := part.Package.Info.Defs[n].(*types.Var); ok && len(vs.Values) == len(vs.Names) {
					j.initFuncs[v], j.initPkgs[v] = vs.Values[i], part.Package
				}
			}
		}
	}
}

func (j *Judge) assignedIn(pkg *program.Package, fn, body ast.Node) {
	later := j.whileServing(pkg, fn)
	var note func(e ast.Expr, address bool)
	note = func(e ast.Expr, address bool) {
		switch e := ast.Unparen(e).(type) {
		case *ast.IndexExpr:
			if t := pkg.Info.TypeOf(e.X); t != nil && !isMap(t) {
				note(e.X, address)
			}
		case *ast.StarExpr:
			j.writesThrough(pkg, e, later)
		case *ast.Ident:
			if obj := pkg.Info.Uses[e]; obj != nil {
				j.replaces(pkg, obj, later && !address)
				if address || obj.Pos() < fn.Pos() || obj.Pos() >= fn.End() {
					j.assigned[obj] = true
				}
			}
		case *ast.SelectorExpr:
			if obj := pkg.Info.Uses[e.Sel]; obj != nil {
				if obj.Pkg() != nil && obj.Pkg().Path() == "net/http" && obj.Name() == "Method" { // of a request, also one embedded
					j.methods = true
				}
				if obj.Pkg() != nil {
					j.named[obj.Pkg().Path()] = true
				}
				if t := pkg.Info.TypeOf(e.X); t != nil && pkg.Info.Selections[e] != nil {
					if _, isPointer := t.Underlying().(*types.Pointer); isPointer || address {
						j.pointed[called(obj)] = true
					}
				}
				j.replaces(pkg, obj, later && !address)
				if v, ok := obj.(*types.Var); ok && isFunc(v.Type()) && !address {
					return
				}
				j.assigned[obj] = true
			}
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if n != fn {
				j.assignedIn(pkg, n, n.Body)
				return false
			}
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, l := range n.Lhs {
					note(l, false)
				}
				if later {
					j.gifts(pkg, fn, n)
				}
			}
		case *ast.IncDecStmt:
			note(n.X, false)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				if t := pkg.Info.TypeOf(n.X); t != nil {
					if _, isStruct := t.Underlying().(*types.Struct); isStruct {
						return true
					}
				}
				note(n.X, true)
			}
		}
		return true
	})
}

// initFunc returns the function that a package's variable holds for good, nil
// when it may change.
func (j *Judge) initFunc(x *exec, obj *types.Var) val {
	if j.mutable(obj) {
		return nil
	}
	j.indexInits()
	e, pkg := j.initFuncs[obj], j.initPkgs[obj]
	if e == nil {
		return nil
	}
	f := once(pkg.Info, e)
	if f != nil {
		e = f
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		return &closure{once: f != nil, lit: e, pkg: pkg, outer: &frame{key: "global", pkg: pkg, cells: map[types.Object]*cell{}}, id: "global:" + obj.Name()}
	case *ast.Ident:
		if fn, ok := pkg.Info.Uses[e].(*types.Func); ok {
			return x.funcVal(fn)
		}
	case *ast.SelectorExpr:
		if fn, ok := pkg.Info.Uses[e.Sel].(*types.Func); ok && pkg.Info.Selections[e] == nil {
			return x.funcVal(fn)
		}
	}
	return nil
}

// unread returns the packages of the module that were not read at once.
func (j *Judge) unread() map[string]bool {
	if j.notRead == nil {
		j.notRead = map[string]bool{}
		for _, path := range j.prog.Unread() {
			j.notRead[path] = true
		}
	}
	return j.notRead
}

// imported returns the packages that others of the module import.
func (j *Judge) imported() map[string]bool {
	if j.imports == nil {
		j.imports = map[string]bool{}
		paths := j.prog.Unread()
		for _, pkg := range j.prog.Packages {
			paths = append(paths, pkg.Path)
		}
		for _, from := range paths {
			for _, path := range j.prog.Imports(from) {
				j.imports[path] = true
			}
		}
	}
	return j.imports
}

// initStruct returns the struct of functions and constants that a variable of a
// dependency holds, nil when the module changes variables or fields of that
// package, or the package itself does.
func (j *Judge) initStruct(x *exec, obj *types.Var) val {
	path := obj.Pkg().Path()
	if j.prog.Own(path) || j.std(path) {
		return nil
	}
	if s, ok := obj.Type().Underlying().(*types.Struct); !ok || foreign(s) {
		return nil
	}
	j.readAssigned(obj.Name())
	for _, name := range fieldNames(obj.Type(), 0) {
		j.readAssigned(name)
	}
	pkg := j.prog.Read(path)
	if pkg == nil || j.named[path] {
		return nil
	}
	for _, f := range pkg.Files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				vs := s.(*ast.ValueSpec)
				if len(vs.Names) != 1 || len(vs.Values) != 1 || vs.Names[0].Name != obj.Name() {
					continue
				}
				lit, ok := vs.Values[0].(*ast.CompositeLit)
				if !ok {
					return nil
				}
				fr := &frame{key: "global:" + path + "." + obj.Name(), pkg: pkg, cells: map[types.Object]*cell{}}
				if rs := x.composite(fr, newState(), lit); len(rs) == 1 {
					return rs[0].v
				}
				return nil
			}
		}
	}
	return nil
}

// fieldNames returns the names of what a value of a type holds.
func fieldNames(t types.Type, depth int) (names []string) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || depth > 3 {
		return nil
	}
	for f := range s.Fields() {
		names = append(append(names, f.Name()), fieldNames(f.Type(), depth+1)...)
	}
	return names
}

// foreign says whether a struct holds functions, but none that has to do with
// requests.
func foreign(s *types.Struct) bool {
	found := false
	for f := range s.Fields() {
		if isFunc(f.Type()) {
			if ofFramework(f.Type()) {
				return false
			}
			found = true
		}
	}
	return found
}

// knowsNothing says whether the map that a variable of a package begins with has
// an entry for the empty string.
func (j *Judge) knowsNothing(key string) bool {
	name, ok := strings.CutPrefix(key, "global:")
	if !ok {
		return false
	}
	j.indexInits()
	for obj, e := range j.initFuncs {
		lit, ok := ast.Unparen(e).(*ast.CompositeLit)
		if !ok || obj.Pkg().Path()+"."+obj.Name() != name {
			continue
		}
		for _, el := range lit.Elts {
			kv, ok := el.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			if v := j.initPkgs[obj].Info.Types[kv.Key].Value; v != nil && v.Kind() == constant.String && constant.StringVal(v) == "" {
				return true
			}
		}
	}
	return false
}
