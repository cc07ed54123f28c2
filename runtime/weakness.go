package auth

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
)

// Weakness is something about a guard that a service should not be served with
// unless somebody has decided so.
type Weakness struct {
	Kind   WeaknessKind
	Issuer string // its name; "" for what is not of one issuer
	Text   string // for people
}

// String returns the text and the kind.
func (w Weakness) String() string { return fmt.Sprintf("%s (%s)", w.Text, w.Kind) }

// WeaknessKind names what a [Weakness] is about.
type WeaknessKind string

// The kinds of weakness.
const (
	// WeakNoAudience is of [InsecureNoAudience], and of Claims.MayLack.
	WeakNoAudience WeaknessKind = "no audience"
	// WeakNoIssuer is of [InsecureNoIssuer], and of Claims.MayLack.
	WeakNoIssuer WeaknessKind = "no issuer"
	// WeakNoExpiry is of [InsecureNoExpiry].
	WeakNoExpiry WeaknessKind = "no expiry"
	// WeakPlainHTTP is of [InsecureHTTP].
	WeakPlainHTTP WeaknessKind = "plain http"
	// WeakLocalIssuer is of an issuer whose keys are fetched over plain http from
	// this machine, as from those of package authtest.
	WeakLocalIssuer WeaknessKind = "local issuer"
)

// Weaknesses returns what is loud about the guard's options, in order of its
// issuers; none for a nil or zero guard, which admits nobody. The Verify functions
// of the adapters refuse to start with it, see [VerifyGuard].
func (g *Guard) Weaknesses() []Weakness {
	if !g.ready() {
		return nil
	}
	var all []Weakness
	for _, is := range g.issuers {
		add := func(kind WeaknessKind, format string, args ...any) {
			all = append(all, Weakness{kind, is.name, fmt.Sprintf("issuer %q: ", is.name) + fmt.Sprintf(format, args...)})
		}
		// Vendor tokens pass only rules that name them.
		bare := func(claim string) Kinds { return is.claims.mayLack(claim) &^ KindVendor }
		switch kinds := bare("iss"); {
		case is.noIssuer:
			add(WeakNoIssuer, "tokens of any issuer are accepted, if they are signed with its key")
		case kinds != 0:
			add(WeakNoIssuer, "tokens without iss are accepted, of kind %s", kinds)
		}
		switch kinds := bare("aud"); {
		case is.noAudience:
			add(WeakNoAudience, "tokens for any audience are accepted")
		case kinds != 0:
			add(WeakNoAudience, "tokens without an audience are accepted, of kind %s", kinds)
		}
		if is.noExpiry {
			add(WeakNoExpiry, "tokens without an expiry are accepted")
		}
		if from, ok := is.localKeys(); ok {
			add(WeakLocalIssuer, "keys come from %s on this machine, as those of an issuer for development do", from)
		}
	}
	if hosts := g.opts.insecureHosts; len(hosts) > 0 {
		all = append(all, Weakness{WeakPlainHTTP, "", "plain http is allowed to " + strings.Join(hosts, ", ")})
	}
	return all
}

// localKeys returns the address of this machine that the issuer's keys are fetched
// from over plain http, if they are.
func (is *issuer) localKeys() (from string, ok bool) {
	if len(is.static) > 0 || len(is.secrets) > 0 {
		return "", false
	}
	if is.ownKeys != nil && is.ownKeysURL == "" {
		return "", false
	}
	told := "" // by FindIssuer
	if l := is.keys.loaded.Load(); l != nil {
		told = l.set.issuer
	}
	u, err := url.Parse(cmp.Or(is.ownKeysURL, is.jwksURL, is.url, told))
	if err != nil || u.Scheme != "http" || !isLoopback(u.Hostname()) {
		return "", false
	}
	return u.Host, true
}
