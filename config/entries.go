package config

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// public reads the routes that are declared public. An entry with a problem is
// left out: its route is judged by the code alone.
func (r *reader) public(e entry) (all []PublicRoute) {
	seen := map[string]Position{}
	for _, n := range r.elements(e, "public: [{route: GET /healthz, reason: load balancer}]") {
		p, before := PublicRoute{Position: r.node(n)}, len(r.problems)
		for _, e := range r.fields(entry{name: "an entry of public", value: n}, "", "route", "reason", "program") {
			switch e.name {
			case "route":
				p.Method, p.Path = r.route(e)
			case "reason":
				p.Reason = r.words(e)
			case "program":
				p.Program = r.words(e)
			}
		}
		sound := len(r.problems) == before
		switch {
		case !sound:
		case p.Path == "":
			r.report(CodeType, p.Position, "this entry names no route", "write route: GET /healthz")
		case p.Reason == "":
			r.report(CodeType, p.Position, "this entry has no reason", "say why anybody may call the route: reason: load balancer")
		case r.once(seen, "public route", strings.TrimSpace(p.Method+" "+p.Path+" "+p.Program), p.Position):
			all = append(all, p)
		}
	}
	return all
}

// middleware reads names of functions.
func (r *reader) middleware(e entry) (all []Name) {
	const sample = "example.com/app/mw.RequireUser"
	elements, ok := list(e.value)
	if !ok {
		r.wrongType(e.value, e.at, "middleware takes names of functions", "write middleware: ["+sample+"], or remove the key")
		return nil
	}
	seen := map[string]Position{}
	for _, n := range elements {
		name, at, ok := r.str(n, "function")
		switch _, local, qualified := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], "."); {
		case !ok:
		case badName(name) != "" || strings.ContainsRune(name, ' ') || !qualified || local == "":
			r.report(CodeBadName, at, fmt.Sprintf("%q is no name of a function", name), "write import path and name, such as "+sample)
		case r.once(seen, "function", name, at):
			all = append(all, Name{Name: name, Position: at})
		}
	}
	return all
}

// findingForm is what codes of findings about routes look like.
var findingForm = regexp.MustCompile(`^AUTH1[0-3][0-9]$`)

// accepted reads the findings that are not to be reported. An entry with a
// problem is left out, so that they are.
func (r *reader) accepted(e entry) (all []Accepted) {
	seen := map[string]Position{}
	for _, n := range r.elements(e, "accepted: [{finding: AUTH100, route: POST /import, reason: internal network}]") {
		a, before := Accepted{Position: r.node(n), Count: 1}, len(r.problems)
		for _, e := range r.fields(entry{name: "an entry of accepted", value: n}, "", "finding", "route", "file", "program", "count", "reason", "until") {
			switch e.name {
			case "finding":
				if a.Finding = r.words(e); a.Finding != "" && !findingForm.MatchString(a.Finding) {
					r.report(CodeType, r.node(e.value), fmt.Sprintf("%q is no finding about routes", a.Finding), "write its code, such as AUTH100")
				}
			case "route":
				r.route(e)
				a.Route = r.words(e)
			case "file":
				if a.File = r.words(e); path.IsAbs(a.File) || strings.ContainsRune(a.File, '\\') || a.File != "" && a.File != path.Clean(a.File) {
					r.report(CodeType, r.node(e.value), fmt.Sprintf("%q is no path relative to the module's root", a.File), "write it with slashes, such as server/main.go")
				}
			case "program":
				a.Program = r.words(e)
			case "count":
				a.Count = r.count(e)
			case "reason":
				a.Reason = r.words(e)
			case "until":
				a.Until = r.until(e)
			}
		}
		sound := len(r.problems) == before
		switch {
		case !sound:
		case a.Finding == "":
			r.report(CodeType, a.Position, "this entry names no finding", "write finding: AUTH100")
		case (a.Route == "") == (a.File == ""):
			r.report(CodeType, a.Position, "an accepted finding has a route or a file, and not both", "write route: POST /import, or file: main.go for a finding that names no route")
		case a.Reason == "":
			r.report(CodeType, a.Position, "this entry has no reason", "say why the finding is accepted: reason: internal network")
		case r.once(seen, "accepted finding", strings.Join(strings.Fields(a.Finding+" "+a.Route+a.File+" "+a.Program), " "), a.Position):
			all = append(all, a)
		}
	}
	return all
}

// elements returns the mappings of a list.
func (r *reader) elements(e entry, sample string) (all []ast.Node) {
	values, ok := list(e.value)
	if !ok {
		r.wrongType(e.value, e.at, e.name+" takes a list", "write "+sample+", or remove the key")
	}
	for _, n := range values {
		if describe(n) != "a mapping" {
			r.wrongType(n, e.at, "an entry of "+e.name+" holds keys with values", "write "+sample)
			continue
		}
		all = append(all, n)
	}
	return all
}

// words returns the text of a key, "" when there is none that can be used, which
// is reported.
func (r *reader) words(e entry) string {
	if describe(e.value) == "nothing" {
		r.wrongType(e.value, e.at, "the key "+e.name+" takes text", "write one line, or remove the key")
		return ""
	}
	text, at, ok := r.str(e.value, e.name)
	if !ok {
		return ""
	}
	if reason := badName(text); reason != "" {
		r.report(CodeType, at, fmt.Sprintf("the text of %s %s", e.name, reason), "write one line, or remove the key")
		return ""
	}
	return text
}

// route reads a method and a path, as findings and tables write them. The path
// of a route may begin with its host, or with what is not known of it.
func (r *reader) route(e entry) (method, path string) {
	text, at, ok := r.str(e.value, e.name)
	if !ok {
		return "", ""
	}
	method, path, _ = strings.Cut(text, " ")
	if method == "" || path == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" || badName(path) != "" {
		r.report(CodeType, at, fmt.Sprintf("%q is not a method and a path", text), "write both as findings do, such as GET /healthz; "+anyMethod+" is the method of a route that names none")
		return "", ""
	}
	return method, path
}

// count reads how many findings are accepted.
func (r *reader) count(e entry) int {
	if n, ok := e.value.(*ast.IntegerNode); ok {
		if count, err := strconv.Atoi(n.Token.Value); err == nil && count > 0 {
			return count
		}
	}
	r.report(CodeType, r.node(e.value), "count is a number from 1", "write how many findings are accepted, or remove the key")
	return 1
}

// until reads the last day on which an entry holds and returns its end.
func (r *reader) until(e entry) time.Time {
	if text := r.words(e); text != "" {
		day, err := time.Parse(time.DateOnly, text)
		if err == nil {
			return day.AddDate(0, 0, 1)
		}
		r.report(CodeType, r.node(e.value), fmt.Sprintf("until: %q is no day", text), "write year, month and day, such as 2027-01-31")
	}
	return time.Time{}
}
