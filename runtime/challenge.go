package auth

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Challenge is the answer to a request that is not admitted. It is an error
// whose text says no more than the answer does: frameworks and applications
// show errors to callers. [Challenge.Reason] explains the denial to the
// developer. A Challenge does not change after it is made.
type Challenge struct {
	kind      challengeKind
	reason    string
	authorize string // WWW-Authenticate, "" for none
	// next says that another credential of the request may be tried, and formless
	// that this one does not look like a token.
	next, formless bool
}

type challengeKind uint8

const (
	challengeUnavailable challengeKind = iota // the zero Challenge blames us
	challengeInvalidRequest
	challengeNoCredential
	challengeInvalidToken
	challengeStepUp
	challengeForbidden
)

// challengeTable holds everything about a kind of challenge that callers see.
// The texts are fixed: nothing from a token or rule is ever part of them.
var challengeTable = [...]struct {
	status        int
	code, message string
	oauthError    string // error attribute, RFC 6750 section 3.1
	description   string // error_description attribute
	err           error
}{
	challengeUnavailable:    {http.StatusServiceUnavailable, "unavailable", "service unavailable", "", "", ErrUnavailable},
	challengeInvalidRequest: {http.StatusBadRequest, "invalid_request", "invalid request", "invalid_request", "The credentials of the request are malformed", ErrInvalidRequest},
	challengeNoCredential:   {http.StatusUnauthorized, "unauthenticated", "not authenticated", "", "", ErrUnauthenticated},
	challengeInvalidToken:   {http.StatusUnauthorized, "unauthenticated", "not authenticated", "invalid_token", "The access token is not valid", ErrUnauthenticated},
	challengeStepUp:         {http.StatusUnauthorized, "unauthenticated", "not authenticated", "insufficient_user_authentication", "A stronger or more recent authentication is required", ErrUnauthenticated},
	challengeForbidden:      {http.StatusForbidden, "permission_denied", "not authorized", "insufficient_scope", "The request requires higher privileges", ErrPermissionDenied},
}

// retryAfter is what a 503 tells callers to wait; it is as long as a guard without
// keys itself waits after an attempt to fetch some that failed.
const retryAfter = 10 * time.Second

// Status returns the HTTP status: 400, 401, 403 or 503.
func (c *Challenge) Status() int { return challengeTable[c.kind].status }

// Code returns the machine-readable code of the body: "unauthenticated",
// "permission_denied", "invalid_request" or "unavailable".
func (c *Challenge) Code() string { return challengeTable[c.kind].code }

// Message returns the text of the body, one fixed text for each code.
func (c *Challenge) Message() string { return challengeTable[c.kind].message }

// SetHeader sets the headers of the answer: WWW-Authenticate on 400, 401 and
// 403, Retry-After on 503, and Cache-Control on all.
func (c *Challenge) SetHeader(h http.Header) {
	h.Set("Cache-Control", "no-store")
	if c.authorize != "" {
		h.Set("WWW-Authenticate", c.authorize)
	}
	if c.kind == challengeUnavailable {
		h.Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	}
}

// Error returns one fixed text for each code.
func (c *Challenge) Error() string { return challengeTable[c.kind].err.Error() }

// Reason explains the denial. It belongs in a log, never in a response. It
// names roles and other demands of the rule, and holds the text of a provider's
// error as it is; of what the token holds it has nothing of its own.
func (c *Challenge) Reason() string { return c.reason }

// Unwrap returns the sentinel error of the kind of challenge.
func (c *Challenge) Unwrap() error { return challengeTable[c.kind].err }

// Is makes a step-up challenge match [ErrStepUpRequired] too.
func (c *Challenge) Is(target error) bool {
	return c.kind == challengeStepUp && errors.Is(ErrStepUpRequired, target)
}

// authorizeHeader builds a WWW-Authenticate value (RFC 6750 section 3, RFC 9470
// section 3, RFC 9728 section 5.1). extra holds pairs of names and values.
func (g *Guard) authorizeHeader(kind challengeKind, extra ...string) string {
	row := &challengeTable[kind]
	if kind == challengeUnavailable {
		return ""
	}
	var b strings.Builder
	realm, metadata := defaultRealm, ""
	if g != nil && g.opts != nil {
		realm, metadata = g.opts.realm, g.opts.resourceMetadata
	}
	b.WriteString("Bearer realm=")
	b.WriteString(quoted(realm))
	attribute := func(name, value string) {
		if value != "" {
			b.WriteString(", ")
			b.WriteString(name)
			b.WriteByte('=')
			b.WriteString(quoted(value))
		}
	}
	attribute("error", row.oauthError)
	attribute("error_description", row.description)
	for i := 0; i+1 < len(extra); i += 2 {
		attribute(extra[i], extra[i+1])
	}
	attribute("resource_metadata", metadata)
	return b.String()
}

// quoted writes s as a quoted-string (RFC 9110 section 5.6.4). Characters that
// no quoted-string may hold become a question mark.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			b.WriteByte('?')
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// challenge makes a challenge of g, which may be nil.
func (g *Guard) challenge(kind challengeKind, reason string, extra ...string) *Challenge {
	return &Challenge{kind: kind, reason: reason, authorize: g.authorizeHeader(kind, extra...)}
}
