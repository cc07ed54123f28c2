package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"

	"github.com/authgen/authgen/internal/platform"
	"github.com/authgen/authgen/internal/spelling"
)

// settings reads the whole document.
func (r *reader) settings(n ast.Node, c *Config) {
	for _, e := range r.fields(entry{name: FileName, value: n}, "write keys such as roles: [admin]", "roles", "permissions", "features", "rules", "build", "strict", "public", "middleware", "accepted", "embed", "frontier") {
		switch e.name {
		case "roles":
			c.Roles = r.names(e, "role", "[admin, member]")
		case "permissions":
			c.Permissions = r.names(e, "permission", "[readReport]")
		case "features":
			c.Features = r.names(e, "feature", "[sso]")
		case "rules":
			c.Rules = r.rules(e)
		case "build":
			r.build(e, &c.Build)
		case "strict":
			r.strict(e, &c.Strict)
		case "public":
			c.Public = r.public(e)
		case "middleware":
			c.Middleware = r.middleware(e)
		case "accepted":
			c.Accepted = r.accepted(e)
		case "embed":
			c.Embed = r.folder(e)
		case "frontier":
			c.Frontier = r.frontier(e)
		}
	}
}

// names reads a vocabulary: a mapping of names to descriptions, or a list of
// names. It is never nil, so that names stay checked when it is wrong.
func (r *reader) names(e entry, what, sample string) *Names {
	all := &Names{}
	add := func(name, description string, at Position) {
		if reason := badName(name); reason != "" {
			r.report(CodeBadName, at, fmt.Sprintf("the name of a %s %s", what, reason), "write the name as rules do, such as "+sample)
			return
		}
		all.List = append(all.List, Name{Name: name, Description: description, Position: at})
	}
	if entries, ok := r.entries(e.value, what); ok {
		for _, e := range entries {
			description, ok := "", true
			if describe(e.value) != "nothing" {
				description, _, ok = r.str(e.value, "description")
			}
			if ok {
				add(e.name, strings.TrimSpace(description), e.at)
			}
		}
		return all
	}
	elements, ok := list(e.value)
	if !ok {
		r.wrongType(e.value, e.at, e.name+" takes names", fmt.Sprintf("write %s: %s, or remove the key", e.name, sample))
		return all
	}
	seen := map[string]Position{}
	for _, n := range elements {
		if name, at, ok := r.str(n, what); ok && r.once(seen, what, name, at) {
			add(name, "", at)
		}
	}
	return all
}

// badName says why a name cannot be compared safely, "" when it can. It holds
// names to what the values of directives are held to.
func badName(name string) string {
	switch {
	case name == "":
		return "is empty"
	case name != strings.TrimSpace(name):
		return "begins or ends with a space"
	}
	for _, c := range name {
		if !unicode.IsPrint(c) {
			return fmt.Sprintf("holds the invisible character %U", c)
		}
	}
	return ""
}

// rules reads the named rules. A rule with a problem is left out: with a
// directive less it would admit more.
func (r *reader) rules(e entry) (all []NamedRule) {
	const sample = "write rules: {billing: [roles=admin]}"
	entries, ok := r.entries(e.value, "rule")
	if !ok {
		r.wrongType(e.value, e.at, "rules takes names with lists of directives", sample+", or remove the key")
		return nil
	}
	for _, e := range entries {
		before := len(r.problems)
		if !isWord(e.name, ".-") {
			r.report(CodeBadName, e.at, fmt.Sprintf("%q is no name of a rule", e.name), "use letters, digits, and the characters _ . -, with a letter first")
		}
		rule := NamedRule{Name: e.name, Position: e.at}
		values, ok := list(e.value)
		switch {
		case ok && len(values) == 0:
			r.report(CodeBadRule, e.at, fmt.Sprintf("the rule %q lists no directives", e.name), "list demands, such as [roles=admin]")
		case !ok:
			directive := "roles=admin"
			if s, isText := e.value.(*ast.StringNode); isText && s.Value != "" {
				directive = s.Value
			}
			if !isWord(directive, "=-.:") {
				directive = strconv.Quote(directive)
			}
			r.wrongType(e.value, e.at, "a rule is a list of directives", fmt.Sprintf("write %s: [%s]", e.name, directive))
		}
		for _, v := range values {
			if d, ok := r.directive(v); ok {
				rule.Directives = append(rule.Directives, d)
			}
		}
		if len(r.problems) == before {
			all = append(all, rule)
		}
	}
	return all
}

// directive reads one directive. Findings in it are reported by their byte, so
// its text must be a piece of one line.
func (r *reader) directive(n ast.Node) (d Directive, ok bool) {
	if what := describe(n); what != "text" {
		r.wrongType(n, Position{}, "a directive is text", "write it as in a comment, such as roles=admin")
		return d, false
	}
	s, ok := n.(*ast.StringNode)
	if ok {
		d.Text = s.Value
		d.Position, ok = r.scalar(s.Token, s.Value)
	} else {
		d.Position = r.node(n)
	}
	text := strings.TrimSpace(d.Text)
	bare := strings.TrimPrefix(strings.TrimPrefix(text, "//"), "auth:")
	switch {
	case !ok || strings.ContainsFunc(d.Text, unicode.IsControl):
		r.report(CodeBadRule, d.Position, "a directive stands on one line", "write one entry of the list for each directive; long policies can name other rules")
		return d, false
	case bare == "":
		r.report(CodeBadRule, d.Position, "the directive is empty", "remove it, or write one such as roles=admin")
		return d, false
	case bare != text:
		r.report(CodeBadRule, d.Position, "a directive stands here without its prefix", "write "+bare)
		return d, false
	}
	return d, true
}

// build reads the configuration of the build.
func (r *reader) build(e entry, b *Build) {
	for _, e := range r.fields(e, "write build: {goos: linux}, or remove the key", "goos", "goarch", "tags") {
		switch e.name {
		case "goos":
			b.GOOS = r.platform(e, "linux", platform.Systems())
		case "goarch":
			b.GOARCH = r.platform(e, "amd64", platform.Architectures())
		case "tags":
			b.Tags = r.tags(e)
		}
	}
}

// platform reads a value of GOOS or GOARCH.
func (r *reader) platform(e entry, sample string, known []string) string {
	if describe(e.value) != "text" {
		r.wrongType(e.value, e.at, e.name+" takes text", "write "+e.name+": "+sample)
		return ""
	}
	text, at, _ := r.str(e.value, e.name)
	if !slices.Contains(known, text) {
		suggestion := "write " + e.name + ": " + sample + "; go tool dist list shows all"
		if near, ok := spelling.Nearest(text, known); ok && text != "" {
			suggestion = fmt.Sprintf("did you mean %q?", near)
		}
		r.report(CodeBadBuild, at, fmt.Sprintf("%s: %q is no %s", e.name, text, strings.ToUpper(e.name)), suggestion)
		return ""
	}
	return text
}

// tags reads build tags, which are what go/build/constraint takes for one.
func (r *reader) tags(e entry) (all []string) {
	elements, ok := list(e.value)
	if !ok {
		r.wrongType(e.value, e.at, "tags takes a list", "write tags: [integration], or remove the key")
		return nil
	}
	seen := map[string]Position{}
	for _, n := range elements {
		tag, at, ok := r.str(n, "tag")
		if !ok || !r.once(seen, "tag", tag, at) {
			continue
		}
		bad := func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' && c != '.' }
		if tag == "" || strings.ContainsFunc(tag, bad) {
			r.report(CodeBadBuild, at, fmt.Sprintf("%q is no build tag", tag), "use letters, digits, _ and ., one tag for each entry")
			continue
		}
		all = append(all, tag)
	}
	return all
}

// strict reads the switches that make more into findings.
func (r *reader) strict(e entry, s *Strict) {
	for _, e := range r.fields(e, "write strict: {public-reason: true}, or remove the key", "public-reason", "require-rule") {
		on := true // what cannot be read does not switch a check off
		if b, ok := e.value.(*ast.BoolNode); ok {
			on = b.Value
		} else {
			r.wrongType(e.value, e.at, e.name+" takes true or false", "write "+e.name+": true")
		}
		if e.name == "public-reason" {
			s.PublicReason = on
		} else {
			s.RequireRule = on
		}
	}
}

// isWord reports whether s is made of ASCII letters, digits and the other
// characters, and begins with a letter or underscore.
func isWord(s, others string) bool {
	for i, c := range s {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !letter && (i == 0 || !('0' <= c && c <= '9' || strings.ContainsRune(others, c))) {
			return false
		}
	}
	return s != ""
}
