// Benchmarks measures what a check of a request costs: with authgen, with other
// Go libraries, and with no more than the cryptography. It writes its tables into
// docs/benchmarks.md.
package main

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"
)

func main() {
	testing.Init() // the flags of package testing, for the time of a measurement
	s := sizes{tokens: 10_000, distinct: []int{1, 100, 10_000, 100_000}}
	flag.IntVar(&s.runs, "runs", 5, "measure all rows `n` times; the best counts")
	flag.DurationVar(&s.time, "time", 200*time.Millisecond, "measure each row about this long in each run")
	short := flag.Bool("short", false, "measure each row once and for a moment, and print the tables instead of writing them")
	page := flag.String("page", "../docs/benchmarks.md", "write the tables into `file`")
	flag.Parse()
	if *short {
		s, *page = sizes{runs: 1, time: time.Millisecond, tokens: 100, distinct: []int{1, 100}}, ""
	}
	if err := run(s, *page); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

// run writes the tables into page, or prints them when it is empty.
func run(s sizes, page string) error {
	measured, err := measureAll(s)
	if err != nil {
		return err
	}
	if page != "" {
		return replaceTables(page, measured.markdown())
	}
	_, err = fmt.Println(measured.markdown())
	return err
}
