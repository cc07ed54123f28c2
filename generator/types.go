package generator

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/types"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"
	"golang.org/x/tools/go/packages"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/internal/platform"
)

// typeLoader type-checks the few packages whose syntax leaves a type open. The
// packages of this module are checked from source without function bodies and
// generated files, so that neither a missing nor a broken generated file is in
// the way; all others come from the compiler's export data.
type typeLoader struct {
	g       *generation
	listed  map[string]*packages.Package // by import path
	checked map[string]*types.Package
	exports types.Importer
	fault   string // the go command's first complaint about a package asked for
}

// loadTypes lists what the packages depend on, in one call of the go command.
func (g *generation) loadTypes(needed []*pkg) (*typeLoader, error) {
	l := &typeLoader{g: g, listed: map[string]*packages.Package{}, checked: map[string]*types.Package{}}
	b := g.config.Build
	env := append(os.Environ(), "GOOS="+goos(b), "GOARCH="+goarch(b))
	cfg := &packages.Config{
		Context: g.ctx, Dir: g.module.root,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedExportFile | packages.NeedModule,
	}
	cfg.Env, cfg.BuildFlags = platform.GivenModFile(env, platform.BuildFlags(b.Tags))
	var patterns []string
	for _, p := range needed {
		if pattern := "./" + p.dir; !slices.Contains(patterns, pattern) {
			patterns = append(patterns, pattern)
		}
		cfg.Tests = cfg.Tests || slices.ContainsFunc(p.sources, func(s *source) bool { return s.test() && len(s.notes.Decls) > 0 })
	}
	roots, err := packages.Load(cfg, patterns...)
	if err != nil {
		return nil, err
	}
	if len(roots) == 0 {
		l.fault = "the go command knows none of the packages; go list " + patterns[0] + " says why"
	}
	for _, p := range roots {
		// What the compiler says, below a line with #, may be that of a missing
		// generated file.
		if len(p.Errors) > 0 && l.fault == "" && !strings.HasPrefix(p.Errors[0].Msg, "#") {
			l.fault = p.Errors[0].Msg
		}
	}
	packages.Visit(roots, nil, func(p *packages.Package) {
		// A test variant has another id than its path; what tests add to a
		// package is never imported.
		if p.ID == p.PkgPath || l.listed[p.PkgPath] == nil {
			l.listed[p.PkgPath] = p
		}
		g.noteOutside(p)
	})
	l.exports = importer.ForCompiler(g.fset, "gc", l.openExport)
	return l, nil
}

// noteOutside remembers the files of other modules that can change without
// go.mod changing: those of a workspace and of local replacements.
func (g *generation) noteOutside(p *packages.Package) {
	m := p.Module
	if m == nil || m.Dir == g.module.root || !m.Main && (m.Replace == nil || m.Replace.Version != "") {
		return
	}
	for _, f := range p.GoFiles {
		if !slices.Contains(g.outside, f) {
			g.outside = append(g.outside, f)
		}
	}
}

func (l *typeLoader) openExport(path string) (io.ReadCloser, error) {
	p := l.listed[path]
	if p == nil || p.ExportFile == "" {
		return nil, fmt.Errorf("package %s does not compile", path)
	}
	return os.Open(p.ExportFile)
}

// Import implements types.Importer.
func (l *typeLoader) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if d := l.g.dirOf(path); d != nil {
		return l.check(path, d, func(s *source) bool { return !s.test() })
	}
	if p := l.listed[path]; p == nil {
		// A vendored package of the standard library.
		if v := l.listed["vendor/"+path]; v != nil {
			path = "vendor/" + path
		}
	}
	return l.exports.Import(path)
}

// packageOf returns the types of a package with rules.
func (l *typeLoader) packageOf(p *pkg) (*types.Package, error) {
	if p.external {
		return l.check(p.importPath, p.directory, func(s *source) bool { return s.syntax.Name.Name == p.name })
	}
	tests := slices.ContainsFunc(p.sources, func(s *source) bool { return s.test() && len(s.notes.Decls) > 0 })
	key := p.importPath
	if tests {
		key += " with tests"
	}
	return l.check(key, p.directory, func(s *source) bool { return s.syntax.Name.Name == p.name && (tests || !s.test()) })
}

func (l *typeLoader) check(path string, d *directory, want func(*source) bool) (*types.Package, error) {
	if p, ok := l.checked[path]; ok {
		if p == nil {
			return nil, fmt.Errorf("import cycle through %s", path)
		}
		return p, nil
	}
	l.checked[path] = nil
	var files []*ast.File
	for _, s := range d.sources {
		if want(s) && l.g.built(s.constraint) {
			files = append(files, s.syntax)
		}
	}
	cfg := types.Config{
		Importer: l, IgnoreFuncBodies: true, FakeImportC: true,
		// What does not resolve, such as a name that is about to be
		// generated, matters only where a handler's own type is concerned.
		Error: func(error) {},
	}
	name, _, _ := strings.Cut(path, " ")
	p, err := cfg.Check(name, l.g.fset, files, nil)
	if p == nil {
		return nil, err
	}
	l.checked[path] = p
	return p, nil
}

// typedShape resolves a declaration whose syntax left a type open.
func (l *typeLoader) typedShape(p *pkg, h *handler) (shape, verdict, string) {
	tp, err := l.packageOf(p)
	if err != nil {
		return shape{}, notHandler, err.Error()
	}
	var obj types.Object
	if h.recv == "" {
		obj = tp.Scope().Lookup(h.name)
	} else if recv := tp.Scope().Lookup(h.recv); recv != nil {
		obj, _, _ = types.LookupFieldOrMethod(types.NewPointer(recv.Type()), true, tp, h.name)
	}
	if obj == nil {
		return shape{}, notHandler, "it is not part of the build for which types are loaded (" + goos(l.g.config.Build) + "/" + goarch(l.g.config.Build) + "): write its types without aliases"
	}
	t := typeShaper{own: tp}
	if sig, ok := obj.Type().(*types.Signature); ok && h.form != variable {
		sh, ok := t.direct(sig, h.explicit)
		if !ok && h.explicit {
			sh, ok = t.yielding(sig)
		}
		if !ok {
			return shape{}, notHandler, t.why
		}
		return sh, isHandler, ""
	}
	sh, ok := t.value(obj.Type())
	if _, isVar := obj.(*types.Var); isVar && !ok && t.why == "" {
		// A variable also has the methods of a pointer to it.
		sh, ok = t.value(types.NewPointer(obj.Type()))
		ok = ok && sh.isHandler
	}
	if !ok {
		return shape{}, notHandler, t.why
	}
	return sh, isHandler, ""
}

// typeShaper resolves shapes by types.
type typeShaper struct {
	own *types.Package
	why string // a type that did not resolve
}

func named(t types.Type) (path, name string, pointer bool) {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t, pointer = types.Unalias(p.Elem()), true
	}
	n, ok := t.(*types.Named)
	if !ok || n.TypeArgs().Len() > 0 {
		return "", "", false
	}
	if n.Obj().Pkg() != nil {
		path = n.Obj().Pkg().Path()
		// A vendored package is the one that it is a copy of.
		if i := strings.LastIndex(path, "/vendor/"); i >= 0 {
			path = path[i+len("/vendor/"):]
		}
	}
	return path, n.Obj().Name(), pointer
}

func isNamed(t types.Type, path, name string, pointer bool) bool {
	p, n, ptr := named(t)
	return p == path && n == name && ptr == pointer
}

func (t *typeShaper) direct(sig *types.Signature, explicit bool) (sh shape, ok bool) {
	in, out := sig.Params(), sig.Results()
	for v := range in.Variables() {
		if types.Unalias(v.Type()) == types.Typ[types.Invalid] {
			t.why = fmt.Sprintf("the type of parameter %q does not resolve", v.Name())
		}
	}
	for v := range out.Variables() {
		if types.Unalias(v.Type()) == types.Typ[types.Invalid] {
			t.why = "the type of its result does not resolve"
		}
	}
	own := 1
	switch {
	case sig.Variadic() || sig.TypeParams().Len() > 0:
		return sh, false
	case in.Len() >= 2 && in.Len() <= 3 && out.Len() == 0 && isNamed(in.At(0).Type(), httpPath, "ResponseWriter", false) && isNamed(in.At(1).Type(), httpPath, "Request", true):
		sh.framework, own = annotations.NetHTTP, 2
	case in.Len() >= 1 && in.Len() <= 2 && out.Len() == 0 && isNamed(in.At(0).Type(), ginPath, "Context", true):
		sh.framework = annotations.Gin
	case in.Len() >= 1 && in.Len() <= 2 && out.Len() == 1 && isNamed(in.At(0).Type(), echoPath, "Context", false) && isNamed(out.At(0).Type(), "", "error", false):
		sh.framework = annotations.Echo
	default:
		return sh, false
	}
	if in.Len() == own {
		return sh, true
	}
	path, name, pointer := named(in.At(own).Type())
	if !pointer || path == "" {
		return sh, false
	}
	if path == runtimePath {
		_, ok := identityKinds[name]
		sh.identity = &identity{kind: name, name: lowerFirst(name)}
		return sh, ok
	}
	elem := types.Unalias(in.At(own).Type()).(*types.Pointer).Elem()
	if _, isStruct := types.Unalias(elem).Underlying().(*types.Struct); !isStruct || !explicit || !mayHoldClaims(path) {
		return sh, false
	}
	code, ok := t.code(elem) // as it is written, aliases and all
	if !ok {
		t.why = fmt.Sprintf("this package cannot name the type of parameter %q", in.At(own).Name())
		return sh, false
	}
	if alias, ok := elem.(*types.Alias); ok {
		name = alias.Obj().Name()
	}
	sh.identity = &identity{typ: code, name: lowerFirst(name)}
	return sh, true
}

func (t *typeShaper) yielding(sig *types.Signature) (shape, bool) {
	if sig.Results().Len() != 1 || sig.TypeParams().Len() > 0 {
		return shape{}, false
	}
	sh, ok := t.value(sig.Results().At(0).Type())
	if !ok || sh.form == area {
		return shape{}, false
	}
	sh.form = yields
	for i := range sig.Params().Len() {
		v := sig.Params().At(i)
		p := param{name: v.Name()}
		typ := v.Type()
		if sig.Variadic() && i == sig.Params().Len()-1 {
			p.variadic, typ = true, typ.(*types.Slice).Elem()
		}
		if p.typ, ok = t.code(typ); !ok {
			t.why = fmt.Sprintf("the type of parameter %q cannot be written in generated code: give it a name", v.Name())
			return shape{}, false
		}
		sh.params = append(sh.params, p)
	}
	return sh, true
}

func (t *typeShaper) value(typ types.Type) (shape, bool) {
	typ = types.Unalias(typ)
	if typ == types.Typ[types.Invalid] {
		t.why = "its type does not resolve"
		return shape{}, false
	}
	switch {
	case isNamed(typ, httpPath, "Handler", false):
		return shape{framework: annotations.NetHTTP, form: variable, isHandler: true}, true
	case isNamed(typ, httpPath, "HandlerFunc", false):
		return shape{framework: annotations.NetHTTP, form: variable}, true
	case isNamed(typ, ginPath, "HandlerFunc", false):
		return shape{framework: annotations.Gin, form: variable}, true
	case isNamed(typ, echoPath, "HandlerFunc", false):
		return shape{framework: annotations.Echo, form: variable}, true
	}
	for framework, path := range adapters {
		if isNamed(typ, path, "Area", false) {
			return shape{framework: framework, form: area}, true
		}
	}
	serves := methodServeHTTP(typ)
	if serves != nil && isNetHTTP(serves) {
		sh := shape{framework: annotations.NetHTTP, form: variable, isHandler: true}
		if path, name, _ := named(typ); path == t.own.Path() {
			sh.serves = name
		}
		return sh, true
	}
	if sig, ok := typ.Underlying().(*types.Signature); ok {
		sh, ok := t.direct(sig, true)
		_, isNamed := typ.(*types.Named)
		sh.form, sh.convert = variable, isNamed
		return sh, ok
	}
	if serves != nil {
		t.direct(serves, false) // which notes what does not resolve
	}
	return shape{}, false
}

// methodServeHTTP returns the signature of a type's method ServeHTTP, nil when
// there is none.
func methodServeHTTP(t types.Type) *types.Signature {
	obj, _, _ := types.LookupFieldOrMethod(t, false, nil, "ServeHTTP")
	f, ok := obj.(*types.Func)
	if !ok {
		return nil
	}
	return f.Signature()
}

// isNetHTTP reports whether a signature is that of http.Handler's method.
func isNetHTTP(sig *types.Signature) bool {
	return sig.Results().Len() == 0 && sig.Params().Len() == 2 &&
		isNamed(sig.Params().At(0).Type(), httpPath, "ResponseWriter", false) && isNamed(sig.Params().At(1).Type(), httpPath, "Request", true)
}

// code returns a type for generated code.
func (t *typeShaper) code(typ types.Type) (jen.Code, bool) {
	switch typ := typ.(type) {
	case *types.Alias:
		return t.name(typ.Obj(), typ.TypeArgs())
	case *types.Named:
		return t.name(typ.Obj(), typ.TypeArgs())
	case *types.Basic:
		return jen.Id(typ.Name()), typ.Kind() != types.Invalid
	case *types.Pointer:
		c, ok := t.code(typ.Elem())
		return jen.Op("*").Add(c), ok
	case *types.Slice:
		c, ok := t.code(typ.Elem())
		return jen.Index().Add(c), ok
	case *types.Array:
		c, ok := t.code(typ.Elem())
		return jen.Index(jen.Lit(int(typ.Len()))).Add(c), ok
	case *types.Map:
		k, ok := t.code(typ.Key())
		v, ok2 := t.code(typ.Elem())
		return jen.Map(k).Add(v), ok && ok2
	case *types.Chan:
		c, ok := t.code(typ.Elem())
		switch typ.Dir() {
		case types.SendOnly:
			return jen.Chan().Op("<-").Add(c), ok
		case types.RecvOnly:
			return jen.Op("<-").Chan().Add(c), ok
		}
		if elem, isChan := types.Unalias(typ.Elem()).(*types.Chan); isChan && elem.Dir() == types.RecvOnly {
			c = jen.Parens(c)
		}
		return jen.Chan().Add(c), ok
	case *types.Signature:
		if typ.TypeParams().Len() > 0 {
			return nil, false
		}
		list := func(vars *types.Tuple, variadic bool) (codes []jen.Code, ok bool) {
			for i := range vars.Len() {
				each, dots := vars.At(i).Type(), variadic && i == vars.Len()-1
				if dots {
					each = each.(*types.Slice).Elem()
				}
				c, ok := t.code(each)
				if !ok {
					return nil, false
				}
				if dots {
					c = jen.Op("...").Add(c)
				}
				codes = append(codes, c)
			}
			return codes, true
		}
		in, ok := list(typ.Params(), typ.Variadic())
		out, ok2 := list(typ.Results(), false)
		return jen.Func().Params(in...).Params(out...), ok && ok2
	case *types.Interface:
		return jen.Interface(), typ.NumMethods() == 0 && typ.NumEmbeddeds() == 0
	case *types.Struct:
		return jen.Struct(), typ.NumFields() == 0
	}
	return nil, false
}

func (t *typeShaper) name(obj *types.TypeName, args *types.TypeList) (jen.Code, bool) {
	c := jen.Id(obj.Name())
	if pkg := obj.Pkg(); pkg != nil {
		if pkg != t.own && !obj.Exported() {
			return nil, false
		}
		c = jen.Qual(pkg.Path(), obj.Name())
	}
	var list []jen.Code
	for i := range args.Len() {
		a, ok := t.code(args.At(i))
		if !ok {
			return nil, false
		}
		list = append(list, a)
	}
	if len(list) > 0 {
		c = c.Types(list...)
	}
	return c, true
}
