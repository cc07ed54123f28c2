package audit

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
)

// A link may keep the request where code finds it that is given nothing of it: in a
// variable, a field, a channel or a context. Whatever speaks of that place is then
// read, whoever calls it: a goroutine may have waited for the request.

// shelf is a place where a request was kept: a variable, a field or a function that
// yields what is there, nil for the contexts of requests.
type shelf struct{ obj types.Object }

// keep notes a place where a link keeps something of the request.
func (f *forger) keep(obj types.Object, k kind) {
	if v, ok := obj.(*types.Var); ok {
		obj = v.Origin()
	}
	if slices.Contains(f.shelves, shelf{obj}) {
		return
	}
	f.shelves = append(f.shelves, shelf{obj})
	if v, ok := obj.(*types.Var); ok && k != 0 {
		f.kept[v] = k
		if f.a.kept[v]|k != f.a.kept[v] {
			f.a.kept[v] |= k
			f.a.comeBack = nil // what functions return was told without it
		}
	}
}

// shelved reads what speaks of the places where the request was kept.
func (f *forger) shelved() {
	for i := 0; i < len(f.shelves); i++ {
		obj := f.shelves[i].obj
		if obj != nil && obj.Pkg() != nil && !f.a.program.Own(obj.Pkg().Path()) {
			continue
		}
		for _, part := range f.speaking(obj) {
			d, ok := part.Decl.(*ast.FuncDecl)
			if !ok || d.Body == nil || generatedFile(f.a.program.Fset.Position(d.Pos()).Filename) {
				continue
			}
			f.a.program.Check(part)
			if !speaksOf(part, obj) {
				continue
			}
			fn, _ := part.Package.Info.Defs[d.Name].(*types.Func)
			if fn != nil && yieldsKept(fn) {
				f.keep(fn, 0)
			}
			c := &code{pkg: part.Package, typ: d.Type, body: d.Body, self: self(&program.Decl{Package: part.Package, Syntax: d})}
			at := token.Pos(-1 - i) // apart from how calls read it
			f.read(c, &entry{back: true, kept: f.kept}, at)
		}
	}
}

// speaking are the parts that may speak of a place.
func (f *forger) speaking(obj types.Object) []*program.Part {
	switch {
	case obj == nil:
		return f.a.program.Mentioning("", "Value")
	case obj.Pkg() == nil:
		return nil
	case f.a.program.Package(obj.Pkg().Path()) == nil:
		f.doubt(obj.Pos(), "what is done with the request that is kept in "+obj.Name()+" is not followed")
		return nil
	case obj.Parent() == obj.Pkg().Scope():
		return f.a.program.Mentioning(obj.Pkg().Path(), obj.Name())
	}
	if v, ok := obj.(*types.Var); ok && !v.IsField() {
		for _, part := range f.a.program.Parts() {
			if obj.Pos() >= part.Decl.Pos() && obj.Pos() < part.Decl.End() {
				return []*program.Part{part}
			}
		}
		return nil
	}
	return f.a.program.Mentioning("", obj.Name())
}

// speaksOf reports whether code speaks of a place.
func speaksOf(part *program.Part, obj types.Object) (found bool) {
	ast.Inspect(part.Decl, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || found {
			return !found
		}
		switch used := part.Package.Info.ObjectOf(id).(type) {
		case *types.Var:
			found = types.Object(used.Origin()) == obj
		case *types.Func:
			found = types.Object(used.Origin()) == obj || obj == nil && used.Name() == "Value" && isValue(used)
		}
		return !found
	})
	return found
}

// isValue reports whether a method is that of a context.
func isValue(fn *types.Func) bool {
	sig := fn.Signature()
	return sig.Recv() != nil && sig.Params().Len() == 1 && sig.Results().Len() == 1 && mayBeAny(sig.Results().At(0).Type())
}

// yieldsKept reports whether a function may hand out a request.
func yieldsKept(fn *types.Func) bool {
	for v := range fn.Signature().Results().Variables() {
		if mayBeAny(v.Type()) || canHold(v.Type(), 2) {
			return true
		}
	}
	return false
}

// keeps notes where an assignment keeps something of the request.
func (f *forger) keeps(b *body, l, v ast.Expr, i int) {
	if v == nil {
		return
	}
	if k := b.result(v, i); k != 0 {
		f.keptIn(b, l, k, false, maxGiven)
	}
}

// keptIn notes the variable or field that an expression names, or that it leads to
// where inside.
func (f *forger) keptIn(b *body, e ast.Expr, k kind, inside bool, deep int) {
	info := b.pkg.Info
	unknown := func() {
		f.doubt(e.Pos(), "what is done with the request that is kept in "+types.ExprString(e)+" is not known")
	}
	if deep == 0 {
		unknown()
		return
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		if !isHeader(info.TypeOf(e.X)) {
			f.keptIn(b, e.X, k, true, deep)
		}
	case *ast.StarExpr:
		if ofType(info.TypeOf(e)) == 0 {
			f.keptIn(b, e.X, k, true, deep)
		}
	case *ast.UnaryExpr:
		f.keptIn(b, e.X, k, inside, deep)
	case *ast.SelectorExpr:
		sel := info.Selections[e]
		switch {
		case sel == nil:
			f.keep(info.ObjectOf(e.Sel), k)
		case sel.Kind() != types.FieldVal:
		case asks(fieldOwner(sel)) && !b.a.program.Own(pathOf(fieldOwner(sel))), answers(fieldOwner(sel)):
		case b.foreign(e.X):
			f.keep(sel.Obj(), k)
		}
	case *ast.Ident:
		v, ok := info.ObjectOf(e).(*types.Var)
		switch {
		case !ok || e.Name == "_":
		case !b.within(v) && !v.IsField(): // what a parameter leads to is that of who calls
			if inside && (v.Kind() == types.ParamVar || v.Kind() == types.RecvVar || v == b.self) {
				unknown()
				return
			}
			f.keep(v, k)
		case !inside:
		case b.isParam(v):
			if ofType(v.Type()) == 0 {
				unknown()
			}
		default:
			for _, given := range b.given[v] {
				if given != nil && b.foreign(given) {
					f.keptIn(b, given, k, true, deep-1)
				}
			}
		}
	case *ast.CallExpr:
		if inside && b.foreign(e) {
			unknown()
		}
	}
}

// fieldOwner is the type that declares a field, which may be embedded.
func fieldOwner(sel *types.Selection) types.Type {
	t := sel.Recv()
	for _, i := range sel.Index()[:len(sel.Index())-1] {
		st, ok := deref(t).Underlying().(*types.Struct)
		if !ok {
			return t
		}
		t = st.Field(i).Type()
	}
	return t
}

// storing are methods of dependencies that keep what they are given.
var storing = []string{"Store", "LoadOrStore", "Swap", "CompareAndSwap", "Set", "SetDefault", "Put", "Add", "Push", "PushBack", "PushFront", "Enqueue", "Send"}

// stores notes where a call of code that is not read keeps something of the request.
func (f *forger) stores(b *body, call *ast.CallExpr) {
	fn, recv, args := b.method(call)
	if fn == nil || fn.Pkg() == nil || b.a.program.Own(fn.Pkg().Path()) && !isAbstract(fn) {
		return
	}
	var k kind
	for _, arg := range args {
		k |= b.of(arg)
	}
	path := fn.Pkg().Path()
	switch {
	case k == 0:
	case recv == nil:
		if path == "context" && fn.Name() == "WithValue" {
			f.keep(nil, k)
		} else if path == "sync/atomic" && len(args) > 1 {
			f.keptIn(b, args[0], k, false, maxGiven)
		}
	case b.of(recv) != 0, asks(b.pkg.Info.TypeOf(recv)), answers(b.pkg.Info.TypeOf(recv)):
	case path == "sync", path == "sync/atomic", strings.HasPrefix(path, "container/"), slices.Contains(storing, fn.Name()):
		f.keptIn(b, recv, k, true, maxGiven)
	}
}
