package frontier

import (
	"context"
	"errors"
	"slices"
	"strings"

	auth "github.com/authgen/authgen/runtime"
)

// entitlement is a feature of an organization.
type entitlement struct{ org, feature string }

// Entitled implements [auth.FeatureProvider] for the organization for which the caller
// is here.
func (k *checker) Entitled(ctx context.Context, id *auth.Identity, feature string) (bool, error) {
	if !k.client.knows(id) {
		return false, nil
	}
	who := callerOf(id)
	if who.none {
		return false, errNoToken
	}
	org, err := k.activeOrg(ctx, who, id)
	switch {
	case isDisabled(err):
		return false, nil
	case err != nil || org == "":
		return false, err
	}
	about := entitlement{org, feature}
	if known, ok := k.features.find(about); ok {
		return known.value, nil
	}
	about = entitlement{strings.Clone(org), strings.Clone(feature)}
	known, err := k.features.once(ctx, about, func(ctx context.Context) (known[bool], error) {
		j := k.askFeature(ctx, who, about)
		return known[bool]{j.span, j.allowed}, j.err
	})
	return known.value && err == nil, err
}

// activeOrg is the organization for which the caller is here: that of the token's
// project, if [Orgs] admits it, or the only one of those that the token names and Orgs
// admits; "" for none and for several.
func (k *checker) activeOrg(ctx context.Context, who caller, id *auth.Identity) (string, error) {
	if isUUID(who.project) {
		of, err := k.parent(ctx, who, resource{nsProject, who.project})
		if !k.client.admits(of.id) {
			return "", err
		}
		return of.id, err
	}
	orgs := slices.DeleteFunc(id.Tenants(), func(org string) bool { return !k.client.admits(org) })
	if len(orgs) != 1 || !isUUID(orgs[0]) {
		return "", nil
	}
	return orgs[0], nil
}

// admits reports whether [Orgs] admits an organization.
func (c *Client) admits(org string) bool {
	return len(c.options.orgs) == 0 || slices.Contains(c.options.orgs, org)
}

func (k *checker) askFeature(ctx context.Context, who caller, about entitlement) judged {
	began := k.client.now()
	in := struct {
		OrgID   string `json:"org_id"`
		Feature string `json:"feature"`
	}{about.org, about.feature}
	var out struct {
		Status bool `json:"status"`
	}
	switch err := k.client.call(ctx, mainService, rpcFeature, who.auth, in, &out); {
	case errors.Is(err, ErrUnauthenticated), errors.Is(err, ErrPermissionDenied), isGone(err):
		return judged{} // of this caller, and not to be remembered of the organization
	case isDisabled(err), isNoCustomer(err):
		return judged{span: k.keeps(began)}
	case err != nil:
		return judged{err: err}
	}
	j := judged{allowed: out.Status, span: k.keeps(began)}
	if j.allowed {
		j = k.inEnabled(ctx, who, resource{nsOrganization, about.org}, j)
	}
	return j
}
