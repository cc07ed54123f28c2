package wiring

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// initialize runs the initializers of variables that matter and the init
// functions of a package.
func (in *interp) initialize(pkg *program.Package) {
	for _, init := range pkg.Info.InitOrder {
		for _, v := range init.Lhs {
			if in.relevant.vars[v] || v.Name() == "_" && in.mattersExpr(pkg, init.Rhs) {
				in.initializeVar(pkg, init)
				break
			}
		}
	}
	n := 0
	for _, file := range pkg.Files {
		for _, decl := range file.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && d.Name.Name == "init" && d.Recv == nil {
				name := pkg.Path + ".init." + number(n)
				n++
				if fn, ok := pkg.Info.Defs[d.Name].(*types.Func); ok && (in.relevant.funcs[fn] || !pkg.Own) {
					in.share(func() { in.callFunc(&value.Func{Fn: fn, Name: name}, nil, d.Pos()) })
				}
			}
		}
	}
}

// mattersExpr reports whether an expression refers to a function that matters.
func (in *interp) mattersExpr(pkg *program.Package, e ast.Expr) bool {
	n := in.relevant.look(pkg, e)
	return n.direct || slices.ContainsFunc(n.funcs, func(fn *types.Func) bool { return in.relevant.funcs[fn] })
}

func (in *interp) initializeVar(pkg *program.Package, init *types.Initializer) {
	for _, v := range init.Lhs {
		if in.begun[v] {
			return
		}
	}
	for _, v := range init.Lhs {
		in.begun[v] = true
	}
	fr := in.packageFrame(pkg)
	current := in.current
	in.current = nil
	var vals []value.Value
	in.share(func() { vals = fr.exprs(init.Rhs, len(init.Lhs)) })
	in.current = current
	for i, v := range init.Lhs {
		if v.Name() == "_" {
			continue
		}
		c := in.cellOf(v)
		c.V = copied(fr.converted(vals[i], v.Type()))
		in.doubt(v, c)
		in.materialize(c)
	}
}

func (in *interp) packageFrame(pkg *program.Package) *frame {
	return &frame{
		in: in, pkg: pkg, name: pkg.Path + ".init", sig: types.NewSignatureType(nil, nil, nil, nil, nil, false),
		env: &value.Env{Vars: map[types.Object]*value.Cell{}},
	}
}

func (in *interp) cellOf(v *types.Var) *value.Cell {
	c := in.globals[v]
	if c == nil {
		c = &value.Cell{Name: v.Pkg().Name() + "." + v.Name(), Pos: v.Pos()}
		in.globals[v] = c
	}
	return c
}

// doubt makes a plain value unknown that code which is not followed may write.
func (in *interp) doubt(v *types.Var, c *value.Cell) {
	assigned, exposed := in.assignedUnread(in.relevant.assignedIn(v)), in.relevant.addressTaken(v)
	if !assigned && !exposed {
		return
	}
	in.doubted = append(in.doubted, doubted{v, c, assigned})
	in.unsettle(v, c)
}

// doubted is a package variable that code which is not followed may write: by an
// assignment, or else through its address.
type doubted struct {
	v        *types.Var
	cell     *value.Cell
	assigned bool
}

// assignedUnread reports whether one of the functions that assign a variable is not
// followed.
func (in *interp) assignedUnread(by []*types.Func) bool {
	return slices.ContainsFunc(by, func(fn *types.Func) bool { return fn == nil || !in.relevant.funcs[fn] })
}

// doubtAll is doubt of all variables that were set meanwhile, since a call that is not
// read may write them: one of the module by an assignment, others through an address.
func (in *interp) doubtAll(own bool) {
	for _, d := range in.doubted {
		if own || !d.assigned {
			in.unsettle(d.v, d.cell)
		}
	}
}

func (in *interp) unsettle(v *types.Var, c *value.Cell) {
	switch x := c.V.(type) {
	case *value.Unknown:
	case *value.Nil:
		in.set(c, unknown(v.Type(), c.Name))
		in.materialize(c)
	case *value.Any: // what it may be is known, and it may be something else
		if !slices.ContainsFunc(x.Of, func(o value.Option) bool { _, is := o.V.(*value.Unknown); return is }) {
			in.set(c, oneOf([]value.Option{{V: c.V}, {V: unknown(v.Type(), c.Name)}}))
		}
	case *value.List:
		if !in.assignedUnread(in.relevant.replaced[v]) {
			in.forget(c.V, true)
			break
		}
		in.forget(&value.Ref{To: c}, true)
	default:
		in.forget(&value.Ref{To: c}, true)
	}
}

// muxVar is the variable http.DefaultServeMux.
func (in *interp) muxVar() *value.Cell {
	if in.muxCell == nil {
		in.muxCell = &value.Cell{V: in.defaultMux(), Name: "http.DefaultServeMux"}
	}
	return in.muxCell
}

// global returns the storage of a package variable.
func (in *interp) global(v *types.Var) *value.Cell {
	if c := in.globals[v]; c != nil && c.V != nil {
		return c
	}
	if v.Pkg().Path() == httpPath && v.Name() == "DefaultServeMux" {
		return in.muxVar()
	}
	c := in.cellOf(v)
	pkg := in.program.Package(v.Pkg().Path())
	if in.program.Own(v.Pkg().Path()) && (pkg == nil || pkg.Types != v.Pkg()) {
		return in.remote(c, v)
	}
	if pkg != nil && pkg.Types == v.Pkg() && !in.begun[v] {
		for _, init := range pkg.Info.InitOrder {
			if slices.Contains(init.Lhs, v) {
				logs, conds := in.logs, in.conditions
				in.logs, in.conditions = nil, nil
				in.initializeVar(pkg, init)
				in.logs, in.conditions = logs, conds
				break
			}
		}
		if c.V == nil {
			in.begun[v] = true
			c.V = in.zero(v.Type())
			in.doubt(v, c)
		}
	}
	if c.V == nil {
		c.V = unknown(v.Type(), c.Name)
		in.materialize(c)
	}
	return c
}

// remote fills in a variable of a package of the module that is read only now:
// one that has nothing to do with routers, and may hold paths.
func (in *interp) remote(c *value.Cell, v *types.Var) *value.Cell {
	c.V = unknown(v.Type(), c.Name)
	pkg := in.program.Read(v.Pkg().Path())
	if pkg == nil || in.relevant.addressTaken(v) || len(in.relevant.assignedIn(v)) > 0 || in.relevant.writtenElsewhere(pkg, v.Name()) {
		return c
	}
	twin, ok := pkg.Types.Scope().Lookup(v.Name()).(*types.Var)
	if !ok || twin == v {
		return c
	}
	in.relevant.note(pkg)
	from := in.global(twin)
	c.V = from.V
	return c
}
