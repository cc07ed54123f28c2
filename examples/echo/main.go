// Command echo serves the file-sharing example on echo.
package main

import (
	"net/http"
	"os"

	"github.com/labstack/echo/v4"

	authecho "github.com/authgen/authgen/adapters/echo"
	"github.com/authgen/authgen/examples/echo/files"
	"github.com/authgen/authgen/examples/internal/authmanifest"
	"github.com/authgen/authgen/examples/internal/service"
	auth "github.com/authgen/authgen/runtime"
)

func main() {
	os.Exit(service.Main("echo", routes))
}

func routes(guard *auth.Guard, start ...auth.VerifyOption) (http.Handler, error) {
	e := echo.New()
	files.ProtectAPI(guard, &files.API{}).RegisterRoutes(e)
	return e, authecho.Verify(e, authmanifest.Manifest(), start...)
}
