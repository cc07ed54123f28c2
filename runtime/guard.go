package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Guard decides on requests. It is made by [New] and safe for any number of
// goroutines. A nil or zero Guard answers 503 to everything.
type Guard struct {
	opts    *options
	issuers []*issuer
	tokens  *tokenCache // nil for none
	// bearerAlone says that no other header than Authorization is read, and that
	// nobody but a [RightsSource] is asked or told about a token that was verified.
	bearerAlone bool
	// notes and decisions are kept for later requests.
	notes, decisions, searches sync.Pool // of *notes, *Decision and *search

	headers knownHeaders

	wired   wiredRules
	closers closers
}

// New makes a guard that trusts the given issuers. It fetches their keys and
// fails when it cannot, unless [LazyStart] is given; ctx bounds that.
func New(ctx context.Context, opts ...Option) (*Guard, error) {
	o := &options{realm: defaultRealm, maxTokenBytes: defaultMaxTokenBytes}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(o); err != nil {
			return nil, fmt.Errorf("auth: %w", err)
		}
	}
	if o.clock == nil {
		o.clock, o.coarse = time.Now, new(coarseClock)
	}
	if o.logger == nil {
		o.logger = slog.Default()
	}
	if err := o.prepareMetadata(); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	if err := o.prepareCarriers(); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	if len(o.issuers) == 0 {
		return nil, errors.New("auth: a guard needs an Issuer")
	}
	if err := checkIssuers(o.issuers); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	for _, is := range o.issuers {
		if err := is.prepare(o); err != nil {
			return nil, fmt.Errorf("auth: issuer %q: %w", is.name, err)
		}
	}
	if !o.lazy {
		for _, is := range o.issuers {
			if err := is.keys.start(ctx); err != nil {
				return nil, fmt.Errorf("auth: issuer %q: keys: %w", is.name, err)
			}
		}
	}
	g := &Guard{opts: o, issuers: o.issuers, closers: closers{list: o.closers}}
	g.bearerAlone = !o.apiKeyHeader && !o.userTokenHeader && !o.ordered && o.revocations == nil && o.observer == nil
	if !o.noCache {
		g.tokens = newTokenCache(o.cache)
	}
	return g, nil
}

func (g *Guard) ready() bool { return g != nil && g.opts != nil && len(g.issuers) > 0 }

// Admit decides on a request. With a nil challenge the request is admitted; the
// identity is then nil for public rules, whose credentials are not read, and for
// optional ones when no credential came. Otherwise the identity is nil and the
// challenge is to be answered with [Guard.Deny]. params may be nil.
//
// Adapters call Admit; handlers never need to.
func (g *Guard) Admit(r *http.Request, params Params, rule *Rule) (*Identity, *Challenge) {
	id, c := g.admit(r, params, rule)
	if g.told(rule, c) {
		c = g.tell(r, rule, id, c)
	}
	if c != nil {
		return nil, c
	}
	return id, nil
}

// admit is Admit without its traces. With a challenge it returns the identity
// that was refused, when there is one.
func (g *Guard) admit(r *http.Request, params Params, rule *Rule) (*Identity, *Challenge) {
	if id, c, ok := g.admitSeen(r, params, rule); ok {
		return id, c
	}
	return g.admitAny(r, params, rule)
}

// admitSeen does what admitAny does for the most common request: one with a bearer
// token that was verified before, and nobody but a [RightsSource] to be asked or told
// about that. It is not ok for any other.
func (g *Guard) admitSeen(r *http.Request, params Params, rule *Rule) (_ *Identity, _ *Challenge, ok bool) {
	if g == nil || !g.bearerAlone || r == nil || rule == nil || rule.Access != Restricted {
		return nil, nil, false
	}
	values := r.Header["Authorization"]
	if len(values) != 1 {
		return nil, nil, false
	}
	// What is behind the scheme has been read strictly, if it is there.
	token, ok := strings.CutPrefix(values[0], "Bearer ")
	if !ok {
		return nil, nil, false
	}
	now := g.now()
	id := g.seen(token, now)
	if id == nil {
		return nil, nil, false
	}
	if c := g.misplaced("Authorization", id.kind); c != nil {
		return id, c, true
	}
	if g.looksUp(id.kind) {
		looked, c := g.lookUp(r.Context(), id)
		if c != nil {
			return id, c, true
		}
		id = looked
	}
	return id, g.decide(r.Context(), id, params, now, rule.All, nil), true
}

// admitAny decides on any request.
func (g *Guard) admitAny(r *http.Request, params Params, rule *Rule) (*Identity, *Challenge) {
	if !g.ready() {
		return nil, g.challenge(challengeUnavailable, "the guard is not set up")
	}
	if r == nil || rule == nil {
		return nil, g.challenge(challengeUnavailable, "there is no request or rule")
	}
	switch rule.Access {
	case Public:
		if len(rule.All) > 0 {
			return nil, g.challenge(challengeUnavailable, "the rule is public and has demands")
		}
		return nil, nil
	case Optional:
		// Callers without a credential would pass the demands.
		if len(rule.All) > 0 {
			return nil, g.challenge(challengeUnavailable, "the rule is optional and has demands")
		}
	case Restricted:
	default:
		return nil, g.challenge(challengeUnavailable, "the rule is empty")
	}
	id, from, now, c := g.caller(r, rule.Handler)
	if c != nil {
		return nil, c
	}
	if id == nil {
		if rule.Access == Optional {
			return nil, nil
		}
		return nil, g.challenge(challengeNoCredential, "no credential")
	}
	if c := g.misplaced(from.header(), id.kind); c != nil {
		return id, c
	}
	if c := g.revoked(r.Context(), id); c != nil {
		return id, c
	}
	if from == CarrierCookie {
		if why := g.foreign(r); why != "" {
			return id, g.challenge(challengeForbidden, why)
		}
	}
	if g.looksUp(id.kind) {
		looked, c := g.lookUp(r.Context(), id)
		if c != nil {
			return id, c
		}
		id = looked
	}
	return id, g.decide(r.Context(), id, params, now, rule.All, nil)
}

// decide asks the demands of a rule, and the values of Validate, which may be nil.
func (g *Guard) decide(ctx context.Context, id *Identity, params Params, now instant, all []Demands, values *demandValues) *Challenge {
	d := Decision{guard: g, ctx: ctx, id: id, params: params, now: now}
	c := d.decide(all, values)
	d.done()
	return c
}

// now is the time for tokens seen before.
func (g *Guard) now() instant {
	if g.opts.coarse != nil {
		return g.opts.coarse.now()
	}
	return instantOf(g.opts.clock())
}

// seen returns the identity of a token that was verified before, if its key and its
// times still hold.
func (g *Guard) seen(token string, now instant) *Identity {
	known := g.tokens.get(token, now)
	if known == nil || !known.id.issuer.keys.serves(now) {
		return nil
	}
	return known.id
}

// caller finds out who sent a request, by its credentials and in which carrier that
// came. The identity is nil without a challenge when there is none.
func (g *Guard) caller(r *http.Request, handler string) (id *Identity, from Carrier, now instant, c *Challenge) {
	var texts presented
	if c := g.presented(r, &texts); c != nil {
		return nil, 0, 0, c
	}
	for _, from := range g.opts.order {
		if texts[from] == "" {
			continue
		}
		found := Credential{from, texts[from]}
		id, now, c = g.verified(r.Context(), found, handler)
		if c == nil {
			return id, from, now, nil
		}
		if c.formless {
			if unfit := g.unfit(found); unfit != nil {
				unfit.next = true
				c = unfit
			}
		}
		if !c.next {
			break
		}
	}
	return nil, 0, 0, c
}

// verified turns a credential into an identity, and tells when, or a challenge.
// handler is for the observer.
func (g *Guard) verified(ctx context.Context, found Credential, handler string) (id *Identity, now instant, c *Challenge) {
	now = g.now()
	token, exchanged := found.Text, false
	if found.Carrier != CarrierBasic {
		id = g.seen(token, now)
	}
	if id == nil {
		text, ok, c := g.exchange(ctx, found)
		switch {
		case c != nil:
			return nil, 0, c
		case ok:
			token, exchanged, now = text, true, g.now()
			id = g.seen(token, now)
		case found.Carrier == CarrierBasic:
			c = g.challenge(challengeInvalidToken, "the exchanger does not take the Basic credential")
			c.next, c.formless = true, true
			return nil, 0, c
		}
	}
	g.tellSeen(ctx, id, handler)
	if id != nil {
		return id, now, nil
	}
	id, now, c = g.verify(ctx, token)
	if c != nil && exchanged {
		c.reason = "the token that the credential was exchanged for: " + c.reason
		c.next, c.formless = false, false
	}
	return id, now, c
}

// tellSeen tells the observer whether a token was verified before.
func (g *Guard) tellSeen(ctx context.Context, id *Identity, handler string) {
	if g.opts.observer == nil {
		return
	}
	e := Event{Kind: EventCacheMiss, Handler: handler}
	if id != nil {
		e.Kind, e.TokenKind, e.Issuer = EventCacheHit, id.kind, id.IssuerName()
	}
	g.observe(ctx, e)
}

// revoked asks whether the token of id was revoked.
func (g *Guard) revoked(ctx context.Context, id *Identity) *Challenge {
	if g.opts.revocations == nil {
		return nil
	}
	revoked, trouble, err := g.consult(ctx, ProviderRevocation, func() (bool, error) { return g.opts.revocations.Revoked(ctx, id) })
	switch {
	case err != nil:
		return g.challenge(challengeUnavailable, trouble+": "+err.Error())
	case revoked:
		return g.challenge(challengeInvalidToken, "the token is revoked")
	}
	return nil
}

// consult asks a provider. Whatever goes wrong is an error, with a text before it.
func (g *Guard) consult(ctx context.Context, provider Provider, question func() (bool, error)) (yes bool, trouble string, err error) {
	if g.opts.observer != nil {
		began := time.Now()
		defer func() {
			g.observe(ctx, Event{Kind: EventProviderCall, Provider: provider, Yes: yes, Err: err, Duration: time.Since(began)})
		}()
	}
	defer func() {
		if p := recover(); p != nil {
			yes, trouble, err = false, "the "+string(provider)+" panicked", fmt.Errorf("%T", p)
		}
	}()
	yes, err = question()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return false, "the " + string(provider) + " did not answer", err
	}
	return yes, "", nil
}

// Require panics when a rule or its policy asks for a provider that this guard
// lacks, names an issuer that it does not have, has a check that its [CheckPreparer]
// refuses, or an audit directive that its [AuditPreparer] does. One such name is a
// mistake, also where others would do. A rule whose audit is required asks for an
// [AuditRecorder].
//
// It warns in the log when a directive of the rule demands what no issuer of the
// guard can give, by its claim mapping, [IssuesOnly] and [Asserts]: one of these
// kinds of token, a tenant, a user id, one of these roles, permissions or scopes, or
// step-up, which is for users. The rule then denies everybody; the other handlers of
// the program are served. Each demand is looked at on its own, and what a policy
// demands of claims is not, as it may name alternatives: a rule without a warning may
// still admit nobody.
//
// Generated code calls Require where routes are wired, so that mistakes show at start
// and not as denials later. A nil or zero guard is let through; it answers 503.
func (g *Guard) Require(rules ...*Rule) {
	if !g.ready() {
		return
	}
	for _, rule := range rules {
		if rule == nil {
			continue
		}
		g.wired.add(rule)
		if rule.Audit.Required && g.opts.recorder == nil {
			panic(fmt.Sprintf("auth: %s: the rule requires its audit event, and the guard has no sink that can tell whether it has one (auth.Auditor with an auth.AuditRecorder)", rule.Handler))
		}
		if p, ok := g.opts.auditor.(AuditPreparer); ok && rule.Audit.on() {
			if err := p.PrepareAudit(rule.Handler); err != nil {
				panic(fmt.Sprintf("auth: %s: %v", rule.Handler, err))
			}
		}
		for i := range rule.All {
			if err := g.lacks(&rule.All[i]); err != nil {
				panic(fmt.Sprintf("auth: %s: %v", rule.Handler, err))
			}
			if p, ok := g.opts.features.(Preparer); ok && rule.All[i].needsFeatures() {
				p.Prepare()
			}
			if err := g.lacksClaims(&rule.All[i]); err != nil {
				g.opts.logger.Warn("auth: nobody can meet a rule", "reason", err.Error(), "handler", rule.Handler)
			}
		}
		if err := g.prepareChecks(rule); err != nil {
			panic(fmt.Sprintf("auth: %s: %v", rule.Handler, err))
		}
	}
}

func (q *Demands) needsFeatures() bool {
	return len(q.Features) > 0 || q.PolicyNeeds&NeedsFeatures != 0
}

func (g *Guard) lacks(q *Demands) error {
	if q.needsFeatures() && g.opts.features == nil {
		return errors.New("the rule demands features, and the guard has no feature provider (auth.Features)")
	}
	if (len(q.Checks) > 0 || q.PolicyNeeds&NeedsChecker != 0) && g.opts.checker == nil {
		return errors.New("the rule demands a check, and the guard has no resource checker (auth.Checker)")
	}
	for _, name := range slices.Concat(q.Issuers, q.PolicyIssuers) {
		if !slices.ContainsFunc(g.issuers, func(is *issuer) bool { return is.name == name }) {
			return fmt.Errorf("the rule demands the issuer %q, which the guard does not know (auth.Name)", name)
		}
	}
	return nil
}

// lacksClaims tells which demand no issuer's tokens could meet.
func (g *Guard) lacksClaims(q *Demands) error {
	for _, demand := range []struct {
		asked bool
		what  string
		meets func(*issuer, *Assertion) bool
	}{
		{q.Kinds != 0, "a token of kind " + q.Kinds.String(), func(is *issuer, a *Assertion) bool { return is.kinds()&a.Kinds&q.Kinds != 0 }},
		{q.Tenant != "", fmt.Sprintf("a tenant (%q)", q.Tenant), func(is *issuer, a *Assertion) bool { return is.mapsTenants() && len(a.Tenants) > 0 }},
		{q.Owner != "", fmt.Sprintf("a user id (%q)", q.Owner), func(is *issuer, a *Assertion) bool { return len(is.claims.UserIDs) > 0 && a.OwnsUserIDs }},
		{len(q.Roles) > 0, fmt.Sprintf("a role of %q", q.Roles), func(is *issuer, a *Assertion) bool {
			return (len(is.claims.Roles) > 0 || is.kinds()&g.opts.lookupKinds != 0) && allowsOne(a.Roles, q.Roles, false)
		}},
		{len(q.Permissions) > 0, fmt.Sprintf("a permission of %q", q.Permissions), func(is *issuer, a *Assertion) bool {
			return (len(is.claims.Permissions) > 0 || is.kinds()&g.opts.lookupKinds != 0) && allowsOne(a.Permissions, q.Permissions, is.claims.PermissionWildcards)
		}},
		{len(q.Scopes) > 0, fmt.Sprintf("a scope of %q", q.Scopes), func(is *issuer, a *Assertion) bool {
			return len(is.claims.Scopes) > 0 && allowsOne(a.Scopes, q.Scopes, false)
		}},
		{q.StepUp.Required, "step-up", func(is *issuer, a *Assertion) bool { return is.claims.StepUp.any() && is.kinds()&a.Kinds&KindUser != 0 }},
	} {
		meets := func(is *issuer) bool {
			if is.asserts == nil {
				return demand.meets(is, &assertsAll)
			}
			return demand.meets(is, is.asserts)
		}
		if demand.asked && !slices.ContainsFunc(g.issuers, meets) {
			return fmt.Errorf("the rule demands %s, which no issuer of the guard has in its claim mapping and may assert (auth.Mapping, auth.IssuesOnly, auth.Asserts)", demand.what)
		}
	}
	return nil
}

// allowsOne reports whether an issuer that may grant what is allowed can grant one
// of names, by a pattern perhaps.
func allowsOne(allowed, names []string, patterns bool) bool {
	return slices.ContainsFunc(allowed, func(grant string) bool {
		return grant == Any || slices.Contains(names, grant) ||
			patterns && slices.ContainsFunc(names, func(name string) bool { return wildcardMatch(grant, name) })
	})
}

// assertsAll is what an issuer without Asserts may say.
var assertsAll = Assertion{Kinds: allKinds, Roles: []string{Any}, Permissions: []string{Any}, Scopes: []string{Any}, Tenants: []string{Any}, OwnsUserIDs: true}
