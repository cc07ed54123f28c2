package auth

import (
	"bytes"
	"crypto/ed25519"
	"math/big"
	"slices"
	"sync"
)

// hasROCA reports whether n has the fingerprint of the broken prime generation
// of CVE-2017-15361: such a modulus is a power of 65537 modulo each small prime.
func hasROCA(n *big.Int) bool {
	r := new(big.Int)
	for _, p := range rocaResidues() {
		if !p.powers[r.Mod(n, p.prime).Int64()] {
			return false
		}
	}
	return true
}

type rocaPrime struct {
	prime  *big.Int
	powers []bool // of 65537, modulo prime
}

var rocaResidues = sync.OnceValue(func() []rocaPrime {
	var list []rocaPrime
	for p := int64(3); p <= 167; p += 2 {
		if !big.NewInt(p).ProbablyPrime(0) {
			continue
		}
		powers := make([]bool, p)
		for x := int64(1); !powers[x]; x = x * 65537 % p {
			powers[x] = true
		}
		list = append(list, rocaPrime{big.NewInt(p), powers})
	}
	return list
})

// The curve of Ed25519: -x² + y² = 1 + dx²y² modulo prime.
var edwards = sync.OnceValue(func() (c struct{ prime, d *big.Int }) {
	c.prime = new(big.Int).Lsh(big.NewInt(1), 255)
	c.prime.Sub(c.prime, big.NewInt(19))
	c.d = new(big.Int).ModInverse(big.NewInt(121666), c.prime)
	c.d.Mul(c.d, big.NewInt(-121665)).Mod(c.d, c.prime)
	return c
})

// unfitEd25519 tells why a key is refused, "" when it is not. With a key of
// small order, signatures exist that fit many messages.
func unfitEd25519(key ed25519.PublicKey) string {
	if len(key) != ed25519.PublicKeySize {
		return "it is not 32 bytes long"
	}
	c := edwards()
	little := bytes.Clone(key)
	slices.Reverse(little)
	little[0] &= 0x7f // the sign of x
	y := new(big.Int).SetBytes(little)
	if y.Cmp(c.prime) >= 0 {
		return "its encoding is not canonical"
	}
	mod := func(z *big.Int) *big.Int { return z.Mod(z, c.prime) }
	one := big.NewInt(1)
	yy := mod(new(big.Int).Mul(y, y))
	numerator := mod(new(big.Int).Sub(yy, one))
	denominator := mod(new(big.Int).Add(new(big.Int).Mul(c.d, yy), one))
	inverse := new(big.Int).ModInverse(denominator, c.prime)
	if inverse == nil {
		return "its point is not on the curve"
	}
	x := new(big.Int).ModSqrt(mod(new(big.Int).Mul(numerator, inverse)), c.prime)
	if x == nil {
		return "its point is not on the curve"
	}
	// Its order divides eight when three doublings lead to (0, 1). The sign of x
	// does not matter for that.
	for range 3 {
		xx, yy, xy := new(big.Int).Mul(x, x), new(big.Int).Mul(y, y), new(big.Int).Mul(x, y)
		z := mod(new(big.Int).Mul(c.d, new(big.Int).Mul(xx, yy)))
		up := new(big.Int).ModInverse(mod(new(big.Int).Add(one, z)), c.prime)
		down := new(big.Int).ModInverse(mod(new(big.Int).Sub(one, z)), c.prime)
		if up == nil || down == nil {
			return "its point is not on the curve"
		}
		x = mod(new(big.Int).Mul(new(big.Int).Lsh(xy, 1), up))
		y = mod(new(big.Int).Mul(new(big.Int).Add(xx, yy), down))
	}
	if x.Sign() == 0 && y.Cmp(one) == 0 {
		return "its point has a small order"
	}
	return ""
}
