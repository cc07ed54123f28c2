package judge

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// answer is a denial that was sent, or begun: its body may follow in the block
// that began it.
type answer struct {
	code  int64 // 0 when not known
	frame string
	until token.Pos // of the block; none: nothing may follow
	kept  bool      // written to what stands for the response and passes it on
	// served is an answer that is no denial, of a link that may abort after it.
	served *Evidence
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
	if a.served != nil {
		return "S" + itoa(int(a.served.Pos))
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
	if ar := x.service.around; ar != nil {
		return ar.observed(x, fr, st, e, fn, recv, args)
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

// deniesByName says whether a function that gets the response is one that sends
// errors, by its name.
func deniesByName(name string) bool {
	return speaks(name, "error", "err", "fail", "failure", "deny", "denied", "unauthorized", "unauthenticated", "forbidden", "abort", "reject", "redirect", "challenge",
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
