package config

import (
	"fmt"
	"go/token"
	"strings"
)

// folder reads the path of a folder below the module root that can hold a package
// which the module's programs import.
func (r *reader) folder(e entry) string {
	const sample = "internal/authmanifest"
	if describe(e.value) != "text" {
		r.wrongType(e.value, e.at, e.name+" takes the path of a folder", "write "+e.name+": "+sample+", or remove the key")
		return ""
	}
	text, at, ok := r.str(e.value, e.name)
	if !ok {
		return ""
	}
	if reason := badFolder(text); reason != "" {
		r.report(CodeType, at, fmt.Sprintf("%s: %q %s", e.name, text, reason), "write a path relative to go.mod, such as "+sample)
		return ""
	}
	return text
}

// badFolder says why no package of a program can stand in a folder, "" when one can.
func badFolder(path string) string {
	elements := strings.Split(path, "/")
	for _, element := range elements {
		switch {
		case !isWord(strings.TrimLeft(element, "0123456789"), ".-~"):
			return "is no path of folders of plain letters, digits and . - _ ~"
		case element[0] == '_', element == "testdata", element == "vendor":
			return "is in a folder that the go command leaves out"
		}
	}
	if name := elements[len(elements)-1]; !token.IsIdentifier(name) {
		return "does not end in a name that a package can have"
	}
	return ""
}
