package main

import (
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

const toolPath = "github.com/authgen/authgen/cmd/authgen"

// mendCommand returns the command that brings generated files up to date, as it
// is to be typed in dir.
func mendCommand(root, dir string) string {
	if sameFolder(root, dir) && hasGenerateLine(root) {
		return "go generate ./..."
	}
	if hasTool(root) {
		return "go tool authgen"
	}
	return "authgen"
}

func sameFolder(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// hasTool reports whether the module's go.mod names authgen as a tool.
func hasTool(root string) bool {
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return false
	}
	mod, err := modfile.Parse("go.mod", data, nil) // the lax form leaves tools out
	if err != nil {
		return false
	}
	for _, tool := range mod.Tool {
		if tool.Path == toolPath {
			return true
		}
	}
	return false
}
