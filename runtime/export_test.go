package auth

import "crypto/rsa"

// SpoilKeys makes every verification with a key of g panic that its owner gave as
// RSA: no token may get so far that a test says is refused before.
func SpoilKeys(g *Guard) {
	for _, is := range g.issuers {
		set, _ := is.keys.current()
		for _, k := range set.byKid {
			k.key = (*rsa.PublicKey)(nil)
		}
	}
}
