package annotations

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"unicode"

	"github.com/authgen/authgen/internal/spelling"
)

// File is what the comments of one Go file say.
type File struct {
	// Decls holds the annotations of functions and methods (*ast.FuncDecl),
	// types (*ast.TypeSpec) and variables of one name (*ast.ValueSpec).
	Decls map[ast.Node]*Annotation
	// Package is the annotation of the package's doc comment in this file, nil
	// when there is none.
	Package *Annotation
	// Problems lists every fault, in order of position.
	Problems []Problem
}

// ParseFile reads all comments of a file that was parsed from src with
// parser.ParseComments. It needs no types and no other file, and works on files
// with syntax errors as far as go/parser understood them.
func ParseFile(fset *token.FileSet, file *ast.File, src []byte) *File {
	f := &File{Decls: map[ast.Node]*Annotation{}}
	if !Mentions(src) {
		return f
	}
	r := &reader{fset: fset, file: file, src: src}
	owners := r.owners()
	for _, group := range file.Comments {
		o, owned := owners[group]
		if o.ignored {
			continue
		}
		b := builder{}
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "/*") {
				r.blockComment(&b, c, owned)
				continue
			}
			r.lineComment(&b, c, group, owned)
		}
		annotation := b.finish()
		f.Problems = append(f.Problems, b.problems...)
		switch {
		case annotation == nil || !owned:
		case o.node == nil:
			f.Package = annotation
		default:
			f.Decls[o.node] = annotation
		}
	}
	return f
}

// owner is what a doc comment belongs to.
type owner struct {
	node    ast.Node // nil for the package
	ignored bool     // no Go comment: the C code in front of import "C"
}

type reader struct {
	fset *token.FileSet
	file *ast.File
	src  []byte
}

// owners maps the doc comments that can hold directives to what they describe.
func (r *reader) owners() map[*ast.CommentGroup]owner {
	owners := map[*ast.CommentGroup]owner{}
	add := func(doc *ast.CommentGroup, o owner) {
		if doc != nil {
			owners[doc] = o
		}
	}
	add(r.file.Doc, owner{})
	for _, decl := range r.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			add(d.Doc, owner{node: d})
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				// Without parentheses the comment in front of the keyword is
				// the one spec's.
				doc := d.Doc
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if d.Lparen.IsValid() {
						doc = s.Doc
					}
					add(doc, owner{node: s})
				case *ast.ValueSpec:
					if d.Lparen.IsValid() {
						doc = s.Doc
					}
					if d.Tok == token.VAR && len(s.Names) == 1 {
						add(doc, owner{node: s})
					}
				case *ast.ImportSpec:
					if s.Path.Value == `"C"` {
						add(d.Doc, owner{ignored: true})
						add(s.Doc, owner{ignored: true})
					}
				}
			}
		}
	}
	return owners
}

// lineComment reads one // comment.
func (r *reader) lineComment(b *builder, c *ast.Comment, group *ast.CommentGroup, owned bool) {
	t := text{strings.TrimRight(c.Text, "\r"), c.Pos()}
	body := t.from(len("//"))
	if key, ok := strings.CutPrefix(body.s, prefix); ok && !startsWithSpace(key) {
		switch trimmed := (text{t.s, t.pos}).trim(); {
		case !owned:
			code, message, suggestion := r.misplaced(c, group)
			b.report(code, trimmed.span(), message, suggestion)
			if code == CodeDetached {
				b.problems[len(b.problems)-1].Fix = r.attach(group)
			}
		default:
			b.add(trimmed.from(len("//"+prefix)), trimmed.span())
		}
		return
	}
	if directive, ok := r.nearMiss(b, body, t.trim(), " in plain lower-case letters without spaces"); ok && owned {
		b.problems[len(b.problems)-1].Fix = &Edit{t.trim().span(), "//" + prefix + directive}
	}
}

func startsWithSpace(s string) bool { return strings.IndexFunc(s, unicode.IsSpace) == 0 }

// blockComment looks for near misses in each line of a /* */ comment. Go knows
// no directives there. Lines that begin with // are code that was commented out,
// or, where they stand further to the right, an example. At the left edge of a
// doc comment they can only be meant.
func (r *reader) blockComment(b *builder, c *ast.Comment, owned bool) {
	// go/scanner drops carriage returns from a comment's text, so positions
	// are those of the source.
	start := min(r.fset.PositionFor(c.Pos(), false).Offset, len(r.src))
	raw, _, _ := bytes.Cut(r.src[start:], []byte("*/"))
	before := string(r.src[bytes.LastIndexByte(r.src[:start], '\n')+1 : start])
	indent := before[:len(before)-len(strings.TrimLeft(before, " \t"))]
	t := text{string(raw), c.Pos()}
	t = t.from(min(len("/*"), len(t.s)))
	for t.s != "" {
		end := strings.IndexByte(t.s, '\n')
		if end < 0 {
			end = len(t.s)
		}
		full := t.slice(0, end)
		line := full.trim()
		t = t.from(min(end+1, len(t.s)))
		edge := strings.TrimPrefix(full.s, indent)
		if strings.HasPrefix(line.s, "*") {
			line = line.from(1)
			edge = line.s
			line = line.trim()
		}
		if strings.HasPrefix(line.s, "//") && (!owned || !strings.HasPrefix(strings.TrimPrefix(edge, " "), "//")) {
			continue
		}
		r.nearMiss(b, line, line, " in a comment that begins with //")
	}
}

// nearMiss reports a comment that looks like a directive. body is its text
// behind the comment's opening, whole what the report underlines, and how says
// how to write one. It returns the directive that was meant if that is certain.
func (r *reader) nearMiss(b *builder, body, whole text, how string) (directive string, ok bool) {
	key, tail, ok := looksLikeDirective(body.s)
	if !ok {
		return "", false
	}
	b.report(CodeNearMiss, whole.span(),
		fmt.Sprintf("this comment looks like the directive %s, but Go does not see it as one", key),
		"write //auth:"+key+how)
	return plain(key, tail)
}

// longestWord is more than any key has letters, however it is misspelt.
const longestWord = 32

// looksLikeDirective reports whether the text of a comment was meant to be a
// directive, which, and what follows its key. Text that is exactly one is not
// passed in.
func looksLikeDirective(s string) (name, tail string, ok bool) {
	behind := foldPrefix(s)
	if behind < 0 {
		return "", "", false
	}
	rest := s[behind:]
	word := ""
	spaceBefore, spaceAfter := false, false
text:
	for i, char := range rest {
		f := fold(char)
		switch {
		case f == 0:
			continue
		case f == ' ':
			spaceBefore = spaceBefore || word == ""
			spaceAfter = spaceAfter || word != ""
			continue
		case (f == '-' || f == '_') && word != "" && !spaceAfter:
			continue // step-up
		case f >= 'a' && f <= 'z' && !spaceAfter:
			if word += string(f); len(word) > longestWord {
				return "", "", false
			}
			continue
		}
		tail = rest[i:]
		break text
	}
	if word == "" {
		return "", "", false
	}
	k, known := lookup(word)
	near, isNear := spelling.Nearest(word, Keys())
	switch {
	case !known && !isNear:
		return "", "", false
	case foldsTo(tail, '='):
		// Nobody writes prose with an equals sign behind the second word.
	case !spaceBefore:
		// "auth:roles" in one piece is no prose, whatever follows.
	case known && tail == "":
	case known && !spaceAfter && foldsTo(tail, ':'):
	case known && slices.ContainsFunc(k.optionNames(), func(name string) bool { return strings.HasPrefix(tail, name+"=") }):
	default:
		return "", "", false // auth: roles are checked elsewhere
	}
	if known {
		return word, tail, true
	}
	return near, tail, true
}

// foldsTo reports whether s begins with a character that looks like want.
func foldsTo(s string, want rune) bool {
	for _, r := range s {
		return fold(r) == want
	}
	return false
}

// misplaced says why a directive guards nothing where it stands.
func (r *reader) misplaced(c *ast.Comment, group *ast.CommentGroup) (code, message, suggestion string) {
	const advice = "move it into the doc comment of the handler"
	if r.trails(c) {
		return CodeMisplaced, "the directive stands behind code on its line: it guards nothing", advice
	}
	for _, decl := range r.file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil && fn.Body.Pos() < c.Pos() && c.Pos() < fn.Body.End() {
			return CodeMisplaced, fmt.Sprintf("the directive stands inside the body of %s: it guards nothing", fn.Name.Name), advice
		}
		if decl.Pos() < c.Pos() && c.Pos() < decl.End() {
			return CodeMisplaced, "the directive stands inside a declaration that is no handler: it guards nothing", advice
		}
		if doc := docOf(decl); doc == group {
			return CodeMisplaced, "the directive stands on a declaration that is no handler: it guards nothing", "directives belong to functions, methods, types, single variables and the package clause"
		}
	}
	if c.Pos() < r.file.Package {
		return CodeDetached, "the directive stands apart from the package clause: it guards nothing", "remove the blank line"
	}
	for _, decl := range r.file.Decls {
		if decl.Pos() > c.Pos() {
			return CodeDetached, fmt.Sprintf("the directive stands apart from %s: it guards nothing", describe(decl)), "remove the blank line"
		}
	}
	return CodeDetached, "the directive stands behind the last declaration: it guards nothing", advice
}

// trails reports whether code stands in front of the comment on its line.
func (r *reader) trails(c *ast.Comment) bool {
	offset := r.fset.PositionFor(c.Pos(), false).Offset
	for i := offset - 1; i >= 0 && i < len(r.src) && r.src[i] != '\n'; i-- {
		if r.src[i] != ' ' && r.src[i] != '\t' {
			return true
		}
	}
	return false
}

func docOf(decl ast.Decl) *ast.CommentGroup {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		return d.Doc
	case *ast.GenDecl:
		return d.Doc
	}
	return nil
}

func describe(decl ast.Decl) string {
	if fn, ok := decl.(*ast.FuncDecl); ok {
		return "the function " + fn.Name.Name
	}
	return "the next declaration"
}
