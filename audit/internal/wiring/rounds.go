package wiring

import (
	"go/ast"
	"go/types"
	"go/version"
	"maps"

	"github.com/authgen/authgen/audit/internal/value"
)

// within makes env the variables around the code that runs, and returns what
// takes that back.
func (fr *frame) within(env *value.Env) (leave func()) {
	before := fr.env
	fr.env = env
	return func() { fr.env = before }
}

// renewed are the variables of a for statement in its next round: others than
// those of this one, with the same values.
func renewed(env *value.Env) *value.Env {
	next := &value.Env{Outer: env.Outer, Vars: maps.Clone(env.Vars)}
	for obj, c := range next.Vars {
		next.Vars[obj] = &value.Cell{V: copied(c.V), Name: c.Name, Pos: c.Pos}
	}
	return next
}

// shares reports whether all rounds of a loop have the same variables, as before
// Go 1.22. A file may say of itself which version it is written for.
func (fr *frame) shares(loop ast.Stmt) bool {
	const own = "go1.22"
	for _, file := range fr.pkg.Files {
		if file.GoVersion != "" && file.FileStart <= loop.Pos() && loop.Pos() < file.FileEnd {
			return version.Compare(file.GoVersion, own) < 0
		}
	}
	v := fr.pkg.Types.GoVersion()
	return v != "" && version.Compare(v, own) < 0
}

// shareRange declares the variables of a range statement whose rounds share them.
// What it returns makes them unknown: code that runs after the loop sees what the
// last round left there, and which that is depends on when it runs.
func (fr *frame) shareRange(s *ast.RangeStmt) (lose func()) {
	var shared []*types.Var
	for _, e := range []ast.Expr{s.Key, s.Value} {
		id, ok := e.(*ast.Ident)
		if !ok {
			continue
		}
		if v, ok := fr.pkg.Info.Defs[id].(*types.Var); ok {
			fr.declare(id, nil)
			shared = append(shared, v)
		}
	}
	return func() {
		for _, v := range shared {
			fr.in.set(fr.env.Vars[v], unknown(v.Type(), v.Name()))
		}
	}
}
