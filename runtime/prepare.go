package auth

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// prepare checks the issuer's options against each other and sets its keys up.
func (is *issuer) prepare(o *options) error {
	if len(is.audiences) == 0 && !is.noAudience {
		return errors.New("Audience is missing (or InsecureNoAudience)")
	}
	if len(is.audiences) > 0 && is.noAudience {
		return errors.New("Audience and InsecureNoAudience contradict each other")
	}
	if is.claims.AudienceFrom == "" {
		is.claims.AudienceFrom = "aud"
	}
	is.watched = newWatched(&is.claims)
	is.seed, is.lookupKinds = rand.Uint64(), o.lookupKinds
	is.keys = &keySource{issuer: is.name, logger: o.logger, clock: o.clock, observerLogs: o.observerLogs}
	if o.observer != nil {
		is.keys.observe = func(err error, ignored int, took time.Duration) {
			o.observe(context.Background(), Event{Kind: EventKeyRefresh, Issuer: is.name, Err: err, IgnoredKeys: ignored, Duration: took})
		}
	}
	if len(is.secrets) > 0 {
		return is.prepareSecrets(o)
	}
	if is.algs == nil {
		is.algs = asymmetric
	}
	for _, alg := range is.algs {
		if slices.Contains(symmetric, alg) {
			return fmt.Errorf("Algorithms: %s needs HMACSecret", alg)
		}
	}
	is.keys.algs = is.algs
	if len(is.static) > 0 {
		if is.fetches() {
			return errors.New("JWKS, FetchKeys or FindIssuer and static keys contradict each other")
		}
		return is.prepareStatic(o)
	}
	f := &fetcher{client: newClient(o.client), hosts: slices.Clone(o.insecureHosts), issuer: is.url, find: is.find, jwksURL: is.jwksURL, ownKeys: is.ownKeys}
	switch {
	case is.jwksURL != "" && is.ownKeys != nil:
		return errors.New("JWKS and FetchKeys contradict each other")
	case is.ownKeys != nil && is.ownKeysURL != "":
		if err := checkURL(is.ownKeysURL, o.insecureHosts); err != nil {
			return fmt.Errorf("FetchKeys: %w", err)
		}
	case is.ownKeys != nil:
	case is.jwksURL != "":
		if err := checkURL(is.jwksURL, o.insecureHosts); err != nil {
			return fmt.Errorf("JWKS: %w", err)
		}
	case is.noIssuer:
		return errors.New("InsecureNoIssuer: there is no URL to find keys at (JWKS, FetchKeys, PublicKeyPEM or PublicJWKS)")
	case is.find == nil:
		if err := checkURL(is.url, o.insecureHosts); err != nil {
			return fmt.Errorf("discovery: %w", err)
		}
	}
	is.keys.fetch = f
	return nil
}

// fetches reports whether an option says that keys are to be fetched.
func (is *issuer) fetches() bool { return is.jwksURL != "" || is.ownKeys != nil || is.find != nil }

func (is *issuer) prepareStatic(o *options) error {
	var keys []*verifyKey
	var ignored []ignoredKey
	for i, s := range is.static {
		if s.pem {
			k, err := parsePEM(s.data)
			if err == nil && !k.usable(is.algs) {
				err = errors.New("no allowed algorithm fits the key")
			}
			if err != nil {
				return fmt.Errorf("%s: %w", s.what, err)
			}
			k.index = i
			keys = append(keys, k)
			continue
		}
		found, unfit, err := parseJWKS(s.data, is.algs, true)
		if err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
		keys, ignored = append(keys, found...), append(ignored, unfit...)
	}
	return is.setStatic(o, keys, ignored)
}

func (is *issuer) prepareSecrets(o *options) error {
	if is.fetches() || len(is.static) > 0 {
		return errors.New("HMACSecret and public keys contradict each other")
	}
	if is.algs == nil {
		is.algs = symmetric
	}
	var keys []*verifyKey
	for i, s := range is.secrets {
		k := &verifyKey{index: i, kid: s.kid, hasKid: s.kid != "", kty: "oct", key: s.bytes}
		if !k.usable(is.algs) {
			return errors.New("HMACSecret: the secret is shorter than its algorithm demands (32 bytes for HS256), or no allowed algorithm is HS256, HS384 or HS512")
		}
		keys = append(keys, k)
	}
	return is.setStatic(o, keys, nil)
}

// setStatic makes a set of keys that were given in options, where each mistake
// is an error.
func (is *issuer) setStatic(o *options, keys []*verifyKey, ignored []ignoredKey) error {
	set := newKeySet(keys, ignored)
	if set.empty() || len(set.ignored) > len(ignored) {
		if len(set.ignored) > 0 {
			return fmt.Errorf("keys: %s", set.ignored[len(set.ignored)-1])
		}
		return errors.New("keys: there is none")
	}
	is.keys.tell(set)
	is.keys.loaded.Store(staticKeySet(set))
	return nil
}
