package generator

import (
	"go/ast"
	"slices"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/diagnostic"
)

// handler is a declaration that is to be guarded.
type handler struct {
	shape
	pkg      *pkg
	source   *source
	node     ast.Node // *ast.FuncDecl or *ast.ValueSpec
	position diagnostic.Position
	name     string
	recv     string // name of the receiver's type, "" for package-level declarations
	pointer  bool   // the receiver is a pointer
	explicit bool   // the declaration itself has directives
	note     *annotations.Annotation
	state    verdict
	rule     *rule
	// badRoutes says that something was reported about its routes.
	badRoutes bool
}

// String returns the handler's name as manifests and logs have it.
func (h *handler) String() string {
	path := h.pkg.importPath
	switch {
	case h.recv == "":
		return path + "." + h.name
	case h.pointer:
		return path + ".(*" + h.recv + ")." + h.name
	}
	return path + "." + h.recv + "." + h.name
}

// local returns the handler's name within its package, as godoc links have it.
func (h *handler) local() string {
	if h.recv == "" {
		return h.name
	}
	return h.recv + "." + h.name
}

// faulty reports whether a mistake was found in the handler's own directives.
func (h *handler) faulty() bool {
	switch n := h.node.(type) {
	case *ast.FuncDecl:
		return h.source.faulty(n.Doc)
	case *ast.ValueSpec:
		return h.source.faulty(n.Doc)
	}
	return false
}

// faulty reports whether a mistake was found in a doc comment.
func (s *source) faulty(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(s.notes.Problems, func(p annotations.Problem) bool {
		return doc.Pos() <= p.Span.Start && p.Span.Start <= doc.End()
	})
}
