package audit

// Codes of the findings of this package.
const (
	CodeRaw           = "AUTH103" // a handler that has a rule is registered without its guard
	CodeStalePublic   = "AUTH108" // an entry of public: that matches no route
	CodeFewerRoutes   = "AUTH110" // fewer routes than the committed manifest
	CodeNoRoutes      = "AUTH111" // no route, though a router is imported
	CodeNotConfirmed  = "AUTH112" // an entry of middleware: that the analysis does not agree with
	CodeStaleAccepted = "AUTH113" // an entry of accepted: that matches no finding
	CodePastAccepted  = "AUTH114" // an entry of accepted: past its date
)

// Codes returns all codes of this package, in order.
func Codes() []string {
	return []string{CodeRaw, CodeStalePublic, CodeFewerRoutes, CodeNoRoutes, CodeNotConfirmed, CodeStaleAccepted, CodePastAccepted}
}
