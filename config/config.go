// Package config reads authgen.yaml, the optional settings of a module.
package config

import (
	"slices"
	"strings"
)

// FileName is the name of the settings file at a module's root.
const FileName = "authgen.yaml"

// Config is the content of authgen.yaml. The zero Config is what a module
// without the file has, but for RequireRule, see [Default].
type Config struct {
	Roles       *Names // nil: not declared, every role is accepted
	Permissions *Names
	Features    *Names
	Rules       []NamedRule // in order of the file; only those without a problem
	Build       Build
	Strict      Strict
	Public      []PublicRoute
	Middleware  []Name // functions that deny callers without identity, such as example.com/app/mw.(*Auth).Check
	Accepted    []Accepted
	Frontier    *Frontier // nil where raystack Frontier does not decide checks
	// Embed is the folder, relative to the module root and with slashes, of the
	// package that is to embed the manifest; "" for none.
	Embed string
}

// Default returns the settings of a module without the file: every name is
// accepted, there are no named rules, and RequireRule is on.
func Default() *Config { return &Config{Strict: Strict{RequireRule: true}} }

// Names is a declared vocabulary with descriptions. An empty one accepts no
// name at all.
type Names struct {
	List []Name
}

// Name is one declared role, permission or feature.
type Name struct {
	Name        string
	Description string
	Position    Position
}

// Frontier says that raystack Frontier decides the checks of the module.
type Frontier struct {
	// Permissions are those that have another name there than their letters and
	// digits in lower case.
	Permissions []FrontierPermission
}

// FrontierPermission is a permission of rules and its verb at Frontier.
type FrontierPermission struct {
	Name, Verb string
	Position   Position
}

// NamedRule is a rule that //auth:rule=NAME refers to. Directives are written
// as in comments, without the //auth: prefix.
type NamedRule struct {
	Name       string
	Directives []Directive
	Position   Position
}

// Directive is one line of a named rule.
type Directive struct {
	Text     string
	Position Position // of the first byte of Text
}

// Build is the configuration that generation and audit assume, so that every
// machine gets the same result. Empty fields mean linux, amd64 and no tags.
type Build struct {
	GOOS   string
	GOARCH string
	Tags   []string
}

// Strict holds settings that turn more into findings.
type Strict struct {
	PublicReason bool // every //auth:public needs a reason
	RequireRule  bool // on by default: in a package with rules every handler needs one
}

// Position is a place in the settings file. Line and Column count from 1, the
// column in bytes.
type Position struct {
	Line, Column int
}

// Problem is one error in the settings file.
type Problem struct {
	Code       string // AUTHnnn, one of [Codes]
	Position   Position
	Message    string
	Suggestion string // what to write instead; never empty
}

// Codes of problems.
const (
	CodeSyntax      = "AUTH060" // the file is no YAML
	CodeTooBig      = "AUTH061" // the file is too big or nested too deep
	CodeUnsupported = "AUTH062" // YAML that settings do without: anchors, tags, several documents
	CodeUnknownKey  = "AUTH063"
	CodeDuplicate   = "AUTH064" // a key, name or tag stands twice
	CodeType        = "AUTH065" // a value is missing or of another type than its key takes
	CodeBadName     = "AUTH066" // a name that no comment can refer to
	CodeBadRule     = "AUTH067" // a named rule without directives, or a directive that is not one line
	CodeBadBuild    = "AUTH068" // no GOOS, GOARCH or build tag
	CodeIgnored     = "AUTH069" // a file that looks like settings and is not read
)

// Codes returns all codes of this package, in order.
func Codes() []string {
	return []string{
		CodeSyntax, CodeTooBig, CodeUnsupported, CodeUnknownKey, CodeDuplicate, CodeType, CodeBadName, CodeBadRule,
		CodeBadBuild, CodeIgnored,
	}
}

// Ignored reports a file that somebody took for the settings and that is not
// read, by its slash-separated path relative to the module's root: the file has
// another ending, case or a dot in front, or stands in a folder below.
func Ignored(path string) (p Problem, ignored bool) {
	name := path[strings.LastIndexByte(path, '/')+1:]
	stem := len(FileName) - len("yaml")
	name = strings.TrimPrefix(name, ".")
	if len(name) < stem || !strings.EqualFold(name[:stem], FileName[:stem]) || path == FileName {
		return Problem{}, false
	}
	if ending := strings.ToLower(name[stem:]); ending != "yaml" && ending != "yml" || slices.Contains(strings.Split(path, "/"), "node_modules") {
		return Problem{}, false
	}
	return Problem{
		Code: CodeIgnored, Position: Position{Line: 1, Column: 1},
		Message:    "this file is not read: settings stand in " + FileName + " beside go.mod",
		Suggestion: "move it there, or remove it",
	}, true
}
