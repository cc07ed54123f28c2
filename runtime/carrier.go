package auth

import (
	"net/http"
	"strings"
)

// presented finds the credentials of a request in the carriers that this guard
// accepts; others are not looked at. Without [CredentialOrder] a request has one
// explicit credential at most (RFC 6750 section 2), and a cookie beside it is ignored.
func (g *Guard) presented(r *http.Request, texts *presented) *Challenge {
	explicit, unread := 0, false
	if values := r.Header["Authorization"]; len(values) > 1 {
		return g.challenge(challengeInvalidRequest, "Authorization is given twice")
	} else if len(values) == 1 {
		c, ok := authorization(values[0], g.opts.bareTokens)
		switch {
		case !ok:
			return g.challenge(challengeInvalidRequest, "Authorization is malformed")
		case c.Carrier == 0, c.Carrier == CarrierBasic && g.opts.exchangers[CarrierBasic] == nil:
			unread = true
		case c.Text == "":
			return g.challenge(challengeInvalidRequest, "Authorization is malformed")
		default:
			texts[c.Carrier] = c.Text
			explicit++
		}
	}
	for _, carrier := range g.tokenHeaders() {
		header := carrier.header()
		values := r.Header[header]
		if len(values) == 0 {
			continue
		}
		if len(values) > 1 {
			return g.challenge(challengeInvalidRequest, header+" is given twice")
		}
		if unread {
			return g.challenge(challengeInvalidRequest, "two credentials, one of them in Authorization")
		}
		if explicit > 0 && !g.opts.ordered {
			return g.challenge(challengeInvalidRequest, "two credentials in one request")
		}
		token := strings.Trim(values[0], " \t")
		if token == "" {
			return g.challenge(challengeInvalidRequest, header+" is malformed")
		}
		texts[carrier] = token
		explicit++
	}
	switch {
	case unread:
		return g.challenge(challengeNoCredential, "the scheme of Authorization is not one that is read")
	case explicit > 0 && !g.opts.ordered:
		return nil
	}
	cookie, c := g.cookieCredential(r)
	if c != nil && (explicit == 0 || c.kind == challengeInvalidRequest) {
		return c
	}
	texts[CarrierCookie] = cookie
	return nil
}

// headerKinds are the kinds of token that a header may carry.
type headerKinds struct {
	header string
	kinds  Kinds
}

// misplaced tells that a header may not carry tokens of this kind.
func (g *Guard) misplaced(header string, kind Kinds) *Challenge {
	for _, l := range g.opts.tokensIn {
		if l.header == header && !l.kinds.Has(kind) {
			return g.challenge(challengeInvalidToken, "a token of kind "+kind.reason()+" is in "+header+", which is for kinds "+l.kinds.String())
		}
	}
	return nil
}

// unfit tells what is wrong with a credential whose text is no token of any kind.
// It is for those that were not valid: a valid one has been read strictly.
func (g *Guard) unfit(found Credential) *Challenge {
	switch {
	case len(found.Text) > g.opts.maxTokenBytes || isB64Token(found.Text):
		return nil
	case found.ambient():
		return g.challenge(challengeInvalidToken, "the cookie holds no token")
	}
	return g.challenge(challengeInvalidRequest, found.Carrier.header()+" is malformed")
}

// tokenHeaders are the headers that options may add to Authorization.
var tokenHeaders = [...]Carrier{CarrierAPIKey, CarrierUserToken}

// tokenHeaders returns those that this guard accepts.
func (g *Guard) tokenHeaders() []Carrier {
	switch {
	case g.opts.apiKeyHeader && g.opts.userTokenHeader:
		return tokenHeaders[:]
	case g.opts.apiKeyHeader:
		return tokenHeaders[:1]
	case g.opts.userTokenHeader:
		return tokenHeaders[1:]
	}
	return nil
}

func (g *Guard) cookieCredential(r *http.Request) (string, *Challenge) {
	if g.opts.cookie == "" {
		return "", nil
	}
	cookies := r.CookiesNamed(g.opts.cookie)
	switch {
	case len(cookies) == 0:
		return "", nil
	case len(cookies) > 1:
		// One of them may be planted from a sibling domain.
		return "", g.challenge(challengeInvalidRequest, "the cookie is given twice")
	case cookies[0].Value == "":
		return "", g.challenge(challengeInvalidToken, "the cookie holds no token")
	}
	return cookies[0].Value, nil
}

// authorization reads an Authorization header: "Bearer" 1*SP b64token (RFC 6750
// section 2.1) or "Basic" 1*SP token68 (RFC 7617 section 2), the scheme in any case.
// The characters behind the scheme are not looked at. Other schemes have no carrier;
// the header is not ok where it has none. With bare, a compact JWS (RFC 7515 section
// 7.1) and nothing else is as good as one behind "Bearer".
func authorization(header string, bare bool) (_ Credential, ok bool) {
	header = strings.Trim(header, " \t")
	scheme, text, _ := strings.Cut(header, " ")
	switch text = strings.TrimLeft(text, " "); {
	case strings.EqualFold(scheme, "Bearer"):
		return Credential{CarrierBearer, text}, true
	case strings.EqualFold(scheme, "Basic"):
		return Credential{CarrierBasic, text}, true
	case bare && scheme == header && strings.Count(header, ".") == 2 && isTokenChars(scheme):
		return Credential{CarrierBearer, header}, true
	}
	return Credential{}, isTokenChars(scheme)
}

// isTokenChars reports whether s is a token of RFC 9110 section 5.6.2.
func isTokenChars(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// isB64Token reports whether s is a b64token of RFC 6750 section 2.1.
func isB64Token(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		c := body[i]
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~+/", c) >= 0) {
			return false
		}
	}
	return body != ""
}
