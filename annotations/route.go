package annotations

import (
	"fmt"
	"go/token"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// route reads the value of a route directive.
func (b *builder) route(t text) {
	k, _ := lookup("route")
	fields := t
	if strings.HasPrefix(t.s, `"`) {
		v, rest, _, reason := t.value()
		if reason == "" && strings.TrimSpace(rest.s) != "" {
			reason = "text follows the quoted value"
		}
		if reason != "" {
			b.report(CodeBadRoute, t.span(), "route: "+reason, write(k))
			return
		}
		// Escapes would shift positions inside; the quotes are all that is dropped.
		fields = text{v.Text, v.Span.Start + 1}
	}
	route := Route{Pattern: fields.s, Span: t.span()}
	path := fields
	if i := strings.IndexFunc(fields.s, unicode.IsSpace); i >= 0 {
		method := fields.slice(0, i)
		path = fields.from(i).trim()
		route.Method = method.s
		if !isMethod(method.s) {
			suggestion, upper := write(k), strings.ToUpper(method.s)
			if upper == "ANY" {
				suggestion = "leave the method out: the route is for all of them"
			} else if isMethod(upper) {
				suggestion = "write " + upper
			}
			b.report(CodeBadRoute, method.span(), fmt.Sprintf("route: %q is no HTTP method", method.s), suggestion)
			b.fix(method.span(), upper)
			return
		}
	}
	if reason := b.splitPath(&route, path.s); reason != "" {
		suggestion := write(k)
		bare := isWord(path.s, "-.") && route.Method != ""
		if bare {
			suggestion = "write //auth:route=" + route.Method + " /" + path.s
		}
		b.report(CodeBadRoute, path.span(), "route: "+reason, suggestion)
		if bare {
			b.fix(path.span(), "/"+path.s)
		}
		return
	}
	b.annotation.Routes = append(b.annotation.Routes, route)
}

// splitPath sets the host and path of a route.
func (b *builder) splitPath(route *Route, s string) (reason string) {
	slash := strings.IndexByte(s, '/')
	if slash < 0 {
		return fmt.Sprintf("%q is no path: it begins with /", s)
	}
	route.Host, route.Path = s[:slash], s[slash:]
	for _, r := range s {
		if unicode.IsSpace(r) {
			return "text follows the path"
		}
		if !unicode.IsPrint(r) || fold(r) == 0 {
			return "the path holds an invisible character"
		}
		if strings.ContainsRune("\"`\\", r) {
			return fmt.Sprintf("the path holds the character %q", r)
		}
	}
	switch host := route.Host; {
	case host == "":
	case slices.Contains(methods, strings.TrimSuffix(strings.ToUpper(host), ":")):
		return fmt.Sprintf("%q lacks a space between the method and the path", s)
	case !isHost(host):
		return fmt.Sprintf("%q is no path: it begins with /", s)
	}
	return ""
}

// methods are those of RFC 9110 section 9 and RFC 5789, and what frameworks call
// all of them: no host is called so.
var methods = strings.Fields("GET HEAD POST PUT PATCH DELETE CONNECT OPTIONS TRACE ANY")

func isMethod(s string) bool {
	return s != "" && s != "ANY" && !strings.ContainsFunc(s, func(r rune) bool { return r != '-' && (r < 'A' || r > 'Z') })
}

// isHost reports whether s can be the host of a net/http pattern. It has no
// port: net/http takes that off requests before it compares.
func isHost(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || strings.ContainsFunc(label, func(r rune) bool { return !isWord("_"+string(r), "-") }) {
			return false
		}
	}
	return true
}

// A Param is a parameter of a path pattern.
type Param struct {
	Name     string
	CatchAll bool // matches slashes too
}

// The frameworks whose path patterns [CheckPath] and [PathParams] know.
const (
	NetHTTP = "nethttp"
	Gin     = "gin"
	Echo    = "echo"
)

// PathParams returns the named parameters of a path in a framework's syntax.
// Echo's nameless catch-all has the name "*".
func PathParams(framework, path string) []Param {
	var params []Param
	for segment := range strings.SplitSeq(path, "/") {
		switch framework {
		case NetHTTP:
			name, ok := strings.CutPrefix(segment, "{")
			if name, ok2 := strings.CutSuffix(name, "}"); ok && ok2 && name != "$" {
				name, all := strings.CutSuffix(name, "...")
				params = append(params, Param{name, all})
			}
		case Gin, Echo:
			if i := strings.IndexByte(segment, ':'); i >= 0 {
				params = append(params, Param{segment[i+1:], false})
			} else if i := strings.IndexByte(segment, '*'); i >= 0 {
				name := segment[i+1:]
				if framework == Echo {
					name = "*"
				}
				params = append(params, Param{name, true})
			}
		}
	}
	return params
}

// CheckPath reports what is wrong with a route for a framework: another
// framework's parameters, a host where the framework knows none, or a pattern
// with which registering it would panic.
func CheckPath(framework string, route Route) []Problem {
	report := func(message, suggestion string) []Problem {
		return []Problem{{Code: CodeBadPath, Span: route.Span, Message: message, Suggestion: suggestion}}
	}
	if framework != NetHTTP && route.Host != "" {
		return report(fmt.Sprintf("route: a %s path has no host", framework), "write "+route.Path)
	}
	if framework == Gin && strings.ContainsRune(route.Method, '-') {
		return report(fmt.Sprintf("route: gin knows no method %q: only letters", route.Method), "leave the method out, or register the handler by hand")
	}
	segments := strings.Split(route.Path, "/")
	for i, segment := range segments {
		switch framework {
		case NetHTTP:
			if strings.HasPrefix(segment, ":") || strings.HasPrefix(segment, "*") {
				return report(fmt.Sprintf("route: %q is another framework's parameter: net/http takes it literally", segment),
					"write {"+strings.TrimLeft(segment, ":*")+map[bool]string{true: "...", false: ""}[segment[0] == '*']+"}")
			}
			name, open := strings.CutPrefix(segment, "{")
			name, closed := strings.CutSuffix(name, "}")
			if !open && !closed && !strings.ContainsAny(segment, "{}") {
				continue
			}
			if !open || !closed || name != "$" && !token.IsIdentifier(strings.TrimSuffix(name, "...")) {
				return report(fmt.Sprintf("route: %q is no parameter of net/http", segment), "write {name} as a whole segment")
			}
		case Gin, Echo:
			if strings.ContainsAny(segment, "{}") {
				return report(fmt.Sprintf("route: %q is net/http's parameter: %s takes it literally", segment, framework),
					"write :"+strings.Trim(segment, "{}."))
			}
			if i := strings.IndexByte(segment, ':'); i >= 0 && !isWord(segment[i+1:], "-") {
				return report(fmt.Sprintf("route: %q has no name of a parameter", segment), "write :name")
			}
			if framework == Gin && strings.HasPrefix(segment, "*") && !isWord(segment[1:], "-") {
				return report(fmt.Sprintf("route: %q has no name of a parameter", segment), "write *name")
			}
			if star := strings.IndexByte(segment, '*'); star > 0 && framework == Gin || star >= 0 && i < len(segments)-1 {
				return report(fmt.Sprintf("route: %q matches all that follows, so it is a segment and the last one", segment), "use a parameter of one segment, :name")
			}
		}
	}
	seen := map[string]bool{}
	for _, p := range PathParams(framework, route.Path) {
		if seen[p.Name] {
			return report(fmt.Sprintf("route: the parameter %q stands twice", p.Name), "rename one")
		}
		seen[p.Name] = true
	}
	if framework == NetHTTP {
		if reason := muxRefuses(route.muxPattern()); reason != "" {
			return report("route: net/http refuses the pattern: "+reason, "see https://pkg.go.dev/net/http#hdr-Patterns-ServeMux")
		}
	}
	return nil
}

// muxPattern returns the route as ServeMux takes it.
func (r Route) muxPattern() string { return strings.TrimSpace(r.Method + " " + r.Host + r.Path) }

// muxRefuses asks ServeMux itself whether it takes a pattern, and returns its
// objection.
func muxRefuses(pattern string) (reason string) {
	defer func() {
		if r := recover(); r != nil {
			reason = fmt.Sprint(r)
			if _, after, ok := strings.Cut(reason, ": "); ok { // in front of it stands the pattern
				reason = after
			}
		}
	}()
	http.NewServeMux().Handle(pattern, http.NotFoundHandler())
	return ""
}

// Conflict reports whether a framework cannot serve both routes of one router:
// registering the second would panic, or replace the first.
func Conflict(framework string, a, b Route) bool {
	if framework != NetHTTP && a.Method != b.Method && a.Method != "" && b.Method != "" {
		return false
	}
	x, y := a.Path, b.Path
	for more := true; more; {
		var left, right string
		var moreX, moreY bool
		left, x, moreX = strings.Cut(x, "/")
		right, y, moreY = strings.Cut(y, "/")
		switch {
		case framework == NetHTTP:
			if left != right && left != "" && right != "" && !strings.ContainsAny(left+right, "{%") {
				return false // as most pairs do
			}
			if more = moreX && moreY; more {
				continue
			}
			return muxRefusesBoth(a.muxPattern(), b.muxPattern())
		case framework == Gin && (strings.HasPrefix(left, "*") || strings.HasPrefix(right, "*")):
			return true // gin has nothing beside what matches all
		case nameless(left) != nameless(right):
			return false
		case framework == Gin && left != right:
			return true // nor two names for one parameter
		case moreX != moreY:
			return false
		}
		more = moreX
	}
	return true
}

// nameless returns a segment of gin or echo without the name of its parameter.
func nameless(segment string) string {
	if i := strings.IndexAny(segment, ":*"); i >= 0 {
		return segment[:i+1]
	}
	return segment
}

func muxRefusesBoth(a, b string) (refused bool) {
	defer func() { refused = recover() != nil }()
	mux := http.NewServeMux()
	mux.Handle(a, http.NotFoundHandler())
	mux.Handle(b, http.NotFoundHandler())
	return false
}
