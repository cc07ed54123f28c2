package auth

import "net/http"

// AdmitIdentity is [Guard.Admit] for handlers that take an *Identity: any kind but
// vendor tokens, whatever the rule says. For those there is *[Vendor].
func AdmitIdentity(g *Guard, r *http.Request, params Params, rule *Rule) (*Identity, *Challenge) {
	id, c := g.admit(r, params, rule)
	if c == nil && id != nil && id.kind == KindVendor {
		c = g.challenge(challengeForbidden, "is a vendor token, and the handler takes an *auth.Identity")
	}
	if g.told(rule, c) {
		c = g.tell(r, rule, id, c)
	}
	if c != nil {
		return nil, c
	}
	return id, nil
}

// AdmitAs is [Guard.Admit] for handlers that take a *T. It refuses identities
// of other kinds, whatever the rule says. Like Admit it returns nil without a
// challenge for public rules, and for optional ones when no credential came.
func AdmitAs[T Typed](g *Guard, r *http.Request, params Params, rule *Rule) (*T, *Challenge) {
	var typed *T
	id, c := g.admit(r, params, rule)
	if c == nil && id != nil {
		var ok bool
		if typed, ok = As[T](id); !ok {
			c = g.challenge(challengeForbidden, "is of kind "+id.kind.reason()+", and the handler takes "+KindOf[T]().String())
		}
	}
	if g.told(rule, c) {
		c = g.tell(r, rule, id, c)
	}
	if c != nil {
		return nil, c
	}
	return typed, nil
}

// AdmitClaims is [Guard.Admit] for handlers that take the token's claims, which
// it decodes afresh into a new T, see [DecodeClaims]. Claims that do not fit are
// no valid token for such a handler.
func AdmitClaims[T any](g *Guard, r *http.Request, params Params, rule *Rule) (*T, *Challenge) {
	var claims *T
	id, c := g.admit(r, params, rule)
	if c == nil && id != nil {
		var err error
		if claims, err = DecodeClaims[T](id); err != nil {
			c = g.challenge(challengeInvalidToken, err.Error())
		}
	}
	if g.told(rule, c) {
		c = g.tell(r, rule, id, c)
	}
	if c != nil {
		return nil, c
	}
	return claims, nil
}
