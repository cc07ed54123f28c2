package auth_test

import (
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// TestPathValues holds which path parameters are compared at all: the token holds
// the very same text, so nothing else keeps its bearer out.
func TestPathValues(t *testing.T) {
	t.Parallel()
	g := guardWith(t, auth.Checker(new(oracle)))
	check := auth.Demands{Checks: []auth.ResourceCheck{{Type: "project", ID: "{id}", Permission: "yes"}}}
	for value, want := range map[string]int{
		"t1": 200, "T-1_a.b~c": 200, "...": 200, ".t": 200, " ": 200, "a b": 200, "t1,t2": 200, "~": 200, "\u00a0": 200, "\u00e9\u754c": 200, "\u2027": 200, "\ufffd": 200,
		"": 403, ".": 403, "..": 403, "a/b": 403, "/": 403, "a\\b": 403, "a%2Fb": 403, "%": 403,
		"a\x00": 403, "\t": 403, "a\r\n": 403, "\x1f": 403, "\x7f": 403, "\u0080": 403, "\u009f": 403, "a\u2028": 403, "a\u2029": 403,
	} {
		token := edSigner().token(map[string]any{"sub": "s" + value, "tenantId": value})
		for name, rule := range map[string]*auth.Rule{"tenant": protected(auth.Demands{Tenant: "id"}), "check": protected(check)} {
			if got := answer(g, bearer(token), path{"id": value}, rule); got != want {
				t.Errorf("%s %q: %d, want %d", name, value, got, want)
			}
		}
		if _, err := g.Validate(t.Context(), token, auth.Tenant(value)); (err == nil) != (want == 200) {
			t.Errorf("tenant %q by hand: %v", value, err)
		}
		if _, err := g.Validate(t.Context(), token, auth.Owner("s"+value)); (err == nil) != (want == 200 || value == "" || value == "." || value == "..") {
			t.Errorf("owner %q by hand: %v", value, err)
		}
		if _, err := g.Validate(t.Context(), token, auth.Allowed("project", value, "yes")); (err == nil) != (want == 200) {
			t.Errorf("object %q by hand: %v", value, err)
		}
	}
	// Bytes that are no UTF-8 come in paths only: a token with them is none.
	for _, value := range []string{"\xff", "a\xc0\xaf", "\xed\xa0\x80"} {
		if got := answer(g, bearer(edSigner().token(nil)), path{"id": value}, protected(check)); got != 403 {
			t.Errorf("%q: %d", value, got)
		}
	}
	if got := answer(g, bearer(edSigner().token(nil)), nil, protected(check)); got != 403 {
		t.Errorf("without parameters: %d", got)
	}
}

// TestWildcards holds what a permission with stars stands for.
func TestWildcards(t *testing.T) {
	t.Parallel()
	claims := auth.MappingAuthgen.Claims()
	claims.PermissionWildcards = true
	g := issuerGuard(t, auth.Mapping(claims))
	for held, asked := range map[string]struct{ yes, no []string }{
		"*":         {[]string{"a", "*", "a.b", "\n"}, []string{""}},
		"**":        {[]string{"a"}, nil},
		"a.*":       {[]string{"a.", "a.b", "a.b.c", "a.*"}, []string{"a", "A.b", "ba.b", "axb"}},
		"*.read":    {[]string{".read", "a.read", "a.read.read"}, []string{"read", "a.read.x", "a.reads"}},
		"a*b*c":     {[]string{"abc", "aXbYc", "abbcc", "a*b*c"}, []string{"ac", "acb", "abcd", "ab"}},
		"a.*.read*": {[]string{"a.b.read", "a..readers"}, []string{"a.read", "a.b.rea"}},
		"a":         {[]string{"a"}, []string{"", "aa", "*"}},
		"a.b":       {[]string{"a.b"}, []string{"axb"}},
		"":          {nil, []string{"", "a"}},
	} {
		id := accepts(t, g, edSigner().token(map[string]any{"permissions": []string{held}}))
		for want, list := range map[bool][]string{true: asked.yes, false: asked.no} {
			for _, permission := range list {
				if id.HasPermission(permission) != want {
					t.Errorf("%q for %q: %v", held, permission, !want)
				}
			}
		}
	}
}
