package generator

import (
	"bytes"
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/diagnostic"
)

// render returns the generated files of a package.
func (g *generation) render(p *pkg, twins []*twin) (files []File) {
	var groups []group
	for _, t := range twins {
		for _, gr := range append(t.groups(), t.home) {
			if !slices.Contains(groups, gr) {
				groups = append(groups, gr)
			}
		}
	}
	slices.SortFunc(groups, compareGroups)
	for _, gr := range groups {
		w := newWriter(g, p, gr)
		for _, t := range twins {
			w.twin(t)
		}
		var out bytes.Buffer
		if err := w.file.Render(&out); err != nil {
			p.broken = true
			g.report(diagnostic.Diagnostic{
				Code: CodeShape, Position: p.handlers[0].position,
				Message: fmt.Sprintf("the generated code of package %s is not valid Go: %v", p.name, err), Suggestion: "please report this",
			})
			return nil
		}
		files = append(files, File{Path: p.fileName(gr), Content: out.Bytes()})
	}
	return files
}

// writer renders one file.
type writer struct {
	g     *generation
	pkg   *pkg
	group group
	file  *jen.File
	taken map[string]bool // names that locals must not hide
}

func newWriter(g *generation, p *pkg, gr group) *writer {
	w := &writer{g: g, pkg: p, group: gr, file: jen.NewFilePathName(p.importPath, p.name), taken: map[string]bool{}}
	w.file.HeaderComment(header)
	if gr.constraint != "" {
		w.file.HeaderComment("//go:build " + gr.constraint)
	}
	for name := range p.names {
		w.taken[name] = true
	}
	// The imports get names first, those of the generated code before those of
	// the sources; locals then avoid all of them.
	w.name("auth", runtimePath)
	w.name("nethttp", adapters[annotations.NetHTTP])
	w.name("authgin", adapters[annotations.Gin])
	w.name("authecho", adapters[annotations.Echo])
	w.name("http", httpPath)
	w.name("gin", ginPath)
	w.name("echo", echoPath)
	w.name("time", "time")
	named := map[string]bool{runtimePath: true, httpPath: true, ginPath: true, echoPath: true, "time": true}
	for _, a := range adapters {
		named[a] = true
	}
	for _, s := range p.sources {
		locals := make([]string, 0, len(s.imports))
		for local := range s.imports {
			locals = append(locals, local)
		}
		slices.Sort(locals)
		for _, p := range s.unsure {
			if !named[p] {
				named[p] = true
				w.name(cmp.Or(w.g.packageName(p), guessName(p)), p)
			}
		}
		for _, local := range locals {
			if p := s.imports[local]; !named[p] {
				named[p] = true
				w.name(local, p)
			}
		}
	}
	w.file.Const().Id("_").Op("=").Qual(runtimePath, "GeneratedLevel1")
	return w
}

// name gives an import a name that nothing in the package has.
func (w *writer) name(want, importPath string) {
	got := w.pick(want)
	w.taken[got] = true
	if got == path.Base(importPath) && w.sure(importPath, got) {
		w.file.ImportName(importPath, got)
		return
	}
	w.file.ImportAlias(importPath, got)
}

// sure reports whether a package is known to be called so: an import needs no
// name then.
func (w *writer) sure(importPath, name string) bool {
	if known := w.g.packageName(importPath); known != "" {
		return known == name
	}
	return isStandard(importPath) || importPath == ginPath || importPath == adapters[annotations.NetHTTP]
}

// pick returns a name for a local that hides nothing.
func (w *writer) pick(want string) string {
	for w.taken[want] || token.IsKeyword(want) || types.Universe.Lookup(want) != nil {
		want += "_"
	}
	return want
}

// locals gives the variables of one function names.
type locals struct {
	w    *writer
	used map[string]bool
}

func (w *writer) locals() *locals { return &locals{w, map[string]bool{}} }

// pick returns a name that hides nothing and that no other variable has.
func (l *locals) pick(want string) string {
	for want = l.w.pick(want); l.used[want]; {
		want = l.w.pick(want + "_")
	}
	l.used[want] = true
	return want
}

// doc writes a comment, one line for each.
func (w *writer) doc(lines ...string) {
	for _, l := range lines {
		if l == "" {
			w.file.Comment("//")
			continue
		}
		w.file.Comment("// " + l)
	}
}

// twin writes what belongs into this file of a twin.
func (w *writer) twin(t *twin) {
	handlers := t.byGroup[w.group]
	for _, h := range handlers {
		w.rule(h)
	}
	if t.home == w.group {
		w.declare(t)
	}
	for _, h := range handlers {
		w.method(t, h)
	}
	for _, r := range t.registrations(w.group) {
		w.register(t, r)
	}
}

// declare writes the twin's type and its constructor.
func (w *writer) declare(t *twin) {
	target := jen.Op("*").Id(t.recv)
	if !t.pointer {
		target = jen.Id(t.recv)
	}
	fields := []jen.Code{jen.Id("guard_").Op("*").Qual(runtimePath, "Guard")}
	l := w.locals()
	guard := l.pick("guard")
	params := []jen.Code{jen.Id(guard).Op("*").Qual(runtimePath, "Guard")}
	values := []jen.Code{jen.Id("guard_").Op(":").Id(guard)}
	w.file.Line()
	if t.recv == "" {
		w.doc(t.typeName() + " holds the handlers of this package behind their rules.")
	} else {
		w.doc(fmt.Sprintf("%s is [%s] behind its rules.", t.typeName(), t.recv))
		local := l.pick(lowerFirst(t.recv))
		fields = append(fields, jen.Id(t.field()).Add(target))
		params = append(params, jen.Id(local).Add(target))
		values = append(values, jen.Id(t.field()).Op(":").Id(local))
	}
	w.file.Type().Id(t.typeName()).Struct(fields...)

	w.file.Line()
	if t.recv == "" {
		w.doc(t.constructor()+" guards the handlers of this package. It panics when a rule needs a", "provider or an issuer that the guard lacks.")
	} else {
		w.doc(t.constructor()+" guards the handlers of "+t.recv+". It panics when a rule needs a", "provider or an issuer that the guard lacks.")
	}
	w.file.Func().Id(t.constructor()).Params(params...).Id(t.typeName()).BlockFunc(func(b *jen.Group) {
		w.require(b, jen.Id(guard), t.byGroup[w.group])
		b.Return(jen.Id(t.typeName()).Values(values...))
	})
}

// require writes the check that a guard can judge the rules.
func (w *writer) require(b *jen.Group, guard jen.Code, handlers []*handler) {
	if len(handlers) == 0 {
		return
	}
	var rules []jen.Code
	for _, h := range handlers {
		rules = append(rules, jen.Op("&").Id(h.ruleName()))
	}
	b.Add(guard).Dot("Require").CallFunc(func(args *jen.Group) {
		for _, r := range rules {
			args.Add(r)
		}
	})
}

// method writes the twin's method of a handler.
func (w *writer) method(t *twin, h *handler) {
	w.file.Line()
	w.doc(fmt.Sprintf("%s is [%s] for: %s.", h.name, h.local(), h.rule))
	l := w.locals()
	recv := l.pick("p")
	adapter := adapters[h.framework]
	guard := jen.Id(recv).Dot("guard_")
	rule := jen.Op("&").Id(h.ruleName())
	head := func() *jen.Statement { return w.file.Func().Params(jen.Id(recv).Id(t.typeName())).Id(h.name) }
	// target is what the twin calls: the method or the package's declaration.
	target := jen.Id(h.name)
	if h.recv != "" {
		target = jen.Id(recv).Dot(t.field()).Dot(h.name)
	}
	switch h.form {
	case area:
		w.area(h, l, head, adapter, guard, rule)
		return
	case yields:
		w.yielding(h, l, head, adapter, guard, rule, target)
		return
	case variable:
		if h.isHandler {
			target = target.Dot("ServeHTTP")
		}
	}
	switch h.framework {
	case annotations.NetHTTP:
		rw, r, ok := l.pick("w"), l.pick("r"), l.pick("ok")
		got, allow := r, jen.Qual(adapter, "Allow")
		args := []jen.Code{jen.Id(rw), jen.Id(r)}
		if h.identity != nil {
			got = l.pick(h.identity.name)
			allow = w.typed(h, adapter, "Allow")
			args = append(args, jen.Id(got))
		}
		head().Params(jen.Id(rw).Qual(httpPath, "ResponseWriter"), jen.Id(r).Op("*").Qual(httpPath, "Request")).Block(
			jen.If(jen.List(jen.Id(got), jen.Id(ok)).Op(":=").Add(allow).Call(guard, rule, jen.Id(rw), jen.Id(r)), jen.Id(ok)).Block(
				target.Call(args...)))
	case annotations.Gin:
		c, ok := l.pick("c"), l.pick("ok")
		if h.identity == nil {
			head().Params(jen.Id(c).Op("*").Qual(ginPath, "Context")).Block(
				jen.If(jen.Qual(adapter, "Allow").Call(guard, rule, jen.Id(c))).Block(target.Call(jen.Id(c))))
			return
		}
		got := l.pick(h.identity.name)
		head().Params(jen.Id(c).Op("*").Qual(ginPath, "Context")).Block(
			jen.If(jen.List(jen.Id(got), jen.Id(ok)).Op(":=").Add(w.typed(h, adapter, "Allow")).Call(guard, rule, jen.Id(c)), jen.Id(ok)).Block(
				target.Call(jen.Id(c), jen.Id(got))))
	case annotations.Echo:
		c, err := l.pick("c"), l.pick("err")
		signature := head().Params(jen.Id(c).Qual(echoPath, "Context")).Error()
		if h.identity == nil {
			signature.Block(
				jen.If(jen.Id(err).Op(":=").Qual(adapter, "Allow").Call(guard, rule, jen.Id(c)), jen.Id(err).Op("!=").Nil()).Block(jen.Return(jen.Id(err))),
				jen.Return(target.Call(jen.Id(c))))
			return
		}
		got := l.pick(h.identity.name)
		signature.Block(
			jen.List(jen.Id(got), jen.Id(err)).Op(":=").Add(w.typed(h, adapter, "Allow")).Call(guard, rule, jen.Id(c)),
			jen.If(jen.Id(err).Op("!=").Nil()).Block(jen.Return(jen.Id(err))),
			jen.Return(target.Call(jen.Id(c), jen.Id(got))))
	}
}

// typed returns the adapter's function of this prefix for a handler with an
// identity.
func (w *writer) typed(h *handler, adapter, prefix string) *jen.Statement {
	switch h.identity.kind {
	case "Identity":
		return jen.Qual(adapter, prefix+"Identity")
	case "":
		return jen.Qual(adapter, prefix+"Claims").Types(h.identity.typ)
	}
	return jen.Qual(adapter, prefix+"As").Types(jen.Qual(runtimePath, h.identity.kind))
}

func (w *writer) area(h *handler, l *locals, head func() *jen.Statement, adapter string, guard, rule jen.Code) {
	switch h.framework {
	case annotations.Gin:
		c := l.pick("c")
		head().Params(jen.Id(c).Op("*").Qual(ginPath, "Context")).Block(jen.Qual(adapter, "Enclose").Call(guard, rule, jen.Id(c)))
	default:
		next := l.pick("next")
		typ := func() jen.Code {
			if h.framework == annotations.Echo {
				return jen.Qual(echoPath, "HandlerFunc")
			}
			return jen.Qual(httpPath, "Handler")
		}
		head().Params(jen.Id(next).Add(typ())).Add(typ()).Block(jen.Return(jen.Qual(adapter, "Enclose").Call(guard, rule, jen.Id(next))))
	}
}

func (w *writer) yielding(h *handler, l *locals, head func() *jen.Statement, adapter string, guard, rule jen.Code, target *jen.Statement) {
	framework, name := map[string]string{annotations.NetHTTP: httpPath, annotations.Gin: ginPath, annotations.Echo: echoPath}[h.framework], "HandlerFunc"
	wrap := "Handler"
	if h.framework == annotations.NetHTTP {
		wrap = "HandlerFunc"
	}
	if h.isHandler {
		name, wrap = "Handler", "Handler"
	}
	var params, args []jen.Code
	for i, p := range h.params {
		local := p.name
		if local == "" || local == "_" {
			local = fmt.Sprintf("a%d", i+1)
		}
		local = l.pick(local)
		param, arg := jen.Id(local), jen.Id(local)
		if p.variadic {
			param, arg = param.Op("..."), arg.Op("...")
		}
		params = append(params, param.Add(p.typ))
		args = append(args, arg)
	}
	made := target.Call(args...)
	wrapper := jen.Qual(adapter, wrap)
	switch {
	case h.identity != nil:
		wrapper = w.typed(h, adapter, "Handler")
	case h.convert:
		made = jen.Qual(framework, name).Call(made)
	}
	head().Params(params...).Qual(framework, name).Block(jen.Return(wrapper.Call(guard, rule, made)))
}

// register writes a method that registers the routes that handlers declare.
func (w *writer) register(t *twin, r registration) {
	var byHand []string
	for _, h := range r.handlers {
		if h.form == yields && len(h.params) > 0 {
			byHand = append(byHand, h.name)
		}
	}
	router := map[string]string{annotations.NetHTTP: "mux", annotations.Gin: "r", annotations.Echo: "e"}[r.framework]
	l := w.locals()
	recv, router := l.pick("p"), l.pick(router)
	w.file.Line()
	w.doc(r.name + " registers the routes that the handlers declare.")
	if len(byHand) > 0 {
		w.doc("", "It leaves out what needs arguments, to be registered by hand: "+strings.Join(byHand, ", ")+".")
	}
	typ := jen.Qual(adapters[r.framework], "Router")
	if r.framework == annotations.Gin {
		typ = jen.Qual(ginPath, "IRoutes")
	}
	w.file.Func().Params(jen.Id(recv).Id(t.typeName())).Id(r.name).Params(jen.Id(router).Add(typ)).BlockFunc(func(b *jen.Group) {
		if w.group != t.home {
			w.require(b, jen.Id(recv).Dot("guard_"), t.byGroup[w.group])
		}
		for _, h := range r.handlers {
			if slices.Contains(byHand, h.name) {
				continue
			}
			for _, route := range h.note.Routes {
				b.Add(w.registerRoute(h, route, jen.Id(recv), router))
			}
		}
	})
}

func (w *writer) registerRoute(h *handler, route annotations.Route, recv *jen.Statement, router string) jen.Code {
	serve := recv.Dot(h.name)
	if h.form == yields {
		serve = serve.Call()
		if h.isHandler {
			serve = serve.Dot("ServeHTTP")
		}
	}
	switch h.framework {
	case annotations.Gin:
		if route.Method == "" {
			return jen.Id(router).Dot("Any").Call(jen.Lit(route.Path), serve)
		}
		return jen.Id(router).Dot("Handle").Call(jen.Lit(route.Method), jen.Lit(route.Path), serve)
	case annotations.Echo:
		if route.Method == "" {
			return jen.Qual(adapters[annotations.Echo], "Any").Call(jen.Id(router), jen.Lit(route.Path), serve)
		}
		return jen.Id(router).Dot("Add").Call(jen.Lit(route.Method), jen.Lit(route.Path), serve)
	}
	return jen.Id(router).Dot("HandleFunc").Call(jen.Lit(strings.TrimSpace(route.Method+" "+route.Host+route.Path)), serve)
}
