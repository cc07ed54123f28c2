// Package platform knows the operating systems and architectures of Go, as they
// stand in GOOS, GOARCH and the names of files (go help buildconstraint).
package platform

import (
	"slices"
	"strings"
)

// The go command exports no such list. One that grew since is missed by name:
// settings refuse it, and a handler goes into the general file, where the
// compiler says so.
var (
	systems       = strings.Fields("aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos")
	unix          = strings.Fields("aix android darwin dragonfly freebsd hurd illumos ios linux netbsd openbsd solaris")
	architectures = strings.Fields("386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm")
)

// Systems returns the values of GOOS.
func Systems() []string { return slices.Clone(systems) }

// Architectures returns the values of GOARCH.
func Architectures() []string { return slices.Clone(architectures) }

// IsSystem reports whether s is a value of GOOS.
func IsSystem(s string) bool { return slices.Contains(systems, s) }

// IsArchitecture reports whether s is a value of GOARCH.
func IsArchitecture(s string) bool { return slices.Contains(architectures, s) }

// Includes returns the system whose files are part of builds for another one as
// well: Linux for Android, "" for most.
func Includes(system string) string {
	switch system {
	case "android":
		return "linux"
	case "ios":
		return "darwin"
	case "illumos":
		return "solaris"
	}
	return ""
}

// IsUnix reports whether the build constraint unix holds for a value of GOOS.
func IsUnix(s string) bool { return slices.Contains(unix, s) }
