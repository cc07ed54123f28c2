package auth

import (
	"strconv"
	"strings"
	"time"
)

// All holds when all of demands do. It asks in the order of cost: what stands in
// the token, the policy, what others have to be asked for. Where neither they
// nor step-up could help any more, it asks no further.
func (d *Decision) All(demands *Demands) Truth {
	if demands == nil {
		return d.deny("has no demands")
	}
	q, result, mark := demands, True, d.mark()
	// and reports whether to go on.
	and := func(t Truth) bool {
		if t == True {
			d.forget(mark)
			return true
		}
		mark, result = d.mark(), And(result, t)
		return !result.hopeless()
	}
	switch { // the first case that holds is where asking ends
	case q.Kinds != 0 && !and(d.Token(q.Kinds)):
	case len(q.Issuers) > 0 && !and(d.Issuer(q.Issuers...)):
	case q.NoActor && !and(d.noActor()):
	case q.Tenant != "" && !and(d.Tenant(q.Tenant)):
	case q.Owner != "" && !and(d.Owner(q.Owner)):
	case len(q.Roles) > 0 && !and(d.Role(q.Roles...)):
	case len(q.Permissions) > 0 && !and(d.Permission(q.Permissions...)):
	case len(q.Scopes) > 0 && !and(d.Scope(q.Scopes...)):
	case q.StepUp.Required && !and(d.StepUp(q.StepUp.MaxAge)):
	case q.Policy != nil && !and(d.policy(q.Policy)):
	case len(q.Features) > 0 && !and(d.Feature(q.Features...)):
	case len(q.Checks) > 0 && !and(d.oneOf(q.Checks)):
	}
	return result
}

// decide evaluates the sets of demands, and the values of Validate, which may
// be nil. A nil challenge admits.
func (d *Decision) decide(all []Demands, values *demandValues) *Challenge {
	d.stepUpAge = -1
	if d.id.kind == KindVendor && !namesVendor(all) {
		return d.challenge(d.deny(notVendor))
	}
	result := True
	for i := range all {
		t := d.All(&all[i])
		if t == True {
			continue
		}
		if result = And(result, t); result.hopeless() {
			return d.challenge(result)
		}
	}
	if values != nil {
		result = And(result, values.evaluate(d))
	}
	if result == True {
		return nil
	}
	return d.challenge(result)
}

const notVendor = "is a vendor token, which the rule does not name"

// namesVendor reports whether a rule names vendor tokens as such that it admits.
func namesVendor(all []Demands) bool {
	for i := range all {
		if all[i].Kinds.Has(KindVendor) || all[i].PolicyVendor {
			return true
		}
	}
	return false
}

// challenge turns an outcome into an answer: who would be admitted after step-up
// is sent there, and what a provider could have decided is our fault.
func (d *Decision) challenge(result Truth) *Challenge {
	switch now, after := result.split(); {
	case now == True:
		return nil // by one of several that step-up would change
	case after == True:
		return d.stepUpChallenge()
	case max(now, after) == unavailable:
		return d.guard.challenge(challengeUnavailable, d.reason())
	}
	if d.count == 1 && d.notes[0].text == lacksScope && isScope(d.notes[0].names[0]) {
		return d.guard.challenge(challengeForbidden, d.reason(), "scope", d.notes[0].names[0])
	}
	return d.guard.challenge(challengeForbidden, d.reason())
}

// stepUpChallenge says what would be enough (RFC 9470 section 3).
func (d *Decision) stepUpChallenge() *Challenge {
	acr := strings.Join(d.id.issuer.claims.StepUp.ACR, " ")
	if d.stepUpAge == 0 {
		return d.guard.challenge(challengeStepUp, d.reason(), "acr_values", acr)
	}
	// Rounded down, so that who obeys is fresh enough.
	seconds := strconv.FormatInt(int64(d.stepUpAge/time.Second), 10)
	return d.guard.challenge(challengeStepUp, d.reason(), "acr_values", acr, "max_age", seconds)
}

// isScope reports whether s is a scope-token (RFC 6749 section 3.3).
func isScope(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}
