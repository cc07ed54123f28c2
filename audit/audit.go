// Package audit finds every route that the programs of a module register on
// net/http, gin or echo, and proves of each whether callers without identity can
// reach it.
package audit

import (
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// Config says what to audit.
type Config struct {
	// Dir is a folder of the module, "" for the current one.
	Dir string
	// Patterns are the packages to load, ./... without any.
	Patterns []string
	// Settings are those of the module, nil for [config.Default].
	Settings *config.Config
	// Twins are the guarded forms of annotated handlers, as they were generated.
	Twins []Twin
	// Stale are the import paths of packages whose generated file is not what
	// their sources give: nothing of them counts as guarded.
	Stale []string
}

// Twin is one generated method that guards a handler, or an annotated Area.
type Twin struct {
	Package string // import path
	// Type is the generated type: ProtectedAPI for the methods of API, Protected
	// for functions and variables.
	Type   string
	Method string
	// Handler is the annotated declaration as the manifest names it, such as
	// example.com/app/files.(*API).Upload.
	Handler    string
	Framework  string // nethttp, gin or echo
	Rule       *manifest.Rule
	RuleSource string // file that states the rule, relative to the module root
	// Area says that the handler is a variable of a type Area: the method is
	// middleware.
	Area     bool
	Position diagnostic.Position // of the declaration
}

// Result is what an audit found.
type Result struct {
	// Routes are sorted as in a manifest and have positions.
	Routes []manifest.Route
	// Registered says for each handler of the twins whether a route leads to it,
	// guarded or not.
	Registered map[string]bool
	// Skipped is what could not be read.
	Skipped []manifest.Skipped
	// Diagnostics are all findings, sorted. Those of one route name it. Accepted
	// ones are among them, see [Accept].
	Diagnostics []diagnostic.Diagnostic
}
