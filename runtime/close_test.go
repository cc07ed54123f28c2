package auth_test

import (
	"errors"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// closing notes that it was closed.
type closing struct {
	name  string
	notes *[]string
	err   error
}

func (c closing) Close() error {
	*c.notes = append(*c.notes, c.name)
	return c.err
}

func TestClose(t *testing.T) {
	t.Parallel()
	var notes []string
	failed := errors.New("not closed")
	g := newGuard(t, auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk()))),
		auth.OnClose(closing{"first", &notes, nil}), auth.OnClose(closing{"second", &notes, failed}))
	for range 2 {
		if err := g.Close(); !errors.Is(err, failed) {
			t.Errorf("Close: %v", err)
		}
	}
	if len(notes) != 2 || notes[0] != "second" || notes[1] != "first" {
		t.Errorf("closed %q, want the last first and each once", notes)
	}
}

func TestCloseOfNothing(t *testing.T) {
	t.Parallel()
	var none *auth.Guard
	for _, g := range []*auth.Guard{none, new(auth.Guard), newGuard(t, auth.Issuer(testIssuer, auth.Audience(testAudience), auth.PublicJWKS(jwks(edSigner().jwk()))))} {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := auth.New(t.Context(), auth.OnClose(nil)); err == nil {
		t.Error("a closer that is nil is no mistake")
	}
}
