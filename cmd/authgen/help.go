package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/authgen/authgen/internal/spelling"
)

func helpCommand() *command {
	return &command{
		name:    "help",
		args:    "[command]",
		summary: "show what authgen or one of its commands does",
		run:     runHelp,
	}
}

func runHelp(_ context.Context, c *call) (int, error) {
	switch len(c.args) {
	case 0:
		return exitClean, printHelp(c.stdout, nil)
	case 1:
		cmd := lookup(c.args[0])
		if cmd != nil {
			return exitClean, printHelp(c.stdout, cmd)
		}
		var names []string
		for _, c := range commands() {
			names = append(names, c.name)
		}
		if name, ok := spelling.Nearest(c.args[0], names); ok {
			return exitFailed, usagef("unknown command %q; did you mean %q?", c.args[0], name)
		}
		return exitFailed, usagef("unknown command %q", c.args[0])
	}
	return exitFailed, usagef("want one command")
}

// printHelp writes the help of a command, or the overview when cmd is nil.
func printHelp(w io.Writer, cmd *command) error {
	var b strings.Builder
	if cmd == nil || cmd.name == "help" {
		overview(&b)
	} else {
		commandHelp(&b, cmd)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func overview(b *strings.Builder) {
	b.WriteString("authgen guards Go handlers by the //auth: rules in their doc comments.\n\nusage: authgen [command] [flags] [arguments]\n\n")
	table := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
	for _, c := range commands() {
		fmt.Fprintf(table, "  %s\t%s\n", c.name, c.summary)
	}
	table.Flush()
	b.WriteString(`
Without a command authgen generates. "authgen help COMMAND" tells more.

exit codes: 0 clean, 1 findings, 2 the job could not be done
`)
}

func commandHelp(b *strings.Builder, cmd *command) {
	fmt.Fprintf(b, "usage: %s\n\n%s\n", strings.TrimSpace("authgen "+cmd.name+" "+cmd.args), cmd.help)
	flags := newFlags(cmd.name)
	switch cmd.name {
	case "gen":
		new(moduleFlags).define(flags)
	case "check":
		new(checkFlags).define(flags)
	case "routes":
		new(routesFlags).define(flags)
	case "token":
		new(tokenFlags).define(flags)
	default:
		return
	}
	b.WriteString("\nflags:\n")
	table := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
	flags.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		fmt.Fprintf(table, "  %s\t%s\n", strings.TrimSpace("-"+f.Name+" "+value), text)
	})
	table.Flush()
}
