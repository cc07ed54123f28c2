package audit

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/diagnostic"
)

// spellings reports routes of one router whose paths differ by their spelling only,
// or not at all, and of which one lets in callers whom the other denies. Clients,
// proxies and the redirects of routers take such paths for one.
func (f *findings) spellings(routes []*route) {
	groups := map[string][]*route{}
	var order []string
	for _, r := range routes {
		switch r.Kind {
		case wiring.NoRoute, wiring.NoMethod, wiring.Default, wiring.Sub:
			continue
		}
		key := r.Host + spelling(r)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], r)
	}
	type pair struct{ narrow, wide int }
	told := map[pair]bool{}
	for _, key := range order {
		for _, narrow := range groups[key] {
			if !narrow.protected() {
				continue
			}
			ask := narrow.demanded()
			for _, wide := range groups[key] {
				p := pair{f.callOf[narrow], f.callOf[wide]}
				how := differs(narrow, wide)
				if how == "" || told[p] || p.narrow == p.wide || !wide.lets(ask) {
					continue
				}
				told[p] = true
				f.spelled(f.calls[p.narrow].named(), f.calls[p.wide].named(), how)
			}
		}
	}
}

func (f *findings) spelled(narrow, wide *route, how string) {
	f.about(wide, diagnostic.Diagnostic{
		Code:       CodeOverlap,
		Message:    fmt.Sprintf("%s %s, and %s, %s, %s", wide, wide.asks(), narrow, how, narrow.asks()),
		Suggestion: "give both the same rule, or leave one of them out",
		Related:    []diagnostic.Related{{Position: f.position(narrow.Pos), Message: narrow.String() + " " + narrow.asks()}},
	})
}

// differs says by what the paths of two routes for one method differ whose spelling
// is one, "" where nothing is to be told. On net/http and gin no two routes have the
// same path and method; echo runs the one that was registered last.
func differs(a, b *route) string {
	x, y := shape(segments(a)), shape(segments(b))
	switch {
	case !methodsMeet(a, b, false) && !methodsMeet(b, a, false):
		return ""
	case x != y && strings.TrimSuffix(x, "/") == strings.TrimSuffix(y, "/"):
		return "the same path but for the slash at its end"
	case x != y && strings.EqualFold(x, y):
		return "the same path but for capitals"
	case x != y:
		return "the same path in another spelling"
	case a.Framework() == wiring.Echo && a.Method == b.Method && len(a.Conditions)+len(b.Conditions) == 0 && !strings.Contains(x, "\x00"):
		return "the same route, of which echo runs the last"
	}
	return ""
}

// spelling is what the path of a route is to those who do not tell capitals, slashes
// at the end or twice, and escapes apart.
func spelling(r *route) string {
	var kept []segment
	for _, s := range segments(r) {
		if s.kind == literal {
			if text, err := url.PathUnescape(s.text); err == nil {
				s.text = text
			}
			if s.text = strings.ToLower(s.text); s.text == "" {
				continue
			}
		}
		kept = append(kept, s)
	}
	return shape(kept)
}
