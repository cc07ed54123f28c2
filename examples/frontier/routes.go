package main

import (
	"net/http"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/examples/frontier/projects"
	"github.com/authgen/authgen/examples/internal/authmanifest"
	"github.com/authgen/authgen/providers/frontier"
	auth "github.com/authgen/authgen/runtime"
)

// routes are those of the service. Others than the manifest has are an error.
func routes(client *frontier.Client, guard *auth.Guard, server, callback string, start ...auth.VerifyOption) (http.Handler, error) {
	login, err := client.Login(frontier.ReturnTo("/me"), frontier.CallbackURL(callback))
	if err != nil {
		return nil, err
	}
	mux := &nethttp.Recorder{}
	projects.ProtectAPI(guard, projects.New(client, login, server)).RegisterRoutes(mux)
	// Frontier's tokens have no audience. Where a Frontier serves applications that do
	// not trust each other, frontier.Projects narrows them, and this is not needed.
	start = append(start, auth.VerifyGuard(guard), auth.VerifyAccept(auth.WeakNoAudience))
	return mux, nethttp.Verify(mux, authmanifest.Manifest(), start...)
}
