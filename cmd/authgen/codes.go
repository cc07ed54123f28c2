package main

// The codes of what only the commands find. Their entries stand in
// diagnostic/table_commands.go.
const (
	codeMissing            = "AUTH070"
	codeStale              = "AUTH071"
	codeLeftOver           = "AUTH072"
	codeManifestMissing    = "AUTH073"
	codeManifestDrift      = "AUTH074"
	codeManifestUnreadable = "AUTH075"
	codeTestIssuer         = "AUTH076"
)
