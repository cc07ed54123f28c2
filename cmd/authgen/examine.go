package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/generator"
	"github.com/authgen/authgen/manifest"
)

// outcome is what reading a whole module finds. It is kept between runs, so it
// holds nothing that depends on the folder or the day it is read.
type outcome struct {
	Root    string
	Listing *manifest.Manifest // with positions
	// Findings are those about rules, generated files and routes, Compared those
	// about the manifest and about main packages that import the test issuer.
	Findings, Compared []diagnostic.Diagnostic
	Accepted           []config.Accepted
}

// inputs says what the command is to read, and of what an earlier outcome has to
// be.
func inputs(ctx context.Context, m moduleFlags, patterns []string) (generator.Inputs, error) {
	return generator.ReadInputs(ctx, generator.Config{Dir: m.dir, Patterns: patterns, NoCache: m.noCache})
}

// examine reads the whole module, generates without writing and audits. With an
// error the outcome holds what was found before it, if it is not nil.
func examine(ctx context.Context, c *call, m moduleFlags, in generator.Inputs) (*outcome, error) {
	if o := new(outcome); json.Unmarshal(in.Recall(), o) == nil && o.Listing != nil {
		return o, nil
	}
	defer c.progress("reading the module")()
	// Without the memory of gen: an unchanged module would tell nothing.
	cfg := generator.Config{Dir: m.dir, NoCache: true, Sought: slices.Collect(maps.Keys(testIssuers))}
	result, err := generator.Generate(ctx, cfg)
	if err != nil {
		return nil, err
	}
	o := &outcome{Root: result.Root, Listing: result.Manifest, Accepted: result.Settings.Accepted, Findings: slices.Clone(result.Diagnostics)}
	found, auditErr := auditModule(ctx, c, result)
	for _, f := range result.Files {
		switch {
		case f.Path == manifest.FileName:
		case path.Base(f.Path) == manifest.FileName && auditErr != nil: // a copy of what is not known
		default:
			different, err := compare(result.Root, f)
			if err != nil {
				return nil, err
			}
			o.Findings = append(o.Findings, different...)
		}
	}
	if auditErr != nil {
		return o, auditErr
	}
	o.Findings = append(o.Findings, found...)
	if o.Compared, err = compareManifest(result); err != nil {
		return nil, err
	}
	if result.Found { // most modules have no such path in their text, and need not be parsed
		issuers, err := findTestIssuers(ctx, result.Root, result.Module)
		if err != nil {
			return nil, err
		}
		o.Compared = append(o.Compared, issuers...)
	}
	if in.Sum == "" || slices.ContainsFunc(o.Findings, func(d diagnostic.Diagnostic) bool { return d.Code == audit.CodeErrors }) {
		// What keeps a package from being built may be outside of what is hashed,
		// such as a module that could not be downloaded.
		return o, nil
	}
	// Files may have been edited meanwhile.
	if again, err := inputs(ctx, m, nil); err == nil && again.Sum == in.Sum {
		if data, err := json.Marshal(o); err == nil {
			in.Keep(data)
		}
	}
	return o, nil
}

// auditModule puts the routes that programs register into the result's manifest
// and returns the findings about them.
func auditModule(ctx context.Context, c *call, result *generator.Result) ([]diagnostic.Diagnostic, error) {
	twins := make([]audit.Twin, len(result.Twins))
	for i, t := range result.Twins {
		twins[i] = audit.Twin(t)
	}
	audited, err := c.audit(ctx, audit.Config{Dir: result.Root, Settings: result.Settings, Twins: twins, Stale: result.Stale})
	if err != nil {
		return nil, fmt.Errorf("finding routes: %w", err)
	}
	return audited.Diagnostics, result.SetRoutes(audited.Routes, audited.Registered, audited.Skipped)
}

// compareManifest says how the committed manifest differs from the module.
func compareManifest(result *generator.Result) ([]diagnostic.Diagnostic, error) {
	if !slices.ContainsFunc(result.Files, func(f generator.File) bool { return f.Path == manifest.FileName }) {
		return nil, nil
	}
	at := diagnostic.Position{File: manifest.FileName}
	disk, err := readUnder(result.Root, manifest.FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return []diagnostic.Diagnostic{{Code: codeManifestMissing, Position: at, Message: "manifest is missing"}}, nil
	}
	if err != nil {
		return nil, err
	}
	committed, err := manifest.Parse(disk)
	if err != nil {
		return []diagnostic.Diagnostic{{Code: codeManifestUnreadable, Position: at, Message: "manifest cannot be read: " + err.Error()}}, nil
	}
	found := fewerRoutes(committed, result.Manifest)
	changes := manifest.Drift(committed, result.Manifest)
	for _, change := range changes {
		found = append(found, diagnostic.Diagnostic{Code: codeManifestDrift, Position: at, Message: "manifest differs from the module: " + change.String()})
	}
	if len(changes) == 0 {
		found = append(found, diagnostic.Diagnostic{Code: codeManifestDrift, Position: at, Message: "manifest is not written as authgen writes it"})
	}
	return found, nil
}

// fewerRoutes reports programs that register fewer routes on a framework than
// the committed manifest lists: they may be registered in a way that is not
// followed, and then nobody looks at them any more.
func fewerRoutes(committed, current *manifest.Manifest) (found []diagnostic.Diagnostic) {
	type key struct{ program, framework string }
	patterns := func(m *manifest.Manifest) (map[key][]string, []key) {
		all := map[key][]string{}
		var keys []key
		for _, r := range m.Routes {
			if r.Program == "" {
				continue // declared: nothing registers it
			}
			k := key{r.Program, r.Framework}
			if all[k] == nil {
				keys = append(keys, k)
			}
			all[k] = append(all[k], r.Pattern())
		}
		return all, keys
	}
	was, keys := patterns(committed)
	is, _ := patterns(current)
	for _, k := range keys {
		if len(is[k]) >= len(was[k]) {
			continue
		}
		gone := was[k]
		for _, p := range is[k] {
			if i := slices.Index(gone, p); i >= 0 {
				gone = slices.Delete(gone, i, i+1)
			}
		}
		const most = 5
		names := strings.Join(gone[:min(most, len(gone))], ", ")
		if len(gone) > most {
			names += ", …"
		}
		found = append(found, diagnostic.Diagnostic{
			Code: audit.CodeFewerRoutes, Position: diagnostic.Position{File: manifest.FileName}, Program: k.program,
			Message: fmt.Sprintf("fewer routes on %s in %s: %d, and the committed manifest lists %d; gone: %s", k.framework, k.program, len(is[k]), len(was[k]), names),
		})
	}
	return found
}

// accepted returns the findings that are not accepted, those of check among them
// when all is set.
func (o *outcome) accepted(all bool, now time.Time) []diagnostic.Diagnostic {
	findings := slices.Clone(o.Findings)
	for _, d := range o.Compared {
		// Nobody can tell what changed since a manifest that cannot be read.
		if all || d.Code == codeManifestUnreadable {
			findings = append(findings, d)
		}
	}
	return audit.Accept(findings, o.Accepted, now)
}

// mend adds the command that mends what gen would write.
func mend(findings []diagnostic.Diagnostic, root, dir string) {
	command := ""
	for i, d := range findings {
		switch d.Code {
		case codeMissing, codeStale, codeLeftOver, codeManifestMissing, codeManifestDrift, codeManifestUnreadable, audit.CodeFewerRoutes:
			if command == "" {
				command = mendCommand(root, dir)
			}
			findings[i].Suggestion = "run " + command
		}
	}
}
