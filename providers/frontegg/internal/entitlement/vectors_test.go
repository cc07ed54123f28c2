package entitlement_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg/internal/entitlement"
)

type vector struct {
	Name       string          `json:"name"`
	Condition  json.RawMessage `json:"condition"`
	Attributes map[string]any  `json:"attributes"`
	Have, Want *string
	Result     any `json:"result"`
}

// defects are the recorded evaluations that are not followed, by their place in the
// file.
var defects = map[int]struct {
	answer bool
	why    string
}{
	9:  {false, "throws; a number does not start with a text, negated or not"},
	10: {false, "throws; null does not start with a text, negated or not"},
	39: {false, "throws; a string is no date"},
	40: {false, "throws; a number is no date: it could be seconds or milliseconds"},
	60: {true, "+ is taken for a regular expression's; who holds a permission by its very name holds it"},
	61: {true, "throws; ( is taken for a regular expression's; who holds a permission by its very name holds it"},
}

func TestVectors(t *testing.T) {
	t.Parallel()
	var vectors []vector
	readJSON(t, "entitlement_conditions.json", &vectors)
	if len(vectors) != 71 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for i, v := range vectors {
		t.Run(fmt.Sprintf("%d %s", i, v.Name), func(t *testing.T) {
			t.Parallel()
			result, _ := v.Result.(map[string]any)
			_, threw := result["throws"]
			want, defect := defects[i]
			if threw && !defect {
				t.Fatal("a crash is not listed as a defect")
			}
			switch {
			case v.Condition != nil:
				if !defect {
					want.answer = v.Result.(bool)
				}
				got := grants(t, flagged(flag("false", rule("and", "true", object(t, string(v.Condition))))), custom(vectorAttributes(t, v.Attributes)))
				if got != want.answer {
					t.Errorf("got %v, want %v", got, want.answer)
				}
			case v.Have != nil:
				if !defect {
					want.answer = v.Result.(bool)
				}
				if got := (entitlement.Held{*v.Have}).HasPermission(*v.Want); got != want.answer {
					t.Errorf("who has %q has %q: %v, want %v", *v.Have, *v.Want, got, want.answer)
				}
			case strings.HasPrefix(v.Name, "flag: "):
				if got := fmt.Sprint(grants(t, flagged(vectorFlags(t)[v.Name]), custom(map[string]any{"a": "x"}))); got != v.Result {
					t.Errorf("got %v, want %v", got, v.Result)
				}
			case v.Name == "prepareAttributes":
				checkPrepared(t, result)
			default:
				checkStandalone(t, v.Name, result)
			}
		})
	}
}

func vectorAttributes(t *testing.T, from map[string]any) map[string]any {
	attributes := map[string]any{}
	for name, value := range from {
		attributes[name] = value
		s, _ := value.(string)
		if day, ok := strings.CutSuffix(s, " (Date)"); ok {
			date, err := time.Parse(time.RFC3339, day)
			if err != nil {
				t.Fatal(err)
			}
			attributes[name] = date
		}
	}
	return attributes
}

// vectorFlags holds the flags of the vectors, which record a name and an outcome.
func vectorFlags(t *testing.T) map[string]any {
	is := object(t, `{"attribute":"a","op":"in_list","value":{"list":["x"]},"negate":false}`)
	isNot := object(t, `{"attribute":"a","op":"in_list","value":{"list":["y"]},"negate":false}`)
	group := func(logic string, conditions ...any) any {
		return map[string]any{"conditionLogic": logic, "conditions": conditions}
	}
	return map[string]any{
		"flag: off -> offTreatment true": row{"f", false, "boolean", "false", "true", nil},
		"flag: empty conditions and":     flag("false", rule("and", "true")),
		"flag: empty conditions or":      flag("false", rule("or", "true")),
		"flag: nested group":             flag("false", rule("and", "true", is, group("or", isNot, group("and", is)))),
		"flag: unknown logic = and":      flag("false", rule("xor", "true", is, isNot)),
	}
}

// checkPrepared reads each attribute of a token with a condition that only the
// recorded value satisfies.
func checkPrepared(t *testing.T, want map[string]any) {
	attributes := custom(map[string]any{"plan": "p", "frontegg.email": "forged", "jwt.sub": "forged", "jwt.more": "forged"})
	attributes.Claims = `{"email":"e@x","email_verified":true,"tenantId":"t","id":"u","sub":"s","roles":["a","b"],"permissions":[],"metadata":{"k":{"z":1}},"n":null}`
	attributes.UserID = "u"
	for name, value := range want {
		op, operand, negate := "in_list", any(map[string]any{"list": []any{value}}), false
		switch value.(type) {
		case bool:
			op, operand = "is", map[string]any{"boolean": value}
		case float64:
			op, operand = "equal", map[string]any{"number": value}
		case nil, []any: // is there, and is no string
			operand, negate = map[string]any{"list": []any{"forged"}}, true
		}
		condition := map[string]any{"attribute": name, "op": op, "value": operand, "negate": negate}
		if got := verdict(t, condition, attributes); got != "yes" {
			t.Errorf("%s is %v: %s", name, value, got)
		}
	}
	for _, name := range []string{"jwt.roles", "jwt.more", "jwt.metadata", "jwt", "frontegg.name", "email"} {
		condition := map[string]any{"attribute": name, "op": "in_list", "value": map[string]any{"list": []any{"forged"}}, "negate": true}
		if got := verdict(t, condition, attributes); got != "no" {
			t.Errorf("%s is no attribute: %s", name, got)
		}
	}
}

// checkStandalone asks a snapshot what the vectors asked of a list that was prepared.
func checkStandalone(t *testing.T, name string, want map[string]any) {
	expiry := map[string]any{"never (-1)": nil, "future": "2026-01-02T03:04:05.001Z", "past": "2026-01-02T03:04:04.999Z"}
	b := body{
		features: []any{row{"id", "f", []any{"p.read"}}},
		bundles:  []any{row{"b", []any{"id"}, "false", nil}},
	}
	for word, expires := range expiry {
		if strings.Contains(name, word) {
			b.entitlements = []any{row{"b", "t", nil, expires}}
		}
	}
	subject := entitlement.Subject{TenantID: "t", Permissions: entitlement.Held{"p.read", "p.free"}}
	s := b.parse(t)
	var got entitlement.Result
	switch {
	case strings.HasPrefix(name, "feature "):
		got = s.Feature(subject, "f", nil, testNow)
	case strings.HasPrefix(name, "permission p.read"):
		got = s.Permission(subject, "p.read", nil, testNow)
	case name == "permission not held":
		got = s.Permission(subject, "p.write", nil, testNow)
	case name == "permission held, no linked feature":
		got = s.Permission(subject, "p.free", nil, testNow)
	default:
		t.Fatal("not known")
	}
	justification, _ := want["justification"].(string)
	if got.Entitled != want["isEntitled"] || string(got.Justification) != strings.ReplaceAll(strings.ToLower(justification), "_", "-") {
		t.Errorf("got %+v, want %v", got, want)
	}
}
