package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// What stands in the code for when a setting is absent everybody can read.

// isSetting says whether a value is a setting, and none of the code.
func isSetting(v val) bool {
	_, isConst := v.(*konst)
	return !isConst && taintOf(v)&tSetting != 0
}

// instead is what stands in the code for when a setting is absent.
func instead(v val) val {
	if k, ok := v.(*konst); ok {
		return &konst{v: k.v, instead: true}
	}
	return v
}

// firstOf is the first value that is not zero of those that a call is given.
func (x *exec) firstOf(u *value.Unknown, name, id string, pos token.Pos) val {
	a := &anyVal{id: id}
	before := ""
	for i, from := range u.From {
		v := x.convert(from, name, id+"|"+itoa(i), pos)
		text := u.Why
		if s, ok := v.(*sym); ok {
			text = s.text
		}
		cond := text + ` != ""`
		if i == len(u.From)-1 {
			cond = before
		} else if s, ok := v.(*sym); ok {
			set := *s
			set.lacks, set.nonNil = false, true
			v = &set
		}
		a.of, a.conds = append(a.of, v), append(a.conds, value.Condition{Text: cond})
		before = text + ` == ""`
	}
	return a
}

// yieldsSetting says whether a function of the module yields a variable of the
// environment, or what it does without.
func (j *Judge) yieldsSetting(fn *types.Func) bool {
	if sig := fn.Signature(); sig.Results().Len() != 1 || !holdsText(sig.Results().At(0).Type()) || sig.Params().Len() == 0 {
		return false
	}
	is, known := j.yields[fn]
	if d := j.decl(fn); !known && d != nil && d.Syntax.Body != nil {
		ast.Inspect(d.Syntax.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && getenv(call, d.Package.Info) != nil {
				is = true
			}
			return !is
		})
	}
	j.yields[fn] = is
	return is
}

// defaultOf are the words of the call that states what a setting is when nothing
// else is set, which stands in the code: SetDefault("key", "secret") in front of
// GetString("key") of the same package. "" is for others.
func (j *Judge) defaultOf(fn *types.Func, name string) string {
	if fn == nil || fn.Pkg() == nil || !strings.HasPrefix(fn.Name(), "Get") || j.prog.Own(fn.Pkg().Path()) || j.std(fn.Pkg().Path()) {
		return ""
	}
	for _, scope := range []string{fn.Pkg().Path(), ""} {
		for _, part := range j.prog.Mentioning(scope, "SetDefault") {
			j.prog.Check(part)
			if why := defaultIn(part, fn.Pkg(), name); why != "" {
				return why
			}
		}
	}
	return ""
}

func defaultIn(part *program.Part, of *types.Package, name string) (why string) {
	info := part.Package.Info
	ast.Inspect(part.Decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return why == ""
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok {
			return true
		}
		fn, ok := info.Uses[sel.Sel].(*types.Func)
		if ok && fn.Name() == "SetDefault" && fn.Pkg() != nil && fn.Pkg().Path() == of.Path() && strings.EqualFold(textOf(call.Args[0], info), name) && textOf(call.Args[1], info) != "" {
			why = exprText(call)
		}
		return why == ""
	})
	return why
}
