package annotations

import (
	"go/ast"
	"strings"
	"unicode/utf8"
)

// Edit replaces a range of source by other text.
type Edit struct {
	Span Span
	Text string
}

// fix offers to replace a part of the directive that the last problem is about,
// if it is free of problems then.
func (b *builder) fix(part Span, with string) {
	from, to := int(part.Start-b.line.pos), int(part.End-b.line.pos)
	if b.trial || from < 0 || from > to || to > len(b.line.s) || !isDirective(b.line.s[:from]+with+b.line.s[to:]) {
		return
	}
	b.problems[len(b.problems)-1].Fix = &Edit{part, with}
}

// isDirective reports whether text behind "auth:" is a directive without a
// problem.
func isDirective(s string) bool {
	trial := builder{trial: true}
	trial.add(text{s, 1}, Span{})
	return len(trial.problems) == 0
}

// plain returns the directive that a near miss was meant to be, from its key
// and what follows that. It reports false where it would have a problem.
func plain(key, tail string) (directive string, ok bool) {
	switch {
	case tail == "":
		directive = key
	case foldsTo(tail, '='):
		_, n := utf8.DecodeRuneInString(tail)
		directive = key + "=" + strings.TrimSpace(tail[n:])
	default:
		directive = key + " " + strings.TrimSpace(tail)
	}
	return directive, isDirective(directive)
}

// attach returns the edit that joins a comment to the declaration below it, nil
// when more than blank lines are in between.
func (r *reader) attach(group *ast.CommentGroup) *Edit {
	next := r.file.Package
	if group.Pos() > next {
		next = 0
		for _, decl := range r.file.Decls {
			if decl.Pos() < group.End() {
				continue
			}
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				return nil
			}
			if next = f.Pos(); f.Doc != nil {
				next = f.Doc.Pos()
			}
			break
		}
	} else if r.file.Doc != nil {
		next = r.file.Doc.Pos()
	}
	if next <= group.End() {
		return nil
	}
	between := Span{group.End(), next}
	from, to := r.fset.PositionFor(between.Start, false).Offset, r.fset.PositionFor(between.End, false).Offset
	if to > len(r.src) || strings.TrimSpace(string(r.src[from:to])) != "" {
		return nil
	}
	return &Edit{between, "\n"}
}
