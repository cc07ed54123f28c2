package auth

// Typed identities: the kind of token as a type, so that a handler which takes
// a *User cannot be called by a machine. They are made by a guard; a zero value
// is nobody, with empty answers.
type (
	// User is a person who signed in.
	User struct{ Identity }
	// UserAPIToken is a long-lived token that a person made for programs.
	UserAPIToken struct{ Identity }
	// TenantAPIToken is a long-lived token of a tenant.
	TenantAPIToken struct{ Identity }
	// UserAccessToken is a person's token whose rights are looked up elsewhere.
	UserAccessToken struct{ Identity }
	// TenantAccessToken is a tenant's token whose rights are looked up elsewhere.
	TenantAccessToken struct{ Identity }
	// PersonalAccessToken acts for a person with some of that person's rights.
	PersonalAccessToken struct{ Identity }
	// Service is a program with an identity of its own.
	Service struct{ Identity }
	// Vendor is the software vendor's own token. Only rules that name the kind
	// admit it.
	Vendor struct{ Identity }
)

// Typed are the typed identities.
type Typed interface {
	User | UserAPIToken | TenantAPIToken | UserAccessToken | TenantAccessToken | PersonalAccessToken | Service | Vendor
}

// As returns id as an identity of kind T, and false when it is of another kind
// or unclear. It does not allocate. id may be nil.
func As[T Typed](id *Identity) (*T, bool) {
	if id == nil {
		return nil, false
	}
	t, ok := id.typed.(*T)
	return t, ok
}

// KindOf returns the kind that T stands for.
func KindOf[T Typed]() Kinds {
	switch any((*T)(nil)).(type) {
	case *User:
		return KindUser
	case *UserAPIToken:
		return KindUserAPI
	case *TenantAPIToken:
		return KindTenantAPI
	case *UserAccessToken:
		return KindUserAccess
	case *TenantAccessToken:
		return KindTenantAccess
	case *PersonalAccessToken:
		return KindPAT
	case *Service:
		return KindService
	case *Vendor:
		return KindVendor
	}
	return KindUnclear
}

// newIdentity allocates an identity inside the typed identity of its kind, so
// that As costs nothing later.
func newIdentity(kind Kinds) *Identity {
	var id *Identity
	switch kind {
	case KindUser:
		t := new(User)
		id, t.typed = &t.Identity, t
	case KindUserAPI:
		t := new(UserAPIToken)
		id, t.typed = &t.Identity, t
	case KindTenantAPI:
		t := new(TenantAPIToken)
		id, t.typed = &t.Identity, t
	case KindUserAccess:
		t := new(UserAccessToken)
		id, t.typed = &t.Identity, t
	case KindTenantAccess:
		t := new(TenantAccessToken)
		id, t.typed = &t.Identity, t
	case KindPAT:
		t := new(PersonalAccessToken)
		id, t.typed = &t.Identity, t
	case KindService:
		t := new(Service)
		id, t.typed = &t.Identity, t
	case KindVendor:
		t := new(Vendor)
		id, t.typed = &t.Identity, t
	default:
		id = new(Identity)
	}
	id.kind = kind
	return id
}
