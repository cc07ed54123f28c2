package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Decision is one request's question: may this identity do this? Generated
// policies ask it. It remembers why a predicate did not hold. A Decision
// belongs to one request and one goroutine, and serves another request when a policy
// has returned: a policy does not keep it.
type Decision struct {
	guard  *Guard
	ctx    context.Context
	id     *Identity
	params Params
	now    instant

	notes *notes // why not, in order; nil before the first
	count int
	// stepUpAge is the shortest age that a failed step-up asked for, or -1.
	stepUpAge time.Duration
}

// notes are as many reasons as are kept.
type notes [8]note

// note is a predicate that was not true.
type note struct {
	text  string
	names [4]string // that text is about, the first of them
	count int       // of all
	err   error
}

// noteOf copies names: the list is often one that a policy makes for a call, and
// stays on the stack when nobody keeps it.
func noteOf(text string, names []string) note {
	n := note{text: text, count: len(names)}
	copy(n.names[:], names)
	return n
}

func (d *Decision) deny(text string, names ...string) Truth {
	d.add(noteOf(text, names))
	return False
}

// cannotTell records that the token or the request leaves the answer open. The
// caller is denied, under ! too.
func (d *Decision) cannotTell(text string, names ...string) Truth {
	d.add(noteOf(text, names))
	return Unknown
}

// unavailable records that we cannot answer: a provider did not, or the issuer's
// claims are malformed.
func (d *Decision) unavailable(text string, err error) Truth {
	d.add(note{text: text, err: err})
	return unavailable
}

func (d *Decision) add(n note) {
	if d.notes == nil {
		if d.notes, _ = d.guard.notes.Get().(*notes); d.notes == nil {
			d.notes = new(notes)
		}
	}
	if d.count < len(d.notes) {
		d.notes[d.count] = n
		d.count++
	}
}

// done gives the notes back.
func (d *Decision) done() {
	if d.notes != nil {
		clear(d.notes[:])
		d.guard.notes.Put(d.notes)
		d.notes = nil
	}
}

// policy asks a policy. It gets a Decision of its own, because what somebody else's
// code is given must live on the heap, and d need not.
func (d *Decision) policy(holds func(*Decision) Truth) Truth {
	own, _ := d.guard.decisions.Get().(*Decision)
	if own == nil {
		own = new(Decision)
	}
	*own = *d
	t := holds(own)
	*d = *own
	*own = Decision{}
	d.guard.decisions.Put(own)
	return t
}

// decisionMark is a place in the memory of a decision.
type decisionMark struct {
	count     int
	stepUpAge time.Duration
}

func (d *Decision) mark() decisionMark {
	return decisionMark{d.count, d.stepUpAge}
}

// forget drops what was noted since m, when it turned out not to matter.
func (d *Decision) forget(m decisionMark) {
	d.count, d.stepUpAge = m.count, m.stepUpAge
}

// reason tells why the outcome is not true.
func (d *Decision) reason() string {
	if d.count == 0 {
		// What stands under ! holds, so no predicate has failed.
		return "the policy does not hold"
	}
	var b strings.Builder
	for _, n := range d.notes[:d.count] {
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(n.text)
		for i, name := range n.names[:min(n.count, len(n.names))] {
			b.WriteString([]string{" ", " or "}[min(i, 1)])
			fmt.Fprintf(&b, "%.64q", name)
		}
		if n.count > len(n.names) {
			b.WriteString(" or another")
		}
		if n.err != nil {
			b.WriteString(": ")
			b.WriteString(n.err.Error())
		}
	}
	return b.String()
}

// Authenticated holds for every valid identity but vendor tokens.
func (d *Decision) Authenticated() Truth {
	if d.id.kind == KindVendor {
		return d.deny("is a vendor token")
	}
	return True
}

// Role holds when the identity holds one of the roles. It is unknown whether
// the identity lacks a role that the token names and its issuer may not grant,
// and whether it lacks any when tokens of its kind or issuer name none.
func (d *Decision) Role(names ...string) Truth {
	for _, name := range names {
		if d.id.HasRole(name) {
			return True
		}
	}
	return d.lacks("lacks role", names, !d.id.rightsLookedUp && d.unnamed(d.id.mapping().Roles), d.id.dropped.roles, false)
}

// Permission holds when the identity holds one of the permissions, see Role.
func (d *Decision) Permission(names ...string) Truth {
	for _, name := range names {
		if d.id.HasPermission(name) {
			return True
		}
	}
	return d.lacks("lacks permission", names, !d.id.rightsLookedUp && d.unnamed(d.id.mapping().Permissions), d.id.dropped.permissions, d.id.mapping().PermissionWildcards)
}

// Scope holds when the identity holds one of the OAuth scopes, see Role.
func (d *Decision) Scope(names ...string) Truth {
	for _, name := range names {
		if d.id.HasScope(name) {
			return True
		}
	}
	return d.lacks(lacksScope, names, d.unnamed(d.id.mapping().Scopes), d.id.dropped.scopes, false)
}

// unnamed reports whether the token would not name rights that its subject has:
// they are nowhere in the mapping, or looked up elsewhere for this kind of token.
func (d *Decision) unnamed(from []ListClaim) bool {
	return len(from) == 0 || d.id.kind == KindUserAccess || d.id.kind == KindTenantAccess
}

// lacks makes sure that ! never admits over a right which is named, by a pattern
// perhaps, nor over one that is not known here.
func (d *Decision) lacks(text string, names []string, unknown bool, dropped []string, patterns bool) Truth {
	for _, name := range names {
		for _, held := range dropped {
			if held == name || patterns && wildcardMatch(held, name) {
				return d.cannotTell("its issuer may not grant", name)
			}
		}
	}
	if unknown {
		return d.cannotTell(text, names...)
	}
	return d.deny(text, names...)
}

// Token holds when the token is of one of these kinds. It is unknown for tokens
// of an unclear kind.
func (d *Decision) Token(kinds Kinds) Truth {
	switch {
	case kinds.Has(d.id.kind):
		return True
	case d.id.kind == KindUnclear:
		return d.cannotTell("is a token of kind " + d.id.kind.reason() + ", not " + kinds.String())
	}
	return d.deny("is a token of kind " + d.id.kind.reason() + ", not " + kinds.String())
}

// Issuer holds when the token is from the issuer of one of these names.
func (d *Decision) Issuer(names ...string) Truth {
	if slices.Contains(names, d.id.IssuerName()) {
		return True
	}
	return d.deny("is not from issuer", names...)
}

// Tenant holds when the path parameter names the identity's active tenant. It
// is unknown when the parameter is absent or unfit, names a tenant of another
// issuer, or the identity has no tenant.
func (d *Decision) Tenant(param string) Truth {
	value := d.param(param)
	if value != "" && value == d.id.fitTenant {
		return True
	}
	if !cleanValue(value) {
		return d.cannotTell("the tenant is absent or unfit: path parameter", param)
	}
	return d.tenantIs(value)
}

// Owner holds when the path parameter names the identity's user id. It is
// unknown when the parameter is absent or unfit, when the user ids are another
// issuer's, or the identity has none.
func (d *Decision) Owner(param string) Truth {
	value := d.param(param)
	if value != "" && value == d.id.fitUserID {
		return True
	}
	if !cleanValue(value) {
		return d.cannotTell("the user id is absent or unfit: path parameter", param)
	}
	return d.ownerIs(value)
}

func (d *Decision) param(name string) string {
	if d.params == nil || name == "" {
		return ""
	}
	return d.params.Param(name)
}

func (d *Decision) tenantIs(value string) Truth {
	switch {
	case !cleanValue(value):
		return d.cannotTell("the tenant of the request is absent or unfit")
	case d.id.issuer == nil || !d.id.issuer.mayAssertTenant(value):
		return d.cannotTell("its issuer may not assert the tenant of the request")
	case !d.id.issuer.mapsTenants():
		return d.cannotTell("its issuer's claim mapping names no tenant (auth.Mapping)")
	case d.id.tenant == value, d.id.membership && d.id.tenants.has(value):
		return True
	case d.id.tenant == "" && !(d.id.membership && len(d.id.tenants.spans) > 0):
		return d.cannotTell("has no active tenant")
	}
	return d.deny("belongs to another tenant")
}

func (d *Decision) ownerIs(value string) Truth {
	switch {
	case !cleanValue(value):
		return d.cannotTell("the user id of the request is absent or unfit")
	case !d.id.ownsUserIDs():
		return d.cannotTell("its issuer does not own the user ids")
	case d.id.userID == "":
		return d.cannotTell("has no user id (token of kind " + d.id.kind.reason() + ")")
	case d.id.userID == value:
		return True
	}
	return d.deny("is not the user of the request")
}

// StepUp holds when the user passed step-up authentication at most maxAge ago;
// zero stands for any age. It never holds for tokens of machines. Where it does
// not hold for a user, the outcome carries that stepping up would change it.
func (d *Decision) StepUp(maxAge time.Duration) Truth {
	const forUsers = "step-up is for users, not for tokens of kind "
	switch {
	case d.id.kind == KindUnclear:
		return d.cannotTell(forUsers + d.id.kind.reason())
	case d.id.kind != KindUser:
		return d.deny(forUsers + d.id.kind.String())
	case d.id.issuer == nil || maxAge < 0:
		return d.deny("step-up cannot be met")
	case !d.id.issuer.claims.StepUp.any():
		return d.cannotTell("its issuer's claim mapping names no evidence of step-up (auth.Mapping)")
	}
	const malformed = "acr, amr or auth_time is malformed"
	facts, evidence := &d.id.stepUp, &d.id.issuer.claims.StepUp
	switch {
	case facts.malformed && evidence.ChallengeMalformed:
		return d.stepUpLacks(stepUpUnclear, malformed, maxAge)
	case facts.malformed:
		return d.unavailable(malformed, nil)
	}
	if why := facts.lack(evidence, maxAge, d.now.time(), d.id.issuer.leeway); why != "" {
		return d.stepUpLacks(stepUpMissing, why, maxAge)
	}
	return True
}

// stepUpLacks notes why step-up of an age did not hold, and returns t.
func (d *Decision) stepUpLacks(t Truth, why string, maxAge time.Duration) Truth {
	if d.stepUpAge < 0 || maxAge > 0 && (d.stepUpAge == 0 || maxAge < d.stepUpAge) {
		d.stepUpAge = maxAge
	}
	d.add(note{text: why})
	return t
}

func (d *Decision) noActor() Truth {
	if d.id.actor != nil {
		return d.deny("somebody acts for the subject")
	}
	return True
}

const lacksScope = "lacks scope"

var errNoProvider = errors.New("the guard has none")

// Feature holds when the identity is entitled to one of the features.
func (d *Decision) Feature(names ...string) Truth {
	result := False
	for _, name := range names {
		if name == "" {
			continue // nobody is entitled to what has no name
		}
		result = Or(result, d.ask(ProviderFeatures, d.guard.opts.features != nil, func() (bool, error) {
			return d.guard.opts.features.Entitled(d.ctx, d.id, name)
		}))
		if result == True {
			return True
		}
	}
	if result == False {
		return d.deny("lacks feature", names...)
	}
	return result
}

// Check holds when the checker allows the identity to do permission on the
// object. id may hold path parameters in braces, see [ResourceCheck].
func (d *Decision) Check(typ, id, permission string) Truth {
	object, ok := fillID(id, d.params)
	if !ok {
		return d.unfitObject()
	}
	return d.check(typ, object, permission)
}

// oneOf holds when one of the checks does. It asks no further once one has held.
func (d *Decision) oneOf(checks []ResourceCheck) Truth {
	if batch := d.guard.opts.batch; batch != nil && len(checks) > 1 {
		return d.oneOfAll(batch, checks)
	}
	result := False
	mark := d.mark()
	for i := range checks {
		c := &checks[i]
		result = Or(result, d.Check(c.Type, c.ID, c.Permission))
		if result == True {
			d.forget(mark) // why those before it did not hold
			break
		}
	}
	return result
}

func (d *Decision) check(typ, object, permission string) Truth {
	answer := d.ask(ProviderChecker, d.guard.opts.checker != nil, func() (bool, error) {
		return d.guard.opts.checker.Check(d.ctx, d.id, typ, object, permission)
	})
	if answer == False {
		return d.notAllowed(typ, permission)
	}
	return answer
}

func (d *Decision) notAllowed(typ, permission string) Truth {
	return d.deny("is not allowed by the resource checker", typ+"#"+permission)
}

func (d *Decision) unfitObject() Truth {
	return d.cannotTell("the object's id of the request is absent or unfit")
}

// ask calls a provider. Whatever goes wrong is unknown: it must not become a
// yes, nor a no that ! turns into a yes.
func (d *Decision) ask(provider Provider, present bool, question func() (bool, error)) Truth {
	if !present {
		return d.unavailable("needs a "+string(provider), errNoProvider)
	}
	yes, trouble, err := d.guard.consult(d.ctx, provider, question)
	if err != nil {
		return d.unavailable(trouble, err)
	}
	return truth(yes)
}
