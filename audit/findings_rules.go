package audit

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// raw reports handlers that have a rule and are registered without it.
func (f *findings) raw() {
	type key struct {
		program string
		twin    *Twin
	}
	twins := map[key]*route{}
	for _, r := range f.routes {
		if k := (key{r.program, r.twin}); r.twin != nil && twins[k] == nil {
			twins[k] = r
		}
	}
	for _, r := range f.calls {
		if r.raw == nil {
			continue
		}
		t := r.raw
		rule := strings.Join(directives(t.Rule), ", ")
		name := r.named().String()
		d := diagnostic.Diagnostic{
			Code:       CodeRaw,
			Message:    fmt.Sprintf("%s runs %s without its guard: its rule, %s, is never asked", name, short(t.Handler), rule),
			Suggestion: fmt.Sprintf("register %s of what %s returns", t.Method, t.constructor()),
			Related:    []diagnostic.Related{{Position: t.Position, Message: short(t.Handler) + " and its rule"}},
		}
		if beside := twins[key{r.program, t}]; beside != nil {
			d.Related = append(d.Related, diagnostic.Related{Position: f.position(beside.Pos), Message: beside.String() + " runs it behind its rule"})
		}
		if sel, outer, embedded := f.promoted(r.route); sel != "" {
			d.Code = CodePromotedRaw
			d.Message = fmt.Sprintf("%s runs %s without its guard: that is %s, which %s embeds, and its rule, %s, is never asked",
				name, sel, short(t.Handler), outer, rule)
			d.Suggestion = fmt.Sprintf("register %s of what %s returns for the embedded %s", t.Method, t.constructor(), embedded)
		}
		f.said[r.route] = true
		f.about(r.named(), d)
	}
}

// constructor is the call that yields the guarded form.
func (t *Twin) constructor() string {
	pkg := short(t.Package)
	if t.Type == "Protected" {
		return pkg + ".Protect(guard)"
	}
	return pkg + ".Protect" + strings.TrimPrefix(t.Type, "Protected") + "(guard, …)"
}

// promoted returns what a registration calls the method that it registers, the
// type it is promoted through and the embedded one, if it is promoted and stands
// in the call.
func (f *findings) promoted(r *route) (sel, outer, embedded string) {
	fn, ok := value.Bare(r.Handler).(*value.Func)
	if !ok || fn.Fn == nil || r.In == nil {
		return "", "", ""
	}
	src := f.source(r.In)
	call := src.calls[r.Pos]
	if call == nil {
		return "", "", ""
	}
	for _, arg := range call.Args {
		ast.Inspect(arg, func(n ast.Node) bool {
			e, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			s := src.decl.Package.Info.Selections[e]
			if s == nil || s.Kind() == types.FieldVal || len(s.Index()) < 2 {
				return true
			}
			if m := s.Obj().(*types.Func); m.FullName() == fn.Fn.FullName() {
				sel, outer, embedded = types.ExprString(e), typeOf(s.Recv()), typeOf(m.Signature().Recv().Type())
			}
			return true
		})
	}
	return sel, outer, embedded
}

// typeOf names a named type without its path, "" for others.
func typeOf(t types.Type) string {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok && n.Obj().Pkg() != nil {
		return n.Obj().Pkg().Name() + "." + n.Obj().Name()
	}
	return ""
}

// unregistered warns of rules that no route asks. In a module without programs
// others register the handlers.
func (f *findings) unregistered() {
	if !slices.ContainsFunc(f.program.Packages, func(p *program.Package) bool { return p.Types.Name() == "main" }) {
		return
	}
	read := map[string]bool{}
	for _, pkg := range f.program.Packages {
		for _, file := range pkg.Files {
			read[f.program.Position(file.Package).Filename] = true
		}
	}
	for i := range f.config.Twins {
		t := &f.config.Twins[i]
		if f.registered[t.Handler] || f.twins.stale[t.Package] || !read[t.Position.File] {
			continue
		}
		what, then := "no route leads to "+short(t.Handler), "register "+t.Method+" of what "+t.constructor()+" returns, or remove the handler"
		if t.Area {
			what, then = "no route stands behind "+short(t.Handler), "use it as middleware, or remove it"
		}
		f.add(diagnostic.Diagnostic{
			Code: CodeUnregistered, Severity: diagnostic.Warning, Position: t.Position,
			Message: what + ": its rule, " + strings.Join(directives(t.Rule), ", ") + ", protects nothing", Suggestion: then,
		})
	}
}

// parameters reports paths that lack a parameter that the route's rule reads.
// Such a route denies every request.
func (f *findings) parameters() {
	needs := map[*Twin][]parameter{}
	for _, r := range f.calls {
		for _, t := range append([]*Twin{r.twin}, r.areas...) {
			if t == nil || open(t.Rule) {
				continue
			}
			need, ok := needs[t]
			if !ok {
				need = f.parametersOf(t.Rule)
				needs[t] = need
			}
			if len(need) > 0 {
				f.missing(r.named(), t, need)
				f.hidden(r.named(), t, need)
			}
		}
	}
}

func (f *findings) missing(r *route, t *Twin, need []parameter) {
	if slices.ContainsFunc(r.forged, func(e judge.Evidence) bool { return strings.Contains(e.Text, "path parameter") }) {
		return // it is written to where the rule reads it
	}
	if len(f.around(r, t)) > 0 {
		return // the rule reads that path
	}
	var path strings.Builder
	for _, p := range r.Path.Parts {
		if p.Symbol != "" {
			return // a part that is not known may hold it
		}
		path.WriteString(p.Known)
	}
	have := annotations.PathParams(string(r.Framework()), path.String())
	for _, n := range need {
		i := slices.IndexFunc(have, func(p annotations.Param) bool { return p.Name == n.name })
		if i >= 0 && !have[i].CatchAll {
			continue
		}
		d := diagnostic.Diagnostic{
			Code:       CodeParameter,
			Message:    fmt.Sprintf("the rule of %s reads the path parameter %s, by %s, and %s has none: every request is denied", short(t.Handler), n.name, n.demand, r),
			Suggestion: "register it under a path with " + placeholder(r.Framework(), n.name) + ", or change the rule",
			Related:    []diagnostic.Related{{Position: t.Position, Message: short(t.Handler) + " and its rule"}},
		}
		if i >= 0 {
			d.Message = fmt.Sprintf("the rule of %s reads the path parameter %s, by %s, which matches slashes in %s: every such request is denied", short(t.Handler), n.name, n.demand, r)
			d.Suggestion = "write " + placeholder(r.Framework(), n.name) + ", which is one segment, or change the rule"
		}
		f.about(r, d)
	}
}

func placeholder(f wiring.Framework, name string) string {
	if f == wiring.NetHTTP {
		return "{" + name + "}"
	}
	return ":" + name
}

// parameter is a path parameter that a rule reads.
type parameter struct{ name, demand string }

// parametersOf returns those of a rule, each once.
func (f *findings) parametersOf(rule *manifest.Rule) (all []parameter) {
	add := func(name, demand string) {
		if name != "" && !slices.ContainsFunc(all, func(p parameter) bool { return p.name == name }) {
			all = append(all, parameter{name, demand})
		}
	}
	inBraces := func(check, demand string) {
		for {
			_, rest, ok := strings.Cut(check, "{")
			if !ok {
				return
			}
			name, tail, _ := strings.Cut(rest, "}")
			add(name, demand)
			check = tail
		}
	}
	named := map[string]bool{}
	var read func(r annotations.Rule)
	read = func(r annotations.Rule) {
		add(r.Tenant, "tenant")
		add(r.Owner, "owner")
		for _, c := range r.Checks {
			inBraces(c.ID, "check")
		}
		annotations.Walk(r.Policy, func(p *annotations.Predicate, _ bool) {
			switch {
			case len(p.Args) == 0:
			case p.Name == "tenant" || p.Name == "owner":
				add(p.Args[0], p.Name)
			case p.Name == "check":
				inBraces(p.Args[0], p.Name)
			case p.Name == "rule" && !named[p.Args[0]]:
				named[p.Args[0]] = true
				if a := f.namedRule(p.Args[0]); a != nil {
					read(a.Rule)
				}
			}
		})
	}
	for _, line := range directives(rule) {
		// What the language does not know reads no parameter.
		if a, _ := annotations.Parse(line); a != nil {
			read(a.Rule)
		}
	}
	return all
}

// namedRule reads a rule of authgen.yaml.
func (f *findings) namedRule(name string) *annotations.Annotation {
	for _, r := range f.settings.Rules {
		if r.Name != name {
			continue
		}
		var lines []string
		for _, d := range r.Directives {
			lines = append(lines, d.Text)
		}
		a, _ := annotations.Parse(strings.Join(lines, "\n"))
		return a
	}
	return nil
}
