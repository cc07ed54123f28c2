package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/generator"
)

func checkCommand() *command {
	return &command{
		name:    "check",
		args:    "[flags] [packages]",
		summary: "tell what gen would change or complain about, without writing",
		help: `Reports generated files that are missing, out of date or edited by hand, every
mistake in rules and settings, handlers without a rule beside handlers that have
one, routes that callers without identity can reach, a manifest that differs from
the module, and main packages that import the issuer for tests. It writes nothing
and says which command mends what it found.

Without packages, or with ./... at the module root, it checks the whole module.
Other packages limit the run to those; then, as with -code-only, routes, the
manifest and main packages are not looked at.

Findings about routes that accepted: in authgen.yaml lists are not reported. With
-accept REASON it prints that list for all that there are, to be put in the place
of the one that the file has; then only other findings are reported. An entry that
is past its date stays as it is, and what it was about is reported.

Findings go to stderr, or with -json and -sarif to stdout. The exit code is 0
when there are none, 1 when there are, 2 when the check could not be done.`,
		run: runCheck,
	}
}

// checkFlags are the flags of the command.
type checkFlags struct {
	moduleFlags
	accept string
}

func (f *checkFlags) define(flags *flag.FlagSet) {
	f.moduleFlags.define(flags)
	flags.StringVar(&f.accept, "accept", "", "print accepted: for authgen.yaml with what is found about routes, for this `reason`")
}

func runCheck(ctx context.Context, c *call) (int, error) {
	var f checkFlags
	flags := newFlags(c.command.name)
	f.define(flags)
	patterns, err := f.parse(c, flags)
	if err != nil {
		return exitFailed, err
	}
	accepting := isSet(flags, "accept")
	if accepting && (strings.TrimSpace(f.accept) == "" || f.json || f.sarif || f.codeOnly || len(patterns) > 0) {
		return exitFailed, usagef("-accept takes a reason, and goes together with neither packages nor -code-only, -json and -sarif")
	}
	if f.codeOnly {
		return checkCode(ctx, c, f.moduleFlags, patterns)
	}
	in, err := inputs(ctx, f.moduleFlags, patterns)
	if err != nil {
		return exitFailed, err
	}
	if !in.Whole {
		return checkCode(ctx, c, f.moduleFlags, patterns)
	}
	o, err := examine(ctx, c, f.moduleFlags, in)
	var findings []diagnostic.Diagnostic
	if o != nil {
		findings = o.accepted(true, c.now())
		if accepting && err == nil {
			findings, err = writeAccepted(c.stdout, o, f.accept, c.now())
		}
		mend(findings, o.Root, f.dir)
	}
	if err != nil {
		return failedWith(c, f.moduleFlags, o, findings, err)
	}
	return report(c, f.moduleFlags, o.Root, findings)
}

// checkCode checks rules and generated Go files.
func checkCode(ctx context.Context, c *call, m moduleFlags, patterns []string) (int, error) {
	m.codeOnly = true
	result, err := generate(ctx, c, m, patterns)
	if err != nil {
		return exitFailed, err
	}
	findings := result.Diagnostics
	for _, f := range result.Files {
		found, err := compare(result.Root, f)
		if err != nil {
			return exitFailed, err
		}
		findings = append(findings, found...)
	}
	mend(findings, result.Root, m.dir)
	return report(c, m, result.Root, findings)
}

// compare says how a Go file on disk differs from the one that gen would write.
func compare(root string, f generator.File) ([]diagnostic.Diagnostic, error) {
	at := diagnostic.Position{File: f.Path}
	disk, err := readUnder(root, f.Path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, err
	}
	switch {
	case f.Remove:
		return []diagnostic.Diagnostic{{Code: codeLeftOver, Position: at, Message: "generated file is left over: nothing here has a rule any more"}}, nil
	case missing:
		return []diagnostic.Diagnostic{{Code: codeMissing, Position: at, Message: "generated file is missing"}}, nil
	}
	at.Line = firstDifference(disk, f.Content)
	message := "generated file is not what its sources give: it is out of date or was edited by hand"
	if names := differing(disk, f.Content); len(names) > 0 {
		message += ", see " + strings.Join(names, ", ")
	}
	return []diagnostic.Diagnostic{{Code: codeStale, Position: at, Message: message}}, nil
}

var declaration = regexp.MustCompile(`(?m)^(?:var|const|type|func(?: \([^)]*\))?) (\w\w+)`)

// differing returns the names of the declarations of two generated files that
// are not alike in both: those that hold rules where there are any, and only
// some of many.
func differing(a, b []byte) []string {
	const most = 3
	var rules, others []string
	x, y := strings.Split(string(a), "\n\n"), strings.Split(string(b), "\n\n")
	for _, part := range slices.Concat(x, y) {
		m := declaration.FindStringSubmatch(part)
		switch {
		case m == nil || slices.Contains(x, part) && slices.Contains(y, part):
		case strings.HasPrefix(m[1], "rule_"), strings.HasPrefix(m[1], "policy_"):
			rules = append(rules, m[1])
		default:
			others = append(others, m[1])
		}
	}
	names := rules
	if len(names) == 0 {
		names = others
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return names
}

// firstDifference returns the number of the first line that differs.
func firstDifference(a, b []byte) int {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	return 1 + bytes.Count(a[:same], []byte("\n"))
}
