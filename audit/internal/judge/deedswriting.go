package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// writes notes what an assignment to an expression writes.
func (w *deedsWalk) writes(to ast.Expr) {
	info, d := w.pkg.Info, &w.d.writing
	to = ast.Unparen(to)
	if id, ok := to.(*ast.Ident); ok {
		d.vars = d.vars || packageVar(info.ObjectOf(id))
		return
	}
	var of ast.Expr
	through := false // a pointer, slice or map
	for e := to; ; {
		switch n := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			if info.Selections[n] == nil {
				d.vars = true // of another package
				return
			}
			of = n.X
			_, isPointer := info.TypeOf(n.X).Underlying().(*types.Pointer)
			through = through || isPointer || info.Selections[n].Indirect()
		case *ast.IndexExpr:
			of = n.X
			through = through || !isArray(info.TypeOf(n.X))
		case *ast.StarExpr:
			of, through = n.X, true
		case *ast.Ident:
			d.vars = d.vars || packageVar(info.ObjectOf(n))
			d.state = d.state || through
			return
		default:
			d.state, d.vars = true, true
			return
		}
		if ofRequest(info.TypeOf(of)) {
			w.writesRequest(of, elementName(info, to))
		}
		e = of
	}
}

func packageVar(obj types.Object) bool {
	v, ok := obj.(*types.Var)
	return ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}

// ofRequest says whether what is written in a value of a type may be a part of a
// request, or kept for it.
func ofRequest(t types.Type) bool {
	path, name := named(t)
	switch path {
	case "net/http":
		return name == "Request" || name == "Header"
	case "net/url":
		return name == "URL" || name == "Values"
	case ginPath, echoPath:
		return name == "Context"
	}
	return sessionPackage(path) || ofTexts(t)
}

// ofTexts says whether a type is that of a header or a form under any name, or may
// be in an instance of what is generic.
func ofTexts(t types.Type) bool {
	if t == nil {
		return false
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	m, ok := t.Underlying().(*types.Map)
	if !ok {
		return false
	}
	for _, part := range []types.Type{m.Key(), m.Elem()} {
		if _, open := part.(*types.TypeParam); open {
			return true
		}
	}
	key, isText := m.Key().Underlying().(*types.Basic)
	list, isList := m.Elem().Underlying().(*types.Slice)
	if !isText || !isList || key.Info()&types.IsString == 0 {
		return false
	}
	text, ok := list.Elem().Underlying().(*types.Basic)
	return ok && text.Info()&types.IsString != 0
}

// answers says whether an expression is the header of the response, as far as the
// function that is read shows it.
func (w *deedsWalk) answers(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
		return ok && sel.Sel.Name == "Header"
	case *ast.Ident:
		v, _ := w.pkg.Info.ObjectOf(e).(*types.Var)
		given, others := false, v == nil
		ast.Inspect(w.of, func(n ast.Node) bool {
			s, ok := n.(*ast.AssignStmt)
			if !ok {
				return !others
			}
			for i, l := range s.Lhs {
				if l, ok := l.(*ast.Ident); ok && w.pkg.Info.ObjectOf(l) == v {
					call, ok := ast.Unparen(rightOf(s, i)).(*ast.CallExpr)
					given = true
					others = others || !ok || !w.answers(call)
				}
			}
			return !others
		})
		return given && !others
	}
	return false
}

// writesBy notes what a call of a function does whose body is not read.
func (w *deedsWalk) writesBy(e *ast.CallExpr, fn *types.Func) {
	info, d := w.pkg.Info, &w.d.writing
	path, recv := fn.Pkg().Path(), fn.Signature().Recv()
	name := fn.Name()
	var on ast.Expr
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && recv != nil {
		on = sel.X
	}
	recvName := recvTypeName(fn)
	switch b := bare(path); {
	case name == "ServeHTTP":
		d.unknown = true
		return
	case path == "reflect":
		if setsReflected(fn) {
			d.state, d.vars, d.request = true, true, d.request || fn.Name() != "Interface"
		}
		return
	case decodes(fn):
		d.request = d.request || slices.ContainsFunc(e.Args, func(a ast.Expr) bool { return leadsToRequest(info.TypeOf(a), 0) })
	case (b == ginPath || b == echoPath) && recvName == "Context":
		if !answering[name] {
			w.writesRequest(on, "")
		}
	case b == "net/http" && recvName == "Request":
		if name == "AddCookie" || name == "SetBasicAuth" || name == "SetPathValue" {
			w.writesRequest(on, "")
		}
	case name == "UnmarshalBinary" && recv != nil && isURL(recv.Type()):
		w.writesRequest(on, "")
	case recv != nil && ofTexts(recv.Type()):
		if name == "Set" || name == "Add" || name == "Del" {
			w.writesRequest(on, textOf(e.Args[0], info))
		}
	case sessionPackage(b):
		d.request = d.request || inserts(name) || strings.HasPrefix(name, "Del") || strings.HasPrefix(name, "Clear")
	case writesHeader(name):
		for _, a := range e.Args {
			if ofRequest(info.TypeOf(a)) {
				w.writesRequest(a, "")
			}
		}
	}
	if b := bare(path); b == "log" || b == "log/slog" || b == "fmt" && !strings.Contains(name, "can") {
		return
	}
	// What is given by reference may be filled.
	for _, a := range e.Args {
		if u, ok := ast.Unparen(a).(*ast.UnaryExpr); ok && u.Op == token.AND {
			if id, ok := ast.Unparen(u.X).(*ast.Ident); ok {
				d.vars = d.vars || packageVar(info.Uses[id])
				continue // or its own
			}
			d.state = true
			if v, ok := variableOf(info, u.X).(*types.Var); ok && packageVar(v) {
				d.vars = true
			}
		} else if p, ok := types.Unalias(info.TypeOf(a)).(*types.Pointer); ok {
			path, _ := named(p)
			d.state = d.state || path == "" || w.j.prog.Own(path)
		}
	}
}

// writesRequest notes that a part of a request is written, under a name where that
// is known.
func (w *deedsWalk) writesRequest(of ast.Expr, name string) {
	if of == nil || w.answers(of) {
		return
	}
	w.d.writing.request = true
	if name == "" || credentialName(name, true) || credentialName(name, false) {
		w.d.kept = w.d.kept || w.fromPlace(of, maxTraced)
	}
}

// elementName is the name of the element of a header that is written, "" where that
// is not known.
func elementName(info *types.Info, to ast.Expr) string {
	if e, ok := to.(*ast.IndexExpr); ok {
		return textOf(e.Index, info)
	}
	return ""
}
