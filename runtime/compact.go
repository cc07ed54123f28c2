package auth

import (
	"errors"
	"slices"
	"strings"
)

const maxHeaderBytes = 4 << 10

// header is what a token's header says, after all that can be refused without
// a key.
type header struct {
	alg, kid string
	hasKid   bool
	typ      string // as mediaType returns it; "" when absent
}

// compactToken is a token in JWS compact serialization (RFC 7515 section 7.1),
// taken apart but not verified.
type compactToken struct {
	header    header
	input     string // what is signed
	payload   string // still encoded; may be empty, which is no JWT
	signature []byte
}

var (
	errSegments   = errors.New("not three segments")
	errBase64     = errors.New("a segment is no strict base64url")
	errHeader     = errors.New("the header is malformed")
	errNoPayload  = errors.New("the payload is empty")
	errCritical   = errors.New("the header has a parameter that is not supported")
	errAlgorithm  = errors.New("alg is missing or not supported")
	errNotAllowed = errors.New("alg is not allowed for this issuer or key")
	errSignature  = errors.New("the signature does not fit")
	errUnknownKey = errors.New("no key fits kid")
)

// parseCompact takes a token apart.
func parseCompact(token string) (*compactToken, error) {
	first, rest, ok := strings.Cut(token, ".")
	if !ok {
		return nil, errSegments
	}
	second, third, ok := strings.Cut(rest, ".")
	if !ok || strings.IndexByte(third, '.') >= 0 {
		return nil, errSegments
	}
	if len(first) > maxHeaderBytes {
		return nil, errHeader
	}
	head, ok := decodeSegment(first)
	if !ok {
		return nil, errBase64
	}
	signature, ok := decodeSegment(third)
	if !ok {
		return nil, errBase64
	}
	t := &compactToken{input: token[:len(first)+1+len(second)], payload: second, signature: signature}
	return t, t.header.parse(string(head))
}

func (h *header) parse(src string) error {
	d, err := parseObject(src, headerLimits)
	if err != nil {
		return err
	}
	// Extensions (crit, b64), encryption and compression are not supported, and
	// a nested token is none of ours. Keys that the token brings (jwk, jku, x5c,
	// x5u) are never looked at.
	for _, name := range []string{"crit", "b64", "zip", "enc", "cty"} {
		if _, ok := d.member(0, name); ok {
			return errCritical
		}
	}
	var ok bool
	if h.alg, ok = d.memberText(0, "alg"); !ok {
		return errAlgorithm
	}
	if _, ok := algorithms[h.alg]; !ok {
		return errAlgorithm
	}
	if n, found := d.member(0, "kid"); found {
		if h.kid, ok = d.text(n); !ok {
			return errHeader
		}
		h.hasKid = true
	}
	if n, found := d.member(0, "typ"); found {
		typ, ok := d.text(n)
		if !ok || typ == "" {
			return errHeader
		}
		h.typ = mediaType(typ)
	}
	return nil
}

// verifyCompact verifies a token's signature with the key of a set that fits
// its kid, and returns its payload. algs are the allowed algorithms. The
// payload is decoded only after its signature was found good, and may be
// anything: claims are another concern. Every token that a guard admits went
// through verifySignature below.
func verifyCompact(token string, keys *keySet, algs []string) ([]byte, error) {
	t, err := parseCompact(token)
	if err != nil {
		return nil, err
	}
	k, _ := keys.lookup(t.header.kid, t.header.hasKid)
	if k == nil {
		return nil, errUnknownKey
	}
	return t.verifySignature(k, algs)
}

// verifySignature verifies with one key and returns the payload.
func (t *compactToken) verifySignature(k *verifyKey, algs []string) ([]byte, error) {
	a := algorithms[t.header.alg]
	if !slices.Contains(algs, t.header.alg) || !k.fits(t.header.alg, a) {
		return nil, errNotAllowed
	}
	if a.verify(t.input, t.signature, k.key) != nil {
		return nil, errSignature
	}
	if t.payload == "" {
		return nil, nil
	}
	payload, ok := decodeSegment(t.payload)
	if !ok {
		return nil, errBase64
	}
	return payload, nil
}
