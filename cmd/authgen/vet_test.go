package main

import (
	"strings"
	"testing"
)

func TestIsVet(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"-V=full":                    true,
		"-flags":                     true,
		"/tmp/b001/vet.cfg":          true,
		"-json -authraw=false a.cfg": true,
		"":                           false,
		"-V":                         false,
		"-flags ./...":               false,
		"version":                    false,
		"-v":                         false,
		"check ./a.cfg":              false,
		"-C a.cfg gen":               false,
		"-json a.cfg b.cfg":          false,
	} {
		if got := isVet(strings.Fields(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
