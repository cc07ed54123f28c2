package manifest

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Change is how one thing differs between two manifests, in words.
type Change struct {
	Subject string // "route POST /files", "handler example.com/app.Upload" or a field such as "build.goos"
	Text    string // what happened to it: "is new", "is gone", "permissions: was [uploadFile], is (none); stepup: …"
}

// String returns the change as one line.
func (c Change) String() string {
	if strings.Contains(c.Text, ": ") {
		return c.Subject + ", " + c.Text
	}
	return c.Subject + " " + c.Text
}

// Drift lists how current differs from committed, in a stable order. It is
// empty exactly when the two are [Equal]. What follows from the change of a
// handler is left out: the same change of its routes, and names of roles and
// permissions.
func Drift(committed, current *Manifest) []Change {
	if Equal(committed, current) {
		return nil
	}
	was, is := canonical(committed), canonical(current)
	var all []Change
	head := func(m *Manifest) any {
		return struct {
			Schema string `json:"schema"`
			Module string `json:"module"`
			GOOS   string `json:"build.goos"`
			GOARCH string `json:"build.goarch"`
		}{m.Schema, m.Module, m.Build.GOOS, m.Build.GOARCH}
	}
	for _, text := range fields(head(was), head(is)) {
		subject, text, _ := strings.Cut(text, ": ")
		all = append(all, Change{subject, text})
	}
	all = append(all, names("build tag", was.Build.Tags, is.Build.Tags)...)
	handlers := entries(was.Handlers, is.Handlers, Handler.subject)
	routes := entries(was.Routes, is.Routes, Route.subject)
	all = append(all, changes(handlers)...)
	all = append(all, changes(entries(was.Rules, is.Rules, func(r NamedRule) string { return "rule " + r.Name }))...)
	all = append(all, changes(entries(was.FrontierPermissions, is.FrontierPermissions, func(p FrontierPermission) string { return "permission " + p.Check }))...)
	all = append(all, changes(slices.DeleteFunc(routes, func(r difference[Route]) bool { return follows(r, handlers) }))...)
	if len(handlers) == 0 {
		all = append(all, names("role", was.Roles, is.Roles)...)
		all = append(all, names("permission", was.Permissions, is.Permissions)...)
	}
	all = append(all, changes(entries(was.Skipped, is.Skipped, func(s Skipped) string { return "skipped " + s.What }))...)
	if len(all) == 0 {
		all = append(all, Change{"the manifest", "differs in its form"})
	}
	return all
}

func (h Handler) subject() string { return "handler " + h.Handler }

func (r Route) subject() string {
	s := "route " + r.Pattern()
	if r.Program != "" {
		s += " of " + r.Program
	}
	return s
}

// The texts of what is in one manifest only.
const (
	isNew  = "is new"
	isGone = "is gone"
)

// difference is how one element of a list differs.
type difference[T any] struct {
	subject string
	element T
	texts   []string
}

// entries compares two lists whose elements are told apart by their subject.
// Elements of one subject are compared in order.
func entries[T any](was, is []T, subject func(T) string) []difference[T] {
	var all []difference[T]
	left := map[string][]T{}
	for _, e := range was {
		left[subject(e)] = append(left[subject(e)], e)
	}
	for _, e := range is {
		s := subject(e)
		if len(left[s]) == 0 {
			all = append(all, difference[T]{s, e, []string{isNew}})
			continue
		}
		if texts := fields(left[s][0], e); len(texts) > 0 {
			all = append(all, difference[T]{s, e, texts})
		}
		left[s] = left[s][1:]
	}
	for _, e := range was {
		s := subject(e)
		if rest := left[s]; len(rest) > 0 {
			all = append(all, difference[T]{s, e, []string{isGone}})
			left[s] = rest[1:]
		}
	}
	return all
}

func changes[T any](differences []difference[T]) (all []Change) {
	for _, d := range differences {
		all = append(all, Change{d.subject, strings.Join(d.texts, "; ")})
	}
	return all
}

// follows reports whether the difference of a handler tells that of its route.
func follows(route difference[Route], handlers []difference[Handler]) bool {
	i := slices.IndexFunc(handlers, func(h difference[Handler]) bool { return h.element.Handler == route.element.Handler })
	if i < 0 {
		return false
	}
	told := handlers[i].texts
	for _, text := range route.texts {
		if text == isNew || text == isGone {
			return slices.ContainsFunc(told, func(t string) bool { return t == text || strings.HasPrefix(t, "routes: ") })
		}
		if !slices.Contains(told, text) {
			return false
		}
	}
	return true
}

// names compares two sorted lists of names.
func names(what string, was, is []string) []Change {
	var all []Change
	for _, n := range is {
		if !slices.Contains(was, n) {
			all = append(all, Change{what + " " + n, isNew})
		}
	}
	for _, n := range was {
		if !slices.Contains(is, n) {
			all = append(all, Change{what + " " + n, isGone})
		}
	}
	return all
}

// fields says for each field of two structs of one type how it changed, by the
// field's JSON name. Structs inside are descended into.
func fields(was, is any) []string {
	var all []string
	ruled := false
	v, w := reflect.ValueOf(was), reflect.ValueOf(is)
	for i := range v.NumField() {
		a, b := v.Field(i).Interface(), w.Field(i).Interface()
		if reflect.DeepEqual(a, b) {
			continue
		}
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if x, y, ok := rules(a, b); ok {
			all = append(all, fields(x, y)...)
			ruled = true
			continue
		}
		if name == "demands" && ruled {
			continue // the sources of what was told already
		}
		if x, y := words(a), words(b); x != y {
			all = append(all, fmt.Sprintf("%s: was %s, is %s", name, x, y))
		}
	}
	return all
}

// rules returns two rules that both exist.
func rules(a, b any) (x, y Rule, ok bool) {
	p, isRule := a.(*Rule)
	q, _ := b.(*Rule)
	if !isRule || p == nil || q == nil {
		return Rule{}, Rule{}, false
	}
	return *p, *q, true
}

// words returns a field's value as a reader writes it.
func words(value any) string {
	s := ""
	switch v := value.(type) {
	case string:
		s = v
	case Protection:
		s = string(v)
	case bool:
		s = fmt.Sprint(v)
	case []string:
		var each []string
		for _, e := range v {
			if strings.ContainsAny(e, ", ") {
				e = strconv.Quote(e)
			}
			each = append(each, e)
		}
		s = inBrackets(each)
	case *Rule:
		if v != nil {
			s = strings.Join(fields(Rule{}, *v), "; ")
			s = strings.ReplaceAll(s, ": was (none), is ", " ")
			s = strings.ReplaceAll(s, ": was false, is ", " ")
		}
	case []Rule:
		var each []string
		for i := range v {
			each = append(each, words(&v[i]))
		}
		s = strings.Join(each, " and ")
	case []Demand:
		var each []string
		for _, d := range v {
			each = append(each, d.Demand+" ("+d.Source+")")
		}
		s = inBrackets(each)
	}
	if s == "" {
		return "(none)"
	}
	return s
}

// inBrackets returns a list as one word, "" for an empty one.
func inBrackets(each []string) string {
	if len(each) == 0 {
		return ""
	}
	return "[" + strings.Join(each, ", ") + "]"
}
