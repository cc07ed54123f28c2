package auth

import (
	"strconv"
	"strings"
	"time"
)

// All holds when all of demands do. Step-up is asked last, so that callers are
// sent to step up only where that would help.
func (d *Decision) All(demands *Demands) Truth {
	if demands == nil {
		return d.deny("has no demands")
	}
	result := d.allButStepUp(demands)
	if result == False || !demands.StepUp.Required {
		return result
	}
	return And(result, d.StepUp(demands.StepUp.MaxAge))
}

// allButStepUp asks in the order of cost: what stands in the token, the policy,
// what others have to be asked for.
func (d *Decision) allButStepUp(q *Demands) Truth {
	result := True
	// and reports whether to go on: nothing helps against False.
	mark := d.mark()
	and := func(t Truth) bool {
		if t == True {
			d.forget(mark)
		} else {
			mark = d.mark()
		}
		result = And(result, t)
		return result != False
	}
	ok := (q.Kinds == 0 || and(d.Token(q.Kinds))) &&
		(len(q.Issuers) == 0 || and(d.Issuer(q.Issuers...))) &&
		(!q.NoActor || and(d.noActor())) &&
		(q.Tenant == "" || and(d.Tenant(q.Tenant))) &&
		(q.Owner == "" || and(d.Owner(q.Owner))) &&
		(len(q.Roles) == 0 || and(d.Role(q.Roles...))) &&
		(len(q.Permissions) == 0 || and(d.Permission(q.Permissions...))) &&
		(len(q.Scopes) == 0 || and(d.Scope(q.Scopes...))) &&
		(q.Policy == nil || and(q.Policy(d))) &&
		(len(q.Features) == 0 || and(d.Feature(q.Features...))) &&
		(len(q.Checks) == 0 || and(d.oneOf(q.Checks)))
	if !ok {
		return False
	}
	return result
}

// decide evaluates the sets of demands, and the values of Validate, which may
// be nil. A nil challenge admits.
func (d *Decision) decide(all []Demands, values *demandValues) *Challenge {
	d.stepUpAge = -1
	result := True
	for i := range all {
		if result = And(result, d.allButStepUp(&all[i])); result == False {
			return d.challenge(False)
		}
	}
	if values != nil {
		if result = And(result, values.evaluate(d)); result == False {
			return d.challenge(False)
		}
	}
	if d.id.kind == KindVendor && !d.vendorNamed {
		d.forget(decisionMark{stepUpAge: -1})
		d.deny("is a vendor token, which the rule does not name")
		return d.challenge(False)
	}
	for i := range all {
		if all[i].StepUp.Required {
			result = And(result, d.StepUp(all[i].StepUp.MaxAge))
		}
	}
	if result == True {
		return nil
	}
	return d.challenge(result)
}

// challenge turns an outcome other than True into an answer.
func (d *Decision) challenge(result Truth) *Challenge {
	if result == Unknown && d.ours {
		return d.guard.challenge(challengeUnavailable, d.reason())
	}
	if d.stepUpAge >= 0 && !d.otherLack {
		return d.stepUpChallenge()
	}
	if d.count == 1 && d.notes[0].text == lacksScope && isScope(d.notes[0].args[0]) {
		return d.guard.challenge(challengeForbidden, d.reason(), "scope", d.notes[0].args[0])
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
