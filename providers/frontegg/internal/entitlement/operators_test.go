package entitlement_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// operatorAttributes are those of operators.json; nil is null.
var operatorAttributes = map[string]any{
	"null": nil, "text": "x", "empty": "", "number": 5, "zero": 0, "NaN": math.NaN(),
	"numeral": "5", "larger": "6", "spaced": " 6 ", "hex": "0x10", "power": "1e3",
	"true": true, "false": false, "word": "true",
	"list": []any{"x"}, "emptyList": []string{}, "numbers": []any{6}, "numerals": []any{"6"}, "nulls": []any{nil}, "nested": []any{[]any{"x"}},
	"object": map[string]any{"x": 1},
	"date":   time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), "invalidDate": time.Time{},
	"iso": "2024-01-01T00:00:00Z", "millis": int64(1704067200000),
}

var (
	listOps    = []string{"starts_with", "ends_with", "contains"}
	orderOps   = []string{"greater_than", "greater_than_equal", "lower_than", "lower_than_equal", "between_numeric"}
	numberLike = []string{"number", "zero", "millis", "numeral", "larger", "power"}
	textLike   = []string{"text", "empty", "numeral", "larger", "spaced", "hex", "power", "word", "iso"}
	listLike   = []string{"list", "emptyList", "numbers", "numerals", "nulls", "nested"}
)

// departures are the classes of evaluations that are answered otherwise than observed:
// each denies, negated or not, and each rule that refuses does so.
var departures = []struct {
	why string
	of  func(op, value, attribute string, observed byte) bool
}{
	{"a crash is no answer", func(_, _, _ string, observed byte) bool { return observed == '!' }},
	{"what is not a number or a date is not comparable with any", func(_, _, attribute string, _ byte) bool {
		return attribute == "NaN" || attribute == "invalidDate"
	}},
	{"null, booleans, lists, dates and texts that are no number are converted to numbers", func(op, _, attribute string, _ byte) bool {
		return slices.Contains(orderOps, op) && !slices.Contains(numberLike, attribute)
	}},
	{"a pattern that nobody understands is taken for one that matches nothing", func(_, value, _ string, _ byte) bool {
		return value == `{"string":"("}`
	}},
	{"what is no text is converted to text before it is matched", func(op, _, attribute string, _ byte) bool {
		return op == "matches" && !slices.Contains(textLike, attribute)
	}},
	{"an empty list hides that the attribute is of a wrong type", func(op, value, attribute string, _ byte) bool {
		return slices.Contains(listOps, op) && value == `{"list":[]}` && !slices.Contains(textLike, attribute) &&
			!(op == "contains" && slices.Contains(listLike, attribute))
	}},
	{"dates have forms of their own in each engine", func(_, value, _ string, _ byte) bool {
		return slices.Contains([]string{`{"date":"Jan 1 2024"}`, `{"date":"2024-01-01 00:00:00Z"}`, `{"date":"0"}`, `{"date":true}`}, value)
	}},
	{"a small number of milliseconds is seconds", func(_, value, _ string, _ byte) bool { return value == `{"date":1704067200}` }},
}

// TestOperators tries each operator on each type of attribute.
func TestOperators(t *testing.T) {
	t.Parallel()
	var observed struct {
		Attributes []string
		Rows       []struct {
			Op             string
			Value          json.RawMessage
			Plain, Negated string
		}
	}
	readJSON(t, "operators.json", &observed)
	if len(observed.Attributes) != len(operatorAttributes)+1 || len(observed.Rows) < 100 {
		t.Fatal("the file and the test hold different attributes")
	}
	used := make([]int, len(departures))
	for _, r := range observed.Rows {
		for negated, outcomes := range []string{r.Plain, r.Negated} {
			condition := map[string]any{"attribute": "a", "op": r.Op, "value": r.Value, "negate": negated == 1}
			granting := flagged(flag("false", rule("and", "true", condition))).parse(t)
			for i, name := range observed.Attributes {
				values := map[string]any{}
				if value, ok := operatorAttributes[name]; ok {
					values["a"] = value
				} else if name != "missing" {
					t.Fatalf("attribute %s is not known", name)
				}
				want := outcomes[i] == 'T'
				for d := range departures {
					if departures[d].of(r.Op, string(r.Value), name, outcomes[i]) {
						if want || outcomes[i] == '!' {
							used[d]++
						}
						want = false
					}
				}
				if got := granting.Feature(subjectT, "f", custom(values), testNow).Entitled; got != want {
					t.Errorf("%s %s of %s, negated %v: got %v, observed %c", r.Op, r.Value, name, negated == 1, got, outcomes[i])
				}
			}
		}
	}
	for d, n := range used {
		if n == 0 {
			t.Errorf("nothing departs because %s", departures[d].why)
		}
	}
}

// TestVerdicts holds what conditions come to where yes and no are not all.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	attributes := custom(map[string]any{"a": "x", "n": 5, "l": []string{"x"}, "d": time.Date(2024, 5, 1, 0, 0, 0, 999999, time.UTC), "long": strings.Repeat("x", 5000), "odd": struct{}{}, "octal": "05", "e": "a\r", "z": nil})
	for _, tc := range []struct{ condition, want string }{
		{`{"attribute":"a","op":"in_list","value":{"list":["x"]}}`, "yes"},
		{`{"attribute":"a","op":"in_list","value":{"list":["x"]},"negate":null}`, "yes"},
		{`{"attribute":"a","attributeType":"custom","op":"in_list","value":{"list":["x"]}}`, "yes"},
		{`{"attribute":"a","attributeType":"frontegg","op":"in_list","value":{"list":["x"]}}`, "yes"},
		{`{"attribute":"a","attributeType":null,"op":"in_list","value":{"list":["z","y","x"]}}`, "yes"},
		{`{"attribute":"a","op":"in_list","value":{"list":["x"],"more":1},"more":1}`, "yes"},
		{`{"attribute":"l","op":"in_list","value":{"list":["x"]},"negate":true}`, "no"},
		{`{"attribute":"z","op":"in_list","value":{"list":["x"]},"negate":true}`, "yes"},
		{`{"attribute":"missing","op":"in_list","value":{"list":["x"]}}`, "no"},
		{`{"attribute":"missing","op":"in_list","value":{"list":["x"]},"negate":true}`, "no"},
		{`{"attribute":"n","op":"starts_with","value":{"list":["5"]}}`, "doubt"},
		{`{"attribute":"n","op":"matches","value":{"string":"5"}}`, "doubt"},
		{`{"attribute":"a","op":"greater_than","value":{"number":1},"negate":true}`, "doubt"},
		{`{"attribute":"octal","op":"greater_than","value":{"number":1}}`, "doubt"},
		{`{"attribute":"odd","op":"in_list","value":{"list":["x"]},"negate":true}`, "doubt"},
		{`{"attribute":"odd","op":"is","value":{"boolean":true},"negate":true}`, "doubt"},
		{`{"attribute":"long","op":"matches","value":{"string":"x"}}`, "doubt"},
		{`{"attribute":"d","op":"on","value":{"date":"2024-05-01"}}`, "yes"},
		{`{"attribute":"d","op":"on_or_before","value":{"date":"2024-05-01T00:00:00.0009999Z"}}`, "yes"},
		{`{"attribute":"d","op":"on","value":{"date":"2024-05-01T00:00:00,0Z"}}`, "doubt"},
		// Not understood.
		{`{"attribute":"a","op":"nope","value":{"list":["x"]}}`, "doubt"},
		{`{"attribute":"a","op":"nope","value":{"list":["x"]},"negate":true}`, "doubt"},
		{`{"attribute":"a","op":["in_list"],"value":{"list":["x"]}}`, "doubt"},
		{`{"attribute":"a","value":{"list":["x"]}}`, "doubt"},
		{`{"attribute":"a","op":"in_list","value":null}`, "doubt"},
		{`{"attribute":"a","op":"in_list"}`, "doubt"},
		{`{"attribute":"a","op":"in_list","value":["x"]}`, "doubt"},
		{`{"attribute":"a","op":"in_list","value":{"List":["x"]}}`, "doubt"},
		{`{"attribute":"a","op":"in_list","value":{"list":["x","\ud800"]}}`, "doubt"},
		{`{"attribute":"a","op":"in_list","value":{"list":["x"]},"negate":"false"}`, "doubt"},
		{`{"attribute":"a","op":"in_list","value":{"list":["x"]},"negate":0}`, "doubt"},
		{`{"attribute":"a","attributeType":"other","op":"in_list","value":{"list":["x"]}}`, "doubt"},
		{`{"attribute":"a","attributeType":1,"op":"in_list","value":{"list":["x"]}}`, "doubt"},
		{`{"attribute":"","op":"in_list","value":{"list":["x"]},"negate":true}`, "doubt"},
		{`{"attribute":["a"],"op":"in_list","value":{"list":["x"]}}`, "doubt"},
		{`{"op":"in_list","value":{"list":["x"]}}`, "doubt"},
		{`{"attribute":"` + strings.Repeat("a", 1025) + `","op":"in_list","value":{"list":["x"]},"negate":true}`, "doubt"},
		{`{"attribute":"a","attribute":"a","op":"in_list","value":{"list":["x"]}}`, "doubt"},
		{`{"attribute":"a","op":"in_list","value":{"list":["x"],"list":["x"]}}`, "doubt"},
		{`{"attribute":"a","op":"in_list","value":{"list":["x"]},"negate":true,"negate":false}`, "doubt"},
		{`null`, "doubt"},
		{`"x"`, "doubt"},
		{`[]`, "doubt"},
		// Groups.
		{`{"conditionLogic":"and","conditions":[]}`, "yes"},
		{`{"conditionLogic":"or","conditions":[]}`, "no"},
		{`{"conditionLogic":"xor","conditions":[]}`, "yes"},
		{`{"conditionLogic":"xor","conditions":[{"conditionLogic":"or","conditions":[]}]}`, "doubt"},
		{`{"conditionLogic":null,"conditions":[]}`, "yes"},
		{`{"conditionLogic":"or"}`, "doubt"},
		{`{"conditionLogic":"or","conditions":{}}`, "doubt"},
		{`{"conditions":[]}`, "doubt"},
		{`{"conditionLogic":"and","conditions":[],"attribute":"a","op":"in_list","value":{"list":["x"]}}`, "doubt"},
		{`{"conditionLogic":"and","conditions":[1,{"conditionLogic":"or","conditions":[]}]}`, "no"},
		{`{"conditionLogic":"or","conditions":[1,{"conditionLogic":"and","conditions":[]}]}`, "yes"},
		{`{"conditionLogic":"and","conditions":[1,{"conditionLogic":"and","conditions":[]}]}`, "doubt"},
		{`{"conditionLogic":"or","conditions":[{"conditionLogic":"or","conditions":[]},1]}`, "doubt"},
		{strings.Repeat(`{"conditionLogic":"and","conditions":[`, 16) + strings.Repeat(`]}`, 16), "yes"},
		{strings.Repeat(`{"conditionLogic":"and","conditions":[`, 17) + strings.Repeat(`]}`, 17), "doubt"},
	} {
		if got := verdict(t, json.RawMessage(tc.condition), attributes); got != tc.want {
			t.Errorf("%.150s: %s, want %s", tc.condition, got, tc.want)
		}
	}
}

// TestPatterns compares what a pattern matches with what ECMAScript says.
func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ pattern, text, want string }{
		{`^a.c$`, "abc", "yes"},
		{`b`, "abc", "yes"},
		{`B`, "abc", "no"},
		{`^a.c$`, "a\nc", "no"},
		{`^a.c$`, "a\rc", "no"},
		{`^a.c$`, "a\u2028c", "no"},
		{`^a.c$`, "a\u00e9c", "yes"},
		{`^[^]$`, "a", "doubt"},
		{`^[]$`, "a", "doubt"},
		{`^[[]$`, "[", "yes"},
		{`^[[:alpha:]]$`, "a", "no"},
		{`^[[:alpha:]]$`, "a]", "yes"},
		{`^a$`, "a\n", "no"},
		{`^\s$`, "\u00a0", "yes"},
		{`^\s$`, "\v", "yes"},
		{`^\S$`, "\ufeff", "no"},
		{`^[\s-]$`, "\u3000", "yes"},
		{`^[\S]$`, "x", "doubt"},
		{`^\d\w$`, "1_", "yes"},
		{`^[\d.]+$`, "1.2", "yes"},
		{`^\w$`, "\u00e9", "no"},
		{`^a\/b\-c\_\.$`, "a/b-c_.", "yes"},
		{`^\u0041\x42$`, "AB", "yes"},
		{`^\x{41}$`, "A", "doubt"},
		{`^\A`, "A", "doubt"},
		{`\Qa.\E`, "a.", "doubt"},
		{`^\pL$`, "pL", "doubt"},
		{`^\0$`, "\x00", "yes"},
		{`^\012$`, "\n", "doubt"},
		{`^[\b]$`, "\b", "yes"},
		{`\bfoo\b`, "a foo b", "yes"},
		{`(?i)a`, "A", "doubt"},
		{`(?=a)`, "a", "doubt"},
		{`(?!a)`, "b", "doubt"},
		{`(?<=a)b`, "ab", "doubt"},
		{`(?<n>a)`, "a", "doubt"},
		{`^(?:a|b)$`, "b", "yes"},
		{`(a)\1`, "aa", "doubt"},
		{`^*`, "a", "doubt"},
		{`\b+`, "a", "doubt"},
		{`a**`, "a", "doubt"},
		{`a++`, "a", "doubt"},
		{`^x{,2}$`, "x{,2}", "yes"},
		{`(`, "(", "doubt"},
		{`[`, "[", "doubt"},
		{`\`, `\`, "doubt"},
		{`^(a+)+$`, strings.Repeat("a", 4000) + "b", "no"},
		{`^.{1,500}$`, "a", "yes"},
		{`^(.{1,900}){1,900}$`, "a", "doubt"},
		{`^[a-z]{0,1000}[a-z]{0,1000}$`, "a", "doubt"},
		{`^[^\ud83d]$`, "a", "doubt"},
		{`^(((a{9}){9}){9}){9}$`, "a", "doubt"},
		{strings.Repeat("a", 1025), "a", "doubt"},
		{"\U0001F600", "\U0001F600", "doubt"},
		{`^.$`, "\U0001F600", "no"},
		{`^a..b$`, "a\U0001F600b", "yes"},
		{`^\W{4}$`, "\U0001F600\U0001F600", "yes"},
		{`^[^a]\S$`, "\U0001F600", "yes"},
	} {
		condition := map[string]any{"attribute": "a", "op": "matches", "value": map[string]any{"string": tc.pattern}}
		if got := verdict(t, condition, custom(map[string]any{"a": tc.text})); got != tc.want {
			t.Errorf("%.40q matches %.20q: %s, want %s", tc.pattern, tc.text, got, tc.want)
		}
	}
}

// TestManyPatterns holds the bound of all patterns together.
func TestManyPatterns(t *testing.T) {
	t.Parallel()
	var conditions []any
	for i := range 700 {
		pattern := fmt.Sprintf("^(?:%d[a-z]{900})$", i)
		condition := map[string]any{"attribute": "a", "op": "matches", "value": map[string]any{"string": pattern}}
		conditions = append(conditions, condition, condition)
	}
	if d := flagged(flag("false", rule("or", "true", conditions...))).parse(t).Dropped(); d.Patterns == 0 || d.Patterns != d.Conditions || d.Patterns > 600 {
		t.Errorf("%+v", d)
	}
}
