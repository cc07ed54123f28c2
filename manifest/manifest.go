// Package manifest holds the list of all routes of a program with their rules:
// its Go types, its JSON form and what can be read from it.
//
// A manifest is checked in. It is sorted and holds no times, absolute paths or
// line numbers, so that it changes only when protection changes.
package manifest

import "slices"

// Schema is the value of the schema field of a manifest of this version.
const Schema = "authgen.manifest/v1"

// FileName is the name of the manifest at a module's root.
const FileName = "auth.manifest.json"

// Manifest lists the routes and annotated handlers of one module.
type Manifest struct {
	Schema   string    `json:"schema"`
	Module   string    `json:"module"`
	Build    Build     `json:"build"`
	Routes   []Route   `json:"routes"`
	Handlers []Handler `json:"handlers"`
	// Rules are those of authgen.yaml that policies name. What //auth:rule names
	// stands with the handler.
	Rules       []NamedRule `json:"rules,omitempty"`
	Roles       []string    `json:"roles"`
	Permissions []string    `json:"permissions"`
	// FrontierPermissions are what raystack Frontier calls the permissions of checks.
	// It is nil where Frontier does not decide checks.
	FrontierPermissions []FrontierPermission `json:"frontier_permissions,omitzero"`
	Skipped             []Skipped            `json:"skipped"`
}

// Build is the configuration the manifest was made for.
type Build struct {
	GOOS   string   `json:"goos"`
	GOARCH string   `json:"goarch"`
	Tags   []string `json:"tags"`
}

// Protection is the state of a route.
type Protection string

// The states of a route.
const (
	Guarded     Protection = "guarded"
	Middleware  Protection = "middleware"
	Public      Protection = "public"
	Conditional Protection = "conditional"
	Unprotected Protection = "unprotected"
	Unproven    Protection = "unproven"
	// Declared is the state of a route that is stated by //auth:route in a module
	// whose programs register none, such as a library.
	Declared Protection = "declared"
)

// protections are the states, from those that need no look to those that do.
var protections = []Protection{Guarded, Middleware, Public, Declared, Conditional, Unproven, Unprotected}

func (p Protection) known() bool { return slices.Contains(protections, p) }

// Route is one method and path that leads to a handler.
type Route struct {
	Program    string     `json:"program"`
	Router     string     `json:"router"` // its number within the program
	Method     string     `json:"method"` // ANY where the pattern names none
	Host       string     `json:"host"`
	Path       string     `json:"path"`
	Framework  string     `json:"framework"`
	Handler    string     `json:"handler"`
	Protection Protection `json:"protection"`
	Rule       *Rule      `json:"rule,omitempty"`
	RuleSource string     `json:"rule_source"`
	Registered string     `json:"registered"`
	Chain      []string   `json:"chain"`
	Condition  string     `json:"condition"` // under which it is registered
	Evidence   string     `json:"evidence"`
	Position   string     `json:"position,omitempty"` // routes -json only
}

// Handler is an annotated handler.
type Handler struct {
	Handler    string   `json:"handler"`
	Framework  string   `json:"framework"`
	Rule       *Rule    `json:"rule"`
	RuleSource string   `json:"rule_source"`
	Demands    []Demand `json:"demands,omitempty"`    // where each demand came from, when not all are the handler's own
	Routes     []string `json:"routes,omitempty"`     // declared with //auth:route
	Registered *bool    `json:"registered,omitempty"` // nil where registrations were not looked at
}

// NamedRule is a rule of authgen.yaml, for policies that name it.
type NamedRule struct {
	Name string `json:"name"`
	Rule *Rule  `json:"rule"`
}

// FrontierPermission is the permission of a check.
type FrontierPermission struct {
	Check string `json:"check"` // type and permission as rules have them: storage/file#uploadFile
	Key   string `json:"key"`   // what Frontier calls it: storage.file.upload
}

// Demand is one directive and where it was written.
type Demand struct {
	Demand string `json:"demand"`
	Source string `json:"source"` // "handler", "type files.API", "package files", "rule billing" or "parameter"
}

// Rule is what a handler demands. All that is set must hold; the values of one
// list are alternatives. Also holds further demands that must hold as well,
// where a default and a handler both state the same key.
type Rule struct {
	Access      string   `json:"access,omitempty"` // public, optional or authenticated; empty when demands are listed
	Reason      string   `json:"reason,omitempty"`
	Roles       []string `json:"roles,omitempty"`
	Permissions []string `json:"permissions,omitempty"`
	Scopes      []string `json:"scopes,omitempty"`
	Tokens      []string `json:"tokens,omitempty"`
	Issuers     []string `json:"issuers,omitempty"`
	Features    []string `json:"features,omitempty"`
	Tenant      string   `json:"tenant,omitempty"`
	Owner       string   `json:"owner,omitempty"`
	StepUp      string   `json:"stepup,omitempty"` // "any" or a duration
	Actor       string   `json:"actor,omitempty"`  // "none"
	Checks      []string `json:"checks,omitempty"`
	Policy      string   `json:"policy,omitempty"`
	Also        []Rule   `json:"also,omitempty"`
	Audit       string   `json:"audit,omitempty"`
	Severity    string   `json:"severity,omitempty"`
	// AuditRequired says that the handler runs only when the event is recorded.
	AuditRequired bool `json:"audit_required,omitempty"`
	Replace       bool `json:"replace,omitempty"`
}

// Skipped is something that was not read, and why.
type Skipped struct {
	What string `json:"what"`
	Why  string `json:"why"`
}
