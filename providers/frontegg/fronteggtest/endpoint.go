package fronteggtest

import (
	"net/http"
	"net/url"
	"strings"
)

// Endpoint names what a request asks for: its method and path, where {id} stands
// for one segment. Doubled slashes and one at the end make no difference.
type Endpoint string

// Endpoints of the gateway. Other paths are [Other].
const (
	VendorAuthentication     Endpoint = "POST /auth/vendor"
	Configurations           Endpoint = "GET /identity/resources/configurations/v1"
	UserAccessToken          Endpoint = "GET /identity/resources/vendor-only/users/access-tokens/v1/{id}"
	ActiveUserAccessTokens   Endpoint = "GET /identity/resources/vendor-only/users/access-tokens/v1/active"
	TenantAccessToken        Endpoint = "GET /identity/resources/vendor-only/tenants/access-tokens/v1/{id}"
	ActiveTenantAccessTokens Endpoint = "GET /identity/resources/vendor-only/tenants/access-tokens/v1/active"
	SnapshotOffset           Endpoint = "GET /entitlements/api/v1/vendor-entitlements-snapshot-offset"
	Snapshot                 Endpoint = "GET /entitlements/api/v1/vendor-entitlements"
	SendAudit                Endpoint = "POST /audits"
	GetAudits                Endpoint = "GET /audits"
	AuditsStats              Endpoint = "GET /audits/stats"
	GetAuditsMetadata        Endpoint = "GET /metadata"
	SetAuditsMetadata        Endpoint = "POST /metadata"
	TriggerEvent             Endpoint = "POST /event/resources/triggers/v3"
	EventStatuses            Endpoint = "GET /event/resources/triggers/v3/{id}/statuses"
	BaseURL                  Endpoint = "GET /vendors/base-url"
)

// Endpoints of the environment's own domain. It has [CodeExchange] too.
const (
	Discovery Endpoint = "GET /.well-known/openid-configuration"
	JWKS      Endpoint = "GET /.well-known/jwks.json"
	Authorize Endpoint = "GET /oauth/authorize"
)

// Endpoints of no single path.
const (
	CodeExchange Endpoint = "POST /oauth/token" // of both sockets
	Other        Endpoint = "other"             // what the fake does not know
	Any          Endpoint = "any"               // all of them
)

// route says who answers an endpoint, and what the gateway checks before.
type route struct {
	endpoint Endpoint
	answer   func(*Fake, *call) reply
	open     bool // needs no vendor token
	tenant   bool // needs the header of the tenant
}

// Endpoints without {id} stand before those that have it at the same place.
var gatewayRoutes = []route{
	{endpoint: VendorAuthentication, answer: (*Fake).authenticate, open: true},
	{endpoint: Configurations, answer: (*Fake).configurations},
	{endpoint: ActiveUserAccessTokens, answer: (*Fake).activeUsers},
	{endpoint: UserAccessToken, answer: (*Fake).lookUpUser},
	{endpoint: ActiveTenantAccessTokens, answer: (*Fake).activeTenants},
	{endpoint: TenantAccessToken, answer: (*Fake).lookUpTenant},
	{endpoint: SnapshotOffset, answer: (*Fake).snapshotOffset},
	{endpoint: Snapshot, answer: (*Fake).serveSnapshot},
	{endpoint: SendAudit, answer: (*Fake).sendAudit, tenant: true},
	{endpoint: GetAudits, answer: (*Fake).getAudits, tenant: true},
	{endpoint: AuditsStats, answer: (*Fake).auditsStats, tenant: true},
	{endpoint: GetAuditsMetadata, answer: (*Fake).getMetadata},
	{endpoint: SetAuditsMetadata, answer: (*Fake).setMetadata},
	{endpoint: TriggerEvent, answer: (*Fake).triggerEvent, tenant: true},
	{endpoint: EventStatuses, answer: (*Fake).eventStatuses},
	{endpoint: BaseURL, answer: (*Fake).baseURL},
	{endpoint: CodeExchange, answer: (*Fake).exchange},
	{endpoint: Other, answer: (*Fake).unknown},
}

var domainRoutes = []route{
	{endpoint: Discovery, answer: (*Fake).discovery, open: true},
	{endpoint: JWKS, answer: (*Fake).jwks, open: true},
	{endpoint: Authorize, answer: (*Fake).authorize, open: true},
	{endpoint: CodeExchange, answer: (*Fake).exchange, open: true},
	{endpoint: Other, answer: (*Fake).notFound, open: true},
}

// find returns the route of a request and the segment at {id}. The last route is
// that of all other requests.
func find(routes []route, r *http.Request) (route, string) {
	method, segments := r.Method, segments(r.URL)
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, to := range routes {
		m, pattern, _ := strings.Cut(string(to.endpoint), " ")
		if id, ok := match(strings.Split(strings.TrimPrefix(pattern, "/"), "/"), segments); ok && m == method {
			return to, id
		}
	}
	return routes[len(routes)-1], ""
}

// segments splits the path before it decodes it: %2F is part of an id.
func segments(u *url.URL) (all []string) {
	for escaped := range strings.SplitSeq(u.EscapedPath(), "/") {
		if escaped == "" {
			continue
		}
		segment, err := url.PathUnescape(escaped)
		if err != nil {
			segment = escaped
		}
		all = append(all, segment)
	}
	return all
}

func match(pattern, segments []string) (id string, ok bool) {
	if len(pattern) != len(segments) {
		return "", false
	}
	for i, want := range pattern {
		switch {
		case want == "{id}":
			id = segments[i]
		case want != segments[i]:
			return "", false
		}
	}
	return id, true
}
