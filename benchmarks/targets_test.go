package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
)

// faults are what makes tokens that must be refused.
var faults = map[string]change{
	"expired":        {expires: -time.Hour},
	"role":           {role: "superadmin"},
	"forged":         {forged: true},
	"none":           {unsigned: true},
	"wrong issuer":   {issuer: "https://evil.example.com"},
	"wrong audience": {audience: "mail-api"},
}

func newTestEnv(t *testing.T) *env {
	t.Helper()
	e, err := newEnv()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func mint(t *testing.T, e *env, alg string, c change) string {
	t.Helper()
	token, err := e.mint(alg, 0, c)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func status(h http.Handler, token string) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, newRequest(scheme+token))
	return w.Code
}

// TestTargets holds that all decide alike on the tokens that are measured and on
// bad ones, but for the faults that they are known to let through.
func TestTargets(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t)
	good := mint(t, e, "RS256", change{})
	for _, target := range targets() {
		if target.bare == "" {
			continue
		}
		t.Run(target.name, func(t *testing.T) {
			t.Parallel()
			h, err := target.build(e)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // a second time, when they have seen it
				if code := status(h, good); code != http.StatusNoContent {
					t.Fatalf("a good token: %d", code)
				}
			}
			for name, fault := range faults {
				code := status(h, mint(t, e, "RS256", fault))
				if admitted := code == http.StatusNoContent; admitted != slices.Contains(target.admits, name) {
					t.Errorf("%s: %d", name, code)
				}
			}
			if code := status(h, ""); code == http.StatusNoContent {
				t.Error("admits without a token")
			}
		})
	}
}

// TestAlgorithms holds the same for the guards of each algorithm.
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t)
	for _, alg := range algorithms {
		h, err := guardedBy(alg, twinHTTP)(e)
		if err != nil {
			t.Fatal(err)
		}
		good := mint(t, e, alg, change{})
		if code := status(h, good); code != http.StatusNoContent {
			t.Errorf("%s: a good token: %d", alg, code)
		}
		if err := rawCheck(e, alg)(newSigned(t, good)); err != nil {
			t.Errorf("%s: raw: %v", alg, err)
		}
		forged := mint(t, e, alg, change{forged: true})
		if err := rawCheck(e, alg)(newSigned(t, forged)); err == nil {
			t.Errorf("%s: raw: forged token admitted", alg)
		}
		for name, fault := range faults {
			if code := status(h, mint(t, e, alg, fault)); code == http.StatusNoContent {
				t.Errorf("%s: %s: admitted", alg, name)
			}
		}
	}
}

func newSigned(t *testing.T, token string) signed {
	t.Helper()
	s, err := takeApart(scheme + token)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestToken holds the size and the content of what is measured.
func TestToken(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t)
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(mint(t, e, "RS256", change{}), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Roles, Permissions []string }
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if len(payload) != 959 || len(claims.Roles) != 5 || len(claims.Permissions) != 40 || !strings.Contains(string(payload), `\u00f6`) {
		t.Errorf("%d bytes, %d roles, %d permissions: %s", len(payload), len(claims.Roles), len(claims.Permissions), payload)
	}
}

// TestTwinsUpToDate holds that what is measured is what is generated today.
func TestTwinsUpToDate(t *testing.T) {
	t.Parallel()
	authtest.UpToDate(t)
}
