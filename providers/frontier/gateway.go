package frontier

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// gatewayRoute is where servers before v0.91.0 have an RPC. Names in braces are
// members of the request.
type gatewayRoute struct{ method, path string }

// gateway is of their public API description, v0.40.0 to v0.90.0. Where several paths
// stand for one RPC it has the shortest, and where several methods do the one that
// changes something by its name. The names of members are those of newer servers.
var gateway = map[string]gatewayRoute{
	rpcAuthToken:        {http.MethodPost, "/v1beta1/auth/token"},
	rpcKeys:             {http.MethodGet, "/.well-known/jwks.json"},
	rpcAuthStrategies:   {http.MethodGet, "/v1beta1/auth"},
	rpcAuthenticate:     {http.MethodPost, "/v1beta1/auth/register/{strategy_name}"},
	rpcAuthCallback:     {http.MethodPost, "/v1beta1/auth/callback"},
	rpcAuthLogout:       {http.MethodDelete, "/v1beta1/auth/logout"},
	rpcCurrentUser:      {http.MethodGet, "/v1beta1/users/self"},
	rpcListPermissions:  {http.MethodGet, "/v1beta1/permissions"},
	rpcCreatePermission: {http.MethodPost, "/v1beta1/permissions"},
	rpcCheck:            {http.MethodPost, "/v1beta1/check"},
	rpcBatchCheck:       {http.MethodPost, "/v1beta1/batchcheck"},
	rpcFederatedCheck:   {http.MethodPost, "/v1beta1/admin/check"},
	rpcFeature:          {http.MethodPost, "/v1beta1/organizations/billing/check"},
	rpcGetOrganization:  {http.MethodGet, "/v1beta1/organizations/{id}"},
	rpcGetGroup:         {http.MethodGet, "/v1beta1/organizations/{org_id}/groups/{id}"},
	rpcGetProject:       {http.MethodGet, "/v1beta1/projects/{id}"},
	rpcGetResource:      {http.MethodGet, "/v1beta1/projects/{project_id}/resources/{id}"},

	"CreateServiceUser":           {http.MethodPost, "/v1beta1/organizations/{org_id}/serviceusers"},
	"CreateServiceUserCredential": {http.MethodPost, "/v1beta1/organizations/{org_id}/serviceusers/{id}/secrets"},
	"CreateServiceUserToken":      {http.MethodPost, "/v1beta1/organizations/{org_id}/serviceusers/{id}/tokens"},
	"CreateServiceUserJWK":        {http.MethodPost, "/v1beta1/organizations/{org_id}/serviceusers/{id}/keys"},
}

// gatewayRequest returns method and path for a request that is written as JSON.
func gatewayRequest(rpc string, in []byte) (method, path string, err error) {
	route, ok := gateway[rpc]
	switch {
	case rpc == rpcAuditRecord:
		return "", "", ErrNoAudits
	case !ok:
		return "", "", fmt.Errorf("frontier: %s: servers before v0.91.0 do not have it", rpc)
	}
	if !strings.Contains(route.path, "{") {
		return route.method, route.path, nil
	}
	var members map[string]any
	if err := json.Unmarshal(in, &members); err != nil {
		return "", "", fmt.Errorf("frontier: %s: the request is no JSON object", rpc)
	}
	segments := strings.Split(route.path, "/")
	for i, segment := range segments {
		name, ok := strings.CutPrefix(segment, "{")
		if !ok {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		value, _ := members[name].(string)
		// All that the server has there: uuids and names.
		if strings.Trim(value, ".") == "" || !allOf(value, "._-") {
			return "", "", fmt.Errorf("frontier: %s: servers before v0.91.0 want %s, which is not known here or unfit", rpc, name)
		}
		segments[i] = value
	}
	return route.method, strings.Join(segments, "/"), nil
}

// sendsOn reports whether an answer is a success all the same: older servers redirect
// who signed in with a return_to.
func sendsOn(api API, rpc string, status int) bool {
	return api == RESTAPI && rpc == rpcAuthCallback && status == http.StatusSeeOther
}
