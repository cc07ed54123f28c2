package fronteggtest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// recorded is an evaluation that was observed. Those without a condition are not
// of one: of permissions, when they have both Have and Want.
type recorded struct {
	Name       string
	Condition  *ft.Condition
	Attributes map[string]any
	Have, Want *string
	Result     any // or {"throws": name}
}

// TestNodeConditions holds that conditions reach the SDK through a snapshot as
// they were meant: recorded evaluations come out again.
func TestNodeConditions(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../internal/entitlement/testdata/entitlement_conditions.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []recorded
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	type m = map[string]any
	var e ft.Entitlements
	for i, r := range all {
		if r.Condition == nil {
			continue
		}
		key := fmt.Sprint("f", i)
		e.Features = append(e.Features, ft.Feature{ID: key, Key: key})
		e.Flags = append(e.Flags, ft.Flag{Feature: key, On: true, Rules: []ft.Rule{{Treatment: true, Conditions: []ft.Condition{*r.Condition}}}})
	}
	fake := ft.New(t)
	fake.SetEntitlements(e)
	node := startNode(t, fake)
	node.call(t, "entitlements.init", struct{}{}, nil)
	node.call(t, "entitlements.ready", struct{}{}, nil)
	conditions, wildcards := 0, 0
	for i, r := range all {
		name := fmt.Sprint(i)
		operation := m{"name": name, "attributes": dates(r.Attributes)}
		kind, entity := "feature", m{"type": "userToken", "sub": "ada", "tenantId": ft.DefaultTenant}
		switch {
		case r.Condition != nil:
			conditions++
			operation["key"] = "f" + name
		case r.Have != nil && strings.Contains(*r.Have, "*"): // without one it compares
			wildcards++
			kind, operation["key"], entity["permissions"] = "permission", *r.Want, []string{*r.Have}
		default:
			continue
		}
		t.Run(name+" "+r.Name, func(t *testing.T) {
			node.call(t, "entitlements.forUser", m{"name": name, "entity": entity}, nil)
			value, thrown := node.try(t, "entitlements."+kind, operation)
			want, ok := r.Result.(bool)
			if thrown != nil || !ok {
				if thrown == nil || ok {
					t.Errorf("threw %v, want %v", thrown, r.Result)
				}
				return
			}
			var got struct{ Result bool }
			if err := json.Unmarshal(value, &got); err != nil || got.Result != want {
				t.Errorf("%s, want %v", value, want)
			}
		})
	}
	if conditions < 40 || wildcards < 5 {
		t.Errorf("%d conditions and %d wildcards are recorded", conditions, wildcards)
	}
}

// dates makes dates of texts that end in "(Date)".
func dates(attributes map[string]any) map[string]any {
	all := map[string]any{}
	for name, value := range attributes {
		all[name] = value
		if text, _ := value.(string); strings.HasSuffix(text, " (Date)") {
			all[name] = map[string]string{"$date": strings.TrimSuffix(text, " (Date)")}
		}
	}
	return all
}
