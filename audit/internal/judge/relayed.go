package judge

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// A link may ask another server who calls, with the credential of the caller. What the
// answer proves is for that server to say: one that verifies tokens says 401 to others,
// one that introspects them says 200 to all.

// relayed is the variable that holds, on a way, what a request of the code's own brings
// of the caller's.
func (x *exec) relayed() *cell {
	c := x.cell("relayed")
	c.lasting = true
	return c
}

// relays notes that a value goes into a request that may be one of the code's own, where
// says as its address.
func (x *exec) relays(st *state, v val, where bool) {
	t := taintOf(v)
	if where && fromCaller(t) {
		st.mem.set(x.relayed(), boolVal(false)) // the caller may choose who is asked
	} else if _, known := st.mem.get(x.relayed()); !known && t&tCred != 0 {
		st.mem.set(x.relayed(), boolVal(true))
	}
}

// asks is a call of a function of net/http by which the code sends a request of its own.
func (x *exec) asks(fr *frame, st *state, e *ast.CallExpr, key string, fn *types.Func, args []val) ([]ev, bool) {
	switch key {
	case "net/http.NewRequest", "net/http.NewRequestWithContext":
		url := len(args) - 2
		for i, a := range args {
			if i >= url-1 {
				x.relays(st, a, i == url)
			}
		}
		return nil, false
	case "net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm", "net/http.Client.Get", "net/http.Client.Head", "net/http.Client.Post", "net/http.Client.PostForm":
		for i, a := range args {
			x.relays(st, a, i == 0)
		}
	case "net/http.Client.Do", "net/http.RoundTripper.RoundTrip", "net/http.Transport.RoundTrip":
	default:
		return nil, false
	}
	v, _ := st.mem.get(x.relayed())
	if is, _ := isTrue(v); !is {
		return nil, false
	}
	site := x.id("answer:" + fr.site(e.Pos()))
	text := exprText(e)
	res := &sym{key: site, t: tVer | tSaid, onTrue: claimed, typ: fn.Signature().Results().At(0).Type(), text: text, pos: e.Pos()}
	return one(st, tuple{res, &sym{key: site + "!", t: tIdent, typ: types.Universe.Lookup("error").Type(), text: text, pos: e.Pos()}}), true
}

// status splits by whether the status of such an answer is in an order to a number: one
// below that is the way on.
func (x *exec) status(st *state, s *sym, op token.Token, k *konst, who bool, text string, pos token.Pos) (yes, no []*state, ok bool) {
	if s.name != "StatusCode" || s.t&tSaid == 0 || s.onTrue == none || constant.Compare(k.v, token.LSS, constant.MakeInt64(200)) {
		return nil, nil, false
	}
	key := func(op token.Token) string { return "o:" + s.key + op.String() + k.v.ExactString() }
	switch op {
	case token.LSS, token.LEQ:
		yes, no = x.either(st, key(op), who, text, pos, s.onTrue)
	case token.GEQ:
		no, yes = x.either(st, key(token.LSS), who, (fact{text: text, fails: true}).words(), pos, s.onTrue)
	case token.GTR:
		no, yes = x.either(st, key(token.LEQ), who, (fact{text: text, fails: true}).words(), pos, s.onTrue)
	}
	return yes, no, true
}
