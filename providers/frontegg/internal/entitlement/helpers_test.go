package entitlement_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg/internal/entitlement"
)

// subjectT is a tenant.
var subjectT = entitlement.Subject{TenantID: "t"}

var testNow = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// body is a snapshot to be written as JSON. A nil list is [].
type body struct{ features, bundles, entitlements, flags []any }

type row = []any

func (b body) json(t testing.TB) []byte {
	t.Helper()
	list := func(l []any) []any { return append([]any{}, l...) }
	data, err := json.Marshal(map[string]any{
		"snapshotOffset": 7,
		"data": map[string]any{
			"features": list(b.features), "featureBundles": list(b.bundles),
			"entitlements": list(b.entitlements), "featureFlags": list(b.flags),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (b body) parse(t testing.TB) *entitlement.Snapshot {
	t.Helper()
	s, err := entitlement.Parse(b.json(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// flagged is a snapshot with the feature "f" behind one flag for each of rows.
func flagged(flags ...any) body {
	return body{features: []any{row{"id", "f", nil}}, flags: flags}
}

// flag is on, with these rules.
func flag(fallback string, rules ...any) row {
	return row{"f", true, "boolean", fallback, "false", rules}
}

func rule(logic any, treatment string, conditions ...any) map[string]any {
	return map[string]any{"description": "", "conditionLogic": logic, "conditions": append([]any{}, conditions...), "treatment": treatment}
}

// object reads JSON.
func object(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// custom are attributes of the application.
func custom(values map[string]any) *entitlement.Attributes {
	return &entitlement.Attributes{Lookup: func(name string) (entitlement.Value, bool) {
		v, ok := values[name]
		return entitlement.ValueOf(v), ok
	}}
}

func grants(t testing.TB, b body, attributes *entitlement.Attributes) bool {
	t.Helper()
	return b.parse(t).Feature(subjectT, "f", attributes, testNow).Entitled
}

// verdict says what a condition comes to: yes, no or doubt. A rule that grants needs
// a yes, one that refuses lets only a no pass.
func verdict(t testing.TB, condition any, attributes *entitlement.Attributes) string {
	t.Helper()
	granted := grants(t, flagged(flag("false", rule("and", "true", condition))), attributes)
	passed := grants(t, flagged(flag("true", rule("and", "false", condition))), attributes)
	switch {
	case granted && passed:
		t.Fatalf("%v is both yes and no", condition)
	case granted:
		return "yes"
	case passed:
		return "no"
	}
	return "doubt"
}

func readJSON(t testing.TB, name string, into any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	if err := dec.Decode(into); err != nil {
		t.Fatal(err)
	}
}
