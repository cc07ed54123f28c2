package defaults

import (
	"net/http"
	"testing"

	"github.com/authgen/authgen/authtest"

	"example.com/golden/internal/call"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	issuer := authtest.New(t)
	guard := issuer.Guard()
	api := ProtectAPI(guard, API{})
	app, user := authtest.Scopes("app"), authtest.User("ada")
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want [4]int // nobody, the scope, scope and role, scope and both roles
	}{
		"plain":    {api.Plain, [4]int{401, 403, 200, 200}},
		"typed":    {api.Typed, [4]int{401, 403, 200, 200}},
		"both":     {api.Both, [4]int{401, 403, 403, 200}},
		"replaced": {api.Replaced, [4]int{401, 403, 403, 403}},
		"open":     {api.Open, [4]int{200, 200, 200, 200}},
		"maybe":    {api.Maybe, [4]int{200, 200, 200, 200}},
		"function": {Protect(guard).Function, [4]int{401, 200, 200, 200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call.Expect(t, c.h, "GET /", "", c.want[0])
			call.Expect(t, c.h, "GET /", issuer.Token(user, app), c.want[1])
			call.Expect(t, c.h, "GET /", issuer.Token(user, app, authtest.Roles("member")), c.want[2])
			call.Expect(t, c.h, "GET /", issuer.Token(user, app, authtest.Roles("member", "auditor")), c.want[3])
		})
	}
	call.Expect(t, http.HandlerFunc(api.Replaced), "GET /", issuer.Token(user, authtest.Roles("guest")), 200)
	call.Expect(t, http.HandlerFunc(api.Plain), "GET /", issuer.Token(user, authtest.Roles("member")), 403)
}
