package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
)

// Which store an expression of the code is.

// storeOf is the store of which a call is a method, nil where it is none.
func (j *Judge) storeOf(e *ast.CallExpr, fn *types.Func) ast.Expr {
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && j.keepsKeys(fn) {
		return sel.X
	}
	return nil
}

// keepsKeys says whether a function is a method of what keeps values in memory under
// keys, as a map does.
func (j *Judge) keepsKeys(fn *types.Func) bool {
	if fn.Pkg() == nil || fn.Signature().Recv() == nil {
		return false
	}
	if fn.Pkg().Path() == "sync" {
		return recvTypeName(fn) == "Map"
	}
	l, _ := libraryOf(fn.Pkg().Path())
	return l.keeps
}

// mapName is what puts calls a map.
func (j *Judge) mapName(info *types.Info, e ast.Expr) string {
	if obj := j.storeIn(info, e); obj != nil {
		return "map " + obj.Pkg().Path() + "." + obj.Name() + itoa(int(obj.Pos()))
	}
	return "map " + typeName(info.TypeOf(e))
}

// storeIn is what stands for the store that an expression is: its type, if that is one of
// the module's own, or the variable or field; nil where it is none of the program's.
func (j *Judge) storeIn(info *types.Info, e ast.Expr) types.Object {
	if e == nil {
		return nil
	}
	e = ast.Unparen(e)
	switch s := e.(type) {
	case *ast.StarExpr:
		return j.storeIn(info, s.X)
	case *ast.UnaryExpr:
		if s.Op == token.AND {
			return j.storeIn(info, s.X)
		}
		if s.Op == token.ARROW {
			return j.storeIn(info, s.X)
		}
	case *ast.IndexExpr: // of a store of stores
		return j.storeIn(info, s.X)
	case *ast.TypeAssertExpr:
		return j.storeIn(info, s.X)
	case *ast.CallExpr:
		return j.storeFrom(info, s)
	}
	if t := j.ownType(info.TypeOf(e)); t != nil {
		return t
	}
	v, _ := variableOf(info, e).(*types.Var)
	if v == nil || v.Pkg() == nil || !j.prog.Own(v.Pkg().Path()) {
		return nil
	}
	if v = v.Origin(); v.IsField() || v.Parent() == v.Pkg().Scope() {
		return v
	}
	return j.origin(v)
}

// ownType is the name of a type of the module, or of what a pointer leads to.
func (j *Judge) ownType(t types.Type) *types.TypeName {
	if t == nil {
		return nil
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil || !j.prog.Own(n.Obj().Pkg().Path()) || isInterface(n) {
		return nil
	}
	return n.Origin().Obj()
}

// storeFrom is the store that a call yields: what stands for all that the function may
// yield, if it is one of the module; that of a conversion is what is converted.
func (j *Judge) storeFrom(info *types.Info, e *ast.CallExpr) types.Object {
	if info.Types[e.Fun].IsType() {
		if len(e.Args) == 1 {
			return j.storeIn(info, e.Args[0])
		}
		return nil
	}
	if !holdsKeys(info.TypeOf(e)) {
		return nil
	}
	switch fn := variableOf(info, unindexed(e.Fun)).(type) {
	case *types.Func:
		if fn.Pkg() != nil && j.prog.Own(fn.Pkg().Path()) {
			return fn.Origin()
		}
		if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && fn.Pkg() != nil && fn.Pkg().Path() == "sync/atomic" {
			return j.storeIn(info, sel.X)
		}
	case *types.Var: // which function it holds is not looked for
		if fn.Pkg() != nil && j.prog.Own(fn.Pkg().Path()) {
			return fn.Origin()
		}
	}
	return nil
}

// holdsKeys says whether a value of a type may be a store of keys, or a channel, which
// hands them on.
func holdsKeys(t types.Type) bool {
	if t == nil {
		return false
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	switch t.Underlying().(type) {
	case *types.Map, *types.Chan:
		return true
	}
	path, name := named(t)
	if path == "sync" {
		return name == "Map"
	}
	l, _ := libraryOf(path)
	return l.keeps
}

// origin is the store that a variable of a function is given, or functions that call it
// with one; itself if there is none, or if there are several, see mayStand.
func (j *Judge) origin(v *types.Var) types.Object {
	if of, known := j.origins[v]; known {
		return of
	}
	j.origins[v] = v // while it is looked for
	may := func(given types.Object) {
		if given != nil && given != v && !slices.Contains(j.mayStand[v], given) {
			j.mayStand[v] = append(j.mayStand[v], given)
		}
	}
	for _, part := range j.prog.Parts() {
		if v.Pos() < part.Decl.Pos() || v.Pos() >= part.Decl.End() {
			continue
		}
		f := j.flowIn(part.Package, part.Decl)
		for _, e := range f.given(v) {
			may(j.storeIn(part.Package.Info, e))
		}
		if d, ok := part.Decl.(*ast.FuncDecl); ok {
			if i := slices.Index(parameters(d.Type, part.Package.Info), v); i >= 0 {
				f.callers(d, func(in flow, call *ast.CallExpr) {
					if i >= len(call.Args) {
						return
					}
					if of := j.storeIn(in.pkg.Info, call.Args[i]); of != nil {
						may(of)
					} else {
						j.givenMade[v] = append(j.givenMade[v], madeStore{in, call.Args[i]})
					}
				})
			}
		}
		break
	}
	if len(j.mayStand[v]) == 1 && len(j.givenMade[v]) == 0 {
		j.origins[v] = j.mayStand[v][0]
	}
	return j.origins[v]
}

// madeStore is a store that is made where a parameter is given it.
type madeStore struct {
	in flow
	e  ast.Expr
}

// speaksOf are the parts of the code that may speak of a store.
func (j *Judge) speaksOf(store types.Object) []*program.Part {
	path := store.Pkg().Path()
	v, isVar := store.(*types.Var)
	fn, isFunc := store.(*types.Func)
	switch {
	case isFunc:
		if fn.Signature().Recv() != nil {
			path = ""
		}
		parts := slices.Clone(j.prog.Mentioning(path, fn.Name()))
		if d := j.ownDecl(fn); d != nil {
			parts = append(parts, &program.Part{Package: d.Package, Decl: d.Syntax})
		}
		return parts
	case !isVar: // what is declared of the type, and its methods
		parts := j.prog.Mentioning(path, store.Name())
		for _, pkg := range j.prog.Packages {
			scope := pkg.Types.Scope()
			for _, name := range scope.Names() {
				switch obj := scope.Lookup(name).(type) {
				case *types.Var:
					if j.ownType(obj.Type()) == store {
						parts = append(parts, j.prog.Mentioning(pkg.Path, name)...)
					}
				case *types.TypeName:
					s, ok := obj.Type().Underlying().(*types.Struct)
					for i := 0; ok && i < s.NumFields(); i++ {
						if j.ownType(s.Field(i).Type()) == store {
							parts = append(parts, j.prog.Mentioning("", s.Field(i).Name())...)
						}
					}
				}
			}
		}
		return parts
	case v.IsField():
		return j.prog.Mentioning("", v.Name())
	case v.Parent() == v.Pkg().Scope():
		return j.prog.Mentioning(path, v.Name())
	}
	for _, part := range j.prog.Parts() {
		if part.Decl.Pos() <= v.Pos() && v.Pos() < part.Decl.End() {
			return []*program.Part{part}
		}
	}
	return nil
}
