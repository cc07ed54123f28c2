package auth

import (
	"context"
	"math"
	"time"
)

// Demand is what [Guard.Validate] asks of a token beside being valid. Several
// demands must all hold; the values of one are alternatives.
type Demand func(*demandValues)

// demandValues are demands with the values that path parameters give in rules.
type demandValues struct {
	sets            []Demands
	tenants, owners []string
	checks          []ResourceCheck // ID is the object itself
}

func (v *demandValues) evaluate(d *Decision) Truth {
	result := True
	for _, tenant := range v.tenants {
		result = And(result, d.tenantIs(tenant))
	}
	for _, owner := range v.owners {
		result = And(result, d.ownerIs(owner))
	}
	for _, c := range v.checks {
		if result.hopeless() {
			break
		}
		if !cleanValue(c.ID) {
			return d.deny("the object's id is empty or unfit")
		}
		result = And(result, d.check(c.Type, c.ID, c.Permission))
	}
	return result
}

// some makes a list of alternatives that nobody forgot to fill: no alternative
// at all is one that nobody meets.
func some(values []string) []string {
	if len(values) == 0 {
		return []string{""}
	}
	return values
}

func demandSet(q Demands) Demand { return func(v *demandValues) { v.sets = append(v.sets, q) } }

// Roles demands one of these roles.
func Roles(names ...string) Demand { return demandSet(Demands{Roles: some(names)}) }

// Permissions demands one of these permissions.
func Permissions(names ...string) Demand { return demandSet(Demands{Permissions: some(names)}) }

// Scopes demands one of these OAuth scopes.
func Scopes(names ...string) Demand { return demandSet(Demands{Scopes: some(names)}) }

// Tokens demands a token of one of these kinds. Only naming KindVendor admits
// vendor tokens; zero admits nobody.
func Tokens(kinds Kinds) Demand {
	if kinds == 0 {
		return demandSet(Demands{Kinds: noKind})
	}
	return demandSet(Demands{Kinds: kinds})
}

// noKind is a demand for a kind that no token has.
const noKind = allKinds + 1

// FromIssuer demands a token of the issuer of one of these names.
func FromIssuer(names ...string) Demand { return demandSet(Demands{Issuers: some(names)}) }

// EntitledTo demands one of these features.
func EntitledTo(features ...string) Demand { return demandSet(Demands{Features: some(features)}) }

// Tenant demands that this is the identity's active tenant.
func Tenant(id string) Demand {
	return func(v *demandValues) { v.tenants = append(v.tenants, id) }
}

// Owner demands that this is the identity's user id.
func Owner(userID string) Demand {
	return func(v *demandValues) { v.owners = append(v.owners, userID) }
}

// AnyAge is the age of a step-up that may be as old as it is.
const AnyAge = time.Duration(math.MaxInt64)

// freshStepUp is how old a step-up may be that has to be fresh: clocks differ.
const freshStepUp = 10 * time.Second

// StepUpWithin demands step-up authentication at most maxAge ago; [AnyAge] stands for
// any time, and zero for now, within ten seconds.
func StepUpWithin(maxAge time.Duration) Demand {
	switch maxAge {
	case 0:
		maxAge = freshStepUp
	case AnyAge:
		maxAge = 0 // of a rule
	}
	return demandSet(Demands{StepUp: StepUp{Required: true, MaxAge: maxAge}})
}

// NoActor demands that nobody acts for the subject.
func NoActor() Demand { return demandSet(Demands{NoActor: true}) }

// Allowed demands that the checker allows permission on the object of this type
// and id. The id is held to what path parameters are: one with a slash, as rules
// make of two parameters, is allowed to nobody.
func Allowed(typ, id, permission string) Demand {
	return func(v *demandValues) { v.checks = append(v.checks, ResourceCheck{typ, id, permission}) }
}

// Validate checks a token by hand, where no HTTP request is: in a message
// handler or a WebSocket. Without demands it accepts every valid token but a
// vendor's. The error is a *[Challenge] and matches ErrUnauthenticated,
// ErrPermissionDenied or ErrUnavailable; the identity is nil with an error.
func (g *Guard) Validate(ctx context.Context, token string, demands ...Demand) (*Identity, error) {
	if !g.ready() {
		return nil, g.challenge(challengeUnavailable, "the guard is not set up")
	}
	if token == "" {
		return nil, g.challenge(challengeNoCredential, "no token")
	}
	id, now, c := g.verified(ctx, Credential{CarrierBearer, token}, "")
	if c != nil {
		return nil, c
	}
	if c := g.revoked(ctx, id); c != nil {
		return nil, c
	}
	if g.looksUp(id.kind) {
		looked, c := g.lookUp(ctx, id)
		if c != nil {
			return nil, c
		}
		id = looked
	}
	values := new(demandValues)
	for _, demand := range demands {
		if demand == nil {
			return nil, g.challenge(challengeUnavailable, "a demand is nil")
		}
		demand(values)
	}
	if c := g.decide(ctx, id, nil, now, values.sets, values); c != nil {
		return nil, c
	}
	return id, nil
}
