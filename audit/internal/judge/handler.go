package judge

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// maxHandler bounds the steps through one handler.
const maxHandler = 240

// handler judges the handler of a route whose chain lets callers without
// identity through, from the ways on which they come.
func (j *Judge) handler(r *wiring.Route, run *tally) (State, []Evidence) {
	l := &wiring.Link{Framework: r.Router.Framework, Func: r.Handler, Name: r.Name, Pos: r.Pos}
	if !j.Readable(r.Handler) {
		return Open, nil
	}
	var open []*state
	for _, st := range run.reached {
		if st.proof == none && st.doubt == nil {
			open = append(open, st)
		}
	}
	h := &handling{link: l, method: r.Method, states: open, enough: sure, limit: maxHandler}
	known := j.served(h)
	if known.blown() {
		// Too much: the handler that an adapter was given alone, of whose caller
		// nothing is known, and no further than to the first check.
		h = &handling{link: l, method: r.Method, states: open, enough: maybe, inner: innermost(r.Handler, r.Name), limit: maxHandler}
		if h.inner == nil && known.steady {
			return Open, nil // it would be too much again
		}
		if h.inner != nil {
			h.states = []*state{anything(Evidence{})}
		}
		known = j.served(h)
	}
	if known.turned && len(known.proven) > 0 && len(known.reached) > 0 {
		// Some ways past a check deny too, or redirect.
		whole := *h
		whole.ends = true
		if all := j.served(&whole); !all.blown() {
			known = all
		}
	}
	if len(known.reached) == 0 && len(known.proven) == 0 || known.blown() {
		// Denies everybody, or serves nobody; or was not read to its end, and the
		// chain is known to be open.
		return Open, nil
	}
	v := known.verdict()
	if v.State != Denies && !known.turned {
		return Open, nil // what it looks at decides on something else
	}
	if v.State == Open && known.turned && len(known.proven) > 0 {
		v.State = Unknown
		for _, e := range evidenceOf(known.proven) {
			v.Evidence = append(v.Evidence, Evidence{Pos: e.Pos, Text: e.Text + " on some ways, not on all"})
		}
	}
	for i := range v.Evidence {
		e := &v.Evidence[i]
		if rest, ok := strings.CutPrefix(e.Text, "reaches the next handler when "); ok {
			e.Text = "goes on when " + rest
		}
		if rest, ok := strings.CutPrefix(e.Text, "cannot tell what this proves: "); ok {
			e.Text = itself + "denies " + rest + ", and what that proves cannot be told"
			continue
		}
		e.Text = itself + e.Text
	}
	return v.State, v.Evidence
}

// itself begins what is said of a handler, and not of the chain.
const itself = "the handler itself "

// handling is one way to run a handler. It makes a judge of links one of
// handlers: the ways end where the handler first does what matters.
type handling struct {
	link   *wiring.Link
	method string
	states []*state    // of the request when it comes to the handler
	inner  *value.Func // to run instead of the whole handler; nil for that
	enough level       // of proof, from which on a way is not followed
	ends   bool        // follow all ways
	around *around     // what is asked of a link; nil for handlers
	limit  int         // of steps
	adapts bool        // what the handler adapts is not run: it is known who comes to it
}

// served is what running a handler brought.
func (j *Judge) served(h *handling) *tally {
	var in strings.Builder
	fmt.Fprintf(&in, "handler|%s|%t|%t|%d|%s", h.method, h.ends, h.adapts, h.enough, j.chainKey([]*wiring.Link{h.link}, ""))
	if h.inner != nil {
		fmt.Fprintf(&in, "%p%s", h.inner, h.inner.Name)
	}
	for _, s := range h.states {
		fmt.Fprintf(&in, "\n%x", s.hash())
	}
	known := j.links[in.String()]
	if known == nil {
		known = &tally{}
		known.reached = j.serve(known, h)
		j.links[in.String()] = known
	}
	return known
}

// blown says whether a handler was not read to its end.
func (t *tally) blown() bool {
	return len(t.reached) > 0 && t.reached[0].doubt != nil && t.reached[0].doubt.Text == notRead
}

const notRead = "the handler was not read to its end"

// innermost returns the function that gave a handler its name, if the handler is
// another one that calls it: what an adapter was given.
func innermost(v value.Value, name string) *value.Func {
	f, ok := value.Bare(v).(*value.Func)
	if !ok || f.Lit == nil || f.Name == name {
		return nil
	}
	for env := f.Env; env != nil; env = env.Outer {
		for _, c := range env.Vars {
			if inner, ok := value.Bare(c.V).(*value.Func); ok && inner.Name == name {
				return inner
			}
		}
	}
	return nil
}

// unproven drops the ways that have proven an identity: in a handler they need
// not be followed, unless it matters where they end.
func (x *exec) unproven(live []*state) []*state {
	if x.service == nil || x.service.ends {
		return live
	}
	return slices.DeleteFunc(live, func(st *state) bool {
		x.swayed = x.swayed || st.proof >= maybe && st.proof < x.service.enough
		if st.proof >= x.service.enough {
			x.stopped = append(x.stopped, st)
		}
		return st.proof >= x.service.enough
	})
}

// fewStates are as many ways as are told apart in a handler.
const fewStates = 8

// Readable says whether a handler is of the module.
func (j *Judge) Readable(v value.Value) bool {
	own := func(fn *types.Func) bool { return fn != nil && fn.Pkg() != nil && j.prog.Own(fn.Pkg().Path()) }
	switch v := value.Bare(v).(type) {
	case *value.Func:
		return v.Lit != nil && v.Pkg.Own || own(v.Fn)
	case *value.Unknown:
		return own(v.Callee)
	case *value.Struct:
		path, _ := named(v.Type)
		return j.prog.Own(path)
	}
	return false
}

// serve runs a handler from all states that its chain leaves.
func (j *Judge) serve(run *tally, h *handling) (next []*state) {
	l := h.link
	x := &exec{
		j: j, framework: l.Framework, routeMethod: h.method, service: h,
		cells: map[string]*cell{}, wcells: map[*value.Cell]*cell{}, busy: map[string]int{}, ids: j.ids, limit: h.limit, next: h.link.Next,
	}
	unread := []*state{anything(Evidence{Pos: l.Pos, Text: notRead})}
	defer func() {
		if r := recover(); r != nil {
			if debug {
				panic(r)
			}
			next = unread
		}
	}()
	if lit := literal(l.Func); lit != nil && h.inner == nil && h.enough == sure && !h.adapts && j.tooMuch[lit] {
		return unread
	}
	for _, st := range h.states {
		if h.inner != nil {
			st := st.clone()
			st.doubt = nil
			x.enterInner(st, l, h.inner)
			continue
		}
		x.enterHandler(st.clone(), l)
	}
	run.turned, run.steady = x.turned, !x.swayed
	if x.blown != nil {
		if lit := literal(l.Func); lit != nil && h.inner == nil && h.enough == sure && !h.adapts {
			j.tooMuch[lit] = true
		}
		return unread
	}
	if h.adapts {
		return slices.DeleteFunc(x.reached, func(st *state) bool { return st.proof == sure })
	}
	if len(x.reached) == 0 || !x.service.ends {
		x.reached = append(x.reached, slices.DeleteFunc(x.stopped, func(st *state) bool { return st.proof == none })...)
	}
	next = append(next, run.keep(x.reached)...)
	return merged(next)
}

// enterHandler runs a handler.
func (x *exec) enterHandler(st *state, l *wiring.Link) {
	root := &frame{key: "H", cells: map[types.Object]*cell{}, pkg: &program.Package{Info: &types.Info{}}}
	fun := &ast.Ident{Name: l.Name, NamePos: l.Pos}
	call := &ast.CallExpr{Fun: fun, Lparen: l.Pos}
	f := x.convert(l.Func, l.Name, "handler", l.Pos)
	if t := x.typeOfNext(l.Func); t != nil {
		x.serveStruct(root, st, call, t, f, []val{theWriter(), st.req}, l, x.ended)
		return
	}
	for _, o := range x.force(st, f, fun) {
		var rs []ev
		switch l.Framework {
		case wiring.Gin:
			rs = x.apply(root, o.st, call, o.v, []val{&sym{key: "gin", kind: kGin, nonNil: true, text: "c"}})
		case wiring.Echo:
			rs = x.apply(root, o.st, call, o.v, []val{x.echo(o.st)})
		default:
			args := []val{theWriter(), o.st.req}
			end := func(more []ev) { rs = more }
			switch f := o.v.(type) {
			case *ptr:
				if s, ok := x.loadPtr(o.st, f).(*strct); ok && s.typ != nil {
					x.serveStruct(root, o.st, call, types.NewPointer(s.typ), f, args, l, end)
				}
			case *strct:
				x.serveStruct(root, o.st, call, f.typ, f, args, l, end)
			case *closure:
				if f.typ != nil {
					x.serveStruct(root, o.st, call, f.typ, f, args, l, end)
				} else {
					rs = x.apply(root, o.st, call, f, args)
				}
			default:
				rs = x.apply(root, o.st, call, f, args)
			}
		}
		x.ended(rs)
	}
}

// enterInner runs a function of any shape that a handler calls.
func (x *exec) enterInner(st *state, l *wiring.Link, f *value.Func) {
	var sig *types.Signature
	if f.Fn != nil {
		sig = f.Fn.Signature()
	} else {
		sig, _ = f.Pkg.Info.TypeOf(f.Lit).(*types.Signature)
	}
	if sig == nil {
		return
	}
	root := &frame{key: "H", cells: map[types.Object]*cell{}, pkg: &program.Package{Info: &types.Info{}}}
	call := &ast.CallExpr{Fun: &ast.Ident{Name: l.Name, NamePos: l.Pos}, Lparen: l.Pos}
	args := make([]val, sig.Params().Len())
	for i := range args {
		p := sig.Params().At(i)
		args[i] = &sym{key: paramKey + itoa(i), t: tReq, typ: p.Type(), text: p.Name()}
		if s := x.frameworkParam(p.Type(), ""); s != nil {
			args[i] = s
		}
	}
	x.ended(x.apply(root, st, call, x.convert(f, l.Name, "handler", l.Pos), args))
}

// literal is the function literal that a handler is, if it is one.
func literal(v value.Value) *ast.FuncLit {
	if f, ok := value.Bare(v).(*value.Func); ok {
		return f.Lit
	}
	return nil
}

// ended takes the ways to the end of a handler: a way that sent no denial has
// served.
func (x *exec) ended(rs []ev) {
	if ar := x.service.around; ar != nil {
		ar.ended(x, rs)
		return
	}
	for _, r := range rs {
		switch denied := r.st.answer != nil || x.failed(r.st, r.v) || x.service.adapts && isHTTPError(r.v); {
		case !denied:
			x.reached = append(x.reached, r.st)
		case r.st.proof != none:
			x.stopped = append(x.stopped, r.st)
		case r.st.looked && (r.st.answer == nil || r.st.answer.refuses()):
			x.turned = true
		}
	}
}

// failed says whether a result is an error for sure.
func (x *exec) failed(st *state, v val) bool {
	switch v := v.(type) {
	case *ptr, *strct:
		return true
	case *sym:
		return isError(v.typ) && st.holds(v) || v.name != "" && strings.HasPrefix(v.name, "Err") && st.holds(v)
	}
	return false
}
