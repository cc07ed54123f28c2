package judge

import (
	"go/ast"
	"go/constant"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// A verifier may be made with fields that leave out a part of what is verified:
// what it verifies was signed, and was perhaps for somebody else. What rests on
// such a proof holds only where the part is made up for.

// lapses are those fields, in the order in which they are told, with what passes.
var lapses = []struct{ field, passes string }{
	{"InsecureSkipSignatureCheck", "forged tokens"},
	{"SkipClientIDCheck", "tokens for other clients"},
	{"SkipIssuerCheck", "tokens of other issuers"},
	{"SkipExpiryCheck", "expired tokens"},
}

// lapsing says whether a function is of a package whose verifiers have such fields.
func lapsing(fn *types.Func) bool {
	return fn != nil && fn.Pkg() != nil && strings.HasPrefix(fn.Pkg().Path(), "github.com/coreos/go-oidc")
}

// lapse is what a value leaves out of what is verified with it, nil for nothing.
func (x *exec) lapse(st *state, v val, depth int) *sym {
	if depth > 3 {
		return nil
	}
	switch v := v.(type) {
	case *ptr:
		return x.lapse(st, x.loadPtr(st, v), depth+1)
	case *sym:
		// One that was made elsewhere may be the one that the module makes so.
		if _, name := named(v.typ); name == "IDTokenVerifier" && x.j.speaksOfField(lapses[0].field) {
			return lapseOf(func(field string) bool { return field == lapses[0].field })
		}
	case *list:
		for _, e := range v.elems {
			if s := x.lapse(st, e, depth+1); s != nil {
				return s
			}
		}
	case *strct:
		s := lapseOf(func(field string) bool {
			if f, ok := v.f[field]; ok {
				is, known := isTrue(f)
				return is || !known
			}
			return v.w != nil && lapsesIn(v.w, field)
		})
		for _, name := range sortedKeys(v.f) {
			if s == nil {
				s = x.lapse(st, v.f[name], depth+1)
			}
		}
		if s == nil && v.w != nil {
			s = lapseWiring(v.w, depth)
		}
		return s
	}
	return nil
}

// speaksOfField says whether code of the module may set a field of a name: by it, or in
// a literal, where the name is read as one of the package.
func (j *Judge) speaksOfField(name string) bool {
	return len(j.prog.Mentioning("", name)) > 0 || slices.ContainsFunc(j.prog.Packages, func(p *program.Package) bool {
		return len(j.prog.Mentioning(p.Path, name)) > 0
	})
}

// lapseWiring is lapse for a value of the wiring, or of what that was made.
func lapseWiring(v value.Value, depth int) *sym {
	if depth > 4 {
		return nil
	}
	switch v := value.Bare(v).(type) {
	case *value.Struct:
		s := lapseOf(func(field string) bool { return lapsesIn(v, field) })
		for _, name := range slices.Sorted(maps.Keys(v.Fields)) {
			if s == nil {
				s = lapseWiring(v.Fields[name].V, depth+1)
			}
		}
		return s
	case *value.Unknown:
		for _, f := range v.From {
			if s := lapseWiring(f, depth+1); s != nil {
				return s
			}
		}
	}
	return nil
}

// lapsesIn says whether a field of a struct is set, or may be.
func lapsesIn(s *value.Struct, field string) bool {
	c := s.Fields[field]
	return c != nil && c.V != nil && !isConstOf(c.V, false)
}

func lapseOf(set func(field string) bool) *sym {
	var fields, words []string
	for _, l := range lapses {
		if set(l.field) {
			fields, words = append(fields, l.field), append(words, l.passes+" pass, by "+l.field)
		}
	}
	if fields == nil {
		return nil
	}
	return &sym{key: "lapse:" + strings.Join(fields, ","), t: tSetting, text: strings.Join(words, "; "), lapse: strings.Join(fields, ",")}
}

// madeUp says whether a comparison makes up for what a verifier left out: that of
// the audience or the client of what it verified with one that the caller did not
// choose, where all that it left out was that.
func (s *state) madeUp(a, b val) bool {
	if !speaksOfClient(a) {
		a, b = b, a
	}
	n := needsOf(a)
	if n == nil || n.lapse != "SkipClientIDCheck" || !s.known.at("z:"+n.key) || !speaksOfClient(a) {
		return false
	}
	if k, ok := b.(*konst); ok {
		return k.v.Kind() == constant.String && !zeroConst(k.v)
	}
	return needsOf(b) != n && !fromCaller(taintOf(b))
}

func speaksOfClient(v val) bool {
	s, ok := v.(*sym)
	return ok && speaks(s.name, "audience", "aud", "azp", "party", "client", "cid")
}

// containsClient is whether a list holds a value, where that makes up for what a
// verifier left out; nil elsewhere.
func (x *exec) containsClient(fr *frame, st *state, e *ast.CallExpr, args []val) val {
	if len(args) != 2 || !slices.ContainsFunc(args, speaksOfClient) || !st.madeUp(args[0], args[1]) {
		return nil
	}
	return &sym{key: "contains:" + keyOf(args[0]) + "," + keyOf(args[1]), t: tVer, text: exprText(e), pos: e.Pos(), typ: fr.typeOf(e), onTrue: sure}
}
