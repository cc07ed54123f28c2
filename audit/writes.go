package audit

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"net/http"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/routers"
)

// What takes the headers or the path parameters of a request as something that may
// be written counts as writing them, whatever its form: an assignment, a call, a
// method value, or a call of what is not known to read alone.

// header is the name of a header if a guard reads it, "a header" if it is not
// known.
func (b *body) header(name ast.Expr) string {
	v := b.pkg.Info.Types[name].Value
	if v == nil || v.Kind() != constant.String {
		return "a header"
	}
	key := http.CanonicalHeaderKey(constant.StringVal(v))
	if slices.Contains(guardReads, key) {
		return key
	}
	return ""
}

// proofs are headers that say what page a request comes from and what it does. That
// the caller sent what is put there is no excuse: another site may have made the
// browser send it. That they are gone counts too.
var proofs = []string{"Origin", "Sec-Fetch-Site", "Upgrade", "X-Http-Method-Override", "X-Http-Method", "X-Method-Override"}

// lost is the name of a header if the guard lets more in without it.
func (b *body) lost(name ast.Expr) string {
	v := b.pkg.Info.Types[name].Value
	if v == nil || v.Kind() != constant.String {
		return "a header"
	}
	if key := http.CanonicalHeaderKey(constant.StringVal(v)); slices.Contains(proofs, key) {
		return key
	}
	return ""
}

// part names what was written of a request.
func (k kind) part() string {
	if k&params != 0 {
		return "a path parameter"
	}
	return "a header"
}

// written says what an assignment writes that a guard reads, "" for nothing.
func (b *body) written(l, v ast.Expr) string {
	info := b.pkg.Info
	moved := v != nil && b.sent(v, 0)
	switch l := ast.Unparen(l).(type) {
	case *ast.IndexExpr:
		k := b.of(l.X)
		switch {
		case k&params != 0:
			return "writes a path parameter"
		case b.certificates(l.X):
			return "replaces the certificate of the client"
		case k&headers == 0:
		case isMap(info.TypeOf(l.X)):
			if name := b.header(l.Index); name != "" && (!moved || slices.Contains(proofs, name)) {
				return "writes " + name
			}
		case isStrings(info.TypeOf(l.X)) && !moved:
			return "writes a header"
		}
	case *ast.SelectorExpr:
		sel := info.Selections[l]
		if sel == nil || sel.Kind() != types.FieldVal || sel.Obj().Pkg() == nil || b.of(l.X)|b.place(l.X) == 0 {
			return ""
		}
		switch on := fieldOwner(sel); {
		case l.Sel.Name == "Header" && isRequest(on):
			if v == nil || !b.sentAll(v) {
				return "replaces the header"
			}
		case l.Sel.Name == "Method" && isRequest(on):
			return "writes the method"
		case l.Sel.Name == "Host" && isRequest(on):
			return "writes the host"
		case l.Sel.Name == "URL" && isRequest(on) && b.a.asksOrigin():
			if v == nil || !b.sameURL(v) {
				return "writes the query"
			}
		case l.Sel.Name == "RawQuery" && isURL(on) && b.a.asksOrigin():
			return "writes the query"
		case l.Sel.Name == "TLS" && isRequest(on), isConnection(on):
			return "replaces the certificate of the client"
		case l.Sel.Name == "Params" && isNamed(on, routers.GinPath, "Context"),
			isNamed(on, routers.GinPath, "Param"):
			return "writes a path parameter"
		case l.Sel.Name == "Request" && isNamed(on, routers.GinPath, "Context"):
			if v == nil || !b.own(v, 0) {
				return "replaces the request"
			}
		}
	case *ast.StarExpr:
		switch k := b.of(l.X); {
		case isRequest(info.TypeOf(l)) && k != 0:
			if s, ok := ast.Unparen(v).(*ast.StarExpr); !ok || !b.own(s.X, 0) {
				return "replaces the request"
			}
		case isConnection(info.TypeOf(l)) && k != 0:
			return "replaces the certificate of the client"
		case isURL(info.TypeOf(l)):
			if s, ok := ast.Unparen(v).(*ast.StarExpr); k&query != 0 && b.a.asksOrigin() && (!ok || b.of(s.X)&query == 0) {
				return "writes the query"
			}
		case k&params != 0, k&headers != 0 && !moved:
			return "writes " + k.part()
		}
	}
	return ""
}

// pointed says what code may write through a pointer to a field of a request, ""
// for nothing.
func (b *body) pointed(e *ast.UnaryExpr) string {
	sel, ok := ast.Unparen(e.X).(*ast.SelectorExpr)
	if !ok || e.Op != token.AND {
		return ""
	}
	s := b.pkg.Info.Selections[sel]
	if s == nil || s.Kind() != types.FieldVal || b.of(sel.X)|b.place(sel.X) == 0 {
		return ""
	}
	switch on := fieldOwner(s); {
	case isRequest(on) && sel.Sel.Name == "Method":
		return "points to the method"
	case isRequest(on) && sel.Sel.Name == "Host":
		return "points to the host"
	case b.a.asksOrigin() && (isRequest(on) && sel.Sel.Name == "URL" || isURL(on) && sel.Sel.Name == "RawQuery"):
		return "points to the query"
	}
	return ""
}

// sameURL reports whether a URL has the query of the request: it is that of the
// request, or a copy.
func (b *body) sameURL(v ast.Expr) bool {
	v = ast.Unparen(v)
	if b.of(v)&query != 0 {
		return true
	}
	if u, ok := v.(*ast.UnaryExpr); ok && u.Op == token.AND {
		obj := b.object(u.X)
		if obj == nil || !b.local(obj) {
			return false
		}
		return !slices.ContainsFunc(b.given[obj], func(e ast.Expr) bool {
			if e == nil {
				return false // that it is pointed to
			}
			s, ok := ast.Unparen(e).(*ast.StarExpr)
			return !ok || b.of(s.X)&query == 0
		})
	}
	call, ok := v.(*ast.CallExpr)
	if !ok || !b.pkg.Info.Types[call.Fun].IsBuiltin() {
		return false
	}
	copied := false // into what new made
	ast.Inspect(b.code.body, func(n ast.Node) bool {
		if s, ok := n.(*ast.AssignStmt); ok && s.Pos() > v.Pos() && len(s.Lhs) == 1 && len(s.Rhs) == 1 {
			l, _ := ast.Unparen(s.Lhs[0]).(*ast.StarExpr)
			r, _ := ast.Unparen(s.Rhs[0]).(*ast.StarExpr)
			copied = copied || l != nil && r != nil && isURL(b.pkg.Info.TypeOf(l)) && b.of(r.X)&query != 0
		}
		return !copied
	})
	return copied
}

func isURL(t types.Type) bool { return isNamed(t, "net/url", "URL") }

// asksOrigin reports whether a guard of the module asks for proof of origin: for it
// matters whether the query may name a method.
func (a *audit) asksOrigin() bool {
	return len(a.program.Mentioning(routers.RuntimePath, "SameOriginCookies")) > 0 || a.program.DependsOn(routers.FrontierPath)
}

// certificates reports whether a value is a list of certificates of the client.
func (b *body) certificates(e ast.Expr) bool {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	return ok && isConnection(b.pkg.Info.TypeOf(sel.X)) && b.of(sel.X)|b.place(sel.X) != 0
}

func isConnection(t types.Type) bool { return isNamed(t, "crypto/tls", "ConnectionState") }

// writers are the methods that write to a request, by how many arguments they have.
var writers = map[string]int{"Set": 2, "Add": 2, "Del": 1, "SetBasicAuth": 2, "AddCookie": 1, "SetPathValue": 2, "AddParam": 2, "SetParamNames": -1, "SetParamValues": -1, "SetRequest": 1, "Reset": 2}

// writes says what a call writes that a guard reads, "" for nothing. It is known
// where the call is one of those whose effect is.
func (b *body) writes(call *ast.CallExpr) (what string, known bool) {
	info := b.pkg.Info
	if tv := info.Types[call.Fun]; tv.IsType() {
		return "", true
	} else if tv.IsBuiltin() {
		return b.builtin(call), true
	}
	fn, recv, args := b.method(call)
	if fn == nil || recv == nil {
		return "", false
	}
	on, k := info.TypeOf(recv), b.of(recv)
	if k == 0 || b.ownMethod(fn) {
		return "", false
	}
	n, writer := writers[fn.Name()]
	writer = writer && (n < 0 || n == len(args))
	switch name := fn.Name(); {
	case !writer:
		return "", isMap(on) || asks(on) && !b.a.program.Own(pathOf(on))
	case name == "Set" || name == "Add":
		if k&headers == 0 {
			return "", asks(on)
		}
		if header := b.header(args[0]); header != "" && (slices.Contains(proofs, header) || !b.sent(args[1], 0)) {
			return "writes " + header, true
		}
	case name == "Del":
		if k&headers == 0 {
			return "", asks(on)
		}
		if header := b.lost(args[0]); header != "" {
			return "removes " + header, true
		}
	case name == "SetBasicAuth":
		if !b.sent(args[1], 0) {
			return "writes Authorization", true
		}
	case name == "AddCookie":
		if !b.sentCookie(args[0]) {
			return "writes Cookie", true
		}
	case name == "SetPathValue", name == "AddParam":
		if !b.parameter(args[0], args[1]) {
			return "writes a path parameter", true
		}
	case name == "SetParamNames", name == "SetParamValues":
		return "writes path parameters", true
	case name == "Reset":
		return "replaces the request", true
	}
	return "", true
}

// ownMethod reports whether a method has a body in the module.
func (b *body) ownMethod(fn *types.Func) bool {
	return fn.Pkg() != nil && b.a.program.Own(fn.Pkg().Path()) && !types.IsInterface(fn.Signature().Recv().Type())
}

func (b *body) builtin(call *ast.CallExpr) string {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || len(call.Args) == 0 {
		return ""
	}
	k := b.of(call.Args[0])
	switch id.Name {
	case "clear":
		if k&(headers|params) != 0 {
			return "removes " + k.part()
		}
		return ""
	case "delete":
		if len(call.Args) < 2 {
			return ""
		}
		if name := b.lost(call.Args[1]); k&headers != 0 && name != "" {
			return "removes " + name
		}
		return ""
	case "copy":
		if b.certificates(call.Args[0]) {
			return "replaces the certificate of the client"
		}
	case "append":
		if _, part := ast.Unparen(call.Args[0]).(*ast.SliceExpr); !part {
			return ""
		}
	default:
		return ""
	}
	switch {
	case k&params != 0, k&headers != 0 && slices.ContainsFunc(call.Args[1:], func(e ast.Expr) bool { return !b.sent(e, 0) }):
		return "writes " + k.part()
	}
	return ""
}

// taken says what a method that is taken as a value writes, "" for nothing.
func (b *body) taken(sel *ast.SelectorExpr) string {
	s := b.pkg.Info.Selections[sel]
	if s == nil || s.Kind() != types.MethodVal {
		return ""
	}
	if _, ok := writers[sel.Sel.Name]; !ok {
		return ""
	}
	fn, ok := s.Obj().(*types.Func)
	if !ok || b.ownMethod(fn) {
		return ""
	}
	switch k, name := b.of(sel.X), sel.Sel.Name; {
	case k == 0, (name == "Set" || name == "Add" || name == "Del") && k&headers == 0:
		return ""
	case slices.Contains([]string{"SetPathValue", "AddParam", "SetParamNames", "SetParamValues"}, name):
		return "writes a path parameter"
	default:
		return "writes a header"
	}
}

// readers are packages whose functions write nothing to what they are given by
// value.
var readers = []string{"fmt", "log", "log/slog", "strings", "maps", "slices", "encoding/json", "net/http", "net/http/httputil", "golang.org/x/net/http/httpguts", "reflect"}

// writing are functions of these that do.
var writing = []string{"maps.Copy", "maps.Insert", "maps.DeleteFunc", "slices.Sort", "slices.SortFunc", "slices.SortStableFunc", "slices.Reverse",
	"slices.Insert", "slices.Replace", "slices.Delete", "slices.DeleteFunc", "slices.Compact", "slices.CompactFunc", "reflect.ValueOf"}

// givenAway says what code that is not read may write of what it is given, "" for
// nothing. It may write through maps, lists and pointers, but not where it takes
// anything, by value, as what logs does.
func (b *body) givenAway(call *ast.CallExpr, fn *types.Func) string {
	info := b.pkg.Info
	if fn != nil && fn.FullName() == "maps.Copy" && len(call.Args) == 2 && b.sentAll(call.Args[1]) {
		return ""
	}
	writer := fn != nil && slices.Contains(writing, fn.Origin().FullName())
	for i, arg := range call.Args {
		k := b.of(arg)
		if !writer || fn.Pkg().Path() != "reflect" { // which writes to all that a value leads to
			k &= headers | params
		}
		if k == 0 {
			if fn != nil && fn.Name() == "SetAuthHeader" && b.of(arg) != 0 {
				return "writes Authorization"
			}
			continue
		}
		t := info.TypeOf(arg)
		_, pointer := t.Underlying().(*types.Pointer)
		if fn != nil && fn.Pkg() != nil && !pointer && !writer {
			extracts := fn.Name() == "Extract" && strings.HasPrefix(fn.Pkg().Path(), "go.opentelemetry.io/otel/")
			if extracts || slices.Contains(readers, fn.Pkg().Path()) || takesAnything(fn, i) {
				continue
			}
		}
		return "hands " + types.ExprString(arg) + ", which may be written there, to " + types.ExprString(call.Fun)
	}
	return ""
}

// takesAnything reports whether a parameter of a function is of type any.
func takesAnything(fn *types.Func, i int) bool {
	sig := fn.Signature()
	n := sig.Params().Len()
	if n == 0 {
		return false
	}
	t := sig.Params().At(min(i, n-1)).Type()
	if s, ok := t.(*types.Slice); ok && sig.Variadic() && i >= n-1 {
		t = s.Elem()
	}
	u, ok := t.Underlying().(*types.Interface)
	_, generic := t.(*types.TypeParam)
	return ok && !generic && u.Empty()
}

// overridden are the methods of a context of echo that a guard asks.
var overridden = []string{"Request", "Param", "ParamNames", "ParamValues", "Cookie", "Cookies"}

// overrides names the method by which a type of the module says something else than
// the context of echo in it, "" if there is none.
func (b *body) overrides(t types.Type) string {
	if t == nil || types.IsInterface(t) {
		return ""
	}
	if _, ok := types.Unalias(t).(*types.Pointer); !ok {
		t = types.NewPointer(t)
	}
	if obj, _, _ := types.LookupFieldOrMethod(t, false, nil, "SetParamValues"); obj == nil || obj.Pkg() == nil || obj.Pkg().Path() != routers.EchoPath {
		return ""
	}
	for _, name := range overridden {
		if obj, _, _ := types.LookupFieldOrMethod(t, false, nil, name); obj != nil && obj.Pkg() != nil && b.a.program.Own(obj.Pkg().Path()) {
			return name
		}
	}
	return ""
}
