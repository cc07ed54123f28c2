package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// The tables stand between these lines of the page.
const (
	tablesBegin = "<!-- tables: written by go run . in benchmarks -->"
	tablesEnd   = "<!-- end of tables -->"
)

// markdown returns the tables.
func (m *measurements) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s/%s, %s, GOMAXPROCS %d; the best of %d runs of %v in one process.\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, processor(), runtime.NumCPU(), m.sizes.runs, m.sizes.time)
	m.requestsTable(&b)
	m.algorithmsTable(&b)
	m.distinctTable(&b)
	m.callsTable(&b)
	return b.String()
}

func (m *measurements) requestsTable(b *strings.Builder) {
	raw := m.costs[rawName("RS256")]
	b.WriteString("| | version | token seen before | … above the bare handler | raw RS256 ÷ that | new token | … above raw RS256 | allocations, seen / new | two processors |\n" +
		"|---|---|--:|--:|--:|--:|--:|--:|--:|\n")
	fmt.Fprintf(b, "| raw RS256 | | | | | %s | | – / %d | |\n", duration(raw.ns), raw.allocs)
	notes := ""
	versions := moduleVersions()
	for _, t := range targets() {
		if t.detail {
			continue
		}
		before, first := m.costs[t.name+seen], m.costs[t.name+unseen]
		if t.bare == "" {
			fmt.Fprintf(b, "| %s | %s | %s | | | | | %d / – | |\n", t.name, versions[t.module], duration(before.ns), before.allocs)
			continue
		}
		bare := m.costs[t.bare+seen].ns
		above := before.ns - bare
		fmt.Fprintf(b, "| %s | %s | %s | %s | %.3g | %s | %s | %d / %d | ×%.2f |\n", t.name, versions[t.module],
			duration(before.ns), duration(above), raw.ns/above, duration(first.ns), duration(first.ns-bare-raw.ns),
			before.allocs, first.allocs, m.costs[t.name+one].ns/m.costs[t.name+two].ns)
		if t.note != "" {
			notes += fmt.Sprintf("- %s: %s.\n", t.name, t.note)
		}
	}
	b.WriteString("\n" + notes + "\n")
}

func (m *measurements) algorithmsTable(b *strings.Builder) {
	b.WriteString("| algorithm | raw | authgen, net/http, new token | difference | allocations |\n|---|--:|--:|--:|--:|\n")
	for _, alg := range algorithms {
		name := alg + unseen
		if alg == "RS256" {
			name = typedHTTP + unseen
		}
		raw, guard := m.costs[rawName(alg)], m.costs[name]
		fmt.Fprintf(b, "| %s | %s | %s | %s | %d |\n", alg, duration(raw.ns), duration(guard.ns), duration(guard.ns-raw.ns), guard.allocs)
	}
	b.WriteString("\n")
}

func (m *measurements) distinctTable(b *strings.Builder) {
	b.WriteString("| distinct tokens | authgen, net/http, seen before | allocations | memory per token |\n|--:|--:|--:|--:|\n")
	for _, n := range m.sizes.distinct {
		c, memory := m.costs[distinctName(n)], "–" // what else is on the heap outweighs a few
		if n >= 10_000 {
			memory = fmt.Sprintf("%.1f kB", float64(m.memory[n])/1000)
		}
		fmt.Fprintf(b, "| %d | %s | %d | %s |\n", n, duration(c.ns), c.allocs, memory)
	}
	b.WriteString("\n")
}

func (m *measurements) callsTable(b *strings.Builder) {
	b.WriteString("| net/http, token seen before | | allocations | bytes |\n|---|--:|--:|--:|\n")
	for _, row := range []struct{ title, name string }{
		{"generated twin, `*auth.User`", typedHTTP},
		{"`nethttp.AllowAs` by hand, `*auth.User`", byHand},
		{"generated twin, `auth.From(ctx)`", fromHTTP},
	} {
		c := m.costs[row.name+seen]
		fmt.Fprintf(b, "| %s | %s | %d | %d |\n", row.title, duration(c.ns), c.allocs, c.bytes)
	}
}

// duration writes nanoseconds with three digits.
func duration(ns float64) string {
	switch size := math.Abs(ns); {
	case size < 1000:
		return fmt.Sprintf("%.0f ns", ns)
	case size < 10_000:
		return fmt.Sprintf("%.2f µs", ns/1000)
	case size < 100_000:
		return fmt.Sprintf("%.1f µs", ns/1000)
	default:
		return fmt.Sprintf("%.0f µs", ns/1000)
	}
}

// processor returns the name of the processor, where the system tells it.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(info)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "unknown processor"
}

// moduleVersions returns the versions that the program was built with.
func moduleVersions() map[string]string {
	versions := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			versions[module.Path] = module.Version
		}
	}
	return versions
}

// replaceTables writes the tables into a page, between their marks.
func replaceTables(page, tables string) error {
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, begins := strings.Cut(string(old), tablesBegin)
	_, tail, ends := strings.Cut(rest, tablesEnd)
	if !begins || !ends {
		return fmt.Errorf("%s has no lines %q and %q", page, tablesBegin, tablesEnd)
	}
	temporary, err := os.CreateTemp(filepath.Dir(page), ".benchmarks-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // it is gone when all went well
	_, err = temporary.WriteString(head + tablesBegin + "\n\n" + strings.TrimSpace(tables) + "\n\n" + tablesEnd + tail)
	if err == nil {
		err = temporary.Chmod(0o644)
	}
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), page)
}
