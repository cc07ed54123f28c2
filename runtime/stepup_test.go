package auth_test

import (
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// TestStepUp holds what counts as step-up authentication, and that claims which
// cannot be read leave it open: nobody is admitted, under ! neither.
func TestStepUp(t *testing.T) {
	t.Parallel()
	type claims = map[string]any
	type list = []string
	const multiFactor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
	at := func(ago time.Duration) int64 { return testNow.Add(-ago).Unix() }
	own := func(evidence auth.StepUpEvidence) auth.IssuerOption {
		c := auth.MappingAuthgen.Claims()
		c.StepUp = evidence
		return auth.Mapping(c)
	}
	gold, pin := own(auth.StepUpEvidence{ACR: list{"silver", "gold"}}), own(auth.StepUpEvidence{AMR: [][]string{{"pin"}}})
	frontegg := auth.MappingFrontegg.Claims().StepUp
	frontegg.ChallengeMalformed = true
	challenged := own(frontegg)
	const min = time.Minute
	for name, c := range map[string]struct {
		claims    claims
		age       time.Duration
		want, not int // without and with !
		issuer    []auth.IssuerOption
	}{
		"otp":                       {claims{}, 0, 200, 403, nil},
		"sms":                       {claims{"amr": list{"mfa", "sms"}}, 0, 200, 403, nil},
		"hardware":                  {claims{"amr": list{"hwk", "mfa", "x"}}, 0, 200, 403, nil},
		"single sign-on":            {claims{"amr": list{"sso", "mfa"}}, 0, 200, 403, nil},
		"password":                  {claims{"amr": list{"mfa", "pwd"}}, 0, 401, 200, nil},
		"one factor":                {claims{"amr": list{"otp"}}, 0, 401, 200, nil},
		"no amr":                    {claims{"amr": nil}, 0, 401, 200, nil},
		"an empty amr":              {claims{"amr": list{}}, 0, 401, 200, nil},
		"no acr":                    {claims{"acr": nil}, 0, 401, 200, nil},
		"another acr":               {claims{"acr": multiFactor + "/"}, 0, 401, 200, nil},
		"own acr":                   {claims{"acr": "gold", "amr": nil}, 0, 200, 403, []auth.IssuerOption{gold}},
		"not own acr":               {claims{"amr": list{"gold"}}, 0, 401, 200, []auth.IssuerOption{gold}},
		"own amr":                   {claims{"acr": nil, "amr": list{"pin"}}, 0, 200, 403, []auth.IssuerOption{pin}},
		"not own amr":               {claims{}, 0, 401, 200, []auth.IssuerOption{pin}},
		"in time":                   {claims{"auth_time": at(min)}, min, 200, 403, nil},
		"a second late":             {claims{"auth_time": at(min + time.Second)}, min, 401, 200, nil},
		"any time":                  {claims{"auth_time": at(1000 * time.Hour)}, 0, 200, 403, nil},
		"no time":                   {claims{}, min, 401, 200, nil},
		"no time, for ever":         {claims{}, 1<<63 - 1, 401, 200, nil},
		"by a clock that is ahead":  {claims{"auth_time": at(-30 * time.Second)}, min, 200, 403, nil},
		"in the future":             {claims{"auth_time": at(-31 * time.Second)}, min, 401, 200, nil},
		"in the future, at any age": {claims{"auth_time": at(-31 * time.Second)}, 0, 401, 200, nil},
		"a negative age":            {claims{"auth_time": at(0)}, -1, 403, 200, nil},
		"a service":                 {claims{"type": "service", "auth_time": at(0)}, min, 403, 200, nil},
		"a user's API token":        {claims{"type": "userApiToken"}, 0, 403, 200, nil},
		"a tenant's API token":      {claims{"type": "tenantApiToken", "auth_time": at(0)}, min, 403, 200, nil},
		"a user's access token":     {claims{"type": "userAccessToken", "auth_time": at(0)}, min, 403, 200, nil},
		"a tenant's access token":   {claims{"type": "tenantAccessToken", "auth_time": at(0)}, min, 403, 200, nil},
		"a personal access token":   {claims{"type": "pat", "auth_time": at(0)}, min, 403, 200, nil},
		"fresh by iat alone":        {claims{"iat": at(0)}, min, 401, 200, nil},
		"of another case":           {claims{"amr": list{"MFA", "OTP"}}, 0, 401, 200, nil},
		"milliseconds, any time":    {claims{"auth_time": testNow.UnixMilli()}, 0, 503, 503, nil},
		"an unclear kind":           {claims{"type": "x"}, 0, 403, 403, nil},
		"amr is a text":             {claims{"amr": "mfa otp"}, 0, 503, 503, nil},
		"amr holds a number":        {claims{"amr": []any{"mfa", "otp", 1}}, 0, 503, 503, nil},
		"amr is null":               {claims{"amr": raw("null")}, 0, 503, 503, nil},
		"acr is a list":             {claims{"acr": list{multiFactor}}, 0, 503, 503, nil},
		"acr is null":               {claims{"acr": raw("null")}, 0, 503, 503, nil},
		"auth_time is a text":       {claims{"auth_time": "1893553445"}, 0, 503, 503, nil},
		"auth_time in milliseconds": {claims{"auth_time": testNow.UnixMilli()}, min, 503, 503, nil},
		"auth_time before 1970":     {claims{"auth_time": -1}, min, 503, 503, nil},
		"one malformed, one lacks":  {claims{"acr": 1, "amr": nil}, 0, 503, 503, nil},
		"amr malformed, then time":  {claims{"amr": "mfa", "auth_time": at(0)}, min, 503, 503, nil},
		"amr is a text, 401":        {claims{"amr": "mfa otp"}, 0, 401, 403, []auth.IssuerOption{challenged}},
		"auth_time is a text, 401":  {claims{"auth_time": "1893553445"}, min, 401, 403, []auth.IssuerOption{challenged}},
		"one lacks, 401":            {claims{"acr": 1, "amr": nil}, 0, 401, 403, []auth.IssuerOption{challenged}},
		"well formed":               {claims{"auth_time": at(0)}, min, 200, 403, []auth.IssuerOption{challenged}},
		"well formed, password":     {claims{"amr": list{"mfa", "pwd"}}, 0, 401, 200, []auth.IssuerOption{challenged}},
		"malformed of a service":    {claims{"type": "service", "acr": 1}, 0, 403, 200, nil},
	} {
		all := claims{"acr": multiFactor, "amr": list{"mfa", "otp"}}
		for name, v := range c.claims {
			all[name] = v
		}
		g := issuerGuard(t, append(c.issuer, auth.Leeway(30*time.Second))...)
		token := edSigner().token(all)
		if got := answer(g, bearer(token), nil, protected(auth.Demands{StepUp: auth.StepUp{Required: true, MaxAge: c.age}})); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if got := answer(g, bearer(token), nil, asking(func(d *auth.Decision) auth.Truth { return d.StepUp(c.age).Not() })); got != c.not {
			t.Errorf("not %s: %d, want %d", name, got, c.not)
		}
		// Whatever these claims are, the token is valid.
		if got := answer(g, bearer(token), nil, protected()); got != 200 {
			t.Errorf("%s: the token is %d", name, got)
		}
	}
}
