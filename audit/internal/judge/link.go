package judge

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// enterLink runs a link's function.
func (x *exec) enterLink(st *state, l *wiring.Link, i int) {
	root := &frame{key: "L" + itoa(i), cells: map[types.Object]*cell{}, pkg: &program.Package{Info: &types.Info{}}}
	call := &ast.CallExpr{Fun: &ast.Ident{Name: l.Name}, Lparen: l.Pos}
	call.Fun.(*ast.Ident).NamePos = l.Pos
	next := x.next
	if l.Framework != wiring.NetHTTP && len(next) == 0 {
		x.next = nil
	}
	f := x.convert(l.Func, l.Name, "link"+itoa(i), l.Pos)
	if t := x.typeOfNext(l.Func); t != nil {
		x.serveStruct(root, st, call, t, f, []val{theWriter(), st.req}, l, func(rs []ev) { x.end(root, rs) })
		return
	}
	for _, o := range x.force(st, f, call.Fun) {
		x.runLink(root, o.st, call, o.v, l)
	}
}

func (x *exec) runLink(root *frame, st *state, call *ast.CallExpr, f val, l *wiring.Link) {
	if s, ok := f.(*sym); ok && s.unknown != nil {
		if fn := s.unknown.Callee; fn != nil && denying[x.libraryKey(fn)] {
			args := make([]val, len(s.unknown.From))
			for i, f := range s.unknown.From {
				args[i] = x.convert(f, "", fmt.Sprintf("%p<%d", s.unknown, i), s.unknown.Pos)
			}
			x.admits(root, st, call, denier(fn, s.unknown.Pos, args))
			return
		} else if x.goesOn(s.unknown) {
			st.req = withContext(st.req, &ctxVal{open: true})
			x.reach(st, nil)
			return
		}
		for _, r := range x.resolveUnknown(root, st, s.unknown) {
			if u, ok := r.v.(*sym); ok && u.kind != kDenying {
				x.unread(r.st, l, l.Name)
				continue
			}
			x.runLink(root, r.st, call, r.v, l)
		}
		return
	}
	gin := &sym{key: "gin", kind: kGin, nonNil: true, text: "c"}
	end := func(rs []ev) { x.end(root, rs) }
	switch s := f.(type) {
	case *sym:
		if s.kind == kDenying {
			x.admits(root, st, call, s)
			return
		}
		x.unread(st, l, l.Name)
		return
	case nilVal, *nextVal:
		x.reach(st, nil)
		return
	}
	switch l.Framework {
	case wiring.Gin:
		rs := x.apply(root, st, call, f, []val{gin})
		for _, r := range rs {
			// Without Abort the next handler runs when this one returns, if it is
			// the chain that holds it.
			if r.st.aborted || len(x.next) > 0 {
				x.stopped = append(x.stopped, r.st)
			} else {
				x.reach(r.st, nil)
			}
		}
		x.goOn(root, l)
		end(nil)
	case wiring.Echo:
		if len(x.next) > 0 {
			end(x.apply(root, st, call, f, []val{x.echo(st)}))
			return
		}
		for _, r := range x.apply(root, st, call, f, []val{&nextVal{}}) {
			for _, h := range x.force(r.st, r.v, call.Fun) {
				if _, ok := h.v.(*sym); ok {
					x.unread(h.st, l, l.Name)
					continue
				}
				end(x.apply(root, h.st, call, h.v, []val{x.echo(h.st)}))
			}
		}
		end(nil)
	default:
		args := []val{theWriter(), st.req}
		if p, ok := f.(*ptr); ok {
			if s, ok := x.loadPtr(st, p).(*strct); ok && s.typ != nil {
				x.serveStruct(root, st, call, types.NewPointer(s.typ), f, args, l, end)
				return
			}
		}
		if s, ok := f.(*strct); ok {
			x.serveStruct(root, st, call, s.typ, f, args, l, end)
			return
		}
		if c, ok := f.(*closure); ok && c.typ != nil {
			x.serveStruct(root, st, call, c.typ, f, args, l, end)
			return
		}
		end(x.apply(root, st, call, f, args))
	}
}

// theWriter is the response.
func theWriter() *sym { return &sym{key: "writer", kind: kWriter, nonNil: true, text: "w"} }

// end takes the ways to the end of a link.
func (x *exec) end(root *frame, rs []ev) {
	for _, r := range rs {
		x.stopped = append(x.stopped, r.st)
	}
	x.stopped = append(x.stopped, root.panicked...)
	root.panicked = nil
}

// typeOfNext is the type of a function that serves requests by a method of its own,
// where that function is what is behind the method; nil else.
func (x *exec) typeOfNext(v value.Value) types.Type {
	n, ok := value.Deref(v).(*value.Named)
	if !ok || !x.isNext(n.V) {
		return nil
	}
	obj, _, _ := types.LookupFieldOrMethod(n.Type, true, nil, "ServeHTTP")
	if m, ok := obj.(*types.Func); !ok || x.j.decl(m) == nil {
		return nil
	}
	return n.Type
}

// admits runs a link that denies, and then what is behind it.
func (x *exec) admits(root *frame, st *state, call *ast.CallExpr, denies *sym) {
	for _, r := range x.apply(root, st, call, denies, nil) {
		if r.st.aborted {
			x.stopped = append(x.stopped, r.st)
		} else {
			x.reach(r.st, nil)
		}
	}
}

// denying are functions of libraries that yield middleware which denies on every
// way without verified credentials, whatever it is given. Each was read, and a
// case runs it.
var denying = map[string]bool{
	// Compares the whole Authorization header with those of its accounts, in
	// constant time; aborts with 401; panics when there are no accounts.
	ginPath + ".BasicAuth":         true,
	ginPath + ".BasicAuthForRealm": true,
}

// denier is what a denying function yields, given its accounts first.
func denier(fn *types.Func, pos token.Pos, args []val) *sym {
	s := &sym{key: "denies:" + fn.FullName() + itoa(int(pos)), kind: kDenying, nonNil: true, text: "denies unless " + fn.FullName() + " knows the credentials", pos: pos}
	if len(args) == 0 {
		return s
	}
	accounts, ok := args[0].(*sym)
	if !ok {
		return s
	}
	for _, v := range accounts.held {
		if c, ok := str(v); ok && c == "" {
			s.onNil, s.text = sure, "an account has an empty password" // and lets everybody in
			return s
		}
		if p, ok := v.(*sym); ok && p.lacks {
			s.needs = p
		}
	}
	return s
}

// serveStruct runs the ServeHTTP of a value.
func (x *exec) serveStruct(root *frame, st *state, call *ast.CallExpr, t types.Type, recv val, args []val, l *wiring.Link, end func([]ev)) {
	obj, index, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	m, ok := obj.(*types.Func)
	if !ok {
		x.unread(st, l, l.Name)
		return
	}
	for _, i := range index[:len(index)-1] {
		f := structField(t, i)
		if f == nil {
			break
		}
		recv = x.field(root, st, recv, f, call.Pos())
		t = f.Type()
	}
	c := &closure{fn: m, recv: recv, bound: true, id: m.FullName()}
	if d := x.j.decl(m); d == nil && !types.IsInterface(m.Signature().Recv().Type()) {
		x.unread(st, l, l.Name)
		return
	}
	if _, ok := recv.(*nextVal); ok {
		end(x.static(root, st, call, m, recv, args, nil)) // see typeOfNext
		return
	}
	end(x.apply(root, st, call, c, args))
}

// unread notes that a link could not be followed: it may do anything.
func (x *exec) unread(st *state, l *wiring.Link, name string) {
	if st.doubt == nil {
		st.doubt = &Evidence{Pos: l.Pos, Text: name + " was not read"}
	}
	st.open = true
	if st.req != nil {
		st.req = withContext(st.req, &ctxVal{open: true})
	}
	x.reached = append(x.reached, st)
}
