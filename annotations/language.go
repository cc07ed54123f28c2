package annotations

import "slices"

// Codes of the problems that this package reports.
const (
	CodeNearMiss      = "AUTH001" // a comment looks like a directive and is none
	CodeUnknownKey    = "AUTH002"
	CodeValueMissing  = "AUTH003" // a value is missing, empty or not expected
	CodeDuplicate     = "AUTH004" // a key or a value stands twice
	CodeBadValue      = "AUTH005" // a value has a form that its key does not take
	CodeTrailingText  = "AUTH006" // text follows a complete directive
	CodeUnknownOption = "AUTH007"
	CodeDetached      = "AUTH008" // a blank line separates a directive from its declaration
	CodeMisplaced     = "AUTH009" // a directive stands where nothing can be guarded
	CodeConflict      = "AUTH010" // public or optional beside another demand
	CodeUnknownKind   = "AUTH011" // no such kind of token
	CodeBadDuration   = "AUTH012"
	CodeBadRoute      = "AUTH013"
	CodeBadPath       = "AUTH014" // a path is not in the framework's syntax
	CodeBadPolicy     = "AUTH015" // a policy is no expression
	CodeBadPredicate  = "AUTH016" // an unknown predicate, or one with wrong arguments
	CodeBadNegation   = "AUTH017" // ! over an answer that another system gives
	CodePolicyTooBig  = "AUTH018"
	CodeBadCheck      = "AUTH019"
)

// Codes returns all codes of this package, in order.
func Codes() []string {
	return []string{
		CodeNearMiss, CodeUnknownKey, CodeValueMissing, CodeDuplicate, CodeBadValue, CodeTrailingText,
		CodeUnknownOption, CodeDetached, CodeMisplaced, CodeConflict, CodeUnknownKind, CodeBadDuration,
		CodeBadRoute, CodeBadPath, CodeBadPolicy, CodeBadPredicate, CodeBadNegation, CodePolicyTooBig, CodeBadCheck,
	}
}

// form says what may follow a key.
type form uint8

const (
	bare     form = iota // nothing
	single               // =value
	list                 // =value,value
	maybe                // nothing, or =value
	freeForm             // =text up to the end of the line
)

// key is one directive of the language.
type key struct {
	name    string
	form    form
	demand  bool // counts as a demand
	options []optionKey
	sample  string   // what to write, for suggestions
	values  []string // the only values, nil for any
}

// keys is the whole language, in the order in which rules are printed.
var keys = []key{
	{name: "public", form: bare, demand: true, options: []optionKey{{name: "reason"}}, sample: "public"},
	{name: "optional", form: bare, demand: true, sample: "optional"},
	{name: "authenticated", form: bare, demand: true, sample: "authenticated"},
	{name: "roles", form: list, demand: true, sample: "roles=admin"},
	{name: "permissions", form: list, demand: true, sample: "permissions=uploadFile"},
	{name: "scopes", form: list, demand: true, sample: "scopes=files:read"},
	{name: "tokens", form: list, demand: true, sample: "tokens=user", values: tokenKinds},
	{name: "issuer", form: list, demand: true, sample: "issuer=partner"},
	{name: "features", form: list, demand: true, sample: "features=sso"},
	{name: "tenant", form: single, demand: true, sample: "tenant=tenantID"},
	{name: "owner", form: single, demand: true, sample: "owner=userID"},
	{name: "stepup", form: maybe, demand: true, sample: "stepup=10m"},
	{name: "actor", form: single, demand: true, sample: "actor=none", values: []string{"none"}},
	{name: "check", form: list, demand: true, sample: "check=project:{id}#update"},
	{name: "policy", form: freeForm, demand: true, sample: `policy=role("admin") || permission("edit")`},
	{name: "rule", form: single, demand: true, sample: "rule=billing"},
	{name: "audit", form: single, options: []optionKey{{name: "severity", values: severities}, {name: "required", flag: true}}, sample: "audit=Upload"},
	{name: "route", form: freeForm, sample: "route=GET /files/{id}"},
	{name: "replace", form: bare, sample: "replace"},
}

var (
	tokenKinds = []string{"user", "userApi", "tenantApi", "userAccess", "tenantAccess", "pat", "service", "vendor"}
	severities = []string{"Info", "Medium", "High", "Critical", "Error"}
)

// Keys returns the keys of the language.
func Keys() []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

// TokenKinds returns the kinds of token that the directive tokens takes.
func TokenKinds() []string { return slices.Clone(tokenKinds) }

func lookup(name string) (key, bool) {
	for _, k := range keys {
		if k.name == name {
			return k, true
		}
	}
	return key{}, false
}
