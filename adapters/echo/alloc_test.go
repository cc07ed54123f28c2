package authecho_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/labstack/echo/v4"

	authecho "github.com/authgen/authgen/adapters/echo"
	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// TestAllocations holds that admitting allocates nothing, beside what the guard
// needs for a token.
func TestAllocations(t *testing.T) { // not parallel, for AllocsPerRun
	issuer := authtest.New(t)
	guard := issuer.Guard()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	c := echo.New().NewContext(r, httptest.NewRecorder())
	for name, rule := range map[string]*auth.Rule{"public": {Access: auth.Public}, "optional": {Access: auth.Optional}} {
		enclosed := authecho.Enclose(guard, rule, func(echo.Context) error { return nil })
		for form, call := range map[string]func(){
			"Allow":         func() { _ = authecho.Allow(guard, rule, c) },
			"AllowIdentity": func() { _, _ = authecho.AllowIdentity(guard, rule, c) },
			"AllowAs":       func() { _, _ = authecho.AllowAs[auth.User](guard, rule, c) },
			"AllowClaims":   func() { _, _ = authecho.AllowClaims[struct{ Sub string }](guard, rule, c) },
			"Enclose":       func() { _ = enclosed(c) },
		} {
			if n := testing.AllocsPerRun(100, call); n != 0 {
				t.Errorf("%s of a rule that is %s: %v allocations", form, name, n)
			}
		}
	}

	rule := &auth.Rule{Handler: "test", Access: auth.Restricted, All: []auth.Demands{{Tenant: "id"}}}
	c.SetParamNames("id")
	c.SetParamValues("t1")
	r.Header.Set("Authorization", "Bearer "+issuer.Token(authtest.User("u1"), authtest.Tenant("t1")))
	base := testing.AllocsPerRun(100, func() { guard.Admit(r, c, rule) })
	for form, call := range map[string]func() error{
		"AllowIdentity": func() error { _, err := authecho.AllowIdentity(guard, rule, c); return err },
		"AllowAs":       func() error { _, err := authecho.AllowAs[auth.User](guard, rule, c); return err },
	} {
		if err := call(); err != nil {
			t.Fatalf("%s denies: %v", form, err)
		}
		if n := testing.AllocsPerRun(100, func() { _ = call() }); n > base {
			t.Errorf("%s: %v allocations, %v of them the guard's", form, n, base)
		}
	}
}

// TestAny holds that Any registers the methods that echo's own does.
func TestAny(t *testing.T) {
	t.Parallel()
	h := func(echo.Context) error { return nil }
	methods := func(register func(*echo.Echo)) []string {
		e := echo.New()
		register(e)
		var all []string
		for _, route := range e.Routes() {
			all = append(all, route.Method)
		}
		slices.Sort(all)
		return all
	}
	got := methods(func(e *echo.Echo) { authecho.Any(e, "/x", h) })
	want := methods(func(e *echo.Echo) { e.Any("/x", h) })
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// Groups are routers too.
	if got := methods(func(e *echo.Echo) { authecho.Any(e.Group("/g"), "/x", h) }); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestNoRequest holds that a context without a request denies and does not
// panic.
func TestNoRequest(t *testing.T) {
	t.Parallel()
	c := echo.New().NewContext(nil, httptest.NewRecorder())
	if err := authecho.Allow(authtest.New(t).Guard(), &auth.Rule{Access: auth.Public}, c); err == nil {
		t.Error("admitted")
	}
	if id, ok := authecho.From(c); ok || id != nil {
		t.Errorf("an identity from nowhere: %v", id)
	}
}
