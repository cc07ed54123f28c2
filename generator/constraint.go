package generator

import (
	"go/ast"
	"go/build/constraint"
	"go/token"
	"runtime"
	"slices"
	"strings"
)

func processors() int { return runtime.GOMAXPROCS(0) }

// What file names can be constrained by (go help buildconstraint). Lists that
// grew since only put a handler into the general file; the compiler then says
// so.
var (
	knownOS = strings.Fields("aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos")
	unixOS  = strings.Fields("aix android darwin dragonfly freebsd hurd illumos ios linux netbsd openbsd solaris")

	knownArch = strings.Fields("386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm")
)

// constraintOf returns the build constraint of a file in the syntax of
// //go:build: its line, its name, and the use of cgo.
func constraintOf(f *goFile, syntax *ast.File, fset *token.FileSet) string {
	var parts []string
	for _, group := range syntax.Comments {
		if group.Pos() > syntax.Package {
			break
		}
		for _, c := range group.List {
			if constraint.IsGoBuild(c.Text) {
				if e, err := constraint.Parse(c.Text); err == nil {
					parts = append(parts, e.String())
				}
			}
		}
	}
	parts = append(parts, nameConstraints(f.base())...)
	for _, spec := range syntax.Imports {
		if spec.Path.Value == `"C"` {
			parts = append(parts, "cgo")
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	for i, p := range parts {
		if strings.Contains(p, "||") {
			parts[i] = "(" + p + ")"
		}
	}
	return strings.Join(parts, " && ")
}

// nameConstraints returns the operating system and architecture that a file's
// name demands.
func nameConstraints(base string) []string {
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".go"), "_test")
	// What stands in front of the first underscore is never a constraint.
	_, rest, ok := strings.Cut(base, "_")
	if !ok {
		return nil
	}
	words := strings.Split(rest, "_")
	last := words[len(words)-1]
	if n := len(words); n >= 2 && slices.Contains(knownOS, words[n-2]) && slices.Contains(knownArch, last) {
		return []string{words[n-2], last}
	}
	if slices.Contains(knownOS, last) || slices.Contains(knownArch, last) {
		return []string{last}
	}
	return nil
}

// slug returns a constraint as a part of a file name. Nothing in it gives the
// name a constraint of its own, because more follows.
func slug(constraint string) string {
	s := strings.NewReplacer("!", "not_", "&&", "and", "||", "or", "(", "", ")", "", " ", "_").Replace(constraint)
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '_', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, s)
	return s
}

// built reports whether a constraint holds for the settings' configuration.
func (g *generation) built(expr string) bool {
	if expr == "" {
		return true
	}
	e, err := constraint.Parse("//go:build " + expr)
	if err != nil {
		return true
	}
	b := g.config.Build
	return e.Eval(func(tag string) bool {
		switch {
		case tag == goos(b), tag == goarch(b), tag == "gc", tag == "cgo", slices.Contains(b.Tags, tag):
			return true
		case tag == "unix":
			return slices.Contains(unixOS, goos(b))
		}
		return strings.HasPrefix(tag, "go1.")
	})
}
