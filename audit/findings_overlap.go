package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// overlaps reports routes that let in callers whom a narrower route of the same
// router denies, which a request can miss by a spelling of its path, its host or
// its method.
//
// Only the wider route can be at fault: that /users/me asks for less than
// /users/{id} is how applications are built, that /files/{id} asks for less than
// /files/special is not. Where one path has other rules for HEAD or for all methods
// than for GET, both may be right and a reader should look: that is a warning. A
// route for the whole router says nothing about any other and is left alone, and so
// are routes whose state has a finding for that it is not known.
func (f *findings) overlaps() {
	for _, routes := range f.byRouter {
		f.overlapsOf(routes)
		f.spellings(routes)
	}
}

// overlap is a call with the calls of narrower routes that it is weaker than, and
// those of its path for GET whose rule is another and not stronger.
type overlap struct {
	wide   int
	narrow []int
	other  []int
}

func (f *findings) overlapsOf(routes []*route) {
	tree := newPatterns(routes)
	index := map[int]*overlap{}
	var all []*overlap
	for _, narrow := range routes {
		if !narrow.protected() {
			continue
		}
		ask, own := narrow.demanded(), f.callOf[narrow]
		for _, wide := range tree.covering(narrow) {
			call := f.callOf[wide]
			weaker := wide.lets(ask)
			if call == own || !weaker && (wide.where() != narrow.where() || sameRules(wide, narrow)) {
				continue
			}
			o := index[call]
			if o == nil {
				o = &overlap{wide: call}
				index[call] = o
				all = append(all, o)
			}
			calls := &o.narrow
			if !weaker {
				calls = &o.other
			}
			// The methods of a call come one after the other.
			if n := len(*calls); n == 0 || (*calls)[n-1] != own {
				*calls = append(*calls, own)
			}
		}
	}
	for _, o := range all {
		var same, wider []*route
		wide := f.calls[o.wide].named()
		where := wide.where()
		for _, call := range o.narrow {
			if n := f.calls[call].named(); n.where() == where {
				same = append(same, n)
			} else {
				wider = append(wider, n)
			}
		}
		if len(same) > 0 {
			f.overlap(CodeMethods, diagnostic.Error, wide, same)
		}
		if len(wider) > 0 {
			f.overlap(CodeOverlap, diagnostic.Error, wide, wider)
		}
		var other []*route
		for _, call := range o.other {
			other = append(other, f.calls[call].named())
		}
		if len(other) > 0 {
			f.overlap(CodeMethods, diagnostic.Warning, wide, other)
		}
	}
}

func (f *findings) overlap(code string, severity diagnostic.Severity, wide *route, narrow []*route) {
	first := narrow[0]
	d := diagnostic.Diagnostic{Code: code, Severity: severity}
	if code == CodeMethods {
		d.Message = fmt.Sprintf("%s %s, and the same path for other methods, %s, %s", first, first.asks(), wide, wide.asks())
		d.Suggestion = "give both the same rule, or name the methods that need none"
	} else {
		d.Message = fmt.Sprintf("%s %s, and also matches what %s is for, which %s", wide, wide.asks(), some(narrow), first.asks())
		d.Suggestion = fmt.Sprintf("ask for as much on %s, or register it under a path of its own", wide)
	}
	for _, n := range narrow[:min(len(narrow), maxRelated)] {
		d.Related = append(d.Related, diagnostic.Related{Position: f.position(n.Pos), Message: n.String() + " " + n.asks()})
	}
	f.about(wide, d)
}

// where is the host and path of a route without the names of its parameters.
func (r *route) where() string { return r.Host + shape(segments(r)) }

// asks says in words what a route asks for.
func (r *route) asks() string {
	rule, _ := r.rule()
	switch {
	case r.state == manifest.Guarded:
		return "asks for " + strings.Join(directives(rule), ", ")
	case r.state == manifest.Middleware:
		return "asks for an identity"
	case r.state == manifest.Public:
		return "is public"
	}
	return "is open to anyone"
}

// demanded is what all rules on the way to a handler ask for.
func (r *route) demanded() []demand {
	var all []demand
	for _, t := range append([]*Twin{r.twin}, r.areas...) {
		if t != nil && !open(t.Rule) {
			all = append(all, demands(t.Rule)...)
		}
	}
	return all
}

// sameRules reports whether two guarded routes ask for the same, and so do routes of
// which that cannot be known.
func sameRules(a, b *route) bool {
	if a.state != manifest.Guarded || b.state != manifest.Guarded {
		return true
	}
	return !a.lets(b.demanded()) && !b.lets(a.demanded())
}

// lets reports whether a route lets in callers who do not meet demands. The
// demands of middleware are not known: it is taken to ask for an identity.
func (r *route) lets(ask []demand) bool {
	switch r.state {
	case manifest.Public, manifest.Unprotected:
		return true
	case manifest.Guarded, manifest.Middleware:
		if len(ask) == 0 {
			return false
		}
		have := r.demanded()
		return slices.ContainsFunc(ask, func(d demand) bool { return !d.impliedBy(have) })
	}
	return false
}
