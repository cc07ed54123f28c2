package vet

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/diagnostic"
)

// Raw reports handlers that have a rule and are registered without their guard.
var Raw = &analysis.Analyzer{
	Name: "authraw",
	Doc: `report handlers with a rule that are registered without their guard

A rule is enforced by the generated type only: mux.HandleFunc(p, api.Upload)
serves everybody where api is the plain *files.API, and guards where it is what
files.ProtectAPI(guard, …) returned. Handlers are followed through conversions,
wrappers, local variables, function literals and functions that register what they are
given, also of other packages.`,
	FactTypes: []analysis.Fact{new(ruled), new(registers)},
	Run:       runRaw,
}

// registers is the fact that a function registers handlers that it is given.
type registers struct {
	Params []int // the indices of such parameters
}

func (*registers) AFact() {}

func (r *registers) String() string { return fmt.Sprintf("registers%v", r.Params) }

func runRaw(pass *analysis.Pass) (any, error) {
	if err := exportRules(pass); err != nil {
		return nil, err
	}
	known := slices.ContainsFunc(pass.AllObjectFacts(), func(f analysis.ObjectFact) bool {
		_, ok := f.Fact.(*ruled)
		return ok
	})
	if !known && !mayRegister(pass) {
		return nil, nil
	}
	s := &scan{pass: pass}
	for changed := true; changed; changed = s.changed {
		s.changed = false
		s.files()
	}
	if known {
		s.reporting = true
		s.files()
	}
	return nil, nil
}

// mayRegister reports whether the package imports a router, or calls what
// registers handlers.
func mayRegister(pass *analysis.Pass) bool {
	for _, p := range pass.Pkg.Imports() {
		switch p.Path() {
		case routers.HTTPPath, routers.GinPath, routers.EchoPath:
			return true
		}
	}
	return len(pass.AllObjectFacts()) > 0
}

// scan looks at all registrations of a package. It is repeated until no more
// functions are found that register what they are given; then it reports.
type scan struct {
	pass      *analysis.Pass
	reporting bool
	changed   bool
	values    map[*types.Var][]ast.Expr // see valuesOf
	// The function that is looked at; nil outside of any.
	fn     *types.Func
	params []*types.Var
}

func (s *scan) files() {
	for _, f := range s.pass.Files {
		if isTest(s.pass, f) || isGenerated(f) {
			continue // tests may call a handler by itself
		}
		for _, decl := range f.Decls {
			s.fn, s.params = nil, nil
			if d, ok := decl.(*ast.FuncDecl); ok {
				if s.fn, ok = s.pass.TypesInfo.Defs[d.Name].(*types.Func); ok {
					s.params = slices.Collect(s.fn.Signature().Params().Variables())
				}
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					s.call(call)
				}
				return true
			})
		}
	}
}

// call looks at a call that may register handlers.
func (s *scan) call(call *ast.CallExpr) {
	fn, ok := typeutil.Callee(s.pass.TypesInfo, call).(*types.Func)
	if !ok {
		return
	}
	for _, i := range s.handlerArgs(fn, call) {
		for _, u := range s.uses(call.Args[i], nil) {
			if u.param == nil {
				s.raw(call.Args[i], fn, u)
				continue
			}
			// What this function was given.
			if i := slices.Index(s.params, u.param); i >= 0 {
				s.note(i)
			}
		}
	}
}

// handlerArgs returns the arguments of a call that it registers.
func (s *scan) handlerArgs(fn *types.Func, call *ast.CallExpr) (indices []int) {
	n := len(call.Args)
	c := routers.Lookup(fn)
	if c == nil {
		c = routers.LookupInterface(fn)
	}
	switch {
	case c == nil:
		var given registers
		if !s.pass.ImportObjectFact(fn.Origin(), &given) {
			return nil
		}
		for _, p := range given.Params {
			if fn.Signature().Variadic() && p == fn.Signature().Params().Len()-1 {
				for ; p < n; p++ {
					indices = append(indices, p)
				}
			} else if p < n {
				indices = append(indices, p)
			}
		}
	case c.Framework == annotations.Gin && c.Middleware != routers.None:
		// All that gin takes are handlers.
		for i := c.Middleware; i < n; i++ {
			indices = append(indices, i)
		}
	default:
		if i := c.HandlerArg(n); i != routers.None {
			indices = append(indices, i)
		}
	}
	return indices
}

// note notes that the function registers one of its parameters.
func (s *scan) note(param int) {
	if routers.Lookup(s.fn) != nil {
		return // as is known
	}
	var fact registers
	s.pass.ImportObjectFact(s.fn, &fact)
	if slices.Contains(fact.Params, param) {
		return
	}
	fact.Params = append(slices.Clone(fact.Params), param)
	slices.Sort(fact.Params)
	s.pass.ExportObjectFact(s.fn, &fact)
	s.changed = true
}

// raw reports a handler that is registered without its guard. arg is what is
// registered, by a call of fn.
func (s *scan) raw(arg ast.Expr, fn *types.Func, u use) {
	if !s.reporting {
		return
	}
	handler := u.obj.Pkg().Name() + "." + u.rule.Name
	message := fmt.Sprintf("%s has a rule, %s, and is registered without its guard", handler, u.rule.Text)
	if u.called {
		message = fmt.Sprintf("%s has a rule, %s, and the function that is registered calls it without its guard", handler, u.rule.Text)
	}
	if routers.Lookup(fn) == nil && routers.LookupInterface(fn) == nil {
		message += " by " + fn.Pkg().Name() + "." + fn.Name()
	}
	constructor := u.rule.Constructor
	if u.obj.Pkg() != s.pass.Pkg {
		constructor = u.obj.Pkg().Name() + "." + constructor
	}
	given := "(guard)"
	if u.rule.Name != u.obj.Name() {
		given = "(guard, …)"
	}
	suggestion := fmt.Sprintf("register %s of what %s%s returns", u.obj.Name(), constructor, given)
	var fixes []analysis.SuggestedFix
	if text, replaces := s.twin(u); text != "" {
		suggestion = "register " + text
		if u.called && replaces {
			suggestion = "call " + text
		}
		if replaces {
			fixes = append(fixes, analysis.SuggestedFix{
				Message:   strings.ToUpper(suggestion[:1]) + suggestion[1:],
				TextEdits: []analysis.TextEdit{{Pos: u.node.Pos(), End: u.node.End(), NewText: []byte(text)}},
			})
		}
	}
	related := []analysis.RelatedInformation{{Pos: u.obj.Pos(), Message: handler + " and its rule"}}
	report(s.pass, arg.Pos(), arg.End(), diagnostic.Diagnostic{Code: audit.CodeRaw, Message: message, Suggestion: suggestion}, related, fixes...)
}
