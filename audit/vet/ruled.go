package vet

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/authgen/authgen/annotations"
	"github.com/authgen/authgen/audit/internal/routers"
)

const runtimePath = "github.com/authgen/authgen/runtime"

// ruled is the fact that a function, method or variable is a handler with a rule
// that somebody has to enforce.
type ruled struct {
	Text        string // the rule, as doc comments state it
	Name        string // within its package: API.Upload
	Twin        string // name of the generated type
	Constructor string
}

func (*ruled) AFact() {}

func (r *ruled) String() string { return "ruled(" + r.Text + ")" }

// exportRules notes the handlers of the package that have a rule, as the
// generator sees them.
func exportRules(pass *analysis.Pass) error {
	type source struct {
		file  *ast.File
		notes *annotations.File
	}
	var sources []source
	mentioned := false
	for _, f := range pass.Files {
		if isGenerated(f) {
			continue
		}
		s := source{f, &annotations.File{}}
		if hasDirective(f) {
			src, err := pass.ReadFile(fileName(pass, f))
			if err != nil {
				return err
			}
			s.notes, mentioned = annotations.ParseFile(pass.Fset, f, src), true
		}
		sources = append(sources, s)
	}
	if !mentioned {
		return nil
	}
	var ofPackage []annotations.Rule
	ofType := map[string][]annotations.Rule{}
	for _, s := range sources {
		if s.notes.Package != nil {
			ofPackage = append(ofPackage, s.notes.Package.Rule)
		}
		for node, a := range s.notes.Decls {
			if t, ok := node.(*ast.TypeSpec); ok {
				ofType[t.Name.Name] = append(ofType[t.Name.Name], a.Rule)
			}
		}
	}
	export := func(obj types.Object, recv string, note *annotations.Annotation, defaults []annotations.Rule) {
		name := obj.Name()
		if recv != "" {
			name = recv + "." + name
		}
		if text := effective(note, defaults); text != "" {
			pass.ExportObjectFact(obj, &ruled{Text: text, Name: name, Twin: annotations.TwinType(recv), Constructor: annotations.TwinConstructor(recv)})
		}
	}
	for _, s := range sources {
		test := isTest(pass, s.file)
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				fn, ok := pass.TypesInfo.Defs[d.Name].(*types.Func)
				if !ok {
					continue
				}
				recv, generic := receiverName(fn)
				note := s.notes.Decls[d]
				defaults := ofType[recv]
				if !test || strings.HasSuffix(pass.Pkg.Name(), "_test") {
					defaults = append(defaults[:len(defaults):len(defaults)], ofPackage...)
				}
				if !generic && (note != nil || isHandlerByDefault(fn.Signature())) {
					export(fn, recv, note, defaults)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					v, ok := spec.(*ast.ValueSpec)
					if note := s.notes.Decls[spec]; ok && note != nil {
						obj := pass.TypesInfo.Defs[v.Names[0]]
						if obj == nil { // the blank name
							continue
						}
						if framework, _ := routers.Handler(obj.Type()); framework != "" { // and no Area
							export(obj, "", note, ofPackage)
						}
					}
				}
			}
		}
	}
	return nil
}

// hasDirective reports whether a comment of the file begins as directives do.
func hasDirective(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//auth:") {
				return true
			}
		}
	}
	return false
}

// effective returns the rule of a handler as text, "" when it has none or when
// nothing is lost without its guard.
func effective(note *annotations.Annotation, defaults []annotations.Rule) string {
	var stated []annotations.Rule
	if note != nil {
		switch note.Rule.Access {
		case annotations.Public:
			if note.Audit == nil {
				return ""
			}
			return note.Rule.String() + ", audit=" + note.Audit.Name
		case annotations.Optional:
			return note.Rule.String()
		}
		stated = append(stated, note.Rule)
		if note.Replace {
			defaults = nil
		}
	}
	var all []string
	seen := map[string]bool{}
	for _, r := range append(stated, defaults...) {
		for _, d := range r.Directives() {
			if !seen[d] {
				seen[d] = true
				all = append(all, d)
			}
		}
	}
	return strings.Join(all, ", ")
}

// receiverName returns the name of the type that a method is declared on, ""
// for functions, and whether it or the function is generic.
func receiverName(fn *types.Func) (name string, generic bool) {
	sig := fn.Signature()
	if sig.Recv() == nil {
		return "", sig.TypeParams().Len() > 0
	}
	if n := namedOf(sig.Recv().Type()); n != nil {
		return n.Obj().Name(), n.TypeParams().Len() > 0
	}
	return "", false
}

// namedOf returns the named type that t is or points to, nil for others.
func namedOf(t types.Type) *types.Named {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	return n
}

// isHandlerByDefault reports whether a function is a handler also without a
// directive of its own: it has a framework's shape, or that and one of the
// runtime's identities as its last parameter.
func isHandlerByDefault(sig *types.Signature) bool {
	if framework, _ := routers.Handler(sig); framework != "" {
		return true
	}
	if framework, _ := routers.Handler(withoutLast(sig)); framework == "" {
		return false
	}
	last := sig.Params().At(sig.Params().Len() - 1).Type()
	n := namedOf(last)
	_, pointer := types.Unalias(last).(*types.Pointer)
	return pointer && n != nil && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == runtimePath
}

// withoutLast returns a function's type without its last parameter.
func withoutLast(t types.Type) types.Type {
	sig, ok := t.(*types.Signature)
	if !ok || sig.Variadic() || sig.Params().Len() < 2 {
		return types.Typ[types.Invalid]
	}
	var params []*types.Var
	for i := range sig.Params().Len() - 1 {
		params = append(params, sig.Params().At(i))
	}
	return types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), sig.Results(), false)
}
