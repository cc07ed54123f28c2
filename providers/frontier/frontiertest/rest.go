package frontiertest

import (
	"encoding/base64"
	"maps"
	"net/http"
	"strings"
)

// gatewayRoute is a path of an older server.
type gatewayRoute struct {
	method, path string // with names of fields in braces
	rpc          RPC
}

// gateway are the paths of older servers that the fake knows.
var gateway = []gatewayRoute{
	{http.MethodGet, "/.well-known/jwks.json", WellKnown},
	{http.MethodGet, "/v1beta1/auth", ListAuthStrategies},
	{http.MethodGet, "/v1beta1/auth/jwks", WellKnown},
	{http.MethodPost, "/v1beta1/auth/token", AuthToken},
	{http.MethodGet, "/v1beta1/auth/register/{strategy_name}", Authenticate},
	{http.MethodPost, "/v1beta1/auth/register/{strategy_name}", Authenticate},
	{http.MethodGet, "/v1beta1/auth/callback", AuthCallback},
	{http.MethodPost, "/v1beta1/auth/callback", AuthCallback},
	{http.MethodGet, "/v1beta1/auth/logout", AuthLogout},
	{http.MethodDelete, "/v1beta1/auth/logout", AuthLogout},
	{http.MethodGet, "/v1beta1/users/self", GetCurrentUser},
	{http.MethodPost, "/v1beta1/check", CheckResourcePermission},
	{http.MethodPost, "/v1beta1/batchcheck", BatchCheckPermission},
	{http.MethodPost, "/v1beta1/admin/check", CheckFederatedResourcePermission},
	{http.MethodGet, "/v1beta1/permissions", ListPermissions},
	{http.MethodPost, "/v1beta1/permissions", CreatePermission},
	{http.MethodGet, "/v1beta1/namespaces", ListNamespaces},
	{http.MethodPost, "/v1beta1/organizations/billing/check", CheckFeatureEntitlement},
	{http.MethodGet, "/v1beta1/organizations/{id}", GetOrganization},
	{http.MethodGet, "/v1beta1/organizations/{org_id}/groups/{id}", GetGroup},
	{http.MethodPost, "/v1beta1/organizations/{org_id}/serviceusers", CreateServiceUser},
	{http.MethodPost, "/v1beta1/organizations/{org_id}/serviceusers/{id}/secrets", CreateServiceUserCredential},
	{http.MethodPost, "/v1beta1/organizations/{org_id}/serviceusers/{id}/tokens", CreateServiceUserToken},
	{http.MethodPost, "/v1beta1/organizations/{org_id}/serviceusers/{id}/keys", CreateServiceUserJWK},
	{http.MethodPost, "/v1beta1/organizations", CreateOrganization},
	{http.MethodPost, "/v1beta1/organizations/{id}/users", AddOrganizationUsers},
	{http.MethodPost, "/v1beta1/organizations/{id}/disable", DisableOrganization},
	{http.MethodPost, "/v1beta1/organizations/{id}/enable", EnableOrganization},
	{http.MethodPost, "/v1beta1/organizations/{org_id}/groups", CreateGroup},
	{http.MethodDelete, "/v1beta1/organizations/{org_id}/serviceusers/{id}", DeleteServiceUser},
	{http.MethodDelete, "/v1beta1/organizations/{org_id}/serviceusers/{id}/secrets/{secret_id}", DeleteServiceUserCredential},
	{http.MethodDelete, "/v1beta1/organizations/{org_id}/serviceusers/{id}/tokens/{token_id}", DeleteServiceUserToken},
	{http.MethodDelete, "/v1beta1/organizations/{org_id}/serviceusers/{id}/keys/{key_id}", DeleteServiceUserJWK},
	{http.MethodPost, "/v1beta1/admin/platform/users", AddPlatformUser},
	{http.MethodPost, "/v1beta1/users/{id}/disable", DisableUser},
	{http.MethodDelete, "/v1beta1/users/{id}", DeleteUser},
	{http.MethodDelete, "/v1beta1/permissions/{id}", DeletePermission},
	{http.MethodPost, "/v1beta1/projects", CreateProject},
	{http.MethodPost, "/v1beta1/projects/{project_id}/resources", CreateProjectResource},
	{http.MethodGet, "/v1beta1/projects/{id}", GetProject},
	{http.MethodGet, "/v1beta1/projects/{project_id}/resources/{id}", GetProjectResource},
}

// bodyREST are those RPCs whose member "body" is what older servers are sent.
var bodyREST = map[RPC]bool{CreateOrganization: true, CreateGroup: true, CreateProject: true, CreateProjectResource: true}

// openREST are those RPCs that need a credential on newer servers alone.
var openREST = map[RPC]bool{AuthLogout: true, ListNamespaces: true, ListPermissions: true}

// matches returns the fields that a path has.
func (g gatewayRoute) matches(path string) (message, bool) {
	want, got := strings.Split(g.path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	fields := message{}
	for i, segment := range want {
		name, ok := strings.CutPrefix(segment, "{")
		switch {
		case ok && got[i] != "":
			fields[strings.TrimSuffix(name, "}")] = got[i]
		case segment != got[i]:
			return nil, false
		}
	}
	return fields, true
}

// findREST returns the RPC of a path and the fields that are in it. known is whether
// the path has another method.
func findREST(r *http.Request) (rpc RPC, fields message, known bool) {
	for _, g := range gateway {
		fields, ok := g.matches(r.URL.Path)
		if ok && g.method == r.Method {
			return g.rpc, fields, true
		}
		known = known || ok
	}
	return Other, nil, known
}

// answerREST is what the gateway of an older server answers: with all fields, of zero
// value too, and as errors google.rpc.Status. That is of its source, and was not
// observed.
func (s *Server) answerREST(rpc RPC, r *http.Request, body []byte) *reply {
	c := &call{Request: r, header: http.Header{"Content-Type": {bareJSON}}}
	status := http.StatusOK
	out, err := s.doREST(rpc, c, body)
	if err != nil {
		status, c.header = err.code.status, http.Header{"Content-Type": {bareJSON}}
		if err.code == codeUnauthenticated {
			c.header.Set("WWW-Authenticate", err.text)
		}
		out = message{"code": err.code.number, "message": err.text, "details": err.details}
	}
	if to := c.header.Get("Gateway-Location"); to != "" {
		c.header.Set("Location", to)
		status = http.StatusSeeOther
	}
	if token := c.header.Get("Gateway-User-Token"); token != "" {
		c.header.Set("X-User-Token", token)
	}
	c.header.Del("Gateway-Location")
	c.header.Del("Gateway-User-Token")
	return &reply{Status: status, Header: c.header, Body: encode(out, form{zero: true})}
}

func (s *Server) doREST(rpc RPC, c *call, body []byte) (message, *failure) {
	_, fields, known := findREST(c.Request)
	switch {
	case rpc == Other && known:
		return nil, &failure{code: codeUnimplemented, text: "Method Not Allowed"}
	case rpc == Other:
		return nil, &failure{code: codeNotFound, text: "Not Found"}
	case rpc == WellKnown:
		return s.getJWKS(c)
	}
	c.request = message{}
	if c.Method == http.MethodPost {
		var err *failure
		if c.request, err = readMessage(body); err != nil {
			return nil, err
		}
		if bodyREST[rpc] {
			c.request = message{"body": map[string]any(c.request)}
		}
	} else {
		for name, values := range c.URL.Query() {
			c.request[snakeCase(name)] = values[0]
		}
	}
	maps.Copy(c.request, fields)
	carries := s.extract(c.Header)
	if rpc == AuthToken {
		if err := c.credentialsOfBody(&carries); err != nil {
			return nil, err
		}
	}
	m := methods[rpc]
	m.open = m.open || openREST[rpc]
	return s.do(m, c, carries)
}

// credentialsOfBody takes the credentials that older servers accept in the body.
func (c *call) credentialsOfBody(carries *carried) *failure {
	var in struct {
		GrantType    string `json:"grant_type"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		Assertion    string `json:"assertion"`
	}
	if err := c.decode(&in); err != nil {
		return err
	}
	switch {
	case in.GrantType == "client_credentials" && in.ClientID != "" && in.ClientSecret != "":
		carries.basic = base64.StdEncoding.EncodeToString([]byte(in.ClientID + ":" + in.ClientSecret))
	case in.GrantType == "urn:ietf:params:oauth:grant-type:jwt-bearer" && in.Assertion != "":
		carries.token = in.Assertion
	}
	return nil
}
