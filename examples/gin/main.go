// Command gin serves the file-sharing example on gin.
package main

import (
	"net/http"
	"os"

	"github.com/gin-gonic/gin"

	authgin "github.com/authgen/authgen/adapters/gin"
	"github.com/authgen/authgen/examples/gin/files"
	"github.com/authgen/authgen/examples/internal/authmanifest"
	"github.com/authgen/authgen/examples/internal/service"
	auth "github.com/authgen/authgen/runtime"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(service.Main("gin", routes))
}

func routes(guard *auth.Guard, start ...auth.VerifyOption) (http.Handler, error) {
	engine := gin.New()
	engine.Use(gin.Recovery())
	files.ProtectAPI(guard, &files.API{}).RegisterRoutes(engine)
	return engine, authgin.Verify(engine, authmanifest.Manifest(), start...)
}
