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
