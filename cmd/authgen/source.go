package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/authgen/authgen/internal/moduletree"
)

// goFiles calls visit for each Go file of the module at root that can be part
// of a build and is no test, with its slash-separated path relative to root.
// A visit that returns [fs.SkipAll] ends the walk without an error; none may keep
// src.
func goFiles(root string, visit func(file string, src []byte) error) error {
	var src bytes.Buffer
	return moduletree.Walk(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path == root {
				return nil
			}
			if name == "vendor" || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || !entry.Type().IsRegular() {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		src.Reset()
		if err := readFile(&src, path); err != nil {
			return err
		}
		return visit(filepath.ToSlash(rel), src.Bytes())
	}, nil)
}

// readFile appends a file to buf.
func readFile(buf *bytes.Buffer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = buf.ReadFrom(f)
	return err
}

// hasGenerateLine reports whether a file of the module runs authgen when go
// generate does.
func hasGenerateLine(root string) bool {
	found := false
	// A file that cannot be read only makes the advice less short.
	_ = goFiles(root, func(_ string, src []byte) error {
		for line := range bytes.Lines(src) {
			if bytes.HasPrefix(line, []byte("//go:generate ")) && bytes.Contains(line, []byte("authgen")) {
				found = true
				return fs.SkipAll
			}
		}
		return nil
	})
	return found
}
