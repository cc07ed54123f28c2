package judge

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// settings are what the code does with variables of the environment, and with
// what their values are put into, which goes by what it is called.
type settings struct {
	done   map[string]bool      // packages that were read
	into   map[token.Pos]string // where a call's result is put
	from   map[string]string    // variables that begin as one of the environment: the words of the code
	names  map[string][]string  // what they are put into
	tested map[string]bool      // compared with nothing, or measured
	env    map[string]bool      // tested where it is read
	empty  map[string]string    // maps that may have an empty key, and why
	at     map[token.Pos]string // fields, by where they are declared
	split  map[string]string    // variables that hold, or range over, parts of a setting
	// begins are variables that hold what stands in the code unless they are set,
	// and against the strings that such are compared with.
	begins  map[string]beginning
	against map[string][]string
}

// beginning is what stands in the code for when a setting is absent.
type beginning struct{ text, value string }

// called is equal for what is the same variable in every package that knows it.
func called(obj types.Object) string {
	v, ok := obj.(*types.Var)
	switch {
	case !ok:
		return ""
	case v.Pkg() == nil || !v.IsField() && v.Parent() != v.Pkg().Scope():
		return "@" + itoa(int(v.Pos()))
	case v.IsField():
		return v.Pkg().Path() + "#" + v.Name()
	}
	return v.Pkg().Path() + "." + v.Name()
}

// getenv returns the call that yields a setting which may be empty, of which an
// expression consists: a variable of the environment, or a flag that is empty
// unless it is given.
func getenv(e ast.Expr, info *types.Info) *ast.CallExpr {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return nil
	}
	if tv := info.Types[call.Fun]; tv.IsType() {
		return getenv(call.Args[0], info)
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	fn, ok := info.Uses[sel.Sel].(*types.Func)
	if !ok || fn.Pkg() == nil {
		return nil
	}
	switch fn.FullName() {
	case "os.Getenv", "os.LookupEnv":
		return call
	case "flag.String", "(*flag.FlagSet).String":
		if len(call.Args) == 3 && emptyConst(call.Args[1], info) {
			return call
		}
	case "strings.TrimSpace", "strings.Trim", "bytes.TrimSpace":
		return getenv(call.Args[0], info)
	}
	return nil
}

func emptyConst(e ast.Expr, info *types.Info) bool {
	return constString(info.Types[e].Value) == ""
}

// settingName is what a call of getenv reads, as names goes by it: a flag has a
// dash. It is "" where it is not known.
func settingName(call *ast.CallExpr, info *types.Info) string {
	v := info.Types[call.Args[0]].Value
	if v == nil || v.Kind() != constant.String {
		return ""
	}
	if len(call.Args) > 1 {
		return "-" + constant.StringVal(v)
	}
	return constant.StringVal(v)
}

func variable(e ast.Expr, info *types.Info) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return called(info.ObjectOf(e))
	case *ast.SelectorExpr:
		return called(info.ObjectOf(e.Sel))
	case *ast.StarExpr:
		return variable(e.X, info)
	case *ast.CallExpr:
		if tv := info.Types[e.Fun]; tv.IsType() && len(e.Args) == 1 {
			return variable(e.Args[0], info)
		}
	}
	return ""
}

// settingsPart is code that may have to do with the environment.
type settingsPart struct {
	info *types.Info
	code ast.Node
}

func (s *settings) read(p settingsPart) {
	w := settingsWalk{s: s, info: p.info}
	ast.Inspect(p.code, func(n ast.Node) bool { w.node(n); return true })
}

type settingsWalk struct {
	s    *settings
	info *types.Info
}

func (w *settingsWalk) put(to string, e ast.Expr) {
	if to == "" {
		return
	}
	if call := getenv(e, w.info); call != nil {
		w.s.into[call.Pos()] = to
		w.s.from[to] = exprText(call)
		if name := settingName(call, w.info); name != "" {
			w.s.names[name] = append(w.s.names[name], to)
		}
	}
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok && len(call.Args) == 3 && isFlag(call, w.info, "String") {
		w.s.begins[to] = beginning{exprText(call), textOf(call.Args[1], w.info)}
	}
	if t := w.parts(e); t != "" {
		w.s.split[to] = t
	}
}

// isFlag says whether a call makes a flag, by the function of package flag.
func isFlag(call *ast.CallExpr, info *types.Info, name string) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	fn, ok := info.Uses[sel.Sel].(*types.Func)
	return ok && (fn.FullName() == "flag."+name || fn.FullName() == "(*flag.FlagSet)."+name)
}

// textOf is a string that stands in the code, "" for others.
func textOf(e ast.Expr, info *types.Info) string {
	if v := info.Types[e].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return ""
}

// parts are the words of an expression that yields the parts of a setting, ""
// for others: of an empty one there is one part, which is empty.
func (w *settingsWalk) parts(e ast.Expr) string {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return w.s.split[variable(e, w.info)]
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && len(call.Args) > 0 {
		if fn, ok := w.info.Uses[sel.Sel].(*types.Func); ok {
			switch fn.FullName() {
			case "strings.Split", "strings.SplitN", "strings.SplitSeq":
				if getenv(call.Args[0], w.info) != nil || w.s.from[variable(call.Args[0], w.info)] != "" {
					return exprText(call.Args[0])
				}
			case "strings.TrimSpace", "strings.ToLower", "strings.Trim":
				return w.parts(call.Args[0])
			}
		}
	}
	return ""
}

func (w *settingsWalk) test(e ast.Expr) {
	if call := getenv(e, w.info); call != nil {
		if name := settingName(call, w.info); name != "" {
			w.s.env[name] = true
		}
		return
	}
	if v := variable(e, w.info); v != "" {
		w.s.tested[v] = true
	}
}

func (w *settingsWalk) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if len(n.Lhs) == len(n.Rhs) {
			for i, l := range n.Lhs {
				w.put(variable(l, w.info), n.Rhs[i])
			}
		} else if len(n.Lhs) == 2 {
			if call := getenv(n.Rhs[0], w.info); call != nil {
				w.put(variable(n.Lhs[0], w.info), call)
				if id, ok := n.Lhs[1].(*ast.Ident); !ok || id.Name != "_" {
					w.test(call) // the code asks whether it is there
					w.test(n.Lhs[0])
				}
			}
		}
	case *ast.StarExpr:
		if v := variable(n.X, w.info); v != "" && isTextPointer(w.info.TypeOf(n.X)) {
			w.s.at[n.Pos()] = v
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if i < len(n.Values) {
				w.put(called(w.info.Defs[name]), n.Values[i])
			}
		}
	case *ast.KeyValueExpr:
		if id, ok := n.Key.(*ast.Ident); ok {
			if f, ok := w.info.Uses[id].(*types.Var); ok && f.IsField() {
				w.put(called(f), n.Value)
			}
		}
	case *ast.SelectorExpr:
		if v, ok := w.info.Uses[n.Sel].(*types.Var); ok && v.IsField() && holdsText(v.Type()) {
			w.s.at[v.Pos()] = called(v)
		}
	case *ast.CallExpr:
		if len(n.Args) == 4 && isFlag(n, w.info, "StringVar") {
			if at, ok := ast.Unparen(n.Args[0]).(*ast.UnaryExpr); ok {
				if to := variable(at.X, w.info); to != "" {
					if emptyConst(n.Args[2], w.info) {
						w.s.from[to] = exprText(n)
					}
					w.s.begins[to] = beginning{exprText(n), textOf(n.Args[2], w.info)}
					if id := lastIdent(at.X); id != nil {
						w.s.at[w.info.ObjectOf(id).Pos()] = to
					}
				}
			}
		}
		// A function that is given a setting may look at its parameter.
		if fn, ok := w.info.Uses[lastIdent(n.Fun)].(*types.Func); ok {
			for i, a := range n.Args {
				if i < fn.Signature().Params().Len() && getenv(a, w.info) != nil {
					w.put(called(fn.Signature().Params().At(i)), a)
				}
			}
		}
	case *ast.RangeStmt:
		if t := w.parts(n.X); t != "" {
			v := n.Value
			if v == nil {
				v = n.Key // of a sequence
			}
			if v != nil {
				if obj := variable(v, w.info); obj != "" {
					w.s.split[obj] = t
				}
			}
		}
	case *ast.BinaryExpr:
		w.compared(n)
	case *ast.SwitchStmt:
		if n.Tag != nil {
			w.test(n.Tag)
		}
	}
}

func lastIdent(e ast.Expr) *ast.Ident {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	}
	return nil
}

func (w *settingsWalk) compared(n *ast.BinaryExpr) {
	switch n.Op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
	default:
		return
	}
	for _, side := range [][2]ast.Expr{{n.X, n.Y}, {n.Y, n.X}} {
		if w.info.Types[side[1]].Value == nil {
			continue
		}
		if call, ok := ast.Unparen(side[0]).(*ast.CallExpr); ok && len(call.Args) == 1 {
			if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "len" {
				w.test(call.Args[0])
				continue
			}
		}
		if v := w.info.Types[side[1]].Value; constString(v) == "" {
			w.test(side[0])
		} else if to := variable(side[0], w.info); to != "" && v.Kind() == constant.String {
			w.s.against[to] = append(w.s.against[to], constant.StringVal(v))
		}
	}
}

// members notes the maps that may have an empty key.
func (w *settingsWalk) members(code ast.Node) {
	empty := func(key ast.Expr) string {
		if v := w.info.Types[key].Value; v != nil {
			return ""
		}
		if call := getenv(key, w.info); call != nil {
			if name := settingName(call, w.info); name != "" && w.s.lookedAt(name, call.Pos()) {
				return ""
			}
			return exprText(call)
		}
		v := variable(key, w.info)
		if v == "" || w.s.tested[v] {
			return ""
		}
		if t := w.s.split[v]; t != "" {
			return t
		}
		return w.s.from[v]
	}
	literal := func(to string, e ast.Expr) {
		lit, ok := ast.Unparen(e).(*ast.CompositeLit)
		if !ok || to == "" {
			return
		}
		for _, el := range lit.Elts {
			if kv, ok := el.(*ast.KeyValueExpr); ok && isMapType(w.info.TypeOf(lit)) {
				if t := empty(kv.Key); t != "" {
					w.s.empty[to] = t
				}
			}
		}
	}
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if ix, ok := ast.Unparen(l).(*ast.IndexExpr); ok && isMapType(w.info.TypeOf(ix.X)) {
					if t := empty(trimmed(ix.Index, w.info)); t != "" {
						if to := variable(ix.X, w.info); to != "" {
							w.s.empty[to] = t
						}
					}
				}
				if len(n.Lhs) == len(n.Rhs) {
					literal(variable(l, w.info), n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if i < len(n.Values) {
					literal(called(w.info.Defs[name]), n.Values[i])
				}
			}
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok {
				if v, ok := w.info.Uses[id].(*types.Var); ok && v.IsField() {
					literal(called(v), n.Value)
				}
			}
		}
		return true
	})
}

// trimmed is what a key is made of that is trimmed.
func trimmed(e ast.Expr, info *types.Info) ast.Expr {
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok && len(call.Args) > 0 && getenv(e, info) == nil {
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && strings.HasPrefix(sel.Sel.Name, "Trim") {
			return trimmed(call.Args[0], info)
		}
	}
	return e
}

func isMapType(t types.Type) bool { return t != nil && isMap(t) }

func isText(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// holdsText says whether a type is of strings or bytes.
func holdsText(t types.Type) bool {
	if u, ok := t.Underlying().(*types.Slice); ok {
		b, ok := u.Elem().Underlying().(*types.Basic)
		return ok && b.Kind() == types.Byte
	}
	return isText(t)
}

func isTextPointer(t types.Type) bool {
	if t == nil {
		return false
	}
	p, ok := t.Underlying().(*types.Pointer)
	return ok && isText(p.Elem())
}

// constString is a constant string; what is none is never empty.
func constString(v constant.Value) string {
	if v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return "\x00"
}

// splitSetting is the setting whose parts a list holds, if the code lets it be
// empty: then there is one part, which is empty. It is nil for other lists.
func (x *exec) splitSetting(fr *frame, st *state, e ast.Expr, l *sym) *sym {
	if u := l.unknown; u != nil && u.Callee != nil && splits(u.Callee) && len(u.From) > 0 {
		return lackingOf(st, x.convert(u.From[0], "", l.key+"<split", u.Pos))
	}
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok && len(call.Args) > 0 {
		if fn, ok := fr.pkg.Info.Uses[lastIdent(call.Fun)].(*types.Func); ok && splits(fn) {
			for _, r := range x.eval(fr, st.clone(), call.Args[0]) {
				if s := lackingOf(st, r.v); s != nil {
					return s
				}
			}
		}
		return nil
	}
	name := variable(e, fr.pkg.Info)
	if why := x.j.settings("").split[name]; name != "" && why != "" {
		return &sym{key: "members:" + name, t: tSetting, text: why, pos: e.Pos(), lacks: true}
	}
	return nil
}

func splits(fn *types.Func) bool {
	switch fn.FullName() {
	case "strings.Split", "strings.SplitN":
		return true
	}
	return false
}
