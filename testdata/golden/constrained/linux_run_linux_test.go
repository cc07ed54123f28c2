package constrained

import (
	"net/http"
	"testing"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/internal/call"
)

func TestLinux(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard()
	mux := http.NewServeMux()
	ProtectAPI(guard, API{}).RegisterRoutesLinux(mux)
	ProtectOnly(guard, Only{}).RegisterRoutes(mux)
	admin := issuer.Token(authtest.User("ada"), authtest.Roles("admin"))
	for _, path := range []string{"/linux", "/only"} {
		call.Expect(t, mux, "GET "+path, admin, 200)
		call.Expect(t, mux, "GET "+path, "", 401)
	}
}
