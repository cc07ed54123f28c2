package nethttp_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// TestAllocations holds that admitting allocates nothing, beside what the guard
// needs for a token.
func TestAllocations(t *testing.T) { // not parallel, for AllocsPerRun
	issuer := authtest.New(t)
	guard := issuer.Guard()
	w := httptest.NewRecorder()
	plain := httptest.NewRequest(http.MethodGet, "/", nil)
	for name, rule := range map[string]*auth.Rule{"public": {Access: auth.Public}, "optional": {Access: auth.Optional}} {
		for form, call := range map[string]func(){
			"Allow":         func() { nethttp.Allow(guard, rule, w, plain) },
			"AllowIdentity": func() { nethttp.AllowIdentity(guard, rule, w, plain) },
			"AllowAs":       func() { nethttp.AllowAs[auth.User](guard, rule, w, plain) },
			"AllowClaims":   func() { nethttp.AllowClaims[struct{ Sub string }](guard, rule, w, plain) },
		} {
			if n := testing.AllocsPerRun(100, call); n != 0 {
				t.Errorf("%s of a rule that is %s: %v allocations", form, name, n)
			}
		}
	}

	rule := &auth.Rule{Handler: "test", Access: auth.Restricted, All: []auth.Demands{{Tenant: "id"}}}
	signed := plain.Clone(t.Context())
	signed.SetPathValue("id", "t1")
	signed.Header.Set("Authorization", "Bearer "+issuer.Token(authtest.User("u1"), authtest.Tenant("t1")))
	params := values{signed}
	base := testing.AllocsPerRun(100, func() { guard.Admit(signed, params, rule) })
	for form, call := range map[string]func() bool{
		"AllowIdentity": func() bool { _, ok := nethttp.AllowIdentity(guard, rule, w, signed); return ok },
		"AllowAs":       func() bool { _, ok := nethttp.AllowAs[auth.User](guard, rule, w, signed); return ok },
	} {
		if !call() {
			t.Fatalf("%s denies", form)
		}
		if n := testing.AllocsPerRun(100, func() { call() }); n > base {
			t.Errorf("%s: %v allocations, %v of them the guard's", form, n, base)
		}
	}
}

// values is what a guard takes as parameters, without an allocation for each
// call: the pointer is all it holds.
type values struct{ r *http.Request }

func (v values) Param(name string) string { return v.r.PathValue(name) }
