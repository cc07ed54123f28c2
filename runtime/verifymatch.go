package auth

import (
	"slices"
	"strings"
)

// anyMethods are those that a framework registers for a route of every method.
// net/http has routes without a method.
var anyMethods = map[string][]string{
	"nethttp": {""},
	"gin":     {"GET", "POST", "PUT", "PATCH", "HEAD", "OPTIONS", "DELETE", "CONNECT", "TRACE"},
	"echo":    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PROPFIND", "PUT", "TRACE", "REPORT"},
}

// comparison compares a router with the routes of one in the manifest.
type comparison struct {
	manifest *Manifest
	program  string
	entries  []*expected
	report   VerifyReport
	compared map[*Rule]bool
}

// expected is a route of the manifest for one method.
type expected struct {
	*manifestRoute
	manifest   *Manifest
	method     string
	anyMethod  bool // the method is not known before the start
	host, path template
	declared   bool // and not found in the code of the programs
	seen       bool // is registered
	itself     bool // without the twin, which would do nothing
}

// unknownMethod reports whether a route may be for any one method. Where the code of a
// program registers one for all methods, the manifest names each on gin and echo. On
// net/http it does not: only a pattern that is not known may hold a method.
func (r *manifestRoute) unknownMethod(symbolic bool) bool {
	return r.Method == "ANY" && r.Program != "" && !r.fallback() && (r.Framework != "nethttp" || symbolic)
}

// String names a route in messages.
func (r *manifestRoute) String() string { return r.Method + " " + r.Host + r.Path }

// twin reports whether the generated twin of the handler is to be registered. A
// handler that has no rule of its own is behind an Area or a middleware.
func (e *expected) twin() bool {
	_, annotated := e.manifest.handlers[e.Handler]
	return annotated && (e.Protection == "guarded" || e.Protection == "public" || e.Protection == "declared")
}

// compare compares what is registered with a router's routes. found says that the
// manifest's routes were found in the code of the programs; those that are only
// declared are then no promise.
func (m *Manifest) compare(framework, program, router string, found bool, registered []Registered, prefixes []string) *comparison {
	c := &comparison{manifest: m, program: program, report: VerifyReport{Program: program, Router: router}, compared: map[*Rule]bool{}}
	for i := range m.routes {
		r := &m.routes[i]
		declared := found && r.Program == ""
		if r.Framework != framework || !declared && (r.Program != program || r.Router != router) || !below(r.Path, prefixes) {
			continue
		}
		path := newTemplate(rooted(r.Path), framework)
		unknown := r.unknownMethod(path.symbolic)
		methods := []string{r.Method}
		if r.Method == "ANY" && !unknown {
			methods = anyMethods[framework]
		}
		for _, method := range methods {
			c.entries = append(c.entries, &expected{
				manifestRoute: r, manifest: m, method: method, anyMethod: unknown,
				host: newTemplate(r.Host, framework), path: path,
				declared: declared,
			})
		}
	}
	for _, r := range registered {
		c.route(r)
	}
	held := c.held()
	for _, entries := range byRoute(c.entries) {
		e := entries[0]
		absent := slices.DeleteFunc(slices.Clone(entries), func(e *expected) bool { return e.seen })
		switch {
		case len(absent) == 0:
		case framework == "gin" && e.fallback():
			c.unverified("%s: gin does not show what answers where no route does", e)
		case e.declared:
		case !held(e.Condition):
			c.unverified("%s: is not registered, which its condition allows: %s", e, e.Condition)
		case len(absent) == len(entries) && e.path.symbolic && !e.path.fixed:
			c.unverified("%s: is not registered, and stands for what is not known before the start, which may be nothing", e)
		case len(absent) == len(entries):
			c.differs("%s: is in the manifest and not registered", e)
		default:
			c.differs("%s: is in the manifest and not registered for %s", e, strings.Join(methodsOf(absent), ", "))
		}
	}
	return c
}

// held returns which conditions are known to hold: those that all routes of the
// router have, since some are registered. Programs check their flags and settings
// before they register anything, and that is a condition too.
func (c *comparison) held() func(condition string) bool {
	var shared []string
	first, seen := true, false
	for _, e := range c.entries {
		if e.declared {
			continue
		}
		seen = seen || e.seen
		parts := strings.Split(e.Condition, " && ")
		if first {
			shared, first = parts, false
		}
		shared = slices.DeleteFunc(slices.Clone(shared), func(part string) bool { return !slices.Contains(parts, part) })
	}
	return func(condition string) bool {
		return condition == "" || seen && !slices.ContainsFunc(strings.Split(condition, " && "), func(part string) bool { return !slices.Contains(shared, part) })
	}
}

// byRoute puts the methods of each route of the manifest together.
func byRoute(entries []*expected) (groups [][]*expected) {
	for i, e := range entries {
		if i > 0 && entries[i-1].manifestRoute == e.manifestRoute {
			groups[len(groups)-1] = append(groups[len(groups)-1], e)
		} else {
			groups = append(groups, []*expected{e})
		}
	}
	return groups
}

func methodsOf(entries []*expected) (methods []string) {
	for _, e := range entries {
		methods = append(methods, e.method)
	}
	return methods
}

// below reports whether a path is below one of the prefixes, if there are any.
func below(path string, prefixes []string) bool {
	return len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(prefix string) bool {
		return strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/") || path == prefix
	})
}

// fallback reports whether the route may be what answers where no other does: gin's
// NoRoute stands in the manifest as a wildcard without a name, which no route of gin
// can have.
func (r *manifestRoute) fallback() bool { return strings.HasSuffix(r.Path, "/*") }

// rooted returns a path as routers keep it.
func rooted(path string) string {
	if path == "" || path[0] != '/' && path[0] != '{' {
		return "/" + path
	}
	return path
}

// route compares one registered route.
func (c *comparison) route(r Registered) {
	var exact, symbolic []*expected
	for _, e := range c.entries {
		switch {
		case !e.serves(r):
		case e.path.symbolic && !e.path.fixed && c.another(e, r):
		case e.host.symbolic || e.path.symbolic:
			symbolic = append(symbolic, e)
		default:
			exact = append(exact, e)
		}
	}
	entries := exact
	if len(entries) == 0 {
		entries = symbolic
	}
	if len(entries) == 0 {
		if !r.Fallback {
			c.differs("%s: is registered and not in the manifest%s", r, c.whose(r))
		}
		return
	}
	switch {
	case len(exact) > 0:
	case slices.ContainsFunc(entries, func(e *expected) bool { return e.path.fixed || !e.path.symbolic }):
		c.unverified("%s: it fits %s, of which a part is not known before the start", r, entries[0].Path)
	default:
		c.unverified("%s: is registered and not in the manifest, unless it is %s, which may be any path", r, entries[0].Path)
	}
	for _, e := range entries {
		e.seen = true
	}
	if !r.Fallback {
		c.handler(r, entries)
	}
}

// serves reports whether the route may be this one of the manifest. echo marks what
// answers where no route does by a method of its own.
func (e *expected) serves(r Registered) bool {
	method := e.method == r.Method || e.anyMethod
	if e.Method == "ANY" && e.fallback() && r.Method == "echo_route_not_found" {
		method = true
	}
	return method && e.host.matches(r.Host) && e.path.matches(rooted(r.Path))
}

// another reports whether the handler of a registered route is known to be another
// than that of a route in the manifest: two functions of the module, each with a name
// of its own. A twin is judged by its rule.
func (c *comparison) another(e *expected, r Registered) bool {
	if e.twin() || r.Rule != nil || !c.manifest.owns(e.Handler) || strings.ContainsAny(e.Handler, " {[") {
		return false
	}
	is, want := parseFunction(r.Function, c.program), parseFunction(e.Handler, "")
	return !is.bound && !want.bound && c.manifest.owns(is.pkg) && !strings.Contains(is.rest, "[") && is.name() != e.Handler
}

// whose tells a registered route's handler, where it is shown.
func (c *comparison) whose(r Registered) string {
	switch {
	case r.Rule != nil:
		return ", its handler is " + r.Rule.Handler + " behind its rule"
	case r.Function != "":
		return ", its handler is " + r.Function
	}
	return ""
}

// handler judges the handler of a registered route.
func (c *comparison) handler(r Registered, entries []*expected) {
	var twins []string
	for _, e := range entries {
		if e.twin() && !slices.Contains(twins, e.Handler) {
			twins = append(twins, e.Handler)
		}
	}
	want := strings.Join(twins, " or ")
	if r.Rule != nil {
		c.rule(r.Rule)
		if len(twins) > 0 && !slices.Contains(twins, r.Rule.Handler) {
			c.differs("%s: its handler is behind the rule of %s, the manifest says %s", r, r.Rule.Handler, want)
		}
		return
	}
	f := parseFunction(r.Function, c.program)
	for handler := range c.manifest.handlers {
		twin, raw := f.twinOf(handler), f.is(handler)
		switch {
		case !twin && !raw:
			continue
		case slices.ContainsFunc(entries, func(e *expected) bool { return e.Handler == handler && e.twin() == twin }):
		case raw && c.free(handler, entries):
		case raw:
			c.differs("%s: its handler is %s without its rule, the manifest says %s", r, handler, c.stated(entries))
		default:
			c.differs("%s: its handler is %s behind its rule, the manifest says %s", r, handler, c.stated(entries))
		}
		return
	}
	switch {
	case slices.ContainsFunc(entries, func(e *expected) bool { return !e.twin() }):
		c.unruled(r, f, entries)
	case r.Function == "":
		c.unverified("%s: the router does not show its handler, the manifest says %s", r, want)
	case r.Chosen && !c.manifest.owns(r.Function):
		c.unverified("%s: it is named %q, which hides whether its handler is %s", r, r.Function, want)
	case f.bound:
		c.unverified("%s: its handler is made of a function, %s, which hides whether it leads to %s", r, r.Function, want)
	default:
		c.differs("%s: its handler is %s, the manifest says %s behind its rule", r, r.Function, want)
	}
}

// free reports whether one of the routes is that of a handler whose guard does nothing,
// and notes that it is registered itself.
func (c *comparison) free(handler string, entries []*expected) (free bool) {
	for _, e := range entries {
		if e.Handler == handler && c.manifest.free[handler] {
			e.itself, free = true, true
		}
	}
	return free
}

// unruled judges the handler of a route that need not be behind a twin.
func (c *comparison) unruled(r Registered, f function, entries []*expected) {
	another := r.Function != "" && !f.bound && !strings.Contains(f.rest, "[") && (!r.Chosen || c.manifest.owns(r.Function))
	symbolic := false
	for _, e := range entries {
		switch {
		case e.twin():
			continue
		case f.is(e.Handler), f.twinOf(e.Handler), f.madeBy(e.Handler), e.Handler == "static" && !c.manifest.owns(r.Function):
			return
		}
		another = another && c.manifest.names(e.Handler)
		symbolic = symbolic || e.host.symbolic || e.path.symbolic
	}
	switch {
	case another:
		c.differs("%s: its handler is %s, the manifest says %s", r, r.Function, c.stated(entries))
	case symbolic: // is not verified, which is told
	case r.Function == "":
		c.unverified("%s: the router does not show its handler, the manifest says %s", r, c.stated(entries))
	default:
		c.unverified("%s: its handler is %s, which may lead to what the manifest says, %s", r, r.Function, c.stated(entries))
	}
}

// names reports whether a handler of the manifest is the name of the function that
// is registered, wherever that is no closure and no method value: a function of the
// module without a rule. A method without a pointer may be that of an interface, and
// stand for what it returns.
func (m *Manifest) names(handler string) bool {
	if _, annotated := m.handlers[handler]; annotated || !m.owns(handler) || strings.ContainsAny(handler, " {[") {
		return false
	}
	f := parseFunction(handler, "")
	return f.bound || strings.HasPrefix(f.rest, "(*") || !strings.Contains(f.rest, ".")
}

// stated says what the manifest says of a route's handler.
func (c *comparison) stated(entries []*expected) string {
	var all []string
	for _, e := range entries {
		text := e.Handler + " without a rule of its own"
		if e.twin() {
			text = e.Handler + " behind its rule"
		}
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, " or ")
}

// template is a path or host of the manifest, taken apart at what is not known.
type template struct {
	parts    []templatePart
	symbolic bool
	// fixed says that it has text besides slashes: without, it may be any path.
	fixed bool
}

// templatePart is literal text, or what is not known: anything, or one segment where
// it stands between slashes.
type templatePart struct {
	literal string
	symbol  symbolKind
}

type symbolKind uint8

const (
	noSymbol symbolKind = iota
	anyText
	oneSegment
)

// newTemplate finds the parts in braces that are no wildcards of net/http.
func newTemplate(text, framework string) (t template) {
	rest, literal := text, ""
	add := func(p templatePart) {
		if p != (templatePart{}) {
			t.parts = append(t.parts, p)
		}
		t.fixed = t.fixed || strings.Trim(p.literal, "/") != ""
	}
	for {
		i := strings.IndexByte(rest, '{')
		if i < 0 {
			break
		}
		end := closing(rest[i:])
		if end < 0 {
			break
		}
		part, before := rest[i:i+end+1], literal+rest[:i]
		after := rest[i+end+1:]
		if framework == "nethttp" && strings.HasSuffix(before, "/") && (after == "" || after[0] == '/') && isWildcard(part) {
			literal, rest = before+part, after
			continue
		}
		kind := anyText
		if strings.HasSuffix(before, "/") && strings.HasPrefix(after, "/") {
			kind = oneSegment
		}
		add(templatePart{literal: before})
		add(templatePart{symbol: kind})
		t.symbolic = true
		literal, rest = "", after
	}
	add(templatePart{literal: literal + rest})
	return t
}

// closing returns where the brace ends that text begins with, -1 for nowhere.
func closing(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// isWildcard reports whether net/http takes a segment for a wildcard: {name},
// {name...} or {$}.
func isWildcard(segment string) bool {
	name := segment[1 : len(segment)-1]
	if name == "$" {
		return true
	}
	name = strings.TrimSuffix(name, "...")
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 0x80
	})
}

// matches reports whether s is the text, with something for what is not known.
func (t template) matches(s string) bool {
	ends := make([]bool, len(s)+1) // where the parts so far can end
	ends[0] = true
	for _, p := range t.parts {
		next := make([]bool, len(s)+1)
		for at, ok := range ends {
			switch {
			case !ok:
			case p.symbol == anyText:
				for i := at; i <= len(s); i++ {
					next[i] = true
				}
			case p.symbol == oneSegment:
				if n := strings.IndexByte(s[at:], '/'); n > 0 {
					next[at+n] = true
				}
			case strings.HasPrefix(s[at:], p.literal):
				next[at+len(p.literal)] = true
			}
			if ok && p.symbol == anyText {
				break // the first of them takes in the others
			}
		}
		ends = next
	}
	return ends[len(s)]
}
