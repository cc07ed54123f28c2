package frontegg_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/providers/frontegg"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// TestGuardClaims holds, kind by kind, which claims a token has to have, that the log
// names the one that it lacks, and which of them an option lets it lack.
func TestGuardClaims(t *testing.T) {
	t.Parallel()
	s := newService(t)
	f := s.fake
	access := ft.AccessToken{Roles: []string{"admin"}}
	f.AddAccessToken(ft.UserAccess("m1"), access)
	f.AddAccessToken(ft.TenantAccess("m1"), access)
	optional := []string{"iss", "sub", "aud", "exp", "iat", "tenantId"}
	bare := s.another(t, frontegg.InsecureWithoutClaims(optional...))
	ordinary := []string{"iss", "sub", "aud", "exp", "iat", "type", "tenantId"}
	for name, c := range map[string]struct {
		subject      ft.Subject
		path, header string
		required     []string
		// mayLack are the optional claims that a token of the kind may lack.
		mayLack []string
	}{
		"userToken":         {ft.User("ada"), "/any", "Authorization", ordinary, optional},
		"userApiToken":      {ft.UserAPI("a1"), "/any", "Authorization", ordinary, optional},
		"tenantApiToken":    {ft.TenantAPI("a1"), "/any", "Authorization", ordinary, optional},
		"userAccessToken":   {ft.UserAccess("m1"), "/any", "X-Api-Key", append([]string{"userId"}, ordinary...), []string{"iss", "aud", "exp", "iat"}},
		"tenantAccessToken": {ft.TenantAccess("m1"), "/any", "X-Api-Key", ordinary, []string{"iss", "aud", "exp", "iat"}},
		"vendor":            {ft.Vendor(f.ClientID()), "/vendor", "Authorization", []string{"type", "vendorId", "exp", "iat"}, []string{"exp", "iat"}},
	} {
		ask := func(s *service, opts ...ft.TokenOption) int {
			value := f.Token(c.subject, opts...)
			if c.header == "Authorization" {
				value = "Bearer " + value
			}
			return s.ask(c.path, c.header, value).StatusCode
		}
		claims := append([]string{"vendorId", "createdByUserId", "userId", "email", "applicationId"}, ordinary...)
		for _, claim := range claims {
			want := 200
			if slices.Contains(c.required, claim) {
				want = 401
			}
			s.log.reset()
			says := claim + " is missing"
			if c.path == "/vendor" && claim == "type" { // it does not show that it is one
				says = "iss is missing"
			}
			if got := ask(s, ft.Without(claim)); got != want || want == 401 && !strings.Contains(strings.ReplaceAll(s.log.String(), `\"`, ""), says) {
				t.Errorf("%s without %s: %d, want %d\n%s", name, claim, got, want, s.log)
			}
			// There, and of no use.
			for _, value := range []any{"", []string{"x"}, map[string]int{}} {
				if got := ask(s, ft.Claim(claim, value)); want == 401 && got != 401 {
					t.Errorf("%s with %s of %v: %d, want 401", name, claim, value, got)
				}
			}
			if slices.Contains(c.mayLack, claim) {
				want = 200
			}
			if got := ask(bare, ft.Without(claim)); got != want {
				t.Errorf("a bare %s without %s: %d, want %d\n%s", name, claim, got, want, bare.log)
			}
			if got := ask(bare, ft.Claim(claim, []string{"x"})); slices.Contains(optional, claim) && c.path != "/vendor" && got != 401 {
				t.Errorf("a bare %s with %s in a list: %d, want 401", name, claim, got)
			}
		}
	}
	// Who has no active tenant has none of the list.
	if got := bare.status("/tenant/tenant-1", f.Token(ft.User("ada"), ft.Without("tenantId"), ft.Tenants("tenant-1"))); got != 403 {
		t.Errorf("a tenant of the list alone: %d, want 403", got)
	}
}
