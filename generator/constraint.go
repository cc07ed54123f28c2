package generator

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/build"
	"go/build/constraint"
	"go/token"
	"slices"
	"strings"

	"github.com/authgen/authgen/internal/platform"
)

// constraintOf returns the build constraint of a file in the syntax of
// //go:build: its line, its name, and the use of cgo.
func constraintOf(f *goFile, syntax *ast.File, fset *token.FileSet) string {
	parts := lineConstraints(f, syntax, fset)
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
	joined := strings.Join(parts, " && ")
	if e, err := constraint.Parse("//go:build " + joined); err == nil {
		return e.String() // without brackets that say nothing
	}
	return joined
}

// lineConstraints returns what the //go:build line of a file demands or, where
// there is none, its // +build lines: those in front of a blank line.
func lineConstraints(f *goFile, syntax *ast.File, fset *token.FileSet) (parts []string) {
	var old []string
	for _, group := range syntax.Comments {
		if group.Pos() > syntax.Package {
			break
		}
		end := fset.PositionFor(group.End(), false).Offset
		_, rest, _ := bytes.Cut(f.data[min(end, len(f.data)):], []byte("\n"))
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		ends := len(bytes.TrimSpace(line)) == 0
		for _, c := range group.List {
			e, err := constraint.Parse(c.Text)
			switch {
			case err != nil:
			case constraint.IsGoBuild(c.Text):
				parts = append(parts, e.String())
			case ends:
				old = append(old, e.String())
			}
		}
	}
	if len(parts) == 0 {
		return old
	}
	return parts
}

// nameConstraints returns the operating system and architecture that a file's
// name demands.
func nameConstraints(base string) []string {
	base, _, _ = strings.Cut(base, ".") // whatever follows the first dot does not count
	base = strings.TrimSuffix(base, "_test")
	// What stands in front of the first underscore is never a constraint.
	_, rest, ok := strings.Cut(base, "_")
	if !ok {
		return nil
	}
	words := strings.Split(rest, "_")
	last := words[len(words)-1]
	if n := len(words); n >= 2 && platform.IsSystem(words[n-2]) && platform.IsArchitecture(last) {
		return []string{words[n-2], last}
	}
	if platform.IsSystem(last) || platform.IsArchitecture(last) {
		return []string{last}
	}
	return nil
}

// slug returns a constraint as a part of a file name. Nothing in it gives the
// name a constraint of its own, because more follows. Different constraints may
// have the same; see slugsOf.
func slug(constraint string) string {
	s := strings.NewReplacer("!", "not_", "&&", "and", "||", "or", "(", "", ")", "", " ", "_").Replace(constraint)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '_', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, s)
}

// slugsOf returns a slug for each constraint. Those that would be the same in
// file names or identifiers end in a part of their hash.
func slugsOf(constraints []string) map[string]string {
	key := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	slugs, uses := map[string]string{}, map[string]int{}
	for _, c := range constraints {
		if _, seen := slugs[c]; !seen {
			slugs[c] = slug(c)
			uses[key(slugs[c])]++
		}
	}
	for c, s := range slugs {
		if uses[key(s)] > 1 {
			sum := sha256.Sum256([]byte(c))
			slugs[c] = s + "_" + hex.EncodeToString(sum[:3])
		}
	}
	return slugs
}

// either returns the constraint of what is built where one of them holds.
func either(constraints []string) string {
	var all constraint.Expr
	for _, c := range slices.Compact(slices.Sorted(slices.Values(constraints))) {
		e, err := constraint.Parse("//go:build " + c)
		if err != nil { // "": built everywhere
			return ""
		}
		if all == nil {
			all = e
			continue
		}
		all = &constraint.OrExpr{X: all, Y: e}
	}
	if all == nil {
		return ""
	}
	return all.String()
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
		case tag == platform.Includes(goos(b)):
			return true
		case tag == "unix":
			return platform.IsUnix(goos(b))
		}
		return slices.Contains(build.Default.ReleaseTags, tag)
	})
}
