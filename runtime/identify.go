package auth

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// maxDate is the end of the year 9999, as NumericDate.
const maxDate = 253402300799

// numericDate reads a NumericDate (RFC 7519 section 2) between the epoch and the
// year 9999. It is checked as a number before it is converted: converting a
// larger one is not defined.
func (d *document) numericDate(n int) (time.Time, bool) {
	f, ok := d.number(n)
	if !ok || !(f >= 0 && f <= maxDate) {
		return time.Time{}, false
	}
	seconds, fraction := math.Modf(f)
	return time.Unix(int64(seconds), int64(fraction*1e9)), true
}

var errType = errors.New("typ is not that of an access token")

// identify checks the claims of a token that is found to be this issuer's, and
// makes an identity of them. Errors name claims, never their values.
func (is *issuer) identify(d *document, typ string, now time.Time) (*Identity, error) {
	if !is.typeAllowed(typ) {
		return nil, errType
	}
	if err := is.watched.check(d); err != nil {
		return nil, err
	}
	kind := is.kind(d)
	if err := is.checkAudience(d, kind); err != nil {
		return nil, err
	}
	times, err := is.checkTimes(d, now)
	if err != nil {
		return nil, err
	}
	if _, ok := d.member(0, "cnf"); ok {
		return nil, errors.New("cnf binds the token to a key, which is not checked here")
	}
	tokenID := ""
	if n, ok := d.member(0, "jti"); ok {
		if tokenID, ok = d.text(n); !ok {
			return nil, errors.New("jti is no string")
		}
	}
	subject, ok := d.memberText(0, "sub")
	if _, found := d.member(0, "sub"); (!ok || subject == "") && (found || !is.claims.mayLack("sub").Has(kind)) {
		return nil, errors.New("sub is missing, empty or no string")
	}
	for _, c := range is.claims.Refuse {
		if c.holds(d) {
			return nil, fmt.Errorf("claim %q is one that the mapping refuses%s", c.claim, whyRefused[c.claim])
		}
	}
	for _, c := range is.claims.Require {
		if !c.holds(d) {
			if _, found := d.member(0, c.claim); !found && c.op == opIs {
				return nil, fmt.Errorf("claim %q is missing, which the mapping requires", c.claim)
			}
			return nil, fmt.Errorf("claim %q is not what the mapping requires", c.claim)
		}
	}
	if err := is.checkRequired(d, kind); err != nil {
		return nil, err
	}
	id := newIdentity(kind)
	id.issuer, id.subject, id.tokenTimes = is, subject, times
	id.payload, id.nodes, id.tokenID, id.self = d.src, d.most, tokenID, id
	id.stepUp = readStepUp(d)
	if id.actor, err = readActor(d); err != nil {
		return nil, err
	}
	lists := newListReader(d, &is.claims, is.seed)
	if err := id.readTenants(&lists); err != nil {
		return nil, err
	}
	if err := id.readGrants(&lists); err != nil {
		return nil, err
	}
	if err := id.readUserID(d); err != nil {
		return nil, err
	}
	if is.mayAssertTenant(id.tenant) && cleanValue(id.tenant) {
		id.fitTenant = id.tenant
	}
	if is.ownsUserIDs() && cleanValue(id.userID) {
		id.fitUserID = id.userID
	}
	return id, nil
}

func (is *issuer) checkAudience(d *document, kind Kinds) error {
	if is.noAudience {
		return nil
	}
	name := is.claims.AudienceFrom
	n, ok := d.member(0, name)
	if !ok {
		if is.claims.mayLack("aud").Has(kind) {
			return nil
		}
		return fmt.Errorf("%s is missing", name)
	}
	if s, ok := d.text(n); ok {
		if slices.Contains(is.audiences, s) {
			return nil
		}
	} else {
		list, ok := d.strings(n)
		if !ok {
			return fmt.Errorf("%s is no string or array of strings", name)
		}
		for _, s := range list {
			if slices.Contains(is.audiences, s) {
				return nil
			}
		}
	}
	return fmt.Errorf("%s does not name this service, which is %.64q (auth.Audience)", name, is.audiences)
}

// tokenTimes are when a token is valid.
type tokenTimes struct {
	expiry, issued time.Time
	from, until    instant // with all that the issuer's options say
}

// checkTimes checks exp, nbf and iat.
func (is *issuer) checkTimes(d *document, now time.Time) (t tokenTimes, err error) {
	var times [3]time.Time
	for i, name := range [...]string{"exp", "nbf", "iat"} {
		if n, found := d.member(0, name); found {
			var ok bool
			// Some issuers write nbf 0 for no limit. An expiry or an issue at the
			// epoch is a mistake.
			if times[i], ok = d.numericDate(n); !ok || name != "nbf" && times[i].Unix() < 1 {
				return t, fmt.Errorf("%s is no date", name)
			}
		}
	}
	notBefore := times[1]
	t.expiry, t.issued = times[0], times[2]
	t.from, t.until = always, never
	switch {
	case t.expiry.IsZero() && !is.noExpiry:
		return t, errors.New("exp is missing")
	case !t.expiry.IsZero() && !now.Before(t.expiry.Add(is.leeway)):
		return t, errors.New("the token has expired")
	case now.Add(is.leeway).Before(notBefore):
		return t, errors.New("the token is not valid yet")
	case now.Add(is.leeway).Before(t.issued):
		return t, errors.New("iat is in the future")
	case is.maxAge > 0 && t.issued.IsZero():
		return t, errors.New("iat is missing")
	case is.maxAge > 0 && now.Sub(t.issued)-is.leeway > is.maxAge:
		return t, errors.New("the token was issued too long ago")
	}
	if !t.expiry.IsZero() {
		t.until = instantOf(t.expiry.Add(is.leeway))
	}
	if is.maxAge > 0 {
		t.until = min(t.until, instantOf(t.issued.Add(is.maxAge+is.leeway)))
	}
	for _, start := range []time.Time{notBefore, t.issued} {
		if !start.IsZero() {
			t.from = max(t.from, instantOf(start.Add(-is.leeway)))
		}
	}
	return t, nil
}

// kind works out the kind of token from all evidence, which must agree.
func (is *issuer) kind(d *document) Kinds {
	kind := is.only
	for _, rule := range is.claims.Kinds {
		if kind&rule.Kind != 0 || !allHold(rule.When, d) {
			continue
		}
		if kind != KindUnclear {
			return KindUnclear
		}
		kind = rule.Kind
	}
	return kind
}

// kinds returns the kinds that the issuer's tokens can be of.
func (is *issuer) kinds() Kinds {
	if is.only != 0 {
		return is.only
	}
	var all Kinds
	for _, rule := range is.claims.Kinds {
		all |= rule.Kind
	}
	return all
}

func allHold(conditions []Condition, d *document) bool {
	for _, c := range conditions {
		if !c.holds(d) {
			return false
		}
	}
	return true
}

func (is *issuer) checkRequired(d *document, kind Kinds) error {
	for _, r := range is.claims.Required {
		if r.Kinds != 0 && !r.Kinds.Has(kind) {
			continue
		}
		for _, name := range r.Claims {
			if !d.filled(name) {
				return fmt.Errorf("%s is missing or empty", name)
			}
		}
		for _, c := range r.Conditions {
			if !c.holds(d) {
				return fmt.Errorf("claim %q is not what the mapping requires of tokens of kind %s", c.claim, kind)
			}
		}
	}
	if a := is.asserts; a != nil && !a.Kinds.Has(kind) && !(a.Unclear && kind == KindUnclear) {
		return fmt.Errorf("the issuer may not assert tokens of kind %s", kind)
	}
	return nil
}

// filled reports whether a claim is there and neither null nor empty.
func (d *document) filled(name string) bool {
	n, ok := d.member(0, name)
	if !ok || d.nodes[n].kind == kindNull {
		return false
	}
	s, isText := d.text(n)
	return !isText || s != ""
}

func readActor(d *document) (*Actor, error) {
	n, ok := d.member(0, "act")
	if !ok {
		return nil, nil
	}
	if d.nodes[n].kind != kindObject {
		return nil, errors.New("act is no object")
	}
	actor := &Actor{}
	for name, field := range map[string]*string{"sub": &actor.Subject, "iss": &actor.Issuer} {
		if m, found := d.member(n, name); found {
			if *field, ok = d.text(m); !ok {
				return nil, fmt.Errorf("act.%s is no string", name)
			}
		}
	}
	return actor, nil
}

func (id *Identity) readTenants(r *listReader) error {
	claims := &id.issuer.claims
	if n, ok := r.d.find(claims.Tenant); ok {
		if id.tenant, ok = r.d.text(n); !ok {
			return errors.New("the tenant is no string")
		}
	}
	if id.tenant != "" && !id.issuer.mayAssertTenant(id.tenant) {
		return errors.New("the issuer may not assert the token's tenant")
	}
	var err error
	id.membership = claims.TenantsAreMemberships
	id.tenants, err = r.read(claims.Tenants, id.tenant)
	return err
}

func (id *Identity) readGrants(r *listReader) (err error) {
	claims, asserts := &id.issuer.claims, id.issuer.asserts
	if asserts == nil {
		asserts = &assertsAll
	}
	if id.roles, id.dropped.roles, err = id.grants(r, claims.Roles, asserts.Roles); err != nil {
		return err
	}
	if id.permissions, id.dropped.permissions, err = id.grants(r, claims.Permissions, asserts.Permissions); err != nil {
		return err
	}
	id.patterns = wildcards(claims, &id.permissions)
	id.scopes, id.dropped.scopes, err = id.grants(r, claims.Scopes, asserts.Scopes)
	return err
}

// wildcards returns the permissions that stand for others.
func wildcards(claims *Claims, permissions *nameSet) (patterns []string) {
	if !claims.PermissionWildcards {
		return nil
	}
	for _, held := range permissions.names() {
		if strings.Contains(held, "*") {
			patterns = append(patterns, held)
		}
	}
	return patterns
}

// grants reads rights, and splits off those that the issuer may not grant.
func (id *Identity) grants(r *listReader, from []ListClaim, allowed []string) (kept nameSet, dropped []string, err error) {
	held, err := r.read(from, id.tenant)
	if err != nil {
		return nameSet{}, nil, err
	}
	if slices.Contains(allowed, Any) {
		return held, nil, nil
	}
	names, dropped := limit(held.names(), allowed)
	return newNameSet(names, id.issuer.seed), dropped, nil
}

func (id *Identity) readUserID(d *document) error {
	for _, u := range id.issuer.claims.UserIDs {
		if !u.Kinds.Has(id.kind) {
			continue
		}
		n, ok := d.member(0, u.Claim)
		if !ok {
			return nil
		}
		if id.userID, ok = d.text(n); !ok {
			return errors.New("the user id is no string")
		}
		return nil
	}
	return nil
}
