package judge

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
)

// Options that switch verification off are known by their names, and by what is
// made with them.

// laxName says whether an option of a name, when it is given, switches the
// verification of signatures off.
func laxName(name string) bool {
	if len(name) < shortestLax {
		return false
	}
	l := strings.ToLower(name)
	return slices.ContainsFunc(laxNames, func(part string) bool { return strings.Contains(l, part) })
}

var laxNames = strings.Fields(`insecureskip insecureallow insecuredisable unsafeallow unsafeskip unsafedisable unsafewithout skipsignature skipsig skipverif
	allownone nosignature noverif disableverif disablesignature ignoresignature ignoreverif withoutverif withoutsignature`)

var shortestLax = len(slices.MinFunc(laxNames, func(a, b string) int { return len(a) - len(b) }))

// laxVal says whether a value switches verification off, or was made with one
// that does.
func (x *exec) laxVal(st *state, v val, depth int) bool {
	if depth > 4 {
		return false
	}
	switch v := v.(type) {
	case *sym:
		return v.lax || strings.HasPrefix(v.key, "global:") && laxName(v.text) || x.j.laxGlobal(v.key)
	case *ptr:
		return x.laxVal(st, x.loadPtr(st, v), depth+1)
	case *list:
		return slices.ContainsFunc(v.elems, func(e val) bool { return x.laxVal(st, e, depth+1) })
	case *strct:
		if path, _ := named(v.typ); path == "crypto/tls" {
			return false // of connections
		}
		for name, e := range v.f {
			if is, _ := isTrue(e); is && laxName(name) || x.laxVal(st, e, depth+1) {
				return true
			}
		}
		return v.w != nil && laxWiring(v.w, depth)
	case *closure:
		return v.lit != nil && x.j.laxCode(v.pkg.Info, v.lit)
	}
	return false
}

// laxWiring is laxVal for a value of the wiring.
func laxWiring(v value.Value, depth int) bool {
	if depth > 6 {
		return false
	}
	switch v := value.Bare(v).(type) {
	case *value.Struct:
		if path, _ := named(v.Type); path == "crypto/tls" {
			return false
		}
		for name, c := range v.Fields {
			if k, ok := c.V.(*value.Const); ok && k.Val.Kind() == constant.Bool && constant.BoolVal(k.Val) && laxName(name) {
				return true
			}
		}
	case *value.Unknown:
		if v.Callee != nil && laxCall(v.Callee.Name(), func() bool {
			return len(v.From) == 0 || !isConstOf(v.From[len(v.From)-1], false)
		}, func() bool { return len(v.From) > 0 && isConstOf(v.From[len(v.From)-1], false) }) {
			return true
		}
		return slices.ContainsFunc(v.From, func(f value.Value) bool { return laxWiring(f, depth+1) })
	case *value.List:
		return slices.ContainsFunc(v.Elems, func(c *value.Cell) bool { return laxWiring(c.V, depth+1) })
	case *value.Any:
		return slices.ContainsFunc(v.Of, func(o value.Option) bool { return laxWiring(o.V, depth+1) })
	}
	return false
}

func isConstOf(v value.Value, is bool) bool {
	k, ok := value.Bare(v).(*value.Const)
	return ok && k.Val.Kind() == constant.Bool && constant.BoolVal(k.Val) == is
}

// laxCall says whether a call of an option switches verification off: it is
// called so and is on, or it is called so that it switches it on and is off.
func laxCall(name string, on, off func() bool) bool {
	if laxName(name) {
		return on()
	}
	switch name {
	case "WithVerify", "WithVerification", "WithSignatureVerification", "WithVerifySignature", "VerifySignature":
		return off()
	}
	return false
}

func always() bool { return true }

// laxOption is laxCall for a call in the code of a function that is not the
// module's: what those are called says nothing of tokens.
func (j *Judge) laxOption(info *types.Info, call *ast.CallExpr) bool {
	id := lastIdent(call.Fun)
	if id == nil {
		return false
	}
	may, known := j.laxCalls[id.Name]
	if !known {
		may = laxCall(id.Name, always, always)
		j.laxCalls[id.Name] = may
	}
	if !may {
		return false
	}
	fn, ok := info.Uses[id].(*types.Func)
	if !ok || fn.Pkg() == nil || j.prog.Own(fn.Pkg().Path()) || fn.Signature().Results().Len() != 1 {
		return false
	}
	if t := fn.Signature().Results().At(0).Type(); isBool(t) || isError(t) {
		return false
	}
	last := func(is bool) bool {
		if len(call.Args) == 0 {
			return false
		}
		v := info.Types[call.Args[len(call.Args)-1]].Value
		return v != nil && v.Kind() == constant.Bool && constant.BoolVal(v) == is
	}
	return laxCall(id.Name, func() bool { return !last(false) }, func() bool { return last(false) })
}

// laxCode says whether code speaks of what switches verification off.
func (j *Judge) laxCode(info *types.Info, code ast.Node) (found bool) {
	if found, known := j.laxNodes[code]; known {
		return found
	}
	defer func() { j.laxNodes[code] = found }()
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			found = found || j.laxOption(info, n)
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok && laxName(id.Name) {
				if v := info.Types[n.Value].Value; v == nil || constant.BoolVal(v) {
					found = true
				}
				return false
			}
		case *ast.Ident:
			switch obj := info.Uses[n].(type) {
			case *types.Func:
			case *types.Var:
				found = found || !obj.IsField() && laxName(n.Name) || obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() && j.laxGlobal("global:"+obj.Pkg().Path()+"."+obj.Name())
			case *types.Const:
				found = found || laxName(n.Name)
			}
		}
		return !found
	})
	return found
}

// laxGlobal says whether a variable of a package of the module holds what
// switches verification off, from the beginning or because code assigns it.
func (j *Judge) laxGlobal(key string) bool {
	name, ok := strings.CutPrefix(key, "global:")
	if !ok {
		return false
	}
	is, known := j.laxVars[name]
	if known {
		return is
	}
	j.laxVars[name] = false
	j.indexInits()
	for obj, e := range j.initFuncs {
		if obj.Pkg().Path()+"."+obj.Name() == name {
			is = laxWords(e)
		}
	}
	if i := strings.LastIndexByte(name, '.'); !is && j.prog.Own(name[:i]) {
		for _, part := range j.prog.Writing(name[i+1:]) {
			is = is || assignsLax(part.Decl, name[i+1:])
		}
	}
	j.laxVars[name] = is
	return is
}

// laxWords says whether an expression is called as what switches verification
// off.
func laxWords(e ast.Expr) bool {
	id := lastIdent(e)
	return id != nil && laxName(id.Name)
}

func assignsLax(code ast.Node, name string) bool {
	found := false
	ast.Inspect(code, func(n ast.Node) bool {
		if s, ok := n.(*ast.AssignStmt); ok && len(s.Lhs) == len(s.Rhs) {
			for i, l := range s.Lhs {
				if id := lastIdent(l); id != nil && id.Name == name && laxWords(s.Rhs[i]) {
					found = true
				}
			}
		}
		return !found
	})
	return found
}
