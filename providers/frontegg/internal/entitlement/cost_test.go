package entitlement_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/authgen/authgen/providers/frontegg/internal/entitlement"
)

// costly is a snapshot with features f0 to f199, bundles of ten features each, and
// entitlements to fifty bundles for each tenant. Feature "rules" has a flag that asks
// for a claim, "list" one that asks the application.
func costly(tenants int) body {
	b := body{}
	for i := range 200 {
		b.features = append(b.features, row{fmt.Sprint("id", i), fmt.Sprint("f", i), []any{fmt.Sprint("p", i)}})
	}
	for i := range 100 {
		var ids []any
		for j := range 10 {
			ids = append(ids, fmt.Sprint("id", (i*2+j)%200))
		}
		b.bundles = append(b.bundles, row{fmt.Sprintf("0b7e5c1e-9d0c-4f8e-8f43-%012d", i), ids, "false", nil})
	}
	for i := range tenants {
		for j := range 50 {
			b.entitlements = append(b.entitlements, row{b.bundles[j].(row)[0], tenantID(i), nil, []any{nil, future, past}[j%3]})
		}
	}
	is := map[string]any{"attribute": "jwt.metadata.plan", "op": "starts_with", "value": map[string]any{"list": []any{"pro"}}, "negate": false}
	in := map[string]any{"attribute": "plan", "op": "in_list", "value": map[string]any{"list": []any{"basic", "pro"}}, "negate": false}
	matches := map[string]any{"attribute": "plan", "op": "matches", "value": map[string]any{"string": `^p\w+$`}, "negate": false}
	for key, conditions := range map[string][]any{"rules": {is}, "list": {in, matches}} {
		b.features = append(b.features, row{key, key, nil})
		b.flags = append(b.flags, row{key, true, "boolean", "false", "false", []any{rule("and", "true", conditions...)}})
	}
	return b
}

func tenantID(i int) string { return fmt.Sprintf("5d2f0a3c-6e1b-4c7d-9a58-%012d", i) }

var costlyHeld entitlement.Permissions = entitlement.Held{"a.read", "a.write", "p9*"}

// costs are the questions whose cost is held.
func costs(tb testing.TB) map[string]func() bool {
	s := costly(100).parse(tb)
	subject := entitlement.Subject{TenantID: tenantID(42), UserID: "8d1f8a52-6a0e-4b43-9a3a-2f9e3f9a11aa", Permissions: costlyHeld}
	claims := `{"sub":"8d1f8a52","roles":["admin","editor"],"permissions":["a.read","a.write"],"metadata":{"plan":"pro-2"},"email":"e@x"}`
	attributes := &entitlement.Attributes{Claims: claims, Lookup: func(string) (entitlement.Value, bool) { return entitlement.String("pro"), true }}
	feature := func(key string) func() bool {
		return func() bool {
			// Made for each question, as for each request.
			a := entitlement.Attributes{Claims: attributes.Claims, UserID: "u", Lookup: attributes.Lookup}
			return s.Feature(subject, key, &a, testNow).Entitled
		}
	}
	missing := feature("f150")
	return map[string]func() bool{
		"direct":     feature("f42"),
		"missing":    func() bool { return !missing() },
		"permission": func() bool { return s.Permission(subject, "p90", attributes, testNow).Entitled },
		"claim":      feature("rules"),
		"lookup":     feature("list"),
	}
}

func TestAllocations(t *testing.T) { // not parallel, for AllocsPerRun
	for name, question := range costs(t) {
		if !question() {
			t.Errorf("%s: not the answer that is measured", name)
		}
		if got := testing.AllocsPerRun(100, func() { question() }); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for name, question := range costs(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				question()
			}
		})
	}
}

// BenchmarkParse reads 10,000 tenants with 50 entitlements each, and reports what stays.
func BenchmarkParse(b *testing.B) {
	data := costly(10_000).json(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	var s *entitlement.Snapshot
	before := live()
	for b.Loop() {
		var err error
		if s, err = entitlement.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(live())-float64(before), "live-B")
	runtime.KeepAlive(s)
	runtime.KeepAlive(data)
}

// live returns the bytes that are in use.
func live() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools hold goes the second time
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
