package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
)

// Constructors assign fields as well, and what they assign is known. What code
// assigns that runs while requests are served is not, whatever it is: a function,
// what an interface holds, what a pointer leads to.

// Replaced says whether code that runs while requests are served assigns a variable
// of a package or a field.
func (j *Judge) Replaced(v *types.Var) bool { return j.isReplaced(v) }

// isReplaced says whether code that runs while requests are served assigns a
// variable or field.
func (j *Judge) isReplaced(obj types.Object) bool {
	j.readAssigned(obj.Name())
	return j.replaced[obj]
}

// replaces notes that a variable or field is assigned.
func (j *Judge) replaces(pkg *program.Package, obj types.Object, later bool) {
	v, ok := obj.(*types.Var)
	if !ok || !later || v.Pkg() == nil || !v.IsField() && v.Parent() != v.Pkg().Scope() {
		return
	}
	j.replaced[obj] = true
}

// writesThrough notes an assignment through a pointer.
func (j *Judge) writesThrough(pkg *program.Package, e *ast.StarExpr, later bool) {
	t := pkg.Info.TypeOf(e)
	if t == nil {
		return
	}
	if name := j.ownStruct(t); name != "" {
		j.overwritten[name] = true
		return
	}
	if obj := variableOf(pkg.Info, e.X); obj != nil {
		j.replaced[obj] = true
	}
}

func variableOf(info *types.Info, e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return info.Uses[e]
	case *ast.SelectorExpr:
		return info.Uses[e.Sel]
	}
	return nil
}

// ownStruct is the name of a struct type of the module, "" for other types.
func (j *Judge) ownStruct(t types.Type) string {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil || !j.prog.Own(n.Obj().Pkg().Path()) {
		return ""
	}
	if _, ok := n.Underlying().(*types.Struct); !ok {
		return ""
	}
	return n.Obj().Pkg().Path() + "." + n.Obj().Name()
}

// whileServing says whether a function seems to run while requests are served:
// it is given one, or it is called as what brings settings up to date, or a
// function that is given a request speaks of it.
func (j *Judge) whileServing(pkg *program.Package, fn ast.Node) bool {
	d, ok := fn.(*ast.FuncDecl)
	if !ok {
		l, ok := fn.(*ast.FuncLit)
		return ok && takesRequest(l.Type)
	}
	if takesRequest(d.Type) || speaks(d.Name.Name, "reload", "reloads", "refresh", "update", "replace", "swap", "toggle", "switch", "enable", "disable", "change", "rotate") {
		return true
	}
	scope := pkg.Path
	if d.Recv != nil {
		scope = ""
	}
	for _, part := range j.prog.Mentioning(scope, d.Name.Name) {
		found := false
		ast.Inspect(part.Decl, func(n ast.Node) bool {
			var t *ast.FuncType
			var body ast.Node
			switch n := n.(type) {
			case *ast.FuncDecl:
				t, body = n.Type, n.Body
			case *ast.FuncLit:
				t, body = n.Type, n.Body
			}
			if t != nil && takesRequest(t) && calls(body, d.Name.Name) {
				found = true
			}
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

func calls(body ast.Node, name string) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			switch f := ast.Unparen(call.Fun).(type) {
			case *ast.Ident:
				found = found || f.Name == name
			case *ast.SelectorExpr:
				found = found || f.Sel.Name == name
			}
		}
		return !found
	})
	return found
}

// takesRequest says whether a function is given a request, as far as its text
// tells.
func takesRequest(t *ast.FuncType) bool {
	for _, p := range t.Params.List {
		text := types.ExprString(p.Type)
		if strings.HasSuffix(text, "http.Request") || strings.HasSuffix(text, "gin.Context") || strings.HasSuffix(text, "echo.Context") {
			return true
		}
	}
	return false
}

// filledField says whether code may write a field of a struct together with all
// others: *p = config{…}, or json.Unmarshal(b, p).
func (j *Judge) filledField(obj types.Object) bool {
	f, ok := obj.(*types.Var)
	if !ok || !f.IsField() {
		return false
	}
	j.readHolders()
	owners := j.owners[called(f)]
	if owner := j.owner[f]; owner != "" {
		owners = []string{owner}
	}
	for _, owner := range owners {
		if j.isFilled(owner, 0) {
			return true
		}
	}
	return false
}

func (j *Judge) isFilled(owner string, depth int) bool {
	for _, name := range j.holders[owner] {
		for _, part := range j.prog.Filling(name) {
			if !j.filledParts[part] {
				j.filledParts[part] = true
				j.readFilled(part)
			}
		}
	}
	if j.overwritten[owner] {
		return true
	}
	for _, whole := range j.owners["in "+owner] {
		if depth < 3 && j.isFilled(whole, depth+1) {
			return true
		}
	}
	return false
}

// readHolders notes of the structs of the module what they are called in: names
// of types, variables of packages and fields.
func (j *Judge) readHolders() {
	if j.holders != nil {
		return
	}
	j.owner = map[*types.Var]string{}
	j.holders, j.owners = map[string][]string{}, map[string][]string{}
	holds := func(t types.Type, name string) string {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		owner := j.ownStruct(t)
		if owner != "" {
			j.holders[owner] = append(j.holders[owner], name)
		}
		return owner
	}
	for _, pkg := range j.prog.Packages {
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			switch obj := scope.Lookup(name).(type) {
			case *types.Var:
				holds(obj.Type(), name)
			case *types.TypeName:
				owner := j.ownStruct(obj.Type())
				if owner == "" {
					continue
				}
				j.holders[owner] = append(j.holders[owner], name)
				for f := range obj.Type().Underlying().(*types.Struct).Fields() {
					j.owner[f] = owner
					j.owners[called(f)] = append(j.owners[called(f)], owner)
					if inner := holds(f.Type(), f.Name()); inner != "" {
						if _, isPtr := f.Type().Underlying().(*types.Pointer); !isPtr {
							j.owners["in "+inner] = append(j.owners["in "+inner], owner)
						}
					}
				}
			}
		}
	}
}

// readFilled notes which structs a part of the code writes as a whole.
func (j *Judge) readFilled(part *program.Part) {
	j.prog.Check(part)
	info := part.Package.Info
	ast.Inspect(part.Decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				if e, ok := ast.Unparen(l).(*ast.StarExpr); ok && n.Tok != token.DEFINE {
					j.writesThrough(part.Package, e, true)
				}
			}
		case *ast.CallExpr:
			fn := variableOf(info, n.Fun)
			if fn == nil || !program.FillsStruct(fn.Name()) || fn.Pkg() != nil && j.prog.Own(fn.Pkg().Path()) {
				return true
			}
			for _, a := range n.Args {
				if u, ok := ast.Unparen(a).(*ast.UnaryExpr); ok && u.Op == token.AND {
					if id, ok := ast.Unparen(u.X).(*ast.Ident); ok {
						if v, ok := info.Uses[id].(*types.Var); ok && v.Pkg() != nil && v.Parent() != v.Pkg().Scope() {
							continue // a variable of this function
						}
					}
				}
				t := info.TypeOf(a)
				if t == nil {
					continue
				}
				if p, ok := t.Underlying().(*types.Pointer); ok {
					if name := j.ownStruct(p.Elem()); name != "" {
						j.overwritten[name] = true
					}
				}
			}
		}
		return true
	})
}
