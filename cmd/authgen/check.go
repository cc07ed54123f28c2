package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/generator"
	"github.com/authgen/authgen/manifest"
)

func checkCommand() *command {
	return &command{
		name:    "check",
		args:    "[flags] [packages]",
		summary: "tell what gen would change or complain about, without writing",
		help: `Reports generated files that are missing, out of date or edited by hand, every
mistake in rules and settings, handlers without a rule beside handlers that have
one, a manifest that differs from the module, and main packages that import the
issuer for tests. It writes nothing and says which command mends what it found.

Without packages, or with ./... at the module root, it checks the whole module.
Other packages limit the run to those; then, as with -code-only, the manifest
and main packages are not looked at.

Findings go to stderr, or with -json and -sarif to stdout. The exit code is 0
when there are none, 1 when there are, 2 when the check could not be done.`,
		run: runCheck,
	}
}

func runCheck(ctx context.Context, c *call) (int, error) {
	var m moduleFlags
	patterns, err := m.parse(c)
	if err != nil {
		return exitFailed, err
	}
	result, err := generate(ctx, c, m, patterns)
	if err != nil {
		return exitFailed, err
	}
	findings := result.Diagnostics
	if len(result.Files) > 0 {
		mend := "run " + mendCommand(result.Root, m.dir)
		for _, f := range result.Files {
			found, err := compare(result, f)
			if err != nil {
				return exitFailed, err
			}
			for i := range found {
				found[i].Suggestion = mend
			}
			findings = append(findings, found...)
		}
	}
	if result.Whole && !m.codeOnly {
		found, err := findTestIssuers(ctx, result.Root, result.Module)
		if err != nil {
			return exitFailed, err
		}
		findings = append(findings, found...)
	}
	return report(c, m, result.Root, findings)
}

// compare says how a file on disk differs from the one that gen would write.
func compare(result *generator.Result, f generator.File) ([]diagnostic.Diagnostic, error) {
	at := diagnostic.Position{File: f.Path}
	disk, err := readUnder(result.Root, f.Path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, err
	}
	if f.Path == manifest.FileName {
		return compareManifest(at, result.Manifest, disk, missing), nil
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

func compareManifest(at diagnostic.Position, current *manifest.Manifest, disk []byte, missing bool) []diagnostic.Diagnostic {
	if missing {
		return []diagnostic.Diagnostic{{Code: codeManifestMissing, Position: at, Message: "manifest is missing"}}
	}
	committed, err := manifest.Parse(disk)
	if err != nil {
		return []diagnostic.Diagnostic{{Code: codeManifestUnreadable, Position: at, Message: "manifest cannot be read: " + err.Error()}}
	}
	var found []diagnostic.Diagnostic
	for _, change := range manifest.Drift(committed, current) {
		found = append(found, diagnostic.Diagnostic{Code: codeManifestDrift, Position: at, Message: "manifest differs from the module: " + change.String()})
	}
	if len(found) == 0 {
		found = append(found, diagnostic.Diagnostic{Code: codeManifestDrift, Position: at, Message: "manifest is not written as authgen writes it"})
	}
	return found
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
