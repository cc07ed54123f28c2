package methods

import (
	"net/http"
	"testing"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/internal/call"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	mux := http.NewServeMux()
	ProtectAPI(issuer.Guard(), &API{}).RegisterRoutes(mux)
	kinds := map[string]authtest.TokenOption{
		"user": authtest.User("x"), "user-api": authtest.UserAPI("x"), "tenant-api": authtest.TenantAPI("x"), "user-access": authtest.UserAccess("x"),
		"tenant-access": authtest.TenantAccess("x"), "pat": authtest.PAT("x"), "service": authtest.Service("x"), "vendor": authtest.Vendor("x"),
	}
	for name, kind := range kinds {
		token := issuer.Token(kind)
		want := 200
		if name == "vendor" {
			want = 403
		}
		call.Expect(t, mux, "GET /anybody", token, want)
		for other := range kinds {
			want := 403
			if other == name {
				want = 200
			}
			if other != "user" {
				call.Expect(t, mux, "GET /"+other, token, want)
			}
		}
	}
	call.Expect(t, mux, "GET /anybody", "", 401)
}

func TestDemands(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	mux := http.NewServeMux()
	ProtectAPI(issuer.Guard(), &API{Greeting: "hello "}).RegisterRoutes(mux)
	may := authtest.Permissions("uploadFile")
	if got := call.Expect(t, mux, "POST /tenants/t1/files", issuer.Token(authtest.User("ada"), may, authtest.Tenant("t1")), 200); got != "hello ada" {
		t.Errorf("got %q", got)
	}
	call.Expect(t, mux, "POST /tenants/t2/files", issuer.Token(authtest.User("ada"), may, authtest.Tenant("t1")), 403)
	call.Expect(t, mux, "POST /tenants/t1/files", issuer.Token(authtest.User("ada"), authtest.Tenant("t1")), 403)
	call.Expect(t, mux, "POST /tenants/t1/files", issuer.Token(authtest.Service("ada"), may, authtest.Tenant("t1")), 403)
}

func TestClaims(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	mux := http.NewServeMux()
	ProtectAPI(issuer.Guard(), &API{}).RegisterRoutes(mux)
	token := issuer.Token(authtest.User("ada"), authtest.Claim("plan", "gold"))
	for range 2 { // the first request's change is not seen by the second
		if got := call.Expect(t, mux, "GET /plan", token, 200); got != "gold" {
			t.Errorf("got %q", got)
		}
	}
	call.Expect(t, mux, "GET /alias", token, 403)
	call.Expect(t, mux, "GET /alias", issuer.Token(authtest.User("ada"), authtest.Roles("admin")), 200)
	call.Expect(t, mux, "GET /plan", issuer.Token(authtest.User("ada"), authtest.Claim("plan", 7)), 401)
	if got := call.Expect(t, mux, "GET /own", "", 200); got != "nobody" {
		t.Errorf("got %q", got)
	}
	if got := call.Expect(t, mux, "GET /own", token, 200); got != "gold" {
		t.Errorf("got %q", got)
	}
	call.Expect(t, mux, "GET /own", token+"x", 401)
}

func TestReceivers(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard()
	awkward := ProtectAwkward(guard, Awkward{})
	derived := ProtectDerived(guard, Derived{})
	mixed := ProtectMixed(guard, &Mixed{})
	hidden := protectServer(guard, &server{})
	admin, plain := issuer.Token(authtest.User("ada"), authtest.Roles("admin")), issuer.Token(authtest.User("bob"))
	for name, h := range map[string]http.HandlerFunc{
		"value": ProtectValue(guard, Value{"hi"}).Get, "mixed get": mixed.Get, "mixed put": mixed.Put,
		"hidden": hidden.hidden, "ServeHTTP": hidden.ServeHTTP, "base": ProtectBase(guard, Derived{}.Base).Shared,
		"Protect": awkward.Protect, "Register": awkward.Register, "guard": awkward.guard, "awkward": awkward.awkward,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call.Expect(t, h, "GET /", admin, 200)
			call.Expect(t, h, "GET /", plain, 403)
			call.Expect(t, h, "GET /", "", 401)
		})
	}
	call.Expect(t, http.HandlerFunc(derived.Mine), "GET /", plain, 200)
	call.Expect(t, http.HandlerFunc(derived.Mine), "GET /", "", 401)
	var zero ProtectedAPI
	call.Expect(t, http.HandlerFunc(zero.Anybody), "GET /", admin, 503)
	call.Expect(t, http.HandlerFunc(ProtectAPI(nil, &API{}).Anybody), "GET /", admin, 503)
}
