package frontegg_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/authgen/authgen/providers/frontegg"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
)

// TestGuardCarriers holds which options make a guard read headers as the SDKs for Node
// and Python do, and that none of them moves a kind of token to another header.
func TestGuardCarriers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	user, key := s.fake.Token(ft.User("ada")), s.fake.IssueAccessToken(ft.TenantAccess("m1"), ft.AccessToken{})
	forged := s.fake.Token(ft.User("ada"), ft.Forged())
	bare := s.another(t, frontegg.GuardOptions(auth.BareTokens()))
	both := s.another(t, frontegg.GuardOptions(auth.CredentialOrder(auth.CarrierBearer, auth.CarrierAPIKey)))
	for name, c := range map[string]struct {
		authorization, key string
		plain, bare, both  int
	}{
		"a bare token":              {user, "", 401, 200, 401},
		"a bare token and a scheme": {"Bearer " + user, "", 200, 200, 200},
		"a bare access token":       {key, "", 401, 401, 401},
		"a bare token and a key":    {user, key, 400, 400, 400},
		"Basic":                     {"Basic YTpi", "", 401, 401, 401},
		"a key":                     {"", key, 200, 200, 200},
		"a token and a key":         {"Bearer " + user, key, 400, 400, 200},
		"a token and another's key": {"Bearer " + user, "the gateway's", 400, 400, 200},
		"a forged token and a key":  {"Bearer " + forged, key, 400, 400, 401},
		"two swapped":               {"Bearer " + key, user, 400, 400, 401},
	} {
		for guard, want := range map[*service]int{s: c.plain, bare: c.bare, both: c.both} {
			r := httptest.NewRequest(http.MethodGet, "/any", nil)
			for header, value := range map[string]string{"Authorization": c.authorization, "X-Api-Key": c.key} {
				if value != "" {
					r.Header.Set(header, value)
				}
			}
			w := httptest.NewRecorder()
			guard.http.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s: %d, want %d\n%s", name, w.Code, want, guard.log)
			}
		}
	}
}
