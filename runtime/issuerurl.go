package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// FindIssuer says that the issuer's URL is not known before somebody is asked for
// it: [Issuer] then has an empty URL and a [Name]. find is asked before each fetch of
// keys, as [FetchKeys] says, and returns what the claim iss must be from then on,
// byte for byte; discovery takes place there. The keys of another URL are withdrawn.
// Where find fails, so does the fetch; its error is as that of [FetchKeys].
func FindIssuer(find func(ctx context.Context) (url string, err error)) IssuerOption {
	return func(is *issuer) error {
		if find == nil {
			return errors.New("FindIssuer: the function is nil")
		}
		is.find = find
		return nil
	}
}

// InsecureNoIssuer accepts tokens whatever their claim iss is, and without one, if a
// key of this issuer has signed them: for issuers of whom only the key is known.
// [Issuer] then has an empty URL and a [Name]. What else signs with this key, another
// environment of the same provider for example, can make tokens for this service.
//
// It does not reach further than that: tokens whose iss is that of another issuer of
// the guard are not this issuer's, and one issuer of a guard alone can have it.
func InsecureNoIssuer() IssuerOption {
	return func(is *issuer) error {
		is.noIssuer = true
		return nil
	}
}

// checkURLs decides whether issuers can be told apart by iss, and notes for each the
// URLs of the others.
func checkURLs(issuers []*issuer) error {
	bare := ""
	for _, is := range issuers {
		switch {
		case is.find != nil && is.noIssuer:
			return fmt.Errorf("issuer %q: FindIssuer and InsecureNoIssuer contradict each other", is.name)
		case is.url == "" && is.find == nil && !is.noIssuer:
			return errors.New(`issuer "": the URL is empty`)
		case is.url == "" && is.name == "":
			return errors.New(`issuer "": without a URL it needs a Name`)
		case is.url != "" && (is.find != nil || is.noIssuer):
			return fmt.Errorf("issuer %q: FindIssuer and InsecureNoIssuer are for issuers without a URL", is.name)
		}
		if is.noIssuer || is.claims.mayLack("iss") != 0 {
			if bare != "" {
				return fmt.Errorf("issuer %q: tokens without iss are those of issuer %q already", is.name, bare)
			}
			bare = is.name
		}
		for _, other := range issuers {
			if other != is && other.url != "" {
				is.otherURLs = append(is.otherURLs, other.url)
			}
		}
	}
	return nil
}

// excludes reports whether the token is known to be another issuer's. set is that of
// the key that verified it, or nil.
func (s *search) excludes(is *issuer, set *keySet) bool {
	switch {
	case s.claims == nil:
		return false
	case is.url != "" && s.iss == is.url:
		return false
	case s.iss == "":
		_, malformed := s.claims.member(0, "iss")
		return malformed || !is.noIssuer && !is.claims.mayLack("iss").Has(is.kind(s.claims))
	case is.url != "", slices.Contains(is.otherURLs, s.iss):
		return true
	}
	return is.find != nil && set != nil && s.iss != set.issuer
}
