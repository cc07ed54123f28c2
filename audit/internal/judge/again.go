package judge

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/wiring"
)

// A link may run a router once more, with a request that it has written: whatever
// the chains there ask of callers, they may find what the link has put in.

// Again is a place where a link does so for callers without identity, with a path that
// need not be that of the route.
type Again struct {
	Evidence
	Framework wiring.Framework // of the router, "" when it is not known
}

// Again returns all these places.
func (j *Judge) Again() []Again { return j.again }

// runsBesides notes one of them.
func (j *Judge) runsBesides(again Again) {
	if !slices.Contains(j.again, again) {
		j.again = append(j.again, again)
	}
}

// runsAgain notes that a call runs a router with a request that code has written. It
// says whether the call is of a router of a framework, which need not be read.
func (x *exec) runsAgain(st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) bool {
	if x.service != nil || !mayRoute(fn, recv) {
		return false
	}
	_, isNext := recv.(*nextVal) // which is told as a route of its own as well
	router := !isNext && recvTypeName(fn) != "Handler"
	if st.proof == sure || !x.altered(st, args) {
		return router
	}
	why := Evidence{Pos: e.Pos(), Text: x.j.text(e.Fun) + " may run routes with a request that was written here"}
	// Which router that is is not asked: what is known of a link serves for all that it
	// stands in front of.
	if elsewhere(st, args) {
		x.j.runsBesides(Again{why, frameworkOf(fn)})
	}
	if isNext {
		return false
	}
	again := st.clone()
	if len(args) == 2 {
		x.handsOn(again, args[1])
	}
	x.reach(again, &why)
	return router
}

// routeOf is the handler that a mux has for a request, which it only looks at, with all
// that stands in front of it there. It is not run yet.
func (x *exec) routeOf(fr *frame, e *ast.CallExpr, fn *types.Func, mux val) val {
	found := x.plainResult(fr, e, fn, tReq)
	if t, ok := found.(tuple); ok {
		if _, isNext := mux.(*nextVal); isNext {
			t[0] = mux
		}
	}
	return found
}

// mayRoute says whether a function runs the routes of a router, or a handler that is
// not known.
func mayRoute(fn *types.Func, recv val) bool {
	if fn.Pkg() == nil || fn.Signature().Recv() == nil {
		return false
	}
	if _, isNext := recv.(*nextVal); isNext && recvTypeName(fn) == "Handler" {
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

// frameworkOf is the framework that a function which runs a router is of, "" for one
// that runs any handler.
func frameworkOf(fn *types.Func) wiring.Framework {
	switch recvTypeName(fn) {
	case "ServeMux":
		return wiring.NetHTTP
	case "Engine":
		return wiring.Gin
	case "Echo":
		return wiring.Echo
	}
	return ""
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
