package audit

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"

	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/diagnostic"
)

// otherServers are functions and types of frameworks that serve by themselves, by
// import path without its major version: a program that names one has routes which
// no handler of net/http leads to. What is an http.Handler is seen where it is served.
var otherServers = map[string][]string{
	"github.com/labstack/echo":                   {"New", "NewWithConfig"},
	"github.com/gofiber/fiber":                   {"New"},
	"github.com/valyala/fasthttp":                {"ListenAndServe", "ListenAndServeTLS", "ListenAndServeUNIX", "Serve", "ServeTLS", "Server"},
	"github.com/cloudwego/hertz/pkg/app/server":  {"New", "Default"},
	"github.com/kataras/iris":                    {"New", "Default"},
	"github.com/beego/beego":                     {"Run"},
	"github.com/beego/beego/server/web":          {"Run", "RunWithMiddleWares", "NewHttpSever"},
	"github.com/astaxie/beego":                   {"Run", "RunWithMiddleWares"},
	"github.com/gobuffalo/buffalo":               {"New"},
	"github.com/go-fuego/fuego":                  {"NewServer"},
	"github.com/go-kratos/kratos/transport/http": {"NewServer"},
	"github.com/gogf/gf/frame/g":                 {"Server"},
	"github.com/zeromicro/go-zero/rest":          {"NewServer", "MustNewServer"},
}

// majorVersion is that of an import path, or of its module.
var majorVersion = regexp.MustCompile(`/v[0-9]+(/|$)`)

// elsewhere reports, once for each, the frameworks that the module serves with and
// whose routes are not read.
func (f *findings) elsewhere() {
	said := map[string]bool{}
	for _, pkg := range f.program.OwnPaths() {
		for _, path := range f.program.Imports(pkg) {
			names := otherServers[majorVersion.ReplaceAllString(path, "$1")]
			if names == nil || said[path] || slices.Contains(wiring.Touching(), path) {
				continue
			}
			if at := f.firstUse(pkg, path, names); at.IsValid() {
				said[path] = true
				f.add(diagnostic.Diagnostic{
					Code: CodeEnd, Position: f.position(at),
					Message:    "the trail ends here: routes on " + path + " are not read",
					Suggestion: "accept the finding in authgen.yaml and say who looks at the routes",
				})
			}
		}
	}
}

// firstUse returns the first place where a package names one of what another one
// declares. It may be one that has nothing to do with the routers that are read: then
// no more than its export data is known.
func (f *findings) firstUse(pkg, imported string, names []string) (at token.Pos) {
	for _, name := range f.program.GoFiles(pkg) {
		file, err := parser.ParseFile(f.program.Fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			continue // is an error of its package
		}
		i := slices.IndexFunc(file.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == strconv.Quote(imported) })
		if i < 0 {
			continue
		}
		as := file.Imports[i].Name
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || at.IsValid() || !slices.Contains(names, sel.Sel.Name) {
				return !at.IsValid()
			}
			if on, ok := sel.X.(*ast.Ident); ok && (as == nil && on.Name == baseName(imported) || as != nil && on.Name == as.Name) {
				at = sel.Pos()
			}
			return !at.IsValid()
		})
	}
	return at
}

// baseName is the name that a package of a path has by convention.
func baseName(importPath string) string {
	return path.Base(majorVersion.ReplaceAllString(importPath, "$1"))
}
