//go:build linux

package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestCompare holds that all servers decide alike on what is measured and on bad
// tokens, and that there is a figure of each. The figures are not looked at.
func TestCompare(t *testing.T) {
	t.Parallel()
	fake := fronteggtest.New(t)
	some, node := kinds[:1], "" // the Go server needs nothing
	if os.Getenv("AUTHGEN_REQUIRE_SERVICES") == "1" {
		var err error
		if some, node, err = withNode(); err != nil {
			t.Fatal(err)
		}
	}
	table, err := compare(sizes{runs: 1, requests: 50, fresh: 10}, some, fake, node)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range some {
		if !strings.Contains(table, "\n| "+k.name+" | ") {
			t.Errorf("no row of %s:\n%s", k.name, table)
		}
	}
}

func withNode() ([]kind, string, error) {
	node, err := installNode("../../providers/frontegg/fronteggtest/testdata/nodesdk")
	return kinds, node, err
}

// TestWrongServer holds that a server which decides otherwise is not measured.
func TestWrongServer(t *testing.T) {
	t.Parallel()
	fake := fronteggtest.New(t)
	fake.Fail(fronteggtest.JWKS, fronteggtest.Always, fronteggtest.Status(500))
	if _, err := compare(sizes{runs: 1, requests: 1, fresh: 1}, kinds[:1], fake, ""); err == nil || !strings.Contains(err.Error(), "is answered with 503 instead of 200") && !strings.Contains(err.Error(), "is answered with 503 instead of 40") {
		t.Errorf("%v", err)
	}
}

// TestTable holds that medians count, and what ratios are of.
func TestTable(t *testing.T) {
	t.Parallel()
	micros := func(n int) time.Duration { return time.Duration(n) * time.Microsecond }
	of := func(open, seen, unseen, idle, loaded int) costs {
		return costs{micros(open), micros(seen), micros(unseen), float64(idle), float64(loaded)}
	}
	got := table([]kind{{"a", ""}, {"b", "x"}}, [][]costs{
		{of(1, 20, 30, 40, 50), of(9, 10, 90, 90, 90), of(5, 900, 40, 10, 50)},
		{of(7, 30, 20, 40, 100), of(7, 30, 20, 40, 100), of(7, 30, 20, 40, 100)},
	})
	const want = `| | no guard | guarded, token seen before | guarded, new token | memory, idle | memory, after the load |
|---|--:|--:|--:|--:|--:|
| a | 5 µs | 20 µs | 40 µs | 40 MB | 50 MB |
| b | 7 µs | 30 µs (×1.5) | 20 µs (×0.5) | 40 MB (×1.0) | 100 MB (×2.0) |
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
