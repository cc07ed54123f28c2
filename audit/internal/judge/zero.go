package judge

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// A key of bytes that were made and never written is known to everybody: it
// consists of zeros.

// zeros are bytes of which each is zero.
func zeros(t types.Type) val {
	return &list{typ: t, open: &sym{key: "zeros", zero: true}}
}

// allZero says whether a value is of bytes that are all zero.
func allZero(v val) bool {
	l, ok := v.(*list)
	if !ok || l.open != nil && !l.open.zero {
		return false
	}
	return (len(l.elems) > 0 || l.open != nil) && !slices.ContainsFunc(l.elems, func(e val) bool {
		k, ok := e.(*konst)
		return !ok || k.v.Kind() != constant.Int || constant.Sign(k.v) != 0
	})
}

// begins is what a variable holds that has no initial value: an array is known to
// be of zeros where no code of its function writes a part of it.
func (x *exec) begins(fr *frame, obj types.Object) val {
	v := x.empty(fr, obj.Type())
	if _, array := v.(*strct); array && ofBytes(obj.Type()) && !x.j.partWritten(fr.pkg, obj) {
		return zeros(obj.Type())
	}
	return v
}

// typeOfVal is the type of what a method is called on, nil when it is not known.
func (x *exec) typeOfVal(st *state, v val) types.Type {
	if p, ok := v.(*ptr); ok {
		v = x.loadPtr(st, p)
	}
	switch v := v.(type) {
	case *strct:
		return v.typ
	case *closure:
		return v.typ
	case *sym:
		return v.typ
	}
	return nil
}

// holding is what a variable holds that is given a value: zeros are none where code
// of its function writes a part of them.
func (x *exec) holding(fr *frame, obj types.Object, v val) val {
	if obj == nil || !allZero(v) || !x.j.partWritten(fr.pkg, obj) {
		return v
	}
	return &list{typ: obj.Type(), open: &sym{key: "made:" + fr.site(obj.Pos())}}
}

// madeOfNothing says whether what the wiring did not follow was made of bytes that are
// none: a key of it may be that.
func madeOfNothing(u *value.Unknown) bool {
	if u == nil {
		return false
	}
	for i, v := range u.From {
		switch v := value.Bare(v).(type) {
		case *value.Nil:
			t := v.Type
			if fn := u.Callee; t == nil && fn != nil && fn.Signature().Recv() == nil && i < fn.Signature().Params().Len() {
				t = fn.Signature().Params().At(i).Type()
			}
			if t != nil && ofBytes(t) {
				return true
			}
		case *value.List:
			if v.Type != nil && ofBytes(v.Type) && len(v.Elems) == 0 && !v.Open {
				return true
			}
		}
	}
	return false
}

// ofBytes says whether a type is an array or a slice of bytes.
func ofBytes(t types.Type) bool {
	var elem types.Type
	switch t := t.Underlying().(type) {
	case *types.Array:
		elem = t.Elem()
	case *types.Slice:
		elem = t.Elem()
	default:
		return false
	}
	b, ok := elem.Underlying().(*types.Basic)
	return ok && b.Kind() == types.Byte
}

// partWritten says whether the function of a variable may write a part of it.
func (j *Judge) partWritten(pkg *program.Package, obj types.Object) bool {
	v, ok := obj.(*types.Var)
	if !ok {
		return true
	}
	for _, file := range pkg.Files {
		if v.Pos() < file.Pos() || v.Pos() >= file.End() {
			continue
		}
		for _, d := range file.Decls {
			if d.Pos() <= v.Pos() && v.Pos() < d.End() {
				return program.FilledIn(pkg.Info, d, v)
			}
		}
	}
	return true
}

// initZeros are the bytes that a variable of a package holds for good which no
// code of the module writes, nil for others.
func (j *Judge) initZeros(obj *types.Var) val {
	if obj.Pkg() == nil || !ofBytes(obj.Type()) || !j.prog.Own(obj.Pkg().Path()) || obj.Exported() && obj.Pkg().Name() != "main" || j.mutable(obj) {
		return nil
	}
	j.indexInits()
	_, array := obj.Type().Underlying().(*types.Array)
	switch e, pkg := j.initFuncs[obj], j.initPkgs[obj]; {
	case e == nil && array && j.declares(obj):
	case e != nil && isMake(pkg.Info, e):
	default:
		return nil
	}
	for _, part := range j.prog.Mentioning(obj.Pkg().Path(), obj.Name()) {
		j.prog.Check(part)
		if program.FilledIn(part.Package.Info, part.Decl, obj) {
			return nil
		}
	}
	return zeros(obj.Type())
}

// declares says whether a variable was read, and has no initial value.
func (j *Judge) declares(obj *types.Var) bool {
	for _, part := range j.prog.Parts() {
		d, ok := part.Decl.(*ast.GenDecl)
		if !ok || d.Tok != token.VAR {
			continue
		}
		for _, s := range d.Specs {
			if s := s.(*ast.ValueSpec); len(s.Values) == 0 && slices.ContainsFunc(s.Names, func(id *ast.Ident) bool { return part.Package.Info.Defs[id] == obj }) {
				return true
			}
		}
	}
	return false
}

func isMake(info *types.Info, e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fun.(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := info.Uses[id].(*types.Builtin)
	return ok && b.Name() == "make"
}

// foundIn is what the parts of a variable prove that a call may have filled: what is
// not found leaves there what was there before, such as what it found for another
// request.
func (s *state) foundIn(p *ptr, old val, proof level) level {
	if o, ok := old.(*sym); ok && o.onTrue > none {
		return min(proof, o.onTrue) // an earlier call has filled it, or nothing has
	}
	if isZero(old) && !p.to.built && (!p.to.lasting || s.assigned(p)) {
		return proof
	}
	return min(proof, maybe)
}

// assigned says whether a variable, or a part of one, was given the value that it
// holds by the code that ran until now.
func (s *state) assigned(p *ptr) bool {
	v, ok := s.mem.get(p.to)
	for _, name := range p.path {
		o, is := v.(*strct)
		if !is {
			return false
		}
		if v, ok = o.f[name]; !ok {
			return o.w == nil && o.sym == nil
		}
	}
	return ok
}

// isZero says whether a value is known to be the zero of its type.
func isZero(v val) bool {
	switch v := v.(type) {
	case nilVal:
		return true
	case *konst:
		return zeroConst(v.v)
	case *list:
		return len(v.elems) == 0 && (v.open == nil || strings.HasPrefix(v.open.key, "made:")) || allZero(v)
	case *strct:
		if v.sym != nil || v.w != nil {
			return false
		}
		for _, e := range v.f {
			if !isZero(e) {
				return false
			}
		}
		return true
	}
	return false
}
