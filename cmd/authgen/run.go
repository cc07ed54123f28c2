package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/internal/spelling"
)

// Exit codes, the same for every command and output format.
const (
	exitClean    = 0
	exitFindings = 1
	exitFailed   = 2
)

// system is what a run uses of the process it runs in.
type system struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string
	now            func() time.Time
	audit          func(context.Context, audit.Config) (*audit.Result, error)
	terminal       bool // stderr is one
}

// command is one subcommand. Its run function returns the exit code; an error
// means that the job could not be done.
type command struct {
	name    string
	args    string // usage of the arguments
	summary string // one line
	help    string // what the flags do not say
	run     func(ctx context.Context, c *call) (int, error)
}

// call is one invocation of a command.
type call struct {
	system
	command *command
	args    []string
}

func commands() []*command {
	return []*command{genCommand(), checkCommand(), routesCommand(), explainCommand(), tokenCommand(), versionCommand(), helpCommand()}
}

func lookup(name string) *command {
	for _, c := range commands() {
		if c.name == name {
			return c
		}
	}
	return nil
}

// usageError is a mistake in the command line. It is printed with a pointer to
// the help instead of the help itself, which would push the mistake off the
// screen.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, sys system) int {
	cmd, args, err := dispatch(args)
	code := exitFailed
	if err == nil {
		code, err = cmd.run(ctx, &call{system: sys, command: cmd, args: args})
	}
	var usage usageError
	switch {
	case err == nil:
		return code
	case errors.Is(err, flag.ErrHelp):
		if printHelp(sys.stdout, cmd) == nil {
			return exitClean
		}
	case ctx.Err() != nil:
		fmt.Fprintln(sys.stderr, "authgen: interrupted")
	case errors.As(err, &usage) && cmd != nil:
		fmt.Fprintf(sys.stderr, "authgen %s: %v (see authgen help %s)\n", cmd.name, err, cmd.name)
	case errors.As(err, &usage):
		fmt.Fprintf(sys.stderr, "authgen: %v (see authgen help)\n", err)
	default:
		fmt.Fprintf(sys.stderr, "authgen: %v\n", err)
	}
	return exitFailed
}

// dispatch finds the command of a command line. Without one it is gen.
// Flags may stand before the command.
func dispatch(args []string) (*command, []string, error) {
	first := 0
	for first < len(args) && strings.HasPrefix(args[first], "-") {
		switch strings.TrimLeft(args[first], "-") {
		case "version":
			return lookup("version"), nil, nil
		case "h", "help":
			if first == 0 {
				return lookup("help"), args[1:], nil
			}
		case "C":
			first++ // its value
		}
		first++
	}
	if first >= len(args) {
		return lookup("gen"), args, nil
	}
	word := args[first]
	if cmd := lookup(word); cmd != nil {
		return cmd, slices.Concat(args[:first], args[first+1:]), nil
	}
	if isPattern(word) {
		return lookup("gen"), args, nil
	}
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	if name, ok := spelling.Nearest(word, names); ok {
		return nil, nil, usagef("unknown command %q; did you mean %q?", word, name)
	}
	if info, err := os.Stat(word); err == nil && info.IsDir() {
		return nil, nil, usagef("unknown command %q; a folder is written ./%s", word, path.Clean(word))
	}
	return nil, nil, usagef("unknown command %q", word)
}

// isPattern reports whether a word can only be a package pattern.
func isPattern(word string) bool {
	return strings.ContainsAny(word, `./\`) || word == "all"
}
