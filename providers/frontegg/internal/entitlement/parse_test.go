package entitlement_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/authgen/authgen/providers/frontegg/internal/entitlement"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const good = `{"data":{"features":[],"featureBundles":[],"entitlements":[],"featureFlags":[]},"snapshotOffset":0}`
	if _, err := entitlement.Parse([]byte(" " + good + "\n")); err != nil {
		t.Fatal(err)
	}
	feature := func(tuple string) string { return strings.Replace(good, `"features":[]`, `"features":[`+tuple+`]`, 1) }
	for name, tc := range map[string]struct{ body, want string }{
		"empty":              {"", "not JSON"},
		"cut":                {good[:len(good)-1], "not JSON"},
		"two":                {good + good, "not JSON"},
		"HTML":               {"<html>", "not JSON"},
		"UTF-8":              {strings.Replace(good, "0}", "0,\"\xff\":1}", 1), "not JSON"},
		"deep":               {strings.Repeat("[", 1<<20), "not JSON"},
		"null":               {"null", "object"},
		"array":              {"[" + good + "]", "object"},
		"data twice":         {strings.Replace(good, `{"data"`, `{"data":{},"data"`, 1), "twice"},
		"no data":            {`{"snapshotOffset":0}`, "data"},
		"data null":          {`{"data":null,"snapshotOffset":0}`, "data"},
		"no offset":          {strings.Replace(good, `,"snapshotOffset":0`, "", 1), "snapshotOffset"},
		"offset text":        {strings.Replace(good, `:0}`, `:"0"}`, 1), "snapshotOffset"},
		"offset half":        {strings.Replace(good, `:0}`, `:0.5}`, 1), "snapshotOffset"},
		"offset large":       {strings.Replace(good, `:0}`, `:1e300}`, 1), "snapshotOffset"},
		"no features":        {strings.Replace(good, `"features":[],`, ``, 1), "data.features"},
		"features null":      {strings.Replace(good, `"features":[]`, `"features":null`, 1), "data.features"},
		"features object":    {strings.Replace(good, `"features":[]`, `"features":{}`, 1), "data.features"},
		"features in case":   {strings.Replace(good, `"features"`, `"Features"`, 1), "data.features"},
		"features twice":     {strings.Replace(good, `"features":[]`, `"features":[],"features":[]`, 1), "twice"},
		"no bundles":         {strings.Replace(good, `"featureBundles":[],`, ``, 1), "data.featureBundles"},
		"entitlements null":  {strings.Replace(good, `"entitlements":[]`, `"entitlements":null`, 1), "data.entitlements"},
		"no flags":           {strings.Replace(good, `,"featureFlags":[]`, ``, 1), "data.featureFlags"},
		"feature null":       {feature(`null`), "data.features[0]"},
		"feature object":     {feature(`{"id":"a","key":"f"}`), "data.features[0]"},
		"feature short":      {feature(`["a"]`), "data.features[0]"},
		"feature id":         {feature(`[1,"f",null]`), "data.features[0]"},
		"feature no id":      {feature(`["","f",null]`), "data.features[0]"},
		"feature key":        {feature(`["a",null,null]`), "data.features[0]"},
		"feature half":       {feature(`["a","\udc00",null]`), "data.features[0]"},
		"feature twice":      {feature(`["a","f",null],["a","g",null]`), "data.features[1]"},
		"feature permission": {feature(`["a","f",["p",null]]`), "data.features[0]"},
		"permission text":    {feature(`["a","f","p"]`), "data.features[0]"},
	} {
		s, err := entitlement.Parse([]byte(tc.body))
		if err == nil || s != nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
	if _, err := entitlement.Parse(make([]byte, entitlement.MaxBytes+1)); err == nil || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("too long: %v", err)
	}
}

// TestDropped holds what is left out, and that it then denies.
func TestDropped(t *testing.T) {
	t.Parallel()
	features := []any{row{"id", "f", []any{"p"}}}
	direct := []any{row{"b", "t", nil, nil}}
	always := rule("and", "true")
	bundle := func(columns ...any) body {
		return body{features: features, bundles: []any{row(columns)}, entitlements: direct}
	}
	grant := func(columns ...any) body {
		return body{features: features, bundles: []any{row{"b", []any{"id"}}}, entitlements: []any{row(columns)}}
	}
	raw := func(s string) any { return json.RawMessage(s) }
	for name, tc := range map[string]struct {
		body body
		want entitlement.Dropped
	}{
		"bundle no id":        {bundle("", []any{"id"}, "true", nil), entitlement.Dropped{Bundles: 1}},
		"bundle id":           {bundle(5, []any{"id"}, "true", nil), entitlement.Dropped{Bundles: 1}},
		"bundle features":     {bundle("b", "id", "true", nil), entitlement.Dropped{Bundles: 1}},
		"bundle feature":      {bundle("b", []any{"id", 5}, "true", nil), entitlement.Dropped{Bundles: 1}},
		"bundle short":        {bundle("b"), entitlement.Dropped{Bundles: 1}},
		"bundle null":         {body{features: features, bundles: []any{nil}, entitlements: direct}, entitlement.Dropped{Bundles: 1}},
		"bundle twice":        {body{features: features, bundles: []any{row{"b", []any{"id"}, "true", nil}, row{"b", nil, nil, nil}}, entitlements: direct}, entitlement.Dropped{Bundles: 1}},
		"bundle twice, later": {body{features: features, bundles: []any{row{"b", nil, nil, nil}, row{"b", []any{"id"}, "true", nil}}, entitlements: direct}, entitlement.Dropped{Bundles: 1}},

		"entitlement null":      {body{features: features, entitlements: []any{nil}}, entitlement.Dropped{Entitlements: 1}},
		"entitlement short":     {grant("b", "t", nil), entitlement.Dropped{Entitlements: 1}},
		"entitlement bundle":    {grant(5, "t", nil, nil), entitlement.Dropped{Entitlements: 1}},
		"entitlement no tenant": {grant("b", nil, "u", nil), entitlement.Dropped{Entitlements: 1}},
		"entitlement tenant":    {grant("b", "", nil, nil), entitlement.Dropped{Entitlements: 1}},
		"entitlement user":      {grant("b", "t", "", nil), entitlement.Dropped{Entitlements: 1}},
		"entitlement user type": {grant("b", "t", false, nil), entitlement.Dropped{Entitlements: 1}},
		"entitlement no text":   {grant("b", "t\ufffd", nil, nil), entitlement.Dropped{Entitlements: 1}},
		"entitlement half":      {grant("b", raw(`"t\ud800"`), nil, nil), entitlement.Dropped{Entitlements: 1}},

		"plan treatment": {body{features: features, bundles: []any{row{"b", []any{"id"}, true, []any{always}}}}, entitlement.Dropped{Plans: 1}},
		"plan other":     {body{features: features, bundles: []any{row{"b", []any{"id"}, "maybe", []any{always}}}}, entitlement.Dropped{Plans: 1}},
		"plan rules":     {body{features: features, bundles: []any{row{"b", []any{"id"}, "true", "none"}}}, entitlement.Dropped{Plans: 1}},

		"flag null":      {flagged(nil), entitlement.Dropped{Flags: 1}},
		"flag short":     {flagged(row{"f", true, "boolean", "true"}), entitlement.Dropped{Flags: 1}},
		"flag key":       {flagged(row{5, true, "boolean", "true", "true", nil}), entitlement.Dropped{Flags: 1}},
		"flag on":        {flagged(row{"f", "true", "boolean", "true", "true", nil}), entitlement.Dropped{Flags: 1}},
		"flag on null":   {flagged(row{"f", nil, "boolean", "true", "true", nil}), entitlement.Dropped{Flags: 1}},
		"flag type":      {flagged(row{"f", true, "string", "true", "true", nil}), entitlement.Dropped{Flags: 1}},
		"flag treatment": {flagged(row{"f", true, "boolean", true, "true", []any{always}}), entitlement.Dropped{Flags: 1}},
		"flag off":       {flagged(row{"f", true, "boolean", "true", nil, nil}), entitlement.Dropped{Flags: 1}},
		"flag rules":     {flagged(row{"f", true, "boolean", "true", "true", map[string]any{}}), entitlement.Dropped{Flags: 1}},

		"rule null":       {flagged(flag("true", nil)), entitlement.Dropped{Rules: 1}},
		"rule before":     {flagged(flag("true", 5, always)), entitlement.Dropped{Rules: 1}},
		"rule treatment":  {flagged(flag("true", rule("and", "maybe"))), entitlement.Dropped{Rules: 1}},
		"rule conditions": {flagged(flag("true", map[string]any{"conditionLogic": "and", "conditions": nil, "treatment": "true"})), entitlement.Dropped{Rules: 1}},
		"rule twice":      {flagged(flag("true", raw(`{"conditionLogic":"and","conditions":[],"treatment":"true","treatment":"true"}`))), entitlement.Dropped{Rules: 1}},

		"condition": {flagged(flag("true", rule("and", "false", nil))), entitlement.Dropped{Conditions: 1}},
		"pattern": {
			flagged(flag("true", rule("and", "false", object(t, `{"attribute":"a","op":"matches","value":{"string":"("}}`)))),
			entitlement.Dropped{Conditions: 1, Patterns: 1},
		},
	} {
		s := tc.body.parse(t)
		if got := s.Dropped(); got != tc.want {
			t.Errorf("%s: dropped %+v, want %+v", name, got, tc.want)
		}
		subject := entitlement.Subject{TenantID: "t", UserID: "u", Permissions: entitlement.Held{"p"}}
		if r := s.Feature(subject, "f", custom(map[string]any{"a": "x"}), testNow); r.Entitled || r.Justification != entitlement.MissingFeature {
			t.Errorf("%s: %+v", name, r)
		}
		if len(tc.body.flags) > 0 {
			continue
		}
		if r := s.Permission(subject, "p", nil, testNow); r.Entitled {
			t.Errorf("%s: permission %+v", name, r)
		}
	}
	// A plan that is not understood takes no direct entitlement away.
	s := body{features: features, bundles: []any{row{"b", []any{"id"}, "maybe", nil}}, entitlements: direct}.parse(t)
	if got := ask(s, subjectT); got != "entitled" {
		t.Errorf("direct beside a broken plan: %s", got)
	}
}

// TestParseKeepsNothing changes the data after Parse.
func TestParseKeepsNothing(t *testing.T) {
	t.Parallel()
	data := body{features: []any{row{"id", "f", []any{"p"}}}, bundles: []any{row{"b", []any{"id"}}}, entitlements: []any{row{"b", "t", nil, nil}}}.json(t)
	s, err := entitlement.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if got := ask(s, subjectT); got != "entitled" {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	is := json.RawMessage(`{"attribute":"jwt.a.0","attributeType":"custom","op":"in_list","value":{"list":["x\n"]},"negate":false}`)
	f.Add(body{
		features:     []any{row{"id", "f", []any{"p"}}},
		bundles:      []any{row{"b", []any{"id"}, "false", []any{rule("or", "true", is, rule("and", "true", is))}}},
		entitlements: []any{row{"b", "t", nil, nil}, row{"b", "t", "u", past}},
		flags:        []any{flag("false", rule("and", "true", map[string]any{"attribute": "a", "op": "matches", "value": map[string]any{"string": `^\s.[a-z]{1,3}$`}}))},
	}.json(f))
	f.Add([]byte(`{"data":{"features":[["id","f"]],"featureBundles":[],"entitlements":[["b"]],"featureFlags":[["f",true,"boolean","true","false",[{}]]]},"snapshotOffset":1}`))
	f.Add([]byte(`[[[{"":"`))
	asks := flagged(flag("false", rule("or", "true", is, json.RawMessage(`{"attribute":"jwt.data.x","op":"in_list","value":{"list":["x"]}}`)))).parse(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		// Claims are read as they are, JSON or not.
		attributes := &entitlement.Attributes{Claims: string(data), Lookup: func(string) (entitlement.Value, bool) { return entitlement.String("x"), true }}
		asks.Feature(subjectT, "f", attributes, testNow)
		s, err := entitlement.Parse(data)
		if (s == nil) == (err == nil) {
			t.Fatalf("%v and %v", s, err)
		}
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatal("accepted what is not JSON")
		}
		for _, key := range []string{"f", ""} {
			for _, a := range []*entitlement.Attributes{nil, attributes} {
				r := s.Feature(entitlement.Subject{TenantID: "t", UserID: "u", Permissions: entitlement.Held{"*"}}, key, a, testNow)
				if r.Entitled == (r.Justification != "") {
					t.Errorf("%+v", r)
				}
			}
			s.Permission(entitlement.Subject{TenantID: "t", Permissions: entitlement.Held{"*"}}, key, attributes, testNow)
		}
	})
}
