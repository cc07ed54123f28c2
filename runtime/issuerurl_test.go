package auth_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// finder tells an issuer's URL, which a test changes.
type finder struct {
	mu  sync.Mutex
	url string
	err error
}

func (f *finder) find(context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.url, f.err
}

func (f *finder) set(url string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.url, f.err = url, err
}

// TestFindIssuer holds that an issuer whose URL is found is held to it as one whose
// URL is given.
func TestFindIssuer(t *testing.T) {
	t.Parallel()
	s, other := newKeyServer(t, edSigner().jwk()), newKeyServer(t, edSigner().jwk())
	f := &finder{err: errors.New("nobody answers")}
	opts := []auth.Option{
		auth.Issuer("", auth.Name("ours"), auth.FindIssuer(f.find), auth.Audience(testAudience), auth.Mapping(auth.MappingAuthgen)),
		auth.Clock(s.clock.Now), quiet(), auth.TokenCache(auth.CacheLimits{Age: 1000 * time.Hour}),
	}
	newFails(t, `issuer "ours": keys: issuer: nobody answers`, opts...)
	f.set("http://id.example.com", nil)
	newFails(t, "it is not https", opts...)

	f.set("", errors.New("nobody answers"))
	g := newGuard(t, append(opts, auth.LazyStart())...)
	if got := status(g, s.token(edSigner())); got != 503 {
		t.Errorf("not found yet: %d", got)
	}
	f.set(s.URL, nil)
	s.clock.advance(10 * time.Second)
	ours, theirs := s.token(edSigner()), other.token(edSigner())
	for range 2 {
		if id := accepts(t, g, ours); id.Issuer() != s.URL || id.IssuerName() != "ours" {
			t.Errorf("the issuer is %q, %q", id.Issuer(), id.IssuerName())
		}
	}
	refuses(t, g, theirs, "iss is missing or that of another issuer")
	refuses(t, g, edSigner().token(map[string]any{"iss": nil}), "iss is missing or that of another issuer")
	refuses(t, g, edSigner().token(map[string]any{"iss": []string{s.URL}}), "iss is missing or that of another issuer")
	if got := g.Weaknesses(); len(got) != 1 || got[0].Kind != auth.WeakLocalIssuer {
		t.Errorf("weaknesses: %v", got)
	}

	f.set(other.URL, nil)
	s.clock.advance(15 * time.Minute)
	if got := status(g, theirs); got != 200 {
		t.Errorf("it moved: %d", got)
	}
	refuses(t, g, ours, "iss is missing or that of another issuer")
}

// TestNoIssuer holds how far an issuer reaches of whom only the key is known.
func TestNoIssuer(t *testing.T) {
	t.Parallel()
	young := signer{"EdDSA", "k2", newEd25519()}
	all := auth.Assertion{Kinds: auth.KindUser, OwnsUserIDs: true}
	named := auth.Issuer(testIssuer, auth.Name("named"), auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())), auth.Mapping(auth.MappingAuthgen), auth.Asserts(all))
	all.OwnsUserIDs = false
	bare := func(keys ...map[string]any) auth.Option {
		return auth.Issuer("", auth.Name("bare"), auth.InsecureNoIssuer(), auth.Audience(testAudience), auth.PublicJWKS(jwks(keys...)), auth.Mapping(auth.MappingAuthgen), auth.Asserts(all))
	}
	type claims = map[string]any
	elsewhere := claims{"iss": "https://elsewhere.example"}
	for name, c := range map[string]struct {
		opts  []auth.Option
		token string
		want  string // the issuer's name; "" for none
		iss   string
	}{
		"any iss":                        {[]auth.Option{bare(edSigner().jwk())}, edSigner().token(elsewhere), "bare", "https://elsewhere.example"},
		"no iss":                         {[]auth.Option{bare(edSigner().jwk())}, edSigner().token(claims{"iss": nil}), "bare", ""},
		"an iss that is no string":       {[]auth.Option{bare(edSigner().jwk())}, edSigner().token(claims{"iss": 7}), "", ""},
		"another audience":               {[]auth.Option{bare(edSigner().jwk())}, edSigner().token(claims{"iss": nil, "aud": "x"}), "", ""},
		"another key":                    {[]auth.Option{bare(edSigner().jwk())}, young.token(elsewhere), "", ""},
		"beside another":                 {[]auth.Option{named, bare(young.jwk())}, young.token(elsewhere), "bare", "https://elsewhere.example"},
		"beside another, before it":      {[]auth.Option{bare(young.jwk()), named}, edSigner().token(nil), "named", testIssuer},
		"for another":                    {[]auth.Option{bare(young.jwk()), named}, young.token(nil), "", ""},
		"no iss, with the other's key":   {[]auth.Option{bare(young.jwk()), named}, edSigner().token(claims{"iss": nil}), "", ""},
		"any iss, with the other's key":  {[]auth.Option{bare(young.jwk()), named}, edSigner().token(elsewhere), "", ""},
		"with a key that both have":      {[]auth.Option{bare(edSigner().jwk()), named}, edSigner().token(nil), "named", testIssuer},
		"any iss, with a key of theirs":  {[]auth.Option{named, bare(edSigner().jwk())}, edSigner().token(elsewhere), "bare", "https://elsewhere.example"},
		"an empty iss is none that is":   {[]auth.Option{bare(edSigner().jwk())}, edSigner().token(claims{"iss": ""}), "", ""},
		"a list of iss beside the other": {[]auth.Option{named, bare(young.jwk())}, young.token(claims{"iss": []string{testIssuer}}), "", ""},
	} {
		g := newGuard(t, append(c.opts, auth.Clock(fixedClock), quiet())...)
		id, err := g.Validate(t.Context(), c.token)
		switch {
		case err == nil && (id.IssuerName() != c.want || id.Issuer() != c.iss):
			t.Errorf("%s: of %q, %q", name, id.IssuerName(), id.Issuer())
		case err != nil && (c.want != "" || !errors.Is(err, auth.ErrUnauthenticated)):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIssuerURLMistakes holds what New refuses.
func TestIssuerURLMistakes(t *testing.T) {
	t.Parallel()
	static, audience := auth.PublicJWKS(jwks(edSigner().jwk())), auth.Audience(testAudience)
	find := auth.FindIssuer(new(finder).find)
	asserts := auth.Asserts(auth.Assertion{Kinds: auth.KindVendor})
	lacks := auth.MappingAuthgen.Claims()
	lacks.MayLack = []auth.Exemption{{Kinds: auth.KindVendor, Claims: []string{"iss"}}}
	for _, c := range []struct {
		want string
		opts []auth.Option
	}{
		{"the URL is empty", []auth.Option{auth.Issuer("", audience, static)}},
		{"needs a Name", []auth.Option{auth.Issuer("", audience, static, auth.InsecureNoIssuer())}},
		{"needs a Name", []auth.Option{auth.Issuer("", audience, find)}},
		{"contradict", []auth.Option{auth.Issuer("", audience, find, auth.InsecureNoIssuer(), auth.Name("a"))}},
		{"contradict", []auth.Option{auth.Issuer("", audience, find, static, auth.Name("a"))}},
		{"the function is nil", []auth.Option{auth.Issuer("", audience, auth.FindIssuer(nil), auth.Name("a"))}},
		{"for issuers without a URL", []auth.Option{auth.Issuer(testIssuer, audience, find)}},
		{"for issuers without a URL", []auth.Option{auth.Issuer(testIssuer, audience, static, auth.InsecureNoIssuer())}},
		{"no URL to find keys at", []auth.Option{auth.Issuer("", audience, auth.InsecureNoIssuer(), auth.Name("a"))}},
		{`tokens without iss are those of issuer "a" already`, []auth.Option{
			auth.Issuer("", audience, static, auth.InsecureNoIssuer(), auth.Name("a"), asserts),
			auth.Issuer("", audience, static, auth.InsecureNoIssuer(), auth.Name("b"), asserts),
		}},
		{`tokens without iss are those of issuer "a" already`, []auth.Option{
			auth.Issuer("", audience, static, auth.InsecureNoIssuer(), auth.Name("a"), asserts),
			auth.Issuer(testIssuer, audience, static, auth.Mapping(lacks), asserts),
		}},
	} {
		newFails(t, c.want, c.opts...)
	}
	for _, exemptions := range [][]auth.Exemption{
		{{Claims: []string{"iss"}}}, {{Kinds: 1 << 15, Claims: []string{"iss"}}}, {{Kinds: auth.KindUser, Claims: []string{"exp"}}},
	} {
		lacks.MayLack = exemptions
		newFails(t, "MayLack", auth.Issuer(testIssuer, audience, static, auth.Mapping(lacks)))
	}
}

// TestMayLack holds that a mapping exempts tokens of one kind, from having a claim
// alone, and that it may require of one kind what others do not have.
func TestMayLack(t *testing.T) {
	t.Parallel()
	type claims = map[string]any
	mapping := auth.MappingAuthgen.Claims()
	mapping.MayLack = []auth.Exemption{{Kinds: auth.KindVendor, Claims: []string{"iss", "sub", "aud"}}}
	mapping.Required = []auth.Requirement{{Kinds: auth.KindVendor, Claims: []string{"iat"}, Conditions: []auth.Condition{auth.ClaimIs("vendorId", "v1")}}}
	g := issuerGuard(t, auth.Mapping(mapping))
	if got := g.Weaknesses(); got != nil {
		t.Errorf("weaknesses: %v", got)
	}
	for name, c := range map[string]struct {
		claims claims
		want   string // part of the reason; "" where it is admitted
	}{
		"without any":               {claims{"iss": nil, "sub": nil, "aud": nil}, ""},
		"with all":                  {claims{}, ""},
		"another iss":               {claims{"iss": "https://elsewhere.example"}, "iss is missing or that of another issuer"},
		"an iss that is no string":  {claims{"iss": 1}, "iss is missing or that of another issuer"},
		"another audience":          {claims{"aud": "x"}, "aud does not name this service"},
		"a sub that is no string":   {claims{"sub": 1}, "sub is missing, empty or no string"},
		"an empty sub":              {claims{"sub": ""}, "sub is missing, empty or no string"},
		"another vendor":            {claims{"iss": nil, "vendorId": "v2"}, `claim "vendorId" is not what the mapping requires of tokens of kind vendor`},
		"no vendor":                 {claims{"vendorId": nil}, `claim "vendorId" is not`},
		"no iat":                    {claims{"iat": nil}, "iat is missing or empty"},
		"a user without iss":        {claims{"type": "userToken", "iss": nil}, "iss is missing or that of another issuer"},
		"a user without sub":        {claims{"type": "userToken", "sub": nil}, "sub is missing"},
		"a user without aud":        {claims{"type": "userToken", "aud": nil}, "aud is missing"},
		"an unclear one":            {claims{"type": "thing", "aud": nil}, "aud is missing"},
		"an unclear one, no iss":    {claims{"type": nil, "iss": nil}, "iss is missing"},
		"a case variant of a claim": {claims{"VendorID": "v1"}, "differs from \"vendorId\" by case only"},
	} {
		changes := claims{"type": "vendor", "vendorId": "v1"}
		for name, value := range c.claims {
			changes[name] = value
		}
		rule := protected(auth.Demands{Kinds: auth.KindVendor})
		for range 2 {
			_, challenge := g.Admit(bearer(edSigner().token(changes)), nil, rule)
			switch {
			case challenge == nil && c.want != "":
				t.Errorf("%s: admitted", name)
			case challenge != nil && (c.want == "" || challenge.Status() != http.StatusUnauthorized || !strings.Contains(challenge.Reason(), c.want)):
				t.Errorf("%s: %d, %s", name, challenge.Status(), challenge.Reason())
			}
		}
	}
	mapping.MayLack = []auth.Exemption{{Kinds: auth.KindUser | auth.KindVendor, Claims: []string{"iss", "aud"}}}
	var kinds []auth.WeaknessKind
	for _, w := range issuerGuard(t, auth.Mapping(mapping)).Weaknesses() {
		kinds = append(kinds, w.Kind)
	}
	if !slices.Equal(kinds, []auth.WeaknessKind{auth.WeakNoIssuer, auth.WeakNoAudience}) {
		t.Errorf("weaknesses: %q", kinds)
	}
}
