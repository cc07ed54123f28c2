package diagnostic

//go:generate go run ../internal/diagnosticspage ../docs/diagnostics.md

// commandEntries are the findings of the check command: AUTH070 to AUTH089.
var commandEntries = []Entry{
	{
		Code:  "AUTH070",
		Title: "generated file is missing",
		Text: `Handlers here have rules, but the file that guards them was not generated or not
committed. Code that uses the guarded twins does not compile without it.

Run go generate ./... (or go tool authgen) and commit what it writes.`,
	},
	{
		Code:  "AUTH071",
		Title: "generated file is out of date or was edited",
		Text: `The file is not what authgen makes of its sources: a rule, a handler or authgen.yaml
changed and generation was forgotten, another version of authgen wrote it, or it
was edited by hand. The line is the first that differs, the names are those of the
declarations that do: rule_API_Remove is the rule of the method Remove of API.

The rule in the comment and the rule that is enforced may be different ones until
it is generated again. Edits to the file are lost then: change the rule instead.`,
		Before: `//auth:roles=admin
func Remove(w http.ResponseWriter, r *http.Request) {}

// auth_gen.go
var rule_Remove = auth.Rule{…, All: []auth.Demands{{Roles: []string{"member"}}}}`,
		After: `$ go generate ./...

// auth_gen.go
var rule_Remove = auth.Rule{…, All: []auth.Demands{{Roles: []string{"admin"}}}}`,
	},
	{
		Code:  "AUTH072",
		Title: "generated file is left over",
		Text: `Nothing in this folder has a rule any more, but the file that guarded it is still
there. If the rules were removed by mistake, put them back; otherwise generation
removes the file.`,
	},
	{
		Code:  "AUTH073",
		Title: "manifest is missing",
		Text: `The module has rules and no auth.manifest.json at its root. The manifest shows in
review what a change protects and what it opens: run authgen for the whole module
(without naming packages) and commit the file.`,
	},
	{
		Code:  "AUTH074",
		Title: "manifest differs from the module",
		Text: `auth.manifest.json is checked in so that a change of protection is seen by whoever
reviews it. It does not say what the code says: each finding names one handler, or
something else that differs, as it was committed and as it is.

Read the difference. If it is meant, run go generate ./... and commit the manifest
with the change that caused it.`,
		Before: `auth.manifest.json: manifest differs from the module:
    handler example.com/app/files.Remove, roles: was [admin], is [member]`,
		After: `$ go generate ./...
$ git diff auth.manifest.json
-        "roles": ["admin"]
+        "roles": ["member"]`,
	},
	{
		Code:  "AUTH075",
		Title: "manifest cannot be read",
		Text: `auth.manifest.json is not a manifest of a version that this authgen knows: it was
edited, holds the marks of an unresolved merge, or was written by another version.
What was committed cannot be compared with the code. Generation writes it afresh;
read the difference in version control before committing it.`,
	},
	{
		Code:  "AUTH076",
		Title: "main package imports the issuer for tests",
		Text: `Package authtest makes its own keys and vouches for whoever is asked for, and so do
fronteggtest and frontiertest. A program that trusts them admits everybody who can
reach it. The finding stands at the import that leads there, which may be another
package of the module.

Use the issuer of your users in the program, and these packages in tests. A program for
development goes behind a build constraint, which keeps it out of what is shipped:
files that the build settings of authgen.yaml leave out are not reported.`,
		Before: `package main

import "github.com/authgen/authgen/authtest"`,
		After: `//go:build authdev

package main

import "github.com/authgen/authgen/authtest"`,
	},
}
