package main

import (
	"crypto/rand"
	"strings"
	"sync"
	"testing"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/maypok86/otter/v2"
)

// BenchmarkLookup finds one of 100 tokens of 1.7 kB in caches that others made: what
// docs/decisions/tokencache.md weighs.
func BenchmarkLookup(b *testing.B) {
	tokens := make([]string, 100)
	for i := range tokens {
		for len(tokens[i]) < 1700 {
			tokens[i] += rand.Text()
		}
	}
	wanted := strings.Clone(tokens[50]) // as each request brings one
	capacity := 10_000
	ottered := otter.Must(&otter.Options[string, int]{MaximumSize: capacity})
	recent, err := lru.New[string, int](capacity)
	if err != nil {
		b.Fatal(err)
	}
	var synced sync.Map
	plain := map[string]int{}
	for i, token := range tokens {
		ottered.Set(token, i)
		recent.Add(token, i)
		synced.Store(token, i)
		plain[token] = i
	}
	for _, cache := range []struct {
		name string
		has  func() bool
	}{
		{"otter", func() bool { _, ok := ottered.GetIfPresent(wanted); return ok }},
		{"golang-lru", func() bool { _, ok := recent.Get(wanted); return ok }},
		{"sync.Map", func() bool { _, ok := synced.Load(wanted); return ok }},
		{"map", func() bool { _, ok := plain[wanted]; return ok }},
		{"comparing alone", func() bool { return wanted == tokens[50] }},
	} {
		b.Run(cache.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !cache.has() {
					b.Fatal("not found")
				}
			}
		})
	}
}
