package audit

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/routers"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// routerSettings reports routers that route a request by another path or method
// than the middleware has seen that decides by it.
func (f *findings) routerSettings() {
	for _, routes := range f.byRouter {
		router := routes[0].Router
		switch router.Framework {
		case wiring.Gin:
			if router.Settings["RemoveExtraSlash"] {
				f.cleanedPath(routes)
			}
		case wiring.Echo:
			f.overriddenMethod(routes)
		}
	}
}

// cleanedPath reports an engine that cleans paths for routing only, behind
// middleware that looks at the path of the request.
func (f *findings) cleanedPath(routes []*route) {
	d := diagnostic.Diagnostic{Code: CodeSettings, Program: routes[0].program, Position: f.position(routes[0].Router.Pos)}
	var by []*route
	for _, r := range routes {
		if r.state != manifest.Conditional {
			continue
		}
		i := slices.IndexFunc(r.verdict.Evidence, func(e judge.Evidence) bool { return byPath(e.Text) })
		if i < 0 {
			continue
		}
		by = append(by, f.calls[f.callOf[r]].named())
		if e := r.verdict.Evidence[i]; len(d.Related) < maxRelated {
			d.Related = append(d.Related, diagnostic.Related{Position: f.position(e.Pos), Message: e.Text})
		}
	}
	if len(by) == 0 {
		return
	}
	d.Message = fmt.Sprintf("this engine has RemoveExtraSlash: //admin/x and /pub/../admin/x run the route of /admin/x, and middleware that decides by the path of the request sees the path as it was sent: %s", some(by))
	d.Suggestion = "put the middleware on the group of these routes, without a condition, or leave RemoveExtraSlash out"
	f.add(d)
}

// byPath reports whether the words of a condition speak of the path of a
// request.
func byPath(text string) bool {
	return slices.ContainsFunc([]string{"URL.Path", "RequestURI", "EscapedPath(", "URL.RawPath", "URL.String("}, func(s string) bool { return strings.Contains(text, s) })
}

// overriddenMethod reports routes behind middleware that decides by the method
// and runs before one that changes it.
func (f *findings) overriddenMethod(routes []*route) {
	type key struct {
		link   *wiring.Link
		method string
	}
	denied := map[key]bool{}
	denies := func(l *wiring.Link, method string) bool {
		k := key{l, method}
		d, known := denied[k]
		if !known {
			d = f.judge.Link(l, method).State == judge.Denies
			denied[k] = d
		}
		return d
	}
	type pair struct{ before, override *wiring.Link }
	met := map[pair][]*route{}
	var order []pair
	for i, r := range routes {
		at := slices.IndexFunc(r.Chain, func(l *wiring.Link) bool {
			return strings.HasPrefix(l.Name, routers.EchoPath+"/middleware.MethodOverride")
		})
		if at < 0 || r.Method == http.MethodPost || i > 0 && f.callOf[routes[i-1]] == f.callOf[r] {
			continue
		}
		for _, l := range r.Chain[:at] {
			if denies(l, r.Method) && !denies(l, http.MethodPost) {
				p := pair{l, r.Chain[at]}
				if met[p] == nil {
					order = append(order, p)
				}
				met[p] = append(met[p], r)
			}
		}
	}
	for _, p := range order {
		f.add(diagnostic.Diagnostic{
			Code: CodeSettings, Program: met[p][0].program, Position: f.position(p.override.Pos),
			Message: fmt.Sprintf("%s changes the method of a POST after %s has decided by it: %s can be called without identity",
				short(p.override.Name), short(p.before.Name), some(met[p])),
			Suggestion: "decide in middleware of the routes, which runs after it, or remove it",
			Related:    []diagnostic.Related{{Position: f.position(p.before.Pos), Message: short(p.before.Name) + " runs before"}},
		})
	}
}

// entries reports what authgen.yaml says and the code does not bear out.
func (f *findings) entries() {
	f.publicEntries()
	f.middlewareEntries()
}

func inSettings(p config.Position) diagnostic.Position {
	return diagnostic.Position{File: config.FileName, Line: p.Line, Column: p.Column}
}

// publicEntries reports entries that make no route public. Such an entry opens
// what is registered under its name next.
func (f *findings) publicEntries() {
	makes := map[*config.PublicRoute]bool{}
	for _, r := range f.routes {
		if r.public != nil && r.state == manifest.Public && r.twin == nil {
			makes[r.public] = true
		}
	}
	for i := range f.settings.Public {
		e := &f.settings.Public[i]
		if makes[e] {
			continue
		}
		d := diagnostic.Diagnostic{
			Code: CodeStalePublic, Position: inSettings(e.Position),
			Message:    fmt.Sprintf("the public entry %s %s matches no route", e.Method, e.Path),
			Suggestion: "remove it, or write method and path as authgen routes lists them",
		}
		if e.Program != "" {
			d.Message += " of " + e.Program
		}
		for _, r := range f.routes {
			if !e.Matches(r.program, r.method(), r.Host+r.Path.String()) {
				continue
			}
			if d.Related == nil {
				d.Suggestion = "remove it"
				switch {
				case r.public != e:
					d.Message = fmt.Sprintf("the public entry %s %s stands behind another one that matches the same routes", e.Method, e.Path)
				case r.twin != nil && r.state == manifest.Public:
					d.Message = fmt.Sprintf("the public entry %s %s is not needed: the route's rule says so", e.Method, e.Path)
				default:
					d.Message = fmt.Sprintf("the public entry %s %s opens nothing: the route denies callers without identity", e.Method, e.Path)
				}
			}
			d.Related = append(d.Related, diagnostic.Related{Position: f.position(r.Pos), Message: "the route"})
			break
		}
		f.add(d)
	}
}

// middlewareEntries reports functions that are said to deny callers without
// identity, where reading them does not confirm it.
func (f *findings) middlewareEntries() {
	if len(f.settings.Middleware) == 0 {
		return
	}
	links := map[string][]*wiring.Link{} // by name, and by the names of functions around a literal
	seen := map[string]bool{}
	for _, r := range f.routes {
		for _, l := range r.Chain {
			k := fmt.Sprintf("%s %d", l.Name, l.Pos)
			if seen[k] {
				continue
			}
			seen[k] = true
			for name := l.Name; name != ""; name = maker(name) {
				links[name] = append(links[name], l)
			}
		}
	}
	for _, e := range f.settings.Middleware {
		d := diagnostic.Diagnostic{
			Code: CodeNotConfirmed, Position: inSettings(e.Position),
			Message:    fmt.Sprintf("%s is declared to deny callers without identity, and no route runs it", e.Name),
			Suggestion: "correct the name: authgen routes -json lists those of all chains; or remove the entry",
		}
		for _, l := range links[e.Name] {
			v := f.judge.Link(l, "")
			if v.State == judge.Denies {
				d.Code = "" // until another use of it says otherwise
				continue
			}
			d.Code = CodeNotConfirmed
			found := map[judge.State]string{
				judge.Open: "reading it shows nothing that denies them", judge.Conditional: "reading it shows that only under a condition",
				judge.Unknown: "it cannot be read far enough",
			}[v.State]
			d.Message = fmt.Sprintf("%s is declared to deny callers without identity, and %s", e.Name, found)
			d.Suggestion = "make it deny them on every path to the next handler, or remove the entry: routes behind it are judged by what it does"
			d.Related = append(d.Related, diagnostic.Related{Position: f.position(l.Pos), Message: "it is used here"})
			for _, e := range v.Evidence {
				at := l.Pos
				if e.Pos.IsValid() {
					at = e.Pos
				}
				d.Related = append(d.Related, diagnostic.Related{Position: f.position(at), Message: f.shortNames(e.Text)})
			}
			break
		}
		if d.Code != "" {
			f.add(d)
		}
	}
}
