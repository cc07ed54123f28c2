package judge

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// maxHandler bounds the steps through one handler.
const maxHandler = 400

// handler judges the handler of a route whose chain lets callers without
// identity through, from the ways on which they come.
func (j *Judge) handler(r *wiring.Route, run *tally) (State, []Evidence) {
	l := &wiring.Link{Framework: r.Router.Framework, Func: r.Handler, Name: r.Name, Pos: r.Pos}
	if !j.readable(r.Handler) {
		return Open, nil
	}
	var open []*state
	for _, st := range run.reached {
		if st.proof == none && st.doubt == nil {
			open = append(open, st)
		}
	}
	h := &handling{link: l, method: r.Method, states: open, enough: sure}
	known := j.served(h)
	if known.blown() {
		// Too much: the handler that an adapter was given alone, of whose caller
		// nothing is known, and no further than to the first check.
		h = &handling{link: l, method: r.Method, states: open, enough: maybe, inner: innermost(r.Handler, r.Name)}
		if h.inner != nil {
			h.states = []*state{anything(Evidence{})}
		}
		known = j.served(h)
	}
	if known.turned && len(known.proven) > 0 && len(known.reached) > 0 {
		// Some ways past a check deny too, or redirect.
		whole := *h
		whole.ends = true
		if all := j.served(&whole); !all.blown() {
			known = all
		}
	}
	if len(known.reached) == 0 && len(known.proven) == 0 || known.blown() {
		// Denies everybody, or serves nobody; or was not read to its end, and the
		// chain is known to be open.
		return Open, nil
	}
	v := known.verdict()
	if v.State != Denies && !known.turned {
		return Open, nil // what it looks at decides on something else
	}
	if v.State == Open && known.turned && len(known.proven) > 0 {
		v.State = Unknown
		for _, e := range evidenceOf(known.proven) {
			v.Evidence = append(v.Evidence, Evidence{Pos: e.Pos, Text: e.Text + " on some ways, not on all"})
		}
	}
	for i := range v.Evidence {
		e := &v.Evidence[i]
		if rest, ok := strings.CutPrefix(e.Text, "reaches the next handler when "); ok {
			e.Text = "goes on when " + rest
		}
		if rest, ok := strings.CutPrefix(e.Text, "cannot tell what this proves: "); ok {
			e.Text = "the handler itself denies " + rest + ", and what that proves cannot be told"
			continue
		}
		e.Text = "the handler itself " + e.Text
	}
	return v.State, v.Evidence
}

// handling is one way to run a handler. It makes a judge of links one of
// handlers: the ways end where the handler first does what matters.
type handling struct {
	link   *wiring.Link
	method string
	states []*state    // of the request when it comes to the handler
	inner  *value.Func // to run instead of the whole handler; nil for that
	enough level       // of proof, from which on a way is not followed
	ends   bool        // follow all ways
}

// served is what running a handler brought.
func (j *Judge) served(h *handling) *tally {
	var in strings.Builder
	fmt.Fprintf(&in, "handler|%s|%t|%d|%s", h.method, h.ends, h.enough, j.chainKey([]*wiring.Link{h.link}, ""))
	if h.inner != nil {
		fmt.Fprintf(&in, "%p%s", h.inner, h.inner.Name)
	}
	for _, s := range h.states {
		fmt.Fprintf(&in, "\n%x", s.hash())
	}
	known := j.links[in.String()]
	if known == nil {
		known = &tally{}
		known.reached = j.serve(known, h)
		j.links[in.String()] = known
	}
	return known
}

// blown says whether a handler was not read to its end.
func (t *tally) blown() bool {
	return len(t.reached) > 0 && t.reached[0].doubt != nil && t.reached[0].doubt.Text == notRead
}

const notRead = "the handler was not read to its end"

// innermost returns the function that gave a handler its name, if the handler is
// another one that calls it: what an adapter was given.
func innermost(v value.Value, name string) *value.Func {
	f, ok := value.Bare(v).(*value.Func)
	if !ok || f.Lit == nil || f.Name == name {
		return nil
	}
	for env := f.Env; env != nil; env = env.Outer {
		for _, c := range env.Vars {
			if inner, ok := value.Bare(c.V).(*value.Func); ok && inner.Name == name {
				return inner
			}
		}
	}
	return nil
}

// unproven drops the ways that have proven an identity: in a handler they need
// not be followed, unless it matters where they end.
func (x *exec) unproven(live []*state) []*state {
	if x.service == nil || x.service.ends {
		return live
	}
	return slices.DeleteFunc(live, func(st *state) bool {
		if st.proof >= x.service.enough {
			x.stopped = append(x.stopped, st)
		}
		return st.proof >= x.service.enough
	})
}

// fewStates are as many ways as are told apart in a handler.
const fewStates = 8

// readable says whether a handler is of the module.
func (j *Judge) readable(v value.Value) bool {
	own := func(fn *types.Func) bool { return fn != nil && fn.Pkg() != nil && j.prog.Own(fn.Pkg().Path()) }
	switch v := value.Bare(v).(type) {
	case *value.Func:
		return v.Lit != nil && v.Pkg.Own || own(v.Fn)
	case *value.Unknown:
		return own(v.Callee)
	case *value.Struct:
		path, _ := named(v.Type)
		return j.prog.Own(path)
	}
	return false
}

// serve runs a handler from all states that its chain leaves.
func (j *Judge) serve(run *tally, h *handling) (next []*state) {
	l := h.link
	x := &exec{
		j: j, framework: l.Framework, routeMethod: h.method, service: h,
		cells: map[string]*cell{}, wcells: map[*value.Cell]*cell{}, busy: map[string]int{}, ids: j.ids, limit: maxHandler,
	}
	unread := []*state{anything(Evidence{Pos: l.Pos, Text: notRead})}
	defer func() {
		if r := recover(); r != nil {
			if debug {
				panic(r)
			}
			next = unread
		}
	}()
	if lit := literal(l.Func); lit != nil && h.inner == nil && h.enough == sure && j.tooMuch[lit] {
		return unread
	}
	for _, st := range h.states {
		if h.inner != nil {
			st := st.clone()
			st.doubt = nil
			x.enterInner(st, l, h.inner)
			continue
		}
		x.enterHandler(st.clone(), l)
	}
	run.turned = x.turned
	if x.blown != nil {
		if lit := literal(l.Func); lit != nil && h.inner == nil && h.enough == sure {
			j.tooMuch[lit] = true
		}
		return unread
	}
	if len(x.reached) == 0 || !x.service.ends {
		x.reached = append(x.reached, slices.DeleteFunc(x.stopped, func(st *state) bool { return st.proof == none })...)
	}
	next = append(next, run.keep(x.reached)...)
	return merged(next)
}

// enterHandler runs a handler.
func (x *exec) enterHandler(st *state, l *wiring.Link) {
	root := &frame{key: "H", cells: map[types.Object]*cell{}, pkg: &program.Package{Info: &types.Info{}}}
	fun := &ast.Ident{Name: l.Name, NamePos: l.Pos}
	call := &ast.CallExpr{Fun: fun, Lparen: l.Pos}
	for _, o := range x.force(st, x.convert(l.Func, l.Name, "handler", l.Pos), fun) {
		var rs []ev
		switch l.Framework {
		case wiring.Gin:
			rs = x.apply(root, o.st, call, o.v, []val{&sym{key: "gin", kind: kGin, nonNil: true, text: "c"}})
		case wiring.Echo:
			rs = x.apply(root, o.st, call, o.v, []val{&sym{key: "echo", kind: kEcho, nonNil: true, text: "c"}})
		default:
			args := []val{&sym{key: "writer", kind: kWriter, nonNil: true, text: "w"}, o.st.req}
			end := func(more []ev) { rs = more }
			switch f := o.v.(type) {
			case *ptr:
				if s, ok := x.loadPtr(o.st, f).(*strct); ok && s.typ != nil {
					x.serveStruct(root, o.st, call, types.NewPointer(s.typ), f, args, l, end)
				}
			case *strct:
				x.serveStruct(root, o.st, call, f.typ, f, args, l, end)
			case *closure:
				if f.typ != nil {
					x.serveStruct(root, o.st, call, f.typ, f, args, l, end)
				} else {
					rs = x.apply(root, o.st, call, f, args)
				}
			default:
				rs = x.apply(root, o.st, call, f, args)
			}
		}
		x.ended(rs)
	}
}

// enterInner runs a function of any shape that a handler calls.
func (x *exec) enterInner(st *state, l *wiring.Link, f *value.Func) {
	var sig *types.Signature
	if f.Fn != nil {
		sig = f.Fn.Signature()
	} else {
		sig, _ = f.Pkg.Info.TypeOf(f.Lit).(*types.Signature)
	}
	if sig == nil {
		return
	}
	root := &frame{key: "H", cells: map[types.Object]*cell{}, pkg: &program.Package{Info: &types.Info{}}}
	call := &ast.CallExpr{Fun: &ast.Ident{Name: l.Name, NamePos: l.Pos}, Lparen: l.Pos}
	args := make([]val, sig.Params().Len())
	for i := range args {
		p := sig.Params().At(i)
		args[i] = &sym{key: paramKey + itoa(i), t: tReq, typ: p.Type(), text: p.Name()}
		if s := x.frameworkParam(p.Type(), ""); s != nil {
			args[i] = s
		}
	}
	x.ended(x.apply(root, st, call, x.convert(f, l.Name, "handler", l.Pos), args))
}

// literal is the function literal that a handler is, if it is one.
func literal(v value.Value) *ast.FuncLit {
	if f, ok := value.Bare(v).(*value.Func); ok {
		return f.Lit
	}
	return nil
}

// ended takes the ways to the end of a handler: a way that sent no denial has
// served.
func (x *exec) ended(rs []ev) {
	for _, r := range rs {
		switch denied := r.st.answer != nil || x.failed(r.st, r.v); {
		case !denied:
			x.reached = append(x.reached, r.st)
		case r.st.proof != none:
			x.stopped = append(x.stopped, r.st)
		case r.st.looked && (r.st.answer == nil || r.st.answer.refuses()):
			x.turned = true
		}
	}
}

// failed says whether a result is an error for sure.
func (x *exec) failed(st *state, v val) bool {
	switch v := v.(type) {
	case *ptr, *strct:
		return true
	case *sym:
		return isError(v.typ) && st.holds(v) || v.name != "" && strings.HasPrefix(v.name, "Err") && st.holds(v)
	}
	return false
}

// answer is a denial that was sent, or begun: its body may follow in the block
// that began it.
type answer struct {
	code  int64 // 0 when not known
	frame string
	until token.Pos // of the block; none: nothing may follow
	kept  bool      // written to what stands for the response and passes it on
}

// refuses says whether the status is one that callers without identity get, and
// not that of a mistake in the request or of trouble in the server.
func (a *answer) refuses() bool {
	return a.code == 0 || a.code < 400 || a.code == 401 || a.code == 403 || a.code == 404
}

func (a *answer) id() string {
	if a == nil {
		return ""
	}
	if a.kept {
		return "K"
	}
	return "A" + a.frame + itoa(int(a.until))
}

// effect is what a call does to the response or to the server.
type effect uint8

const (
	noEffect     effect = iota
	keepsDenial         // a denial, to what stands for the response
	beginsDenial        // a denial, whose body may follow
	sendsDenial         // a whole denial
	sendsBody           // a body
	servesCaller        // an answer that is no denial, or a change
)

// observed takes note of a call while a handler is judged. A way on which it
// serves ends there.
func (x *exec) observed(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) (stop bool) {
	if x.service == nil {
		return false
	}
	effect := x.effectOf(fr, st, e, fn, recv, args)
	if a := st.answer; a != nil && a.kept && (effect == sendsBody || effect == servesCaller) {
		return false
	}
	code, _ := statusOf(args)
	switch effect {
	case keepsDenial:
		st.answer = &answer{code: code, kept: true}
	case beginsDenial:
		st.answer = &answer{code: code, frame: fr.key, until: blockEnd(fr, e.Pos())}
	case sendsDenial:
		st.answer = &answer{code: code}
	case sendsBody:
		if a := st.answer; a == nil || a.frame != fr.key || e.Pos() >= a.until {
			x.reached = append(x.reached, st)
			return true
		}
	case servesCaller:
		x.reached = append(x.reached, st)
		return true
	}
	return false
}

// known says whether a function is of a dependency: its calls are observed
// before anything is made of them.
func (x *exec) known(fn *types.Func) bool {
	return fn.Pkg() == nil || !x.j.prog.Own(fn.Pkg().Path())
}

// blockEnd is the end of the innermost block around a place.
func blockEnd(fr *frame, pos token.Pos) token.Pos {
	var end token.Pos
	for _, file := range fr.pkg.Files {
		if pos < file.Pos() || pos >= file.End() {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil || pos < n.Pos() || pos >= n.End() {
				return false
			}
			switch n.(type) {
			case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
				end = n.End()
			}
			return true
		})
	}
	return end
}

func (x *exec) effectOf(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, recv val, args []val) effect {
	name := calledName(e, fn)
	if s, ok := recv.(*sym); ok {
		switch s.kind {
		case kGin:
			return answered(name, args, "JSON IndentedJSON SecureJSON JSONP AsciiJSON PureJSON XML YAML TOML ProtoBuf String HTML Data DataFromReader Render Redirect Negotiate "+
				"AbortWithStatus AbortWithStatusJSON AbortWithStatusPureJSON AbortWithError", "Status", "File FileFromFS FileAttachment Stream SSEvent", "Abort")
		case kEcho:
			return answered(name, args, "JSON JSONPretty JSONBlob JSONP JSONPBlob XML XMLPretty XMLBlob HTML HTMLBlob String Blob Stream NoContent Redirect Render", "",
				"File Attachment Inline", "Error")
		case kWriter:
			switch name {
			case "WriteHeader", "WriteHeaderNow":
				return answered(name, args, "", "WriteHeader", "", "")
			case "Write", "WriteString", "ReadFrom":
				return sendsBody
			case "Flush", "Hijack":
				return servesCaller
			}
			return noEffect
		case kHeader, kValues, kSession, kSessionValues, kRequest, kContext, kCookie:
			return noEffect
		}
	}
	if name == "WriteHeader" {
		if answered(name, args, "", name, "", "") == beginsDenial {
			return keepsDenial
		}
		return noEffect
	}
	path := ""
	if fn != nil && fn.Pkg() != nil {
		path = fn.Pkg().Path()
	}
	if path == "net/http" && recvTypeName(fn) == "" {
		switch name {
		case "Error":
			if code, ok := statusOf(args[2:]); ok && code < 300 {
				return servesCaller
			}
			return sendsDenial
		case "NotFound", "Redirect":
			return sendsDenial
		case "SetCookie", "MaxBytesReader", "NewResponseController":
			return noEffect
		}
	}
	results := 0
	if sig := fnSig(fn); sig != nil {
		results = sig.Results().Len()
	} else if sig, ok := fr.typeOf(e.Fun).(*types.Signature); ok {
		results = sig.Results().Len()
	}
	for _, a := range args {
		s, ok := a.(*sym)
		if !ok || s.kind != kWriter && (s.kind != kGin && s.kind != kEcho || results > 0) {
			continue
		}
		if deniesByName(name) {
			return sendsDenial
		}
		if code, ok := statusOf(args); ok && code >= 300 {
			return sendsDenial
		}
		return sendsBody
	}
	if x.changes(name, path, fn) && taintAll(append(args[:len(args):len(args)], recv))&tWho == 0 {
		return servesCaller
	}
	return noEffect
}

// answered is the effect of a method of gin's or echo's context: of some the
// first argument is the status.
func answered(name string, args []val, whole, begun, served, denied string) effect {
	in := func(list string) bool { return strings.Contains(" "+list+" ", " "+name+" ") }
	switch {
	case in(whole), in(begun):
		code, ok := statusOf(args[:min(1, len(args))])
		switch {
		case !ok && strings.HasPrefix(name, "Abort"), ok && code >= 300 && in(whole):
			return sendsDenial
		case ok && code >= 300:
			return beginsDenial
		}
		return servesCaller
	case in(served):
		return servesCaller
	case in(denied):
		return sendsDenial
	}
	return noEffect
}

// statusOf is the first argument that is a status code.
func statusOf(args []val) (int64, bool) {
	for _, a := range args {
		if k, ok := a.(*konst); ok {
			if n, exact := constant.Int64Val(constant.ToInt(k.v)); exact && n >= 100 && n < 600 {
				return n, true
			}
		}
	}
	return 0, false
}

func calledName(e *ast.CallExpr, fn *types.Func) string {
	if fn != nil {
		return fn.Name()
	}
	switch f := ast.Unparen(e.Fun).(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

func taintAll(vs []val) (t taint) {
	for _, v := range vs {
		if v != nil {
			t |= taintOf(v)
		}
	}
	return t
}

// deniesByName says whether a function that gets the response is one that sends
// errors, by its name.
func deniesByName(name string) bool {
	return has(split(name), "error", "err", "fail", "failure", "deny", "denied", "unauthorized", "unauthenticated", "forbidden", "abort", "reject", "redirect", "challenge",
		"bad", "notfound", "internal")
}

// changes says whether a function changes what the server keeps, by its name.
func (x *exec) changes(name, path string, fn *types.Func) bool {
	ws := split(name)
	if len(ws) == 0 || path == "" {
		return false
	}
	if x.j.std(path) {
		return path == "database/sql" && ws[0] == "exec" || path == "os" && has(ws, "remove", "write", "rename", "create")
	}
	recv := strings.ToLower(cmp.Or(recvTypeName(fn), path))
	for _, part := range []string{"log", "metric", "trac", "span", "counter", "audit"} {
		if strings.Contains(recv, part) {
			return false
		}
	}
	switch ws[0] {
	case "create", "insert", "update", "upsert", "delete", "remove", "save", "put", "send", "publish", "exec", "execute", "drop", "purge", "revoke", "enqueue", "upload", "destroy":
		return !has(ws, "log", "audit", "metric", "metrics")
	}
	return false
}

// gives says whether a function gets the response to write, or the status of a
// denial, which matters while a handler is judged.
func (x *exec) gives(args []val) bool {
	if x.service == nil {
		return false
	}
	for _, a := range args {
		if s, ok := a.(*sym); ok && (s.kind == kWriter || s.kind == kGin || s.kind == kEcho) {
			return true
		}
	}
	code, ok := statusOf(args)
	return ok && code >= 300
}

// concerns says whether a function of the module may have to do with who calls:
// it gets the request or a part that may tell. A check stands at the beginning
// of a handler, and what a service does with other data is not read.
func (x *exec) concerns(st *state, fn *types.Func, args []val) bool {
	others := false
	for _, v := range args {
		s, ok := v.(*sym)
		switch {
		case x.tells(st, v, 0):
			return true
		case ok && s.kind == kContext:
		case v != nil:
			if p, isPtr := v.(*ptr); !isPtr || p == nil {
				others = true
			}
		}
	}
	return slices.ContainsFunc(args, func(v val) bool { s, ok := v.(*sym); return ok && s.kind == kContext }) && (!others || identityName(fn.Name()))
}

// tells says whether a value may tell who calls.
func (x *exec) tells(st *state, v val, depth int) bool {
	if depth > 3 {
		return false
	}
	switch v := v.(type) {
	case *sym:
		switch v.kind {
		case plain:
			return v.t&tWho != 0 || strings.HasPrefix(v.key, paramKey)
		case kContext:
			return false
		}
		return true
	case *ptr:
		return x.tells(st, x.loadPtr(st, v), depth+1)
	case *strct:
		if v.sym != nil && x.tells(st, v.sym, depth+1) {
			return true
		}
		for _, e := range v.f {
			if x.tells(st, e, depth+1) {
				return true
			}
		}
	case *list:
		return slices.ContainsFunc(v.elems, func(e val) bool { return x.tells(st, e, depth+1) })
	case *closure:
		return v.lit != nil
	case *cond:
		return taintOf(v)&tWho != 0
	}
	return false
}

// paramKey begins the keys of parameters of own types.
const paramKey = "H#"

// identityName says whether a function that gets the whole request seems to look
// for the caller in it.
func identityName(name string) bool {
	return has(split(name), "user", "auth", "authenticate", "authenticated", "authorize", "authorized", "session", "claims", "token", "login", "logged", "account", "identity", "principal", "jwt", "current", "verify", "signature")
}
