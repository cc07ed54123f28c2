package generator

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/internal/spelling"
)

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
