package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

func versionCommand() *command {
	return &command{
		name:    "version",
		summary: "print the version of authgen",
		help:    "Prints the version, and the revision where the binary was built in a clone.",
		run:     runVersion,
	}
}

func runVersion(_ context.Context, c *call) (int, error) {
	if rest, err := parse(newFlags("version"), c.args); err != nil {
		return exitFailed, err
	} else if len(rest) > 0 {
		return exitFailed, usagef("takes no arguments")
	}
	info, _ := debug.ReadBuildInfo()
	_, err := fmt.Fprintf(c.stdout, "authgen %s %s %s/%s\n", version(info), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return exitClean, err
}

// version returns the module version of this binary. A binary that was built
// in a clone has none, but knows the revision if it was built with one.
func version(info *debug.BuildInfo) string {
	if info == nil {
		return "(unknown)"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	if v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			v += " " + s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			v += "+changes"
		}
	}
	return v
}
