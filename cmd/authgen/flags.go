package main

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/authgen/authgen/internal/spelling"
)

// newFlags returns an empty set of flags that prints nothing by itself.
func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	return flags
}

// parse reads flags that stand before, between and behind the other arguments,
// and returns the others. Behind "--" everything is an argument.
func parse(flags *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, flagError(flags, err)
		}
		left := flags.Args()
		if len(left) == 0 {
			return rest, nil
		}
		if n := len(args) - len(left); n > 0 && args[n-1] == "--" {
			return append(rest, left...), nil
		}
		rest = append(rest, left[0])
		args = left[1:]
	}
}

// flagError says what package flag says in this program's words.
func flagError(flags *flag.FlagSet, err error) error {
	if err == flag.ErrHelp {
		return err
	}
	name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return usageError{err.Error()}
	}
	var names []string
	flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	if near, ok := spelling.Nearest(name, names); ok {
		return usagef("unknown flag -%s; did you mean -%s?", name, near)
	}
	return usagef("unknown flag -%s", name)
}

// list is a flag whose value is names separated by commas. It may be repeated.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.TrimSpace(name); name == "" {
			return fmt.Errorf("empty name in %q", value)
		}
		*l = append(*l, name)
	}
	return nil
}

// moduleFlags are the flags of the commands that read a module.
type moduleFlags struct {
	dir      string
	codeOnly bool
	noCache  bool
	json     bool
	sarif    bool
	verbose  bool
}

func (m *moduleFlags) define(flags *flag.FlagSet) {
	flags.StringVar(&m.dir, "C", ".", "run as if started in `folder`")
	flags.BoolVar(&m.codeOnly, "code-only", false, "generated Go files only: leave the routes and the manifest alone")
	flags.BoolVar(&m.noCache, "no-cache", false, "read everything again, also when nothing changed since the last run")
	flags.BoolVar(&m.json, "json", false, "write findings to stdout as JSON, one object a line")
	flags.BoolVar(&m.sarif, "sarif", false, "write findings to stdout as one SARIF 2.1.0 document")
	flags.BoolVar(&m.verbose, "v", false, "tell on stderr what was read and written")
}

// parse reads the command line with flags that hold those of m.
func (m *moduleFlags) parse(c *call, flags *flag.FlagSet) (patterns []string, err error) {
	patterns, err = parse(flags, c.args)
	if err == nil && m.json && m.sarif {
		err = usagef("-json and -sarif exclude each other")
	}
	return patterns, err
}

// isSet reports whether a flag stands on the command line.
func isSet(flags *flag.FlagSet, name string) (set bool) {
	flags.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}
