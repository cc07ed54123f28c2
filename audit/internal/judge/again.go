package judge

import (
	"go/ast"
	"go/types"
	"slices"
)

// A link may run a router once more, with a request that it has written: whatever
// the chains there ask of callers, they may find what the link has put in.

// Again returns the places where links do so for callers without identity, with a
// path that need not be that of the route.
func (j *Judge) Again() []Evidence { return j.again }

// runsAgain notes that a call runs a router with a request that code has written. It
// says whether the call is of a router of a framework, which need not be read.
func (x *exec) runsAgain(st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) bool {
	if x.service != nil || !mayRoute(fn, recv) {
		return false
	}
	router := recvTypeName(fn) != "Handler"
	if st.proof == sure || !x.altered(st, args) {
		return router
	}
	why := Evidence{Pos: e.Pos(), Text: x.j.text(e.Fun) + " may run routes with a request that was written here"}
	if elsewhere(st, args) && !slices.Contains(x.j.again, why) {
		x.j.again = append(x.j.again, why)
	}
	again := st.clone()
	if len(args) == 2 {
		x.handsOn(again, args[1])
	}
	x.reach(again, &why)
	return router
}

// mayRoute says whether a function runs the routes of a router, or a handler that is
// not known.
func mayRoute(fn *types.Func, recv val) bool {
	if fn.Pkg() == nil || fn.Signature().Recv() == nil {
		return false
	}
	if _, isNext := recv.(*nextVal); isNext {
		return false
	}
	switch bare(fn.Pkg().Path()) + "." + recvTypeName(fn) + "." + fn.Name() {
	case "net/http.ServeMux.ServeHTTP", ginPath + ".Engine.ServeHTTP", ginPath + ".Engine.HandleContext", echoPath + ".Echo.ServeHTTP":
		return true
	case "net/http.Handler.ServeHTTP":
		s, ok := recv.(*sym)
		return ok && s.kind == plain && s.unknown == nil
	}
	return false
}

// altered says whether code has written what the chains of a router may look at.
func (x *exec) altered(st *state, args []val) bool {
	if st.keys.has(writtenTLS) || wroteAny(st, inHeader, inCookie, inValue) != nil {
		return true
	}
	if len(args) < 2 {
		return false
	}
	r, ok := args[1].(*sym)
	return !ok || r.kind != kRequest || r.made || st.req == nil || r.key != st.req.key
}

// elsewhere says whether a request may be for another path than the one that came.
func elsewhere(st *state, args []val) bool {
	if st.keys.has(writtenPath) {
		return true
	}
	if len(args) < 2 {
		return false
	}
	r, ok := args[1].(*sym)
	return !ok || r.kind != kRequest || r.made
}

// writtenPath is the key, among those of the context, of that code has assigned the
// path or the host of a request.
const writtenPath = "written path"

// notesPath notes that a field of a request is assigned that chooses the route.
func (fr *frame) notesPath(st *state, e *ast.SelectorExpr) {
	path, name := named(fr.typeOf(e.X))
	switch path + "." + name + "." + e.Sel.Name {
	case "net/url.URL.Path", "net/url.URL.RawPath", "net/url.URL.Host", "net/http.Request.URL", "net/http.Request.Host", "net/http.Request.Method", "net/http.Request.RequestURI":
		st.keys.set(writtenPath, boolVal(true))
	}
}
