package judge

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// split returns the words of a name in lower case: "isTokenExpired",
// "X-API-Key" and "api_key" alike.
func split(name string) []string {
	out := make([]string, 0, 4)
	for word := range wordsOf(name) {
		out = append(out, strings.ToLower(word))
	}
	return out
}

// wordsOf yields the words of a name as they are written.
func wordsOf(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		from := 0
		var last rune
		for i, r := range name {
			_, size := utf8.DecodeRuneInString(name[i:])
			next, _ := utf8.DecodeRuneInString(name[i+size:])
			to, then := i, i
			switch {
			case !unicode.IsLetter(r) && !unicode.IsDigit(r):
				then = i + size
			case unicode.IsUpper(r) && (unicode.IsLower(last) || unicode.IsLower(next)):
			default:
				to = from
				then = from
			}
			if from < to && !yield(name[from:to]) {
				return
			}
			from, last = then, r
		}
		if from < len(name) {
			yield(name[from:])
		}
	}
}

// speaks says whether a name has one of these words.
func speaks(name string, list ...string) bool {
	for word := range wordsOf(name) {
		if slices.ContainsFunc(list, func(w string) bool { return strings.EqualFold(w, word) }) {
			return true
		}
	}
	return false
}

func has(words []string, list ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
}

// negWords says whether a name says that there is no identity, or that it is
// about something else.
func negWords(name string) bool {
	l := strings.ToLower(name)
	for _, part := range []string{"csrf", "xsrf", "captcha", "turnstile", "altcha", "unverified", "unauth", "ratelimit", "notfound", "noauth", "nologin"} {
		if strings.Contains(l, part) {
			return true
		}
	}
	return speaks(name, "not", "non", "no", "anonymous", "anon", "guest", "guests", "expired", "expire", "blocked", "banned", "blacklisted", "blacklist",
		"blocklist", "denylist", "missing", "invalid", "denied", "deny", "revoked", "disabled", "locked", "deleted", "public", "skip", "skipped", "skipper", "bypass",
		"unsafe", "insecure", "error", "err", "fail", "failed", "failure", "malformed", "rate", "limit", "limited", "limiter", "throttle", "throttled",
		"limits", "limiters", "quota", "quotas", "flash", "locale", "lang", "language", "theme", "exempt", "exempted", "ignore", "ignored", "optional", "empty", "blank", "zero",
		"unknown", "none", "without", "inactive", "suspended", "pending", "logout", "loggedout", "signout", "format", "formed", "wellformed", "maintenance")
}

// credentialName says whether a header, form value or query value of a name
// carries a credential.
func credentialName(name string, query bool) bool {
	if otherName(name) {
		return false
	}
	l := strings.ToLower(name)
	for _, part := range []string{"authorization", "token", "apikey", "api-key", "api_key", "secret", "password", "passwd", "signature", "jwt", "bearer", "credential", "session"} {
		if strings.Contains(l, part) {
			return true
		}
	}
	ws := split(name)
	if query {
		return has(ws, "key", "auth", "pass", "pwd", "sig", "hmac", "assertion", "code")
	}
	return has(ws, "key", "auth", "pass", "pwd", "sig", "hmac", "cookie", "cert", "assertion", "access")
}

// onlyCode says whether a query or form value of a name may as well be the code
// or key of something that is no secret: of a country, of a column.
func onlyCode(name string) bool {
	ws := split(name)
	return len(ws) == 1 && has(ws, "code", "key")
}

// publicName says whether a cookie or header of a name seems to say who somebody
// is, as others know him, rather than to carry what only he has.
func publicName(name string) bool {
	ws := split(name)
	if has(ws, "cert", "certificate", "xfcc") {
		return true // a certificate is no secret: its key is
	}
	if strings.EqualFold(name, "Authorization") || has(ws, "sess", "sid", "key", "keys", "apikey", "password", "pass", "pwd", "hash",
		"signature", "sig", "signed", "mac", "hmac", "bearer", "credential", "credentials", "ticket", "sso", "assertion", "code", "encrypted", "secure") {
		return false
	}
	l := strings.ToLower(name)
	for _, part := range []string{"session", "token", "secret", "jwt"} {
		if strings.Contains(l, part) {
			return false
		}
	}
	return has(ws, "user", "users", "uid", "userid", "username", "login", "email", "mail", "account", "member", "customer", "person", "profile", "name", "role", "roles", "group", "tenant", "admin",
		"logged", "level", "type", "status", "flag", "mode", "kind") ||
		len(ws) == 1 && ws[0] == "id"
}

// otherName says whether a value of a name is known to be no credential.
func otherName(name string) bool {
	l := strings.ToLower(name)
	for _, part := range []string{"csrf", "xsrf", "authenticity", "captcha", "turnstile", "idempoten", "language", "websocket"} {
		if strings.Contains(l, part) {
			return true
		}
	}
	return speaks(name, "lang", "locale", "theme", "consent", "flash", "visitor", "guest", "anonymous", "anon", "tracking", "cart", "request", "trace", "correlation", "cache",
		"page", "next", "continuation", "cursor", "upload", "timezone", "tz", "sort", "referrer", "redirect", "nonce", "state", "color", "layout", "origin", "control")
}

// sessionName says what a value of a session under a key proves.
func sessionName(key string) level {
	if otherName(key) || negWords(key) || speaks(key, "count", "counter", "visits", "views", "last", "return", "url", "created", "time", "settings", "preferences") {
		return none
	}
	if speaks(key, "user", "users", "uid", "id", "userid", "username", "login", "logged", "loggedin", "auth", "authenticated", "authed", "account", "email", "name",
		"token", "session", "member", "admin", "principal", "subject", "sub", "role", "roles", "identity", "profile", "customer", "staff", "employee", "person", "me",
		"uuid", "jwt", "claims", "usr", "group", "groups", "permissions", "tenant", "isadmin") {
		return sure
	}
	return maybe
}

// secretName says whether a setting of a name is a secret that credentials are
// compared with.
func secretName(name string) level {
	ws := split(name)
	if has(ws, "scheme", "prefix", "type", "realm", "header", "method", "issuer", "aud", "audience", "version", "path", "kind", "format", "empty", "default", "none", "lookup") {
		return none
	}
	if has(ws, "secret", "secrets", "token", "tokens", "key", "keys", "pass", "passwd", "password", "passwords", "pwd", "cred", "creds", "credential", "credentials", "hash", "hashed", "digest",
		"sum", "mac", "hmac", "expected", "apikey", "apikeys", "bearer", "auth", "authkey", "authtoken", "want", "signature", "sig") {
		return sure
	}
	return maybe
}

// secretColumn says whether a constant among the arguments of a query names what
// it looks for as a secret: "key = ?", "token:%s".
func secretColumn(args []val) bool {
	for _, a := range args {
		c, ok := str(a)
		if !ok {
			continue
		}
		if i := strings.LastIndex(strings.ToLower(c), "where"); i >= 0 {
			c = c[i:]
		}
		ws := split(c)
		return has(ws, "secret", "token", "key", "hash", "apikey") && !has(ws, "id", "uuid", "prefix", "name", "username", "user", "email", "public", "kid", "selector", "lookup")
	}
	return false
}

// verb is what a function seems to do, by its name.
type verb uint8

const (
	vUnknown verb = iota
	vNothing      // proves nothing
	vVerify       // checks what it is given; its error tells
	vLookup       // finds what belongs to what it is given; its error tells
	vData         // finds too, but only the data tells
	vBuild        // makes a query
	vPart         // yields what another call found, or its error
	vSealed       // parses what is verified later
)

// verb is verbOf, once for each name.
func (j *Judge) verb(name, recv string) verb {
	key := [2]string{name, recv}
	v, ok := j.verbs[key]
	if !ok {
		v = verbOf(name, recv)
		j.verbs[key] = v
	}
	return v
}

func verbOf(name, recv string) verb {
	ws := split(name)
	if len(ws) == 0 || negWords(name) || negWords(recv) {
		return vNothing
	}
	if has(ws, "create", "insert", "register", "ensure", "or", "generate", "new", "upsert", "issue") || strings.HasPrefix(strings.ToLower(name), "must") && len(ws) == 1 {
		return vNothing
	}
	if has(ws, "compare") {
		return vVerify
	}
	switch ws[0] {
	case "log", "logf", "print", "printf", "println", "write", "set", "save", "store", "put", "add", "update", "delete", "remove", "send", "publish", "emit", "record",
		"track", "audit", "notify", "incr", "increment", "touch", "hash", "sprintf", "errorf", "encode", "marshal", "sign", "mask", "redact", "trim", "strip", "debug", "debugf",
		"info", "infof", "warn", "warnf", "panic", "escape", "unescape", "join", "to", "format", "string", "len", "copy", "clone", "append", "base64", "observe", "inc", "start", "end", "close", "exec", "execute", "tag", "with":
		if ws[0] == "with" {
			return vBuild
		}
		return vNothing
	}
	switch {
	case has(ws, "verify", "verified", "verifies", "validate", "validated", "validates", "valid", "authenticate", "authenticated", "authenticates", "authn", "authz", "authorize", "authorized", "authorizes", "auth",
		"check", "checks", "introspect", "login", "signin", "logged", "match", "matches", "equal", "equals", "exchange", "enforce", "unseal", "unsign", "parse", "allowed", "permitted", "granted"):
		return vVerify
	case has(ws, "where", "model", "table", "joins", "join", "order", "limit", "preload", "select", "filter", "eq", "into", "namespace", "collection", "session") && len(ws) == 1:
		return vBuild
	case has(ws, "count", "exists", "exist", "list", "search", "all", "find", "select", "query", "has", "contains", "rows", "pluck") && len(ws) == 1,
		has(ws, "count", "list", "search"), has(ws, "exists", "exist", "has"):
		return vData
	case has(ws, "get", "find", "lookup", "first", "take", "last", "one", "load", "fetch", "read", "row", "user", "account", "by", "resolve", "retrieve", "is",
		"claims", "identity", "principal", "userinfo", "whoami", "peek", "query", "select"):
		return vLookup
	}
	return vUnknown
}

// scheme says whether a constant is what credentials begin with, or an empty
// value, rather than a secret.
func scheme(c string) bool {
	switch strings.ToLower(strings.Trim(c, " :=")) {
	case "", "bearer", "basic", "token", "digest", "negotiate", "ntlm", "hawk", "hmac", "jwt", "apikey", "api-key", "key", "null", "undefined", "nil", "http", "https", "ws", "wss", "gzip", "websocket", "upgrade", "xmlhttprequest", "true", "false", "0", "1", "-", "*":
		return true
	}
	return false
}
