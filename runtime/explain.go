package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"unicode"
)

// Explanation tells a developer how a guard decides on a token: each check and
// its outcome. Like [Challenge.Reason] it belongs to developers and never in an
// answer: it names the demands of the rule, and holds the text of a provider's
// error as it is. It holds neither the token nor values of its claims.
type Explanation struct {
	Handler string // Rule.Handler
	// Checks are in the order in which the guard makes them. A token is admitted
	// when all of them are true, and otherwise not.
	Checks []Check
	// Status is that of the answer, 200 where the token is admitted. Code is that
	// of its body, and OAuthError the error code of its challenge (RFC 6750 section
	// 3.1); both are empty where there is none. Reason is [Challenge.Reason].
	Status     int
	Code       string
	OAuthError string
	Reason     string
}

// Check is one check of an [Explanation].
type Check struct {
	Name    string // such as "signature" or "roles"
	Of      string // what was checked or demanded, may be empty
	Outcome Outcome
	Reason  string // why it is not true
}

// Outcome is that of a [Check].
type Outcome string

// The outcomes. Those of demands are those of [Truth]; unavailable is one that a
// provider, the issuer's keys or the operator would have to change. What is not
// asked comes after a check of which it would need the result.
const (
	OutcomeTrue        Outcome = "true"
	OutcomeFalse       Outcome = "false"
	OutcomeUnknown     Outcome = "unknown"
	OutcomeUnavailable Outcome = "unavailable"
	OutcomeNotAsked    Outcome = "not asked"
)

// Explain tells what [Guard.Admit] says to a request with this token, in a header
// that may carry it, by the same code, and why. That a handler takes a *[User], say, is not part of its
// rule. An empty token stands for a request without one; params may be nil.
//
// It is a tool for development and tests: it costs several times what a request
// does, and asks providers twice, also for demands that a request would not get
// to. The decision is neither logged nor audited, the observer is not told of it,
// and the token is not kept in the cache.
func Explain(ctx context.Context, guard *Guard, rule *Rule, token string, params Params) *Explanation {
	if guard.ready() {
		quiet := *guard.opts
		quiet.observer = nil
		quiet.tokensIn = nil // which header carries the token is not the question
		guard = &Guard{opts: &quiet, issuers: guard.issuers}
	}
	x := &Explanation{Status: http.StatusOK}
	if rule != nil {
		x.Handler = rule.Handler
	}
	// First, as it waits for the issuers' keys.
	_, c := guard.admit(bearerRequest(ctx, token), params, rule)
	if c != nil {
		x.Status, x.Code, x.OAuthError, x.Reason = c.Status(), c.Code(), challengeTable[c.kind].oauthError, c.reason
	}
	if _, c := guard.admit(bearerRequest(ctx, ""), params, rule); c != nil && c.kind == challengeUnavailable {
		x.add("rule", "", OutcomeUnavailable, c.reason)
		return x
	}
	x.add("rule", [...]string{"closed", "public", "optional", "restricted"}[rule.Access], OutcomeTrue, "")
	switch {
	case rule.Access == Public, token == "" && rule.Access == Optional:
		return x
	case token == "":
		x.add("credential", "", OutcomeFalse, c.reason)
		return x
	}
	id := x.token(ctx, guard, token, c)
	x.demands(ctx, guard, id, params, rule.All)
	return x
}

// bearerRequest makes a request that has nothing but a token.
func bearerRequest(ctx context.Context, token string) *http.Request {
	r := (&http.Request{Method: http.MethodGet, Header: http.Header{}}).WithContext(ctx)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

func (x *Explanation) add(name, of string, outcome Outcome, reason string) {
	x.Checks = append(x.Checks, Check{name, of, outcome, reason})
}

// check adds a check that held unless there is an error.
func (x *Explanation) check(name, of string, err error) bool {
	if err != nil {
		x.add(name, of, OutcomeFalse, err.Error())
		return false
	}
	x.add(name, of, OutcomeTrue, "")
	return true
}

// tokenChecks are the checks of a token, in their order.
var tokenChecks = [...]string{"form", "algorithm", "key", "signature", "claims", "issuer", "typ", "names of claims", "audience", "times", "mapping", "kind"}

// token explains what is said of a token, and returns the identity of one that is
// valid, with the rights that are looked up. answer is that of the guard.
func (x *Explanation) token(ctx context.Context, g *Guard, token string, answer *Challenge) *Identity {
	text, exchanged, c := g.exchange(ctx, Credential{CarrierBearer, token})
	if exchanged {
		x.answered("exchange", c)
		token = text
	}
	before := len(x.Checks)
	var id *Identity
	if c == nil {
		id = x.identity(g, token, answer)
	}
	for _, name := range tokenChecks[len(x.Checks)-before:] {
		x.add(name, "", OutcomeNotAsked, "")
	}
	if id != nil && len(id.issuer.accept) > 0 && !x.answered("acceptance", g.accepted(id)) {
		id = nil
	}
	if g.opts.revocations != nil {
		if id == nil {
			x.add("revocation", "", OutcomeNotAsked, "")
			return nil
		}
		if !x.answered("revocation", g.revoked(ctx, id)) {
			return nil
		}
	}
	if id == nil || !g.looksUp(id.kind) {
		return id
	}
	looked, c := g.lookUp(ctx, id)
	x.answered("rights", c)
	return looked
}

// answered adds a check that a provider made.
func (x *Explanation) answered(name string, c *Challenge) bool {
	switch {
	case c == nil:
		x.add(name, "", OutcomeTrue, "")
	case c.kind == challengeUnavailable:
		x.add(name, "", OutcomeUnavailable, c.reason)
	default:
		x.add(name, "", OutcomeFalse, c.reason)
	}
	return c == nil
}

// identity makes the tokenChecks, up to the first without which the next cannot
// be made.
func (x *Explanation) identity(g *Guard, token string, c *Challenge) *Identity {
	var texts presented
	problem := g.presented(bearerRequest(context.Background(), token), &texts)
	found := Credential{CarrierBearer, texts[CarrierBearer]}
	if problem == nil {
		problem = g.unfit(found)
	}
	if problem != nil {
		x.add("form", "", OutcomeFalse, problem.reason)
		return nil
	}
	s := search{finding: finding{err: errUnknownKey}}
	t := &s.token
	err := g.parse(t, found.Text)
	if errors.Is(err, errAlgorithm) {
		x.add("form", "", OutcomeTrue, "")
		x.add("algorithm", "", OutcomeFalse, err.Error())
		return nil
	}
	if !x.check("form", "", err) {
		return nil
	}
	kid, alg := "no kid", t.header.alg
	if t.header.hasKid {
		kid = fmt.Sprintf("kid %.64q", t.header.kid)
	}
	var holders []string
	for _, is := range g.issuers {
		if s.excludes(is, nil) {
			continue
		}
		set, due := is.keys.current()
		if due {
			continue // newer ones could not be had
		}
		if k, _ := set.lookup(t.header.kid, t.header.hasKid); k != nil {
			holders = append(holders, fmt.Sprintf("%q", is.name))
		}
		if s.try(is, set); s.over || s.found != nil {
			break
		}
	}
	if holders != nil {
		kid += " of issuer " + strings.Join(holders, " or ")
	}
	switch {
	case s.claims != nil || s.over: // verified
	case c != nil && c.kind == challengeUnavailable:
		x.add("algorithm", alg, OutcomeTrue, "")
		x.add("key", kid, OutcomeUnavailable, c.reason)
		return nil
	case errors.Is(s.err, errNotAllowed):
		x.add("algorithm", alg, OutcomeFalse, s.err.Error())
		return nil
	case holders == nil:
		x.add("algorithm", alg, OutcomeTrue, "")
		x.add("key", kid, OutcomeFalse, s.err.Error())
		return nil
	default:
		x.add("algorithm", alg, OutcomeTrue, "")
		x.add("key", kid, OutcomeTrue, "")
		x.add("signature", "", OutcomeFalse, s.err.Error())
		return nil
	}
	x.add("algorithm", alg, OutcomeTrue, "")
	x.add("key", kid, OutcomeTrue, "")
	x.add("signature", "", OutcomeTrue, "")
	if s.over {
		x.add("claims", "", OutcomeFalse, s.err.Error())
		return nil
	}
	x.add("claims", "", OutcomeTrue, "")
	if s.found == nil {
		x.add("issuer", "", OutcomeFalse, s.err.Error())
		return nil
	}
	is, now := s.found, g.opts.clock()
	x.add("issuer", fmt.Sprintf("%q", is.name), OutcomeTrue, "")
	typ := "absent"
	if t.header.typ != "" {
		typ = fmt.Sprintf("%.64q", t.header.typ)
	}
	err = nil
	if !is.typeAllowed(t.header.typ) {
		err = errType
	}
	ok := x.check("typ", typ, err)
	ok = x.check("names of claims", "", is.watched.check(s.claims)) && ok
	ok = x.check("audience", "", is.checkAudience(s.claims, is.kind(s.claims))) && ok
	_, err = is.checkTimes(s.claims, now)
	ok = x.check("times", "", err) && ok
	if !ok {
		return nil
	}
	id, err := is.identify(s.claims, t.header.typ, now)
	if !x.check("mapping", "", err) {
		return nil
	}
	x.add("kind", id.kind.reason(), OutcomeTrue, "")
	g.keepToken(id, found.Text)
	return id
}

// demands explains what a rule says of id, nil for nobody: each demand on its own.
func (x *Explanation) demands(ctx context.Context, g *Guard, id *Identity, params Params, all []Demands) {
	if id != nil && id.kind == KindVendor {
		if namesVendor(all) {
			x.add("vendor", "", OutcomeTrue, "")
		} else {
			x.add("vendor", "", OutcomeFalse, notVendor)
		}
	}
	for i := range all {
		for _, demand := range all[i].each() {
			if id == nil {
				x.add(demand.name, demand.of, OutcomeNotAsked, "")
				continue
			}
			d := Decision{guard: g, ctx: ctx, id: id, params: params, now: g.now(), stepUpAge: -1}
			t := d.All(&demand.only)
			if t == True {
				x.add(demand.name, demand.of, OutcomeTrue, "")
				continue
			}
			outcome := Outcome(t.String())
			if now, _ := t.split(); now == unavailable {
				outcome = OutcomeUnavailable
			}
			x.add(demand.name, demand.of, outcome, d.reason())
		}
	}
}

// oneDemand is a set of one demand.
type oneDemand struct {
	name, of string
	only     Demands
}

// each returns the demands of q one by one, in the order in which they are asked.
func (q *Demands) each() []oneDemand {
	var list []oneDemand
	add := func(asked bool, name, of string, only Demands) {
		if asked {
			list = append(list, oneDemand{name, of, only})
		}
	}
	add(q.Kinds != 0, "tokens", q.Kinds.String(), Demands{Kinds: q.Kinds})
	add(len(q.Issuers) > 0, "issuer", oneOfNames(q.Issuers), Demands{Issuers: q.Issuers})
	add(q.NoActor, "actor", "none", Demands{NoActor: true})
	add(q.Tenant != "", "tenant", fmt.Sprintf("path parameter %q", q.Tenant), Demands{Tenant: q.Tenant})
	add(q.Owner != "", "owner", fmt.Sprintf("path parameter %q", q.Owner), Demands{Owner: q.Owner})
	add(len(q.Roles) > 0, "roles", oneOfNames(q.Roles), Demands{Roles: q.Roles})
	add(len(q.Permissions) > 0, "permissions", oneOfNames(q.Permissions), Demands{Permissions: q.Permissions})
	add(len(q.Scopes) > 0, "scopes", oneOfNames(q.Scopes), Demands{Scopes: q.Scopes})
	age := ""
	if q.StepUp.MaxAge != 0 {
		age = "within " + q.StepUp.MaxAge.String()
	}
	add(q.StepUp.Required, "stepup", age, Demands{StepUp: q.StepUp})
	add(q.Policy != nil, "policy", q.PolicySource, Demands{Policy: q.Policy})
	add(len(q.Features) > 0, "features", oneOfNames(q.Features), Demands{Features: q.Features})
	checks := make([]string, len(q.Checks))
	for i, c := range q.Checks {
		checks[i] = c.String()
	}
	add(len(q.Checks) > 0, "check", oneOfNames(checks), Demands{Checks: q.Checks})
	return list
}

// oneOfNames writes alternatives.
func oneOfNames(names []string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteString(" or ")
		}
		fmt.Fprintf(&b, "%.64q", name)
	}
	return b.String()
}

// String returns a table for people.
func (x *Explanation) String() string {
	var b strings.Builder
	if x.Handler != "" {
		fmt.Fprintf(&b, "%s\n", x.Handler)
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, c := range x.Checks {
		detail := c.Of
		if c.Reason != "" {
			detail = strings.TrimPrefix(c.Of+": "+c.Reason, ": ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.Name, c.Outcome, onLine(detail))
	}
	answer := fmt.Sprint(x.Status)
	if x.Code != "" {
		answer += " " + x.Code
	}
	fmt.Fprintf(w, "answer\t%s\t%s\n", answer, onLine(x.Reason))
	_ = w.Flush() // to a strings.Builder
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// onLine keeps a text on its line: a provider's error may hold anything.
func onLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
