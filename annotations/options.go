package annotations

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/authgen/authgen/internal/spelling"
)

// optionKey is one option of a directive: a name behind its value.
type optionKey struct {
	name   string
	flag   bool     // stands alone; the others are name=value
	values []string // the only values, nil for any
}

func (o optionKey) write() string {
	switch {
	case o.flag:
		return "write " + o.name
	case o.values != nil:
		return "write " + o.name + "=" + o.values[0]
	}
	return "write " + o.name + `="…"`
}

func (k key) lookupOption(name string) (optionKey, bool) {
	i := slices.IndexFunc(k.options, func(o optionKey) bool { return o.name == name })
	if i < 0 {
		return optionKey{}, false
	}
	return k.options[i], true
}

func (k key) optionNames() []string {
	names := make([]string, len(k.options))
	for i, o := range k.options {
		names[i] = o.name
	}
	return names
}

// option returns the value of an option, "" for one that takes none, and whether it
// was written.
func (d *Directive) option(name string) (value string, ok bool) {
	i := slices.IndexFunc(d.Options, func(o Option) bool { return o.Name == name })
	if i < 0 {
		return "", false
	}
	return d.Options[i].Value.Text, true
}

// options reads what follows a directive's values.
func (b *builder) options(k key, t text) (options []Option, ok bool) {
	for {
		trimmed := t.trim()
		if trimmed.s == "" {
			return options, true
		}
		if trimmed.pos == t.pos { // no space in between
			b.report(CodeTrailingText, trimmed.span(), fmt.Sprintf("unexpected text after the directive %s", k.name), write(k))
			return nil, false
		}
		t = trimmed
		end := strings.IndexFunc(t.s, func(r rune) bool { return r == '=' || unicode.IsSpace(r) })
		if end < 0 {
			end = len(t.s)
		}
		name, rest := t.slice(0, end), t.from(end)
		hasValue := strings.HasPrefix(rest.s, "=")
		// A word alone is text, unless it looks like an option.
		_, near := spelling.Nearest(foldWord(name.s), k.optionNames())
		if !isWord(name.s, "-") || !hasValue && !near {
			b.trailingText(k, t)
			return nil, false
		}
		o, known := k.lookupOption(name.s)
		if !known {
			b.unknownOption(k, name)
			return nil, false
		}
		if slices.ContainsFunc(options, func(other Option) bool { return other.Name == o.name }) {
			b.report(CodeDuplicate, name.span(), fmt.Sprintf("the option %s stands twice", o.name), "keep one")
			return nil, false
		}
		option := Option{Name: o.name, NameSpan: name.span()}
		switch {
		case o.flag && hasValue:
			b.report(CodeValueMissing, rest.span(), fmt.Sprintf("the option %s takes no value", o.name), o.write())
			return nil, false
		case !o.flag && !hasValue:
			b.report(CodeValueMissing, name.span(), fmt.Sprintf("the option %s needs a value", o.name), o.write())
			return nil, false
		case hasValue:
			if option.Value, rest, ok = b.optionValue(o, rest.from(1)); !ok {
				return nil, false
			}
		}
		options, t = append(options, option), rest
	}
}

// optionValue reads the value behind the = of an option.
func (b *builder) optionValue(o optionKey, t text) (v Value, rest text, ok bool) {
	v, rest, _, reason := t.value()
	if reason == "" {
		reason = badName(v.Text)
	}
	suggestion, near := o.write(), ""
	if reason == "" && o.values != nil && !slices.Contains(o.values, v.Text) {
		reason = fmt.Sprintf("%q is none of %s", v.Text, strings.Join(o.values, ", "))
		if near, _ = spelling.Nearest(v.Text, o.values); near != "" {
			suggestion = fmt.Sprintf("did you mean %q?", near)
		}
	}
	if reason == "" {
		return v, rest, true
	}
	b.report(CodeBadValue, v.Span, fmt.Sprintf("%s: %s", o.name, reason), suggestion)
	if near != "" {
		b.fix(v.Span, near)
	}
	return Value{}, text{}, false
}

func (b *builder) trailingText(k key, t text) {
	suggestion := "put it on a line of its own, in front of the directives"
	if k.form == list && !strings.HasPrefix(t.s, "//") {
		suggestion = "values are separated by a comma without spaces, or stand in double quotes"
	}
	b.report(CodeTrailingText, t.span(), fmt.Sprintf("unexpected text after the directive %s", k.name), suggestion)
}

func (b *builder) unknownOption(k key, name text) {
	suggestion := "it takes no options"
	switch names := k.optionNames(); len(names) {
	case 0:
	case 1:
		suggestion = "its option is " + names[0]
	default:
		suggestion = "its options are " + strings.Join(names, " and ")
	}
	near, ok := spelling.Nearest(foldWord(name.s), k.optionNames())
	if _, isKey := lookup(name.s); isKey {
		suggestion, ok = "write //auth:"+name.s+"=… on a line of its own", false
	} else if ok {
		suggestion = fmt.Sprintf("did you mean %q?", near)
	}
	b.report(CodeUnknownOption, name.span(), fmt.Sprintf("the directive %s has no option %q", k.name, name.s), suggestion)
	if ok {
		b.fix(name.span(), near)
	}
}
