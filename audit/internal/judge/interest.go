package judge

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// wanted says whether a function's body matters.
func (x *exec) wanted(fr *frame, st *state, fn *types.Func, recv val, args []val) bool {
	if fn.Pkg() == nil {
		return false
	}
	own := x.j.prog.Own(fn.Pkg().Path())
	if !own && x.j.std(fn.Pkg().Path()) {
		return false
	}
	matters, steers := false, false
	for _, v := range append([]val{recv}, args...) {
		m, s := x.interest(st, v, 0)
		matters, steers = matters || m, steers || s
	}
	if sessionPackage(fn.Pkg().Path()) && slices.ContainsFunc(args, func(v val) bool { s, ok := v.(*sym); return ok && s.kind == plain && s.t&tCred != 0 }) {
		return false
	}
	if own && (x.j.mayPanicOf(fn) || x.gives(args) || x.j.yieldsSetting(fn) || x.j.writesElements(fn, args)) {
		return true
	}
	if fn.Signature().Results().Len() == 0 && !slices.ContainsFunc(append([]val{recv}, args...), steerable) {
		return false
	}
	if x.service != nil && own {
		return x.service.around != nil && yieldsHandler(fn, false) || x.concerns(st, fn, append([]val{recv}, args...))
	}
	if yieldsHandler(fn, own) {
		return true
	}
	if own && asksOf(fn, append([]val{recv}, args...)) {
		return true
	}
	if own {
		return matters || steers || slices.ContainsFunc(args, func(v val) bool { return x.toPointer(st, v) })
	}
	if fr.building && !fr.dep && !own && (makesOf(fn, fn.Pkg()) || slices.ContainsFunc(append([]val{recv}, args...), isPointer)) {
		return true // it yields what the middleware is a method of, or changes it
	}
	if fr.dep && fr.building && fr.pkg.Path == fn.Pkg().Path() {
		// It may set what the middleware goes by.
		return matters || steers || slices.ContainsFunc(append([]val{recv}, args...), isPointer)
	}
	if fr.dep && fr.pkg.Types != nil && (fr.pkg.Path == fn.Pkg().Path() || decides(fn.Signature())) {
		return matters || steers
	}
	return steers
}

// asksOf says whether a function tells something by a bool of constants alone, which
// may be what a way has made of who calls: a level, a state.
func asksOf(fn *types.Func, vals []val) bool {
	constants := false
	for _, v := range vals {
		if _, ok := v.(*konst); ok {
			constants = true
		} else if v != nil {
			return false
		}
	}
	return constants && fn.Signature().Results().Len() == 1 && isBool(fn.Signature().Results().At(0).Type())
}

// yieldsHandler says whether a function yields a handler, or another function where
// any counts.
func yieldsHandler(fn *types.Func, anyFunc bool) bool {
	for v := range fn.Signature().Results().Variables() {
		if isFunc(v.Type()) && (anyFunc || ofFramework(v.Type())) || !isInterface(v.Type()) && serves(v.Type()) {
			return true
		}
	}
	return false
}

func isPointer(v val) bool {
	p, ok := v.(*ptr)
	return ok && p != nil
}

// toPointer says whether a value is the address of a pointer, which whoever gets
// it may set.
func (x *exec) toPointer(st *state, v val) bool {
	p, ok := v.(*ptr)
	if !ok || p == nil {
		return false
	}
	switch x.loadPtr(st, p).(type) {
	case nilVal, *ptr:
		return true
	}
	return false
}

// decides says whether a function tells something of a request by a bool: a
// skipper, a filter.
func decides(sig *types.Signature) bool {
	return sig.Recv() == nil && sig.Params().Len() == 1 && sig.Results().Len() == 1 && isBool(sig.Results().At(0).Type()) && ofFramework(sig)
}

// ofFramework says whether a function type has to do with requests.
func ofFramework(t types.Type) bool {
	sig := t.Underlying().(*types.Signature)
	for _, vars := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range vars.Variables() {
			if path, _ := named(v.Type()); framework(path) {
				return true
			}
		}
	}
	return false
}

// asContexts makes contexts of gin's context where a function takes it for one
// and its package does not know gin: it can do no more with it.
func (x *exec) asContexts(fn *types.Func, args []val) []val {
	if fn.Pkg() == nil || x.j.prog.Own(fn.Pkg().Path()) || x.j.std(fn.Pkg().Path()) {
		return args
	}
	out := args
	for i, a := range args {
		if !isGin(a) || i >= fn.Signature().Params().Len() || x.j.knowsFramework(fn.Pkg().Path()) {
			continue
		}
		if path, name := named(fn.Signature().Params().At(i).Type()); path == "context" && name == "Context" {
			if &out[0] == &args[0] {
				out = slices.Clone(args)
			}
			out[i] = &sym{key: "ctx:gin", kind: kContext, nonNil: true, text: "c", ctx: &ctxVal{open: true}}
		}
	}
	return out
}

// steerable says whether a function without results can do anything with a value
// that matters to its caller.
func steerable(v val) bool {
	switch v := v.(type) {
	case nil, nilVal, *konst:
		return false
	case *sym:
		return v.kind != kRequest && v.kind != kWriter && v.kind != kContext && v.t&^tSetting != 0 || v.kind == kGin || v.kind == kEcho || v.kind == kWraps || v.kind == kSession || isError(v.typ)
	}
	return true
}

// interest says whether a value has to do with the request, and whether what
// gets it can steer the chain.
func (x *exec) interest(st *state, v val, depth int) (matters, steers bool) {
	if depth > 6 {
		return false, false
	}
	matters, steers = x.about(st, v, depth)
	return matters && depth <= 3, steers // deeper down only the next handler does
}

func (x *exec) about(st *state, v val, depth int) (matters, steers bool) {
	switch v := v.(type) {
	case *nextVal:
		return true, true
	case *closure:
		if v.lit != nil {
			return true, !keyFunc(v) && x.leads(st, v, 0)
		}
		_, s := x.interest(st, v.recv, depth+1)
		return true, s || v.fn != nil && x.runsNext(v.fn)
	case *anyVal:
		for _, o := range v.of {
			m, s := x.interest(st, o, depth+1)
			matters, steers = matters || m, steers || s
		}
	case *sym:
		if x.hiding[v.key] {
			return true, true
		}
		switch v.kind {
		case kGin, kWraps:
			return true, true
		case kEcho, kRequest, kContext, kHeader, kValues, kSession, kSessionValues, kCookie, kTLS, kWriter:
			return true, false
		}
		for _, h := range v.held {
			m, s := x.interest(st, h, depth+1)
			matters, steers = matters || m, steers || s
		}
		for _, o := range v.mayBe {
			m, s := x.interest(st, o, depth+1)
			matters, steers = matters || m, steers || s
		}
		return matters || v.t&^tSetting != 0 || v.unknown != nil && isFunc(v.typ), steers
	case *ptr:
		if v == nil {
			return false, false
		}
		if x.hiding[keyOf(v)] {
			return true, true
		}
		return x.interest(st, x.loadPtr(st, v), depth+1)
	case *strct:
		for _, e := range v.f {
			m, s := x.interest(st, e, depth+1)
			matters, steers = matters || m, steers || s
		}
		if v.sym != nil {
			m, s := x.interest(st, v.sym, depth+1)
			matters, steers = matters || m, steers || s
		}
		if v.w != nil && x.holdsNext(v.w, 0) {
			return true, true
		}
	case *list:
		for _, e := range v.elems {
			m, s := x.interest(st, e, depth+1)
			matters, steers = matters || m, steers || s
		}
		if v.open != nil {
			m, s := x.interest(st, v.open, depth+1)
			matters, steers = matters || m, steers || s
		}
	case *cond:
		return taintOf(v)&^tSetting != 0, false
	}
	return matters, steers
}

// capture is a literal with what it is bound to.
type capture struct {
	lit   *ast.FuncLit
	outer *frame
	env   *value.Env
}

// leads says whether a literal can come to the next handler.
func (x *exec) leads(st *state, f *closure, depth int) bool {
	if depth > 3 {
		return true
	}
	// Functions hold each other: each is looked at once for one question.
	if x.asked == nil {
		x.asked = map[capture]bool{}
		defer func() { x.asked = nil }()
	}
	key := capture{f.lit, f.outer, f.env}
	if x.asked[key] {
		return false
	}
	x.asked[key] = true
	found := false
	seen := map[types.Object]bool{}
	ast.Inspect(f.lit, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || found {
			return !found
		}
		obj, ok := f.pkg.Info.Uses[id].(*types.Var)
		if !ok || seen[obj] || obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() {
			return true
		}
		seen[obj] = true
		var v val
		for o := f.outer; o != nil && v == nil; o = o.outer {
			if c := o.cells[obj]; c != nil {
				v = st.load(c)
			} else if o.env != nil {
				if w := o.env.Lookup(obj); w != nil {
					v = st.load(x.wiringCell(w, writer{}))
				}
			}
		}
		if v == nil && f.env != nil {
			if w := f.env.Lookup(obj); w != nil {
				v = st.load(x.wiringCell(w, writer{}))
			}
		}
		if v == nil {
			return true
		}
		if c, ok := v.(*closure); ok && c.lit != nil {
			found = x.leads(st, c, depth+1)
			return true
		}
		_, found = x.interest(st, v, 1)
		return true
	})
	return found
}
