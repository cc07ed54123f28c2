package main

import (
	"context"
	"errors"
	"fmt"

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

Files that would not change are not touched. A package with a mistake keeps its
old files; the others are written. Findings go to stderr, one a line:

    file.go:12:3: message (AUTH012)

With -json or -sarif they go to stdout, with paths relative to the module root.`,
		run: runGen,
	}
}

func runGen(ctx context.Context, c *call) (int, error) {
	var m moduleFlags
	patterns, err := m.parse(c)
	if err != nil {
		return exitFailed, err
	}
	result, err := generate(ctx, c, m, patterns)
	if err != nil {
		return exitFailed, err
	}
	// What is right is written also when something else is wrong.
	commitErr := result.Commit()
	if m.verbose && commitErr == nil {
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
	code, err := report(c, m, result.Root, result.Diagnostics)
	if err = errors.Join(commitErr, err); err != nil {
		return exitFailed, err
	}
	return code, nil
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
