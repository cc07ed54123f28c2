package auth_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// TestCredentialOrder holds which of several credentials says who is calling, and after
// which the next is tried.
func TestCredentialOrder(t *testing.T) {
	t.Parallel()
	x := goodTill()
	g := guardWith(t, append(everywhere(x),
		auth.CredentialOrder(auth.CarrierCookie, auth.CarrierUserToken, auth.CarrierBearer, auth.CarrierAPIKey, auth.CarrierBasic))...)
	s := edSigner()
	good, expired := s.token(nil), s.token(map[string]any{"exp": testNow.Add(-time.Hour).Unix()})
	forged := signer{"EdDSA", "k1", newEd25519()}.token(nil)
	const cookie, user, bearer, key, basic = auth.CarrierCookie, auth.CarrierUserToken, auth.CarrierBearer, auth.CarrierAPIKey, auth.CarrierBasic
	for name, c := range map[string]struct {
		headers [][]string
		status  int
		subject string
		asked   []auth.Carrier
	}{
		"one":                         {[][]string{carry(bearer, good)}, 200, "u1", nil},
		"none":                        {nil, 401, "", nil},
		"the cookie first":            {[][]string{carry(bearer, good), carry(cookie, "op_1")}, 200, "x1", []auth.Carrier{cookie}},
		"the cookie before a bad one": {[][]string{carry(bearer, forged), carry(cookie, "op_1")}, 200, "x1", []auth.Carrier{cookie}},
		"a cookie that ended":         {[][]string{carry(cookie, "op_unknown"), carry(basic, "op_1")}, 200, "x1", []auth.Carrier{cookie, basic}},
		"an empty cookie":             {[][]string{carry(cookie, ""), carry(bearer, good)}, 200, "u1", nil},
		"a cookie that is nothing":    {[][]string{carry(cookie, "MTIz|x"), carry(bearer, good)}, 200, "u1", nil},
		"two headers":                 {[][]string{carry(bearer, "op_1"), carry(user, "op_2")}, 200, "x2", []auth.Carrier{user}},
		"all of them":                 {[][]string{carry(basic, "op_1"), carry(key, "op_unknown"), carry(user, "x"), carry(cookie, "y")}, 200, "x1", []auth.Carrier{key, basic}},
		"nothing, then Basic":         {[][]string{carry(user, "x"), carry(basic, "op_2")}, 200, "x2", []auth.Carrier{basic}},
		"no token, then Basic":        {[][]string{carry(user, "a:b"), carry(basic, "op_2")}, 200, "x2", []auth.Carrier{basic}},
		"forged":                      {[][]string{carry(user, forged), carry(basic, "op_1")}, 401, "", nil},
		"expired":                     {[][]string{carry(user, expired), carry(basic, "op_1")}, 401, "", nil},
		"alg none":                    {[][]string{carry(user, s.sign(`{"alg":"none"}`, claimsWith(nil))), carry(basic, "op_1")}, 401, "", nil},
		"stop":                        {[][]string{carry(user, "op_stop"), carry(basic, "op_1")}, 401, "", []auth.Carrier{user}},
		"exchanged for what is none":  {[][]string{carry(user, "op_opaque"), carry(basic, "op_1")}, 401, "", []auth.Carrier{user}},
		"nobody knows":                {[][]string{carry(cookie, "op_down"), carry(bearer, good)}, 503, "", []auth.Carrier{cookie}},
		"a panic":                     {[][]string{carry(cookie, "op_broken"), carry(bearer, good)}, 503, "", []auth.Carrier{cookie}},
		"nobody knows the last":       {[][]string{carry(user, "x"), carry(basic, "op_down")}, 503, "", []auth.Carrier{basic}},
		"none is valid":               {[][]string{carry(cookie, "x"), carry(basic, "op_unknown")}, 401, "", []auth.Carrier{basic}},
		"the last is malformed":       {[][]string{carry(cookie, "x"), carry(bearer, "a:b")}, 400, "", nil},
		"Authorization twice":         {[][]string{carry(bearer, good), carry(basic, "op_1")}, 400, "", nil},
		"a header twice":              {[][]string{carry(user, good), carry(user, good), carry(cookie, "op_1")}, 400, "", nil},
		"the cookie twice":            {[][]string{carry(cookie, "op_1"), carry(cookie, "op_1"), carry(bearer, good)}, 400, "", nil},
		"an empty header":             {[][]string{carry(user, ""), carry(cookie, "op_1")}, 400, "", nil},
		"Bearer of nothing":           {[][]string{carry(bearer, ""), carry(cookie, "op_1")}, 400, "", nil},
		"another scheme":              {[][]string{{"Authorization", "Digest x"}, carry(user, good)}, 400, "", nil},
		"another scheme, a cookie":    {[][]string{{"Authorization", "Digest x"}, carry(cookie, "op_1")}, 401, "", nil},
	} {
		for range 2 {
			x.take()
			id, challenge := g.Admit(carried("GET", slices.Concat(c.headers...)...), nil, protected())
			status, subject, reason := http.StatusOK, "", ""
			if challenge != nil {
				status, reason = challenge.Status(), challenge.Reason()
			} else {
				subject = id.Subject()
			}
			if status != c.status || subject != c.subject {
				t.Errorf("%s: %d, %q, %s", name, status, subject, reason)
			}
			if asked := x.take(); !slices.Equal(asked, c.asked) {
				t.Errorf("%s: asked as %v", name, asked)
			}
		}
	}
	// A token that was seen before does not overtake what comes before it.
	few := guardWith(t, auth.Cookie("sid"), auth.CredentialOrder(cookie, bearer))
	for _, c := range []struct {
		headers []string
		subject string
	}{
		{carry(bearer, good), "u1"}, {append(carry(bearer, good), carry(cookie, s.token(map[string]any{"sub": "u2"}))...), "u2"},
	} {
		if id, challenge := few.Admit(carried("GET", c.headers...), nil, protected()); challenge != nil || id.Subject() != c.subject {
			t.Errorf("%s is not who is calling: %v", c.subject, challenge)
		}
	}
	// Whoever the cookie says needs its origin, whatever comes beside it.
	r := carried("POST", slices.Concat(carry(cookie, "op_1"), carry(bearer, good), []string{"Sec-Fetch-Site", "cross-site"})...)
	if got := answer(g, r, nil, protected()); got != 403 {
		t.Errorf("a cookie from elsewhere: %d", got)
	}
}

// TestCredentialOrderMistakes holds what New refuses.
func TestCredentialOrderMistakes(t *testing.T) {
	t.Parallel()
	bearer, cookie := auth.CarrierBearer, auth.CarrierCookie
	for want, opts := range map[string][]auth.Option{
		"names no carrier":               {auth.CredentialOrder()},
		"CredentialOrder: is given":      {auth.CredentialOrder(bearer), auth.CredentialOrder(bearer)},
		"the guard does not read cookie": {auth.CredentialOrder(bearer, cookie)},
		"the guard does not read basic":  {auth.CredentialOrder(bearer, auth.CarrierBasic)},
		"guard does not read no c":       {auth.CredentialOrder(bearer, 0)},
		"does not read no carrier":       {auth.CredentialOrder(bearer, cookie+1)},
		"bearer is given twice":          {auth.CredentialOrder(bearer, bearer)},
		"cookie is missing":              {auth.Cookie("sid"), auth.CredentialOrder(bearer)},
		"CredentialOrder: bearer is mis": {auth.Cookie("sid"), auth.CredentialOrder(cookie)},
	} {
		newFails(t, want, append(opts, auth.Issuer(testIssuer))...)
	}
}

func TestCarriers(t *testing.T) {
	t.Parallel()
	var names []string
	for _, c := range everyCarrier {
		names = append(names, c.String())
	}
	if got := strings.Join(names, ", "); got != "bearer, basic, user token, api key, cookie" {
		t.Error(got)
	}
}
