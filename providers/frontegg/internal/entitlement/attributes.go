package entitlement

import "strings"

// Attributes are what conditions ask about: the claims of a token, and what the
// application adds. Nothing is built from them beforehand: a condition's attribute is
// looked up when it is evaluated, in the text of the claims or by a call of Lookup, and
// a feature without flags and plans asks for none. A nil *Attributes has none.
type Attributes struct {
	// Claims is the payload of a verified token, a JSON object; "" when there is no
	// token. It gives the attributes jwt.<name>, with nested names and places in
	// arrays behind dots (jwt.metadata.plan, jwt.roles.0), and frontegg.email,
	// frontegg.emailVerified and frontegg.tenantId of the claims email,
	// email_verified and tenantId. Arrays and objects as a whole are no attributes,
	// unless empty. What the claims say twice is unclear.
	Claims string
	// UserID gives frontegg.userId beside Claims; "" for none.
	UserID string
	// Lookup finds an attribute of the application by its name; nil for none. With
	// Claims, names that begin with "jwt." or "frontegg." are not asked for:
	// the token alone has them. It is called by the goroutine that evaluates, and
	// must not change the answer during an evaluation.
	Lookup func(name string) (Value, bool)
}

// attribute is a name, taken apart once.
type attribute struct {
	name   string
	source source
	claim  string // a path below the claims
}

type source uint8

const (
	fromApplication source = iota
	fromClaim
	fromUserID
	fromNowhere // frontegg.* that a token does not give
)

func newAttribute(name string) attribute {
	a := attribute{name: name}
	if path, ok := strings.CutPrefix(name, "jwt."); ok {
		a.source, a.claim = fromClaim, path
		return a
	}
	known, ok := strings.CutPrefix(name, "frontegg.")
	if !ok {
		return a
	}
	switch known {
	case "email", "tenantId":
		a.source, a.claim = fromClaim, known
	case "emailVerified":
		a.source, a.claim = fromClaim, "email_verified"
	case "userId":
		a.source = fromUserID
	default:
		a.source = fromNowhere
	}
	return a
}

// of finds the attribute.
func (a *attribute) of(all *Attributes) (Value, bool) {
	switch {
	case all == nil:
		return Value{}, false
	case all.Claims == "" || a.source == fromApplication:
		if all.Lookup == nil {
			return Value{}, false
		}
		return all.Lookup(a.name)
	case a.source == fromUserID:
		return String(all.UserID), all.UserID != ""
	case a.source == fromNowhere:
		return Value{}, false
	}
	return claimIn(all.Claims, a.claim)
}

// claimIn finds what flattening the claims puts under path. Names may hold dots, so
// every way to read the path is tried; two that lead to something are unclear.
func claimIn(claims, path string) (Value, bool) {
	var f finder
	f.below(strings.TrimLeft(claims, " \t\r\n"), path)
	if f.hits > 1 || f.bad {
		return Value{}, true
	}
	return f.found, f.hits == 1
}

type finder struct {
	found Value
	hits  int
	bad   bool
}

func (f *finder) below(raw, path string) {
	switch {
	case strings.HasPrefix(raw, "{"):
		it := itemsOf(raw, '{')
		for {
			quoted, value, ok := it.member()
			if !ok {
				break
			}
			name, ok := text(quoted)
			f.bad = f.bad || !ok
			f.try(name, value, path)
		}
		f.bad = f.bad || it.bad
	case strings.HasPrefix(raw, "["):
		place, _, _ := strings.Cut(path, ".")
		if n := digits(place); n == 0 || n < len(place) || n > 1 && place[0] == '0' || n > 6 {
			return
		}
		it := itemsOf(raw, '[')
		for at := 0; ; at++ {
			value, ok := it.next()
			if !ok {
				break
			}
			if isPlace(place, at) {
				f.try(place, value, path)
			}
		}
		f.bad = f.bad || it.bad
	}
}

func isPlace(digits string, n int) bool {
	at := 0
	for i := range len(digits) {
		at = at*10 + int(digits[i]-'0')
	}
	return at == n
}

// try takes value when name is path, or goes on below it.
func (f *finder) try(name, value, path string) {
	switch {
	case path == name:
		if v, ok := leaf(value); ok {
			f.found = v
			f.hits++
		}
	case len(path) > len(name) && path[len(name)] == '.' && path[:len(name)] == name:
		f.below(value, path[len(name)+1:])
	}
}

// leaf returns a value that flattening leaves whole.
func leaf(raw string) (Value, bool) {
	switch raw[0] {
	case '"':
		s, ok := text(raw)
		if !ok {
			return Value{}, true
		}
		return String(s), true
	case '{', '[':
		it := items{text: raw, pos: 1}
		if raw[0] == '{' {
			return Value{kind: kindOther}, !it.more('}')
		}
		return List(nil), !it.more(']')
	case 'n':
		return Null(), true
	case 't', 'f':
		return Bool(raw == "true"), true
	}
	n, ok := number(raw)
	if !ok {
		return Value{}, true
	}
	return Number(n), true
}
