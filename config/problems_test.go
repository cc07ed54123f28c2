package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/authgen/authgen/config"
)

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, source string
		want         []string // code line:column message; suggestion
	}{
		{"UnknownKey", "role: [a]\nbuild: {gos: linux}\nstrict: {public_reason: true, whatever: 1}\n", []string{
			`AUTH063 1:1 authgen.yaml has no key "role"; did you mean "roles"?`,
			`AUTH063 2:9 build has no key "gos"; did you mean "goos"?`,
			`AUTH063 3:10 strict has no key "public_reason"; did you mean "public-reason"?`,
			`AUTH063 3:31 strict has no key "whatever"; the keys are public-reason, require-rule`,
		}},
		{"KeyInOtherCase", "Roles: [a]\n", []string{
			`AUTH063 1:1 authgen.yaml has no key "Roles"; did you mean "roles"?`,
		}},
		{"DuplicateKey", "roles: [a]\nfeatures: [x]\nroles: [b]\n", []string{
			`AUTH064 3:1 the key "roles" stands twice, first in line 1; remove one of them`,
		}},
		{"DuplicateName", "roles: [a, b, a]\nfeatures: {x: one, \"x\": two}\n", []string{
			`AUTH064 1:15 the role "a" stands twice, first in line 1; remove one of them`,
			`AUTH064 2:21 the feature "x" stands twice, first in line 2; remove one of them`,
		}},
		{"DuplicateRule", "rules:\n  a: [roles=x]\n  a: [public]\n", []string{
			`AUTH064 3:3 the rule "a" stands twice, first in line 2; remove one of them`,
		}},
		{"Entries", "public: [{route: GET /a, reason: x}, {route: GET /a, reason: y}, {route: /a}, {route: GET /b}]\naccepted: [{finding: AUTH74, route: a b}]\nmiddleware: [mw]\n", []string{
			`AUTH064 1:38 the public route "GET /a" stands twice, first in line 1; remove one of them`,
			`AUTH065 1:74 "/a" is not a method and a path; write both as findings do, such as GET /healthz; ANY is the method of a route that names none`,
			`AUTH065 1:79 this entry has no reason; say why anybody may call the route: reason: load balancer`,
			`AUTH065 2:22 "AUTH74" is no finding about routes; write its code, such as AUTH100`,
			`AUTH065 2:37 "a b" is not a method and a path; write both as findings do, such as GET /healthz; ANY is the method of a route that names none`,
			`AUTH066 3:14 "mw" is no name of a function; write import path and name, such as example.com/app/mw.RequireUser`,
		}},
		{"DuplicateTag", "build: {tags: [a, a]}\n", []string{
			`AUTH064 1:19 the tag "a" stands twice, first in line 1; remove one of them`,
		}},
		{"EmptyName", "roles: [\"\", ' a', \"b\\u200b\"]\npermissions: {\"\": x}\n", []string{
			`AUTH066 1:10 the name of a role is empty; write the name as rules do, such as [admin, member]`,
			`AUTH066 1:14 the name of a role begins or ends with a space; write the name as rules do, such as [admin, member]`,
			`AUTH066 1:20 the name of a role holds the invisible character U+200B; write the name as rules do, such as [admin, member]`,
			`AUTH066 2:16 the name of a permission is empty; write the name as rules do, such as [readReport]`,
		}},
		{"NumberAsName", "roles: [007, true, null, 1.5, admin: x, [y]]\nfeatures: {1: x}\n", []string{
			`AUTH065 1:9 a role is text, and here is a number; put it in quotes`,
			`AUTH065 1:14 a role is text, and here is true or false; put it in quotes`,
			`AUTH065 1:20 a role is text, and here is nothing; write text`,
			`AUTH065 1:26 a role is text, and here is a number; put it in quotes`,
			`AUTH065 1:31 a role is text, and here is a mapping; write text`,
			`AUTH065 1:41 a role is text, and here is a list; write text`,
			`AUTH065 2:12 a feature is text, and here is a number; put it in quotes`,
		}},
		{"NumberAsDescription", "roles: {a: 5, b: [x]}\n", []string{
			`AUTH065 1:12 a description is text, and here is a number; put it in quotes`,
			`AUTH065 1:18 a description is text, and here is a list; write text`,
		}},
		{"NoValue", "roles:\nrules:\nbuild:\nstrict:\n", []string{
			`AUTH065 1:1 roles takes names, and here is nothing; write roles: [admin, member], or remove the key`,
			`AUTH065 2:1 rules takes names with lists of directives, and here is nothing; write rules: {billing: [roles=admin]}, or remove the key`,
			`AUTH065 3:1 build holds keys with values, and here is nothing; write build: {goos: linux}, or remove the key`,
			`AUTH065 4:1 strict holds keys with values, and here is nothing; write strict: {public-reason: true}, or remove the key`,
		}},
		{"NamesAsText", "roles: admin\n", []string{
			`AUTH065 1:8 roles takes names, and here is text; write roles: [admin, member], or remove the key`,
		}},
		{"DocumentAsList", "- roles\n", []string{
			`AUTH065 1:1 authgen.yaml holds keys with values, and here is a list; write keys such as roles: [admin]`,
		}},
		{"DocumentAsText", "roles\n", []string{
			`AUTH065 1:1 authgen.yaml holds keys with values, and here is text; write keys such as roles: [admin]`,
		}},
		{"DocumentAsNull", "null\n", []string{
			`AUTH065 1:1 authgen.yaml holds keys with values, and here is nothing; write keys such as roles: [admin]`,
		}},
		{"RulesAsList", "rules: [a]\n", []string{
			`AUTH065 1:8 rules takes names with lists of directives, and here is a list; write rules: {billing: [roles=admin]}, or remove the key`,
		}},
		{"RuleAsMapping", "rules:\n  a:\n    roles: admin\n  b: {}\n  c:\n  d: 5\n", []string{
			`AUTH065 3:5 a rule is a list of directives, and here is a mapping; write a: [roles=admin]`,
			`AUTH065 4:6 a rule is a list of directives, and here is a mapping; write b: [roles=admin]`,
			`AUTH065 5:3 a rule is a list of directives, and here is nothing; write c: [roles=admin]`,
			`AUTH065 6:6 a rule is a list of directives, and here is a number; write d: [roles=admin]`,
		}},
		{"RuleName", "rules: {a b: [public], \"\": [public], 1a: [public], 1: [public]}\n", []string{
			`AUTH066 1:9 "a b" is no name of a rule; use letters, digits, and the characters _ . -, with a letter first`,
			`AUTH066 1:25 "" is no name of a rule; use letters, digits, and the characters _ . -, with a letter first`,
			`AUTH066 1:38 "1a" is no name of a rule; use letters, digits, and the characters _ . -, with a letter first`,
			`AUTH065 1:52 a rule is text, and here is a number; put it in quotes`,
		}},
		{"NoDirectives", "rules: {a: []}\n", []string{
			`AUTH067 1:9 the rule "a" lists no directives; list demands, such as [roles=admin]`,
		}},
		{"NoList", "rules:\n  a: roles=admin\n  b: roles=x,y\n  c: \"\"\n", []string{
			`AUTH065 2:6 a rule is a list of directives, and here is text; write a: [roles=admin]`,
			`AUTH065 3:6 a rule is a list of directives, and here is text; write b: ["roles=x,y"]`,
			`AUTH065 4:6 a rule is a list of directives, and here is text; write c: [roles=admin]`,
		}},
		{"PrefixedDirectives", "rules: {a: [\"//auth:roles=admin\", \"auth:stepup\", \"//auth:\"]}\n", []string{
			`AUTH067 1:14 a directive stands here without its prefix; write roles=admin`,
			`AUTH067 1:36 a directive stands here without its prefix; write stepup`,
			`AUTH067 1:51 the directive is empty; remove it, or write one such as roles=admin`,
		}},
		{"DirectiveTypes", "rules: {a: [stepup: 10m, 5, true, [x], ]}\n", []string{
			`AUTH065 1:13 a directive is text, and here is a mapping; write it as in a comment, such as roles=admin`,
			`AUTH065 1:26 a directive is text, and here is a number; write it as in a comment, such as roles=admin`,
			`AUTH065 1:29 a directive is text, and here is true or false; write it as in a comment, such as roles=admin`,
			`AUTH065 1:35 a directive is text, and here is a list; write it as in a comment, such as roles=admin`,
		}},
		{"DirectiveEmptyEntry", "rules:\n  a:\n  -\n  - x\n", []string{
			`AUTH065 3:4 a directive is text, and here is nothing; write it as in a comment, such as roles=admin`,
		}},
		{"EmptyDirective", "rules: {a: [''], b: [x, \" \"]}\n", []string{
			`AUTH067 1:14 the directive is empty; remove it, or write one such as roles=admin`,
			`AUTH067 1:26 the directive is empty; remove it, or write one such as roles=admin`,
		}},
		{"DirectiveOfLines", "rules:\n  a:\n  - policy=role(\"a\")\n    || role(\"b\")\n  - |\n    x\n  - \"a\n    b\"\n  - \"a\\nb\"\n", []string{
			`AUTH067 3:5 a directive stands on one line; write one entry of the list for each directive; long policies can name other rules`,
			`AUTH067 5:5 a directive stands on one line; write one entry of the list for each directive; long policies can name other rules`,
			`AUTH067 7:6 a directive stands on one line; write one entry of the list for each directive; long policies can name other rules`,
			`AUTH067 9:6 a directive stands on one line; write one entry of the list for each directive; long policies can name other rules`,
		}},
		{"BracesInList", "rules:\n  a: [check=project:{id}#update]\n", []string{
			`AUTH060 2:21 ',' or ']' must be specified; close the bracket before here, or put text that holds one of {}[],# in quotes`,
		}},
		{"Platform", "build: {goos: Linux, goarch: \"\"}\n", []string{
			`AUTH068 1:15 goos: "Linux" is no GOOS; did you mean "linux"?`,
			`AUTH068 1:31 goarch: "" is no GOARCH; write goarch: amd64; go tool dist list shows all`,
		}},
		{"PlatformUnknown", "build: {goos: lnux, goarch: vax}\n", []string{
			`AUTH068 1:15 goos: "lnux" is no GOOS; did you mean "linux"?`,
			`AUTH068 1:29 goarch: "vax" is no GOARCH; write goarch: amd64; go tool dist list shows all`,
		}},
		{"PlatformType", "build: {goos: 386, goarch: [amd64]}\n", []string{
			`AUTH065 1:15 goos takes text, and here is a number; write goos: linux`,
			`AUTH065 1:28 goarch takes text, and here is a list; write goarch: amd64`,
		}},
		{"Tags", "build: {tags: [\"!x\", \"a,b\", \"\", 1]}\n", []string{
			`AUTH068 1:17 "!x" is no build tag; use letters, digits, _ and ., one tag for each entry`,
			`AUTH068 1:23 "a,b" is no build tag; use letters, digits, _ and ., one tag for each entry`,
			`AUTH068 1:30 "" is no build tag; use letters, digits, _ and ., one tag for each entry`,
			`AUTH065 1:33 a tag is text, and here is a number; put it in quotes`,
		}},
		{"TagsAsText", "build: {tags: integration}\n", []string{
			`AUTH065 1:15 tags takes a list, and here is text; write tags: [integration], or remove the key`,
		}},
		{"StrictType", "strict: {public-reason: yes, require-rule: }\n", []string{
			`AUTH065 1:25 public-reason takes true or false, and here is text; write public-reason: true`,
			`AUTH065 1:30 require-rule takes true or false, and here is nothing; write require-rule: true`,
		}},
		{"EmbedType", "embed: [a]\n", []string{
			`AUTH065 1:8 embed takes the path of a folder, and here is a list; write embed: internal/authmanifest, or remove the key`,
		}},
		{"EmbedNothing", "embed:\n", []string{
			`AUTH065 1:1 embed takes the path of a folder, and here is nothing; write embed: internal/authmanifest, or remove the key`,
		}},
		{"EmbedOutside", "embed: ../other\n", []string{
			`AUTH065 1:8 embed: "../other" is no path of folders of plain letters, digits and . - _ ~; write a path relative to go.mod, such as internal/authmanifest`,
		}},
		{"EmbedAbsolute", "embed: /tmp\n", []string{
			`AUTH065 1:8 embed: "/tmp" is no path of folders of plain letters, digits and . - _ ~; write a path relative to go.mod, such as internal/authmanifest`,
		}},
		{"EmbedIgnored", "embed: a/testdata/b\n", []string{
			`AUTH065 1:8 embed: "a/testdata/b" is in a folder that the go command leaves out; write a path relative to go.mod, such as internal/authmanifest`,
		}},
		{"EmbedNoPackage", "embed: internal/auth-manifest\n", []string{
			`AUTH065 1:8 embed: "internal/auth-manifest" does not end in a name that a package can have; write a path relative to go.mod, such as internal/authmanifest`,
		}},
		{"Anchor", "roles: &r [a]\npermissions: *r\n", []string{
			`AUTH062 1:8 anchors (&) are not read here; write the value out; text that begins with & stands in quotes`,
			`AUTH062 2:14 aliases (*) are not read here; write the value out; text that begins with * stands in quotes`,
		}},
		{"MergeKey", "rules:\n  <<: {a: public}\n", []string{
			`AUTH062 2:3 merge keys (<<) are not read here; write the entries out`,
		}},
		{"Tag", "roles: [!!str 5]\nrules: {a: !scope(\"x\")}\n", []string{
			`AUTH062 1:9 tags (!) are not read here; leave the tag out; text that begins with ! stands in quotes`,
		}},
		{"Directive", "%YAML 1.2\n---\nroles: [a]\n", []string{
			`AUTH062 1:1 directives (%) are not read here; remove the line`,
		}},
		{"Documents", "roles: [a]\n---\nroles: [b]\n", []string{
			`AUTH062 2:1 a second document begins here; keep all settings in one document, without --- and ...`,
		}},
		{"AfterEnd", "roles: [a]\n...\nfeatures: [b]\n", []string{
			`AUTH062 3:1 a second document begins here; keep all settings in one document, without --- and ...`,
		}},
		{"Tab", "rules:\n\ta: public\n", []string{
			`AUTH060 2:1 a tab cannot indent; indent with spaces`,
		}},
		{"TabFirst", "\troles: [a]\n", []string{
			`AUTH060 1:1 a tab cannot indent; indent with spaces`,
		}},
		{"OpenBracket", "roles: [a\nfeatures: [b]\n", []string{
			`AUTH060 2:1 ',' or ']' must be specified; close the bracket before here, or put text that holds one of {}[],# in quotes`,
		}},
		{"OpenQuote", "roles: [\"a]\n", []string{
			`AUTH060 1:9 could not find end character of double-quoted text; close the quotes`,
		}},
		{"Indentation", "rules:\n  a: x\n b: y\n", []string{
			`AUTH060 3:2 value is not allowed in this context; look at the indentation, brackets and quotes up to here`,
		}},
		{"Reserved", "roles: [@a]\n", []string{
			`AUTH060 1:9 '@' is a reserved character; put text that begins with it in quotes`,
		}},
		{"ColonInText", "rules:\n  a: roles: admin\n", []string{
			`AUTH060 2:6 mapping value is not allowed in this context; look at the indentation, brackets and quotes up to here`,
		}},
		{"QuestionKey", "? roles\n: [a]\n? [a]\n: b\n", []string{
			`AUTH060 4:1 found an invalid key for this map; look at the indentation, brackets and quotes up to here`,
		}},
		{"NotUTF8", "roles: [é, \xff]\n", []string{
			`AUTH060 1:13 the text is not valid UTF-8; save the file as UTF-8`,
		}},
		{"Control", "roles: [é, a\x00]\n", []string{
			`AUTH060 1:14 the control character U+0000 stands in the text; remove the character`,
		}},
		{"CarriageReturn", "roles: [a]\rfeatures: [b]\n", []string{
			`AUTH060 1:11 the control character U+000D stands in the text; remove the character`,
		}},
		{"TooManyTokens", "roles:\n" + strings.Repeat("- x\n", 15001), []string{
			`AUTH061 15001:1 the file holds more than 30000 names, values and signs; settings are short: keep other data elsewhere`,
		}},
		{"DeepBrackets", "roles: " + strings.Repeat("[", 29000), []string{
			`AUTH061 1:24 the values are nested too deep; write plain keys, lists and text`,
		}},
		{"DeepList", "roles:\n" + strings.Repeat("- ", 14000), []string{
			`AUTH061 2:33 the values are nested too deep; write plain keys, lists and text`,
		}},
		{"DeepKeys", "{" + strings.Repeat("? ", 14000), []string{
			`AUTH061 1:34 the values are nested too deep; write plain keys, lists and text`,
		}},
		{"DeepLines", "roles:\n" + strings.Repeat(" ", 64) + "a: b\n", []string{
			`AUTH061 2:65 the line is indented by more than 64 spaces; write plain keys, lists and text`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, problems := config.Parse([]byte(test.source))
			var got []string
			for _, p := range problems {
				got = append(got, fmt.Sprintf("%s %d:%d %s; %s", p.Code, p.Position.Line, p.Position.Column, p.Message, p.Suggestion))
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("%.200q\ngot:\n%s\nwant:\n%s", test.source, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}
