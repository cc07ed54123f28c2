package conformance_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	authecho "github.com/authgen/authgen/adapters/echo"
	authgin "github.com/authgen/authgen/adapters/gin"
	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// claimsToSpoil are an application's claims with everything that can be changed
// in place.
type claimsToSpoil struct {
	Roles  []string        `json:"roles"`
	Custom map[string]any  `json:"customClaims"`
	Raw    json.RawMessage `json:"raw"`
	Nested *struct {
		List []string `json:"list"`
	} `json:"nested"`
}

// spoil tells the claims, and then changes them.
func (c *claimsToSpoil) spoil() string {
	text := fmt.Sprintf("%v %v %s %v", c.Roles, c.Custom, c.Raw, c.Nested.List)
	c.Roles[0] = "admin"
	c.Custom["plan"] = "gold"
	c.Custom["list"].([]any)[0] = "x"
	copy(c.Raw, "[9,9]")
	c.Nested.List[0] = "x"
	return text
}

// spoilIdentity tells an identity, and then changes what its accessors return.
func spoilIdentity(id *auth.Identity) string {
	custom := id.CustomClaims()
	claim, _ := id.Claim("roles")
	raw := id.RawClaims()
	roles, tenants, permissions, scopes := id.Roles(), id.Tenants(), id.Permissions(), id.Scopes()
	text := fmt.Sprint(roles, tenants, permissions, scopes, custom, claim, string(raw))
	for _, list := range [][]string{roles, tenants, permissions, scopes} {
		list[0] = "admin"
		_ = append(list[:0], "admin", "admin")
	}
	custom["plan"] = "gold"
	custom["list"].([]any)[0] = "x"
	claim.([]any)[0] = "admin"
	for i := range raw {
		raw[i] = ' '
	}
	if again := fmt.Sprint(id.Roles(), id.Tenants(), id.Permissions(), id.Scopes(), id.CustomClaims()); id.HasRole("admin") || again != fmt.Sprint(
		[]string{"user"}, []string{"t1"}, []string{"read"}, []string{"s"}, map[string]any{"plan": "free", "list": []any{json.Number("1")}}) {
		return "changed: " + again
	}
	return text
}

// TestClaimsAreEachRequestsOwn holds that what a handler does to its claims or
// identity is not seen by the next request with the same token.
func TestClaimsAreEachRequestsOwn(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	guard, rule := issuer.Guard(), protected()
	admin := protected(auth.Demands{Roles: []string{"admin"}})

	mux := http.NewServeMux()
	mux.HandleFunc("/claims", func(w http.ResponseWriter, r *http.Request) {
		if c, ok := nethttp.AllowClaims[claimsToSpoil](guard, rule, w, r); ok {
			_, _ = io.WriteString(w, c.spoil())
		}
	})
	mux.HandleFunc("/identity", func(w http.ResponseWriter, r *http.Request) {
		if id, ok := nethttp.AllowIdentity(guard, rule, w, r); ok {
			_, _ = io.WriteString(w, spoilIdentity(id))
		}
	})
	mux.Handle("/admin", nethttp.Handler(guard, admin, http.NotFoundHandler()))
	engine := gin.New()
	engine.GET("/claims", func(c *gin.Context) {
		if claims, ok := authgin.AllowClaims[claimsToSpoil](guard, rule, c); ok {
			c.String(200, claims.spoil())
		}
	})
	engine.GET("/identity", func(c *gin.Context) {
		if id, ok := authgin.AllowIdentity(guard, rule, c); ok {
			c.String(200, spoilIdentity(id))
		}
	})
	engine.GET("/admin", authgin.Handler(guard, admin, func(*gin.Context) {}))
	e := newEcho()
	e.GET("/claims", func(c echo.Context) error {
		claims, err := authecho.AllowClaims[claimsToSpoil](guard, rule, c)
		if err != nil {
			return err
		}
		return c.String(200, claims.spoil())
	})
	e.GET("/identity", func(c echo.Context) error {
		id, err := authecho.AllowIdentity(guard, rule, c)
		if err != nil {
			return err
		}
		return c.String(200, spoilIdentity(id))
	})
	e.GET("/admin", authecho.Handler(guard, admin, func(echo.Context) error { return nil }))

	token := issuer.Token(authtest.User("u1"), authtest.Roles("user"), authtest.Tenants("t1"), authtest.Permissions("read"), authtest.Scopes("s"),
		authtest.Claim("customClaims", map[string]any{"plan": "free", "list": []int{1}}), authtest.Claim("raw", []int{1, 2}),
		authtest.Claim("nested", map[string]any{"list": []string{"a"}}))
	a := &app{trail: new(trail)}
	for _, to := range []target{one(t, "nethttp", a, mux), one(t, "gin", a, engine), one(t, "echo", a, e)} {
		const want = "[user] map[list:[1] plan:free] [1,2] [a]"
		var first string
		for i := range 3 {
			if got := to.send(t, get("/claims").bearer(token)); got.body != want {
				t.Errorf("%s: claims %q, want %q", to.name, got.body, want)
			}
			got := to.send(t, get("/identity").bearer(token))
			if i == 0 {
				first = got.body
			}
			if got.status != 200 || got.body != first || len(got.body) < 100 {
				t.Errorf("%s: identity %d %q, want %q", to.name, got.status, got.body, first)
			}
			if got := to.send(t, get("/admin").bearer(token)); got.status != 403 {
				t.Errorf("%s: admin: %d", to.name, got.status)
			}
		}
	}
}

// TestRequestsApart holds that no request gets the identity of another, at the
// same time or on a context that the framework uses again.
func TestRequestsApart(t *testing.T) {
	t.Parallel()
	issuer, _ := newIssuer(t)
	public := &auth.Rule{Handler: "test", Access: auth.Public}
	for _, to := range serve(t, app{guard: issuer.Guard(), routes: []route{
		{"GET", "/tenants/{id}", protected(auth.Demands{Tenant: "id"}), formContext}, {"GET", "/typed/{id}", protected(auth.Demands{Tenant: "id"}), formUser},
		{"GET", "/public", public, formContext}, {"GET", "/optional", &auth.Rule{Handler: "test", Access: auth.Optional}, formContext},
	}}) {
		var wait sync.WaitGroup
		for i := range 8 {
			name := fmt.Sprint(i)
			token := issuer.Token(authtest.User("u"+name), authtest.Tenant("t"+name))
			wait.Go(func() {
				for range 10 {
					for _, c := range []struct {
						r    request
						want string
					}{
						{get("/tenants/t" + name).bearer(token), "user u" + name}, {get("/typed/t" + name).bearer(token), "user u" + name},
						{get("/optional").bearer(token), "user u" + name}, {get("/optional"), "nobody"},
						{get("/public").bearer(token), "nobody"}, {get("/public"), "nobody"},
						{get("/tenants/t" + name + "0").bearer(token), denied[403]}, {get("/tenants/t" + name), denied[401]},
					} {
						if got, err := to.exchange(t.Context(), c.r); err != nil || got.body != c.want {
							t.Errorf("%s: %s: %q, want %q (%v)", to.name, c.r.path, got.body, c.want, err)
						}
					}
				}
			})
		}
		wait.Wait()
	}
}
