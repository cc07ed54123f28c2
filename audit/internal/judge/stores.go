package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// What is filled while requests are served, such as a cache of tokens that were
// verified, proves of whoever is found in it what those have proved who were put there.
// That is known only at the end of a link, which may look first and fill then: where
// somebody fills it who has proved nothing, the link is run again, and finding somebody
// there proves nothing for sure.

// trust is what a run of a link has to do with such stores.
type trust struct {
	put, asked map[string]bool       // credentials that nobody has verified, as puts names them
	proven     map[token.Pos]bool    // where something was put, or a function called that does: always behind a proof
	within     map[token.Pos]bool    // of these, where the function around it has made that proof itself
	relied     map[types.Object]bool // in which a credential was found
	lost       map[string]bool       // of asked and relied, what earlier runs have shown to be filled by anybody
	never      map[types.Object]bool
	kept       map[*ast.FuncLit]bool // where others find them
}

func newTrust() *trust {
	t := &trust{lost: map[string]bool{}, never: map[types.Object]bool{}, kept: map[*ast.FuncLit]bool{}}
	t.begin()
	return t
}

func (t *trust) begin() {
	t.put, t.asked = map[string]bool{}, map[string]bool{}
	t.proven, t.within, t.relied = map[token.Pos]bool{}, map[token.Pos]bool{}, map[types.Object]bool{}
}

// fails says whether a run relied on what anybody fills, as was not known before.
func (t *trust) fails(j *Judge) bool {
	before := len(t.lost) + len(t.never)
	for name := range t.asked {
		if t.put[name] {
			t.lost[name] = true
		}
	}
	for obj := range t.relied {
		if j.isOpen(obj) || slices.ContainsFunc(j.fillsOf(obj), func(way []token.Pos) bool { return t.unproven(j, way) && !j.vouched(way) }) {
			t.never[obj] = true
		} else {
			j.relied[obj] = true
		}
	}
	if len(t.lost)+len(t.never) > before {
		return true
	}
	for at, proven := range t.proven {
		v, known := j.vouches[at]
		j.vouches[at] = vouch{proven: proven && (v.proven || !known), within: v.within || t.within[at]}
	}
	return false
}

// vouch is what the links that were read have shown of a place, as trust has it.
type vouch struct{ proven, within bool }

// vouched is the contrary of unproven for what other links have shown. What none of them
// has come to may be known later, see Settled.
func (j *Judge) vouched(way []token.Pos) bool {
	if slices.ContainsFunc(way, func(at token.Pos) bool { v := j.vouches[at]; return v.proven && (v.within || j.handedOver[at]) }) {
		return true
	}
	j.refused = append(j.refused, way)
	return false
}

// unproven says whether a way on which a store is filled may be taken without a proof:
// one of the functions on it has to prove it for whoever calls that, or to be called by
// who does alone.
func (t *trust) unproven(j *Judge, way []token.Pos) bool {
	return !slices.ContainsFunc(way, func(at token.Pos) bool { return t.proven[at] && (t.within[at] || j.handedOver[at]) })
}

// Settled reports whether all stores that chains relied on are still known as filled
// behind proofs alone, and all others as not. Otherwise what was judged is forgotten, to
// be judged again: a link that was read later fills one for anybody, or behind a proof.
func (j *Judge) Settled() bool {
	refused := j.refused
	j.refused = nil
	again := false
	for obj := range j.relied {
		again = again || j.isOpen(obj)
	}
	if j.rounds < maxJudged {
		again = again || slices.ContainsFunc(refused, j.vouched)
		j.refused = nil
	}
	if again {
		j.rounds++
		clear(j.relied)
		clear(j.runs)
		clear(j.links)
		clear(j.trails)
	}
	return !again
}

// maxJudged bounds how often chains are judged again since more is proven than was known.
const maxJudged = 3

// filled notes that something is put into a store under a key. Of is the store in the
// code, nil where it is none of the program's own.
func (x *exec) filled(fr *frame, st *state, at token.Pos, of ast.Expr, store string, keys []val) {
	t := x.trust
	if t == nil {
		return
	}
	visit := func(at token.Pos, in *frame) {
		always, known := t.proven[at]
		t.proven[at] = st.proof == sure && (always || !known)
		for o := in; o != nil; o = o.outer {
			t.within[at] = t.within[at] || !o.proven && !switched(o.sig)
			if t.kept[o.lit] { // others run it, for whom nothing is proven
				t.proven[at] = false
			}
		}
	}
	visit(at, fr)
	for f := fr; f != nil; f = f.caller {
		if f.at.IsValid() {
			visit(f.at, f.caller)
		}
	}
	if st.proof == sure {
		return
	}
	if obj := x.j.storeIn(fr.pkg.Info, of); obj != nil {
		x.j.open[obj] = true // whoever comes here is found there, under a key that he may be told
	}
	for _, key := range x.raw(st, keys) {
		t.put[store+"|"+key] = true
	}
}

// switched says whether a function may check some of its callers only: whether it is
// given more than a request, a context and one text, of which any may be what to check.
func switched(sig *types.Signature) bool {
	if sig == nil {
		return true
	}
	texts := 0
	for p := range sig.Params().Variables() {
		switch path, _ := named(p.Type()); path {
		case "context", "net/http", ginPath, echoPath:
			continue
		}
		if b, ok := p.Type().Underlying().(*types.Basic); !ok || b.Info()&types.IsString == 0 {
			return true
		}
		texts++
	}
	return texts > 1
}

// filledBy is filled for a call of a method of a store.
func (x *exec) filledBy(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) {
	if fn != nil && (fills(fn.Name()) || executes(fn, args)) {
		x.filled(fr, st, e.Pos(), x.j.storeOf(e, fn), storageOf(fn), args)
	}
}

// fills says whether a method of a name puts what it is given into a store.
func fills(name string) bool {
	return inserts(name) || speaks(name, "swap", "compute", "replace", "update")
}

// trusts says whether what is found in a store under a credential was put there behind
// a proof. Of is the store in the code, nil where it is none of the program's own.
func (x *exec) trusts(fr *frame, st *state, of ast.Expr, store string, keys []val) bool {
	t, ok := x.trust, true
	for _, key := range x.raw(st, keys) {
		if t == nil {
			continue
		}
		t.asked[store+"|"+key] = true
		ok = ok && !t.lost[store+"|"+key]
	}
	obj := x.j.storeIn(fr.pkg.Info, of)
	switch {
	case obj == nil:
	case t == nil:
		ok = ok && len(x.j.fillsOf(obj)) == 0
	default:
		t.relied[obj] = true
		ok = ok && !t.never[obj]
	}
	return ok
}

// trustsCall is trusts for a call that looks something up.
func (x *exec) trustsCall(fr *frame, st *state, e *ast.CallExpr, fn *types.Func, args []val) bool {
	if fn == nil {
		return true
	}
	of := x.j.storeOf(e, fn)
	if of != nil {
		if id := lastIdent(of); id != nil && negWords(id.Name) {
			return false
		}
	}
	return x.trusts(fr, st, of, storageOf(fn), args)
}
