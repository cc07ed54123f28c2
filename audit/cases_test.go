package audit_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// TestCases audits the programs of testdata, all in one load, and holds that the
// routes, their states and the findings are those that each file wants.
func TestCases(t *testing.T) {
	t.Parallel()
	cases, err := cases()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeCases(t, dir, cases, nil)
	generated := generateTwins(t, dir)
	settings, err := os.ReadFile(filepath.Join(dir, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	cfg := audit.Config{Dir: dir}
	var problems []config.Problem
	if cfg.Settings, problems = config.Parse(settings); len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, twin := range generated.Twins {
		cfg.Twins = append(cfg.Twins, audit.Twin(twin))
	}
	for _, c := range cases {
		cfg.Stale = append(cfg.Stale, c.stale...)
	}
	result, err := audit.Audit(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Routes) == 0 {
		t.Fatal("no route of any case was found")
	}
	for _, d := range result.Diagnostics {
		if text := fmt.Sprint(d, d.Related); strings.Contains(text, dir) || path.IsAbs(d.Position.File) {
			t.Errorf("a path of this machine: %s", text)
		}
		if strings.Contains(ofStates+" "+audit.CodeOutsideGroup+" "+ofEnds, d.Code) {
			line := fmt.Sprintf("%s: %s (%s)", d.Position, d.Message, d.Code)
			long := slices.ContainsFunc(strings.Fields(d.Message), func(word string) bool { return utf8.RuneCountInString(word) > 40 })
			if n := utf8.RuneCountInString(line); n > 220 || n > 160 && long || strings.Contains(d.Message, " "+module) || strings.Contains(d.Message, "/v4.") {
				t.Errorf("not for one line: %s", d)
			}
		}
	}
	lines := strings.SplitAfter(string(settings), "\n")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			problems := append(c.checkRoutes(result.Routes), c.checkFindings(result.Diagnostics, lines)...)
			switch {
			case c.notYet == "":
				for _, p := range problems {
					t.Error(p)
				}
			case len(problems) == 0:
				t.Errorf("this works now: remove the line not yet: %s", c.notYet)
			}
		})
	}
}

// checkRoutes compares the routes of the programs of a case.
func (c *testCase) checkRoutes(all []manifest.Route) (problems []string) {
	report := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, r := range all {
		program, ours := c.relative(r.Program)
		if !ours {
			continue
		}
		if _, ok := c.programs[program]; !ok {
			report("a route of %s, which is no program of the case: %s", r.Program, describe(r))
		}
	}
	for program, rows := range c.programs {
		var found []manifest.Route
		for _, r := range all {
			if p, ours := c.relative(r.Program); ours && p == program {
				found = append(found, r)
			}
		}
		for _, row := range rows {
			for _, m := range row.methods {
				i := slices.IndexFunc(found, func(r manifest.Route) bool { return row.is(m, r) && c.compare(row, r) == "" })
				if i < 0 {
					i = slices.IndexFunc(found, func(r manifest.Route) bool { return row.is(m, r) })
				}
				if i < 0 {
					report("missing: %s", row.line)
					break
				}
				if bad := c.compare(row, found[i]); bad != "" {
					report("want %s\n got %s: %s", row.line, describe(found[i]), bad)
				}
				if found[i].Method == "ANY" && len(row.methods) > 1 {
					found = slices.Delete(found, i, i+1)
					break
				}
				found = slices.Delete(found, i, i+1)
			}
			if row.handler == "*" && row.protection == "*" {
				found = slices.DeleteFunc(found, func(r manifest.Route) bool { return row.is(row.methods[0], r) })
			}
		}
		for _, r := range found {
			if strings.HasSuffix(r.Handler, ".(*ServeMux)") || strings.HasSuffix(r.Handler, ".(*Engine)") || strings.HasSuffix(r.Handler, ".(*Echo)") {
				continue // where a router is mounted whose routes are listed
			}
			report("not wanted: %s", describe(r))
		}
	}
	return problems
}

// is reports whether a route has the method and path of the row.
func (w *wantRoute) is(method string, r manifest.Route) bool {
	if method != "*" && method != r.Method && (len(w.methods) == 1 || r.Method != "ANY") {
		return false
	}
	return r.Host == w.host && pathPattern(w.path).MatchString(r.Path)
}

func (c *testCase) compare(w wantRoute, r manifest.Route) string {
	denied := r.Protection == manifest.Guarded || r.Protection == manifest.Middleware
	switch {
	case w.protection == "!middleware" && denied, w.protection[0] != '!' && w.protection != "*" && string(r.Protection) != w.protection:
		return "state"
	case w.handler != "*" && c.handler(r.Handler) != closure.ReplaceAllString(w.handler, ".func"):
		return "handler " + c.handler(r.Handler)
	case !strings.Contains(r.Condition, w.condition) || w.condition == "" && r.Condition != "" && r.Protection != manifest.Conditional && w.protection != "*":
		return "condition"
	case (r.Protection == manifest.Conditional || r.Protection == manifest.Unproven) && r.Evidence == "":
		return "no evidence"
	case r.Position == "" || r.Registered == "":
		return "no position"
	}
	return ""
}

// closure is the end of the name of a function literal. The numbers are left
// out: they change with every literal that is added.
var closure = regexp.MustCompile(`(\.func\d+)(\.\d+)*(\.func\d+(\.\d+)*)*$`)

// handler shortens the name of a handler to what the cases write.
func (c *testCase) handler(name string) string {
	name = strings.TrimSuffix(name, "-fm")
	for program := range c.programs {
		name = strings.Replace(name, path.Join(module, c.name, program)+".", "main.", 1)
	}
	return closure.ReplaceAllString(name[strings.LastIndexByte(name, '/')+1:], ".func")
}

// pathPattern matches the paths that a path of a case stands for.
func pathPattern(path string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(path), `\{\*\}`, `\{.+\}`) + "$")
}

// relative returns the path of a package below the case.
func (c *testCase) relative(pkg string) (path string, ours bool) {
	rest, ours := strings.CutPrefix(pkg, module+"/"+c.name)
	if !ours || rest != "" && rest[0] != '/' {
		return "", false
	}
	return strings.TrimPrefix(rest, "/"), true
}

func describe(r manifest.Route) string {
	return fmt.Sprintf("%s %s%s %s %s chain %v condition %q evidence %q at %s", r.Method, r.Host, r.Path, r.Protection, r.Handler, r.Chain, r.Condition, r.Evidence, r.Position)
}

// ofStates are the codes that every route of a state has, and that of the places
// where the trail ends.
const (
	ofStates = "AUTH100 AUTH101 AUTH102"
	ofEnds   = "AUTH115"
)

// checkFindings compares the findings in the files of a case.
func (c *testCase) checkFindings(all []diagnostic.Diagnostic, settings []string) (problems []string) {
	report := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	var found []diagnostic.Diagnostic
	ends := 0
	for _, d := range all {
		file, ours := strings.CutPrefix(d.Position.File, c.name+"/")
		if d.Position.File == config.FileName {
			file = d.Position.File
			line := settings[d.Position.Line-1]
			ours = strings.Contains(string(c.files[config.FileName]), line)
		}
		if !ours {
			continue
		}
		d.Position.File = file
		if d.Code == ofEnds {
			ends++
		}
		found = append(found, d)
	}
	if ends != c.ends {
		report("%d places where the trail ends, want %d", ends, c.ends)
	}
	for _, w := range c.findings {
		i := slices.IndexFunc(found, func(d diagnostic.Diagnostic) bool {
			text := fmt.Sprint(d, d.Related)
			if d.Severity == diagnostic.Warning {
				text = "warning: " + text
			}
			return d.Code == w.code && d.Position.File == w.file && !slices.ContainsFunc(w.words, func(word string) bool {
				return !strings.Contains(text, word)
			})
		})
		if i < 0 {
			report("no finding %s", w.line)
			for _, d := range found {
				if d.Code == w.code {
					report("but: %s %v", d, d.Related)
				}
			}
			continue
		}
		found = slices.Delete(found, i, i+1)
	}
	for _, d := range found {
		if !strings.Contains(ofStates, d.Code) && d.Code != ofEnds {
			report("not wanted: %s", d)
		}
		if d.Position.Line == 0 || d.Position.Column == 0 || d.Message == "" {
			report("no position or message: %s", d)
		}
	}
	for _, d := range found {
		if d.Code == ofEnds && c.ends != ends {
			report("end: %s", d)
		}
	}
	return problems
}
