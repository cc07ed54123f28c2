package config_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/config"
)

// FuzzParse shows that no text makes the reader panic, that positions lie inside
// the text, and that every name and directive stands where its position says.
func FuzzParse(f *testing.F) {
	f.Add([]byte("roles: {admin: runs it, member: \"\"}\nrules:\n  a: [roles=admin, 'x']\n  b:\n  - policy=role(\"a\") # c\n"))
	f.Add([]byte("public: [{route: GET /a, reason: x}]\nmiddleware: [a.B]\naccepted:\n- {finding: AUTH100, route: \"GET /{a}\", reason: y, until: 2027-01-31, count: 0x2}\n- finding: AUTH115\n  file: a/b.go\n  reason: z\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, problems := config.Parse(data)
		lines := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
		from := func(what string, p config.Position) string {
			if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
				t.Fatalf("position %v of %q is outside the text", p, what)
			}
			return lines[p.Line-1][p.Column-1:]
		}
		for _, p := range problems {
			from(p.Message, p.Position)
			if p.Message == "" || p.Suggestion == "" || !slices.Contains(config.Codes(), p.Code) {
				t.Errorf("problem says too little: %+v", p)
			}
		}
		for _, r := range got.Rules {
			if from(r.Name, r.Position); len(r.Directives) == 0 {
				t.Errorf("rule %q demands nothing", r.Name)
			}
			for _, d := range r.Directives {
				// In quotes, the text may stand there with escapes.
				rest := from(d.Text, d.Position)
				quoted := d.Position.Column > 1 && strings.ContainsRune(`"'`, rune(lines[d.Position.Line-1][d.Position.Column-2]))
				if !quoted && !strings.HasPrefix(rest, d.Text) {
					t.Errorf("directive %q is not at %v", d.Text, d.Position)
				}
			}
		}
		for _, names := range []*config.Names{got.Roles, got.Permissions, got.Features} {
			if names == nil {
				continue
			}
			for _, n := range names.List {
				if from(n.Name, n.Position); n.Name == "" {
					t.Error("a name is empty")
				}
			}
		}
		for _, p := range got.Public {
			if from(p.Path, p.Position); p.Method == "" || p.Path == "" || p.Reason == "" {
				t.Errorf("a route is public without a name or a reason: %+v", p)
			}
		}
		for _, a := range got.Accepted {
			if from(a.Finding, a.Position); a.Finding == "" || a.Reason == "" || a.Count < 1 || (a.Route == "") == (a.File == "") {
				t.Errorf("a finding is accepted without saying which or why: %+v", a)
			}
		}
		if again, more := config.Parse(data); !reflect.DeepEqual(again, got) || !reflect.DeepEqual(more, problems) {
			t.Error("the second reading differs")
		}
	})
}
