package entitlement_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/authgen/authgen/providers/frontegg/internal/entitlement"
	auth "github.com/authgen/authgen/runtime"
)

var _ entitlement.Permissions = (*auth.Identity)(nil)

// FuzzHeld compares with a regular expression.
func FuzzHeld(f *testing.F) {
	for _, pair := range [][2]string{{"fe.*", "fe."}, {"*", ""}, {"a*a", "a"}, {"*ab*b", "aabb"}, {"a\n*", "a\n"}, {"", ""}, {"**", "x"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, held, asked string) {
		if len(held) > 200 || !utf8.ValidString(held) || !utf8.ValidString(asked) {
			return
		}
		pattern := `(?s)\A` + strings.ReplaceAll(regexp.QuoteMeta(held), `\*`, `.*`) + `\z`
		want := held != "" && regexp.MustCompile(pattern).MatchString(asked)
		if got := (entitlement.Held{held}).HasPermission(asked); got != want {
			t.Errorf("who has %q has %q: %v, want %v", held, asked, got, want)
		}
	})
}
