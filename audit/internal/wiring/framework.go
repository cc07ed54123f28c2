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

func (in *interp) newRouter(f Framework, pos token.Pos) *Router {
	r := &Router{Framework: f, Pos: pos, fields: map[string]*value.Cell{}, Settings: map[string]bool{}, Conditions: slices.Clone(in.conditions)}
	root := &Group{Router: r, Prefix: known(""), Pos: pos, conditions: r.Conditions}
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
		in.mux.Conditions, in.mux.root().conditions = nil, nil // it is there, wherever it is first spoken of
	}
	return in.mux
}

// oneRouter returns the first router that a value may be.
func oneRouter(v value.Value) value.Value {
	for _, way := range value.Alternatives(v) {
		if RouterOf(way) != nil {
			return way
		}
	}
	return v
}

// RouterOf returns the router that a value is, or is a group of.
func RouterOf(v value.Value) *Router {
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
		c = &value.Cell{Name: f.Name(), V: unknown(f.Type(), f.Name()), Pos: r.Pos}
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
		return RouterOf(x).root()
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

// isUnseen reports whether a router stands for those that nobody is seen to make:
// any that is served may be meant.
func (in *interp) isUnseen(r *Router) bool {
	shared := in.shared[string(r.Framework)]
	return shared != nil && shared.Router == r
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
	if c == nil && RouterOf(recv) != nil && recvType != nil && types.IsInterface(recvType) {
		c = lookupOn(recv, fn.Name())
	}
	if c != nil {
		var g *Group
		if recv == nil && path == httpPath {
			g = in.group(oneRouter(in.muxVar().V), nil)
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
		r := in.newRouter(Gin, e.Pos())
		fr.options(e, r, args)
		return r, true
	case ginPath + ".Default":
		r := in.newRouter(Gin, e.Pos())
		for _, name := range []string{"Logger", "Recovery"} {
			if m, ok := fn.Pkg().Scope().Lookup(name).(*types.Func); ok {
				u := &value.Unknown{Type: m.Signature().Results().At(0).Type(), Why: "gin." + name, Pos: e.Pos(), Callee: m}
				r.root().Chain = append(r.root().Chain, &Link{Framework: Gin, Func: u, Name: ginPath + "." + name, Pos: e.Pos()})
			}
		}
		fr.options(e, r, args)
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

// options calls the options of gin's New, Default and With with the engine.
func (fr *frame) options(e *ast.CallExpr, r *Router, args []value.Value) {
	for i, arg := range fr.folded(e, args) {
		switch v := value.Bare(arg).(type) {
		case *value.List:
			for _, elem := range v.Elems {
				fr.in.eachOption(elem.V, func(f value.Value) { fr.apply(e, f, []value.Value{r}) })
			}
			fr.in.end(e.Pos(), "a router is passed to "+symbolName(e.Args[min(i, len(e.Args)-1)])+", and what else that holds is not known")
		default:
			fr.in.eachOption(arg, func(f value.Value) { fr.apply(e, f, []value.Value{r}) })
		}
	}
}

// lookupOn finds how to read a call of a method by what it is called on.
func lookupOn(recv value.Value, name string) *routers.Call {
	_, group := value.Bare(recv).(*Group)
	switch RouterOf(recv).Framework {
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
	r := RouterOf(recv)
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
	case "With":
		if r.Framework == Gin {
			fr.options(e, r, args)
			return r, true
		}
	}
	return fr.lost(e), true
}

func recvOr(recv value.Value, g *Group) value.Value {
	if recv != nil && RouterOf(recv) != nil {
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
		r.path = rooted(joined(g.Prefix, rel))
	}
}

// rooted begins a path with a slash, as echo's router does.
func rooted(p *value.Text) *value.Text {
	if s, ok := exact(p); len(p.Parts) == 0 || ok && s == "" {
		return known("/")
	}
	if first := p.Parts[0]; first.Symbol != "" || strings.HasPrefix(first.Known, "/") {
		return p
	}
	return joined(known("/"), p)
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
		if i := strings.IndexAny(first.Known, " \t"); i >= 0 {
			method, first.Known = first.Known[:i], strings.TrimLeft(first.Known[i+1:], " \t")
		}
		if i := strings.IndexByte(first.Known, '/'); i > 0 {
			host, first.Known = first.Known[:i], first.Known[i:]
		}
		if first.Known == "" {
			parts = parts[1:]
		}
	} else if len(parts) > 1 && parts[1].Symbol == "" && strings.IndexAny(parts[1].Known, " \t") == 0 {
		parts[1].Known = strings.TrimLeft(parts[1].Known, " \t")
		parts = parts[1:] // {method} /path: any method
	}
	return method, host, &value.Text{Parts: parts}
}
