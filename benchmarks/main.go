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
	short := flag.Bool("short", false, "measure each row for a moment, and print the tables instead of writing them")
	page := flag.String("page", "../docs/benchmarks.md", "file to write the tables into")
	flag.Parse()
	if err := run(*short, *page); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

func run(short bool, page string) error {
	s := sizes{runs: 5, time: 200 * time.Millisecond, tokens: 10_000, distinct: []int{1, 100, 10_000, 100_000}}
	if short {
		s = sizes{runs: 1, time: time.Millisecond, tokens: 100, distinct: []int{1, 100}}
	}
	measured, err := measureAll(s)
	if err != nil {
		return err
	}
	text := measured.markdown()
	if short {
		_, err := fmt.Println(text)
		return err
	}
	return replaceTables(page, text)
}
