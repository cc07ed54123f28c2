package entitlement_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg/internal/entitlement"
)

const (
	future = "2026-01-02T03:04:05.001Z"
	past   = "2026-01-02T03:04:05Z" // testNow itself
)

// ask asks for the feature "f" and names the answer.
func ask(s *entitlement.Snapshot, subject entitlement.Subject) string {
	r := s.Feature(subject, "f", nil, testNow)
	if r.Entitled {
		return "entitled" + string(r.Justification)
	}
	return string(r.Justification)
}

func TestDirect(t *testing.T) {
	t.Parallel()
	user := entitlement.Subject{TenantID: "t", UserID: "u"}
	features := []any{row{"id", "f", nil}, row{"other", "g", nil}, row{"again", "f", nil}}
	bundles := []any{
		row{"b1", []any{"id"}, "false", nil},
		row{"b2", []any{"other", "id", "id", "unknown"}, "false", nil},
		row{"b3", []any{"other"}, "false", nil},
		row{"b4", []any{"again"}},
		row{"b5", nil, nil, nil},
	}
	for _, tc := range []struct {
		name         string
		entitlements []any
		subject      entitlement.Subject
		want         string
	}{
		{"nothing", nil, user, "missing-feature"},
		{"tenant, for ever", []any{row{"b1", "t", nil, nil}}, user, "entitled"},
		{"tenant without user", []any{row{"b1", "t", nil, nil}}, subjectT, "entitled"},
		{"tenant, later", []any{row{"b1", "t", nil, future}}, user, "entitled"},
		{"tenant, at its expiry", []any{row{"b1", "t", nil, past}}, user, "bundle-expired"},
		{"user, for ever", []any{row{"b1", "t", "u", nil}}, user, "entitled"},
		{"another user", []any{row{"b1", "t", "v", nil}}, user, "missing-feature"},
		{"a user, asked for the tenant", []any{row{"b1", "t", "u", nil}}, subjectT, "missing-feature"},
		{"another tenant", []any{row{"b1", "s", nil, nil}, row{"b1", "s", "u", nil}}, user, "missing-feature"},
		{"no tenant", []any{row{"b1", "t", nil, nil}}, entitlement.Subject{UserID: "u"}, "missing-feature"},
		{"user of a tenant in one word", []any{row{"b1", "tu", nil, nil}}, user, "missing-feature"},
		{"another feature", []any{row{"b3", "t", nil, nil}}, user, "missing-feature"},
		{"unknown bundle", []any{row{"b9", "t", nil, nil}}, user, "missing-feature"},
		{"empty bundle", []any{row{"b5", "t", nil, nil}}, user, "missing-feature"},
		{"second id of the key", []any{row{"b4", "t", nil, nil}}, user, "entitled"},
		{"more columns", []any{row{"b1", "t", nil, nil, 1, row{}}}, user, "entitled"},
		{"tenant expired, user not", []any{row{"b1", "t", nil, past}, row{"b1", "t", "u", future}}, user, "entitled"},
		{"user expired, tenant not", []any{row{"b1", "t", "u", past}, row{"b1", "t", nil, future}}, user, "entitled"},
		{"both expired", []any{row{"b1", "t", "u", past}, row{"b1", "t", nil, past}}, user, "bundle-expired"},
		{"one bundle twice, best first", []any{row{"b1", "t", nil, nil}, row{"b1", "t", nil, past}}, user, "entitled"},
		{"one bundle twice, best last", []any{row{"b1", "t", nil, past}, row{"b1", "t", nil, future}}, user, "entitled"},
		{"two bundles, best first", []any{row{"b1", "t", nil, future}, row{"b2", "t", nil, past}}, user, "entitled"},
		{"two bundles, best last", []any{row{"b1", "t", nil, past}, row{"b2", "t", nil, future}}, user, "entitled"},
		{"many other bundles", []any{row{"b3", "t", nil, nil}, row{"b5", "t", nil, nil}, row{"b4", "t", "u", future}}, user, "entitled"},
	} {
		for _, reversed := range []bool{false, true} { // the order of bundles decides nothing
			b := body{features: features, bundles: bundles, entitlements: tc.entitlements}
			if reversed {
				b.bundles = []any{bundles[4], bundles[3], bundles[2], bundles[1], bundles[0]}
			}
			s := b.parse(t)
			if got := ask(s, tc.subject); got != tc.want {
				t.Errorf("%s (reversed %v): %s, want %s", tc.name, reversed, got, tc.want)
			}
			if d := s.Dropped(); d != (entitlement.Dropped{}) {
				t.Errorf("%s: dropped %+v", tc.name, d)
			}
			if s.Offset() != 7 {
				t.Errorf("offset %d", s.Offset())
			}
		}
	}
}

// TestManyBundles has more bundles with the feature than the subject holds, and
// subjects that hold more than there are with it.
func TestManyBundles(t *testing.T) {
	t.Parallel()
	b := body{features: []any{row{"id", "f", nil}, row{"id2", "g", nil}}}
	for i := range 100 {
		b.bundles = append(b.bundles, row{fmt.Sprint("b", i), []any{[]string{"id", "id2"}[i%2]}, "false", nil})
		b.entitlements = append(b.entitlements, row{fmt.Sprint("b", i), "all", nil, []any{past, nil, past, past}[i%4]})
	}
	b.entitlements = append(b.entitlements, row{"b51", "few", nil, nil}, row{"b50", "some", nil, future}, row{"b1", "some", nil, nil})
	s := b.parse(t)
	for tenant, want := range map[string][2]string{
		"all": {"bundle-expired", ""}, "few": {"missing-feature", ""}, "some": {"", ""}, "none": {"missing-feature", "missing-feature"},
	} {
		for i, key := range []string{"f", "g"} {
			r := s.Feature(entitlement.Subject{TenantID: tenant}, key, nil, testNow)
			if string(r.Justification) != want[i] || r.Entitled != (want[i] == "") {
				t.Errorf("%s of %s: %+v, want %q", key, tenant, r, want[i])
			}
		}
	}
}

// TestExpiry holds the forms of expiries, around testNow.
func TestExpiry(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		expires any
		want    string
	}{
		{nil, "entitled"},
		{"2026-01-02T03:04:05.001Z", "entitled"},
		{"2026-01-02T03:04:05.0009Z", "bundle-expired"}, // there are no smaller parts
		{"2026-01-02T05:04:05+02:00", "bundle-expired"},
		{"2026-01-02T05:04:06+02:00", "entitled"},
		{"2026-01-02T03:04:06", "entitled"},
		{"2026-01-02T03:04:05", "bundle-expired"},
		{"2026-01-02", "bundle-expired"},
		{"2026-01-03", "entitled"},
		{"9999-12-31T23:59:59Z", "entitled"},
		{testNow.UnixMilli() + 1, "entitled"},
		{testNow.UnixMilli(), "bundle-expired"},
		// Left out.
		{testNow.Unix() + 1000, "missing-feature"},
		{-1, "missing-feature"},
		{1e300, "missing-feature"},
		{"", "missing-feature"},
		{"never", "missing-feature"},
		{"2026-13-01", "missing-feature"},
		{"02 Jan 27 03:04 UTC", "missing-feature"},
		{fmt.Sprint(testNow.UnixMilli() + 1), "missing-feature"},
		{true, "missing-feature"},
		{row{}, "missing-feature"},
	} {
		s := body{features: []any{row{"id", "f", nil}}, bundles: []any{row{"b", []any{"id"}}}, entitlements: []any{row{"b", "t", nil, tc.expires}}}.parse(t)
		if got := ask(s, subjectT); got != tc.want {
			t.Errorf("%v: %s, want %s", tc.expires, got, tc.want)
		}
		if dropped := s.Dropped().Entitlements; (dropped == 1) != (tc.want == "missing-feature") {
			t.Errorf("%v: dropped %d", tc.expires, dropped)
		}
	}
	// Without a clock, nothing that expires is valid.
	s := body{features: []any{row{"id", "f", nil}}, bundles: []any{row{"b", []any{"id"}}}, entitlements: []any{row{"b", "t", nil, future}, row{"b", "ever", nil, nil}}}.parse(t)
	if r := s.Feature(subjectT, "f", nil, time.Time{}); r.Entitled || r.Justification != entitlement.BundleExpired {
		t.Errorf("at no time: %+v", r)
	}
	if r := s.Feature(entitlement.Subject{TenantID: "ever"}, "f", nil, time.Time{}); !r.Entitled {
		t.Errorf("for ever: %+v", r)
	}
}

func TestPermission(t *testing.T) {
	t.Parallel()
	s := body{
		features: []any{
			row{"1", "has", []any{"p.has", "p.any", "p.late"}}, row{"2", "late", []any{"p.late", "p.lost", "p.any"}},
			row{"3", "lost", []any{"p.lost", "p.lost", "p.none"}}, row{"4", "flag", []any{"p.flag"}},
		},
		bundles:      []any{row{"b", []any{"1"}}, row{"c", []any{"2"}}},
		entitlements: []any{row{"b", "t", nil, nil}, row{"c", "t", nil, past}},
		flags:        []any{row{"flag", true, "boolean", "true", "false", nil}},
	}.parse(t)
	for _, tc := range []struct {
		held entitlement.Permissions
		key  string
		want entitlement.Result
	}{
		{nil, "p.free", entitlement.Result{Justification: entitlement.MissingPermission}},
		{entitlement.Held{}, "p.has", entitlement.Result{Justification: entitlement.MissingPermission}},
		{entitlement.Held{"p.has"}, "p.has", entitlement.Result{Entitled: true}},
		{entitlement.Held{"p.has"}, "p.HAS", entitlement.Result{Justification: entitlement.MissingPermission}},
		{entitlement.Held{"x", "p.*"}, "p.has", entitlement.Result{Entitled: true}},
		{entitlement.Held{"p.*"}, "p.any", entitlement.Result{Entitled: true}},
		{entitlement.Held{"p.*"}, "p.late", entitlement.Result{Entitled: true}},
		{entitlement.Held{"p.*"}, "p.lost", entitlement.Result{Justification: entitlement.BundleExpired}},
		{entitlement.Held{"p.*"}, "p.none", entitlement.Result{Justification: entitlement.MissingFeature}},
		{entitlement.Held{"p.*"}, "p.flag", entitlement.Result{Entitled: true}},
		{entitlement.Held{"p.*"}, "p.free", entitlement.Result{Entitled: true}},
		{entitlement.Held{"*"}, "p.*", entitlement.Result{Entitled: true}},
	} {
		for range 3 { // the same question has the same answer
			subject := entitlement.Subject{TenantID: "t", Permissions: tc.held}
			if got := s.Permission(subject, tc.key, nil, testNow); got != tc.want {
				t.Errorf("%v asks for %s: %+v, want %+v", tc.held, tc.key, got, tc.want)
			}
		}
	}
}

func TestTargeting(t *testing.T) {
	t.Parallel()
	is := func(value string) any {
		return object(t, `{"attribute":"a","attributeType":"custom","op":"in_list","value":{"list":["`+value+`"]},"negate":false}`)
	}
	broken := object(t, `{"attribute":"a","op":"nope","value":{}}`)
	features := []any{row{"id", "f", nil}}
	plan := func(treatment any, rules ...any) body {
		return body{features: features, bundles: []any{row{"b", []any{"id"}, treatment, rules}}}
	}
	for _, tc := range []struct {
		name string
		body body
		want bool
	}{
		{"flag, default true", flagged(flag("true")), true},
		{"flag, default false", flagged(flag("false")), false},
		{"flag, rule", flagged(flag("false", rule("and", "true", is("x")))), true},
		{"flag, rule does not match", flagged(flag("false", rule("and", "true", is("y")))), false},
		{"flag, refusing rule", flagged(flag("true", rule("and", "false", is("x")))), false},
		{"flag, refusing rule does not match", flagged(flag("true", rule("and", "false", is("y")))), true},
		{"flag, first rule decides", flagged(flag("false", rule("and", "false", is("x")), rule("and", "true", is("x")))), false},
		{"flag, second rule decides", flagged(flag("false", rule("and", "false", is("y")), rule("and", "true", is("x")))), true},
		{"flag, or", flagged(flag("false", rule("or", "true", is("y"), is("x")))), true},
		{"flag, and", flagged(flag("false", rule("and", "true", is("y"), is("x")))), false},
		{"flag, doubt in a granting rule", flagged(flag("true", rule("and", "true", broken))), true},
		{"flag, doubt in a refusing rule", flagged(flag("true", rule("and", "false", broken))), false},
		{"flag off", flagged(row{"f", false, "boolean", "true", "false", []any{rule("and", "true")}}), false},
		{"flag off, off treatment", flagged(row{"f", false, "boolean", "false", "true", []any{rule("and", "false")}}), true},
		{"flag without rules", flagged(row{"f", true, "boolean", "true", "false"}), true},
		{"two flags", flagged(flag("false"), flag("true")), true},
		{"two flags, best first", flagged(flag("true"), flag("false")), true},
		{"flag of an unknown feature", flagged(row{"g", true, "boolean", "true", "false", nil}), false},
		{"plan, default true", plan("true"), true},
		{"plan, default false", plan("false"), false},
		{"plan without default", plan(nil), false},
		{"plan, rule", plan("false", rule("and", "true", is("x"))), true},
		{"plan, rule without default", plan(nil, rule("and", "true", is("x"))), true},
		{"plan, refusing rule", plan("true", rule("and", "false", is("x"))), false},
		{"plan of another feature", body{features: features, bundles: []any{row{"b", []any{}, "true", nil}}}, false},
		{"two plans", body{features: features, bundles: []any{row{"b", []any{"id"}, "true", nil}, row{"c", []any{"id"}, "false", nil}}}, true},
		{"plan beside a flag", body{features: features, bundles: []any{row{"b", []any{"id"}, "true", nil}}, flags: []any{flag("false")}}, true},
	} {
		if got := grants(t, tc.body, custom(map[string]any{"a": "x"})); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
	// What grants does so beside an expired bundle, and is no reason otherwise.
	for treatment, want := range map[string]string{"true": "entitled", "false": "bundle-expired"} {
		b := plan(treatment)
		b.entitlements = []any{row{"b", "t", nil, past}}
		if got := ask(b.parse(t), subjectT); got != want {
			t.Errorf("default %s and expired: %s, want %s", treatment, got, want)
		}
	}
}

func TestHeld(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		held, asked string
		want        bool
	}{
		{"a.*.c", "a.b.c", true}, {"a.*.c", "a..c", true}, {"a.*.c", "a.c", false}, {"a*", "a\nb", true},
		{"**", "x", true}, {"**", "", true}, {"*a*b*", "xxaxxbxx", true}, {"*a*b*", "xxbxxaxx", false},
		{"a*a", "a", false}, {"a*a", "aa", true}, {"ab*ba", "aba", false}, {"*ab", "aab", true}, {"*aab", "aaab", true}, {"*ab", "abc", false}, {"a*b*c", "abcd", false},
		{"", "", false}, {"", "x", false}, {"a|b", "a", false}, {"a|b", "a|b", true}, {"a?", "a", false},
		{"[a]", "a", false}, {"[a]*", "[a]b", true}, {`a\b`, `a\b`, true}, {"^a$", "^a$", true}, {"a", "a\n", false},
		{"a*", "A", false}, {"a", "ab", false}, {"b", "ab", false}, {"fe.*", "feXread", false},
	} {
		for range 2 {
			if got := (entitlement.Held{"other", tc.held}).HasPermission(tc.asked); got != tc.want {
				t.Errorf("who has %q has %q: %v", tc.held, tc.asked, got)
			}
		}
	}
	// Time is linear: a matcher that goes back would take years.
	held := entitlement.Held{strings.Repeat("*a", 20000) + "*b"}
	if held.HasPermission(strings.Repeat("a", 1<<20)) {
		t.Error("matched")
	}
}
