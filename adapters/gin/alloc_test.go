package authgin_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	authgin "github.com/authgen/authgen/adapters/gin"
	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// TestAllocations holds that admitting allocates nothing, beside what the guard
// needs for a token.
func TestAllocations(t *testing.T) { // not parallel, for AllocsPerRun
	gin.SetMode(gin.ReleaseMode)
	issuer := authtest.New(t)
	guard := issuer.Guard()
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
	for name, rule := range map[string]*auth.Rule{"public": {Access: auth.Public}, "optional": {Access: auth.Optional}} {
		for form, call := range map[string]func(){
			"Allow":         func() { authgin.Allow(guard, rule, c) },
			"AllowIdentity": func() { authgin.AllowIdentity(guard, rule, c) },
			"AllowAs":       func() { authgin.AllowAs[auth.User](guard, rule, c) },
			"AllowClaims":   func() { authgin.AllowClaims[struct{ Sub string }](guard, rule, c) },
			"Enclose":       func() { authgin.Enclose(guard, rule, c) },
		} {
			if n := testing.AllocsPerRun(100, call); n != 0 {
				t.Errorf("%s of a rule that is %s: %v allocations", form, name, n)
			}
		}
	}

	rule := &auth.Rule{Handler: "test", Access: auth.Restricted, All: []auth.Demands{{Tenant: "id"}}}
	c.AddParam("id", "t1")
	c.Request.Header.Set("Authorization", "Bearer "+issuer.Token(authtest.User("u1"), authtest.Tenant("t1")))
	base := testing.AllocsPerRun(100, func() { guard.Admit(c.Request, c, rule) })
	for form, call := range map[string]func() bool{
		"AllowIdentity": func() bool { _, ok := authgin.AllowIdentity(guard, rule, c); return ok },
		"AllowAs":       func() bool { _, ok := authgin.AllowAs[auth.User](guard, rule, c); return ok },
	} {
		if !call() {
			t.Fatalf("%s denies", form)
		}
		if n := testing.AllocsPerRun(100, func() { call() }); n > base {
			t.Errorf("%s: %v allocations, %v of them the guard's", form, n, base)
		}
	}
}

// TestNoRequest holds that a context without a request, as tests of others make
// them, denies and does not panic.
func TestNoRequest(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(w)
	rule := &auth.Rule{Access: auth.Public}
	if authgin.Allow(authtest.New(t).Guard(), rule, c) || w.Code != http.StatusServiceUnavailable || !c.IsAborted() {
		t.Errorf("%d, aborted: %v", w.Code, c.IsAborted())
	}
	if id, ok := authgin.From(c); ok || id != nil {
		t.Errorf("an identity from nowhere: %v", id)
	}
}
