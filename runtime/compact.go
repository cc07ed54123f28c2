package auth

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
)

const (
	maxHeaderBytes    = 4 << 10                  // in base64url, as maxSignatureBytes
	maxTypeBytes      = 127 + 1 + 127            // of a media type (RFC 6838 section 4.2)
	maxSignatureBytes = (maxRSABits/8*8 + 5) / 6 // of the largest key
)

// header is what a token's header says, after all that can be refused without
// a key.
type header struct {
	alg, kid string
	hasKid   bool
	typ      string // as mediaType returns it; "" when absent
}

// compactToken is a token in JWS compact serialization (RFC 7515 section 7.1),
// taken apart but not verified. Its buffers may serve another token after it.
type compactToken struct {
	header    header
	first     string // the header, still encoded
	input     string // what is signed
	payload   string // still encoded; may be empty, which is no JWT
	signature []byte
	decoded   []byte // the payload, once the signature was found good
}

var (
	errSegments   = errors.New("not three segments")
	errBase64     = errors.New("a segment is no strict base64url")
	errHeader     = errors.New("the header is malformed")
	errLong       = errors.New("the signature is longer than any key makes it")
	errNoPayload  = errors.New("the payload is empty")
	errCritical   = errors.New("the header has a parameter that is not supported")
	errAlgorithm  = errors.New("alg is missing or not supported")
	errNotAllowed = errors.New("alg is not allowed for this issuer or key")
	errSignature  = errors.New("the signature does not fit")
	errUnknownKey = errors.New("no key fits kid")
)

// parse takes a token apart. known spares parsing a header seen before; it may be
// nil.
func (t *compactToken) parse(token string, known *knownHeaders) error {
	first, rest, ok := strings.Cut(token, ".")
	if !ok {
		return errSegments
	}
	second, third, ok := strings.Cut(rest, ".")
	if !ok || strings.IndexByte(third, '.') >= 0 {
		return errSegments
	}
	if len(first) > maxHeaderBytes {
		return errHeader
	}
	if len(third) > maxSignatureBytes {
		return errLong
	}
	h := known.find(first)
	var head []byte
	if h == nil {
		if head, ok = decodeSegment(nil, first); !ok {
			return errBase64
		}
	}
	if t.signature, ok = decodeSegment(t.signature[:0], third); !ok {
		return errBase64
	}
	t.first, t.input, t.payload = first, token[:len(first)+1+len(second)], second
	if h != nil {
		t.header = *h
		return nil
	}
	t.header = header{}
	return t.header.parse(string(head))
}

// knownHeaders remembers headers of tokens that were verified: an issuer writes the
// same one into each. The zero value knows none.
type knownHeaders struct {
	headers [4]atomic.Pointer[knownHeader]
	next    atomic.Uint32
}

type knownHeader struct {
	text   string
	header header
}

// find returns a header by its encoded text, or nil.
func (k *knownHeaders) find(text string) *header {
	if k == nil {
		return nil
	}
	for i := range k.headers {
		if h := k.headers[i].Load(); h != nil && h.text == text {
			return &h.header
		}
	}
	return nil
}

// add remembers the header of a token that was verified.
func (k *knownHeaders) add(t *compactToken) {
	if k.find(t.first) == nil {
		k.headers[k.next.Add(1)%uint32(len(k.headers))].Store(&knownHeader{strings.Clone(t.first), t.header})
	}
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
		if !ok || typ == "" || len(typ) > maxTypeBytes {
			return errHeader
		}
		h.typ = mediaType(typ)
	}
	return nil
}

// verifySignature verifies with one key and returns the payload, which is decoded
// only after its signature was found good and may be anything: claims are another
// concern. algs are the allowed algorithms. Every token that a guard admits went
// through here.
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
	var ok bool
	if t.decoded, ok = decodeSegment(t.decoded[:0], t.payload); !ok {
		return nil, errBase64
	}
	return t.decoded, nil
}
