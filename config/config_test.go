package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/authgen/authgen/config"
)

func at(line, column int) config.Position { return config.Position{Line: line, Column: column} }

func rule(name string, position config.Position, directives ...config.Directive) config.NamedRule {
	return config.NamedRule{Name: name, Directives: directives, Position: position}
}

func directive(text string, line, column int) config.Directive {
	return config.Directive{Text: text, Position: at(line, column)}
}

func with(change func(c *config.Config)) *config.Config {
	c := config.Default()
	change(c)
	return c
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, source string
		want         *config.Config
	}{
		{"Empty", "", config.Default()},
		{"Comments", "# nothing yet\n\n", config.Default()},
		{"OneDocument", "---\nstrict: {require-rule: true}\n...\n", config.Default()},
		{"Embed", "embed: internal/authmanifest\n", with(func(c *config.Config) { c.Embed = "internal/authmanifest" })},
		{"Frontier", "frontier:\n  permissions: {uploadFile: upload, \"do-it\": \"execute\"}\n", with(func(c *config.Config) {
			c.Frontier = &config.Frontier{Permissions: []config.FrontierPermission{{"uploadFile", "upload", at(2, 17)}, {"do-it", "execute", at(2, 38)}}}
		})},
		{"FrontierAlone", "frontier: {}\n", with(func(c *config.Config) { c.Frontier = &config.Frontier{} })},
		{"DescribedNames", "roles: {admin: Runs the place, member: \"\", guest: }\n", with(func(c *config.Config) {
			c.Roles = &config.Names{List: []config.Name{
				{"admin", "Runs the place", at(1, 9)}, {"member", "", at(1, 32)}, {"guest", "", at(1, 44)},
			}}
		})},
		{"DescribedInLines", "permissions:\n  read: Reads\n    a lot\n  # more\n  'up load': >-\n    Stores\n    files\n", with(func(c *config.Config) {
			c.Permissions = &config.Names{List: []config.Name{{"read", "Reads a lot", at(2, 3)}, {"up load", "Stores files", at(5, 4)}}}
		})},
		{"ListedNames", "features: [sso, \"007\"]\nroles:\n- a\n- b # second\n", with(func(c *config.Config) {
			c.Roles = &config.Names{List: []config.Name{{"a", "", at(3, 3)}, {"b", "", at(4, 3)}}}
			c.Features = &config.Names{List: []config.Name{{"sso", "", at(1, 12)}, {"007", "", at(1, 18)}}}
		})},
		{"NoNames", "roles: []\nfeatures: {}\n", with(func(c *config.Config) {
			c.Roles, c.Features = &config.Names{}, &config.Names{}
		})},
		{"RulesInBrackets", "rules:\n  billing: [roles=admin, policy=role(\"a\") || role(\"b\"), 'é=1', x]\n", with(func(c *config.Config) {
			c.Rules = []config.NamedRule{rule("billing", at(2, 3),
				directive("roles=admin", 2, 13), directive(`policy=role("a") || role("b")`, 2, 26), directive("é=1", 2, 58), directive("x", 2, 65))}
		})},
		{"RulesInLines", "rules:\n  a:\n    - roles=a,b   # who\n    -   \"policy=role(\\\"x\\\")\"\n    - 'it''s'\n  b: [\"check=project:{id}#update\"]\n  c.d-e: [tenant=t]\n", with(func(c *config.Config) {
			c.Rules = []config.NamedRule{
				rule("a", at(2, 3), directive("roles=a,b", 3, 7), directive(`policy=role("x")`, 4, 10), directive("it's", 5, 8)),
				rule("b", at(6, 3), directive("check=project:{id}#update", 6, 8)),
				rule("c.d-e", at(7, 3), directive("tenant=t", 7, 11)),
			}
		})},
		{"BlanksAtLineEnds", "rules:  \n  a: \t\n\n    - x  \n    # c  \n    - 'y' \n  b:\n  - z\t\n", with(func(c *config.Config) {
			c.Rules = []config.NamedRule{
				rule("a", at(2, 3), directive("x", 4, 7), directive("y", 6, 8)), rule("b", at(7, 3), directive("z", 8, 5)),
			}
		})},
		{"CommaInQuotes", "rules: {a: ['roles=x,y']}", with(func(c *config.Config) {
			c.Rules = []config.NamedRule{rule("a", at(1, 9), directive("roles=x,y", 1, 14))}
		})},
		{"WindowsLines", "\ufeffrules:\r\n  a:\r\n  - roles=x\r\n  - stepup=10m\r\n", with(func(c *config.Config) {
			c.Rules = []config.NamedRule{rule("a", at(2, 3), directive("roles=x", 3, 5), directive("stepup=10m", 4, 5))}
		})},
		{"ByteOrderMark", "\ufeffrules: {a: [x]}\n", with(func(c *config.Config) {
			c.Rules = []config.NamedRule{rule("a", at(1, 12), directive("x", 1, 16))}
		})},
		{"Build", "build: {goos: js, goarch: wasm, tags: [integration, go1.26, 'x_y']}\n", with(func(c *config.Config) {
			c.Build = config.Build{GOOS: "js", GOARCH: "wasm", Tags: []string{"integration", "go1.26", "x_y"}}
		})},
		{"NoTags", "build: {tags: []}\n", config.Default()},
		{"Strict", "strict: {public-reason: true, require-rule: false}\n", &config.Config{Strict: config.Strict{PublicReason: true}}},
		{"BracketsAroundAll", "{strict: {public-reason: true}}", with(func(c *config.Config) { c.Strict.PublicReason = true })},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, problems := config.Parse([]byte(test.source))
			if len(problems) > 0 {
				t.Errorf("problems: %+v", problems)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

// TestParseStricter holds that what cannot be read does not admit more.
func TestParseStricter(t *testing.T) {
	t.Parallel()
	got, problems := config.Parse([]byte(`roles: admin
features: [sso, 1]
rules: {ok: [public], a: [roles=x, 1], b: []}
strict: {public-reason: yes, require-rule: off}
`))
	if len(problems) != 6 {
		t.Errorf("problems: %+v", problems)
	}
	if got.Roles == nil || len(got.Roles.List) != 0 {
		t.Errorf("roles: %+v", got.Roles)
	}
	if got.Features == nil || len(got.Features.List) != 1 {
		t.Errorf("features: %+v", got.Features)
	}
	if len(got.Rules) != 1 || got.Rules[0].Name != "ok" {
		t.Errorf("rules: %+v", got.Rules)
	}
	if got.Strict != (config.Strict{PublicReason: true, RequireRule: true}) {
		t.Errorf("strict: %+v", got.Strict)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, config.FileName)

	got, problems, err := config.Load(path)
	if err != nil || problems != nil || !reflect.DeepEqual(got, config.Default()) {
		t.Errorf("absent: %+v, %+v, %v", got, problems, err)
	}
	if got, _, err := config.Load(dir); err == nil || got != nil {
		t.Errorf("a folder: %+v, %v", got, err)
	}

	if err := os.WriteFile(path, []byte("build: {goos: js, goarhc: wasm}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, problems, err = config.Load(path)
	if err != nil || got.Build.GOOS != "js" || len(problems) != 1 || problems[0].Suggestion != `did you mean "goarch"?` {
		t.Errorf("%+v, %+v, %v", got, problems, err)
	}

	if err := os.WriteFile(path, []byte(strings.Repeat("#", 1<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, problems, err = config.Load(path); err != nil || len(problems) != 0 {
		t.Errorf("the biggest: %+v, %v", problems, err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("#", 1<<20+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, problems, err = config.Load(path)
	if err != nil || len(problems) != 1 || problems[0].Code != config.CodeTooBig {
		t.Errorf("too big: %+v, %v", problems, err)
	}
}

func TestIgnored(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"authgen.yml": true, ".authgen.yaml": true, ".authgen.yml": true, "AuthGen.yaml": true, "authgen.YAML": true,
		"files/authgen.yaml": true, "a/b/authgen.yml": true,
		"authgen.yaml": false, "authgen.yaml.bak": false, "my-authgen.yaml": false, "auth.yaml": false, "authgen.go": false,
		"authgen": false, "": false, ".": false, "authgen.yaml/x.yaml": false, "web/node_modules/x/authgen.yaml": false,
	} {
		p, got := config.Ignored(path)
		if got != want || got != (p.Code == config.CodeIgnored) || got != (p.Suggestion != "") {
			t.Errorf("%q: %v, %+v", path, got, p)
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	codes := config.Codes()
	if !slices.IsSorted(codes) || len(slices.Compact(slices.Clone(codes))) != len(codes) {
		t.Errorf("codes are not in order: %v", codes)
	}
	if codes[0] < "AUTH060" || codes[len(codes)-1] > "AUTH069" {
		t.Errorf("codes outside of AUTH060 to AUTH069: %v", codes)
	}
}
