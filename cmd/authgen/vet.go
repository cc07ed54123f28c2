package main

import (
	"strings"
)

// isVet reports whether a command line is one of those with which go vet runs a
// tool: it asks for the tool's identity or flags, or names a package by the
// file that describes it, behind flags alone.
func isVet(args []string) bool {
	if len(args) == 1 && (args[0] == "-V=full" || args[0] == "-flags") {
		return true
	}
	for i, arg := range args {
		if i == len(args)-1 {
			return strings.HasSuffix(arg, ".cfg") && !strings.HasPrefix(arg, "-")
		}
		if !strings.HasPrefix(arg, "-") {
			return false
		}
	}
	return false
}
