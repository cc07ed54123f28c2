package auth

import (
	"net/http"
	"strings"
)

// credential is the text that should be a token of a request. Its characters have
// not been looked at, see [Guard.unfit].
type credential struct {
	text   string
	header string // that it came in, "" for the cookie
}

// ambient reports whether the browser sent the credential on its own.
func (c credential) ambient() bool { return c.header == "" }

// credential finds the token in the carriers that this guard accepts; others
// are not looked at. A request has one explicit credential at most (RFC 6750
// section 2); a cookie beside it is ignored.
func (g *Guard) credential(r *http.Request) (found credential, c *Challenge) {
	if values := r.Header["Authorization"]; len(values) > 1 {
		return credential{}, g.challenge(challengeInvalidRequest, "Authorization is given twice")
	} else if len(values) == 1 {
		token, problem := bearerToken(values[0])
		switch problem {
		case bearerOK:
			found = credential{text: token, header: "Authorization"}
		case bearerOtherScheme:
			if g.explicit(r) {
				return credential{}, g.challenge(challengeInvalidRequest, "two credentials, one of them in Authorization")
			}
			return credential{}, g.challenge(challengeNoCredential, "the scheme of Authorization is not Bearer")
		default:
			return credential{}, g.challenge(challengeInvalidRequest, "Authorization is malformed")
		}
	}
	for _, header := range g.tokenHeaders() {
		values := r.Header[header]
		if len(values) == 0 {
			continue
		}
		if len(values) > 1 {
			return credential{}, g.challenge(challengeInvalidRequest, header+" is given twice")
		}
		if found.text != "" {
			return credential{}, g.challenge(challengeInvalidRequest, "two credentials in one request")
		}
		token := strings.Trim(values[0], " \t")
		if token == "" {
			return credential{}, g.challenge(challengeInvalidRequest, header+" is malformed")
		}
		found = credential{text: token, header: header}
	}
	if found.text == "" {
		return g.cookieCredential(r)
	}
	return found, nil
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
func (g *Guard) unfit(found credential) *Challenge {
	switch {
	case len(found.text) > g.opts.maxTokenBytes || isB64Token(found.text):
		return nil
	case found.ambient():
		return g.challenge(challengeInvalidToken, "the cookie holds no token")
	}
	return g.challenge(challengeInvalidRequest, found.header+" is malformed")
}

// tokenHeaders are the headers that options may add to Authorization, in
// canonical form.
var tokenHeaders = [...]string{"X-Api-Key", "X-User-Token"}

// tokenHeaders returns those that this guard accepts.
func (g *Guard) tokenHeaders() []string {
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

// explicit reports whether one of the accepted headers beside Authorization is
// present.
func (g *Guard) explicit(r *http.Request) bool {
	for _, header := range g.tokenHeaders() {
		if len(r.Header[header]) > 0 {
			return true
		}
	}
	return false
}

func (g *Guard) cookieCredential(r *http.Request) (credential, *Challenge) {
	if g.opts.cookie == "" {
		return credential{}, nil
	}
	cookies := r.CookiesNamed(g.opts.cookie)
	switch {
	case len(cookies) == 0:
		return credential{}, nil
	case len(cookies) > 1:
		// One of them may be planted from a sibling domain.
		return credential{}, g.challenge(challengeInvalidRequest, "the cookie is given twice")
	case cookies[0].Value == "":
		return credential{}, g.challenge(challengeInvalidToken, "the cookie holds no token")
	}
	return credential{text: cookies[0].Value}, nil
}

type bearerProblem uint8

const (
	bearerOK bearerProblem = iota
	bearerMalformed
	bearerOtherScheme
)

// bearerToken reads an Authorization header: "Bearer" 1*SP b64token (RFC 6750
// section 2.1), the scheme in any case. The token's characters are not looked at.
func bearerToken(header string) (string, bearerProblem) {
	header = strings.Trim(header, " \t")
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		if !isTokenChars(scheme) {
			return "", bearerMalformed
		}
		return "", bearerOtherScheme
	}
	if token = strings.TrimLeft(token, " "); token == "" {
		return "", bearerMalformed
	}
	return token, bearerOK
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
