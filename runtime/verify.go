package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// verify turns a token into an identity, and tells when, or a challenge. It is the
// one way from text to identity: parse, key, signature, claims.
func (g *Guard) verify(ctx context.Context, token string) (*Identity, instant, *Challenge) {
	s, _ := g.searches.Get().(*search)
	if s == nil {
		s = new(search)
	}
	defer g.keep(s)
	if err := g.parse(&s.token, token); err != nil {
		c := g.challenge(challengeInvalidToken, err.Error())
		c.formless = !errors.Is(err, errAlgorithm)
		c.next = c.formless
		return nil, 0, c
	}
	s.err = errUnknownKey
	if trouble := g.authenticate(ctx, s); trouble != nil {
		return nil, 0, g.challenge(challengeUnavailable, trouble.Error())
	}
	if s.found == nil {
		return nil, 0, g.challenge(challengeInvalidToken, s.err.Error())
	}
	g.headers.add(&s.token)
	now := g.opts.clock() // keys may have been waited for
	id, err := s.found.identify(s.claims, s.token.header.typ, now)
	if err != nil {
		return nil, 0, g.challenge(challengeInvalidToken, "issuer "+s.found.name+": "+err.Error())
	}
	g.keepToken(id, token)
	if c := g.accepted(id); c != nil {
		return nil, 0, c
	}
	if s.lasting {
		g.tokens.put(token, id, s.key, instantOf(now))
	}
	return id, instantOf(now), nil
}

// keepToken makes id keep the text of its token, if the guard does.
func (g *Guard) keepToken(id *Identity, token string) {
	if g.opts.keepTokens {
		text := strings.Clone(token)
		id.token = &text
	}
}

// parse takes a token apart, if it is not too long.
func (g *Guard) parse(t *compactToken, token string) error {
	if len(token) > g.opts.maxTokenBytes {
		return errors.New("the token is too long")
	}
	err := t.parse(token, &g.headers)
	if err == nil && t.payload == "" {
		err = errNoPayload
	}
	if err != nil {
		return fmt.Errorf("the token is malformed: %w", err)
	}
	return nil
}

// search is the search for the issuer of a token: the one whose key verifies it
// and whom its claim iss names. Claims are not looked at before some key has
// verified the token; from then on only one issuer can be the token's.
type search struct {
	token compactToken
	index memberIndex // of the claims
	finding
}

// finding is what a search has found.
type finding struct {
	document document
	claims   *document // nil before some key has verified the token
	iss      string
	found    *issuer
	key      *verifyKey // that verified it
	lasting  bool       // for as long as key is not withdrawn, be it the only one or not
	over     bool       // the claims are such that nobody can be found
	err      error      // why nobody was found yet
}

// keep keeps s and its buffers for another token.
func (g *Guard) keep(s *search) {
	const most = 64 << 10
	buffers := compactToken{signature: s.token.signature[:0], decoded: s.token.decoded[:0]}
	nodes := s.document.nodes[:0]
	if cap(buffers.signature)+cap(buffers.decoded)+16*cap(nodes) > most {
		return
	}
	*s = search{token: buffers}
	s.document.nodes = nodes
	g.searches.Put(s)
}

var errIssuer = errors.New("iss is missing or that of another issuer")

// missingKey is an issuer that cannot be judged with the keys at hand: its set
// has none that is surely the token's, or is due for replacement.
type missingKey struct {
	issuer *issuer
	set    *keySet
	due    bool
}

// authenticate finds the issuer of a token. An error says that an issuer's keys
// could not be had, so that it might be the token's.
func (g *Guard) authenticate(ctx context.Context, s *search) error {
	var missing []missingKey
	for _, is := range g.issuers {
		if s.excludes(is, nil) {
			continue
		}
		set, due := is.keys.current()
		if due || s.try(is, set) {
			missing = append(missing, missingKey{is, set, due})
		}
		if s.over || s.found != nil {
			return nil
		}
	}
	return s.askAnew(ctx, missing)
}

// try tries the key that an issuer has for the token. It reports whether newer
// keys of this issuer may do what these cannot.
func (s *search) try(is *issuer, set *keySet) bool {
	newer := is.keys.fetch != nil
	k, byKid := set.lookup(s.token.header.kid, s.token.header.hasKid)
	if k == nil {
		return newer
	}
	payload, err := s.token.verifySignature(k, is.algs)
	if err != nil {
		if s.claims == nil {
			s.err = err
		}
		// A key that was not chosen by its kid may be another one by now.
		return newer && !byKid
	}
	if s.claims == nil {
		s.claims = &s.document
		if err = s.document.parse(string(payload), claimsLimits); err != nil {
			s.err, s.over = fmt.Errorf("issuer %s: the claims are malformed: %w", is.name, err), true
			return false
		}
		s.document.indexTop(&s.index)
		s.iss, _ = s.claims.memberText(0, "iss")
	}
	// Issuers may share keys, as the tenants of one provider do.
	if s.excludes(is, set) {
		s.err = fmt.Errorf("issuer %s: %w", is.name, errIssuer)
		return false
	}
	s.found, s.key = is, k
	s.lasting = byKid || !k.hasKid || is.keys.fetch == nil
	return false
}

// askAnew asks issuers for newer keys, all at a time, and tries each set when it
// arrives: an issuer that does not answer must not keep another's tokens.
func (s *search) askAnew(ctx context.Context, missing []missingKey) error {
	missing = slices.DeleteFunc(missing, func(m missingKey) bool { return s.excludes(m.issuer, nil) })
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return s.tryNewer(missing[0], missing[0].issuer.keys.refresh(ctx, missing[0].set, s.token.header.kid))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct { // of one issuer
		missingKey
		err error
	}
	answers := make(chan answer, len(missing))
	kid := s.token.header.kid // s may serve another token before the last of them answers
	for _, m := range missing {
		go func() { answers <- answer{m, m.issuer.keys.refresh(ctx, m.set, kid)} }()
	}
	var trouble error
	for range missing {
		a := <-answers
		err := s.tryNewer(a.missingKey, a.err)
		switch {
		case s.over || s.found != nil:
			return nil
		case s.claims != nil: // there is at most one to wait for
			return s.askAnew(ctx, missing)
		case trouble == nil:
			trouble = err
		}
	}
	return trouble
}

// tryNewer tries the keys of an issuer after refresh. It returns an error when
// they do not verify the token and could not be refreshed, or are too old all the
// same.
func (s *search) tryNewer(m missingKey, failed error) error {
	set, due := m.issuer.keys.current()
	if failed == nil && (due || set == nil) {
		failed = errors.New("they are too old")
	}
	if failed != nil {
		failed = fmt.Errorf("keys of issuer %s: %w", m.issuer.name, failed)
	}
	if due || set == m.set && !m.due {
		return failed
	}
	if s.try(m.issuer, set) {
		return failed
	}
	return nil
}

// typeAllowed checks the typ header (RFC 8725 section 3.11).
func (is *issuer) typeAllowed(typ string) bool {
	if is.types != nil {
		return slices.Contains(is.types, typ)
	}
	return typ == "" || typ == "jwt" || typ == "at+jwt"
}
