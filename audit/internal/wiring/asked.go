package wiring

import (
	"go/ast"
	"go/types"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// maxAsking bounds the functions that are read for one link, to tell whether it asks
// a framework for handlers. Past it, it is taken to.
const maxAsking = 500

// askers is what may lead to code that asks a framework for handlers, by names.
type askers struct {
	names   map[string]bool
	methods map[string][]*types.Func
	values  []*types.Signature // of what may be called by a variable
}

// leadToAsking finds out by which names code may come to that of some parts.
func (in *interp) leadToAsking(parts []*program.Part) {
	l := &in.askers
	l.names, l.methods = map[string]bool{}, map[string][]*types.Func{}
	done := map[*program.Part]bool{}
	for len(parts) > 0 {
		part := parts[0]
		parts = parts[1:]
		if done[part] {
			continue
		}
		done[part] = true
		in.program.Check(part)
		for _, name := range in.leadsBy(part) {
			l.names[name] = true
			parts = append(parts, in.program.Mentioning("", name)...)
			for _, pkg := range in.program.Packages {
				if in.within[pkg.Path] {
					parts = append(parts, in.program.Mentioning(pkg.Path, name)...)
				}
			}
		}
	}
	asks := program.Names
	for part := range done {
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			if lit, ok := n.(*ast.FuncLit); ok && (asks(lit.Body, l.names) || asks(lit.Body, allAsking)) {
				if sig, ok := part.Package.Info.TypeOf(lit).(*types.Signature); ok {
					l.values = append(l.values, sig)
				}
			}
			return true
		})
	}
}

// allAsking are the names of all methods that ask.
var allAsking = nameSet("Handler SetHandler")

// leadsBy returns the names of what a part declares.
func (in *interp) leadsBy(part *program.Part) (names []string) {
	switch d := part.Decl.(type) {
	case *ast.FuncDecl:
		fn, _ := part.Package.Info.Defs[d.Name].(*types.Func)
		if fn == nil || d.Recv == nil && (fn.Name() == "main" || fn.Name() == "init") {
			return nil
		}
		if d.Recv != nil {
			in.askers.methods[fn.Name()] = append(in.askers.methods[fn.Name()], fn)
		}
		in.askers.values = append(in.askers.values, fn.Signature())
		return []string{fn.Name()}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok {
				for _, id := range v.Names {
					names = append(names, id.Name)
				}
			}
		}
	}
	return names
}

// asks says what a function of the module, or one that it leads to, asks a framework
// for.
func (in *interp) asks(f *value.Func) asking {
	if in.asked()&(asksHandler|setsHandler) == 0 {
		return 0
	}
	return in.asksOf(f, map[any]bool{})
}

func (in *interp) asksOf(f *value.Func, seen map[any]bool) asking {
	var key any = f.Lit
	switch {
	case f.Lit != nil && !f.Pkg.Own:
		return 0
	case f.Lit == nil:
		if in.sealed(f.Fn) || !in.program.Own(pkgPath(f.Fn)) {
			return 0
		}
		key = f.Fn.Origin()
	}
	if seen[key] {
		return 0
	}
	seen[key] = true
	if len(seen) > maxAsking {
		return in.asked()
	}
	fr, body := in.body(f)
	if fr == nil {
		return 0
	}
	return in.codeAsks(fr, body, seen)
}

func (in *interp) codeAsks(fr *frame, code ast.Node, seen map[any]bool) (all asking) {
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			obj := fr.pkg.Info.Uses[n]
			all |= asksBy(obj)
			switch obj := obj.(type) {
			case *types.Func:
				if in.askers.names[obj.Name()] {
					all |= in.namedAsks(obj, seen)
				}
			case *types.Var:
				if c := fr.env.Lookup(obj); c != nil {
					all |= in.anyAsks(value.Alternatives(c.V), seen)
				} else if _, ok := obj.Type().Underlying().(*types.Signature); ok && ofPackage(obj) && in.askers.names[obj.Name()] {
					if funcs := in.functionsIn(in.tableOf(fr, n)); len(funcs) > 0 {
						all |= in.anyAsks(funcs, seen)
					} else {
						all |= in.asked()
					}
				}
			}
		case *ast.CallExpr:
			all |= in.callAsks(fr, n, seen)
		}
		return true
	})
	return all
}

func (in *interp) anyAsks(values []value.Value, seen map[any]bool) (all asking) {
	for _, v := range values {
		if f, ok := value.Bare(v).(*value.Func); ok {
			all |= in.asksOf(f, seen)
		}
	}
	return all
}

// namedAsks is asksOf for a function that code names, also a method of an interface.
func (in *interp) namedAsks(fn *types.Func, seen map[any]bool) (all asking) {
	if !in.abstract(fn) {
		return in.asksOf(in.function(fn), seen)
	}
	for _, m := range in.askers.methods[fn.Name()] {
		all |= in.asksOf(in.function(m), seen)
	}
	return all
}

// callAsks says what a call of a function that a field, a table or a variable holds
// may ask for.
func (in *interp) callAsks(fr *frame, call *ast.CallExpr, seen map[any]bool) asking {
	if tv := fr.pkg.Info.Types[call.Fun]; tv.IsType() || tv.IsBuiltin() || !givesRequest(fr.pkg, call) {
		return 0
	}
	var held value.Value
	switch e := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		v, ok := fr.pkg.Info.Uses[e].(*types.Var)
		if !ok || v.Kind() == types.ParamVar || fr.env.Lookup(v) != nil {
			return 0 // what gives it speaks of it
		}
		held = in.tableOf(fr, e)
	case *ast.SelectorExpr:
		if _, ok := fr.pkg.Info.Uses[e.Sel].(*types.Func); ok {
			return 0
		}
		held = in.tableOf(fr, e)
	case *ast.IndexExpr:
		held = in.tableOf(fr, ast.Unparen(e.X))
	case *ast.FuncLit:
		return 0
	}
	if funcs := in.functionsIn(held); len(funcs) > 0 {
		return in.anyAsks(funcs, seen)
	}
	sig, ok := underlying(fr.pkg.Info.TypeOf(call.Fun)).(*types.Signature)
	for _, s := range in.askers.values {
		if ok && types.Identical(types.NewSignatureType(nil, nil, nil, s.Params(), s.Results(), s.Variadic()), sig) {
			return in.asked()
		}
	}
	return 0
}

// functionsIn returns the functions that a value is, or that a list or a map holds,
// none if it may hold others.
func (in *interp) functionsIn(v value.Value) (funcs []value.Value) {
	for _, v := range value.Alternatives(v) {
		switch x := value.Bare(v).(type) {
		case *value.Func:
			funcs = append(funcs, x)
		case *value.List:
			for _, c := range x.Elems {
				funcs = append(funcs, value.Alternatives(c.V)...)
			}
			if x.Open {
				return nil
			}
		case *value.Map:
			for _, e := range x.Entries {
				funcs = append(funcs, value.Alternatives(e.Elem.V)...)
			}
			if x.Open {
				return nil
			}
		default:
			return nil
		}
	}
	for _, f := range funcs {
		if _, ok := value.Bare(f).(*value.Func); !ok {
			return nil
		}
	}
	return funcs
}
