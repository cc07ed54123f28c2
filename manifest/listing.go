package manifest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"
)

// Pattern returns method, host and path as findings name a route: "POST /files".
func (r Route) Pattern() string { return r.Method + " " + r.Host + r.Path }

// MarshalListing returns m as [Marshal] does, with the positions of routes.
func MarshalListing(m *Manifest) ([]byte, error) {
	c := canonical(m)
	// Both are sorted alike: positions are not looked at.
	routes := list(m.Routes)
	slices.SortStableFunc(routes, CompareRoutes)
	for i, r := range routes {
		c.Routes[i].Position = r.Position
	}
	return encode(c)
}

// WriteText writes the routes of m as a table for a terminal, grouped by program
// and router where there are several, and a line that counts them. With details,
// what is known of a route beyond its state stands in lines below it.
func WriteText(w io.Writer, m *Manifest, details bool) error {
	var b bytes.Buffer
	groups := groupsOf(m)
	for i, g := range groups {
		indent := ""
		if len(groups) > 1 {
			if i > 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintln(&b, plain(g.title()))
			indent = "  "
		}
		g.table(&b, m, indent, details)
	}
	if len(m.Routes) > 0 {
		b.WriteByte('\n')
	}
	fmt.Fprintln(&b, Summary(m.Routes))
	_, err := w.Write(b.Bytes())
	return err
}

// table writes the routes of a group.
func (g routeGroup) table(b *bytes.Buffer, m *Manifest, indent string, details bool) {
	var rows bytes.Buffer
	table := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "METHOD\tPATH\tPROTECTION\tHANDLER\tRULE OR EVIDENCE\n")
	for _, r := range g.routes {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", plain(r.Method), plain(r.Host+r.Path), r.Protection, plain(r.localHandler(m)), plain(cut(r.reason())))
	}
	table.Flush()
	lines := strings.Split(strings.TrimSuffix(rows.String(), "\n"), "\n")
	for i, line := range lines {
		fmt.Fprintf(b, "%s%s\n", indent, strings.TrimRight(line, " "))
		if !details || i == 0 {
			continue
		}
		r := g.routes[i-1]
		for _, d := range []struct{ what, text string }{
			{"at", r.Position}, {"in", r.Registered}, {"when", r.Condition}, {"behind", strings.Join(m.local(r.Chain), ", ")}, {"rule from", r.RuleSource},
			{"evidence", without(r.Evidence, cut(r.reason()))}, {"rule", without(r.Rule.directives(), cut(r.reason()))},
		} {
			if d.text != "" {
				fmt.Fprintf(b, "%s    %s: %s\n", indent, d.what, plain(d.text))
			}
		}
	}
}

// widestReason bounds the last column of a table for a terminal, in characters.
const widestReason = 90

// cut leaves out the end of a text that is too wide for a table. What is cut is in
// the lines below the route that details ask for.
func cut(text string) string {
	if utf8.RuneCountInString(text) <= widestReason {
		return text
	}
	return strings.TrimRight(string([]rune(text)[:widestReason-2]), " ;,") + " …"
}

// without returns text unless it is told already.
func without(text, told string) string {
	if strings.Contains(told, text) {
		return ""
	}
	return text
}

// WriteMarkdown writes the routes of m as tables in Markdown.
func WriteMarkdown(w io.Writer, m *Manifest) error {
	var b bytes.Buffer
	groups := groupsOf(m)
	for _, g := range groups {
		if len(groups) > 1 {
			fmt.Fprintf(&b, "### %s\n\n", markdown(g.title()))
		}
		b.WriteString("| method | path | protection | handler | rule or evidence |\n|---|---|---|---|---|\n")
		for _, r := range g.routes {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", markdown(r.Method), code(r.Host+r.Path), r.Protection, code(r.localHandler(m)), markdown(r.reason()))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintln(&b, Summary(m.Routes))
	_, err := w.Write(b.Bytes())
	return err
}

// WriteCSV writes the routes of m with all their fields, after a line with the
// fields' names. The names of a chain are joined by " > ". A field that a spreadsheet
// would take for a formula begins with an apostrophe.
func WriteCSV(w io.Writer, m *Manifest) error {
	table := csv.NewWriter(w)
	rows := [][]string{{
		"program", "router", "method", "host", "path", "framework", "handler", "protection", "rule", "rule_source",
		"registered", "chain", "condition", "evidence", "position",
	}}
	for _, g := range groupsOf(m) {
		for _, r := range g.routes {
			rows = append(rows, []string{
				r.Program, r.Router, r.Method, r.Host, r.Path, r.Framework, r.Handler, string(r.Protection), r.Rule.directives(),
				r.RuleSource, r.Registered, strings.Join(r.Chain, " > "), r.Condition, r.Evidence, r.Position,
			})
		}
	}
	for _, row := range rows {
		for i, field := range row {
			if field != "" && strings.ContainsRune("=+-@\t\r", rune(field[0])) {
				row[i] = "'" + field
			}
		}
	}
	return table.WriteAll(rows)
}

// Summary counts routes by their state: "12 routes: 10 guarded, 2 public".
func Summary(routes []Route) string {
	counts := map[Protection]int{}
	for _, r := range routes {
		counts[r.Protection]++
	}
	text := fmt.Sprintf("%d routes", len(routes))
	if len(routes) == 1 {
		text = "1 route"
	}
	for i, p := range protections {
		if counts[p] == 0 {
			continue
		}
		if i == 0 || !strings.Contains(text, ":") {
			text += ":"
		} else {
			text += ","
		}
		text += fmt.Sprintf(" %d %s", counts[p], p)
	}
	return text
}

// routeGroup are the routes of one router.
type routeGroup struct {
	program, router, framework string
	routes                     []Route
}

func (g routeGroup) title() string {
	if g.program == "" {
		return "declared and not registered by a program of the module"
	}
	return g.program + ", router " + g.router + " (" + g.framework + ")"
}

// groupsOf returns the sorted routes of m by router.
func groupsOf(m *Manifest) (all []routeGroup) {
	routes := list(m.Routes)
	slices.SortStableFunc(routes, CompareRoutes)
	for _, r := range routes {
		if n := len(all); n == 0 || all[n-1].program != r.Program || all[n-1].router != r.Router {
			all = append(all, routeGroup{program: r.Program, router: r.Router, framework: r.Framework})
		}
		last := &all[len(all)-1]
		last.routes = append(last.routes, r)
	}
	return all
}

// localHandler returns the handler's name without the path of its module.
func (r Route) localHandler(m *Manifest) string { return m.local([]string{r.Handler})[0] }

// local returns names without the path of the module; those of its root folder keep
// the last element.
func (m *Manifest) local(names []string) []string {
	all := slices.Clone(names)
	for i, name := range all {
		switch rest, ok := strings.CutPrefix(name, m.Module); {
		case !ok || m.Module == "":
		case strings.HasPrefix(rest, "/"):
			all[i] = rest[1:]
		case strings.HasPrefix(rest, "."):
			all[i] = path.Base(majorVersion.ReplaceAllString(m.Module, "")) + rest
		}
	}
	return all
}

var majorVersion = regexp.MustCompile(`/v[0-9]+$`)

// reason returns what the state of a route rests on.
func (r Route) reason() string {
	text := r.Rule.directives()
	if r.Evidence != "" && (text == "" || r.Protection != Guarded && r.Protection != Public) {
		text = r.Evidence
	}
	return text
}

// directives returns the rule as annotations have it: "roles=admin; tenant=id".
func (r *Rule) directives() string {
	if r == nil {
		return ""
	}
	var all []string
	add := func(key string, values ...string) {
		if text := strings.Join(values, ","); text != "" {
			all = append(all, key+"="+text)
		}
	}
	if r.Access != "" {
		all = append(all, strings.TrimSuffix(r.Access+" reason="+strconv.Quote(r.Reason), ` reason=""`))
	}
	add("roles", r.Roles...)
	add("permissions", r.Permissions...)
	add("scopes", r.Scopes...)
	add("tokens", r.Tokens...)
	add("issuer", r.Issuers...)
	add("features", r.Features...)
	add("tenant", r.Tenant)
	add("owner", r.Owner)
	if r.StepUp == "any" {
		all = append(all, "stepup")
	} else {
		add("stepup", r.StepUp)
	}
	add("actor", r.Actor)
	for _, check := range r.Checks {
		add("check", check)
	}
	add("policy", r.Policy)
	for _, also := range r.Also {
		all = append(all, also.directives())
	}
	return strings.Join(all, "; ")
}

// plain makes text safe for one line of a terminal, and for tabwriter, to which
// the byte 0xff means something.
func plain(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, func(c rune) bool { return !unicode.IsPrint(c) }) < 0 {
		return s
	}
	quoted := strconv.Quote(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "|", `\|`, "#", `\#`, "~", `\~`,
)

func markdown(s string) string { return markdownEscapes.Replace(plain(s)) }

// code returns text as a code span of a table. A longer run of backticks than
// any inside holds it together.
func code(s string) string {
	s = strings.ReplaceAll(plain(s), "|", `\|`)
	if s == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}
