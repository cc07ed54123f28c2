package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// FetchKeys takes the issuer's keys from a function, instead of [JWKS] and
// discovery: for keys that only an authenticated request gets. It returns one public
// key as PEM (PKIX, PKCS #1 or a certificate) or a JWK Set, of at most 1 MiB. from is
// the URL that the function asks, which is held to what other URLs of keys are
// ([InsecureHTTP], [Guard.Weaknesses]); "" where it asks none.
//
// The function is asked when keys would be fetched, see [Issuer]: by one goroutine at
// a time, which belongs to no request, with a context that ends after ten seconds, or
// twice the timeout of [HTTPClient]. What it returned lives 15 minutes. A key without
// a key id replaces the one before as soon as a token needs it: one whose signature
// the key at hand does not verify causes a fetch, within the limits of [Issuer]. The
// text of its error is logged and part of [Challenge.Reason]. An error with a method
// RetryAfter() time.Duration, or one that wraps such, says that nobody was asked as it
// is too early after another failure, and when it is not any more: the next attempt
// comes then, where it would come later without.
func FetchKeys(from string, fetch func(ctx context.Context) (document []byte, err error)) IssuerOption {
	return func(is *issuer) error {
		switch {
		case fetch == nil:
			return errors.New("FetchKeys: the function is nil")
		case is.ownKeys != nil:
			return errors.New("FetchKeys: is given twice")
		}
		is.ownKeys, is.ownKeysURL = fetch, from
		return nil
	}
}

// parseKeys reads one public key as PEM, or a JWK Set.
func parseKeys(data []byte, algs []string) ([]*verifyKey, []ignoredKey, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("-----BEGIN")) {
		return parseJWKS(data, algs, false)
	}
	k, err := parsePEM(data)
	if err != nil {
		return nil, nil, err
	}
	if !k.usable(algs) {
		return nil, nil, errors.New("no allowed algorithm fits the key")
	}
	return []*verifyKey{k}, nil, nil
}

// own asks the function of [FetchKeys].
func (f *fetcher) own(ctx context.Context, algs []string) (*keySet, error) {
	data, err := f.ownKeys(ctx)
	if err != nil {
		return nil, err
	}
	if len(data) > maxDocumentBytes {
		return nil, fmt.Errorf("the document is larger than %d bytes", maxDocumentBytes)
	}
	keys, ignored, err := parseKeys(data, algs)
	if err != nil {
		return nil, err
	}
	return newKeySet(keys, ignored), nil
}
