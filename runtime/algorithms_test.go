package auth

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"math/big"
	"slices"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// TestR8ECDSAAsGolangJWT compares verifyECDSA with golang-jwt for r and s of every
// length in DER, and out of range.
func TestR8ECDSAAsGolangJWT(t *testing.T) {
	t.Parallel()
	const input = "what is signed"
	for method, c := range map[*jwt.SigningMethodECDSA]struct {
		curve elliptic.Curve
		hash  crypto.Hash
	}{
		jwt.SigningMethodES256: {elliptic.P256(), crypto.SHA256},
		jwt.SigningMethodES384: {elliptic.P384(), crypto.SHA384},
		jwt.SigningMethodES512: {elliptic.P521(), crypto.SHA512},
	} {
		key, err := ecdsa.GenerateKey(c.curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		verify, size, good := verifyECDSA(c.hash), (c.curve.Params().BitSize+7)/8, 0
		compare := func(signature []byte) {
			got, want := verify(input, signature, &key.PublicKey), method.Verify(input, signature, &key.PublicKey)
			if (got == nil) != (want == nil) {
				t.Errorf("%s, %x: %v, golang-jwt %v", method.Name, signature, got, want)
			}
			if got == nil {
				good++
			}
		}
		n, one := c.curve.Params().N, big.NewInt(1)
		edges := [][]byte{make([]byte, size), bytes.Repeat([]byte{0xff}, size)}
		for _, edge := range []*big.Int{one, big.NewInt(127), big.NewInt(128), n, new(big.Int).Sub(n, one), new(big.Int).Add(n, one)} {
			edges = append(edges, edge.FillBytes(make([]byte, size)))
		}
		for i := range 40 {
			signature, err := method.Sign(input, key)
			if err != nil {
				t.Fatal(err)
			}
			r, s := signature[:size], signature[size:]
			compare(signature)
			compare(slices.Concat(r, new(big.Int).Sub(n, new(big.Int).SetBytes(s)).FillBytes(make([]byte, size))))
			if i > 0 {
				continue
			}
			for _, edge := range edges {
				for _, other := range append(edges, s) {
					compare(slices.Concat(edge, other))
					compare(slices.Concat(other, edge))
				}
			}
			for _, other := range [][]byte{nil, r, signature[1:], append([]byte{0}, signature...), slices.Concat(signature, s)} {
				compare(other)
			}
		}
		if good != 80 {
			t.Errorf("%s: %d signatures are good, want 80", method.Name, good)
		}
	}
}
