package platform

import "strings"

// BuildFlags returns the flags with which the go command builds for these tags
// and no others: it takes more from GOFLAGS, also those that go with instrumented
// builds.
func BuildFlags(tags []string) []string {
	return []string{"-tags=" + strings.Join(tags, ","), "-race=false", "-msan=false", "-asan=false"}
}
