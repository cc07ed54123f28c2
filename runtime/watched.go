package auth

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// watched are the claims that decide on access. Another claim whose name
// differs by case only is refused: some reader on the way, the issuer's own
// perhaps, may have taken one for the other.
type watched struct {
	names [64][]string // by nameSlot
	// folded holds, by its foldCase, each of names.
	folded map[string]string
	// nested holds, for objects that claims are read from, the next name.
	nested []nestedName
}

type nestedName struct {
	path []string // of the object
	name string
}

// registered are the watched claims of every issuer.
var registered = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "act", "acr", "amr", "auth_time", "client_id", "azp", "scope", "scp",
}

func newWatched(c *Claims) watched {
	w := watched{folded: map[string]string{}}
	for _, name := range registered {
		w.name(name)
	}
	for _, rule := range c.Kinds {
		w.conditions(rule.When)
	}
	w.conditions(c.Require)
	w.conditions(c.Refuse)
	for _, r := range c.Required {
		for _, name := range r.Claims {
			w.name(name)
		}
		w.conditions(r.Conditions)
	}
	for _, u := range c.UserIDs {
		w.name(u.Claim)
	}
	w.name(c.AudienceFrom)
	w.path(c.Tenant)
	w.path(c.EmailVerified)
	w.path(c.Email)
	for _, lists := range [][]ListClaim{c.Tenants, c.Roles, c.Permissions, c.Scopes} {
		for _, list := range lists {
			w.path(list.path)
		}
	}
	return w
}

func (w *watched) name(name string) {
	if !w.has(name) {
		slot := nameSlot(name)
		w.names[slot] = append(w.names[slot], name)
		w.folded[foldCase(name)] = name
	}
}

func (w *watched) has(name string) bool { return slices.Contains(w.names[nameSlot(name)], name) }

// foldCase returns the same for all names that strings.EqualFold calls equal: of
// each letter the least that is equal, which for those of ASCII is the capital,
// and that one in lower case.
func foldCase(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		if r >= utf8.RuneSelf {
			for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
				least = min(least, next)
			}
		}
		if 'A' <= least && least <= 'Z' {
			least += 'a' - 'A'
		}
		return least
	}, name)
}

func (w *watched) conditions(list []Condition) {
	for _, c := range list {
		w.name(c.claim)
		if c.op == opEqual || c.op == opHas {
			for _, name := range c.values {
				w.name(name)
			}
		}
	}
}

func (w *watched) path(path []string) {
	for i, name := range path {
		if i == 0 {
			w.name(name)
		} else {
			w.nested = append(w.nested, nestedName{path[:i], name})
		}
	}
}

func (w *watched) check(d *document) error {
	for n := 1; n < int(d.nodes[0].next); n = int(d.nodes[n+1].next) {
		name := d.unescape(n)
		if w.has(name) {
			continue
		}
		if watched, ok := w.folded[foldCase(name)]; ok {
			return fmt.Errorf("a claim differs from %q by case only", watched)
		}
	}
	for _, nested := range w.nested {
		object, ok := d.find(nested.path)
		if !ok || d.nodes[object].kind != kindObject {
			continue
		}
		for n := object + 1; n < int(d.nodes[object].next); n = int(d.nodes[n+1].next) {
			if name := d.unescape(n); name != nested.name && strings.EqualFold(name, nested.name) {
				return fmt.Errorf("a claim differs from %q by case only", strings.Join(append(nested.path[:len(nested.path):len(nested.path)], nested.name), "."))
			}
		}
	}
	return nil
}
