package main

import (
	"context"
	"flag"
	"io"
	"strings"

	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

func routesCommand() *command {
	return &command{
		name:    "routes",
		args:    "[flags]",
		summary: "list every route with who guards it",
		help: `Finds every route that the programs of the module register on net/http, gin or
echo, and says of each whether callers without identity can reach it:

    guarded       only through a generated guard or Area; the rule is known
    middleware    behind middleware that provably denies them
    public        by annotation, or by public: in authgen.yaml
    conditional   guarded only under a condition that the code shows
    unprotected   nothing on the way denies
    unproven      cannot be decided; the evidence says where the trail ends

A route of //auth:route in a module that registers none, such as a library, is
declared. The table goes to stdout in the format asked for; findings go to stderr,
but for those that authgen.yaml accepts. The exit code is the same in every
format: 0 when there are none, 1 when there are, 2 when the job could not be
done. It reads the whole module and writes nothing.`,
		run: runRoutes,
	}
}

// routesFlags are the flags of the command.
type routesFlags struct {
	moduleFlags
	asJSON, markdown, csv bool
}

func (r *routesFlags) define(flags *flag.FlagSet) {
	flags.StringVar(&r.dir, "C", ".", "run as if started in `folder`")
	flags.BoolVar(&r.noCache, "no-cache", false, "read everything again, also when nothing changed since the last run")
	flags.BoolVar(&r.asJSON, "json", false, "write the manifest with the positions of its routes")
	flags.BoolVar(&r.markdown, "md", false, "write a Markdown table")
	flags.BoolVar(&r.csv, "csv", false, "write all fields as CSV")
	flags.BoolVar(&r.verbose, "v", false, "tell where each route is registered and what runs in front of it")
}

func runRoutes(ctx context.Context, c *call) (int, error) {
	var r routesFlags
	flags := newFlags(c.command.name)
	r.define(flags)
	patterns, err := parse(flags, c.args)
	if err != nil {
		return exitFailed, err
	}
	write := func(w io.Writer, m *manifest.Manifest) error { return manifest.WriteText(w, m, r.verbose) }
	formats := 0
	for _, f := range []struct {
		set   bool
		write func(io.Writer, *manifest.Manifest) error
	}{{r.asJSON, writeListing}, {r.markdown, manifest.WriteMarkdown}, {r.csv, manifest.WriteCSV}} {
		if f.set {
			write = f.write
			formats++
		}
	}
	if formats > 1 {
		return exitFailed, usagef("-json, -md and -csv exclude each other")
	}
	in, err := inputs(ctx, r.moduleFlags, patterns)
	if err != nil {
		return exitFailed, err
	}
	if !in.Whole {
		return exitFailed, usagef("routes are found in whole programs; leave %s out", strings.Join(patterns, " "))
	}
	o, err := examine(ctx, c, r.moduleFlags, in)
	var findings []diagnostic.Diagnostic
	if o != nil {
		if err == nil {
			err = write(c.stdout, o.Listing)
		}
		findings = o.accepted(false, c.now())
		mend(findings, o.Root, r.dir)
	}
	if err != nil {
		return failedWith(c, r.moduleFlags, o, findings, err)
	}
	return report(c, r.moduleFlags, o.Root, findings)
}

func writeListing(w io.Writer, m *manifest.Manifest) error {
	data, err := manifest.MarshalListing(m)
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

// failedWith reports what was found before a job failed.
func failedWith(c *call, m moduleFlags, o *outcome, findings []diagnostic.Diagnostic, err error) (int, error) {
	if o != nil {
		if _, printErr := report(c, m, o.Root, findings); printErr != nil {
			return exitFailed, printErr
		}
	}
	return exitFailed, err
}
