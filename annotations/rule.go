// Package annotations reads authorization rules from Go comments.
//
// A rule is a set of //auth: directives in the doc comment of a handler. The
// package turns comment text into a [Rule] with the exact position of every
// token, and reports each comment that looks like a rule and is not one. It
// needs syntax only and imports the standard library alone.
package annotations

import (
	"go/token"
	"time"
)

// Access says how much a rule demands before anything else is looked at.
type Access uint8

const (
	// Unstated is the access of a rule that demands nothing. A handler whose
	// effective rule is unstated is an error.
	Unstated Access = iota
	// Public handlers never read credentials.
	Public
	// Optional handlers take an identity when a valid credential came.
	Optional
	// Protected handlers demand a valid identity.
	Protected
)

// Rule is what the directives of one comment demand. All fields that are set
// must hold; the values of one list are alternatives. The zero Rule demands
// nothing.
type Rule struct {
	Access        Access
	Reason        string // why a Public handler is public
	Authenticated bool   // //auth:authenticated was written

	Roles       []string
	Permissions []string
	Scopes      []string
	Tokens      []string // token kinds by the names of the language, see [TokenKinds]
	Issuers     []string
	Features    []string
	Tenant      string // path parameter
	Owner       string // path parameter
	StepUp      *StepUp
	NoActor     bool // //auth:actor=none
	Checks      []Check
	Policy      Expr   // nil when there is none
	Named       string // //auth:rule=NAME
}

// StepUp demands step-up authentication, at most MaxAge ago. MaxAge zero
// means that any age will do.
type StepUp struct {
	MaxAge time.Duration
}

// Check is a question for a resource checker: may the caller do Permission on
// the object of type Type and identifier ID? ID is literal text with path
// parameters in braces.
type Check struct {
	Type       string
	ID         string
	Permission string
}

// Route is a declared route: a method ("" for any) and a path in the
// framework's own pattern syntax. Pattern is the value as it was written.
type Route struct {
	Method  string
	Host    string // net/http patterns only
	Path    string
	Pattern string
	Span    Span
}

// Audit asks for an audit event for allowed and denied calls.
type Audit struct {
	Name     string
	Severity string // "" or one of Info, Medium, High, Critical, Error
	Required bool   // the handler runs only when the event is recorded
}

// Span is a range of source: Start is its first byte, End the byte after it.
type Span struct {
	Start, End token.Pos
}

// Annotation is everything the directives of one comment say.
type Annotation struct {
	Rule       Rule
	Routes     []Route
	Audit      *Audit
	Replace    bool // drop the defaults of the package and type
	Directives []Directive
}

// Directive is one //auth: line as it was written.
type Directive struct {
	Key     string
	Span    Span // the whole comment
	KeySpan Span
	Values  []Value
	Options []Option
}

// Value is one element of a directive's list.
type Value struct {
	Text string // unquoted
	Span Span
}

// Option is a name=value pair after a directive's values, or a name alone.
type Option struct {
	Name     string
	Value    Value // zero for a name alone
	NameSpan Span
}

// Expr is a policy expression: *[And], *[Or], *[Not] or *[Predicate].
type Expr interface {
	// String returns the canonical text of the expression.
	String() string
	expr()
}

// And holds when both operands hold.
type And struct{ X, Y Expr }

// Or holds when one operand holds.
type Or struct{ X, Y Expr }

// Not holds when its operand does not hold and is not unknown.
type Not struct{ X Expr }

// Predicate is one question about the identity or the request, such as
// role("admin"). Name is one of the predicate names of the language.
type Predicate struct {
	Name string
	Args []string
	Span Span
}

func (*And) expr()       {}
func (*Or) expr()        {}
func (*Not) expr()       {}
func (*Predicate) expr() {}

// Problem is one finding about a comment. Code is an AUTHnnn code of the
// project's table of diagnostics.
type Problem struct {
	Code       string
	Span       Span
	Message    string // what is wrong
	Suggestion string // what to write instead; "" when there is no single answer
	// Fix is an edit after which the comment is what it was meant to be, without
	// this problem. It is nil where that is not certain.
	Fix *Edit
}
