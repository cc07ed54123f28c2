package judge

import (
	"go/ast"
	"go/types"
	"strings"
)

// runtimePath is that of the rules that adapters enforce.
const runtimePath = "github.com/authgen/authgen/runtime"

// adapters are the packages whose functions enforce a rule.
var adapters = map[string]bool{
	"github.com/authgen/authgen/adapters/nethttp": true,
	"github.com/authgen/authgen/adapters/gin":     true,
	"github.com/authgen/authgen/adapters/echo":    true,
}

// allow is a call of a function of an adapter that admits a request by a rule:
// it is not read, but known to deny callers without identity where the rule is a
// restricted one that stands in the code.
func (x *exec) allow(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) ([]ev, bool) {
	if fn.Pkg() == nil || !adapters[fn.Pkg().Path()] || !strings.HasPrefix(fn.Name(), "Allow") || fn.Signature().Recv() != nil || len(args) < 3 {
		return nil, false
	}
	proof := none
	if p, ok := args[1].(*ptr); ok && len(p.path) == 0 && x.j.restricted(p.to.id) {
		proof = sure
	}
	text := exprText(e)
	yes, no := x.either(st, "allow:"+fr.site(e.Pos()), true, text, e.Pos(), proof)
	var all []ev
	for _, s := range yes {
		all = append(all, ev{s, x.admitted(fr, s, e, fn, args, true)})
	}
	for _, s := range no {
		s.aborted = s.aborted || isGin(args[2]) && args[2].(*sym).key != ginCopy // aborting a copy stops nobody
		if x.service != nil {
			s.answer = &answer{code: 401}
		}
		all = append(all, ev{s, x.admitted(fr, s, e, fn, args, false)})
	}
	return all, true
}

// admitted are the results of a call that admits a request, or does not.
func (x *exec) admitted(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val, is bool) val {
	out := make(tuple, fn.Signature().Results().Len())
	for i := range out {
		t := fn.Signature().Results().At(i).Type()
		_, name := named(t)
		switch {
		case isBool(t):
			out[i] = boolVal(is)
		case isError(t) && is:
			out[i] = nilVal{}
		case isError(t):
			out[i] = &sym{key: "challenge:" + fr.site(e.Pos()), typ: t, nonNil: true, text: exprText(e), pos: e.Pos()}
		case name == "Request":
			out[i] = args[len(args)-1]
		case is:
			out[i] = &sym{key: "admitted:" + fr.site(e.Pos()), typ: t, text: exprText(e), pos: e.Pos()}
		default:
			out[i] = nilVal{}
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

// restricted says whether a variable of a package holds, for good, a rule that
// admits nobody without identity.
func (j *Judge) restricted(id string) bool {
	name, ok := strings.CutPrefix(id, "global:")
	if !ok {
		return false
	}
	j.indexInits()
	for obj, e := range j.initFuncs {
		if obj.Pkg().Path()+"."+obj.Name() != name {
			continue
		}
		lit, ok := ast.Unparen(e).(*ast.CompositeLit)
		if path, typ := named(obj.Type()); !ok || path != runtimePath || typ != "Rule" || j.mutable(obj) {
			return false
		}
		for _, el := range lit.Elts {
			kv, ok := el.(*ast.KeyValueExpr)
			if !ok {
				return false
			}
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Access" {
				id := lastIdent(kv.Value)
				if id == nil {
					return false
				}
				c, ok := j.initPkgs[obj].Info.Uses[id].(*types.Const)
				return ok && c.Name() == "Restricted" && c.Pkg() != nil && c.Pkg().Path() == runtimePath
			}
		}
		return false
	}
	return false
}
