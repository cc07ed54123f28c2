package generator

// Codes of the findings of this package.
const (
	CodeSyntax         = "AUTH030" // a file with rules does not parse
	CodeShape          = "AUTH031" // not the shape of a handler
	CodeGeneric        = "AUTH032" // generic functions and receivers
	CodeIdentity       = "AUTH033" // the identity parameter is of an unknown type
	CodeEmptyRule      = "AUTH034" // nothing is demanded
	CodeImpossible     = "AUTH035" // nobody can meet the rule
	CodeUndeclared     = "AUTH036" // a name that authgen.yaml does not declare
	CodeUnknownRule    = "AUTH037" // a named rule that does not exist or leads to itself
	CodeParameter      = "AUTH038" // a declared route and its rule name a path parameter differently
	CodeCollision      = "AUTH039" // a name that the generated file needs is taken
	CodeReservedName   = "AUTH040" // handlers' names do not end in an underscore
	CodeHandWritten    = "AUTH041" // a hand-written file stands where output belongs
	CodeNoRule         = "AUTH042" // a handler without a rule beside handlers with one
	CodeReason         = "AUTH043" // public without a reason
	CodeTypes          = "AUTH044" // types could not be loaded
	CodeDefault        = "AUTH045" // a directive that cannot be a default
	CodeNegatedRule    = "AUTH046" // ! over a named rule that asks others
	CodeDuplicateRoute = "AUTH047" // two handlers declare the same route
	CodeFrontier       = "AUTH048" // a check that Frontier cannot be asked
)

// Codes returns all codes of this package, in order.
func Codes() []string {
	return []string{
		CodeSyntax, CodeShape, CodeGeneric, CodeIdentity, CodeEmptyRule, CodeImpossible, CodeUndeclared, CodeUnknownRule,
		CodeParameter, CodeCollision, CodeReservedName, CodeHandWritten, CodeNoRule, CodeReason, CodeTypes, CodeDefault,
		CodeNegatedRule, CodeDuplicateRoute, CodeFrontier,
	}
}
