package auth_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// TestAccept holds that each function is asked of a token that is valid otherwise, once
// where all accept it, and that a token which one refuses is 401 each time.
func TestAccept(t *testing.T) {
	t.Parallel()
	asked := 0
	first := func(id *auth.Identity) error {
		asked++
		switch id.Subject() {
		case "foreign":
			return errors.New("the token is for another organization")
		case "panic":
			panic(errors.New("s3cr3t"))
		}
		return nil
	}
	second := func(id *auth.Identity) error {
		if id.Kind() != auth.KindUser {
			return errors.New("is no person")
		}
		return nil
	}
	type claims = map[string]any
	s := edSigner()
	for name, c := range map[string]struct {
		token  string
		status int
		asked  int // by three requests
		reason string
	}{
		"accepted":    {s.token(nil), 200, 1, ""},
		"refused":     {s.token(claims{"sub": "foreign"}), 401, 3, "issuer https://id.example.com: the token is for another organization"},
		"the second":  {s.token(claims{"type": "vendor"}), 401, 3, "issuer https://id.example.com: is no person"},
		"a panic":     {s.token(claims{"sub": "panic"}), 503, 3, "issuer https://id.example.com: the function of Accept panicked: *errors.errorString"},
		"expired":     {s.token(claims{"exp": 1}), 401, 0, "issuer https://id.example.com: the token has expired"},
		"not his own": {signer{"EdDSA", "k1", newEd25519()}.token(nil), 401, 0, "the signature does not fit"},
	} {
		g := issuerGuard(t, auth.Accept(first), auth.Accept(second))
		asked = 0
		for range 3 {
			_, challenge := g.Admit(bearer(c.token), nil, protected())
			status, reason := http.StatusOK, ""
			if challenge != nil {
				status, reason = challenge.Status(), challenge.Reason()
			}
			if status != c.status || reason != c.reason {
				t.Errorf("%s: %d, %s", name, status, reason)
			}
		}
		if asked != c.asked {
			t.Errorf("%s: asked %d times", name, asked)
		}
		x := auth.Explain(t.Context(), g, protected(), c.token, nil)
		if x.Status != c.status {
			t.Errorf("%s: explained as\n%s", name, x)
		}
		i := slices.IndexFunc(x.Checks, func(check auth.Check) bool { return check.Name == "acceptance" })
		if (i >= 0) != (c.asked > 0) || i >= 0 && (x.Checks[i].Outcome == auth.OutcomeTrue) != (c.status == 200) {
			t.Errorf("%s: explained as\n%s", name, x)
		}
	}
	if _, err := auth.New(t.Context(), auth.Issuer(testIssuer, auth.Accept(nil))); err == nil {
		t.Error("a function that is nil is accepted")
	}
}
