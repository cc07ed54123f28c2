package annotations

import (
	"fmt"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/authgen/authgen/internal/spelling"
)

// builder makes an Annotation of the directives of one comment.
type builder struct {
	annotation Annotation
	problems   []Problem
	seen       map[string]bool
	line       text // the directive that is read, behind "auth:"
	trial      bool // the directive is one that [builder.fix] tries
}

func (b *builder) report(code string, span Span, message, suggestion string) {
	b.problems = append(b.problems, Problem{Code: code, Span: span, Message: message, Suggestion: suggestion})
}

// add reads one directive. t is what follows the prefix "auth:" and whole the
// directive's comment.
func (b *builder) add(t text, whole Span) {
	b.line = t
	end := strings.IndexFunc(t.s, func(r rune) bool { return r == '=' || unicode.IsSpace(r) })
	if end < 0 {
		end = len(t.s)
	}
	name := t.slice(0, end)
	d := Directive{Key: name.s, Span: whole, KeySpan: name.span()}
	k, ok := lookup(name.s)
	if !ok {
		b.unknownKey(name)
		return
	}
	rest := t.from(end)
	if b.seen[k.name] && k.name != "route" {
		b.report(CodeDuplicate, name.span(), fmt.Sprintf("the directive %s stands twice", k.name), onceAdvice(k))
		return
	}
	if b.seen == nil {
		b.seen = map[string]bool{}
	}
	b.seen[k.name] = true

	hasValue := strings.HasPrefix(rest.s, "=")
	if hasValue {
		rest = rest.from(1)
	}
	switch {
	case hasValue && k.form == bare:
		b.report(CodeValueMissing, rest.trim().span(), fmt.Sprintf("the directive %s takes no value", k.name), write(k))
		return
	case !hasValue && k.form != bare && k.form != maybe:
		b.report(CodeValueMissing, name.span(), fmt.Sprintf("the directive %s needs a value", k.name), write(k))
		return
	}
	if hasValue {
		if strings.TrimSpace(rest.s) == "" || strings.TrimLeft(rest.s, " \t") != rest.s {
			b.report(CodeValueMissing, name.span(), fmt.Sprintf("the directive %s needs a value right behind the =", k.name), write(k))
			return
		}
		if k.form == freeForm {
			rest = rest.trim()
			d.Values = []Value{{Text: rest.s, Span: rest.span()}}
			if k.name == "policy" {
				b.policy(rest)
			} else {
				b.route(rest)
			}
			b.annotation.Directives = append(b.annotation.Directives, d)
			return
		}
		var ok bool
		if d.Values, rest, ok = b.values(k, rest); !ok {
			return
		}
	}
	if d.Options, ok = b.options(k, rest); !ok {
		return
	}
	b.annotation.Directives = append(b.annotation.Directives, d)
	b.store(k, d)
}

func (b *builder) unknownKey(name text) {
	if name.s == "" {
		b.report(CodeUnknownKey, name.span(), "the directive has no key", "write one of "+strings.Join(Keys(), ", "))
		return
	}
	suggestion := "the keys are " + strings.Join(Keys(), ", ")
	near, ok := spelling.Nearest(foldWord(name.s), Keys())
	if ok {
		suggestion = fmt.Sprintf("did you mean %q?", near)
	}
	b.report(CodeUnknownKey, name.span(), fmt.Sprintf("unknown directive %q", name.s), suggestion)
	if ok {
		b.fix(name.span(), near)
	}
}

func write(k key) string { return "write //auth:" + k.sample }

func onceAdvice(k key) string {
	switch k.name {
	case "roles", "permissions", "scopes":
		p := strings.TrimSuffix(k.name, "s")
		return fmt.Sprintf(`one of several is a list, %s=a,b; all of several is a policy, policy=%s("a") && %s("b")`, k.name, p, p)
	}
	return "keep one"
}

// values reads the list behind the = of a directive.
func (b *builder) values(k key, t text) (values []Value, rest text, ok bool) {
	whole := t
	for {
		v, after, quoted, reason := t.value()
		if reason == "" {
			reason = badName(v.Text)
		}
		if reason == "" && !quoted && strings.Contains(v.Text, "*") {
			reason = "a rule names no wildcards"
		}
		if reason != "" {
			code := CodeBadValue
			names := listNames(k, whole.s)
			if v.Text == "" && !quoted {
				code = CodeValueMissing
				v.Span = t.slice(0, min(1, len(t.s))).span()
				if startsWithSpace(t.s) && strings.TrimSpace(t.s) != "" {
					reason = "a space stands behind the comma"
				}
			}
			b.report(code, v.Span, fmt.Sprintf("%s: %s", k.name, reason), listAdvice(k, whole.s, names))
			if names != "" {
				b.fix(whole.span(), names)
			}
			return nil, text{}, false
		}
		if !b.checkValue(k, v) {
			return nil, text{}, false
		}
		if slices.ContainsFunc(values, func(o Value) bool { return o.Text == v.Text }) {
			b.report(CodeDuplicate, v.Span, fmt.Sprintf("%s: %q stands twice", k.name, v.Text), "keep one")
			return nil, text{}, false
		}
		values = append(values, v)
		if !strings.HasPrefix(after.s, ",") {
			return values, after, true
		}
		if k.form != list {
			b.report(CodeBadValue, after.span(), fmt.Sprintf("the directive %s takes one value", k.name), write(k))
			return nil, text{}, false
		}
		t = after.from(1)
	}
}

// listNames returns the names of a faulty list as they are to be written, "" when
// more than what separates them is wrong.
func listNames(k key, s string) string {
	if k.form != list || !strings.ContainsAny(s, ",;|'`") {
		return ""
	}
	names := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;|", r) })
	for i, n := range names {
		names[i] = strings.TrimSpace(n)
		if bare := strings.Trim(names[i], "'`"); bare != names[i] {
			names[i] = strconv.Quote(bare)
		} else if !isWord(bare, "-.:/") {
			return ""
		}
	}
	return strings.Join(names, ",")
}

// listAdvice says what to write instead of a faulty value: the names that
// listNames returned where there are any.
func listAdvice(k key, s, names string) string {
	switch {
	case names != "":
		return "write //auth:" + k.name + "=" + names
	case k.form == list && strings.ContainsAny(s, ",;|'`") && strings.Trim(s, ",;|") != "":
		return write(k) + "; values are separated by a comma without spaces"
	}
	return write(k)
}

// checkValue reports a value that its key does not take.
func (b *builder) checkValue(k key, v Value) bool {
	switch k.name {
	case "tokens":
		if !slices.Contains(tokenKinds, v.Text) {
			b.unknownKind(v)
			return false
		}
	case "actor":
		if v.Text != "none" {
			b.report(CodeBadValue, v.Span, fmt.Sprintf("actor takes none, not %q", v.Text), write(k))
			return false
		}
	case "tenant", "owner":
		if !isWord(v.Text, "-") {
			b.report(CodeBadValue, v.Span, fmt.Sprintf("%s: %q is no name of a path parameter", k.name, v.Text), write(k))
			return false
		}
	case "rule":
		if !isWord(v.Text, ".-") {
			b.report(CodeBadValue, v.Span, fmt.Sprintf("rule: %q is no name of a rule", v.Text), write(k))
			return false
		}
	case "stepup":
		if _, reason := parseMaxAge(v.Text); reason != "" {
			b.report(CodeBadDuration, v.Span, "stepup: "+reason, write(k))
			return false
		}
	case "check":
		if _, reason := parseCheck(v.Text); reason != "" {
			b.report(CodeBadCheck, v.Span, "check: "+reason, write(k))
			return false
		}
	}
	return true
}

func (b *builder) unknownKind(v Value) {
	suggestion := "the kinds are " + strings.Join(tokenKinds, ", ")
	near, ok := spelling.Nearest(v.Text, tokenKinds)
	if ok {
		suggestion = fmt.Sprintf("did you mean %q?", near)
	}
	b.report(CodeUnknownKind, v.Span, fmt.Sprintf("unknown kind of token %q", v.Text), suggestion)
	if ok {
		b.fix(v.Span, near)
	}
}

// store puts a directive without faults into the annotation.
func (b *builder) store(k key, d Directive) {
	var texts []string
	for _, v := range d.Values {
		texts = append(texts, v.Text)
	}
	rule := &b.annotation.Rule
	switch k.name {
	case "public":
		rule.Access = Public
		rule.Reason, _ = d.option("reason")
	case "optional":
		rule.Access = Optional
	case "authenticated":
		rule.Authenticated = true
	case "roles":
		rule.Roles = texts
	case "permissions":
		rule.Permissions = texts
	case "scopes":
		rule.Scopes = texts
	case "tokens":
		rule.Tokens = texts
	case "issuer":
		rule.Issuers = texts
	case "features":
		rule.Features = texts
	case "tenant":
		rule.Tenant = texts[0]
	case "owner":
		rule.Owner = texts[0]
	case "stepup":
		rule.StepUp = &StepUp{}
		if len(texts) > 0 {
			rule.StepUp.MaxAge, _ = parseMaxAge(texts[0])
		}
	case "actor":
		rule.NoActor = true
	case "check":
		for _, t := range texts {
			c, _ := parseCheck(t)
			rule.Checks = append(rule.Checks, c)
		}
	case "rule":
		rule.Named = texts[0]
	case "audit":
		severity, _ := d.option("severity")
		_, required := d.option("required")
		b.annotation.Audit = &Audit{Name: texts[0], Severity: severity, Required: required}
	case "replace":
		b.annotation.Replace = true
	}
}

// finish decides what only all directives together show. It returns nil when
// there were none.
func (b *builder) finish() *Annotation {
	if len(b.annotation.Directives) == 0 {
		return nil
	}
	open := slices.IndexFunc(b.annotation.Directives, func(d Directive) bool { return d.Key == "public" || d.Key == "optional" })
	for i, d := range b.annotation.Directives {
		k, _ := lookup(d.Key)
		switch {
		case !k.demand || i == open:
		case open >= 0:
			b.report(CodeConflict, d.Span, fmt.Sprintf("%s excludes every other demand, such as %s", b.annotation.Directives[open].Key, d.Key), "remove one of the two")
		default:
			b.annotation.Rule.Access = Protected
		}
	}
	return &b.annotation
}

// parseMaxAge reads the age of a step-up authentication.
func parseMaxAge(s string) (d time.Duration, reason string) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return 0, fmt.Sprintf("%q is no duration with a unit, such as 10m", s)
	case d <= 0:
		return 0, "the age must be positive"
	case d%time.Second != 0:
		return 0, "the age is whole seconds"
	}
	return d, ""
}

// parseCheck reads type:id#permission.
func parseCheck(s string) (c Check, reason string) {
	object, permission, ok := strings.Cut(s, "#")
	typ, id, ok2 := strings.Cut(object, ":")
	switch {
	case !ok || !ok2:
		return c, fmt.Sprintf("%q is not of the form type:id#permission", s)
	case !isWord(typ, "/-."):
		return c, fmt.Sprintf("%q is no resource type", typ)
	case !isWord(permission, "-.:"):
		return c, fmt.Sprintf("%q is no permission", permission)
	case id == "":
		return c, "the id is empty"
	}
	for rest := id; rest != ""; {
		before, after, open := strings.Cut(rest, "{")
		if strings.ContainsFunc(before, func(r rune) bool { return !isWord("_"+string(r), "-./") }) {
			return c, fmt.Sprintf("%q is no id: text of letters, digits, '-', '.', '_' and '/', and path parameters in braces", id)
		}
		if !open {
			break
		}
		// A parameter may hold anything but a slash.
		if rest != id && !strings.Contains(before, "/") {
			return c, fmt.Sprintf("%q can be read in two ways: two parameters need a slash between them", id)
		}
		param, tail, closed := strings.Cut(after, "}")
		if !closed || !isWord(param, "-") {
			return c, fmt.Sprintf("%q is no id: a brace does not hold the name of a path parameter", id)
		}
		rest = tail
	}
	return Check{typ, id, permission}, ""
}

// Parse reads directives, one per line, with or without the prefix "//auth:".
// Named rules are written so. Positions count bytes of the text from 1. It
// returns nil when the text holds no directive.
func Parse(source string) (*Annotation, []Problem) {
	var b builder
	pos := token.Pos(1)
	for line := range strings.Lines(source) {
		t := text{line, pos}.trim()
		pos += token.Pos(len(line))
		whole := t.span()
		switch {
		case strings.HasPrefix(t.s, "//"+prefix):
			t = t.from(len("//" + prefix))
		case strings.HasPrefix(t.s, prefix):
			t = t.from(len(prefix))
		}
		if whole.Start != whole.End {
			b.add(t, whole)
		}
	}
	annotation := b.finish()
	return annotation, b.problems
}
