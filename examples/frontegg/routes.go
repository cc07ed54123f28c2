package main

import (
	"net/http"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/examples/frontegg/company"
	"github.com/authgen/authgen/examples/frontegg/company/office"
	"github.com/authgen/authgen/examples/internal/authmanifest"
	auth "github.com/authgen/authgen/runtime"
)

// routes are those of the service. Others than the manifest has are an error.
func routes(guard *auth.Guard, start ...auth.VerifyOption) (http.Handler, error) {
	below := http.NewServeMux()
	below.HandleFunc("GET /admin/users", office.Users)
	below.HandleFunc("GET /admin/plans", office.Plans)

	mux := &nethttp.Recorder{}
	api := company.Protect(guard)
	api.RegisterRoutes(mux)
	mux.Handle("/admin/", api.Admin(below))
	start = append(start, auth.VerifyGuard(guard))
	return mux, nethttp.Verify(mux, authmanifest.Manifest(), start...)
}
