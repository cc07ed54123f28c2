package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Rights are what a [RightsSource] knows of a token. The lists are not changed
// after they were returned; nil is none.
type Rights struct {
	Roles, Permissions []string
}

// RightsSource looks up the rights of tokens that do not carry them. It is asked
// for each request with a valid token of the kinds of [LookUp], whatever the rule
// demands and also when the token was verified before: it caches what it may. id is
// what the token itself says.
//
// An error that matches [ErrNotActive] is answered with 401. Any other error, a
// panic and an ended context are answered with 503: what is not known is no no.
// Errors are told of as for [FeatureProvider]. Implementations are called by many
// requests at a time.
type RightsSource interface {
	Rights(ctx context.Context, id *Identity) (Rights, error)
}

// LookUp makes the guard ask source for the roles and permissions of tokens of
// these kinds, in place of those that the token says. They are held to what the
// token's issuer may grant ([Asserts]), and the identity that handlers, checkers and
// feature providers get shows them; its raw claims stay what the token says.
// Scopes are the token's. With several LookUp each names other kinds.
//
// A request with a token whose rights are those of the request before does not
// allocate, but for what the source does.
func LookUp(kinds Kinds, source RightsSource) Option {
	return func(o *options) error {
		switch {
		case source == nil:
			return errors.New("LookUp: the source is nil")
		case kinds == 0 || kinds&^allKinds != 0:
			return errors.New("LookUp: no kind of token is named")
		case o.lookupKinds&kinds != 0:
			return fmt.Errorf("LookUp: tokens of kind %s have a source already", o.lookupKinds&kinds)
		}
		o.lookups = append(o.lookups, lookup{kinds, source})
		o.lookupKinds |= kinds
		return nil
	}
}

// lookup is a source and the kinds of token that it is asked for.
type lookup struct {
	kinds  Kinds
	source RightsSource
}

// lookedUp is an identity with the rights that its source told last.
type lookedUp struct {
	rights Rights
	id     *Identity
}

// lookedUpBytes is the memory that what was looked up may take and be kept, about.
const lookedUpBytes = 8 << 10

func (g *Guard) looksUp(kind Kinds) bool { return g.opts.lookupKinds&kind != 0 }

func (is *issuer) looksUp(kind Kinds) bool { return is.lookupKinds&kind != 0 }

// lookUp returns id with the rights that are looked up for its kind.
func (g *Guard) lookUp(ctx context.Context, id *Identity) (*Identity, *Challenge) {
	var source RightsSource
	for _, l := range g.opts.lookups {
		if l.kinds.Has(id.kind) {
			source = l.source
		}
	}
	rights, trouble, err := g.askRights(ctx, source, id)
	switch {
	case err == nil:
		return id.with(rights), nil
	case trouble == "":
		return nil, g.challenge(challengeInvalidToken, err.Error())
	}
	return nil, g.challenge(challengeUnavailable, trouble+": "+err.Error())
}

// askRights asks a source. An error without trouble says that the token is not
// active. It is [Guard.consult] without a function that would have to be allocated.
func (g *Guard) askRights(ctx context.Context, source RightsSource, id *Identity) (rights Rights, trouble string, err error) {
	if g.opts.observer != nil {
		began := time.Now()
		defer func() {
			e := Event{Kind: EventProviderCall, Provider: ProviderRights, Yes: err == nil, Duration: time.Since(began)}
			if trouble != "" {
				e.Err = err
			}
			g.observe(ctx, e)
		}()
	}
	defer func() {
		if p := recover(); p != nil {
			rights, trouble, err = Rights{}, "the "+string(ProviderRights)+" panicked", fmt.Errorf("%T", p)
		}
	}()
	rights, err = source.Rights(ctx, id)
	if ended := ctx.Err(); err == nil && ended != nil {
		err = ended
	}
	if err != nil && !errors.Is(err, ErrNotActive) {
		trouble = "the " + string(ProviderRights) + " did not answer"
	}
	return rights, trouble, err
}

// with returns id with these rights in place of the token's.
func (id *Identity) with(rights Rights) *Identity {
	last := id.lookedUp.Load()
	// One that a handler assigned to, which compiles, is not used again.
	if last != nil && last.id.self == last.id && slices.Equal(last.rights.Roles, rights.Roles) && slices.Equal(last.rights.Permissions, rights.Permissions) {
		return last.id
	}
	n := newIdentity(id.kind)
	n.facts, n.self = id.facts, n
	n.rightsLookedUp = true
	asserts := id.issuer.asserts
	if asserts == nil {
		asserts = &assertsAll
	}
	n.roles, n.dropped.roles = id.limited(rights.Roles, asserts.Roles)
	n.permissions, n.dropped.permissions = id.limited(rights.Permissions, asserts.Permissions)
	n.patterns = wildcards(&id.issuer.claims, &n.permissions)
	if size(rights.Roles)+size(rights.Permissions) <= lookedUpBytes {
		id.lookedUp.Store(&lookedUp{Rights{slices.Clone(rights.Roles), slices.Clone(rights.Permissions)}, n})
	}
	return n
}

// limited makes a set of names, and splits off those that the issuer may not grant.
func (id *Identity) limited(names, allowed []string) (kept nameSet, dropped []string) {
	if !slices.Contains(allowed, Any) {
		names, dropped = limit(names, allowed)
	}
	return newNameSet(names, id.issuer.seed), dropped
}

// size estimates the memory of names in a list and in a set.
func size(names []string) int {
	size := 0
	for _, name := range names {
		size += 32 + 2*len(name)
	}
	return size
}
