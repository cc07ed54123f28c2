package constrained_test

import (
	"net/http"
	"testing"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/internal/call"
)

func TestOutside(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	h := http.HandlerFunc(protectFake(issuer.Guard(), fake{}).Get)
	call.Expect(t, h, "GET /", issuer.Token(authtest.User("ada"), authtest.Roles("admin")), 200)
	call.Expect(t, h, "GET /", "", 401)
}
