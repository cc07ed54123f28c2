package frontegg_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontegg"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
	auth "github.com/authgen/authgen/runtime"
)

// TestValidate holds what is answered to tokens that are checked by hand.
func TestValidate(t *testing.T) {
	t.Parallel()
	clock := authtest.NewClock(time.Now().Truncate(time.Second))
	f := ft.New(t, ft.WithClock(clock), ft.WithCredentials(testClientID, testAPIKey))
	logged := new(log)
	c := connect(t, environment(f.Settings()), frontegg.Clock(clock.Now), frontegg.Logger(logged.logger()))
	now := clock.Now()
	key := f.IssueAccessToken(ft.UserAccess("m1"), ft.AccessToken{Roles: []string{"admin"}, Permissions: []string{"fe.read"}})
	off := f.IssueAccessToken(ft.TenantAccess("m2"), ft.AccessToken{Inactive: true})
	user := f.Token(ft.User("ada"), ft.Roles("admin"), ft.Permissions("fe.read"), ft.StepUp(now.Add(-5*time.Minute)))
	plain := f.Token(ft.User("eve"))
	api := f.Token(ft.TenantAPI("api"), ft.StepUp(now))
	aged := func(age time.Duration) string { return f.Token(ft.User("ada"), ft.StepUp(now.Add(-age))) }
	type demands = []auth.Demand
	for name, test := range map[string]struct {
		token   string
		demands demands
		want    error // nil where it is valid
	}{
		"a user":                         {user, nil, nil},
		"with a scheme":                  {"Bearer " + user, nil, nil},
		"with a scheme in small letters": {"bearer  " + user, nil, nil},
		"with two schemes":               {"Bearer Bearer " + user, nil, auth.ErrUnauthenticated},
		"with another scheme":            {"Basic " + user, nil, auth.ErrUnauthenticated},
		"an access token":                {key, nil, nil},
		"one that is off":                {off, nil, auth.ErrUnauthenticated},
		"one that is off, with a role":   {off, demands{frontegg.Roles("admin")}, auth.ErrUnauthenticated},
		"nothing":                        {"", nil, auth.ErrUnauthenticated},
		"a scheme alone":                 {"Bearer ", nil, auth.ErrUnauthenticated},
		"a forged one":                   {f.Token(ft.User("ada"), ft.Forged()), nil, auth.ErrUnauthenticated},
		"no type":                        {f.Token(ft.User("ada"), ft.Without("type")), nil, auth.ErrUnauthenticated},
		"a vendor":                       {f.Token(ft.Vendor(f.ClientID())), nil, auth.ErrPermissionDenied},
		"a vendor with its rights":       {f.Token(ft.Vendor(f.ClientID())), demands{frontegg.WithRolesAndPermissions()}, auth.ErrPermissionDenied},
		"roles":                          {user, demands{frontegg.Roles("editor", "admin")}, nil},
		"other roles":                    {user, demands{frontegg.Roles("editor", "adm")}, auth.ErrPermissionDenied},
		"one of no roles":                {user, demands{frontegg.Roles()}, auth.ErrPermissionDenied},
		"one of no permissions":          {user, demands{frontegg.Permissions()}, auth.ErrPermissionDenied},
		"roles and permissions":          {user, demands{frontegg.Roles("admin"), frontegg.Permissions("fe.write", "fe.read")}, nil},
		"roles and others":               {user, demands{frontegg.Roles("admin"), frontegg.Permissions("fe.write")}, auth.ErrPermissionDenied},
		"those of an access token":       {key, demands{frontegg.Roles("admin"), frontegg.Permissions("fe.read"), frontegg.WithRolesAndPermissions()}, nil},
		"others than an access token's":  {key, demands{frontegg.Permissions("fe.write")}, auth.ErrPermissionDenied},
		"a tenant":                       {user, demands{auth.Tenant("tenant-1")}, nil},
		"another tenant":                 {user, demands{auth.Tenant("tenant-2")}, auth.ErrPermissionDenied},
		"step-up":                        {user, demands{frontegg.StepUp(5 * time.Minute)}, nil},
		"step-up, at any time":           {aged(24 * time.Hour), demands{frontegg.StepUp(frontegg.AnyAge)}, nil},
		"step-up, of no time":            {f.Token(ft.User("ada"), ft.StepUp(now), ft.Without("auth_time")), demands{frontegg.StepUp(frontegg.AnyAge)}, nil},
		"step-up, of no time, now":       {f.Token(ft.User("ada"), ft.StepUp(now), ft.Without("auth_time")), demands{frontegg.StepUp(0)}, auth.ErrStepUpRequired},
		"step-up, too old":               {user, demands{frontegg.StepUp(5*time.Minute - time.Second)}, auth.ErrStepUpRequired},
		"step-up, now":                   {aged(0), demands{frontegg.StepUp(0)}, nil},
		"step-up, a moment ago":          {aged(10 * time.Second), demands{frontegg.StepUp(0)}, nil},
		"step-up, not now":               {aged(11 * time.Second), demands{frontegg.StepUp(0)}, auth.ErrStepUpRequired},
		"step-up, of a negative age":     {aged(0), demands{frontegg.StepUp(-time.Second)}, auth.ErrPermissionDenied},
		"step-up, in the future":         {aged(-time.Minute), demands{frontegg.StepUp(frontegg.AnyAge)}, auth.ErrStepUpRequired},
		"step-up, in text":               {f.Token(ft.User("ada"), ft.StepUp(now), ft.Claim("amr", "mfa otp")), demands{frontegg.StepUp(0)}, auth.ErrStepUpRequired},
		"no step-up":                     {plain, demands{frontegg.StepUp(frontegg.AnyAge)}, auth.ErrStepUpRequired},
		"step-up of a machine":           {api, demands{frontegg.StepUp(frontegg.AnyAge)}, auth.ErrPermissionDenied},
		"step-up of an access token":     {key, demands{frontegg.StepUp(frontegg.AnyAge)}, auth.ErrPermissionDenied},
		"no step-up, and no role either": {plain, demands{frontegg.StepUp(time.Hour), frontegg.Roles("admin")}, auth.ErrPermissionDenied},
	} {
		id, err := c.Validate(t.Context(), test.token, test.demands...)
		switch {
		case test.want == nil && err != nil:
			t.Errorf("%s: %v\n%s", name, err, logged)
		case test.want != nil && (id != nil || !errors.Is(err, test.want)):
			t.Errorf("%s: %v, %v, want %v", name, id, err, test.want)
		}
	}

	id, err := c.Validate(t.Context(), key, frontegg.WithRolesAndPermissions())
	if err != nil || !slices.Equal(id.Roles(), []string{"admin"}) || !slices.Equal(id.Permissions(), []string{"fe.read"}) || id.UserID() != ft.DefaultUser {
		t.Errorf("%v, %v", id, err)
	}
	var challenge *auth.Challenge
	if _, err = c.Validate(t.Context(), plain, frontegg.StepUp(0)); !errors.As(err, &challenge) {
		t.Fatal(err)
	}
	h := http.Header{}
	challenge.SetHeader(h)
	if says := h.Get("WWW-Authenticate"); challenge.Status() != 401 || !strings.Contains(says, `acr_values="`+ft.StepUpACR+`", max_age="10"`) {
		t.Errorf("%d, %s", challenge.Status(), says)
	}
	f.Stop()
	clock.Advance(time.Minute)
	if _, err := c.Validate(t.Context(), key); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("down: %v", err)
	}
	if _, err := c.Validate(t.Context(), plain); err != nil {
		t.Errorf("down, with the key at hand: %v", err)
	}
}

// TestValidateMistakes holds that a client whose settings make no guard says so.
func TestValidateMistakes(t *testing.T) {
	t.Parallel()
	c := connect(t, frontegg.TokenIssuer("http://id.example"))
	for _, c := range []*frontegg.Client{nil, new(frontegg.Client)} {
		if id, err := c.Validate(t.Context(), "x"); id != nil || err == nil || !strings.Contains(err.Error(), "not made by Connect") {
			t.Errorf("no client: %v, %v", id, err)
		}
		if err := c.Authenticate(t.Context()); err == nil || !strings.Contains(err.Error(), "not made by Connect") {
			t.Errorf("no client authenticates: %v", err)
		}
	}
	for range 2 {
		if id, err := c.Validate(t.Context(), "x"); id != nil || err == nil || !strings.Contains(err.Error(), "it is not https") {
			t.Errorf("%v, %v", id, err)
		}
	}
}
