// Package projects is a small service whose people, machines and projects are those of
// a raystack Frontier.
//
// Frontier's tokens have memberships, and no roles: what a role allows on a project is
// asked of the server, by a check.
package projects

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/authgen/authgen/providers/frontier"
	auth "github.com/authgen/authgen/runtime"
)

// API holds the handlers of the service.
type API struct {
	login    *frontier.Login
	frontier *http.Client // calls as this program
	server   string       // URL of the Frontier
}

// New makes the handlers of a service that is a client of the Frontier at server.
func New(client *frontier.Client, login *frontier.Login, server string) *API {
	return &API{login, client.HTTPClient(), server}
}

// SignIn begins a login.
//
//auth:route=POST /login
//auth:public reason="who signs in has no credential yet"
func (a *API) SignIn(w http.ResponseWriter, r *http.Request) { a.login.StartHandler().ServeHTTP(w, r) }

// SignedIn ends a login: the browser gets the cookie of its session.
//
//auth:route=/login/callback
//auth:public reason="the state that is bound to the browser is the proof"
func (a *API) SignedIn(w http.ResponseWriter, r *http.Request) {
	a.login.CallbackHandler().ServeHTTP(w, r)
}

// SignOut ends the session.
//
//auth:route=POST /logout
//auth:public reason="the handler demands proof of origin, and signs out only the browser that sends it"
func (a *API) SignOut(w http.ResponseWriter, r *http.Request) {
	a.login.LogoutHandler().ServeHTTP(w, r)
}

// Me tells callers who they are.
//
//auth:route=GET /me
//auth:authenticated
func (a *API) Me(w http.ResponseWriter, _ *http.Request, caller *auth.Identity) {
	fmt.Fprintln(w, caller.Kind(), caller.Subject())
}

// Organization is for its members. The service asks Frontier for it by a call of its
// own.
//
//auth:route=GET /organizations/{orgID}
//auth:tenant=orgID
func (a *API) Organization(w http.ResponseWriter, r *http.Request) {
	name, err := a.organization(r.Context(), r.PathValue("orgID"))
	if err != nil {
		http.Error(w, "the organization could not be asked for", http.StatusBadGateway)
		return
	}
	fmt.Fprintln(w, name)
}

// Import is for the machines of an organization: the type of the last parameter says so.
//
//auth:route=POST /organizations/{orgID}/import
//auth:tenant=orgID
func (a *API) Import(w http.ResponseWriter, _ *http.Request, _ *auth.Service) {
	w.WriteHeader(http.StatusAccepted)
}

// Show is for who may get the project.
//
//auth:route=GET /projects/{project}
//auth:check=project:{project}#get
func (a *API) Show(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, r.PathValue("project"))
}

// Rename is for who may update the project, and runs only when Frontier has taken the
// audit record of it.
//
//auth:route=PUT /projects/{project}/name
//auth:check=project:{project}#update
//auth:audit=project.rename required
func (a *API) Rename(w http.ResponseWriter, _ *http.Request, _ *auth.Identity) {
	w.WriteHeader(http.StatusNoContent)
}

// Remove is for people who may delete the project, and whom Frontier still knows.
//
//auth:route=DELETE /projects/{project}
//auth:check=project:{project}#delete
//auth:policy=check("frontier:identity#online")
func (a *API) Remove(w http.ResponseWriter, _ *http.Request, _ *auth.User) {
	w.WriteHeader(http.StatusNoContent)
}

// organization returns the name of an organization.
func (a *API) organization(ctx context.Context, id string) (string, error) {
	in, err := json.Marshal(map[string]string{"id": id})
	if err != nil {
		return "", err
	}
	const rpc = "/raystack.frontier.v1beta1.FrontierService/GetOrganization"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.server+rpc, bytes.NewReader(in))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := a.frontier.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var out struct {
		Organization struct {
			Name string `json:"name"`
		} `json:"organization"`
	}
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil || response.StatusCode != http.StatusOK {
		return "", errors.Join(fmt.Errorf("status %d", response.StatusCode), err)
	}
	return out.Organization.Name, nil
}
