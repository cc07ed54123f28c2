package front

import (
	"net/http"
	"testing"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/internal/call"
)

func TestCross(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard()
	h := Protect(guard).Serve(guard)
	call.Expect(t, h, "GET /", issuer.Token(authtest.User("ada"), authtest.Roles("admin")), 200)
	call.Expect(t, h, "GET /", issuer.Token(authtest.User("bob")), 403)
	call.Expect(t, h, "GET /", "", 401)
	call.Expect(t, http.HandlerFunc(Protect(guard).wrapped), "GET /", issuer.Token(authtest.User("bob")), 403)
	call.Expect(t, http.HandlerFunc(Protect(guard).aliased), "GET /", issuer.Token(authtest.User("bob")), 403)
}
