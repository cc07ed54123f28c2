package judge

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/authgen/authgen/audit/internal/program"
)

// checkedAtStart says whether the program ends before it serves where a text that is
// given to a variable of a package is empty, by code that is sure to run, and nothing
// changes the variable: `if key == "" { log.Fatal(…) }` in main or in an init.
func (j *Judge) checkedAtStart(obj *types.Var) bool {
	j.indexInits()
	e := j.initFuncs[obj]
	if e == nil || !ofEnvironment(e, j.initPkgs[obj].Info) || j.mutable(obj) {
		return false
	}
	return slices.ContainsFunc(j.partsOf(obj, j.prog.Mentioning(obj.Pkg().Path(), obj.Name())), func(part *program.Part) bool {
		d, ok := part.Decl.(*ast.FuncDecl)
		if !ok || d.Recv != nil || d.Body == nil || part.Package.Path != obj.Pkg().Path() {
			return false
		}
		if name := d.Name.Name; name != "init" && (name != "main" || obj.Pkg().Name() != "main") {
			return false
		}
		info := part.Package.Info
		for _, s := range d.Body.List {
			if i, ok := s.(*ast.IfStmt); ok && speaksOf(info, i.Cond, obj) && saysEmpty(i.Cond, obj.Name()) && j.endsProgram(info, i.Body, 0) && j.goesOn(info, i.Body, 0) {
				return i.Init == nil || j.goesOn(info, i.Init, 0)
			}
			if !j.goesOn(info, s, 0) {
				return false
			}
		}
		return false
	})
}

// ofEnvironment says whether an expression is a variable of the environment, with nothing
// beside it.
func ofEnvironment(e ast.Expr, info *types.Info) bool {
	c, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok || len(c.Args) != 1 {
		return false
	}
	if tv := info.Types[c.Fun]; tv.IsType() {
		return holdsText(tv.Type) && ofEnvironment(c.Args[0], info)
	}
	id := lastIdent(c.Fun)
	if id == nil {
		return false
	}
	fn, _ := info.Uses[id].(*types.Func)
	return fn != nil && (fn.FullName() == "os.Getenv" || fn.FullName() == "strings.TrimSpace" && ofEnvironment(c.Args[0], info))
}

// speaksOf says whether an expression names a variable, and no other of its name.
func speaksOf(info *types.Info, e ast.Expr, obj *types.Var) bool {
	found, other := false, false
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == obj.Name() {
			found, other = found || info.Uses[id] == obj, other || info.Uses[id] != obj
		}
		return true
	})
	return found && !other
}

// maxStarting bounds how deep functions are read that are called while a program starts.
const maxStarting = 4

// goesOn says whether code is sure to come to its end, or to end the program, and serves
// nobody by then: it has no return, and calls nothing that may stay.
func (j *Judge) goesOn(info *types.Info, n ast.Node, depth int) bool {
	goes := true
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // what calls it counts
		case *ast.ReturnStmt:
			goes = goes && depth > 0
		case *ast.BranchStmt:
			goes = goes && n.Label == nil
		case *ast.SelectStmt, *ast.GoStmt, *ast.DeferStmt:
			goes = false
		case *ast.CallExpr:
			goes = goes && j.comesBack(info, n, depth)
		}
		return goes
	})
	return goes
}

// comesBack says whether a call serves nobody and runs no function that is not known.
func (j *Judge) comesBack(info *types.Info, e *ast.CallExpr, depth int) bool {
	if tv := info.Types[e.Fun]; tv.IsType() || tv.IsBuiltin() {
		return true
	}
	fn, ok := typeutil.Callee(info, e).(*types.Func)
	switch {
	case !ok || fn.Pkg() == nil || fn.Signature().Recv() != nil && types.IsInterface(fn.Signature().Recv().Type()):
		return false
	case j.prog.Own(fn.Pkg().Path()):
		d := j.ownDecl(fn)
		return d != nil && d.Syntax.Body != nil && depth < maxStarting && j.goesOn(d.Package.Info, d.Syntax.Body, depth+1)
	}
	if slices.ContainsFunc(e.Args, func(a ast.Expr) bool { return isFunc(info.TypeOf(a)) }) && fn.Pkg().Path() != "net/http" {
		return false // it may run what it is given
	}
	first, _, _ := strings.Cut(fn.Pkg().Path(), "/")
	switch {
	case strings.Contains(first, "."):
		return fn.Pkg().Path() == "github.com/joho/godotenv"
	case fn.Pkg().Path() == "net/http":
		return fn.Name() == "NewServeMux" || fn.Name() == "Handle" || fn.Name() == "HandleFunc"
	}
	return first != "net" && first != "testing" && fn.Name() != "Wait" && fn.Name() != "Do"
}
