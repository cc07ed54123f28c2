package wiring

import (
	"go/ast"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// succeeds notes the conditions under which a return statement may tell that
// nothing failed.
func (fr *frame) succeeds(s *ast.ReturnStmt, vals []value.Value) {
	if !givesError(fr.sig) || len(vals) == 0 {
		return
	}
	in := fr.in
	conditions := slices.Clone(in.conditions[min(fr.base, len(in.conditions)):])
	switch v := vals[len(vals)-1].(type) {
	case *value.Ref, *value.Struct:
		return
	case *value.Unknown:
		if v.Callee != nil && (v.Callee.FullName() == "errors.New" || v.Callee.FullName() == "fmt.Errorf") {
			return
		}
		if n := len(s.Results); n > 0 {
			failed := words(s.Results[n-1]) + " != nil"
			if slices.ContainsFunc(conditions, func(c Condition) bool { return c.Text == failed }) {
				return
			}
		}
		conditions = append(conditions, v.Nil...)
	}
	fr.nils = append(fr.nils, conditions)
}

// success is the error that a call returns: nil under the conditions that all
// returns have that may be nil.
func (fr *frame) success() *value.Unknown {
	err := unknown(fr.sig.Results().At(fr.sig.Results().Len()-1).Type(), "err")
	for i, conditions := range fr.nils {
		if i == 0 {
			err.Nil = conditions
			continue
		}
		err.Nil = slices.DeleteFunc(slices.Clone(err.Nil), func(c Condition) bool { return !slices.Contains(conditions, c) })
	}
	err.Under = slices.Clone(fr.in.conditions[:min(fr.base, len(fr.in.conditions))])
	return err
}

// checked tells what the way past a check of an error knows. When the program
// ends otherwise, that is so for good.
func (fr *frame) checked(cond ast.Expr, failed branch) {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || !isFailure(fr.pkg.Info, cond) || failed.flow == goesOn {
		return
	}
	err, ok := fr.expr(b.X).(*value.Unknown)
	if !ok {
		return
	}
	in := fr.in
	for _, c := range err.Nil {
		if failed.flow != dies {
			fr.leave(exit{cond: c, flow: failed.flow, label: failed.label})
			continue
		}
		in.conditions = append(in.conditions, c)
		if !slices.ContainsFunc(in.conditions[:len(in.conditions)-1], func(c Condition) bool {
			return !slices.Contains(err.Under, c) && !slices.Contains(in.assumed, c) && !slices.Contains(err.Nil, c)
		}) {
			in.assumed = append(in.assumed, c)
		}
	}
}
