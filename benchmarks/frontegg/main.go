// Frontegg compares a Go server behind the guard of package frontegg with servers of
// Frontegg's SDK for Node: the same fake Frontegg, tokens and load for all. It prints
// the table of docs/benchmarks.md. It needs Linux, Node and npm.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

func main() {
	if os.Getenv(asServer) != "" {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, "server:", err)
			os.Exit(1)
		}
		return
	}
	var s sizes
	flag.IntVar(&s.runs, "runs", 5, "measure all servers `n` times; the median counts")
	flag.IntVar(&s.requests, "requests", 10_000, "measure `n` requests of each kind")
	flag.IntVar(&s.fresh, "new", 3_000, "measure `n` tokens that the server has not seen")
	source := flag.String("sdk", "../providers/frontegg/fronteggtest/testdata/nodesdk", "`folder` with package.json and package-lock.json of the SDK for Node")
	flag.Parse()
	if err := run(s, *source); err != nil {
		fmt.Fprintln(os.Stderr, "frontegg:", err)
		os.Exit(1)
	}
}

func run(s sizes, source string) error {
	node, err := installNode(source)
	if err != nil {
		return err
	}
	fake, err := fronteggtest.Start()
	if err != nil {
		return err
	}
	defer fake.Close()
	table, err := compare(s, kinds, fake, node)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s/%s, %s, Node %s; the median of %d runs.\n\n%s", runtime.Version(), runtime.GOOS, runtime.GOARCH,
		processor(), nodeVersion(), s.runs, table)
	return nil
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

func nodeVersion() string {
	out, err := exec.Command("node", "--version").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
