package frontegg

// Service is one of Frontegg's services, each of which has a URL.
type Service uint8

// The services. Unless [ServiceURL] or the environment says otherwise, they are
// behind the gateway.
const (
	// Authentication makes vendor tokens: FRONTEGG_AUTHENTICATION_SERVICE_URL.
	Authentication Service = iota
	// AuditService keeps audits: FRONTEGG_AUDITS_SERVICE_URL.
	AuditService
	// MetadataService keeps metadata: FRONTEGG_METADATA_SERVICE_URL.
	MetadataService
	// EventService sends events: FRONTEGG_EVENT_SERVICE_URL.
	EventService
	// IdentityService knows keys and access tokens: FRONTEGG_IDENTITY_SERVICE_URL.
	IdentityService
	// VendorService knows the environment's domain: FRONTEGG_VENDORS_SERVICE_URL.
	VendorService
	// OAuthService exchanges codes: FRONTEGG_OAUTH_SERVICE_URL.
	OAuthService
	// EntitlementService has the entitlements: FRONTEGG_ENTITLEMENTS_SERVICE_URL.
	EntitlementService
)

// services is all that is known about each service.
var services = [...]struct{ name, env, path string }{
	Authentication:     {"authentication", "FRONTEGG_AUTHENTICATION_SERVICE_URL", "/auth/vendor"},
	AuditService:       {"audits", "FRONTEGG_AUDITS_SERVICE_URL", "/audits"},
	MetadataService:    {"metadata", "FRONTEGG_METADATA_SERVICE_URL", "/metadata"},
	EventService:       {"event", "FRONTEGG_EVENT_SERVICE_URL", "/event"},
	IdentityService:    {"identity", "FRONTEGG_IDENTITY_SERVICE_URL", "/identity"},
	VendorService:      {"vendors", "FRONTEGG_VENDORS_SERVICE_URL", "/vendors"},
	OAuthService:       {"oauth", "FRONTEGG_OAUTH_SERVICE_URL", "/oauth"},
	EntitlementService: {"entitlements", "FRONTEGG_ENTITLEMENTS_SERVICE_URL", "/entitlements"},
}

// String returns the name of the service, such as "audits".
func (s Service) String() string {
	if int(s) < len(services) {
		return services[s].name
	}
	return "unknown"
}

// regions are the gateways that Frontegg runs.
var regions = []struct{ name, gateway string }{
	{"eu", "https://api.frontegg.com"},
	{"us", "https://api.us.frontegg.com"},
	{"ca", "https://api.ca.frontegg.com"},
	{"au", "https://api.au.frontegg.com"},
	{"uk", "https://api.uk.frontegg.com"},
}

const regionNames = "eu, us, ca, au, uk"
