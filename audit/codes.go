package audit

// Codes of the findings of this package.
const (
	CodeUnprotected   = "AUTH100" // nothing on the way denies callers without identity
	CodeConditional   = "AUTH101" // callers without identity are denied only under a condition
	CodeUnproven      = "AUTH102" // it cannot be decided who gets through
	CodeRaw           = "AUTH103" // a handler that has a rule is registered without its guard
	CodeUnregistered  = "AUTH104" // a handler that has a rule, and no route leads to it
	CodeOverlap       = "AUTH105" // a wider route lets in callers that a narrower one denies
	CodeMethods       = "AUTH106" // as CodeOverlap, for other methods of the same path
	CodeLateUse       = "AUTH107" // middleware that comes after the routes it was meant for
	CodeStalePublic   = "AUTH108" // an entry of public: that matches no route
	CodeOutsideGroup  = "AUTH109" // a route beside the protected group of its neighbours
	CodeFewerRoutes   = "AUTH110" // fewer routes than the committed manifest
	CodeNoRoutes      = "AUTH111" // no route, though a router is imported
	CodeNotConfirmed  = "AUTH112" // an entry of middleware: that the analysis does not agree with
	CodeStaleAccepted = "AUTH113" // an entry of accepted: that matches no finding
	CodePastAccepted  = "AUTH114" // an entry of accepted: past its date
	CodeEnd           = "AUTH115" // a place where the trail ends
	CodeParameter     = "AUTH116" // a path without a parameter that the rule reads
	CodePromotedRaw   = "AUTH117" // as CodeRaw, by the name of an embedding type
	CodeSettings      = "AUTH118" // a router that routes by another path or method than middleware sees
	CodeNeverApplied  = "AUTH119" // middleware that is passed in and not used
	CodeErrors        = "AUTH120" // a package of a program that does not compile
	CodeMeddled       = "AUTH121" // hand-written code that speaks of what is generated
	CodeHidden        = "AUTH122" // a parameter that is another for the rule than for the handler
)

// Codes returns all codes of this package, in order.
func Codes() []string {
	return []string{
		CodeUnprotected, CodeConditional, CodeUnproven, CodeRaw, CodeUnregistered, CodeOverlap, CodeMethods, CodeLateUse,
		CodeStalePublic, CodeOutsideGroup, CodeFewerRoutes, CodeNoRoutes, CodeNotConfirmed, CodeStaleAccepted, CodePastAccepted,
		CodeEnd, CodeParameter, CodePromotedRaw, CodeSettings, CodeNeverApplied, CodeErrors, CodeMeddled, CodeHidden,
	}
}
