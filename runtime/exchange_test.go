package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// till exchanges credentials that begin with "op_", by the table of its tokens.
type till struct {
	tokens map[string]string
	hold   func() // on the way of each exchange, may be nil

	mu    sync.Mutex
	asked []auth.Carrier
}

func (x *till) Exchanges(c auth.Credential) bool {
	if c.Text == "op_panics" {
		panic("s3cr3t")
	}
	return strings.HasPrefix(c.Text, "op_")
}

func (x *till) Exchange(_ context.Context, c auth.Credential) (string, error) {
	x.mu.Lock()
	x.asked = append(x.asked, c.Carrier)
	x.mu.Unlock()
	if x.hold != nil {
		x.hold()
	}
	switch c.Text {
	case "op_broken":
		panic("s3cr3t")
	case "op_down":
		return "", errors.New("connection refused")
	case "op_stop":
		return "", fmt.Errorf("%w: %w", auth.ErrNotActive, auth.ErrStop)
	}
	token, ok := x.tokens[c.Text]
	if !ok {
		return "", fmt.Errorf("%w: it is not known", auth.ErrNotActive)
	}
	return token, nil
}

// take returns the carriers of what was exchanged since it was last called.
func (x *till) take() []auth.Carrier {
	x.mu.Lock()
	defer x.mu.Unlock()
	asked := x.asked
	x.asked = nil
	return asked
}

// goodTill has a token of the subject "x1" for "op_1", of "x2" for "op_2", and others
// that are not valid.
func goodTill() *till {
	type claims = map[string]any
	s := edSigner()
	return &till{tokens: map[string]string{
		"op_1": s.token(claims{"sub": "x1"}), "op_2": s.token(claims{"sub": "x2"}), "op_service": s.token(claims{"sub": "x3", "type": "tenantAccessToken"}),
		"op_issuer": s.token(claims{"iss": "https://other.example"}), "op_expired": s.token(claims{"exp": testNow.Add(-time.Minute).Unix()}),
		"op_forged": signer{"EdDSA", "k1", newEd25519()}.token(nil), "op_kind": s.token(claims{"type": "vendor"}), "op_audience": s.token(claims{"aud": "x"}),
		"op_opaque": "op_1", "op_empty": "",
	}}
}

// everywhere are options of a guard that reads and exchanges all carriers.
func everywhere(x auth.Exchanger) []auth.Option {
	return []auth.Option{
		auth.APIKeyHeader(), auth.UserTokenHeader(), auth.Cookie("sid"),
		auth.Exchange(x, auth.CarrierBearer, auth.CarrierBasic, auth.CarrierUserToken, auth.CarrierAPIKey, auth.CarrierCookie),
	}
}

// carry are the headers of a credential of a carrier.
func carry(c auth.Carrier, text string) []string {
	switch c {
	case auth.CarrierBearer:
		return []string{"Authorization", "Bearer " + text}
	case auth.CarrierBasic:
		return []string{"Authorization", "basic " + text}
	case auth.CarrierUserToken:
		return []string{"X-User-Token", text}
	case auth.CarrierAPIKey:
		return []string{"x-api-key", text}
	}
	return []string{"Cookie", "sid=" + text}
}

var everyCarrier = []auth.Carrier{auth.CarrierBearer, auth.CarrierBasic, auth.CarrierUserToken, auth.CarrierAPIKey, auth.CarrierCookie}

// TestExchange holds that what the exchanger takes is who its token says, in each
// carrier, that its token is verified as any other, and that the credential never is.
func TestExchange(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]auth.Option{
		"cache": nil, "no cache": {auth.NoTokenCache()}, "observed": {auth.Observe(new(recorder))},
	} {
		x := goodTill()
		g := guardWith(t, append(everywhere(x), opts...)...)
		for _, carrier := range everyCarrier {
			for text, want := range map[string]struct {
				status int
				reason string
			}{
				"op_1":        {200, ""},
				"op_issuer":   {401, "the token that the credential was exchanged for: issuer https://id.example.com: iss is missing or that of another issuer"},
				"op_expired":  {401, "the token has expired"},
				"op_forged":   {401, "exchanged for: the signature"},
				"op_audience": {401, "aud does not name"},
				"op_opaque":   {401, "exchanged for: the token is malformed"},
				"op_kind":     {403, "is a vendor token"},
				"op_unknown":  {401, "auth: the token is not active: it is not known"},
				"op_stop":     {401, "not active"},
				"op_down":     {503, "the credential exchanger did not answer: connection refused"},
				"op_empty":    {503, "the credential exchanger did not answer: it returned no token"},
				"op_broken":   {503, "the credential exchanger panicked: string"},
				"op_panics":   {503, "the credential exchanger panicked: string"},
			} {
				for range 2 {
					id, c := g.Admit(carried("GET", carry(carrier, text)...), nil, protected())
					switch {
					case c == nil && (want.status != 200 || id.Subject() != "x1"):
						t.Errorf("%s, %s %s: admitted", name, carrier, text)
					case c != nil && (c.Status() != want.status || !strings.Contains(c.Reason(), want.reason)):
						t.Errorf("%s, %s %s: %d, %s", name, carrier, text, c.Status(), c.Reason())
					}
				}
				for _, asked := range x.take() {
					if asked != carrier {
						t.Errorf("%s, %s %s: asked as %s", name, carrier, text, asked)
					}
				}
			}
		}
	}
}

// TestExchangeLeavesTokens holds that a token of an issuer is verified as it is, that
// in Basic it is not, and what never comes to the exchanger.
func TestExchangeLeavesTokens(t *testing.T) {
	t.Parallel()
	x := goodTill()
	g, token := guardWith(t, everywhere(x)...), edSigner().token(nil)
	for range 2 {
		for _, carrier := range everyCarrier {
			want := 200
			if carrier == auth.CarrierBasic {
				want = 401
			}
			if got := answer(g, carried("GET", carry(carrier, token)...), nil, protected()); got != want {
				t.Errorf("a token in %s: %d", carrier, got)
			}
		}
	}
	long := "op_" + strings.Repeat("a", 17<<10)
	for name, c := range map[string]struct {
		headers []string
		want    int
	}{
		"long":             {carry(auth.CarrierBearer, long), 401},
		"long, Basic":      {carry(auth.CarrierBasic, long), 401},
		"long cookie":      {carry(auth.CarrierCookie, long), 401},
		"two words":        {carry(auth.CarrierBearer, "op_1 x"), 400},
		"two words, Basic": {carry(auth.CarrierBasic, "op_1 x"), 400},
		"a colon":          {carry(auth.CarrierUserToken, "op_1:x"), 400},
		"no Basic":         {carry(auth.CarrierBasic, ""), 400},
		"Digest":           {[]string{"Authorization", "Digest op_1"}, 401},
		"another cookie":   {[]string{"Cookie", "tid=op_1"}, 401},
		"two":              {append(carry(auth.CarrierBearer, "op_1"), carry(auth.CarrierAPIKey, "op_2")...), 400},
		"two, Basic":       {append(carry(auth.CarrierBasic, "op_1"), carry(auth.CarrierUserToken, "op_2")...), 400},
		"two schemes":      {append(carry(auth.CarrierBasic, "op_1"), carry(auth.CarrierBearer, "op_2")...), 400},
	} {
		if got := answer(g, carried("GET", c.headers...), nil, protected()); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if asked := x.take(); asked != nil {
		t.Errorf("asked as %v", asked)
	}
	if got := answer(g, carried("GET", carry(auth.CarrierCookie, "op_1|x")...), nil, protected()); got != 401 || len(x.take()) != 1 {
		t.Errorf("a cookie is held to the form of tokens: %d", got)
	}
	id, c := g.Admit(carried("GET", append(carry(auth.CarrierBasic, "op_1"), carry(auth.CarrierCookie, "op_2")...)...), nil, protected())
	if c != nil || id.Subject() != "x1" {
		t.Errorf("Basic beside a cookie: %v", c)
	}

	// Only what the option names is exchanged, and Basic is not read without it.
	g = guardWith(t, auth.UserTokenHeader(), auth.Exchange(x, auth.CarrierUserToken))
	x.take()
	for _, carrier := range []auth.Carrier{auth.CarrierBearer, auth.CarrierBasic} {
		_, c := g.Admit(carried("GET", carry(carrier, "op_1")...), nil, protected())
		if c == nil || c.Status() != 401 || (carrier == auth.CarrierBasic) != strings.Contains(c.Reason(), "the scheme of Authorization") {
			t.Errorf("%s: %v", carrier, c)
		}
	}
	if asked := x.take(); asked != nil {
		t.Errorf("asked as %v", asked)
	}
}

// TestExchangeOtherwise holds what the other doors and rules make of credentials that
// are exchanged.
func TestExchangeOtherwise(t *testing.T) {
	t.Parallel()
	x := goodTill()
	g := guardWith(t, append(everywhere(x), auth.TokensIn("Authorization", auth.KindUser))...)
	if id, err := g.Validate(t.Context(), "op_1"); err != nil || id.Subject() != "x1" {
		t.Errorf("Validate: %v", err)
	}
	if _, err := g.Validate(t.Context(), "op_1", auth.Roles("admin")); !errors.Is(err, auth.ErrPermissionDenied) {
		t.Errorf("Validate with a role: %v", err)
	}
	if _, err := g.Validate(t.Context(), "op_down"); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("Validate: %v", err)
	}
	optional := &auth.Rule{Access: auth.Optional}
	for text, want := range map[string]int{"op_1": 200, "op_unknown": 401, "op_down": 503} {
		if got := answer(g, carried("GET", carry(auth.CarrierBasic, text)...), nil, optional); got != want {
			t.Errorf("%s, optional: %d", text, got)
		}
	}
	for carrier, want := range map[auth.Carrier]int{auth.CarrierBasic: 401, auth.CarrierBearer: 401, auth.CarrierAPIKey: 200} {
		if got := answer(g, carried("GET", carry(carrier, "op_service")...), nil, protected()); got != want {
			t.Errorf("a service by %s: %d", carrier, got)
		}
	}
	x.take()
	if id, c := g.Admit(carried("GET", carry(auth.CarrierBearer, "op_1")...), nil, &auth.Rule{Access: auth.Public}); id != nil || c != nil || x.take() != nil {
		t.Errorf("public: %v, %v", id, c)
	}
	if got := answer(g, carried("POST", append(carry(auth.CarrierCookie, "op_1"), "Sec-Fetch-Site", "cross-site")...), nil, protected()); got != 403 {
		t.Errorf("a cookie from elsewhere: %d", got)
	}
	revoked := guardWith(t, append(everywhere(&till{tokens: map[string]string{"op_1": edSigner().token(map[string]any{"sub": "gone"})}}), auth.Revocations(revoking{}))...)
	if got := answer(revoked, bearer("op_1"), nil, protected()); got != 401 {
		t.Errorf("revoked: %d", got)
	}
}

// TestExchangeEnded holds that no answer counts that came after the caller left.
func TestExchangeEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	x := goodTill()
	x.hold = cancel
	g := guardWith(t, everywhere(x)...)
	_, c := g.Admit(bearer("op_1").WithContext(ctx), nil, protected())
	if c == nil || c.Status() != 503 || !strings.Contains(c.Reason(), "the credential exchanger did not answer: context canceled") {
		t.Fatalf("%v", c)
	}
	h := http.Header{}
	if c.SetHeader(h); h.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// TestExchangeObserved holds what an observer is told, once for each request.
func TestExchangeObserved(t *testing.T) {
	t.Parallel()
	var told []string
	g := guardWith(t, append(everywhere(goodTill()), auth.Observe(observed(func(_ context.Context, e auth.Event) {
		told = append(told, fmt.Sprintf("%s %s %v %v", e.Kind, e.Provider, e.Yes, e.Err))
	})))...)
	for _, c := range []struct{ text, want string }{
		{"op_1", "provider call credential exchanger true <nil>, cache miss  false <nil>, allowed  false <nil>"},
		{"op_1", "provider call credential exchanger true <nil>, cache hit  false <nil>, allowed  false <nil>"},
		{"op_unknown", "provider call credential exchanger false <nil>, denied  false <nil>"},
		{"op_down", "provider call credential exchanger false connection refused, denied  false <nil>"},
		{"op_panics", "provider call credential exchanger false string, denied  false <nil>"},
		{edSigner().token(nil), "cache miss  false <nil>, allowed  false <nil>"},
		{"x", "cache miss  false <nil>, denied  false <nil>"},
	} {
		told = nil
		g.Admit(bearer(c.text), nil, protected())
		if got := strings.Join(told, ", "); got != c.want {
			t.Errorf("%.10s: %s", c.text, got)
		}
	}
}

// TestSecretsStayUnseen holds that neither a credential nor the token that it was
// exchanged for is in a log or in what is printed.
func TestSecretsStayUnseen(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	x := goodTill()
	g := guardWith(t, append(everywhere(x), auth.KeepTokens(), logTo(&log), auth.Observe(auth.LogObserver(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))))...)
	rule := protected()
	rule.Audit.Name = "Upload"
	for _, carrier := range everyCarrier {
		for text := range x.tokens {
			g.Admit(carried("GET", carry(carrier, text)...), nil, rule)
		}
	}
	id, err := g.Validate(t.Context(), "op_1")
	if err != nil || id.Token() != x.tokens["op_1"] {
		t.Fatalf("%v, %q", err, id.Token())
	}
	user, _ := auth.As[auth.User](id)
	c := auth.Credential{Carrier: auth.CarrierBasic, Text: "op_1"}
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "c", c, "id", id)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "c", c, "id", id)
	for _, v := range []any{c, &c, id, user, []any{c, id}, map[string]auth.Credential{"": c}, struct{ C auth.Credential }{c}} {
		fmt.Fprintf(&log, "%v %+v %#v %s ", v, v, v, v)
		log.Write(must(json.Marshal(v)))
	}
	if strings.Contains(log.String(), "op_") {
		t.Errorf("a credential is shown: %s", log.String())
	}
	for text, token := range x.tokens {
		if signature := token[strings.LastIndexByte(token, '.')+1:]; signature != "" && strings.Contains(log.String(), signature) {
			t.Errorf("the token of %s is shown", text)
		}
	}
}

// TestKeepTokens holds that identities have their token with the option alone, seen
// before or not, and also with rights that were looked up.
func TestKeepTokens(t *testing.T) {
	t.Parallel()
	token := machine("m1", nil)
	source := &registry{known: map[string]auth.Rights{"m1": {Roles: []string{"worker"}}}}
	var accepted string
	accept := func(id *auth.Identity) error {
		accepted = id.Token()
		return nil
	}
	for name, c := range map[string]struct {
		opts []auth.Option
		want string
	}{
		"without": {nil, ""}, "with": {[]auth.Option{auth.KeepTokens()}, token}, "no cache": {[]auth.Option{auth.KeepTokens(), auth.NoTokenCache()}, token},
		"looked up": {[]auth.Option{auth.KeepTokens(), auth.LookUp(accessKinds, source)}, token},
	} {
		g := newGuard(t, append(c.opts, auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk())),
			auth.Mapping(auth.MappingAuthgen), auth.Accept(accept)), auth.Clock(fixedClock), quiet())...)
		for range 2 {
			accepted = c.want
			if id := accepts(t, g, token); id.Token() != c.want || accepted != c.want {
				t.Errorf("%s: %q, %q", name, id.Token(), accepted)
			}
		}
		accepted = "not asked"
		if auth.Explain(t.Context(), g, protected(), token, nil); accepted != c.want {
			t.Errorf("%s: explained with %q", name, accepted)
		}
	}
	if got := new(auth.Identity).Token(); got != "" {
		t.Errorf("nobody has %q", got)
	}
}

// TestExchangeExplained holds that Explain says what Admit says of a bearer token that
// is exchanged.
func TestExchangeExplained(t *testing.T) {
	t.Parallel()
	x := goodTill()
	x.tokens["op_role"] = edSigner().token(map[string]any{"roles": []string{"admin"}})
	g := guardWith(t, everywhere(x)...)
	rule := protected(auth.Demands{Roles: []string{"admin"}})
	for text, want := range map[string]string{
		"op_role":    "exchange true",
		"op_1":       "exchange true, roles false",
		"op_expired": "exchange true, times false",
		"op_opaque":  "exchange true, form false",
		"op_unknown": "exchange false",
		"op_down":    "exchange unavailable",
		"op_panics":  "exchange unavailable",
		"op_1 x":     "form false",
	} {
		var got []string
		e := auth.Explain(t.Context(), g, rule, text, nil)
		for _, c := range e.Checks {
			if c.Name == "exchange" || c.Outcome != auth.OutcomeTrue && c.Outcome != auth.OutcomeNotAsked {
				got = append(got, c.Name+" "+string(c.Outcome))
			}
		}
		if strings.Join(got, ", ") != want || e.Status != answer(g, bearer(text), nil, rule) || strings.Contains(e.String(), text) {
			t.Errorf("%s: %v\n%s", text, got, e)
		}
	}
	for _, c := range auth.Explain(t.Context(), g, rule, edSigner().token(nil), nil).Checks {
		if c.Name == "exchange" {
			t.Error("a token of the issuer is exchanged")
		}
	}
}

// TestExchangeMistakes holds what New refuses.
func TestExchangeMistakes(t *testing.T) {
	t.Parallel()
	x := new(till)
	for want, opts := range map[string][]auth.Option{
		"the exchanger is nil":                  {auth.Exchange(nil, auth.CarrierBearer)},
		"Exchange: names no carrier":            {auth.Exchange(x)},
		"names no carrier":                      {auth.Exchange(x, 0)},
		"carrier":                               {auth.Exchange(x, auth.CarrierCookie+1)},
		"by basic have an exchanger":            {auth.Exchange(x, auth.CarrierBasic), auth.Exchange(x, auth.CarrierBearer, auth.CarrierBasic)},
		"Exchange: the guard does not read coo": {auth.Exchange(x, auth.CarrierCookie)},
		"the guard does not read user token":    {auth.Exchange(x, auth.CarrierUserToken)},
		"the guard does not read api key":       {auth.Exchange(x, auth.CarrierAPIKey)},
	} {
		newFails(t, want, opts...)
	}
}

// TestExchangeAllocations holds that an exchanger which has its answer at hand costs a
// request no allocation, nor does having one a request with a token seen before.
func TestExchangeAllocations(t *testing.T) { // not parallel, for AllocsPerRun
	g := guardWith(t, append(everywhere(atHand{"op_1", edSigner().token(nil)}), auth.KeepTokens())...)
	rule := protected(auth.Demands{Kinds: auth.KindUser})
	for name, headers := range map[string][]string{
		"Basic": carry(auth.CarrierBasic, "op_1"), "Bearer": carry(auth.CarrierBearer, "op_1"), "user token": carry(auth.CarrierUserToken, "op_1"),
		"a token": carry(auth.CarrierBearer, edSigner().token(nil)),
	} {
		r := carried("GET", headers...)
		if n := testing.AllocsPerRun(100, func() {
			if _, c := auth.AdmitAs[auth.User](g, r, nil, rule); c != nil {
				t.Fatal(c.Reason())
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// atHand exchanges one credential.
type atHand struct{ text, token string }

func (x atHand) Exchanges(c auth.Credential) bool { return c.Text == x.text }

func (x atHand) Exchange(context.Context, auth.Credential) (string, error) { return x.token, nil }
