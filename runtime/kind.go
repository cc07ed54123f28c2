package auth

import "strings"

// Kinds is a set of token kinds. The zero value is the empty set; as a demand
// it asks for nothing.
type Kinds uint16

// The kinds of token, each a set of one. KindUnclear is the kind of a token
// whose issuer's mapping could not tell: it satisfies no demand for a kind.
const (
	KindUser Kinds = 1 << iota
	KindUserAPI
	KindTenantAPI
	KindUserAccess
	KindTenantAccess
	KindPAT
	KindService
	KindVendor

	KindUnclear Kinds = 0
)

var kindNames = [...]string{
	"user", "userApi", "tenantApi", "userAccess", "tenantAccess", "pat", "service", "vendor",
}

// String returns the kinds by the names of the annotation language, separated
// by commas; "unclear" for KindUnclear, and "none" for a set that holds none of
// the kinds.
func (k Kinds) String() string {
	if k == KindUnclear {
		return "unclear"
	}
	if k&allKinds == 0 {
		return "none"
	}
	var names []string
	for i, name := range kindNames {
		if k&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// reason is String for logs, where who reads "unclear" wants to know what to do.
func (k Kinds) reason() string {
	if k == KindUnclear {
		return "unclear (say auth.Mapping or auth.IssuesOnly of its issuer)"
	}
	return k.String()
}

// Has reports whether all kinds of other are in k.
func (k Kinds) Has(other Kinds) bool { return other != 0 && k&other == other }

// allKinds holds every kind.
const allKinds = KindVendor<<1 - 1
