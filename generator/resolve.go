package generator

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/internal/spelling"
)

// handler is a declaration that is to be guarded.
type handler struct {
	shape
	pkg      *pkg
	source   *source
	node     ast.Node // *ast.FuncDecl or *ast.ValueSpec
	position diagnostic.Position
	name     string
	recv     string // name of the receiver's type, "" for package-level declarations
	pointer  bool   // the receiver is a pointer
	explicit bool   // the declaration itself has directives
	note     *annotations.Annotation
	state    verdict
	rule     *rule
	// badRoutes says that something was reported about its routes.
	badRoutes bool
}

// String returns the handler's name as manifests and logs have it.
func (h *handler) String() string {
	path := h.pkg.importPath
	switch {
	case h.recv == "":
		return path + "." + h.name
	case h.pointer:
		return path + ".(*" + h.recv + ")." + h.name
	}
	return path + "." + h.recv + "." + h.name
}

// local returns the handler's name within its package, as godoc links have it.
func (h *handler) local() string {
	if h.recv == "" {
		return h.name
	}
	return h.recv + "." + h.name
}

// faulty reports whether a mistake was found in the handler's own directives.
func (h *handler) faulty() bool {
	switch n := h.node.(type) {
	case *ast.FuncDecl:
		return h.source.faulty(n.Doc)
	case *ast.ValueSpec:
		return h.source.faulty(n.Doc)
	}
	return false
}

// faulty reports whether a mistake was found in a doc comment.
func (s *source) faulty(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(s.notes.Problems, func(p annotations.Problem) bool {
		return doc.Pos() <= p.Span.Start && p.Span.Start <= doc.End()
	})
}

// resolve finds the handlers of all packages and the shape of each. Types are
// loaded at the end, once, and only where syntax left something open.
func (g *generation) resolve() {
	var needed []*pkg
	parallel(g.packages, func(p *pkg) {
		// Only packages with rules have handlers; the others are here because
		// a generated file may be left over in them.
		if p.hasRules() {
			p.findDefaults()
		}
	})
	for _, p := range g.packages {
		if !p.hasRules() {
			continue
		}
		g.checkDefaults(p)
		g.findHandlers(p)
		if slices.ContainsFunc(p.handlers, func(h *handler) bool { return h.state == open }) {
			needed = append(needed, p)
		}
	}
	if len(needed) > 0 {
		g.resolveByTypes(needed)
	}
	for _, p := range g.packages {
		p.handlers = slices.DeleteFunc(p.handlers, func(h *handler) bool { return h.state != isHandler })
		g.requireReach(p)
		g.requireRules(p)
	}
}

func (g *generation) resolveByTypes(needed []*pkg) {
	loader, err := g.loadTypes(needed)
	for _, p := range needed {
		if err == nil {
			p.loader = loader
		}
		for _, h := range p.handlers {
			if h.state != open {
				continue
			}
			why := ""
			if err != nil {
				h.state, why = notHandler, err.Error()
			} else {
				h.shape, h.state, why = loader.typedShape(p, h)
				if why != "" && loader.fault != "" {
					why += " (" + loader.fault + ")"
				}
			}
			// Under a default, what is certainly no handler needs none; what
			// might be one must not stay open.
			if h.state == notHandler && (h.explicit || why != "") {
				g.refuseShape(h, why)
			}
		}
	}
}

// findDefaults notes the demands of package and type comments.
func (p *pkg) findDefaults() {
	for _, s := range p.sources {
		if a := s.notes.Package; a != nil {
			p.defaults = append(p.defaults, layer{a.Rule, "package " + p.name})
		}
		for node, a := range s.notes.Decls {
			if spec, ok := node.(*ast.TypeSpec); ok {
				if t := p.types[spec.Name.Name]; t != nil {
					t.defaults = append(t.defaults, layer{a.Rule, "type " + p.name + "." + spec.Name.Name})
				}
			}
		}
	}
}

// checkDefaults reports directives that make no default.
func (g *generation) checkDefaults(p *pkg) {
	check := func(s *source, a *annotations.Annotation, what string) {
		at := func(i int, span annotations.Span) diagnostic.Position { return s.position(span.Start, span.End) }
		if !g.checkNames(a, at, g.config) {
			p.broken = true
		}
		for _, d := range a.Directives {
			switch d.Key {
			case "public", "optional", "route", "audit", "replace":
				p.broken = true
				g.report(diagnostic.Diagnostic{
					Code: CodeDefault, Position: s.position(d.Span.Start, d.Span.End),
					Message:    fmt.Sprintf("%s cannot be a default: it would hold for every handler of the %s", d.Key, what),
					Suggestion: "write it on the handler that it is for",
				})
			}
		}
	}
	for _, s := range p.sources {
		if s.notes.Package != nil {
			check(s, s.notes.Package, "package")
		}
		for _, decl := range s.syntax.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				a := s.notes.Decls[spec]
				t, ok := spec.(*ast.TypeSpec)
				if a == nil || !ok {
					continue
				}
				check(s, a, "type")
				if declaresNoMethods(t) {
					p.broken = true
					g.report(diagnostic.Diagnostic{
						Code: CodeShape, Position: s.at(t.Name),
						Message:    fmt.Sprintf("%s declares no methods that could be guarded", t.Name.Name),
						Suggestion: "write the rule on the type that declares the handlers",
					})
				}
			}
		}
	}
}

// declaresNoMethods reports whether no method can be declared on a type.
func declaresNoMethods(t *ast.TypeSpec) bool {
	_, isInterface := t.Type.(*ast.InterfaceType)
	return isInterface || t.Assign.IsValid()
}

// findHandlers notes every declaration that is to be guarded.
func (g *generation) findHandlers(p *pkg) {
	for _, s := range p.sources {
		for _, decl := range s.syntax.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				g.findFunction(p, s, d)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && s.notes.Decls[v] != nil {
						h := &handler{
							pkg: p, source: s, node: v, position: s.at(v.Names[0]), name: v.Names[0].Name,
							explicit: true, note: s.notes.Decls[v],
						}
						h.shape, h.state = resolver{g, p}.valueOf(s, v)
						h.form = max(h.form, variable)
						g.admit(h)
					}
				}
			}
		}
	}
}

// findFunction notes a function or method if it has a rule of its own or by
// default.
func (g *generation) findFunction(p *pkg, s *source, d *ast.FuncDecl) {
	note := s.notes.Decls[d]
	var recv string
	pointer, generic := false, d.Type.TypeParams != nil
	if d.Recv != nil && len(d.Recv.List) == 1 {
		var plain bool
		recv, pointer, plain = p.receiver(d.Recv.List[0].Type)
		generic = generic || !plain
	}
	t := p.types[recv]
	generic = generic || t != nil && t.spec.TypeParams != nil
	byDefault := len(p.defaults) > 0 || t != nil && len(t.defaults) > 0
	if s.test() && note == nil && !p.external && (t == nil || len(t.defaults) == 0) {
		// A package's demands are for what it serves, not for its tests.
		byDefault = false
	}
	if note == nil && !byDefault {
		p.bare = append(p.bare, bareFunction{s, d})
		return
	}
	h := &handler{
		pkg: p, source: s, node: d, position: s.at(d.Name), name: d.Name.Name, recv: recv, pointer: pointer,
		explicit: note != nil, note: note,
	}
	h.shape, h.state = resolver{g, p}.function(s, d.Type, h.explicit)
	if generic {
		if h.explicit || h.state == isHandler {
			p.broken, p.refused = true, append(p.refused, h)
			g.report(diagnostic.Diagnostic{
				Code: CodeGeneric, Position: h.position,
				Message:    fmt.Sprintf("%s is generic: a rule belongs to one handler", h.name),
				Suggestion: "wrap it in a function or method without type parameters",
			})
		}
		return
	}
	if !h.explicit && h.state == notHandler {
		p.bare = append(p.bare, bareFunction{s, d}) // it may yield one
		return
	}
	g.admit(h)
}

// requireReach reports defaults that no handler gets.
func (g *generation) requireReach(p *pkg) {
	if p.unread {
		return
	}
	// Those that were refused were meant to be reached.
	candidates := slices.Concat(p.handlers, p.refused)
	report := func(position diagnostic.Position, message, suggestion string) {
		p.broken = true
		g.report(diagnostic.Diagnostic{Code: CodeShape, Position: position, Message: message, Suggestion: suggestion})
	}
	for _, s := range p.sources {
		if a := s.notes.Package; a != nil && len(candidates) == 0 {
			span := a.Directives[0].Span
			report(s.position(span.Start, span.End), fmt.Sprintf("package %s has a rule for its handlers, and no handlers", p.name),
				"write it in the packages that declare them: a rule does not reach other packages")
		}
		for node := range s.notes.Decls {
			t, ok := node.(*ast.TypeSpec)
			if !ok || declaresNoMethods(t) || slices.ContainsFunc(candidates, func(h *handler) bool { return h.recv == t.Name.Name }) {
				continue
			}
			report(s.at(t.Name), fmt.Sprintf("%s has a rule for its methods, and none that is a handler is declared on it", t.Name.Name),
				"write the rule on the type that declares the handlers; of a function or variable of this type, on that")
		}
	}
}

// admit adds a candidate, or says why it cannot be guarded.
func (g *generation) admit(h *handler) {
	if h.state == notHandler {
		g.refuseShape(h, "")
		return
	}
	if strings.HasSuffix(h.name, "_") {
		h.pkg.broken, h.pkg.refused = true, append(h.pkg.refused, h)
		g.report(diagnostic.Diagnostic{
			Code: CodeReservedName, Position: h.position,
			Message:    fmt.Sprintf("the name %s ends in an underscore, as names inside generated code do", h.name),
			Suggestion: "rename it",
		})
		return
	}
	h.pkg.handlers = append(h.pkg.handlers, h)
}

// receiver returns the name of a receiver's type, the type itself where the
// receiver is an alias of it. It reports false for a generic one.
func (p *pkg) receiver(e ast.Expr) (name string, pointer, plain bool) {
	const most = 8 // an alias of itself does not compile
	for range most {
		switch t := e.(type) {
		case *ast.ParenExpr:
			e = t.X
		case *ast.StarExpr:
			e, pointer = t.X, true
		case *ast.Ident:
			if d := p.types[t.Name]; d != nil && d.spec.Assign.IsValid() {
				e = d.spec.Type
				continue
			}
			return t.Name, pointer, true
		case *ast.IndexExpr:
			name, _, _ = p.receiver(t.X)
			return name, pointer, false
		case *ast.IndexListExpr:
			name, _, _ = p.receiver(t.X)
			return name, pointer, false
		default:
			return "", pointer, false
		}
	}
	return "", pointer, false
}

// refuseShape reports a declaration with a rule that is no handler.
func (g *generation) refuseShape(h *handler, why string) {
	h.pkg.broken, h.pkg.refused = true, append(h.pkg.refused, h)
	d := diagnostic.Diagnostic{
		Code: CodeShape, Position: h.position,
		Message: fmt.Sprintf("%s has a rule and not the shape of a handler", h.local()),
		Suggestion: "handlers are func(http.ResponseWriter, *http.Request), func(*gin.Context), func(echo.Context) error, each with the identity as " +
			"one more last parameter if you like; functions that return such a function or an http.Handler; and variables that hold one",
	}
	f, isFunc := h.node.(*ast.FuncDecl)
	switch {
	case why != "":
		d.Code, d.Message, d.Suggestion = CodeTypes, fmt.Sprintf("what kind of handler %s is cannot be told: %s", h.local(), why), "mend that, or write the types without aliases"
	case isFunc:
		if code, s := (resolver{g, h.pkg}).nearShape(h.source, f); s != "" {
			d.Code, d.Suggestion = code, s
		}
		if d.Code == CodeIdentity {
			params, _ := flat(f.Type.Params)
			last := params[len(params)-1]
			d.Position = h.source.at(last)
			d.Message = fmt.Sprintf("the last parameter of %s is no identity: %s", h.local(), types.ExprString(last))
		}
	}
	g.report(d)
}

// nearShape says what to write instead of a function that is almost a handler,
// and the code of that finding.
func (r resolver) nearShape(s *source, f *ast.FuncDecl) (code, suggestion string) {
	params, _ := flat(f.Type.Params)
	results, _ := flat(f.Type.Results)
	if len(params) == 0 {
		return "", ""
	}
	refs := make([]typeRef, len(params))
	for i, e := range params {
		refs[i] = r.ref(s, e)
	}
	isHTTP := len(refs) >= 2 && refs[0].is(httpPath, "ResponseWriter", false) && refs[1].is(httpPath, "Request", true)
	isEcho, isGin := refs[0].is(echoPath, "Context", false), refs[0].is(ginPath, "Context", true)
	switch {
	case isHTTP && len(results) > 0:
		return CodeShape, "a handler of net/http returns nothing: write a method func(w http.ResponseWriter, r *http.Request) that calls this one and answers its error, and put the rule there"
	case isGin && len(results) > 0:
		return CodeShape, "a handler of gin returns nothing: write a method func(c *gin.Context) that calls this one and answers its error, and put the rule there"
	case isEcho && len(results) != 1:
		return CodeShape, "a handler of echo returns an error: write a method func(c echo.Context) error that calls this one, and put the rule there"
	case isHTTP && len(refs) == 3, isGin && len(refs) == 2, isEcho && len(refs) == 2:
		return CodeIdentity, r.nearIdentity(s, params[len(params)-1])
	case refs[0].is(ginPath, "Context", false):
		return CodeShape, "handlers of gin take *gin.Context"
	case refs[0].is(echoPath, "Context", true):
		return CodeShape, "handlers of echo take echo.Context, without a star"
	case strings.HasPrefix(refs[0].path, "github.com/labstack/echo/"):
		return CodeShape, "only handlers of " + echoPath + " are known"
	case len(refs) == 1 && len(results) <= 1 && refs[0].name == "Context" && refs[0].path != "context":
		return CodeShape, "a context of your own is not known here: write a function of the framework's shape that makes it and calls this one, and put the rule there"
	case len(refs) == 1 && refs[0].is(httpPath, "Handler", false):
		return CodeShape, "middleware has no rule: for everything below a path, write a variable of type nethttp.Area with the rule, import \"" + adapters[annotations.NetHTTP] + "\""
	}
	return "", ""
}

// nearIdentity says what to write instead of a last parameter that is no
// identity.
func (r resolver) nearIdentity(s *source, e ast.Expr) string {
	t, plain := r.ref(s, e), e
	if star, ok := e.(*ast.StarExpr); ok {
		plain = star.X
	}
	if sel, ok := plain.(*ast.SelectorExpr); ok && t.path == runtimePath {
		kinds := slices.Sorted(maps.Keys(identityKinds))
		if near, ok := spelling.Nearest(t.name, kinds); ok {
			return fmt.Sprintf("write *%s.%s", types.ExprString(sel.X), near)
		}
	}
	return "write *auth.Identity, *auth.User or one of its siblings, or a pointer to a struct of claims"
}

// bareFunction is a function without a rule.
type bareFunction struct {
	source *source
	decl   *ast.FuncDecl
}

// requireRules reports the handlers without a rule in a package that has rules.
// Where syntax does not tell, types do if they were loaded for the package.
func (g *generation) requireRules(p *pkg) {
	if !g.config.Strict.RequireRule {
		return
	}
	for _, f := range p.bare {
		s, d := f.source, f.decl
		if s.test() || d.Type.TypeParams != nil || s.faulty(d.Doc) {
			continue
		}
		r := resolver{g, p}
		sh, v := r.direct(s, d.Type, false)
		if v == open && p.loader != nil {
			h := &handler{pkg: p, source: s, node: d, name: d.Name.Name}
			if d.Recv != nil && len(d.Recv.List) == 1 {
				h.recv, _, _ = p.receiver(d.Recv.List[0].Type)
			}
			sh, v, _ = p.loader.typedShape(p, h)
		}
		if v == notHandler {
			sh, v = r.yielding(s, d.Type)
			if v != isHandler || !p.yieldsAlso(sh) || r.wraps(s, d.Type) {
				continue
			}
		}
		if v != isHandler || r.callsNext(sh.framework, s, d) || p.servedElsewhere(d) {
			continue
		}
		g.report(diagnostic.Diagnostic{
			Code: CodeNoRule, Position: s.at(d.Name),
			Message: fmt.Sprintf("%s is a handler without a rule, in a package that has rules", d.Name.Name),
			Suggestion: "state one, such as //auth:authenticated or //auth:public; where an Area or other middleware guards the handlers, say strict: {require-rule: false} in " +
				config.FileName,
		})
	}
}

// yieldsAlso reports whether another function, with a rule, yields the same
// kind of function. Functions that yield an http.Handler are too many other
// things, such as routers, to be taken for handlers.
func (p *pkg) yieldsAlso(sh shape) bool {
	return !sh.isHandler && slices.ContainsFunc(p.handlers, func(h *handler) bool {
		return h.form == yields && !h.isHandler && h.framework == sh.framework
	})
}

// wraps reports whether a function takes a handler, as middleware does.
func (r resolver) wraps(s *source, t *ast.FuncType) bool {
	types, _ := flat(t.Params)
	return slices.ContainsFunc(types, func(e ast.Expr) bool {
		_, v := r.value(s, e)
		return v == isHandler
	})
}

// servedElsewhere reports whether a method is the ServeHTTP of a type that a
// function or variable with a rule yields: the rule is stated there.
func (p *pkg) servedElsewhere(d *ast.FuncDecl) bool {
	if d.Name.Name != "ServeHTTP" || d.Recv == nil || len(d.Recv.List) != 1 {
		return false
	}
	recv, _, _ := p.receiver(d.Recv.List[0].Type)
	return slices.ContainsFunc(p.handlers, func(h *handler) bool { return h.serves == recv })
}

// callsNext reports whether a function is gin middleware: it has the shape of a
// handler, and goes on to the next one.
func (r resolver) callsNext(framework string, s *source, d *ast.FuncDecl) bool {
	if framework != annotations.Gin || d.Body == nil {
		return false
	}
	contexts := map[string]bool{}
	note := func(t *ast.FuncType, is func(typeRef) bool) {
		types, names := flat(t.Params)
		for i, e := range types {
			if is(r.ref(s, e)) {
				contexts[names[i]] = true
			}
		}
	}
	// Of the function itself it is known that it takes one.
	note(d.Type, func(t typeRef) bool { return t.mayBe(ginPath, "Context", true) })
	found := false
	ast.Inspect(s.body(d), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			note(n.Type, func(t typeRef) bool { return t.is(ginPath, "Context", true) })
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Next" && len(n.Args) == 0 {
				x, ok := sel.X.(*ast.Ident)
				found = found || ok && contexts[x.Name]
			}
		}
		return !found
	})
	return found
}
