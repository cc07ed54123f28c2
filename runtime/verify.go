package auth

import (
	"context"
	"fmt"
	"slices"
)

// verify turns a token into an identity, or a challenge. It is the one way from
// text to identity: parse, key, signature, claims.
func (g *Guard) verify(ctx context.Context, token string) (*Identity, *Challenge) {
	if len(token) > g.opts.maxTokenBytes {
		return nil, g.challenge(challengeInvalidToken, "the token is too long")
	}
	t, err := parseCompact(token)
	if err != nil {
		return nil, g.challenge(challengeInvalidToken, "the token is malformed: "+err.Error())
	}
	is, payload, c := g.verifySignature(ctx, t)
	if c != nil {
		return nil, c
	}
	id, err := is.identify(string(payload), t.header.typ, g.opts.clock())
	if err != nil {
		return nil, g.challenge(challengeInvalidToken, "issuer "+is.name+": "+err.Error())
	}
	return id, nil
}

// verifySignature finds the issuer whose key verifies the token. The token's
// claims are not read for that: a key proves its issuer, and identify then
// compares the claim iss with it.
func (g *Guard) verifySignature(ctx context.Context, t *compactToken) (*issuer, []byte, *Challenge) {
	is, payload, without, err := g.tryKeys(t)
	if err == nil {
		return is, payload, nil
	}
	trouble := refreshKeys(ctx, without)
	if len(without) > 0 {
		if is, payload, without, err = g.tryKeys(t); err == nil {
			return is, payload, nil
		}
	}
	if len(without) == len(g.issuers) && trouble != nil {
		return nil, nil, g.challenge(challengeUnavailable, trouble.Error())
	}
	return nil, nil, g.challenge(challengeInvalidToken, err.Error())
}

// refreshKeys asks issuers for newer keys, all at a time. The error tells why
// one of them could not be asked.
func refreshKeys(ctx context.Context, without []missingKey) (trouble error) {
	for _, m := range without {
		m.issuer.keys.begin()
	}
	for _, m := range without {
		if err := m.issuer.keys.refresh(ctx, m.set); err != nil && trouble == nil {
			trouble = fmt.Errorf("keys of issuer %s: %w", m.issuer.name, err)
		}
	}
	return trouble
}

// missingKey is an issuer whose set holds no key for a token.
type missingKey struct {
	issuer *issuer
	set    *keySet
}

// tryKeys tries the keys that the issuers have, and tells who has none for the
// token's kid.
func (g *Guard) tryKeys(t *compactToken) (_ *issuer, payload []byte, without []missingKey, err error) {
	err = errUnknownKey
	for _, is := range g.issuers {
		set := is.keys.current()
		k := set.lookup(t.header.kid, t.header.hasKid)
		if k == nil {
			without = append(without, missingKey{is, set})
			continue
		}
		if payload, err = t.verifySignature(k, is.algs); err == nil {
			return is, payload, nil, nil
		}
	}
	return nil, nil, without, err
}

// typeAllowed checks the typ header (RFC 8725 section 3.11).
func (is *issuer) typeAllowed(typ string) bool {
	if is.types != nil {
		return slices.Contains(is.types, typ)
	}
	return typ == "" || typ == "jwt" || typ == "at+jwt"
}
