package fronteggtest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// market makes up what an environment sells, and what is asked.
type market struct{ *rand.Rand }

func one[T any](m market, of ...T) T { return of[m.IntN(len(of))] }

// typed are attributes of each type, of tokens and of the application, and the
// operators for it.
var typed = []struct{ attributes, operators []string }{
	{[]string{"text", "jwt.metadata.plan", "frontegg.email", "frontegg.tenantId", "frontegg.userId", "jwt.roles.0"}, []string{"in_list", "starts_with", "ends_with", "contains", "matches"}},
	{[]string{"number", "numeral", "jwt.metadata.seats", "jwt.iat"}, []string{"equal", "greater_than", "greater_than_equal", "lower_than", "lower_than_equal", "between_numeric"}},
	{[]string{"flag", "frontegg.emailVerified", "jwt.metadata.beta"}, []string{"is"}},
	{[]string{"day"}, []string{"on", "on_or_after", "on_or_before", "between_date"}},
	{[]string{"list", "jwt.metadata.none", "nobody", "jwt.nobody", "jwt.roles.7"}, []string{"in_list", "contains"}},
}

// condition compares an attribute by an operator for its type, or unless fitting by any.
func (m market) condition(fitting bool) ft.Condition {
	of := one(m, typed...)
	c := ft.Condition{Attribute: one(m, of.attributes...), Negate: m.IntN(3) == 0}
	if !fitting {
		of = one(m, typed...)
		of.operators = append([]string{"unheard_of"}, of.operators...)
	}
	c.Op = one(m, of.operators...)
	texts := []string{"ada", "@example.com", "pro", "5", "", "x", "tenant", "user-1", "admin"}
	dates := []any{"2024-01-01", "2024-01-01T00:00:00.000Z", "2024-01-01T03:00:00+02:00", 1704067200000, "2024"}
	switch c.Op {
	case "matches":
		c.Value = map[string]any{"string": one(m, "^a", "x|5", `\d+`, `^[a-z]+@example\.com$`, "^$", "(?:pro){1,2}")}
	case "equal", "greater_than", "greater_than_equal", "lower_than", "lower_than_equal":
		c.Value = map[string]any{"number": one(m, 5, 6, 0, -1, 5.5, 1e3)}
	case "between_numeric":
		c.Value = map[string]any{"start": one(m, 0, 5, 5.5), "end": one(m, 1, 5, 6)}
	case "is":
		c.Value = map[string]any{"boolean": one(m, true, false)}
	case "on", "on_or_after", "on_or_before":
		c.Value = map[string]any{"date": one(m, dates...)}
	case "between_date":
		c.Value = map[string]any{"start": one(m, dates...), "end": one(m, dates...)}
	default:
		list := make([]string, 1+m.IntN(3))
		for i := range list {
			list[i] = one(m, texts...)
		}
		c.Value = map[string]any{"list": list}
	}
	return c
}

func (m market) rules(fitting bool) []ft.Rule {
	all := make([]ft.Rule, m.IntN(3))
	for i := range all {
		all[i] = ft.Rule{Logic: one(m, "and", "or"), Treatment: m.IntN(3) > 0}
		for range m.IntN(3) {
			all[i].Conditions = append(all[i].Conditions, m.condition(fitting))
		}
	}
	return all
}

// sells has features 0 to n-1, of which those with even numbers have conditions that
// fit. Each is in one bundle: of several the SDK takes the last.
func (m market) sells(n int) (e ft.Entitlements) {
	now := time.Now()
	for i := range n {
		id, fitting := fmt.Sprint("id", i), i%2 == 0
		f := ft.Feature{ID: id, Key: fmt.Sprint("f", i)}
		for range m.IntN(3) {
			f.Permissions = append(f.Permissions, fmt.Sprint("p", m.IntN(40)*2+i%2))
		}
		e.Features = append(e.Features, f)
		if m.IntN(2) == 0 {
			e.Flags = append(e.Flags, ft.Flag{Feature: f.Key, On: m.IntN(4) > 0, Default: m.IntN(6) == 0, Off: m.IntN(6) == 0, Rules: m.rules(fitting)})
		}
		e.Bundles = append(e.Bundles, ft.Bundle{ID: fmt.Sprint("b", i), Features: []string{id}, Default: m.IntN(8) == 0, Rules: m.rules(fitting)})
		for range m.IntN(3) {
			e.Granted = append(e.Granted, ft.Entitlement{
				Bundle: fmt.Sprint("b", i), Tenant: one(m, ft.DefaultTenant, "other"), User: one(m, "", "ada", "bob"),
				Expires: one(m, time.Time{}, now.Add(time.Hour), now.Add(-time.Hour)),
			})
		}
	}
	return e
}

// TestNodeAnswers holds that the client of this module answers as the SDK does where
// conditions fit what they compare, and that where they do not it entitles nobody whom
// the SDK does not.
func TestNodeAnswers(t *testing.T) {
	t.Parallel()
	type a = map[string]any
	m := market{rand.New(rand.NewPCG(1, 3))}
	fake := ft.New(t)
	fake.SetEntitlements(m.sells(400))
	node := startNode(t, fake)
	node.call(t, "entitlements.init", struct{}{}, nil)
	node.call(t, "entitlements.ready", struct{}{}, nil)
	settings := fake.Settings()
	client, err := frontegg.Connect(t.Context(), frontegg.Environment(func(name string) (string, bool) { return settings[name], settings[name] != "" }))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Entitlements().Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	var held []string
	for i := range 40 {
		held = append(held, fmt.Sprint("p", i))
	}
	scopes := map[string]*frontegg.EntitlementScope{}
	for name, token := range map[string]string{
		"ada": fake.Token(ft.User("ada"), ft.Roles("admin", "x"), ft.Permissions(held...), ft.Claim("metadata", a{"plan": "pro", "seats": 5, "beta": true, "none": []any{}})),
		"bob": fake.Token(ft.User("bob"), ft.Tenant("other"), ft.Email("bob@example.org"), ft.Claim("metadata", a{"plan": "x5", "seats": "6", "beta": false})),
		"api": fake.Token(ft.TenantAPI("m"), ft.Permissions(held...)),
	} {
		node.call(t, "entitlements.forFronteggToken", a{"name": name, "token": token}, nil)
		if scopes[name], err = client.Entitlements().ForToken(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	answers := map[frontegg.EntitlementAnswer]int{}
	for range 3000 {
		day := time.Date(2024, 1, 1, m.IntN(3), 0, 0, 0, time.UTC)
		ours := a{
			"text": one(m, "ada", "x5", "", "pro@example.com"), "number": one[any](m, 5, 6, 5.5, -1), "numeral": one(m, 5, 6),
			"flag": one(m, true, false), "day": day, "list": one(m, []string{}, []string{"x"}, []string{"5", "ada"}),
		}
		delete(ours, one(m, "text", "number", "flag", "day", "list", ""))
		theirs := a{}
		for name, value := range ours {
			theirs[name] = value
		}
		if _, ok := ours["day"]; ok {
			theirs["day"] = map[string]string{"$date": day.Format(time.RFC3339)}
		}
		who, n := one(m, "ada", "bob", "api"), m.IntN(402)
		kind, key, ask := "feature", fmt.Sprint("f", n), scopes[who].Feature
		if m.IntN(4) == 0 {
			n %= 80
			kind, key, ask = "permission", fmt.Sprint("p", n), scopes[who].Permission
		}
		got, err := ask(key, ours)
		if err != nil {
			t.Fatal(err)
		}
		var want frontegg.EntitlementAnswer
		value, thrown := node.try(t, "entitlements."+kind, a{"name": who, "key": key, "attributes": theirs})
		if thrown == nil {
			var answer struct {
				Result        bool
				Justification frontegg.Justification
			}
			if err := json.Unmarshal(value, &answer); err != nil {
				t.Fatal(err)
			}
			want = frontegg.EntitlementAnswer{Entitled: answer.Result, Justification: answer.Justification}
		}
		if fitting := n%2 == 0; fitting && (got != want || thrown != nil) || got.Entitled && !want.Entitled && thrown == nil {
			t.Errorf("%s of %s with %v: %+v, the SDK answers %+v, %v", key, who, ours, got, want, thrown)
		}
		answers[got]++
	}
	for _, a := range []frontegg.EntitlementAnswer{{Entitled: true}, {Justification: frontegg.MissingFeature}, {Justification: frontegg.MissingPermission}, {Justification: frontegg.BundleExpired}} {
		if answers[a] < 10 {
			t.Errorf("%+v is answered %d times", a, answers[a])
		}
	}
}
