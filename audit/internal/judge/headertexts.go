package judge

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"
)

// The values of a header, of a query and of a form are slices of texts: who writes an
// element of one, or of what shares these, writes what is read there afterwards. Which
// header that is is not followed.

// sharesTexts says whether a value holds slices of a header, query or form of the caller.
func sharesTexts(v val) bool {
	switch v := v.(type) {
	case *sym:
		return v.texts || v.kind == kHeader || v.kind == kValues
	case *list:
		return v.open != nil && sharesTexts(v.open) || slices.ContainsFunc(v.elems, sharesTexts)
	case *strct:
		for _, f := range v.f {
			if sharesTexts(f) {
				return true
			}
		}
	}
	return false
}

// maybeTexts returns a value that is not known as one that may share what those share
// which it may come from.
func maybeTexts(s *sym, from ...val) *sym {
	if s.texts || s.kind != plain || !holdsTexts(s.typ) || !slices.ContainsFunc(from, sharesTexts) {
		return s
	}
	c := *s
	c.key += "+texts"
	c.texts = true
	return &c
}

// holdsTexts says whether a value of a type may hold a slice of texts. What is not known
// may.
func holdsTexts(t types.Type) bool {
	if t == nil {
		return true
	}
	b, basic := t.Underlying().(*types.Basic)
	return (!basic || b.Kind() == types.UnsafePointer) && !isError(t)
}

// asTexts is what stands in a header under a name, as the slice that it is.
func asTexts(v val) val {
	s, ok := v.(*sym)
	if !ok {
		return v
	}
	c := *s
	c.texts = true
	return &c
}

// leavesTexts notes that values of a header go to where they are not followed, and may
// be written when they come out again.
func (x *exec) leavesTexts(fr *frame, st *state, v val) {
	var r reached
	if r.visit(x, st, v, 0); r.texts && x.service == nil && !fr.building && !fr.dep {
		mayHaveWritten(st)
	}
}

// addressesTexts notes that the address of an element is taken, through which it may be
// written.
func (x *exec) addressesTexts(fr *frame, st *state, e ast.Expr) {
	i, ok := ast.Unparen(e).(*ast.IndexExpr)
	if !ok {
		return
	}
	for _, r := range x.eval(fr, st.clone(), i.X) {
		if sharesTexts(x.deref(st, r.v)) {
			mayHaveWritten(st)
		}
	}
}

// appendsToTexts notes that append may write elements in their place: where its first
// argument was cut, or may have been. What a header yields itself ends where its array
// does.
func (x *exec) appendsToTexts(fr *frame, st *state, to ast.Expr, v val) {
	if !ofHeader(v) {
		return
	}
	switch to := ast.Unparen(to).(type) {
	case *ast.IndexExpr:
		if k := partKind(fr.typeOf(to.X)); k == kHeader || k == kValues {
			return
		}
	case *ast.CallExpr:
		if fn, ok := typeutil.Callee(fr.pkg.Info, to).(*types.Func); ok && fn.FullName() == "(net/http.Header).Values" {
			return
		}
	}
	mayHaveWritten(st)
}

// overwritesValues notes that the elements of a list are written, which may be the values
// of a header.
func (x *exec) overwritesValues(fr *frame, st *state, to ast.Expr) {
	if cut, ok := ast.Unparen(to).(*ast.SliceExpr); ok {
		to = cut.X
	}
	for _, r := range x.eval(fr, st.clone(), to) {
		if ofHeader(x.deref(r.st, r.v)) {
			mayHaveWritten(st)
		}
	}
}

// ofHeader says whether a slice may be the values of a header.
func ofHeader(v val) bool { return sharesTexts(v) || strings.HasPrefix(keyOf(v), takenKey) }
