package wiring

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/value"
)

// registration is one call that registers a handler, before it is known where
// its router stands.
type registration struct {
	group      *Group
	kind       Kind
	method     string
	host       string
	path       *value.Text
	handler    value.Value
	chain      []*Link // of the group, at the time
	links      []*Link // of the call
	pos        token.Pos
	order      int
	in         *types.Func
	conditions []Condition
}

func (in *interp) newRouter(f Framework, pos token.Pos) *Router {
	r := &Router{Framework: f, Pos: pos, fields: map[string]*value.Cell{}, Settings: map[string]bool{}, Conditions: slices.Clone(in.conditions)}
	root := &Group{Router: r, Prefix: known(""), Pos: pos}
	if f == Gin {
		root.Prefix = known("/")
	}
	r.Groups = []*Group{root}
	in.out.Routers = append(in.out.Routers, r)
	return r
}

func (in *interp) defaultMux() *Router {
	if in.mux == nil {
		in.mux = in.newRouter(NetHTTP, token.NoPos)
		in.mux.Default = true
	}
	return in.mux
}

// asRouter returns the router that a value is, or is a group of.
func asRouter(v value.Value) *Router {
	switch v := value.Bare(v).(type) {
	case *Router:
		for v.replaced != nil && v.replaced != v {
			v = v.replaced
		}
		return v
	case *Group:
		return v.Router
	}
	return nil
}

// root returns the router as the group of all its routes.
func (r *Router) root() *Group { return r.Groups[0] }

// field returns the storage of a field of a router.
func (r *Router) field(f *types.Var) *value.Cell {
	c := r.fields[f.Name()]
	if c == nil {
		c = &value.Cell{Name: f.Name(), V: unknown(f.Type(), f.Name())}
		if f.Name() == "RouterGroup" {
			c.V = r.root()
		}
		r.fields[f.Name()] = c
	}
	return c
}

// groups returns the groups that a value may be: routes are registered on it.
func (in *interp) group(v value.Value, t types.Type) *Group {
	switch x := value.Bare(v).(type) {
	case *Router:
		return asRouter(x).root()
	case *Group:
		return x
	case *value.Unknown:
		if g := in.symbolic[x]; g != nil {
			return g
		}
		f, whole := routerType(t)
		if x.Type != nil && !types.IsInterface(x.Type) {
			f, whole = routerType(x.Type)
		}
		if f == "" {
			return nil
		}
		g := in.unseen(f, whole, x)
		in.symbolic[x] = g
		return g
	}
	return nil
}

// unseen is a router or group that nobody is seen to make: one for each type of
// router, and one for each group.
func (in *interp) unseen(f Framework, whole bool, u *value.Unknown) *Group {
	key := string(f)
	shared := in.shared[key]
	if shared == nil {
		r := in.newRouter(f, u.Pos)
		shared = r.root()
		in.shared[key] = shared
	}
	if whole {
		return shared
	}
	g := &Group{Router: shared.Router, Parent: shared, Prefix: symbol(u.Why), Pos: u.Pos, guess: true}
	shared.Router.Groups = append(shared.Router.Groups, g)
	return g
}

// registration reports whether a function of a framework registers routes.
func isRegistration(fn *types.Func) bool {
	c := routers.Lookup(fn)
	return c != nil && c.Kind != routers.Use && c.Kind != routers.Pre && c.Kind != routers.Group
}

// framework evaluates calls of net/http, gin and echo that have to do with
// wiring.
func (fr *frame) framework(e *ast.CallExpr, fn *types.Func, recv value.Value, args []value.Value) (value.Value, bool) {
	in := fr.in
	path := pkgPath(fn)
	c := routers.Lookup(fn)
	var recvType types.Type
	if r := fn.Signature().Recv(); r != nil {
		recvType = r.Type()
	}
	if c == nil && asRouter(recv) != nil && recvType != nil && types.IsInterface(recvType) {
		c = lookupOn(recv, fn.Name())
	}
	if c != nil {
		var g *Group
		if recv == nil && path == httpPath {
			g = in.defaultMux().root()
		} else if recv != nil {
			g = in.group(recv, recvType)
		}
		if g == nil {
			in.end(e.Pos(), "a route is registered on "+symbolName(e.Fun)+", and what that is is not known")
			return fr.lost(e), true
		}
		return fr.register(e, c, g, recv, args), true
	}
	if path != httpPath && path != ginPath && path != echoPath && path != "net/http/httptest" && path != "net/http/fcgi" && path != "net/http/cgi" {
		return nil, false
	}
	if recv != nil {
		return fr.routerMethod(e, fn, recv, args)
	}
	arg := func(i int) value.Value {
		if i < len(args) {
			return args[i]
		}
		return nil
	}
	switch path + "." + fn.Name() {
	case httpPath + ".NewServeMux":
		return in.newRouter(NetHTTP, e.Pos()), true
	case ginPath + ".New":
		return in.newRouter(Gin, e.Pos()), true
	case ginPath + ".Default":
		r := in.newRouter(Gin, e.Pos())
		for _, name := range []string{"Logger", "Recovery"} {
			if m, ok := fn.Pkg().Scope().Lookup(name).(*types.Func); ok {
				u := &value.Unknown{Type: m.Signature().Results().At(0).Type(), Why: "gin." + name, Pos: e.Pos(), Callee: m}
				r.root().Chain = append(r.root().Chain, &Link{Framework: Gin, Func: u, Name: ginPath + "." + name, Pos: e.Pos()})
			}
		}
		return r, true
	case echoPath + ".New":
		return in.newRouter(Echo, e.Pos()), true
	case httpPath + ".ListenAndServe":
		in.serve(arg(1), e.Pos())
	case httpPath + ".ListenAndServeTLS":
		in.serve(arg(3), e.Pos())
	case httpPath + ".Serve", httpPath + ".ServeTLS", "net/http/fcgi.Serve":
		in.serve(arg(1), e.Pos())
	case "net/http/cgi.Serve", "net/http/httptest.NewServer", "net/http/httptest.NewTLSServer", "net/http/httptest.NewUnstartedServer":
		in.serve(arg(0), e.Pos())
	case ginPath + ".WrapH", ginPath + ".WrapF", echoPath + ".WrapHandler":
		return fr.made(e, fn, args), true
	default:
		return nil, false
	}
	return fr.lost(e), true
}

// lookupOn finds how to read a call of a method by what it is called on.
func lookupOn(recv value.Value, name string) *routers.Call {
	_, group := value.Bare(recv).(*Group)
	switch asRouter(recv).Framework {
	case Gin:
		if group {
			return routers.LookupMethod(ginPath, "RouterGroup", name)
		}
		return routers.LookupMethod(ginPath, "Engine", name)
	case Echo:
		return routers.LookupMethod(echoPath, "Echo", name)
	}
	return routers.LookupMethod(httpPath, "ServeMux", name)
}

// routerMethod evaluates methods of routers and servers that register nothing.
func (fr *frame) routerMethod(e *ast.CallExpr, fn *types.Func, recv value.Value, args []value.Value) (value.Value, bool) {
	in := fr.in
	if s, ok := value.Deref(recv).(*value.Struct); ok && isType(s.Type, httpPath, "Server") {
		switch fn.Name() {
		case "ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS":
			in.serveServer(s, e.Pos(), true)
		}
		return fr.lost(e), true
	}
	r := asRouter(recv)
	if r == nil {
		return nil, false
	}
	switch fn.Name() {
	case "Run", "RunTLS", "RunUnix", "RunFd", "RunListener", "RunQUIC", "Start", "StartTLS", "StartAutoTLS", "StartServer", "StartH2CServer":
		in.serve(r, e.Pos())
	case "Handler":
		if r.Framework == Gin {
			return r, true
		}
	}
	return fr.lost(e), true
}

// serve notes that a handler is given to a server; nil is the default mux.
func (in *interp) serve(h value.Value, pos token.Pos) {
	if _, none := h.(*value.Nil); none || h == nil {
		h = in.defaultMux()
	}
	for _, l := range in.peel(h, 0) {
		if r := asRouter(l.handler); r != nil {
			r.started = true
		}
	}
	in.servings = append(in.servings, serving{handler: h, pos: pos, conds: slices.Clone(in.conditions), in: in.current})
}

// serveServer serves what an http.Server holds. Without a handler that is the
// default mux, when the server is seen to start.
func (in *interp) serveServer(s *value.Struct, pos token.Pos, starts bool) {
	if slices.Contains(in.servers, s) {
		return
	}
	c := s.Fields["Handler"]
	if c == nil || c.V == nil {
		if starts && !s.Open {
			in.servers = append(in.servers, s)
			in.serve(in.defaultMux(), pos)
		}
		return
	}
	if _, none := c.V.(*value.Nil); none && !starts {
		return
	}
	in.servers = append(in.servers, s)
	in.eachOption(c.V, func(h value.Value) { in.serve(h, pos) })
}

// serveServers serves what servers hold that were made and not seen to start.
func (in *interp) serveServers() {
	for _, s := range in.made {
		in.serveServer(s.server, s.pos, false)
	}
}

// register evaluates a call that registers routes or middleware.
func (fr *frame) register(e *ast.CallExpr, c *routers.Call, g *Group, recv value.Value, args []value.Value) value.Value {
	in := fr.in
	pos := e.Pos()
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok {
		pos = sel.Sel.Pos()
	}
	in.order++
	order := in.order
	framework := g.Router.Framework
	links, handler := fr.chain(e, c, framework, args)
	at := func(i int) value.Value {
		if i != routers.None && i < len(args) {
			return args[i]
		}
		return nil
	}
	switch c.Kind {
	case routers.Use, routers.Pre:
		in.use(g, links, pos, order, c.Kind == routers.Pre)
		return recvOr(recv, g)
	case routers.Group:
		return in.subgroups(g, at(c.Path), at(c.Host), links, pos, order)
	}
	if h := at(c.Handler); h != nil {
		handler = h
	}
	kind := Plain
	switch c.Kind {
	case routers.Static:
		kind = Static
	case routers.NoRoute:
		kind = NoRoute
	case routers.NoMethod:
		kind = NoMethod
	}
	var paths []value.Option
	if p := at(c.Path); p != nil {
		paths = optionsOf(p)
	} else {
		paths = []value.Option{{V: stringValue(known(""), types.Typ[types.String])}}
	}
	for _, p := range paths {
		base := &registration{
			group: g, kind: kind, handler: handler, chain: g.Chain, links: links, pos: pos, order: order, in: in.current, conditions: slices.Clone(in.conditions),
		}
		if p.Cond.Text != "" && !in.holds(p.Cond) {
			base.conditions = append(base.conditions, p.Cond)
		}
		rel := text(p.V)
		for _, m := range fr.methods(c, at(c.Method)) {
			r := *base
			r.method = m.Known
			if m.Symbol != "" {
				r.method = "{" + m.Symbol + "}"
			}
			fr.place(&r, c, g, rel)
			g.Router.registrations = append(g.Router.registrations, &r)
		}
	}
	if framework == Gin {
		return recvOr(recv, g)
	}
	return fr.lost(e)
}

func recvOr(recv value.Value, g *Group) value.Value {
	if recv != nil && asRouter(recv) != nil {
		return value.Bare(recv)
	}
	return g
}

// methods returns the methods that a call registers, "" for all.
func (fr *frame) methods(c *routers.Call, arg value.Value) []value.Part {
	if len(c.Methods) > 0 {
		var out []value.Part
		for _, m := range c.Methods {
			out = append(out, value.Part{Known: m})
		}
		return out
	}
	if arg == nil {
		return []value.Part{{}}
	}
	var out []value.Part
	for _, o := range optionsOf(arg) {
		switch v := value.Bare(o.V).(type) {
		case *value.List:
			for _, elem := range v.Elems {
				for _, m := range optionsOf(elem.V) {
					out = append(out, methodPart(m.V))
				}
			}
			if v.Open {
				out = append(out, value.Part{})
			}
		default:
			out = append(out, methodPart(v))
		}
	}
	if len(out) == 0 {
		out = []value.Part{{}}
	}
	return out
}

func methodPart(v value.Value) value.Part {
	t := text(v)
	if s, ok := exact(t); ok {
		return value.Part{Known: s}
	}
	return value.Part{} // a method that is not known may be any
}

// place fills in method, host and path of a registration.
func (fr *frame) place(r *registration, c *routers.Call, g *Group, rel *value.Text) {
	switch g.Router.Framework {
	case NetHTTP:
		r.method, r.host, r.path = parsePattern(rel)
	case Gin:
		switch {
		case r.kind == NoRoute || r.kind == NoMethod:
			r.path = known("")
			return
		case c.Suffix != "":
			rel = joinPath([]*value.Text{rel, known("/" + c.Suffix)})
		}
		r.path = joinGin(g.Prefix, rel)
	case Echo:
		r.host = g.Host
		if c.Suffix != "" {
			rel = joined(rel, known(c.Suffix))
		}
		r.path = joined(g.Prefix, rel)
	}
}

// joinGin joins paths as gin does: cleaned, a final slash is kept.
func joinGin(prefix, rel *value.Text) *value.Text {
	if len(rel.Parts) == 0 {
		return prefix
	}
	out := joinPath([]*value.Text{prefix, rel})
	last := rel.Parts[len(rel.Parts)-1]
	if s := out.String(); last.Symbol == "" && strings.HasSuffix(last.Known, "/") && !strings.HasSuffix(s, "/") {
		out = joined(out, known("/"))
	}
	return out
}

// parsePattern splits a pattern of net/http: [METHOD ][HOST]/[PATH].
func parsePattern(p *value.Text) (method, host string, path *value.Text) {
	if len(p.Parts) == 0 {
		return "", "", p
	}
	parts := slices.Clone(p.Parts)
	first := &parts[0]
	if first.Symbol == "" {
		if m, rest, ok := strings.Cut(first.Known, " "); ok {
			method, first.Known = m, strings.TrimLeft(rest, " \t")
		}
		if i := strings.IndexByte(first.Known, '/'); i > 0 {
			host, first.Known = first.Known[:i], first.Known[i:]
		}
		if first.Known == "" {
			parts = parts[1:]
		}
	} else if len(parts) > 1 && parts[1].Symbol == "" && strings.HasPrefix(parts[1].Known, " ") {
		parts[1].Known = strings.TrimLeft(parts[1].Known, " ")
		parts = parts[1:] // {method} /path: any method
	}
	return method, host, &value.Text{Parts: parts}
}

// chain reads the middleware and, of gin, the handler from the arguments.
func (fr *frame) chain(e *ast.CallExpr, c *routers.Call, f Framework, args []value.Value) (links []*Link, handler value.Value) {
	if c.Middleware == routers.None || len(args) < c.Middleware {
		return nil, nil
	}
	var elems []option
	rest := args[c.Middleware:]
	for i, a := range rest {
		if e.Ellipsis.IsValid() && i == len(rest)-1 {
			elems = append(elems, fr.in.elements(a, e.Ellipsis)...)
			continue
		}
		pos := e.Pos()
		if len(e.Args) == len(args) {
			pos = e.Args[c.Middleware+i].Pos()
		}
		elems = append(elems, option{v: a, pos: pos})
	}
	if c.HandlerLast && len(elems) > 0 {
		handler = elems[len(elems)-1].v
		elems = elems[:len(elems)-1]
	}
	for _, el := range elems {
		links = append(links, fr.in.links(f, el)...)
	}
	return links, handler
}

// option is an element of a variadic argument that is there under a condition.
type option struct {
	v    value.Value
	pos  token.Pos
	cond Condition
}

// elements returns what a spread slice holds. Of a slice that may be one of
// several, what all of them hold has no condition.
func (in *interp) elements(v value.Value, pos token.Pos) []option {
	ways := optionsOf(v)
	var all []option
	var count []int // of the ways that hold each
	for _, way := range ways {
		at := 0
		place := func(o option) {
			for i := at; i < len(all); i++ {
				if all[i].pos == o.pos && same(all[i].v, o.v) {
					count[i]++
					at = i + 1
					return
				}
			}
			o.cond = way.Cond
			all, count = slices.Insert(all, at, o), slices.Insert(count, at, 1)
			at++
		}
		switch l := value.Bare(way.V).(type) {
		case *value.List:
			for _, e := range l.Elems {
				where := e.Pos
				if !where.IsValid() {
					where = pos
				}
				place(option{v: e.V, pos: where})
			}
			if l.Open {
				place(option{v: &value.Unknown{Why: "what else the slice holds", Pos: pos}, pos: pos})
			}
		case *value.Nil:
		default:
			place(option{v: way.V, pos: pos})
		}
	}
	for i, n := range count {
		if n == len(ways) {
			all[i].cond = Condition{}
		}
	}
	return all
}

// links makes the links of one middleware argument, which may be one of
// several values.
func (in *interp) links(f Framework, o option) []*Link {
	var out []*Link
	for _, way := range optionsOf(o.v) {
		if _, none := way.V.(*value.Nil); none {
			continue
		}
		l := &Link{Framework: f, Func: way.V, Name: in.nameOf(way.V), Pos: o.pos, Conditions: append(slices.Clone(in.conditions), in.gaveUp...)}
		for _, cond := range []Condition{o.cond, way.Cond} {
			if cond.Text != "" && !in.holds(cond) {
				l.Conditions = append(l.Conditions, cond)
			}
		}
		out = append(out, l)
	}
	return out
}

// handlers is the chain of a gin group as its field holds it.
func (g *Group) handlers(t types.Type) value.Value {
	l := &value.List{Type: t, Grown: true}
	for _, link := range g.Chain {
		l.Elems = append(l.Elems, &value.Cell{V: link.Func, Pos: link.Pos})
	}
	return l
}

// setHandlers replaces the chain of a gin group by what is written to its field.
func (in *interp) setHandlers(g *Group, v value.Value, pos token.Pos) {
	before := g.Chain
	g.Chain = nil
	for _, o := range in.elements(v, pos) {
		i := slices.IndexFunc(before, func(l *Link) bool { return l.Func == o.v })
		if i >= 0 {
			g.Chain = append(g.Chain, before[i])
			continue
		}
		g.Chain = append(g.Chain, in.links(Gin, o)...)
	}
	if len(in.conditions) > 0 { // what was there before may still be, or may not
		for _, l := range before {
			if !slices.Contains(g.Chain, l) {
				one := *l
				one.Conditions = append(slices.Clone(l.Conditions), in.conditions...)
				g.Chain = append(g.Chain, &one)
			}
		}
		for i, l := range g.Chain {
			if slices.Contains(before, l) {
				one := *l
				one.Conditions = append(slices.Clone(l.Conditions), in.conditions...)
				g.Chain[i] = &one
			}
		}
	}
}

// use adds middleware to a router or group.
func (in *interp) use(g *Group, links []*Link, pos token.Pos, order int, pre bool) {
	r := g.Router
	if r.started && r.Framework == Echo {
		for _, l := range links {
			l.Conditions = append(l.Conditions, Condition{Text: "the server has not started", Pos: pos})
		}
	}
	r.Uses = append(r.Uses, &Use{Group: g, Links: links, Pos: pos, Order: order, Pre: pre, Conditions: slices.Clone(in.conditions), In: in.current})
	if r.Framework == Echo && g.Parent == nil {
		if pre {
			at := 0
			for at < len(r.before) && r.before[at].Pre {
				at++
			}
			for _, l := range links {
				l.Pre = true
			}
			r.before = slices.Insert(r.before, at, links...)
		} else {
			r.before = append(r.before, links...)
		}
		return
	}
	g.Chain = append(slices.Clone(g.Chain), links...)
}

// subgroups makes the group of a call, one for each prefix it may have.
func (in *interp) subgroups(g *Group, prefix, host value.Value, links []*Link, pos token.Pos, order int) value.Value {
	var options []value.Option
	ways := []value.Option{{V: stringValue(known(""), types.Typ[types.String])}}
	if prefix != nil {
		ways = optionsOf(prefix)
	}
	for _, way := range ways {
		rel := text(way.V)
		sub := &Group{Router: g.Router, Parent: g, Pos: pos, Host: g.Host, Order: order, In: in.current, guess: g.guess}
		if host != nil {
			sub.Host = text(host).String()
		}
		if g.Router.Framework == Gin {
			sub.Prefix = joinGin(g.Prefix, rel)
		} else {
			sub.Prefix = joined(g.Prefix, rel)
		}
		sub.Chain = append(slices.Clone(g.Chain), links...)
		g.Router.Groups = append(g.Router.Groups, sub)
		if len(links) > 0 {
			g.Router.Uses = append(g.Router.Uses, &Use{Group: sub, Links: links, Pos: pos, Order: order, Conditions: slices.Clone(in.conditions), In: in.current})
		}
		options = append(options, value.Option{V: sub, Cond: way.Cond})
	}
	return oneOf(options)
}
