package entitlement_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg/internal/entitlement"
)

// TestClaims reads attributes of tokens: "is" says that the attribute is "v".
func TestClaims(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ claims, name, want string }{
		{`{"a":"v"}`, "jwt.a", "yes"},
		{"\n{ \"b\" : [ { } , 1 ] , \"a\"\t:\r\"v\" }", "jwt.a", "yes"},
		{`{"a":"v"}`, "a", "no"},
		{`{"a":"v"}`, "jwt.A", "no"},
		{`{"A":"v"}`, "jwt.a", "no"},
		{`{"a":"w"}`, "jwt.a", "no"},
		{`{"\u0061":"\u0076"}`, "jwt.a", "yes"},
		{`{"a":{"b":{"c":"v"}}}`, "jwt.a.b.c", "yes"},
		{`{"a":{"b":{"c":"v"}}}`, "jwt.a.b", "no"},
		{`{"a":{"b":{"c":"v"}}}`, "jwt.a.b.c.d", "no"},
		{`{"https://x.y/z":{"a.b":"v"}}`, "jwt.https://x.y/z.a.b", "yes"},
		{`{"a":["u","v"]}`, "jwt.a.1", "yes"},
		{`{"a":["u","v"]}`, "jwt.a.0", "no"},
		{`{"a":["u","v"]}`, "jwt.a.2", "no"},
		{`{"a":["u","v"]}`, "jwt.a.01", "no"},
		{`{"a":["u","v"]}`, "jwt.a.+1", "no"},
		{`{"a":["u","v"]}`, "jwt.a.1.", "no"},
		{`{"a":["u","v"]}`, "jwt.a.99999999999999999999", "no"},
		{`{"a":["v"]}`, "jwt.a", "no"},
		{`{"a":[["u",{"b":"v"}]]}`, "jwt.a.0.1.b", "yes"},
		{`{"":"v"}`, "jwt.", "yes"},
		{`{"a":{"":"v"}}`, "jwt.a.", "yes"},
		{`{"a":{"b":"v"},"a.c":"w"}`, "jwt.a.b", "yes"},
		// What is said twice.
		{`{"a":"v","a":"v"}`, "jwt.a", "doubt"},
		{`{"a":{"b":"v"},"a.b":"w"}`, "jwt.a.b", "doubt"},
		{`{"a":{"b":"v"},"a":{}}`, "jwt.a.b", "yes"},
		{`{"a":"\ud800"}`, "jwt.a", "doubt"},
		{`{"a":1e999}`, "jwt.a", "doubt"},
		// What is no JSON: nothing good comes of it.
		{`{"a":"v"`, "jwt.a", "doubt"},
		{`{"a":"v`, "jwt.a", "doubt"},
		{`{"a"`, "jwt.a", "doubt"},
		{`{"a":`, "jwt.a", "doubt"},
		{`{`, "jwt.a", "doubt"},
		{`{5:5}`, "jwt.a", "doubt"},
		{`{"a" "v"}`, "jwt.a", "doubt"},
		{`null`, "jwt.a", "no"},
		{`x`, "jwt.a", "no"},
		// Known names.
		{`{"email":"v"}`, "frontegg.email", "yes"},
		{`{"tenantId":"v"}`, "frontegg.tenantId", "yes"},
		{`{"id":"v","sub":"v","userId":"v"}`, "frontegg.userId", "no"},
		{`{"name":"v"}`, "frontegg.name", "no"},
		{`{"frontegg":{"email":"v"},"frontegg.email":"v"}`, "frontegg.email", "no"},
		{`{"a":{"email":"v"}}`, "frontegg.email", "no"},
	} {
		attributes := &entitlement.Attributes{Claims: tc.claims}
		condition := map[string]any{"attribute": tc.name, "op": "in_list", "value": map[string]any{"list": []any{"v"}}}
		if got := verdict(t, condition, attributes); got != tc.want {
			t.Errorf("%s of %s: %s, want %s", tc.name, tc.claims, got, tc.want)
		}
	}
}

// TestClaimTypes holds the types of claims.
func TestClaimTypes(t *testing.T) {
	t.Parallel()
	attributes := &entitlement.Attributes{UserID: "u", Claims: `{"n":5,"t":true,"f":false,"z":null,"l":[],"o":{},"s":"6"}`}
	for _, tc := range []struct{ condition, want string }{
		{`{"attribute":"jwt.n","op":"equal","value":{"number":5}}`, "yes"},
		{`{"attribute":"jwt.t","op":"is","value":{"boolean":true}}`, "yes"},
		{`{"attribute":"jwt.f","op":"is","value":{"boolean":false}}`, "yes"},
		{`{"attribute":"jwt.z","op":"is","value":{"boolean":false},"negate":true}`, "yes"},
		{`{"attribute":"jwt.z","op":"lower_than","value":{"number":1}}`, "doubt"},
		{`{"attribute":"jwt.l","op":"contains","value":{"list":["x"]},"negate":true}`, "yes"},
		{`{"attribute":"jwt.o","op":"contains","value":{"list":["x"]},"negate":true}`, "doubt"},
		{`{"attribute":"jwt.o","op":"in_list","value":{"list":["x"]},"negate":true}`, "yes"},
		{`{"attribute":"jwt.s","op":"greater_than","value":{"number":5}}`, "yes"},
		{`{"attribute":"jwt.s","op":"on","value":{"date":"2024-01-01"}}`, "doubt"},
		{`{"attribute":"frontegg.userId","op":"in_list","value":{"list":["u"]}}`, "yes"},
		{`{"attribute":"frontegg.emailVerified","op":"is","value":{"boolean":true},"negate":true}`, "no"},
	} {
		if got := verdict(t, json.RawMessage(tc.condition), attributes); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.condition, got, tc.want)
		}
	}
}

// TestLookup holds who answers for which names.
func TestLookup(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, claims, want string }{
		{"plan", "", "plan"},
		{"jwt.a", "", "jwt.a"},
		{"frontegg.email", "", "frontegg.email"},
		{"plan", `{}`, "plan"},
		{"jwt", `{}`, "jwt"},
		{"jwt.a", `{}`, ""},
		{"frontegg.email", `{}`, ""},
		{"frontegg.more", `{}`, ""},
		{"frontegg.userId", `{}`, ""},
	} {
		var asked []string
		attributes := &entitlement.Attributes{Claims: tc.claims, Lookup: func(name string) (entitlement.Value, bool) {
			asked = append(asked, name)
			return entitlement.Value{}, false
		}}
		condition := map[string]any{"attribute": tc.name, "op": "in_list", "value": map[string]any{"list": []any{"v"}}}
		if grants(t, flagged(flag("false", rule("and", "true", condition))), attributes) || strings.Join(asked, " ") != tc.want {
			t.Errorf("%s with claims %q asks for %q", tc.name, tc.claims, asked)
		}
	}
	// A feature that is held asks for nothing.
	b := flagged(flag("false", rule("and", "true", map[string]any{"attribute": "a", "op": "in_list", "value": map[string]any{"list": []any{}}})))
	b.bundles, b.entitlements = []any{row{"b", []any{"id"}}}, []any{row{"b", "t", nil, nil}}
	if !grants(t, b, &entitlement.Attributes{Lookup: func(string) (entitlement.Value, bool) { panic("asked") }}) {
		t.Error("not entitled")
	}
}

// Types of a program's own.
type (
	seats int
	score float32
	plan  string
	beta  bool
	plans []plan
)

func TestValueOf(t *testing.T) {
	t.Parallel()
	asked := func(v any, condition string) string {
		t.Helper()
		return verdict(t, json.RawMessage(`{"attribute":"a",`+condition+`}`), custom(map[string]any{"a": v}))
	}
	for condition, all := range map[string][]any{
		`"op":"equal","value":{"number":5}`: {
			5, int8(5), int16(5), int32(5), int64(5), uint(5), uint8(5), uint16(5), uint32(5), uint64(5), float32(5), 5.0, seats(5), score(5), json.Number("5"), json.Number("5.0"),
		},
		`"op":"starts_with","value":{"list":["pro"]}`: {"pro", plan("pro-2")},
		`"op":"is","value":{"boolean":true}`:          {true, beta(true)},
		`"op":"contains","value":{"list":["pro"]}`:    {[]string{"pro"}, []any{1, "pro"}, []any{nil, plan("pro")}, []plan{"pro"}, plans{"x", "pro"}},
	} {
		for _, v := range all {
			if got := asked(v, condition); got != "yes" {
				t.Errorf("%T %s: %s", v, condition, got)
			}
		}
	}
	for _, v := range []any{[]any{json.Number("5"), 5}, []json.Number{"5"}} {
		if got := asked(v, `"op":"in_list","value":{"list":["5"]}`); got != "no" {
			t.Errorf("%T: numbers are texts: %s", v, got)
		}
	}
	for _, v := range []any{math.NaN(), time.Time{}, time.Duration(5), struct{}{}, []int{5}, json.Number("x"), json.Number("1e999"), json.Number(""), new(string), uintptr(5), 5i} {
		for _, op := range []string{`"op":"in_list","value":{"list":["x"]}`, `"op":"equal","value":{"number":1}`, `"op":"is","value":{"boolean":true}`} {
			if got := asked(v, op+`,"negate":true`); got != "doubt" {
				t.Errorf("%T %s: %s", v, op, got)
			}
		}
	}
}
