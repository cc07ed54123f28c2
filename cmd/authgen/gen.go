package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/generator"
)

func genCommand() *command {
	return &command{
		name:    "gen",
		args:    "[flags] [packages]",
		summary: "write the guards and the manifest (the default)",
		help: `Reads the //auth: rules of the module and writes auth_gen.go beside them, and
auth.manifest.json at the module root. Without packages it reads the whole
module, from whatever folder it is started in: one line in one file,

    //go:generate go tool authgen

serves all of it, and so does ./... at the module root. Other packages (./files,
./internal/...) limit the run to those and leave the manifest alone.

The manifest lists every route that the programs of the module register, with who
guards it; authgen routes shows them as a table, and authgen check says which are
open. Fewer routes than the committed manifest has are a warning here.

Files that would not change are not touched. A package with a mistake keeps its
old files; the others are written. Findings go to stderr, one a line:

    file.go:12:3: message (AUTH012)

With -json or -sarif they go to stdout, with paths relative to the module root.`,
		run: runGen,
	}
}

func runGen(ctx context.Context, c *call) (int, error) {
	var m moduleFlags
	flags := newFlags(c.command.name)
	m.define(flags)
	patterns, err := m.parse(c, flags)
	if err != nil {
		return exitFailed, err
	}
	result, err := generate(ctx, c, m, patterns)
	if err != nil {
		return exitFailed, err
	}
	// What is right is written also when something else is wrong.
	warnings, err := commit(ctx, c, result)
	if m.verbose && err == nil {
		for _, f := range result.Files {
			verb := "wrote"
			if f.Remove {
				verb = "removed"
			}
			fmt.Fprintf(c.stderr, "%s %s\n", verb, f.Path)
		}
		if len(result.Files) == 0 {
			fmt.Fprintln(c.stderr, "nothing to write: all is up to date")
		}
	}
	mend(warnings, result.Root, m.dir)
	code, reportErr := report(c, m, result.Root, slices.Concat(result.Diagnostics, warnings))
	if err = errors.Join(err, reportErr); err != nil {
		return exitFailed, err
	}
	return code, nil
}

// commit writes the Go files first, since the audit reads them, and the manifest
// with what the audit found. Whether routes are protected is for check to say;
// what makes the new manifest say less than the committed one is a warning.
func commit(ctx context.Context, c *call, result *generator.Result) (warnings []diagnostic.Diagnostic, err error) {
	if result.Manifest == nil {
		return nil, result.Commit()
	}
	codeErr := result.CommitCode()
	done := c.progress("finding routes")
	found, err := auditModule(ctx, c, result)
	done()
	if err != nil {
		return nil, errors.Join(codeErr, err) // the manifest on disk stays
	}
	compared, err := compareManifest(result)
	if err != nil {
		return nil, err
	}
	for _, d := range slices.Concat(audit.Accept(found, result.Settings.Accepted, c.now()), compared) {
		if d.Code == audit.CodeFewerRoutes || d.Code == audit.CodeNoRoutes || d.Code == audit.CodeErrors {
			d.Severity = diagnostic.Warning
			warnings = append(warnings, d)
		}
	}
	if len(warnings) > 0 {
		result.Forget() // the next run is to tell them again
	}
	return warnings, result.Commit()
}

// generate reads the module as the flags say. It writes nothing.
func generate(ctx context.Context, c *call, m moduleFlags, patterns []string) (*generator.Result, error) {
	defer c.progress("reading the module")()
	return generator.Generate(ctx, generator.Config{
		Dir:      m.dir,
		Patterns: patterns,
		CodeOnly: m.codeOnly,
		NoCache:  m.noCache,
	})
}
