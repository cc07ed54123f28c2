package vet

import (
	"go/ast"

	"golang.org/x/tools/go/analysis"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/diagnostic"
)

// Comments reports comments that look like rules and are none, and mistakes in
// rules, with fixes where it is certain what was meant.
var Comments = &analysis.Analyzer{
	Name: "authcomment",
	Doc: `report mistakes in //auth: rules

A comment that looks like a rule and is none guards nothing, so it is reported
wherever it stands: "// auth:roles=admin", "//auth:Roles=admin", an unknown key,
a directive apart from its declaration. authgen explain AUTHnnn tells more.`,
	Run: runComments,
}

func runComments(pass *analysis.Pass) (any, error) {
	for _, f := range pass.Files {
		if isGenerated(f) {
			continue
		}
		src, err := pass.ReadFile(fileName(pass, f))
		if err != nil {
			return nil, err
		}
		notes := annotations.ParseFile(pass.Fset, f, src)
		problems := notes.Problems
		for node, a := range notes.Decls {
			fn, ok := node.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if framework := frameworkOf(pass, fn); framework != "" {
				for _, route := range a.Routes {
					problems = append(problems, annotations.CheckPath(framework, route)...)
				}
			}
		}
		for _, p := range problems {
			var fixes []analysis.SuggestedFix
			if p.Fix != nil {
				fixes = []analysis.SuggestedFix{{
					Message:   "Write what was meant",
					TextEdits: []analysis.TextEdit{{Pos: p.Fix.Span.Start, End: p.Fix.Span.End, NewText: []byte(p.Fix.Text)}},
				}}
			}
			report(pass, p.Span.Start, p.Span.End, diagnostic.Diagnostic{Code: p.Code, Message: p.Message, Suggestion: p.Suggestion}, nil, fixes...)
		}
	}
	return nil, nil
}

// frameworkOf returns the framework whose handler a function is or, with an
// identity as its last parameter, would be; "" for others.
func frameworkOf(pass *analysis.Pass, decl *ast.FuncDecl) string {
	obj := pass.TypesInfo.Defs[decl.Name]
	if obj == nil {
		return ""
	}
	if framework, _ := routers.Handler(obj.Type()); framework != "" {
		return framework
	}
	framework, _ := routers.Handler(withoutLast(obj.Type()))
	return framework
}
