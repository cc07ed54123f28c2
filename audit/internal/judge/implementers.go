package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
)

// maxImplementers bounds how many types a method is looked up in.
const maxImplementers = 4

// implementers returns the types of the module that have the interface of a
// method, none when the interface is not the module's or too many have it. A nil
// among them stands for types that are not read, or not known.
func (j *Judge) implementers(fn *types.Func) []types.Type {
	if fn.Pkg() == nil || !j.prog.Own(fn.Pkg().Path()) {
		return nil
	}
	if l, ok := j.impls[fn]; ok {
		return l
	}
	var out []types.Type
	others := false
	iface, _ := fn.Signature().Recv().Type().Underlying().(*types.Interface)
	if iface != nil {
		pkgs := slices.Clone(j.prog.Packages)
		for _, path := range slices.Sorted(maps.Keys(j.unread())) {
			if path == fn.Pkg().Path() || j.prog.ImportsPackage(path, fn.Pkg().Path()) {
				if pkg := j.prog.Read(path); pkg != nil {
					pkgs = append(pkgs, pkg)
				}
			}
		}
		for _, pkg := range pkgs {
			if pkg.Types.Name() != "main" && !j.imported()[pkg.Path] {
				continue // no program holds a value of its types
			}
			for _, t := range j.typesWith(pkg, fn.Name()) {
				switch {
				case j.implements(t, iface):
					out = append(out, t)
				case isGeneric(t) && hasAll(t, iface):
					others = true // one of its instances may be
				case !others && j.embedsElsewhere(pkg):
					others = true // what embeds it and another may be
				}
			}
		}
		others = others || len(out) > 0 && j.ofOthers(pkgs, fn, iface)
	}
	if others && len(out) > 0 {
		out = append(out, nil)
	}
	if len(out) > maxImplementers {
		out = nil
	}
	j.impls[fn] = out
	return out
}

// typesWith returns pointers to the types of a package that may have a method of
// a name.
func (j *Judge) typesWith(pkg *program.Package, method string) []types.Type {
	index, known := j.methodTypes[pkg]
	if !known {
		index = map[string][]types.Type{}
		j.methodTypes[pkg] = index
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			tn, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || tn.IsAlias() || types.IsInterface(tn.Type()) {
				continue
			}
			n, ok := tn.Type().(*types.Named)
			if !ok {
				continue
			}
			t := types.NewPointer(n)
			for m := range methodNames(n) {
				index[m] = append(index[m], t)
			}
		}
	}
	return index[method]
}

// methodNames are the names of the methods that pointers to a type have, and may
// have more.
func methodNames(n *types.Named) map[string]bool {
	names := map[string]bool{}
	if s, ok := n.Underlying().(*types.Struct); ok && slices.ContainsFunc(slices.Collect(s.Fields()), (*types.Var).Embedded) {
		for m := range types.NewMethodSet(types.NewPointer(n)).Methods() {
			names[m.Obj().Name()] = true
		}
	}
	for m := range n.Methods() {
		names[m.Name()] = true
	}
	return names
}

// implementing is a type and an interface that it may have.
type implementing struct {
	t     types.Type
	iface *types.Interface
}

// implements is [implements], which is asked once for each method.
func (j *Judge) implements(t types.Type, iface *types.Interface) bool {
	key := implementing{t, iface}
	is, known := j.implement[key]
	if !known {
		is = implements(t, iface)
		j.implement[key] = is
	}
	return is
}

// implements says whether a type has the methods of an interface, whose types
// may be of another copy of their packages.
func implements(t types.Type, iface *types.Interface) bool {
	for want := range iface.Methods() {
		obj, _, _ := types.LookupFieldOrMethod(t, true, want.Pkg(), want.Name())
		have, ok := obj.(*types.Func)
		if !ok || !alike(have.Signature().Params(), want.Signature().Params()) || !alike(have.Signature().Results(), want.Signature().Results()) {
			return false
		}
	}
	return iface.NumMethods() > 0
}

// alike says whether parameters or results have types of the same names.
func alike(a, b *types.Tuple) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if s, t := a.At(i).Type(), b.At(i).Type(); s != t && typeName(s) != typeName(t) {
			return false
		}
	}
	return true
}

func isGeneric(t types.Type) bool {
	p, _ := t.(*types.Pointer)
	if p == nil {
		return false
	}
	n, ok := p.Elem().(*types.Named)
	return ok && n.TypeParams().Len() > 0
}

// hasAll says whether a type has methods of the names of an interface.
func hasAll(t types.Type, iface *types.Interface) bool {
	for want := range iface.Methods() {
		obj, _, _ := types.LookupFieldOrMethod(t, true, want.Pkg(), want.Name())
		have, ok := obj.(*types.Func)
		if !ok || have.Signature().Params().Len() != want.Signature().Params().Len() || have.Signature().Results().Len() != want.Signature().Results().Len() {
			return false
		}
	}
	return true
}

// ofOthers says whether a type of another module, or of the standard library,
// that one of the packages imports has the methods of an interface.
func (j *Judge) ofOthers(pkgs []*program.Package, fn *types.Func, iface *types.Interface) bool {
	for m := range iface.Methods() {
		if !m.Exported() || j.speaksOfOwn(m.Signature().Params()) || j.speaksOfOwn(m.Signature().Results()) {
			return false
		}
	}
	for _, pkg := range pkgs {
		for _, imported := range pkg.Types.Imports() {
			if j.prog.Own(imported.Path()) {
				continue
			}
			if slices.ContainsFunc(j.foreignTypes(imported)[fn.Name()], func(t types.Type) bool { return j.implements(t, iface) }) {
				return true
			}
		}
	}
	return false
}

// foreignTypes are pointers to the types of a package of another module, by the
// methods that they have.
func (j *Judge) foreignTypes(pkg *types.Package) map[string][]types.Type {
	index, known := j.foreign[pkg.Path()]
	if known {
		return index
	}
	index = map[string][]types.Type{}
	j.foreign[pkg.Path()] = index
	for _, name := range pkg.Scope().Names() {
		tn, ok := pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok || tn.IsAlias() || types.IsInterface(tn.Type()) {
			continue
		}
		n, ok := tn.Type().(*types.Named)
		if !ok {
			continue
		}
		t := types.NewPointer(n)
		for m := range methodNames(n) {
			if token.IsExported(m) {
				index[m] = append(index[m], t)
			}
		}
	}
	return index
}

// speaksOfOwn says whether parameters or results are of types of the module.
func (j *Judge) speaksOfOwn(of *types.Tuple) bool {
	for v := range of.Variables() {
		if path, _ := named(v.Type()); path != "" && j.prog.Own(path) {
			return true
		}
	}
	return false
}

// embedsElsewhere says whether a package has structs with embedded fields that are
// no types of their own in its scope: of functions, or without a name.
func (j *Judge) embedsElsewhere(pkg *program.Package) (found bool) {
	if found, known := j.embeds[pkg]; known {
		return found
	}
	defer func() { j.embeds[pkg] = found }()
	top := map[*ast.StructType]bool{}
	for _, f := range pkg.Files {
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				for _, spec := range g.Specs {
					if s, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType); ok {
						top[s] = true
					}
				}
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.StructType); ok && !top[s] {
				found = found || slices.ContainsFunc(s.Fields.List, func(f *ast.Field) bool { return len(f.Names) == 0 })
			}
			return !found
		})
	}
	return found
}
