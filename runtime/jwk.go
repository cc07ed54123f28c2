package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"slices"
)

const (
	maxKeys    = 256
	minRSABits = 2048
	maxRSABits = 8192
)

var jwksLimits = jsonLimits{depth: 16, members: 1024, nodes: 64 << 10, markDuplicates: true}

// keySet is the usable keys of an issuer.
type keySet struct {
	byKid   map[string]*verifyKey
	only    *verifyKey // the only key, which tokens without kid may use
	ignored []ignoredKey
	issuer  string // whose they are
}

// ignoredKey is a key that cannot be used, and why.
type ignoredKey struct {
	index  int
	kid    string
	reason string
	// rival says that tokens of this kid may mean this key, where others have the
	// kid too: it may be one for signatures, of this kty or, if "", of any.
	rival bool
	kty   string
}

func (k ignoredKey) String() string {
	return fmt.Sprintf("key %d (kid %.40q): %s", k.index, k.kid, k.reason)
}

// lookup returns the key for a token of this kid, or nil, and whether kid names
// it; otherwise it is the only one. A nil set has none, and one that is replaced
// at this moment none of those that are withdrawn.
func (s *keySet) lookup(kid string, hasKid bool) (k *verifyKey, byKid bool) {
	if s == nil {
		return nil, false
	}
	if k, byKid = s.byKid[kid], hasKid; !hasKid || k == nil && s.only != nil && !s.only.hasKid {
		k, byKid = s.only, false
	}
	if k == nil || k.withdrawn.Load() {
		return nil, false
	}
	return k, byKid
}

// all returns every key of the set.
func (s *keySet) all() iter.Seq[*verifyKey] {
	return func(yield func(*verifyKey) bool) {
		if s.only != nil {
			yield(s.only)
			return
		}
		for _, k := range s.byKid {
			if !yield(k) {
				return
			}
		}
	}
}

// succeed prepares s, which nobody uses yet, to replace old: s takes over the keys
// of old that stay what they are, and the others are withdrawn.
func (s *keySet) succeed(old *keySet) {
	if old == nil {
		return
	}
	for was := range old.all() {
		is := s.only
		if is == nil {
			is = s.byKid[was.kid]
		}
		if is == nil || !is.same(was) || s.issuer != old.issuer {
			was.withdrawn.Store(true)
			continue
		}
		if is == s.only {
			s.only = was
		}
		if is.hasKid {
			s.byKid[is.kid] = was
		}
	}
}

func (s *keySet) empty() bool { return s.only == nil && len(s.byKid) == 0 }

// newKeySet keeps what can be told apart: keys with equal kids are all dropped,
// and beside other keys one without kid is of no use.
func newKeySet(keys []*verifyKey, ignored []ignoredKey) *keySet {
	s := &keySet{byKid: map[string]*verifyKey{}, ignored: ignored}
	seen := map[string]int{}
	for _, k := range keys {
		if k.hasKid {
			seen[k.kid]++
		}
	}
	// Which of two keys a token means is unclear also when one of them is broken.
	rival := func(k *verifyKey) bool {
		return slices.ContainsFunc(ignored, func(i ignoredKey) bool {
			return i.rival && i.kid == k.kid && (i.kty == "" || i.kty == k.kty)
		})
	}
	var usable []*verifyKey
	for _, k := range keys {
		if k.hasKid && (seen[k.kid] > 1 || rival(k)) {
			s.ignored = append(s.ignored, ignoredKey{index: k.index, kid: k.kid, reason: "another key has the same kid"})
			continue
		}
		usable = append(usable, k)
	}
	if len(usable) == 1 {
		s.only = usable[0]
	}
	for _, k := range usable {
		switch {
		case k.hasKid:
			s.byKid[k.kid] = k
		case s.only == nil:
			s.ignored = append(s.ignored, ignoredKey{index: k.index, reason: "it has no kid and is not the only key"})
		}
	}
	return s
}

// parseJWKS reads a JWK Set, or a single JWK where single is set. Members that
// cannot be used, secrets among them, are ignored (RFC 7517 section 5), each with
// a reason. algs are those the issuer may use.
func parseJWKS(data []byte, algs []string, single bool) (keys []*verifyKey, ignored []ignoredKey, err error) {
	d, err := parseObject(string(data), jwksLimits)
	if err != nil {
		return nil, nil, err
	}
	if d.nodes[0].duplicates {
		return nil, nil, errJSONDuplicate
	}
	var members []int
	list, ok := d.member(0, "keys")
	switch {
	case ok && d.nodes[list].kind == kindArray:
		for n := list + 1; n < int(d.nodes[list].next); n = int(d.nodes[n].next) {
			members = append(members, n)
		}
	case !ok && single:
		members = []int{0}
	default:
		return nil, nil, errors.New(`it has no array "keys"`)
	}
	if len(members) > maxKeys {
		return nil, nil, fmt.Errorf("it has more than %d keys", maxKeys)
	}
	for i, n := range members {
		k, reason := parseJWK(d, n, algs)
		if reason != "" {
			kid, hasKid := d.memberText(n, "kid")
			use, _ := d.memberText(n, "use")
			kty, _ := d.memberText(n, "kty")
			ignored = append(ignored, ignoredKey{i, kid, reason, hasKid && use != "enc", kty})
			continue
		}
		k.index = i
		keys = append(keys, k)
	}
	return keys, ignored, nil
}

// privateParts are the members that only a private key has (RFC 7518 sections
// 6.2.2 and 6.3.2, RFC 8037 section 2).
var privateParts = []string{"d", "p", "q", "dp", "dq", "qi", "oth"}

// memberText returns a member that is a string.
func (d *document) memberText(object int, name string) (string, bool) {
	n, ok := d.member(object, name)
	if !ok {
		return "", false
	}
	return d.text(n)
}

// parseJWK reads one key. The reason is empty when the key can be used.
func parseJWK(d *document, n int, algs []string) (key *verifyKey, reason string) {
	if d.nodes[n].kind != kindObject {
		return nil, "it is no object"
	}
	if d.nodes[n].duplicates {
		return nil, "it has two members of one name"
	}
	for _, name := range []string{"kty", "use", "alg", "kid", "crv"} {
		if m, ok := d.member(n, name); ok && d.nodes[m].kind != kindString {
			return nil, name + " is no string"
		}
	}
	k := &verifyKey{}
	k.kid, k.hasKid = d.memberText(n, "kid")
	if use, ok := d.memberText(n, "use"); ok && use != "sig" {
		return nil, "its use is not sig"
	}
	if m, ok := d.member(n, "key_ops"); ok {
		ops, isList := d.strings(m)
		if !isList || !slices.Contains(ops, "verify") {
			return nil, "its key_ops do not hold verify"
		}
	}
	kty, _ := d.memberText(n, "kty")
	if kty == "oct" {
		return nil, "it is a secret, which has no place here"
	}
	for _, name := range privateParts {
		if _, ok := d.member(n, name); ok {
			return nil, "it publishes its private part, so that anybody can sign with it"
		}
	}
	switch kty {
	case "RSA":
		k.key, reason = rsaJWK(d, n)
	case "EC":
		k.key, reason = ecJWK(d, n)
	case "OKP":
		k.key, reason = okpJWK(d, n)
	default:
		return nil, "its kty is not supported"
	}
	if reason != "" {
		return nil, reason
	}
	k.kty, k.crv = keyType(k.key)
	if alg, ok := d.memberText(n, "alg"); ok {
		if _, known := algorithms[alg]; !known {
			return nil, "its alg is not supported"
		}
		k.alg = alg
	}
	if !k.usable(algs) {
		return nil, "no allowed algorithm fits its kty, crv, alg and size"
	}
	return k, ""
}

func jwkBytes(d *document, n int, name string) ([]byte, string) {
	s, ok := d.memberText(n, name)
	if !ok {
		return nil, name + " is missing or no string"
	}
	b, ok := decodeSegment(nil, s)
	if !ok {
		return nil, name + " is no base64url"
	}
	return b, ""
}

func rsaJWK(d *document, n int) (any, string) {
	modulus, reason := jwkBytes(d, n, "n")
	if reason != "" {
		return nil, reason
	}
	exponent, reason := jwkBytes(d, n, "e")
	if reason != "" {
		return nil, reason
	}
	e := new(big.Int).SetBytes(exponent)
	if !e.IsInt64() || e.Int64() > 1<<31-1 {
		return nil, "its exponent is too large"
	}
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(e.Int64())}
	if reason := unfitRSA(key); reason != "" {
		return nil, reason
	}
	return key, ""
}

// unfitRSA tells why an RSA key is refused, "" when it is not.
func unfitRSA(key *rsa.PublicKey) string {
	switch bits := key.N.BitLen(); {
	case bits < minRSABits:
		return fmt.Sprintf("its modulus has %d bits, less than %d", bits, minRSABits)
	case bits > maxRSABits:
		return fmt.Sprintf("its modulus has more than %d bits", maxRSABits)
	case key.N.Bit(0) == 0:
		return "its modulus is even"
	case key.E < 3 || key.E&1 == 0:
		return "its exponent is even or less than 3"
	case hasROCA(key.N):
		return "its modulus is weak (ROCA, CVE-2017-15361)"
	}
	return ""
}

func ecJWK(d *document, n int) (any, string) {
	crv, _ := d.memberText(n, "crv")
	curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[crv]
	if curve == nil {
		return nil, "its crv is not supported"
	}
	size := (curve.Params().BitSize + 7) / 8
	point := []byte{4} // uncompressed
	for _, name := range []string{"x", "y"} {
		b, reason := jwkBytes(d, n, name)
		if reason != "" {
			return nil, reason
		}
		if len(b) != size {
			return nil, name + " is not as long as its curve demands"
		}
		point = append(point, b...)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, "its point is not on the curve"
	}
	return key, ""
}

func okpJWK(d *document, n int) (any, string) {
	if crv, _ := d.memberText(n, "crv"); crv != "Ed25519" {
		return nil, "its crv is not supported"
	}
	b, reason := jwkBytes(d, n, "x")
	if reason != "" {
		return nil, reason
	}
	key := ed25519.PublicKey(b)
	if reason := unfitEd25519(key); reason != "" {
		return nil, reason
	}
	return key, ""
}
