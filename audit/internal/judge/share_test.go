package judge

import (
	"go/constant"
	"go/types"
	"testing"

	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// TestLinkKey: links that a program makes anew for each route are judged once, where
// they do the same for good.
func TestLinkKey(t *testing.T) {
	t.Parallel()
	p, _ := linksOf(t, `package guards

import "net/http"

type guard struct {
	next http.Handler
	role string
}

func (g *guard) serve(w http.ResponseWriter, r *http.Request) { g.next.ServeHTTP(w, r) }

type counter struct {
	next http.Handler
	n    int
}

func (c *counter) serve(w http.ResponseWriter, r *http.Request) {
	c.n++
	c.next.ServeHTTP(w, r)
}
`)
	j := New(p)
	scope := p.Packages[0].Types.Scope()
	key := func(typ, field string, v value.Value) string {
		next := &value.Func{Name: "h"}
		s := &value.Struct{Type: scope.Lookup(typ).Type(), Fields: map[string]*value.Cell{"next": {V: next}, field: {V: v}}}
		return j.linkKey(&wiring.Link{Framework: wiring.NetHTTP, Func: &value.Ref{To: &value.Cell{V: s}}, Next: []value.Value{next}})
	}
	role := func(s string) value.Value {
		return &value.Const{Val: constant.MakeString(s), Type: types.Typ[types.String]}
	}
	n := &value.Const{Val: constant.MakeInt64(0), Type: types.Typ[types.Int]}
	if a, b := key("guard", "role", role("user")), key("guard", "role", role("user")); a != b {
		t.Errorf("two guards that hold the same: %s, %s", a, b)
	}
	if key("guard", "role", role("user")) == key("guard", "role", role("admin")) {
		t.Error("guards of two roles are one")
	}
	if a, b := key("counter", "n", n), key("counter", "n", n); a == b {
		t.Error("two counters are one, although each counts")
	}
}
