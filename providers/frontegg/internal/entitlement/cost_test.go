package entitlement_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"runtime"
	"testing"
	"time"

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

// costs are the questions whose cost is held, one of them with many tenants.
func costs(tb testing.TB, many int) map[string]func() bool {
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
	// Tenants in turn: their grants come from memory, when there are many.
	large, turn := costly(many).parse(tb), 0
	tenants := make([]string, many)
	for i := range tenants {
		tenants[i] = tenantID(i * 7919 % len(tenants))
	}
	return map[string]func() bool{
		fmt.Sprintf("direct, %d entitlements", 50*many): func() bool {
			turn = (turn + 1) % len(tenants)
			return large.Feature(entitlement.Subject{TenantID: tenants[turn], UserID: subject.UserID}, "f42", attributes, testNow).Entitled
		},
		"direct, of 1,000 bundles": heldBundles(tb, 1_000),
		"direct":                   feature("f42"),
		"missing":                  func() bool { return !missing() },
		"permission":               func() bool { return s.Permission(subject, "p90", attributes, testNow).Entitled },
		"claim":                    feature("rules"),
		"lookup":                   feature("list"),
	}
}

// heldBundles asks for a feature of n bundles, which tenant and user hold all, by the
// tenant a third of them without end.
func heldBundles(tb testing.TB, n int) func() bool {
	b := body{features: []any{row{"id", "f", nil}}}
	for i := range n {
		id := fmt.Sprintf("0b7e5c1e-9d0c-4f8e-8f43-%012d", i)
		b.bundles = append(b.bundles, row{id, []any{"id"}, "false", nil})
		b.entitlements = append(b.entitlements, row{id, tenantID(0), nil, []any{past, future, nil}[i%3]}, row{id, tenantID(0), "u", past})
	}
	s, subject := b.parse(tb), entitlement.Subject{TenantID: tenantID(0), UserID: "u"}
	return func() bool { return s.Feature(subject, "f", nil, testNow).Entitled }
}

// TestCostOfBundles holds that an answer does not wait for all that somebody holds:
// time for a thousand bundles is that for ten. The shortest of many short times is
// compared, so that a busy machine does not count.
func TestCostOfBundles(t *testing.T) { // not parallel, for the time
	shortest := func(ask func() bool) time.Duration {
		least := time.Hour
		for range 200 {
			began := time.Now()
			for range 20 {
				if !ask() {
					t.Fatal("not the answer that is measured")
				}
			}
			least = min(least, time.Since(began))
		}
		return least
	}
	few, many := shortest(heldBundles(t, 10)), shortest(heldBundles(t, 1_000))
	if many > 8*few {
		t.Errorf("%v for 20 questions with 1,000 bundles, %v with 10", many, few)
	}
}

func TestAllocations(t *testing.T) { // not parallel, for AllocsPerRun
	for name, question := range costs(t, 100) {
		if !question() {
			t.Errorf("%s: not the answer that is measured", name)
		}
		if got := testing.AllocsPerRun(100, func() { question() }); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for name, question := range costs(b, 10_000) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				question()
			}
		})
	}
}

// BenchmarkSignature verifies what a token of RS256 needs, to compare with.
func BenchmarkSignature(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256([]byte("signed"))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature); err != nil {
			b.Fatal(err)
		}
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
