package audit

import (
	"fmt"
	"go/types"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/diagnostic"
)

// findings are all things that are wrong with the routes. registered says which
// handlers of twins a route leads to.
func (a *audit) findings(registered map[string]bool) []diagnostic.Diagnostic {
	f := newFindings(a, a.merged())
	f.registered = registered
	f.raw()
	f.hooks()
	f.lateUse()
	f.outsideGroups()
	f.states()
	f.overlaps()
	f.parameters()
	f.unregistered()
	f.neverApplied()
	f.routerSettings()
	f.entries()
	f.programsRead()
	f.meddled()
	return f.all()
}

// findings collects what is wrong.
type findings struct {
	*audit
	routes     []*route // one for each method of a registration
	calls      []registration
	callOf     map[*route]int // index of calls
	byRouter   [][]*route     // in order of registration
	registered map[string]bool
	// said are the routes whose state another finding tells.
	said    map[*route]bool
	sources map[*types.Func]*source
	found   []diagnostic.Diagnostic
}

func newFindings(a *audit, routes []*route) *findings {
	f := &findings{audit: a, routes: routes, said: map[*route]bool{}, sources: map[*types.Func]*source{}}
	f.calls, f.callOf = perCall(routes)
	type key struct {
		program string
		router  *wiring.Router
	}
	index := map[key]int{}
	for _, r := range routes {
		k := key{r.program, r.Router}
		i, ok := index[k]
		if !ok {
			i = len(f.byRouter)
			index[k] = i
			f.byRouter = append(f.byRouter, nil)
		}
		f.byRouter[i] = append(f.byRouter[i], r)
	}
	return f
}

func (f *findings) add(d diagnostic.Diagnostic) { f.found = append(f.found, d) }

// about adds a finding about a route.
func (f *findings) about(r *route, d diagnostic.Diagnostic) {
	d.Route, d.Program = r.String(), r.program
	if !r.Pos.IsValid() || d.Position.File == "" {
		d.Position = f.registeredAt(r)
	}
	f.add(d)
}

// registeredAt is the place of a route, that of the module where it has none.
func (f *findings) registeredAt(r *route) diagnostic.Position {
	if !r.Pos.IsValid() {
		return diagnostic.Position{File: "go.mod", Line: 1, Column: 1}
	}
	return f.position(r.Pos)
}

// all returns the findings, each once. Where programs share code and with it a
// finding, the message names the program.
func (f *findings) all() []diagnostic.Diagnostic {
	type key struct{ code, position, message, route string }
	programs := map[key][]string{}
	keyOf := func(d diagnostic.Diagnostic) key { return key{d.Code, d.Position.String(), d.Message, d.Route} }
	out := f.found[:0]
	for _, d := range f.found {
		k := keyOf(d)
		if slices.Contains(programs[k], d.Program) {
			continue
		}
		programs[k] = append(programs[k], d.Program)
		out = append(out, d)
	}
	shared := make([]bool, len(out))
	for i, d := range out {
		shared[i] = len(programs[keyOf(d)]) > 1
	}
	for i, d := range out {
		if shared[i] {
			out[i].Message = d.Program + ": " + d.Message
		}
		out[i].Message = fitted(out[i].Message, maxLine-utf8.RuneCountInString(d.Position.String()+":  ("+d.Code+")"))
	}
	return out
}

// Bounds of the first line of a finding, and of the words in it that are not
// shortened.
const (
	maxLine = 160
	minWord = 40
)

// fitted is a message of so many runes, if leaving out the middle of its longest
// words makes it one: the names of handlers, the path of a route.
func fitted(message string, size int) string {
	for {
		over := utf8.RuneCountInString(message) - size
		longest := ""
		for word := range strings.FieldsSeq(message) {
			if utf8.RuneCountInString(word) > max(minWord, utf8.RuneCountInString(longest)) {
				longest = word
			}
		}
		if over <= 0 || longest == "" {
			return message
		}
		runes := []rune(longest)
		keep := max(minWord, len(runes)-over) - 1
		message = strings.Replace(message, longest, string(runes[:keep/2])+"…"+string(runes[len(runes)-(keep-keep/2):]), 1)
	}
}

// short leaves the path out of the name of a function or package:
// mw.(*Auth).Check of example.com/app/mw.(*Auth).Check.
func short(name string) string {
	rest := name[strings.LastIndexByte(name, '/')+1:]
	dir := strings.TrimSuffix(name[:len(name)-len(rest)], "/")
	// github.com/labstack/echo/v4.(*Echo) is echo.(*Echo).
	if version, tail, ok := strings.Cut(rest, "."); ok && len(version) > 1 && version[0] == 'v' && strings.Trim(version[1:], "0123456789") == "" && dir != "" {
		return dir[strings.LastIndexByte(dir, '/')+1:] + "." + tail
	}
	return rest
}

// qualified is what may be a name with the path of its package.
var qualified = regexp.MustCompile(`(?:^|[\s(])(?:[\w.~-]+/)+[\w~-][\w.~()*-]*`)

// shortNames leaves the paths of packages out of the names in words, as short does.
func (f *findings) shortNames(words string) string {
	return qualified.ReplaceAllStringFunc(words, func(name string) string {
		before := ""
		if strings.ContainsAny(name[:1], " \t\n(") {
			before, name = name[:1], name[1:]
		}
		last := strings.LastIndexByte(name, '/') + 1
		for i, c := range name[last:] {
			if c == '.' && f.program.GoFiles(name[:last+i]) != nil {
				return before + short(name)
			}
		}
		return before + name
	})
}

// maker is the function around a function literal by its name, "" for others:
// mw.Require of mw.Require.func1.
func maker(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 || name[i+1:] == "" || strings.Trim(strings.TrimPrefix(name[i+1:], "func"), "0123456789") != "" {
		return ""
	}
	return name[:i]
}

// chain names the middleware in front of a route.
func (r *route) chain() string {
	if len(r.Chain) == 0 {
		return "in front of it: no middleware"
	}
	names := make([]string, len(r.Chain))
	for i, l := range r.Chain {
		names[i] = madeBy(l.Name, r.InName)
	}
	return "in front of it: " + few(names, 6)
}

// madeBy names a link in a finding: a function literal is known by the function that
// makes it, unless that is the one which registers it.
func madeBy(name, in string) string {
	for around := maker(name); around != "" && around != in; around = maker(name) {
		name = around
	}
	return short(name)
}

// protected reports whether a route denies callers without identity.
func (r *route) protected() bool { return rank(r.state) <= rank("middleware") }

// few lists some of many.
func few(names []string, some int) string {
	if n := len(names); n > some+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:some], ", "), n-some)
	}
	return strings.Join(names, ", ")
}

// maxRelated bounds the places that a finding about many routes shows.
const maxRelated = 10

// some names some of many routes.
func some(routes []*route) string {
	var out []string
	seen := map[string]bool{}
	for _, r := range routes {
		if s := r.String(); !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return few(out, 3)
}
