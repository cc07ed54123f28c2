package wiring

import (
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// leaf is what is left of a handler when the middleware around it is taken off.
type leaf struct {
	handler    value.Value
	links      []*Link // outermost first
	adapter    *Link   // see Route
	strip      []*value.Text
	conditions []Condition
	guess      []End // why a request may not come to the handler as told
}

const maxLayers = 40

// peel takes off the middleware that a handler was wrapped in.
func (in *interp) peel(v value.Value, depth int) []leaf {
	if depth > maxLayers {
		return []leaf{{handler: v}}
	}
	if a, ok := v.(*value.Any); ok {
		var all []leaf
		for _, o := range a.Of {
			if _, none := o.V.(*value.Nil); none && len(a.Of) > 1 {
				continue
			}
			for _, l := range in.peel(o.V, depth+1) {
				if o.Cond.Text != "" {
					l.conditions = append([]Condition{o.Cond}, l.conditions...)
				}
				all = append(all, l)
			}
		}
		return all
	}
	if r := RouterOf(v); r != nil {
		return []leaf{{handler: r}}
	}
	whole := v
	switch x := value.Deref(v).(type) {
	case *value.Func:
		if on := in.serves(x); on != nil {
			return in.peel(on, depth+1)
		}
		return append(in.under(whole, x, in.nexts(x), depth), in.inside(x, depth)...)
	case *value.Named, *value.Struct, *value.Map, *value.List:
		f, on := in.serveHTTP(v)
		if RouterOf(on) != nil {
			return []leaf{{handler: RouterOf(on)}}
		}
		if f == nil {
			return []leaf{{handler: v}}
		}
		next := in.nexts(f)
		if n, ok := x.(*value.Named); ok {
			if _, isFunc := n.V.(*value.Func); isFunc && !in.ownShape(n.V) && !slices.Contains(next, n.V) {
				next = append(next, n.V)
			}
		}
		return append(in.under(whole, f, next, depth), in.inside(f, depth)...)
	case *value.Unknown:
		return in.peelUnknown(x, depth)
	}
	return []leaf{{handler: v}}
}

// serves returns the handler that a function is the ServeHTTP of, bound to it, where
// that is net/http's and only calls it; nil for other functions.
func (in *interp) serves(f *value.Func) value.Value {
	if f.Recv == nil || f.Fn == nil || f.Fn.Name() != "ServeHTTP" || pkgPath(f.Fn) != httpPath || !in.handlerish(f.Recv) {
		return nil
	}
	return f.Recv
}

// under puts the middleware v, whose code is that of f, before what is left of the
// handlers it leads to.
func (in *interp) under(v value.Value, f *value.Func, next []value.Value, depth int) []leaf {
	if len(next) == 0 {
		l := leaf{handler: v}
		if f != nil {
			if around, layered := in.around(v, f); layered {
				l.links = []*Link{around}
			} else {
				l.adapter = around
			}
		}
		return []leaf{l}
	}
	link := &Link{Framework: NetHTTP, Func: v, Next: next, Name: in.nameOf(v), Pos: in.posOf(v), Conditions: in.gaveUp}
	if f, ok := value.Bare(v).(*value.Func); ok {
		if fw, _ := shapeOf(in.signature(f)); fw != "" {
			link.Framework = fw
		}
	}
	if u, ok := value.Bare(v).(*value.Unknown); ok {
		if fw, _ := shapeOf(u.Type); fw != "" {
			link.Framework = fw
		}
	}
	// What yields something may be asked for who calls: on the way to a handler beside it,
	// it is no handler itself.
	front := link
	if handlers := slices.DeleteFunc(slices.Clone(next), in.yields); len(handlers) > 0 && len(handlers) < len(next) {
		alone := *link
		front, alone.Next = &alone, handlers
	}
	var all []leaf
	for _, n := range next {
		before := front
		if in.yields(n) {
			before = link
		}
		for _, l := range in.peel(n, depth+1) {
			l.links = append([]*Link{before}, l.links...)
			all = append(all, l)
		}
	}
	return all
}

// peelUnknown looks through calls that were not read.
func (in *interp) peelUnknown(u *value.Unknown, depth int) []leaf {
	if made := u.Made(); made != nil {
		// jwtauth.Verifier(auth)(next)
		var next []value.Value
		for _, a := range u.From[1:] {
			if in.handlerish(a) {
				next = append(next, a)
			}
		}
		return in.under(u, nil, next, depth)
	}
	if u.Callee == nil || len(u.From) == 0 {
		return []leaf{{handler: u}}
	}
	var next []value.Value
	for _, a := range u.From {
		if in.handlerish(a) {
			next = append(next, a)
		}
	}
	switch name := funcName(u.Callee); name {
	case "net/http.StripPrefix":
		var all []leaf
		for _, l := range in.peel(u.From[1], depth+1) {
			l.strip = append([]*value.Text{text(u.From[0])}, l.strip...)
			all = append(all, l)
		}
		return all
	case "net/http.TimeoutHandler", "net/http.MaxBytesHandler", "net/http.AllowQuerySemicolons", "net/http.(*CrossOriginProtection).Handler",
		"golang.org/x/net/http2/h2c.NewHandler", ginPath + ".WrapH", ginPath + ".WrapF", echoPath + ".WrapHandler":
		if len(next) > 0 {
			leaves := in.peel(next[0], depth+1)
			return append(leaves, in.besides(u, next, leaves, depth)...)
		}
	}
	leaves := in.under(u, nil, next, depth)
	leaves = append(leaves, in.besides(u, next, leaves, depth)...)
	if recv := u.Callee.Signature().Recv(); recv != nil && opaqueRouter(u) && types.Identical(recv.Type(), u.Type) && len(next) > 0 {
		// What returns its receiver is built up in several calls: it may lead to
		// more than this one was given.
		leaves = append(leaves, leaf{handler: u})
	}
	return leaves
}

// besides are ways to the handler of middleware that is not read, other than through
// the next ones: it was given the handler for callers that it lets in nowhere else.
func (in *interp) besides(u *value.Unknown, next []value.Value, leaves []leaf, depth int) (all []leaf) {
	seen := map[value.Value]bool{u: true}
	var visit func(v value.Value, deep int)
	visit = func(v value.Value, deep int) {
		if slices.Contains(next, v) {
			return
		}
		for _, v := range value.Alternatives(v) {
			if seen[v] || slices.Contains(next, v) || deep == 0 {
				continue
			}
			seen[v] = true
			o, isUnknown := value.Bare(v).(*value.Unknown)
			if isUnknown && o.Callee == u.Callee && o.Callee != nil {
				continue // it was given another handler for another route
			}
			if !in.handlerish(v) {
				if isUnknown {
					for _, from := range o.From {
						visit(from, deep-1)
					}
					for _, call := range o.Later {
						visit(call, deep-1)
					}
				}
				continue
			}
			for _, l := range in.peel(v, depth+1) {
				if slices.ContainsFunc(leaves, func(o leaf) bool { return sameHandler(o.handler, l.handler) }) {
					all = append(all, l)
				}
			}
		}
	}
	for _, from := range u.From {
		visit(from, maxBesides)
	}
	for _, call := range u.Later {
		visit(call, maxBesides)
	}
	return all
}

// sameHandler reports whether two values are one handler, perhaps converted twice.
func sameHandler(a, b value.Value) bool {
	a, b = value.Bare(a), value.Bare(b)
	f, ok := a.(*value.Func)
	g, too := b.(*value.Func)
	return a == b || ok && too && (f.Fn != nil && f.Fn == g.Fn || f.Lit != nil && f.Lit == g.Lit)
}

// maxBesides bounds how deep handlers are looked for in what middleware was given.
const maxBesides = 4

// handlerish reports whether a value is a handler of a framework.
func (in *interp) handlerish(v value.Value) bool {
	if RouterOf(v) != nil {
		return true
	}
	switch x := value.Deref(v).(type) {
	case *value.Func:
		sig := in.signature(x)
		if sig == nil {
			return false
		}
		_, s := shapeOf(sig)
		return s == handlerShape
	case *value.Named, *value.Struct, *value.Map, *value.List:
		f, on := in.serveHTTP(v)
		return f != nil || RouterOf(on) != nil
	case *value.Unknown:
		if x.Type == nil {
			return false
		}
		_, s := shapeOf(x.Type)
		return s == handlerShape || implementsHandler(x.Type)
	case *value.Any:
		return slices.ContainsFunc(x.Of, func(o value.Option) bool { return in.handlerish(o.V) })
	}
	return false
}

// implementsHandler reports whether a type has ServeHTTP.
func implementsHandler(t types.Type) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	fn, ok := obj.(*types.Func)
	if !ok {
		return false
	}
	f, s := shapeOf(types.NewSignatureType(nil, nil, nil, fn.Signature().Params(), nil, false))
	return f == NetHTTP && s == handlerShape
}

// serveHTTP returns the method of a value that is an http.Handler, bound, and
// what it is bound to.
func (in *interp) serveHTTP(v value.Value) (*value.Func, value.Value) {
	t := typeOf(v)
	if t == nil || !implementsHandler(t) {
		return nil, nil
	}
	obj, index, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	m := obj.(*types.Func)
	on := v
	if len(index) > 1 {
		c := in.path(v, t, index[:len(index)-1])
		if c == nil || c.V == nil {
			return nil, nil
		}
		on = in.addressed(c)
		if RouterOf(on) != nil {
			return nil, on
		}
	}
	if types.IsInterface(m.Signature().Recv().Type()) {
		return in.serveHTTP(on)
	}
	f := in.function(m)
	f.Recv = on
	return f, on
}

// opaqueRouter reports whether a handler is a value of another module's type
// that serves requests itself, and perhaps by others that it was given: its routes
// are not known.
func opaqueRouter(v value.Value) bool {
	u, ok := value.Bare(v).(*value.Unknown)
	if !ok || u.Type == nil {
		return false
	}
	path, name := typeName(u.Type)
	return path != httpPath && name != "" && implementsHandler(u.Type) && structOf(u.Type) != nil && !answersItself[[2]string{path, name}]
}

// answersItself names types of libraries that serve requests themselves: nothing makes
// them run a handler.
var answersItself = map[[2]string]bool{
	{"golang.org/x/net/webdav", "Handler"}: true,
	{"net/http/httputil", "ReverseProxy"}:  true,
}
