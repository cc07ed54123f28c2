package wiring

import (
	"testing"

	"github.com/authgen/authgen/audit/internal/program"
)

// TestFailure holds that an analysis that fails says so, and ends no more than
// the program that it is of.
func TestFailure(t *testing.T) {
	t.Parallel()
	in := newInterp(&program.Program{}, &relevance{}, Config{}, &program.Package{Path: "example.com/app"})
	in.aside(maybe("somewhere", 7), func() {
		in.pos = 7
		in.safely(func() { panic("a bug") })
	})
	if len(in.out.Ends) != 1 || in.out.Ends[0].Pos != 7 {
		t.Errorf("ends: %v", in.out.Ends)
	}
}
