// Command nethttp serves the file-sharing example on net/http.
package main

import (
	"net/http"
	"os"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/examples/internal/authmanifest"
	"github.com/authgen/authgen/examples/internal/service"
	"github.com/authgen/authgen/examples/nethttp/files"
	auth "github.com/authgen/authgen/runtime"
)

func main() {
	os.Exit(service.Main("nethttp", routes))
}

func routes(guard *auth.Guard, start ...auth.VerifyOption) (http.Handler, error) {
	mux := &nethttp.Recorder{}
	files.ProtectAPI(guard, &files.API{}).RegisterRoutes(mux)
	return mux, nethttp.Verify(mux, authmanifest.Manifest(), start...)
}
