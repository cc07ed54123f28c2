package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// maxRows bounds the entries of a table that are told apart.
const maxRows = 8

// rows are what a map of functions or of values with methods holds, where all of that
// stands in the code for good: one of these is found in it, or nothing.
func (x *exec) rows(fr *frame, st *state, m val, e *ast.IndexExpr) []val {
	s, ok := x.deref(st, m).(*sym)
	if ok && s.of != nil {
		return nil // it was read of what code may write
	}
	if ok && !s.whole {
		s, ok = x.tableOf(fr, st, e.X).(*sym)
	}
	if !ok || !s.whole || s.kind != plain || len(s.held) == 0 || len(s.held) > maxRows {
		return nil
	}
	t, ok := underlyingOf(fr.typeOf(e.X)).(*types.Map)
	if !ok {
		return nil
	}
	switch elem := t.Elem().Underlying().(type) {
	case *types.Signature:
	case *types.Interface:
		if elem.NumMethods() == 0 {
			return nil
		}
	default:
		return nil
	}
	if !x.j.entered(t.Elem()) {
		return s.held
	}
	return nil
}

// tableOf is what a variable of a package begins as that no code assigns, nil where that
// is nothing that stands there.
func (x *exec) tableOf(fr *frame, st *state, e ast.Expr) val {
	id := lastIdent(e)
	if id == nil {
		return nil
	}
	obj, ok := fr.pkg.Info.Uses[id].(*types.Var)
	if !ok || obj.Pkg() == nil || obj.IsField() || obj.Parent() != obj.Pkg().Scope() || !x.j.prog.Own(obj.Pkg().Path()) || x.j.mutable(obj) {
		return nil
	}
	x.j.indexInits()
	lit, ok := x.j.initFuncs[obj].(*ast.CompositeLit)
	if !ok {
		return nil
	}
	at := &frame{key: "global:" + obj.Pkg().Path() + "." + obj.Name(), pkg: x.j.initPkgs[obj], cells: map[types.Object]*cell{}, building: true}
	made := x.eval(at, st.clone(), lit)
	if len(made) != 1 {
		return nil
	}
	return made[0].v
}

func underlyingOf(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

// entered says whether code puts something into a map of such elements, other than
// where that is made.
func (j *Judge) entered(elem types.Type) bool {
	name := typeIDs([]types.Type{elem})
	is, known := j.tables[name]
	if known {
		return is
	}
	for _, part := range j.prog.Parts() {
		if !entersMap(part.Decl) || !j.meets(part.Package.Path, elem) {
			continue
		}
		j.prog.Check(part)
		if is = entersMapOf(part.Package.Info, part.Decl, elem); is {
			break
		}
	}
	j.tables[name] = is
	return is
}

// neverEntered says whether a type is that of a map of texts into which no code puts any.
func (j *Judge) neverEntered(t types.Type) bool {
	m, ok := underlyingOf(t).(*types.Map)
	return ok && mayBeEmpty(m.Elem()) && !j.entered(m.Elem())
}

// meets says whether code of a package may be given values of a type: it knows the type,
// or is called by a package that does.
func (j *Judge) meets(path string, t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return true
	}
	to := n.Obj().Pkg().Path()
	knows := func(from, to string) bool { return from == to || j.prog.Reaches(from, to) }
	return knows(path, to) || slices.ContainsFunc(j.prog.OwnPaths(), func(p string) bool { return knows(p, to) && knows(p, path) })
}

// entersMap says whether code may put something into a map, as far as its text tells.
func entersMap(code ast.Node) bool {
	found := false
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			found = found || n.Tok == token.ASSIGN && slices.ContainsFunc(n.Lhs, func(e ast.Expr) bool { _, ok := ast.Unparen(e).(*ast.IndexExpr); return ok })
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				_, ok := e.(*ast.IndexExpr)
				found = found || ok
			}
		case *ast.SelectorExpr:
			found = found || n.Sel.Name == "SetMapIndex" || n.Sel.Name == "Copy" || n.Sel.Name == "Insert"
		}
		return !found
	})
	return found
}

// madeHere says whether an expression is a variable of the code that holds nothing but
// maps which are made there.
func madeHere(info *types.Info, code ast.Node, e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	obj, made, other := info.Uses[id], 0, 0
	ast.Inspect(code, func(n ast.Node) bool {
		s, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for i, l := range s.Lhs {
			if l, ok := l.(*ast.Ident); !ok || info.ObjectOf(l) != obj {
				continue
			}
			if len(s.Rhs) == len(s.Lhs) && makesMap(info, s.Rhs[i]) {
				made++
			} else {
				other++
			}
		}
		return true
	})
	return made > 0 && other == 0
}

func makesMap(info *types.Info, e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.CallExpr:
		id, ok := e.Fun.(*ast.Ident)
		if !ok {
			return false
		}
		b, ok := info.Uses[id].(*types.Builtin)
		return ok && b.Name() == "make"
	}
	return false
}

// entersMapOf says whether code puts something into a map of such elements, or into one
// of which it does not say what it holds.
func entersMapOf(info *types.Info, code ast.Node, elem types.Type) bool {
	found := false
	called := map[*ast.SelectorExpr]ast.Expr{} // by what a call of it is given first
	of := func(t types.Type, e ast.Expr) bool {
		m, ok := underlyingOf(t).(*types.Map)
		if ok && !parametric(m.Elem(), 0) {
			return types.Identical(m.Elem(), elem)
		}
		return (ok || isTypeParam(t)) && (e == nil || !madeHere(info, code, e)) // what is generic may be any
	}
	target := func(e ast.Expr) {
		if ix, ok := e.(*ast.IndexExpr); ok {
			found = found || of(info.TypeOf(ix.X), ix.X)
		}
	}
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				target(ast.Unparen(l))
			}
		case *ast.RangeStmt:
			target(n.Key)
			target(n.Value)
		case *ast.CallExpr:
			if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && len(n.Args) > 0 {
				called[sel] = n.Args[0]
			}
		case *ast.SelectorExpr:
			fn := putsInto(info, n)
			if fn == nil {
				break
			}
			sig, _ := info.Instances[n.Sel].Type.(*types.Signature)
			found = found || fn.Name() == "SetMapIndex" || sig == nil || of(sig.Params().At(0).Type(), called[n])
		}
		return !found
	})
	return found
}

// putsInto is a function of a library that puts something into a map, nil where another
// is named: SetMapIndex, whose map nobody knows, or one that is given the map first.
func putsInto(info *types.Info, sel *ast.SelectorExpr) *types.Func {
	fn, _ := info.Uses[sel.Sel].(*types.Func)
	if fn == nil || fn.Pkg() == nil {
		return nil
	}
	switch fn.Pkg().Path() {
	case "reflect":
		if fn.Name() == "SetMapIndex" {
			return fn
		}
	case "maps", "golang.org/x/exp/maps":
		if fn.Name() == "Copy" || fn.Name() == "Insert" {
			return fn
		}
	}
	return nil
}
