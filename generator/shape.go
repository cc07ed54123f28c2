package generator

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/authgen/authgen/annotations"
)

// Import paths that generated code and handlers speak of.
const (
	modulePath  = "github.com/authgen/authgen"
	runtimePath = modulePath + "/runtime"
	httpPath    = "net/http"
	ginPath     = "github.com/gin-gonic/gin"
	echoPath    = "github.com/labstack/echo/v4"
)

// adapters maps frameworks to the package that generated code calls.
var adapters = map[string]string{
	annotations.NetHTTP: modulePath + "/adapters/nethttp",
	annotations.Gin:     modulePath + "/adapters/gin",
	annotations.Echo:    modulePath + "/adapters/echo",
}

// form is how a declaration is a handler.
type form uint8

const (
	direct   form = iota // a function that serves requests
	yields               // a function that returns a handler
	variable             // a variable that holds a handler
	area                 // an Area
)

// shape is what kind of handler a declaration is.
type shape struct {
	framework string
	form      form
	identity  *identity // the last parameter of the handler, nil for none
	params    []param   // of a function that yields a handler
	// isHandler says that what is yielded or held is an http.Handler rather
	// than a function, convert that its own type has to be converted.
	isHandler, convert bool
	// serves is the package's own type that is yielded or held, "" for others.
	serves string
}

// identity is the type of an identity parameter.
type identity struct {
	kind string   // name of the runtime's type, "" for a struct of claims
	typ  jen.Code // the struct of claims
	name string   // for the local variable
	// local says that only the package that the type was spelled in can name it.
	local bool
}

// param is a parameter of a function that yields a handler.
type param struct {
	name     string
	typ      jen.Code
	variadic bool
}

// identityKinds maps the runtime's identity types to the kinds of token they
// admit. Identity admits all but vendor tokens.
var identityKinds = map[string]string{
	"Identity": "", "User": "user", "UserAPIToken": "userApi", "TenantAPIToken": "tenantApi", "UserAccessToken": "userAccess",
	"TenantAccessToken": "tenantAccess", "PersonalAccessToken": "pat", "Service": "service", "Vendor": "vendor",
}

// spokenNames are the types of shapes that dot imports bring in. A package
// cannot have a name both from there and of its own.
var spokenNames = map[string][]string{
	httpPath:                      {"ResponseWriter", "Request", "Handler", "HandlerFunc"},
	ginPath:                       {"Context", "HandlerFunc"},
	echoPath:                      {"Context", "HandlerFunc"},
	runtimePath:                   slices.Sorted(maps.Keys(identityKinds)),
	adapters[annotations.NetHTTP]: {"Area"},
	adapters[annotations.Gin]:     {"Area"},
	adapters[annotations.Echo]:    {"Area"},
}

// verdict is what syntax says about a shape.
type verdict uint8

const (
	isHandler  verdict = iota
	notHandler         // certainly none
	open               // types have to tell
)

// typeRef is a type as far as syntax tells.
type typeRef struct {
	path, name string // a named type; path is "" for predeclared ones
	pointer    bool
	function   *ast.FuncType // a function type, written in source
	source     *source       // where function's identifiers are to be resolved
	pkg        *pkg          // source's package
	open       bool          // an alias of another package, or a dot import, may be behind it
}

func (t typeRef) is(path, name string, pointer bool) bool {
	return t.path == path && t.name == name && t.pointer == pointer && t.function == nil
}

// mayBe reports whether a type is this one, or types have to tell. What syntax
// shows as a pointer is no interface.
func (t typeRef) mayBe(path, name string, pointer bool) bool {
	return t.is(path, name, pointer) || t.open && (pointer || !t.pointer)
}

// resolver resolves the types of one file's declarations.
type resolver struct {
	g *generation
	p *pkg
}

// ref resolves a type expression.
func (r resolver) ref(s *source, e ast.Expr) typeRef {
	return r.follow(s, e, 0)
}

func (r resolver) follow(s *source, e ast.Expr, depth int) typeRef {
	if depth > 8 { // an alias of itself does not compile
		return typeRef{open: true}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return r.follow(s, e.X, depth+1)
	case *ast.StarExpr:
		t := r.follow(s, e.X, depth+1)
		if t.pointer || t.function != nil {
			return typeRef{}
		}
		t.pointer = true
		return t
	case *ast.FuncType:
		return typeRef{function: e, source: s, pkg: r.p}
	case *ast.Ident:
		if d, ok := r.p.types[e.Name]; ok {
			return r.declared(s, d, depth)
		}
		for _, path := range s.dotImports {
			if slices.Contains(spokenNames[path], e.Name) {
				return typeRef{path: path, name: e.Name}
			}
		}
		if len(s.dotImports) > 0 && !predeclared(e.Name) {
			return typeRef{name: e.Name, open: true}
		}
		return typeRef{name: e.Name}
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		if !ok {
			return typeRef{}
		}
		path, ok := r.g.importOf(s, x.Name)
		if !ok {
			return typeRef{name: e.Sel.Name, open: true}
		}
		t := typeRef{path: path, name: e.Sel.Name}
		switch {
		case path == httpPath, path == ginPath, path == echoPath, path == runtimePath, isAdapter(path):
		case isStandard(path) && r.g.dirOf(path) == nil:
		default:
			if d := r.g.typesOf(path)[e.Sel.Name]; d != nil {
				// The alias' own package is where its names mean something.
				return resolver{r.g, r.g.shallow(path, d.source)}.declared(s, d, depth)
			}
			t.open = true
		}
		return t
	}
	return typeRef{}
}

// declared resolves a type of the resolver's package that a file names.
func (r resolver) declared(s *source, d *typeDecl, depth int) typeRef {
	v, sure := r.g.seenFrom(s, d)
	switch {
	case !sure && slices.ContainsFunc(d.all, func(v typeVariant) bool { return v.spec.Assign.IsValid() }):
		return typeRef{name: v.spec.Name.Name, open: true}
	case v.spec.Assign.IsValid() && v.spec.TypeParams == nil:
		return r.follow(v.source, v.spec.Type, depth+1)
	}
	return typeRef{path: r.p.importPath, name: v.spec.Name.Name}
}

func isAdapter(path string) bool {
	for _, a := range adapters {
		if a == path {
			return true
		}
	}
	return false
}

// standardFolders are the first elements of the standard library's paths. What
// is missing here is looked up by types, which costs time only.
var standardFolders = strings.Fields("archive bufio bytes cmp compress container context crypto database debug embed encoding " +
	"errors expvar flag fmt go hash html image index io iter log maps math mime net os path plugin reflect regexp runtime " +
	"slices sort strconv strings structs sync syscall testing text time unicode unique unsafe weak")

// isStandard reports whether a path is the standard library's. That its first
// element has no dot is not enough: modules may be called so too.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return slices.Contains(standardFolders, first)
}

func predeclared(name string) bool {
	return slices.Contains([]string{"error", "string", "bool", "any", "int", "byte", "rune"}, name)
}

// flat returns the type of each parameter, once for every name.
func flat(list *ast.FieldList) (types []ast.Expr, names []string) {
	if list == nil {
		return nil, nil
	}
	for _, f := range list.List {
		if len(f.Names) == 0 {
			types, names = append(types, f.Type), append(names, "")
		}
		for _, n := range f.Names {
			types, names = append(types, f.Type), append(names, n.Name)
		}
	}
	return types, names
}

// function resolves the shape of a function by syntax. explicit says that the
// function itself has a directive: only then a parameter of the user's own type
// is an identity.
func (r resolver) function(s *source, t *ast.FuncType, explicit bool) (shape, verdict) {
	sh, v := r.direct(s, t, explicit)
	if v != notHandler || !explicit {
		return sh, v
	}
	return r.yielding(s, t)
}

// direct resolves func(w, r), func(c) and func(c) error, with or without an
// identity.
func (r resolver) direct(s *source, t *ast.FuncType, explicit bool) (shape, verdict) {
	if n := t.Params.NumFields(); n == 0 || n > 3 || t.Results.NumFields() > 1 {
		return shape{}, notHandler
	}
	types, _ := flat(t.Params)
	results, _ := flat(t.Results)
	refs := make([]typeRef, len(types))
	for i, e := range types {
		refs[i] = r.ref(s, e)
	}
	var result typeRef
	if len(results) == 1 {
		result = r.ref(s, results[0])
	}
	var sh shape
	own := 1 // parameters of the framework
	switch first := refs[0]; {
	case len(results) == 0 && len(refs) >= 2 && first.is(httpPath, "ResponseWriter", false) && refs[1].is(httpPath, "Request", true):
		sh.framework, own = annotations.NetHTTP, 2
	case len(results) == 0 && len(refs) <= 2 && first.is(ginPath, "Context", true):
		sh.framework = annotations.Gin
	case len(results) == 1 && len(refs) <= 2 && first.is(echoPath, "Context", false) && result.is("", "error", false):
		sh.framework = annotations.Echo
	case len(results) == 0 && len(refs) >= 2 && first.mayBe(httpPath, "ResponseWriter", false) && refs[1].mayBe(httpPath, "Request", true),
		len(results) == 0 && len(refs) <= 2 && first.mayBe(ginPath, "Context", true),
		len(results) == 1 && len(refs) <= 2 && first.mayBe(echoPath, "Context", false) && result.mayBe("", "error", false):
		return shape{}, open
	default:
		return shape{}, notHandler
	}
	if len(refs) == own {
		return sh, isHandler
	}
	last := refs[own]
	if last.path == runtimePath && last.pointer && !last.open {
		if _, ok := identityKinds[last.name]; ok {
			sh.identity = &identity{kind: last.name, name: lowerFirst(last.name)}
			return sh, isHandler
		}
	}
	switch {
	case last.open:
		return shape{}, open
	case !explicit:
		return shape{}, notHandler
	case !last.pointer || last.function != nil || !mayHoldClaims(last.path):
		return shape{}, notHandler
	}
	isStruct, known := r.g.isStruct(r.p, last.path, last.name)
	if !known {
		return shape{}, open
	}
	if !isStruct {
		return shape{}, notHandler
	}
	path, name := last.path, last.name
	if star, ok := types[own].(*ast.StarExpr); ok {
		// As it is written: an alias may stand for a name that only its own
		// package can say.
		if p, n := r.written(s, star.X); n != "" {
			path, name = p, n
		}
	}
	sh.identity = &identity{typ: jen.Qual(path, name), name: lowerFirst(name), local: !token.IsExported(name)}
	return sh, isHandler
}

// mayHoldClaims reports whether structs of a package can be those that claims
// are decoded into. Of the packages that handlers are made with none can: such a
// parameter is a slip.
func mayHoldClaims(path string) bool {
	return path != "" && path != runtimePath && path != ginPath && path != echoPath && !isAdapter(path) && !strings.HasPrefix(path, httpPath)
}

// written returns the package and name that a type expression spells, without
// following aliases; "" where it spells none.
func (r resolver) written(s *source, e ast.Expr) (path, name string) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return r.written(s, e.X)
	case *ast.Ident:
		if r.p.types[e.Name] != nil {
			return r.p.importPath, e.Name
		}
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			if path, ok := r.g.importOf(s, x.Name); ok {
				return path, e.Sel.Name
			}
		}
	}
	return "", ""
}

// yielding resolves a function that returns a handler.
func (r resolver) yielding(s *source, t *ast.FuncType) (shape, verdict) {
	if t.Results.NumFields() != 1 {
		return shape{}, notHandler
	}
	results, _ := flat(t.Results)
	sh, v := r.value(s, results[0])
	if v != isHandler || sh.form == area {
		return shape{}, max(v, notHandler)
	}
	sh.form = yields
	types, names := flat(t.Params)
	for i, e := range types {
		p := param{name: names[i]}
		if ell, ok := e.(*ast.Ellipsis); ok {
			p.variadic, e = true, ell.Elt
		}
		var ok bool
		if p.typ, ok = r.code(s, e); !ok {
			return shape{}, open
		}
		sh.params = append(sh.params, p)
	}
	return sh, isHandler
}

// value resolves the type of a value that is to be a handler or an Area.
func (r resolver) value(s *source, e ast.Expr) (shape, verdict) {
	t := r.ref(s, e)
	switch {
	case t.function != nil:
		sh, v := resolver{r.g, t.pkg}.direct(t.source, t.function, true)
		if v == isHandler && sh.identity != nil && sh.identity.local && t.pkg.importPath != r.p.importPath {
			return shape{}, notHandler
		}
		sh.form = variable
		return sh, v
	case t.is(httpPath, "Handler", false):
		return shape{framework: annotations.NetHTTP, form: variable, isHandler: true}, isHandler
	case t.is(httpPath, "HandlerFunc", false):
		return shape{framework: annotations.NetHTTP, form: variable}, isHandler
	case t.is(ginPath, "HandlerFunc", false):
		return shape{framework: annotations.Gin, form: variable}, isHandler
	case t.is(echoPath, "HandlerFunc", false):
		return shape{framework: annotations.Echo, form: variable}, isHandler
	case t.name == "":
		return shape{}, notHandler
	case t.open:
		return shape{}, open
	}
	for framework, path := range adapters {
		if t.is(path, "Area", false) {
			return shape{framework: framework, form: area}, isHandler
		}
	}
	if t.path == "" {
		return shape{}, notHandler
	}
	return shape{}, open // a type with a ServeHTTP method, perhaps
}

// valueOf resolves a variable declaration.
func (r resolver) valueOf(s *source, spec *ast.ValueSpec) (shape, verdict) {
	if spec.Type != nil {
		return r.value(s, spec.Type)
	}
	if len(spec.Values) != 1 {
		return shape{}, notHandler
	}
	switch v := spec.Values[0].(type) {
	case *ast.FuncLit:
		return r.value(s, v.Type)
	case *ast.BasicLit:
		return shape{}, notHandler
	case *ast.CallExpr: // perhaps a conversion to a handler's type
		if sh, verdict := r.value(s, v.Fun); verdict == isHandler {
			return sh, verdict
		}
	}
	return shape{}, open
}

// code returns a type expression for generated code, where syntax suffices.
func (r resolver) code(s *source, e ast.Expr) (jen.Code, bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return r.code(s, e.X)
	case *ast.Ident:
		if _, ok := r.p.names[e.Name]; ok || r.p.types[e.Name] != nil {
			return jen.Qual(r.p.importPath, e.Name), true
		}
		return jen.Id(e.Name), len(s.dotImports) == 0
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		if !ok {
			return nil, false
		}
		path, ok := r.g.importOf(s, x.Name)
		return jen.Qual(path, e.Sel.Name), ok
	case *ast.StarExpr:
		c, ok := r.code(s, e.X)
		return jen.Op("*").Add(c), ok
	case *ast.ArrayType:
		c, ok := r.code(s, e.Elt)
		if e.Len != nil {
			n, isLit := e.Len.(*ast.BasicLit)
			if !isLit || n.Kind != token.INT {
				return nil, false
			}
			return jen.Index(jen.Id(n.Value)).Add(c), ok
		}
		return jen.Index().Add(c), ok
	case *ast.MapType:
		k, ok := r.code(s, e.Key)
		v, ok2 := r.code(s, e.Value)
		return jen.Map(k).Add(v), ok && ok2
	case *ast.FuncType:
		if e.TypeParams != nil {
			return nil, false
		}
		return r.signature(s, e)
	case *ast.IndexExpr:
		x, ok := r.code(s, e.X)
		i, ok2 := r.code(s, e.Index)
		return jen.Add(x).Index(i), ok && ok2
	case *ast.InterfaceType:
		return jen.Interface(), len(e.Methods.List) == 0
	}
	return nil, false
}

func (r resolver) signature(s *source, t *ast.FuncType) (jen.Code, bool) {
	list := func(fields *ast.FieldList) (codes []jen.Code, ok bool) {
		types, _ := flat(fields)
		for _, e := range types {
			variadic := false
			if ell, isEll := e.(*ast.Ellipsis); isEll {
				variadic, e = true, ell.Elt
			}
			c, ok := r.code(s, e)
			if !ok {
				return nil, false
			}
			if variadic {
				c = jen.Op("...").Add(c)
			}
			codes = append(codes, c)
		}
		return codes, true
	}
	in, ok := list(t.Params)
	out, ok2 := list(t.Results)
	return jen.Func().Params(in...).Params(out...), ok && ok2
}
