package annotations_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/annotations"
)

// parseFile parses source and reads its comments.
func parseFile(t testing.TB, src string) (*token.FileSet, *ast.File, *annotations.File) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "x.go", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return fset, file, annotations.ParseFile(fset, file, []byte(src))
}

func TestDirectives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want annotations.Rule
	}{
		"Public":        {"public", annotations.Rule{Access: annotations.Public}},
		"PublicReason":  {`public reason="health, \"check\""`, annotations.Rule{Access: annotations.Public, Reason: `health, "check"`}},
		"Optional":      {"optional", annotations.Rule{Access: annotations.Optional}},
		"Authenticated": {"authenticated", annotations.Rule{Access: annotations.Protected, Authenticated: true}},
		"Lists": {"roles=admin,read-only\npermissions=fe.read\nscopes=files:read,https://example.com/s?x=1", annotations.Rule{
			Access: annotations.Protected, Roles: []string{"admin", "read-only"}, Permissions: []string{"fe.read"},
			Scopes: []string{"files:read", "https://example.com/s?x=1"},
		}},
		"Quoted": {`roles="site admin",b,"a,b","管理者","*"`, annotations.Rule{
			Access: annotations.Protected, Roles: []string{"site admin", "b", "a,b", "管理者", "*"},
		}},
		"Kinds":        {"tokens=user,userApi", annotations.Rule{Access: annotations.Protected, Tokens: []string{"user", "userApi"}}},
		"Parameters":   {"tenant=tenantID\nowner=user-id", annotations.Rule{Access: annotations.Protected, Tenant: "tenantID", Owner: "user-id"}},
		"StepUp":       {"stepup", annotations.Rule{Access: annotations.Protected, StepUp: &annotations.StepUp{}}},
		"StepUpMaxAge": {"stepup=1h30m", annotations.Rule{Access: annotations.Protected, StepUp: &annotations.StepUp{MaxAge: 90 * time.Minute}}},
		"Rest": {"issuer=partner\nfeatures=sso\nactor=none\nrule=billing\ncheck=app/project:p-{id}#update,org:main#get,file:{org}/{id}#get", annotations.Rule{
			Access: annotations.Protected, Issuers: []string{"partner"}, Features: []string{"sso"}, NoActor: true, Named: "billing",
			Checks: []annotations.Check{{Type: "app/project", ID: "p-{id}", Permission: "update"}, {Type: "org", ID: "main", Permission: "get"}, {Type: "file", ID: "{org}/{id}", Permission: "get"}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, problems := annotations.Parse(c.text)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if !reflect.DeepEqual(got.Rule, c.want) {
				t.Fatalf("got  %+v\nwant %+v", got.Rule, c.want)
			}
			again, problems := annotations.Parse(strings.Join(got.Rule.Directives(), "\n"))
			if len(problems) > 0 || !reflect.DeepEqual(again.Rule, c.want) {
				t.Fatalf("printed as %q, read back as %+v, %v", got.Rule, again, problems)
			}
		})
	}
}

func TestPoliciesPrintAndParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`role("a")||permission("b")&&!tenant("t")`:         `role("a") || permission("b") && !tenant("t")`,
		`(role("a") || role("b")) && scope("c")`:           `(role("a") || role("b")) && scope("c")`,
		`role("a") || (role("b") || role("c"))`:            `role("a") || (role("b") || role("c"))`,
		`((role("a")))`:                                    `role("a")`,
		`!(role("a") && !role("b"))`:                       `!(role("a") && !role("b"))`,
		`stepup() || stepup("10m") || authenticated()`:     `stepup() || stepup("10m") || authenticated()`,
		`check("project:{id}#update") || feature("a,\"b")`: `check("project:{id}#update") || feature("a,\"b")`,
	} {
		got, problems := annotations.Parse("policy=" + text)
		if len(problems) > 0 {
			t.Errorf("%s: %v", text, problems)
		} else if s := got.Rule.Policy.String(); s != want {
			t.Errorf("%s: printed as %s, want %s", text, s, want)
		}
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	got, problems := annotations.Parse("roles=a\nroute=POST /files/{id}\nroute=/any\nroute=\"GET /x/:id\"\nroute=GET example.com/h")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var all []string
	for _, r := range got.Routes {
		all = append(all, r.Method+"|"+r.Host+"|"+r.Path)
	}
	want := []string{"POST||/files/{id}", "||/any", "GET||/x/:id", "GET|example.com|/h"}
	if !reflect.DeepEqual(all, want) {
		t.Fatalf("got %q, want %q", all, want)
	}
}

// TestFaults holds one directive with a fault on each row. What is between the
// brackets is what the report underlines.
func TestFaults(t *testing.T) {
	t.Parallel()
	for text, code := range map[string]string{
		`//auth:[role]=admin`:                                   annotations.CodeUnknownKey,
		`//auth:[Roles]=admin`:                                  annotations.CodeUnknownKey,
		`//auth:[rоles]=admin`:                                  annotations.CodeUnknownKey, // Cyrillic o
		`//auth:[frobnicate]`:                                   annotations.CodeUnknownKey,
		`//auth:[]`:                                             annotations.CodeUnknownKey,
		`//auth:[roles]`:                                        annotations.CodeValueMissing,
		`//auth:[roles]=`:                                       annotations.CodeValueMissing,
		`//auth:[roles]= admin`:                                 annotations.CodeValueMissing,
		`//auth:roles=a,[]`:                                     annotations.CodeValueMissing,
		`//auth:roles=[,]a`:                                     annotations.CodeValueMissing,
		`//auth:public=[yes]`:                                   annotations.CodeValueMissing,
		`//auth:roles=a,[a]`:                                    annotations.CodeDuplicate,
		`//auth:roles=["a]`:                                     annotations.CodeBadValue,
		`//auth:roles=[""]`:                                     annotations.CodeBadValue,
		`//auth:roles=[" a"]`:                                   annotations.CodeBadValue,
		`//auth:roles=["a\u200bb"]`:                             annotations.CodeBadValue,
		`//auth:roles=admin[//note]`:                            annotations.CodeBadValue,
		`//auth:roles=[=]admin`:                                 annotations.CodeBadValue,
		`//auth:roles=adm[ı]n`:                                  annotations.CodeBadValue,
		`//auth:permissions=[files.*]`:                          annotations.CodeBadValue,
		`//auth:tenant=[a/b]`:                                   annotations.CodeBadValue,
		`//auth:tenant=a[,b]`:                                   annotations.CodeBadValue,
		`//auth:actor=[admin]`:                                  annotations.CodeBadValue,
		`//auth:roles=admin [// note]`:                          annotations.CodeTrailingText,
		`//auth:roles=admin,[ ]user`:                            annotations.CodeValueMissing,
		`//auth:roles=admin [user]`:                             annotations.CodeTrailingText,
		`//auth:roles="a"[b]`:                                   annotations.CodeTrailingText,
		`//auth:authenticated [always]`:                         annotations.CodeTrailingText,
		`//auth:tokens=[users]`:                                 annotations.CodeUnknownKind,
		`//auth:stepup=[10]`:                                    annotations.CodeBadDuration,
		`//auth:stepup=[-1m]`:                                   annotations.CodeBadDuration,
		`//auth:stepup=[0s]`:                                    annotations.CodeBadDuration,
		`//auth:route=[get] /files`:                             annotations.CodeBadRoute,
		`//auth:route=GET [files]`:                              annotations.CodeBadRoute,
		`//auth:route=GET [/files // note]`:                     annotations.CodeBadRoute,
		`//auth:check=[project]`:                                annotations.CodeBadCheck,
		`//auth:check=[project:{id#update]`:                     annotations.CodeBadCheck,
		`//auth:check=[project:#update]`:                        annotations.CodeBadCheck,
		`//auth:check=[file:{org}-{id}#get]`:                    annotations.CodeBadCheck,
		`//auth:check=[file:a/{org}{id}#get]`:                   annotations.CodeBadCheck,
		`//auth:check=[file:{org}/{folder}_{id}#get]`:           annotations.CodeBadCheck,
		`//auth:policy=role("a") [| role("b")]`:                 annotations.CodeBadPolicy,
		`//auth:policy=role("a") ||[]`:                          annotations.CodeBadPolicy,
		`//auth:policy=(role("a")[]`:                            annotations.CodeBadPolicy,
		`//auth:policy=[role]`:                                  annotations.CodeBadPolicy,
		`//auth:policy=role([admin)]`:                           annotations.CodeBadPolicy,
		`//auth:policy=role("a") [// note]`:                     annotations.CodeBadPolicy,
		`//auth:policy=[roles]("a")`:                            annotations.CodeBadPredicate,
		`//auth:policy=[role("a", "b")]`:                        annotations.CodeBadPredicate,
		`//auth:policy=[role()]`:                                annotations.CodeBadPredicate,
		`//auth:policy=token(["users"])`:                        annotations.CodeUnknownKind,
		`//auth:policy=!([feature("a")])`:                       annotations.CodeBadNegation,
		`//auth:policy=!!([check("a:b#c")])`:                    annotations.CodeBadNegation,
		"//auth:public\n[//auth:roles=a]":                       annotations.CodeConflict,
		"//auth:roles=a\n//auth:optional":                       annotations.CodeConflict,
		"//auth:roles=a\n//auth:[roles]=b":                      annotations.CodeDuplicate,
		"// text\n[// auth:roles=admin]":                        annotations.CodeNearMiss,
		`[//auth: roles=admin]`:                                 annotations.CodeNearMiss,
		`[//Auth:roles=admin]`:                                  annotations.CodeNearMiss,
		`[//аuth:roles=admin]`:                                  annotations.CodeNearMiss, // Cyrillic a
		"[//a\u200buth:roles=admin]":                            annotations.CodeNearMiss,
		"[//\u00a0auth:public]":                                 annotations.CodeNearMiss,
		`[//ａｕｔｈ：roles＝admin]`:                                  annotations.CodeNearMiss,
		`[// auth:role=admin]`:                                  annotations.CodeNearMiss,
		`[// auth: Public]`:                                     annotations.CodeNearMiss,
		`[// auth: public reason="health"]`:                     annotations.CodeNearMiss,
		`[// auth:roles admin]`:                                 annotations.CodeNearMiss,
		`[// AUTH : ROLES = admin]`:                             annotations.CodeNearMiss,
		`/*[auth:roles=admin]*/`:                                annotations.CodeNearMiss,
		"/*\n * [auth:roles=admin]\n */":                        annotations.CodeNearMiss,
		"[//auth:roles=admin]\n":                                annotations.CodeDetached,
		"[//auth:roles=admin]\nconst c = 1\n":                   annotations.CodeMisplaced,
		"[//auth:roles=admin]\nvar x, y = 1, 2\n":               annotations.CodeMisplaced,
		"var z = 1 [//auth:roles=admin]\n":                      annotations.CodeMisplaced,
		"type t struct {\n\t[//auth:roles=admin]\n\tf int\n}\n": annotations.CodeMisplaced,
		"[//auth:roles=admin]\nvar (\n\tq = 1\n)\n":             annotations.CodeMisplaced,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			fault(t, text, code)
		})
	}
}

// fault holds that text above a function has one problem, of this code.
func fault(t *testing.T, text, code string) {
	t.Helper()
	src, underlined := "package p\n\n"+text+"\nfunc H() {\n}\n", ""
	if open := strings.IndexByte(src, '['); open >= 0 {
		end := strings.IndexByte(src, ']')
		underlined = src[open+1 : end]
		src = src[:open] + underlined + src[end+1:]
	}
	fset, _, file := parseFile(t, src)
	if len(file.Problems) != 1 {
		t.Fatalf("%d problems, want 1: %+v", len(file.Problems), file.Problems)
	}
	p := file.Problems[0]
	if p.Code != code {
		t.Errorf("code %s, want %s: %s", p.Code, code, p.Message)
	}
	start, end := fset.Position(p.Span.Start).Offset, fset.Position(p.Span.End).Offset
	if got := src[start:end]; strings.Contains(text, "[") && got != underlined {
		t.Errorf("underlines %q, want %q: %s", got, underlined, p.Message)
	}
	if p.Message == "" {
		t.Error("no message")
	}
	if strings.HasPrefix(p.Code, "AUTH00") && p.Suggestion == "" {
		t.Errorf("no suggestion: %s", p.Message)
	}
}

// TestSuggestions holds that what habit writes wrong is answered with what was
// meant.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`roles=admin, editor`:            "write //auth:roles=admin,editor",
		`roles=admin,  editor , owner`:   "write //auth:roles=admin,editor,owner",
		`roles=admin;editor`:             "write //auth:roles=admin,editor",
		`roles=admin|editor`:             "write //auth:roles=admin,editor",
		`roles='admin','editor'`:         `write //auth:roles="admin","editor"`,
		`roles=admin,`:                   "write //auth:roles=admin",
		`roles=admin, editor // both`:    "write //auth:roles=admin; values are separated by a comma without spaces",
		`permissions=files.*`:            "write //auth:permissions=uploadFile",
		`tenant=a;b`:                     "write //auth:tenant=tenantID",
		`roles=admin tenant=tenantID`:    "write //auth:tenant=… on a line of its own",
		`policy=true`:                    "for any valid identity write authenticated(); what needs none is no policy but //auth:public",
		`policy=False`:                   `name who is admitted, such as role("admin")`,
		`policy=not role("a")`:           "write !",
		`policy=role("a") and role("b")`: "write &&",
		`policy=role("a") or role("b")`:  "write ||",
		`policy=role("a", "b")`:          `for one of several write role("a") || role("b")`,
		`policy=role('a')`:               "write double quotes",
		`policy=roles("a")`:              "did you mean role?",
		`policy=admin`: "the predicates are " + strings.Join(annotations.Predicates(), ", ") +
			`, each as in role("admin"), joined by && and ||`,
		`route=GET healthz`: "write //auth:route=GET /healthz",
		`route=GET /a b`:    "write //auth:route=GET /files/{id}",
	} {
		if _, problems := annotations.Parse(text); len(problems) != 1 || problems[0].Suggestion != want {
			t.Errorf("%s: %+v, want %q", text, problems, want)
		}
	}
}

func TestInsideBody(t *testing.T) {
	t.Parallel()
	_, _, file := parseFile(t, "package p\n\nfunc H() {\n\t//auth:roles=admin\n\tprintln()\n}\n")
	if len(file.Problems) != 1 || file.Problems[0].Code != annotations.CodeMisplaced || !strings.Contains(file.Problems[0].Message, "body of H") {
		t.Fatalf("%+v", file.Problems)
	}
}

func TestPolicyLimits(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{
		strings.Repeat("(", 40) + `role("a")` + strings.Repeat(")", 40),
		strings.Repeat("!", 100_000) + `role("a")`,
		strings.Repeat(`role("a") || `, 1000) + `role("a")`,
	} {
		if _, problems := annotations.Parse("policy=" + policy); len(problems) != 1 || problems[0].Code != annotations.CodePolicyTooBig {
			t.Errorf("%.40s…: %v", policy, problems)
		}
	}
}

// TestLongComments holds that a comment costs no more than its length.
func TestLongComments(t *testing.T) {
	t.Parallel()
	const n = 4 << 20
	for _, comment := range []string{"// auth: " + strings.Repeat("a", n), "//" + strings.Repeat("/", n)} {
		src := "package p\n\n//auth:public\nfunc F() {}\n\n" + comment + "\nfunc H() {}\n"
		if _, _, file := parseFile(t, src); len(file.Problems) > 0 {
			t.Errorf("%.20s: %.200v", comment, file.Problems)
		}
	}
}

// TestConflict holds that two routes are refused exactly where the framework's
// router panics, or forgets the first.
func TestConflict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		framework, a, b string
		conflict        bool
	}{
		{annotations.NetHTTP, "/u/{id}", "/u/{name}", true},
		{annotations.NetHTTP, "/u/{id}", "/u/new", false},
		{annotations.NetHTTP, "/u/{id}/x", "/u/y/{id}", true},
		{annotations.NetHTTP, "/u/", "/u/{rest...}", true},
		{annotations.NetHTTP, "/u/{id}", "/u/{id}/x", false},
		{annotations.Gin, "/u/:id", "/u/:name", true},
		{annotations.Gin, "/u/:id", "/u/:name/x", true},
		{annotations.Gin, "/u/:id/a", "/u/:name/x", true},
		{annotations.Gin, "/u/:id", "/u/:id/x", false},
		{annotations.Gin, "/u/:id", "/u/new", false},
		{annotations.Gin, "/u/:id/*a", "/u/new/*b", false},
		{annotations.Gin, "/u/a:id", "/u/:id", false},
		{annotations.Gin, "/u/*x", "/u/new", true},
		{annotations.Gin, "/u/a/b", "/u/*x", true},
		{annotations.Gin, "/u/*x", "/u/", true},
		{annotations.Gin, "/u/*x", "/u", false},
		{annotations.Gin, "/u/*x", "/us", false},
		{annotations.Gin, "/u/*x", "/u/:id", true},
		{annotations.Echo, "/u/:id", "/u/:name", true},
		{annotations.Echo, "/u/:id", "/u/:name/x", false},
		{annotations.Echo, "/u/*", "/u/new", false},
		{annotations.Echo, "/u", "/u", true},
	} {
		a, b := annotations.Route{Method: "GET", Path: c.a}, annotations.Route{Method: "GET", Path: c.b}
		if annotations.Conflict(c.framework, a, b) != c.conflict || annotations.Conflict(c.framework, b, a) != c.conflict {
			t.Errorf("%s: %s and %s: want conflict %v", c.framework, c.a, c.b, c.conflict)
		}
		b.Method = "PUT"
		if annotations.Conflict(c.framework, a, b) {
			t.Errorf("%s: GET %s and PUT %s conflict", c.framework, c.a, c.b)
		}
	}
}

// TestNearMissForms holds that what was meant for a directive is found in the
// forms that habits of other tools and languages give it.
func TestNearMissForms(t *testing.T) {
	t.Parallel()
	for _, comment := range []string{
		"// auth:roles: admin", "// auth:roles:admin", "//Auth:Roles(admin)", "// auth:role admin", "//Auth:role admin,editor",
		"//AUTH:TENANT:tenantID", "//Auth:public, health", "//Auth:Authenticated!", "//Auth:permission uploadFile", "//Auth:step-up=10m",
		"// auth:step_up", "// auth:roles:=admin", "// auth: roles: admin", "//authgen:roles=admin", "// authgen:roles=admin", "//@auth:roles=admin",
		"///auth:roles=admin", "//+auth:roles=admin", "//go:auth:roles=admin", "// AuthGen: roles=admin", "//!auth:public", "/* @auth:roles=admin */",
		"/* //auth:roles=admin */", "/*\nH does.\n\n//auth:roles=admin\n*/", "/*\n * //auth:roles=admin\n */",
	} {
		src := "package p\n\n" + comment + "\nfunc H() {}\n"
		if _, _, file := parseFile(t, src); len(file.Problems) != 1 || file.Problems[0].Code != annotations.CodeNearMiss {
			t.Errorf("%s: %v", comment, file.Problems)
		}
		if !annotations.Mentions([]byte(src)) {
			t.Errorf("%s is not mentioned", comment)
		}
	}
}

func TestNoNearMiss(t *testing.T) {
	t.Parallel()
	for _, comment := range []string{
		"// auth: see RFC 6750", "// auth:", "// auth: roles are described below", "// auth: check the token first",
		"// Auth: required", "//authz:roles=admin", "//nolint:auth", "//go:generate go tool authgen", "//oauth:roles=x",
		"// authentication: none", "// author: jane", "// the auth:roles=admin directive", "/* auth: see above */",
		"//auth: see the docs", "// auth: check() is called first", "// auth: token of the user", "// auth=roles",
		"// x := map[string]string{\"auth:roles\": \"a\"}", "// http://auth:roles@example.com",
		"//	//auth:roles=admin", "// //auth:roles=admin", "/*\n\t//auth:roles=admin\n*/",
		"/*\n//auth:roles=admin\nfunc Old() {}\n*/\n", "/*\n *   //auth:roles=admin\n */",
	} {
		src := "package p\n\n" + comment + "\nfunc H() {}\n"
		if _, _, file := parseFile(t, src); len(file.Problems) > 0 {
			t.Errorf("%s: %s", comment, file.Problems[0].Message)
		}
	}
}

func TestOwners(t *testing.T) {
	t.Parallel()
	_, file, got := parseFile(t, `// Package p is here.
//
//auth:actor=none
package p

// T has defaults.
//
//auth:tenant=t
type T struct{}

//auth:roles=a
func (T) M() {}

type (
	// U is in a group.
	//auth:roles=b
	U int
)

//auth:roles=c
var V = 1

var (
	//auth:roles=d
	W = 2
)
`)
	if len(got.Problems) > 0 {
		t.Fatal(got.Problems)
	}
	if got.Package == nil || !got.Package.Rule.NoActor {
		t.Error("the package's directive is lost")
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if a, ok := got.Decls[n]; ok {
			switch n := n.(type) {
			case *ast.FuncDecl:
				found[n.Name.Name] = a.Rule.String()
			case *ast.TypeSpec:
				found[n.Name.Name] = a.Rule.String()
			case *ast.ValueSpec:
				found[n.Names[0].Name] = a.Rule.String()
			}
		}
		return true
	})
	want := map[string]string{"T": "tenant=t", "M": "roles=a", "U": "roles=b", "V": "roles=c", "W": "roles=d"}
	if !reflect.DeepEqual(found, want) {
		t.Errorf("got %v, want %v", found, want)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		framework, path string
		params          string
		problem         bool
	}{
		{annotations.NetHTTP, "/a/{id}/{rest...}", "id rest*", false},
		{annotations.NetHTTP, "/a/{$}", "", false},
		{annotations.NetHTTP, "/a/:id", "", true},
		{annotations.NetHTTP, "/a/x{id}", "", true},
		{annotations.NetHTTP, "/a/{id}/{id}", "id id", true},
		{annotations.Gin, "/a/:id/*rest", "id rest*", false},
		{annotations.Gin, "/a/{id}", "", true},
		{annotations.Gin, "/a/*", "*", true},
		{annotations.Echo, "/a/:id/*", "id **", false},
		{annotations.Echo, "/a/{id}", "", true},
	} {
		var names []string
		for _, p := range annotations.PathParams(c.framework, c.path) {
			names = append(names, p.Name+map[bool]string{true: "*"}[p.CatchAll])
		}
		problems := annotations.CheckPath(c.framework, annotations.Route{Path: c.path})
		if len(problems) > 0 != c.problem {
			t.Errorf("%s %s: problems %v", c.framework, c.path, problems)
		}
		if got := strings.Join(names, " "); !c.problem && got != c.params {
			t.Errorf("%s %s: parameters %q, want %q", c.framework, c.path, got, c.params)
		}
	}
	if len(annotations.CheckPath(annotations.Gin, annotations.Route{Host: "h", Path: "/"})) == 0 {
		t.Error("gin takes a host")
	}
}
