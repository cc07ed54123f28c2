package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// A proof that rests on a setting which the code lets be empty, such as a key
// from the environment that nothing looks at, holds where that is set.

// needsOf is the setting that what a value proves rests on.
func needsOf(v val) *sym {
	switch v := v.(type) {
	case *sym:
		return v.needs
	case *strct:
		if v.sym != nil && v.sym.needs != nil {
			return v.sym.needs
		}
		for _, n := range sortedKeys(v.f) {
			if s := needsOf(v.f[n]); s != nil {
				return s
			}
		}
	}
	return nil
}

// emptyText says in words that a setting is empty.
func emptyText(s *sym) string {
	if s.lapse != "" {
		return s.text
	}
	if s.lacks && s.begins {
		return "the key is what everybody can read unless another is set: " + s.text
	}
	if s.lacks {
		return "the key is a setting that may be empty: " + s.text
	}
	return keptText(s) + " is empty"
}

// emptyKey says whether a way was taken with a key that is empty.
func (s *state) emptyKey() bool {
	return slices.ContainsFunc(s.facts, func(f fact) bool { return f.lacks && f.is })
}

// partly notes of what the standard library makes of a setting that the code
// lets be empty that it is one too, or known but for that.
func (x *exec) partly(s *sym, fn *types.Func, r rule, args []val) {
	if fn == nil || s.typ == nil || !holdsText(s.typ) && !r.digest {
		return
	}
	var arg *sym
	if len(args) > 0 {
		arg, _ = args[0].(*sym)
	}
	switch path, name := lastElem(fn.Pkg().Path()), fn.Name(); {
	case r.digest:
		s.rest = partlyKnown(args[0])
	case arg != nil && arg.lacks && (strings.HasPrefix(name, "Trim") || name == "ToLower" || name == "ToUpper" || name == "DecodeString" || name == "Clone"):
		s.lacks, s.text = true, arg.text // of nothing they make nothing
	case path == "fmt" || path == "hex" || path == "base64" || path == "strings":
		s.rest = restOf(args...)
	}
}

// proves splits a way on which something is proved by whether what the proof
// needs is there.
func (s *state) proves(l level, needs *sym, e Evidence) []*state {
	if l == none || needs == nil || s.holds(needs) {
		s.prove(l, e)
		return []*state{s}
	}
	if s.known.at("z:" + needs.key) {
		return []*state{s}
	}
	empty := s.clone()
	empty.decide(fact{key: "z:" + needs.key, is: true, text: emptyText(needs), plain: true, lacks: needs.lacks, pos: e.Pos})
	s.decide(fact{key: "z:" + needs.key, is: false, text: emptyText(needs), fails: true, plain: true, pos: e.Pos})
	s.prove(l, e)
	return []*state{s, empty}
}

func readsEnvironment(fn *types.Func) bool {
	return fn.FullName() == "os.Getenv" || fn.FullName() == "os.LookupEnv"
}

// restOfText is restOf for a string that the wiring put together.
func (x *exec) restOfText(t *value.Text, id string, pos token.Pos) *sym {
	var parts []val
	for i, p := range t.Parts {
		if p.Symbol == "" {
			continue
		}
		if p.Of == nil {
			return nil
		}
		parts = append(parts, x.convert(p.Of, "", id+"+"+itoa(i), pos))
	}
	return restOf(parts...)
}

// environment is the value of a variable of the environment.
func (x *exec) environment(name val, text string, pos token.Pos) *sym {
	s := &sym{key: "env:" + keyOf(name), t: tSetting, typ: types.Typ[types.String], text: text, pos: pos}
	n, _ := str(name)
	s.name = n
	s.lacks = !x.j.looksAt(n, pos)
	return s
}

// lackingOf is the setting that the code lets be empty and that a value, or all
// of it that is not known, consists of.
func lackingOf(st *state, v val) *sym {
	s, ok := v.(*sym)
	if !ok {
		return nil
	}
	if s.rest != nil {
		s = s.rest
	}
	if st.holds(s) {
		return nil
	}
	for _, e := range s.elems {
		if l := lackingOf(st, e); l != nil {
			return l
		}
	}
	if !s.lacks {
		return nil
	}
	return s
}

// partlyKnown is the setting that is all that is not known of a value which is
// more than that setting, or the value itself where the code says what it is
// unless it is set.
func partlyKnown(v val) *sym {
	s, ok := v.(*sym)
	switch {
	case !ok:
		return nil
	case s.begins:
		return s
	}
	return s.rest
}

// keyArg says whether an argument of a function that verifies may be its key, by
// what the function calls the parameter.
func keyArg(sig *types.Signature, name string, i int) bool {
	words := split(name)
	if sig != nil && sig.Params().Len() > 0 {
		words = append(words, split(sig.Params().At(min(max(i, 0), sig.Params().Len()-1)).Name())...)
	}
	return !has(words, "issuer", "iss", "audience", "aud", "subject", "sub", "client", "realm", "domain", "host", "url", "uri", "addr", "address", "endpoint",
		"alg", "algorithm", "method", "kid", "id", "name", "user", "username", "scope", "leeway", "prefix", "scheme", "header", "path", "file", "type")
}

// restOf is the setting that the code lets be empty and that is all which is
// not known of what is put together from values, nil where there is more.
func restOf(of ...val) *sym {
	var rest *sym
	for _, v := range of {
		switch v := v.(type) {
		case *konst:
		case *sym:
			s := v
			if v.rest != nil {
				s = v.rest
			}
			if !s.lacks {
				return nil
			}
			rest = s
		default:
			return nil
		}
	}
	return rest
}

// settings reads what the module does with variables of the environment: the
// code that speaks of them or of what they are put into, of packages that are
// read anyway, and one more package.
func newSettings() *settings {
	return &settings{
		done: map[string]bool{}, into: map[token.Pos]string{}, from: map[string]string{}, names: map[string][]string{},
		tested: map[string]bool{}, env: map[string]bool{}, empty: map[string]string{}, at: map[token.Pos]string{},
		split: map[string]string{}, begins: map[string]beginning{}, against: map[string][]string{},
	}
}

func (j *Judge) settings(path string) *settings {
	s := j.env
	if s == nil {
		s = newSettings()
		j.env = s
		var code []settingsPart
		seen := map[*program.Part]bool{}
		add := func(parts []*program.Part) {
			for _, p := range parts {
				if !seen[p] {
					seen[p] = true
					j.prog.Check(p)
					code = append(code, settingsPart{p.Package.Info, p.Decl})
				}
			}
		}
		read := func(from int) {
			for _, p := range code[from:] {
				s.read(p)
			}
		}
		for _, f := range [][2]string{{"os", "Getenv"}, {"os", "LookupEnv"}, {"flag", "String"}, {"flag", "StringVar"}} {
			add(j.prog.Mentioning(f[0], f[1]))
		}
		read(0)
		n := len(code)
		for _, v := range append(sortedKeys(s.from), sortedKeys(s.begins)...) {
			if pkg, name, ok := strings.Cut(v, "#"); ok && pkg != "" {
				add(slices.DeleteFunc(j.prog.Mentioning("", name), func(p *program.Part) bool { return !j.prog.Reaches(p.Package.Path, pkg) }))
			} else if i := strings.LastIndexByte(v, '.'); i >= 0 {
				add(j.prog.Mentioning(v[:i], v[i+1:]))
			}
		}
		read(n)
		for _, p := range code {
			(&settingsWalk{s: s, info: p.info}).members(p.code)
		}
		for _, pkg := range j.prog.Packages {
			s.done[pkg.Path] = true
		}
	}
	if path != "" && !s.done[path] && j.prog.Own(path) {
		s.done[path] = true
		if pkg := j.prog.Read(path); pkg != nil {
			j.prog.Complete(pkg)
			for _, f := range pkg.Files {
				s.read(settingsPart{pkg.Info, f})
				(&settingsWalk{s: s, info: pkg.Info}).members(f)
			}
		}
	}
	return s
}

// lookedAt says whether the code looks whether a variable of the environment, or
// what its value is put into, is empty.
func (s *settings) lookedAt(name string, pos token.Pos) bool {
	if s.env[name] {
		return true
	}
	if to := s.into[pos]; to != "" && s.tested[to] {
		return true
	}
	for _, to := range s.names[name] {
		if s.tested[to] {
			return true
		}
	}
	return false
}

func (j *Judge) looksAt(name string, pos token.Pos) bool {
	return j.settings("").lookedAt(name, pos)
}

// lacking are the words of the setting that a variable of a package begins as
// when it is one that the code lets be empty, "" for others. begins says of one
// that it begins as what the code says.
func (j *Judge) lacking(obj *types.Var) (why string, begins bool) {
	if !holdsText(obj.Type()) && !isTextPointer(obj.Type()) || obj.Pkg() == nil || !j.prog.Own(obj.Pkg().Path()) {
		return "", false
	}
	if why, begins = j.settings(obj.Pkg().Path()).lacking(called(obj)); why == "" && packageVar(obj) {
		why = j.emptied(obj)
	}
	return why, begins
}

// lackingAt is the same for the field that is declared at a place.
func (j *Judge) lackingAt(pos token.Pos) (why string, begins bool) {
	s := j.settings("")
	return s.lacking(s.at[pos])
}

func (s *settings) lacking(v string) (why string, begins bool) {
	if d := s.begins[v]; v != "" && d.value != "" && !slices.Contains(s.against[v], d.value) {
		return d.text, true
	}
	if v == "" || s.tested[v] || s.from[v] == "" {
		return "", false
	}
	for pos, to := range s.into {
		if to == v && s.lookedAt("", pos) {
			return "", false
		}
	}
	for name, to := range s.names {
		if slices.Contains(to, v) && s.lookedAt(name, token.NoPos) {
			return "", false
		}
	}
	return s.from[v], false
}

// initText is the text that a variable of bytes holds for good, nil where
// something may change it or where it begins as nothing that the code says. What
// a string begins with, the linker may set.
func (j *Judge) initText(obj *types.Var) val {
	if isText(obj.Type()) || !holdsText(obj.Type()) || obj.Pkg() == nil || !j.prog.Own(obj.Pkg().Path()) || j.mutable(obj) {
		return nil
	}
	j.indexInits()
	call, ok := j.initFuncs[obj].(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil
	}
	info := j.initPkgs[obj].Info
	if c := constString(info.Types[call.Args[0]].Value); info.Types[call.Fun].IsType() && c != "" && c != "\x00" {
		return stringVal(c)
	}
	return nil
}
