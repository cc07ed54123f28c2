package auth

import (
	"context"
	"errors"
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
	is, payload, found, err := g.tryKeys(t)
	if err == nil {
		return is, payload, nil
	}
	if !found {
		// Nobody has the key, as far as we know: ask those that may have a newer
		// set, or have none yet.
		var trouble error
		for _, is := range g.issuers {
			if err := is.keys.refresh(ctx, is.keys.current()); err != nil && trouble == nil {
				trouble = errors.New("keys of issuer " + is.name + ": " + err.Error())
			}
		}
		if is, payload, found, err = g.tryKeys(t); err == nil {
			return is, payload, nil
		}
		if !found && trouble != nil {
			return nil, nil, g.challenge(challengeUnavailable, trouble.Error())
		}
	}
	return nil, nil, g.challenge(challengeInvalidToken, err.Error())
}

// tryKeys tries the keys that the issuers have. found reports whether there was
// one for the token's kid.
func (g *Guard) tryKeys(t *compactToken) (_ *issuer, payload []byte, found bool, err error) {
	err = errUnknownKey
	for _, is := range g.issuers {
		set := is.keys.current()
		if set == nil {
			continue
		}
		k := set.lookup(t.header.kid, t.header.hasKid)
		if k == nil {
			continue
		}
		found = true
		if payload, err = t.verifySignature(k, is.algs); err == nil {
			return is, payload, true, nil
		}
	}
	return nil, nil, found, err
}

// typeAllowed checks the typ header (RFC 8725 section 3.11).
func (is *issuer) typeAllowed(typ string) bool {
	if is.types != nil {
		return slices.Contains(is.types, typ)
	}
	return typ == "" || typ == "jwt" || typ == "at+jwt"
}
