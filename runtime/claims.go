package auth

import (
	"errors"
	"slices"
	"strings"
)

// Claims says where an issuer's tokens hold what a guard needs: a claim mapping
// of your own. Start from a known one and change what differs:
//
//	claims := auth.MappingKeycloak.Claims()
//	claims.Roles = append(claims.Roles, auth.ClaimStrings("resource_access", "files", "roles"))
//	auth.Issuer(url, auth.Audience("files"), auth.Mapping(claims))
//
// A path is the names of nested members, from the top; nil means that tokens
// have no such claim. Names are compared byte for byte. A claim that differs by
// case only from one that decides on access makes the token invalid.
type Claims struct {
	// Kinds is the evidence for the kind of token. All rules whose conditions
	// hold must agree; otherwise, and when none holds, the kind is unclear.
	Kinds []KindRule
	// Require and Refuse are conditions on every token: all of Require and none
	// of Refuse must hold. The known mappings tell ID tokens from access tokens
	// by them.
	Require, Refuse []Condition
	// Required names the claims that tokens of some kinds cannot lack.
	Required []Requirement
	// MayLack names such of iss, sub and aud as tokens of some kinds may lack, which
	// others must have. A claim that is there is checked all the same. It is for
	// tokens that are known by other claims, as vendor tokens are by the vendor, and
	// else a weakness, see [Guard.Weaknesses]. Only one issuer of a guard can have
	// tokens without iss.
	MayLack []Exemption

	// AudienceFrom is the claim that names the audience, "aud" unless set.
	AudienceFrom string
	// UserIDs says which claim is the id of the person behind a token. Kinds
	// that are not listed have none.
	UserIDs []UserIDFrom

	Tenant  []string
	Tenants []ListClaim
	// TenantsAreMemberships makes each of Tenants count as an active tenant. It
	// is right only for issuers whose tokens carry no roles or permissions;
	// otherwise the admin of one tenant would be admin of all.
	TenantsAreMemberships bool

	Roles       []ListClaim
	Permissions []ListClaim
	Scopes      []ListClaim
	// PermissionWildcards makes "*" in a held permission stand for any text.
	PermissionWildcards bool

	// StepUp is what proves step-up authentication; zero for nothing, when no
	// token does.
	StepUp StepUpEvidence

	// ApplicationID and SessionID hold paths; the first that a token has counts.
	ApplicationID, SessionID [][]string

	Name, Email, EmailVerified   []string
	VendorID                     []string
	CreatedBy                    []string
	Metadata, UserMetadata       []string
	CustomClaims, SAMLAttributes []string
}

// ClaimMapping is a [Claims] or one of the known mappings, such as
// [MappingAuth0].
type ClaimMapping interface{ mapping() Claims }

func (c Claims) mapping() Claims { return c.clone() }

// KindRule says that tokens for which all conditions hold are of Kind.
type KindRule struct {
	Kind Kinds
	When []Condition
}

// Requirement names claims that tokens of these kinds cannot lack, and conditions
// that must hold of them. Kinds zero stands for every token.
type Requirement struct {
	Kinds      Kinds
	Claims     []string
	Conditions []Condition
}

// Exemption names claims that tokens of these kinds may lack. A token of an unclear
// kind may lack none.
type Exemption struct {
	Kinds  Kinds
	Claims []string
}

// mayLack returns the kinds whose tokens may lack iss, sub or aud.
func (c *Claims) mayLack(claim string) (kinds Kinds) {
	for _, e := range c.MayLack {
		if slices.Contains(e.Claims, claim) {
			kinds |= e.Kinds
		}
	}
	return kinds
}

// UserIDFrom says that the user id of these kinds is in the claim of this name.
type UserIDFrom struct {
	Kinds Kinds
	Claim string
}

// StepUpEvidence says which claims prove step-up authentication: acr must be
// one of ACR, and amr must hold one of each list of AMR.
type StepUpEvidence struct {
	ACR []string
	AMR [][]string
	// ChallengeMalformed asks the user to step up (401) where acr, amr or auth_time is
	// malformed, as if they showed nothing. Otherwise that is the issuer's fault (503).
	// Such a token meets no demand for step-up either way, and none for the lack of it.
	ChallengeMalformed bool
}

// ListClaim is a claim that holds several names. Make one with [ClaimStrings],
// [ClaimScopes], [ClaimCommas] or [ClaimKeysByTenant].
type ListClaim struct {
	path []string
	form listForm
}

type listForm uint8

const (
	formStrings listForm = iota
	formScopes
	formCommas
	formKeysByTenant
)

// ClaimStrings is an array of strings. Any other value makes the token invalid.
func ClaimStrings(path ...string) ListClaim { return ListClaim{path, formStrings} }

// ClaimScopes is a string of names between spaces (RFC 6749 section 3.3), or an
// array of strings.
func ClaimScopes(path ...string) ListClaim { return ListClaim{path, formScopes} }

// ClaimCommas is a string of names between commas.
func ClaimCommas(path ...string) ListClaim { return ListClaim{path, formCommas} }

// ClaimKeysByTenant is an object whose names are the values, each with an
// object whose names are the tenants it holds in. Only those of the active
// tenant count.
func ClaimKeysByTenant(path ...string) ListClaim { return ListClaim{path, formKeysByTenant} }

// Condition is a test of a token's claims.
type Condition struct {
	claim  string
	op     conditionOp
	values []string // what claim is compared with, or for opHas other claims
}

type conditionOp uint8

const (
	opIs conditionOp = iota
	opEqual
	opHas
	opLacks
	opContains
	opDate
)

// ClaimIs holds when the claim is one of these strings.
func ClaimIs(name string, values ...string) Condition {
	return Condition{name, opIs, slices.Clone(values)}
}

// ClaimsEqual holds when both claims are the same string.
func ClaimsEqual(name, other string) Condition { return Condition{name, opEqual, []string{other}} }

// HasClaim holds when the claim, or one of others, is present and not null.
func HasClaim(name string, others ...string) Condition {
	return Condition{name, opHas, slices.Clone(others)}
}

// LacksClaim holds when the claim is absent.
func LacksClaim(name string) Condition { return Condition{name, opLacks, nil} }

// ClaimContains holds when the claim is a string that contains text.
func ClaimContains(name, text string) Condition { return Condition{name, opContains, []string{text}} }

// HasDate holds when the claim is a NumericDate (RFC 7519 section 2) after the
// epoch.
func HasDate(name string) Condition { return Condition{name, opDate, nil} }

// vacuous reports whether c holds for all tokens or none, whatever is in them.
func (c Condition) vacuous() bool {
	switch c.op {
	case opIs:
		return c.claim == "" || len(c.values) == 0
	case opEqual, opHas, opContains:
		return c.claim == "" || slices.Contains(c.values, "")
	}
	return c.claim == ""
}

func (c Condition) holds(d *document) bool {
	n, found := d.member(0, c.claim)
	switch c.op {
	case opHas:
		return found && d.nodes[n].kind != kindNull || slices.ContainsFunc(c.values, func(name string) bool {
			m, ok := d.member(0, name)
			return ok && d.nodes[m].kind != kindNull
		})
	case opLacks:
		return !found
	}
	if !found {
		return false
	}
	if c.op == opDate {
		t, ok := d.numericDate(n)
		return ok && t.Unix() > 0
	}
	s, ok := d.text(n)
	if !ok {
		return false
	}
	switch c.op {
	case opIs:
		return slices.Contains(c.values, s)
	case opContains:
		return strings.Contains(s, c.values[0])
	case opEqual:
		other, ok := d.memberText(0, c.values[0])
		return ok && s != "" && s == other
	}
	return false
}

// check refuses mappings that cannot mean what they say.
func (c *Claims) check() error {
	for _, rule := range c.Kinds {
		if newIdentity(rule.Kind).typed == nil {
			return errors.New("a rule of Kinds does not name exactly one kind")
		}
		if len(rule.When) == 0 {
			return errors.New("a rule of Kinds has no condition; use IssuesOnly")
		}
	}
	for _, e := range c.MayLack {
		if e.Kinds == 0 || e.Kinds&^allKinds != 0 || slices.ContainsFunc(e.Claims, func(name string) bool { return name != "iss" && name != "sub" && name != "aud" }) {
			return errors.New("MayLack names no kind, or other claims than iss, sub and aud")
		}
	}
	conditions := slices.Concat(c.Require, c.Refuse)
	for _, r := range c.Required {
		conditions = append(conditions, r.Conditions...)
	}
	for _, rule := range c.Kinds {
		conditions = append(conditions, rule.When...)
	}
	if slices.ContainsFunc(conditions, Condition.vacuous) {
		return errors.New("a condition names no claim, or nothing to compare it with")
	}
	if c.TenantsAreMemberships && (len(c.Roles) > 0 || len(c.Permissions) > 0) {
		return errors.New("TenantsAreMemberships needs tokens without roles and permissions")
	}
	for _, list := range slices.Concat(c.Roles, c.Permissions, c.Scopes, c.Tenants) {
		if len(list.path) == 0 {
			return errors.New("a list claim has no name")
		}
	}
	// An unset variable would let tokens without acr pass.
	empty := func(list []string) bool { return len(list) == 0 || slices.Contains(list, "") }
	if slices.Contains(c.StepUp.ACR, "") || slices.ContainsFunc(c.StepUp.AMR, empty) {
		return errors.New("the evidence of StepUp has an empty value")
	}
	return nil
}

// clone copies c as deep as it can be changed from outside.
func (c Claims) clone() Claims {
	c.Kinds = slices.Clone(c.Kinds)
	for i := range c.Kinds {
		c.Kinds[i].When = slices.Clone(c.Kinds[i].When)
	}
	c.Require, c.Refuse = slices.Clone(c.Require), slices.Clone(c.Refuse)
	c.Required = slices.Clone(c.Required)
	for i := range c.Required {
		c.Required[i].Claims = slices.Clone(c.Required[i].Claims)
		c.Required[i].Conditions = slices.Clone(c.Required[i].Conditions)
	}
	c.MayLack = slices.Clone(c.MayLack)
	for i := range c.MayLack {
		c.MayLack[i].Claims = slices.Clone(c.MayLack[i].Claims)
	}
	c.UserIDs = slices.Clone(c.UserIDs)
	for _, list := range []*[]ListClaim{&c.Tenants, &c.Roles, &c.Permissions, &c.Scopes} {
		*list = slices.Clone(*list)
		for i := range *list {
			(*list)[i].path = slices.Clone((*list)[i].path)
		}
	}
	for _, paths := range []*[][]string{&c.ApplicationID, &c.SessionID} {
		*paths = slices.Clone(*paths)
		for i := range *paths {
			(*paths)[i] = slices.Clone((*paths)[i])
		}
	}
	c.StepUp.ACR = slices.Clone(c.StepUp.ACR)
	c.StepUp.AMR = slices.Clone(c.StepUp.AMR)
	for i := range c.StepUp.AMR {
		c.StepUp.AMR[i] = slices.Clone(c.StepUp.AMR[i])
	}
	for _, path := range []*[]string{
		&c.Tenant, &c.Name, &c.Email, &c.EmailVerified, &c.VendorID,
		&c.CreatedBy, &c.Metadata, &c.UserMetadata, &c.CustomClaims, &c.SAMLAttributes,
	} {
		*path = slices.Clone(*path)
	}
	return c
}
