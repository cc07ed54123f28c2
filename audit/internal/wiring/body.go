package wiring

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// signature returns the signature of a function value.
func (in *interp) signature(f *value.Func) *types.Signature {
	if f.Fn != nil {
		return f.Fn.Signature()
	}
	sig, _ := f.Pkg.Info.TypeOf(f.Lit).(*types.Signature)
	return sig
}

// callFunc runs a function whose body is known. Variadic arguments are packed.
func (in *interp) callFunc(f *value.Func, args []value.Value, pos token.Pos) (value.Value, bool) {
	if f.Expr && f.Recv == nil && len(args) > 0 {
		bound := *f
		bound.Recv, args = in.throughEmbedded(args[0], f.On, f.Through, f.Fn), args[1:]
		f = &bound
	}
	fr := &frame{in: in, name: f.Name, fn: f.Fn}
	var typ *ast.FuncType
	var body *ast.BlockStmt
	var recv *ast.FieldList
	key := any(f.Lit)
	if f.Fn != nil {
		d := in.program.Decl(f.Fn)
		if d == nil {
			return nil, false
		}
		fr.pkg, fr.sig, fr.fn = d.Package, d.Func.Signature(), d.Func
		typ, body, recv = d.Syntax.Type, d.Syntax.Body, d.Syntax.Recv
		fr.env = &value.Env{Vars: map[types.Object]*value.Cell{}, Types: TypeArgs(fr.sig, f.Types, typeOf(value.Deref(f.Recv)))}
		key = d.Func
		in.ran[d.Func] = true
		if len(f.Types) > 0 {
			in.ranAs[in.variantOf(f)] = true
		}
	} else {
		fr.pkg, fr.sig = f.Pkg, in.signature(f)
		typ, body = f.Lit.Type, f.Lit.Body
		fr.env = f.Env.Inner()
		fr.fn = in.current
		in.literals[closure{f.Lit, f.Env}] = true
	}
	self := value.Deref(f.Recv)
	if in.active[key] >= maxBlind && in.blind(f, args, in.selves[key]) {
		return nil, false // again, with nothing known that would end it
	}
	if in.depth >= maxDepth || in.active[key] >= maxRecursion {
		if f.Lit != nil || in.relevant.wires[f.Fn.Origin()] {
			in.exhausted(pos)
		}
		in.end(pos, "calls within calls of "+f.Name+" are followed only so deep")
		return nil, false
	}
	if fr.sig == nil || in.steps > in.limit {
		return nil, false
	}
	if !fr.pkg.Own {
		if in.foreign >= maxForeign {
			if slices.ContainsFunc(args, func(v value.Value) bool { return RouterOf(v) != nil }) {
				in.end(pos, "a router is passed to "+f.Name+", and dependencies are followed only so deep")
			}
			return nil, false
		}
		if in.foreign == 0 {
			in.entered = pos
		}
		in.foreign++
		defer func() { in.foreign-- }()
	}
	did := in.doings()
	defer func() {
		if f.Fn != nil && in.doings() == did {
			in.barren[f.Fn.Origin()]++
		}
	}()
	in.depth++
	in.active[key]++
	in.selves[key] = append(in.selves[key], self)
	logs, conds, outer, at := len(in.logs), len(in.conditions), in.current, in.pos
	in.current = fr.fn
	fr.base = conds
	defer func() {
		in.depth--
		in.active[key]--
		in.selves[key] = in.selves[key][:in.active[key]]
		in.current = outer
		in.pos = at
		in.conditions = in.conditions[:min(conds, len(in.conditions))]
		in.mergeLogs(logs)
	}()
	if recv != nil && len(recv.List) > 0 && len(recv.List[0].Names) > 0 {
		v := f.Recv
		if _, pointer := types.Unalias(fr.sig.Recv().Type()).(*types.Pointer); !pointer {
			if r, ok := v.(*value.Ref); ok && r.To != nil {
				v = r.To.V
			}
		}
		if v == nil {
			v = unknown(fr.sig.Recv().Type(), recv.List[0].Names[0].Name)
		}
		fr.declare(recv.List[0].Names[0], v)
	}
	i := 0
	for _, field := range typ.Params.List {
		for _, name := range field.Names {
			var v value.Value
			if i < len(args) {
				v = args[i]
			}
			if v == nil {
				v = unknown(fr.typeOf(field.Type), name.Name)
			}
			fr.declare(name, v)
			i++
		}
		if len(field.Names) == 0 {
			i++
		}
	}
	if typ.Results != nil {
		for _, field := range typ.Results.List {
			for _, name := range field.Names {
				if obj := fr.pkg.Info.Defs[name]; obj != nil {
					c := &value.Cell{V: in.zero(fr.concrete(obj.Type())), Name: name.Name, Pos: name.Pos()}
					fr.env.Vars[obj] = c
					fr.results = append(fr.results, c)
				} else {
					fr.results = append(fr.results, &value.Cell{V: &value.Nil{}})
				}
			}
		}
	}
	if recovers(fr.pkg.Info, body) && f.Name != in.main.Path+".main" {
		in.recovers++
		defer func() { in.recovers-- }()
		in.conditions = append(in.conditions, maybe("nothing panics", pos))
	}
	if in.depth <= 3 {
		in.share(func() { fr.block(body.List) })
	} else {
		fr.block(body.List)
	}
	fr.runDefers()
	for i := len(fr.exits) - 1; i >= 0; i-- {
		if !fr.exits[i].cond.Silent || !givesError(fr.sig) { // who gets an error does not go on
			in.settle(fr.exits[i])
		}
	}
	return fr.result(), true
}

// runDefers runs deferred calls. What they write to named results is returned.
func (fr *frame) runDefers() {
	before := make([]value.Value, len(fr.results))
	for i, c := range fr.results {
		before[i] = c.V
	}
	for i := len(fr.defers) - 1; i >= 0; i-- {
		fr.defers[i]()
	}
	for i, c := range fr.results {
		if c.V == before[i] {
			continue
		}
		for _, o := range fr.out {
			if t := o.V.(*value.Tuple); i < len(t.Elems) {
				if len(fr.out) > 1 {
					t.Elems[i] = oneOf([]value.Option{{V: t.Elems[i]}, {V: c.V}})
				} else {
					t.Elems[i] = c.V
				}
			}
		}
	}
}

// recovers reports whether a function goes on after a panic.
func recovers(info *types.Info, body *ast.BlockStmt) bool {
	found := false
	for _, s := range body.List {
		if d, ok := s.(*ast.DeferStmt); ok {
			ast.Inspect(d, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					if b, ok := info.Uses[id].(*types.Builtin); ok && b.Name() == "recover" {
						found = true
					}
				}
				return !found
			})
		}
	}
	return found
}

func givesError(sig *types.Signature) bool {
	n := sig.Results().Len()
	return n > 0 && isErrorType(sig.Results().At(n-1).Type())
}

// result is what the call returns: one of all that its return statements do.
func (fr *frame) result() value.Value {
	n := fr.sig.Results().Len()
	if n == 0 {
		return &value.Tuple{}
	}
	vals := make([]value.Value, n)
	for i := range n {
		var options []value.Option
		for _, o := range fr.out {
			if t := o.V.(*value.Tuple); i < len(t.Elems) {
				options = append(options, value.Option{V: t.Elems[i], Cond: o.Cond})
			}
		}
		// A nil beside a value is what is returned with an error.
		if len(options) > 1 && n > 1 {
			var some []value.Option
			for _, o := range options {
				if _, none := o.V.(*value.Nil); !none {
					some = append(some, o)
				}
			}
			if len(some) == 1 {
				some[0].Cond = Condition{}
			}
			if len(some) > 0 && !isErrorType(fr.sig.Results().At(i).Type()) {
				options = some
			}
		}
		if len(options) == 1 {
			options[0].Cond = Condition{}
		}
		vals[i] = oneOf(options)
		if vals[i] == nil {
			vals[i] = unknown(fr.sig.Results().At(i).Type(), fr.name)
		}
		if isErrorType(fr.sig.Results().At(i).Type()) {
			if _, none := vals[i].(*value.Nil); !none {
				vals[i] = fr.success()
			}
		}
	}
	if n == 1 {
		return vals[0]
	}
	return &value.Tuple{Elems: vals}
}

// ends says what a call does that does not return.
func (fr *frame) ends(e *ast.CallExpr) flow {
	var fn *types.Func
	switch f := ast.Unparen(e.Fun).(type) {
	case *ast.Ident:
		if b, ok := fr.pkg.Info.Uses[f].(*types.Builtin); ok && b.Name() == "panic" {
			return fr.in.panics()
		}
		fn, _ = fr.pkg.Info.Uses[f].(*types.Func)
	case *ast.SelectorExpr:
		fn, _ = fr.pkg.Info.Uses[f.Sel].(*types.Func)
	}
	if fn == nil || fn.Pkg() == nil {
		return goesOn
	}
	switch fn.Name() {
	case "Exit":
		if fn.Pkg().Path() == "os" {
			return dies
		}
	case "Goexit":
		if fn.Pkg().Path() == "runtime" {
			return returns
		}
	case "Fatal", "Fatalf", "Fatalln", "Fatalw":
		// Loggers of all makes end the program here; so do those of the module's
		// own with these names, as far as anybody knows.
		if !fr.in.program.Own(fn.Pkg().Path()) {
			return dies
		}
	case "Panic", "Panicf", "Panicln":
		if !fr.in.program.Own(fn.Pkg().Path()) {
			return fr.in.panics()
		}
	}
	return goesOn
}

// panics says what a panic does: it ends the program, unless somebody recovers.
func (in *interp) panics() flow {
	if in.recovers > 0 {
		return returns
	}
	return dies
}
