package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTables holds that everything can be measured, and that the tables of a page
// are replaced and nothing else of it. The figures themselves are not looked at.
func TestTables(t *testing.T) { // not parallel: it sets GOMAXPROCS
	m, err := measureAll(sizes{runs: 2, time: time.Microsecond, tokens: 10, distinct: []int{1, 20}})
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile("../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(old), tablesBegin)
	_, tail, _ := strings.Cut(rest, tablesEnd)
	page := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(page, []byte(head+tablesBegin+"\nold\n"+tablesEnd+tail), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := replaceTables(page, m.markdown()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if !strings.HasPrefix(text, head+tablesBegin+"\n") || !strings.HasSuffix(text, "\n"+tablesEnd+tail) || strings.Contains(text, "\nold\n") {
		t.Errorf("the page is now:\n%s", text)
	}
	for _, target := range targets() {
		if !target.detail && strings.Count(text, "| "+target.name+" | "+moduleVersions()[target.module]+" |") != 1 {
			t.Errorf("no row of %s", target.name)
		}
	}
	for name, c := range m.costs {
		if c.ns <= 0 {
			t.Errorf("%s: %v ns", name, c.ns)
		}
	}
	if files, err := os.ReadDir(filepath.Dir(page)); err != nil || len(files) != 1 {
		t.Errorf("files are left: %v, %v", files, err)
	}
	if err := replaceTables(page, tablesBegin); err != nil {
		t.Error(err)
	}
}

// TestNoAllocation holds that a token seen before costs none, with every check on
// and a typed identity.
func TestNoAllocation(t *testing.T) { // not parallel, for AllocsPerRun
	e := newTestEnv(t)
	header := scheme + mint(t, e, "RS256", change{})
	for _, target := range authgenTargets() {
		if target.name == fromHTTP {
			continue // it costs what a context costs
		}
		h, err := target.build(e)
		if err != nil {
			t.Fatal(err)
		}
		c := newClient()
		if !c.send(h, header) {
			t.Fatalf("%s: %v", target.name, errRefused)
		}
		if n := testing.AllocsPerRun(100, func() { c.send(h, header) }); n != 0 {
			t.Errorf("%s: %v allocations", target.name, n)
		}
	}
}

// TestAllocationsOfNewTokens holds what a token costs that was not seen before.
func TestAllocationsOfNewTokens(t *testing.T) { // not parallel, for AllocsPerRun
	e := newTestEnv(t)
	const most, tokens = 20, 500
	for _, alg := range algorithms {
		headers, err := e.authorizations(alg, tokens+2)
		if err != nil {
			t.Fatal(err)
		}
		h, err := guardedBy(alg, twinHTTP)(e)
		if err != nil {
			t.Fatal(err)
		}
		c, next := newClient(), 1
		if !c.send(h, headers[0]) { // fetches keys
			t.Fatal(errRefused)
		}
		n := testing.AllocsPerRun(tokens, func() {
			if !c.send(h, headers[next]) {
				t.Fatal(errRefused)
			}
			next++
		})
		if n > most {
			t.Errorf("%s: %v allocations, want %d at most", alg, n, most)
		}
	}
}
