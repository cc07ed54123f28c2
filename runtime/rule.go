package auth

import "time"

// GeneratedLevel1 is named by generated files. If it is missing here, the file
// was made by a newer authgen than the runtime in go.mod: update the module
// with go get, or run go generate again with the module's own tool.
const GeneratedLevel1 = 1

// Access says how much a rule demands before its demands are looked at.
type Access uint8

const (
	// Closed is the zero value: a rule that nobody filled in lets nobody in.
	Closed Access = iota
	// Public never reads credentials. A public rule with demands denies all.
	Public
	// Optional passes a request without credentials, and demands that a
	// credential which did come is valid. With demands it denies all.
	Optional
	// Restricted demands a valid identity and all demands of the rule.
	Restricted
)

// Rule is what a handler demands. Generated code holds rules as unexported
// package variables; they are read by any number of requests at a time and
// must not change. The zero Rule denies every request.
type Rule struct {
	// Handler names the guarded handler in logs, such as
	// "example.com/app/files.(*API).Upload".
	Handler string
	Access  Access
	// All holds sets of demands, each of which must hold. A Restricted rule
	// without any admits every valid identity but vendor tokens.
	All   []Demands
	Audit Audit
}

// Demands is a set of demands that must all hold; the values of one list are
// alternatives. An empty field demands nothing.
type Demands struct {
	Roles       []string
	Permissions []string
	Scopes      []string
	Features    []string
	Kinds       Kinds
	Issuers     []string // names given by [Name]
	Tenant      string   // path parameter that names the caller's active tenant
	Owner       string   // path parameter that names the caller's user id
	StepUp      StepUp
	NoActor     bool            // no impersonation (act claim)
	Checks      []ResourceCheck // alternatives, asked in this order until one holds, or all at a time of a [BatchChecker]
	// Policy is a compiled policy expression.
	Policy func(*Decision) Truth
	// PolicyNeeds and PolicyIssuers tell [Guard.Require] what Policy asks for.
	PolicyNeeds   Needs
	PolicyIssuers []string
	// PolicyChecks are the checks that Policy may ask, for a [CheckPreparer].
	PolicyChecks []ResourceCheck
	// PolicyVendor says that Policy names the kind vendor, and not under !. Only
	// then, or when Kinds does, are vendor tokens asked at all.
	PolicyVendor bool
	// PolicySource is Policy as the annotation has it, and PolicyRules are the
	// named rules that it and they name. They are compared with the manifest at
	// start, and shown to developers.
	PolicySource string
	PolicyRules  []PolicyRule
}

// PolicyRule is what a rule of authgen.yaml demands, for policies that name it.
type PolicyRule struct {
	Name string
	All  []*Demands
}

// Needs are the providers that a policy asks.
type Needs uint8

// The providers: one for the predicate feature, one for check.
const (
	NeedsFeatures Needs = 1 << iota
	NeedsChecker
)

// StepUp demands step-up authentication. MaxAge zero accepts one of any age.
type StepUp struct {
	Required bool
	MaxAge   time.Duration
}

// ResourceCheck asks a checker whether the caller may do Permission on an
// object. ID is literal text with path parameters in braces: "{id}". Between
// two parameters stands a slash, "{org}/{file}", which no value holds: otherwise
// two objects could have one id, and nobody is allowed anything on them.
type ResourceCheck struct {
	Type       string
	ID         string
	Permission string
}

// Audit asks for an event for each decision on a handler. It is off while Name
// is empty and Required false.
type Audit struct {
	Name     string
	Severity string
	// Required says that the handler runs only when the event is recorded, see
	// [AuditRecorder].
	Required bool
}

func (a *Audit) on() bool { return a.Name != "" || a.Required }

// Params gives a request's path parameters. *gin.Context and echo.Context
// implement it; an absent parameter is the empty string.
type Params interface {
	Param(name string) string
}
