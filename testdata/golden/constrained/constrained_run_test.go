package constrained

import (
	"net/http"
	"testing"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/internal/call"
)

func TestConstrained(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard()
	mux := http.NewServeMux()
	api := ProtectAPI(guard, API{})
	api.RegisterRoutes(mux)
	api.RegisterRoutesTest(mux)
	Protect(guard).RegisterRoutesTest(mux)
	mux.HandleFunc("/variant", Protect(guard).Variant)
	admin, plain := issuer.Token(authtest.User("ada"), authtest.Roles("admin")), issuer.Token(authtest.User("bob"))
	for _, path := range []string{"/everywhere", "/in-test", "/method-in-test", "/variant"} {
		call.Expect(t, mux, "GET "+path, admin, 200)
		call.Expect(t, mux, "GET "+path, plain, 403)
		call.Expect(t, mux, "GET "+path, "", 401)
	}
}
