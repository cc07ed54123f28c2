package authgin

import (
	"errors"

	"github.com/gin-gonic/gin"

	auth "github.com/authgen/authgen/runtime"
)

// Verify compares the routes of engine with the manifest. Call it when all routes
// are registered and before the engine serves; see [auth.VerifyRoutes] for what is a
// difference. The error is an [*auth.VerifyError], or says that engine is nil.
//
// gin shows the last handler of each route. It shows no middleware, and not what
// NoRoute and NoMethod were given: the proof is about these, Verify is not.
func Verify(engine *gin.Engine, manifest *auth.Manifest, opts ...auth.VerifyOption) error {
	if engine == nil {
		return errors.New("authgin: the engine is nil")
	}
	var registered []auth.Registered
	for _, r := range engine.Routes() {
		registered = append(registered, auth.Registered{Method: r.Method, Path: r.Path, Function: r.Handler})
	}
	return auth.VerifyRoutes(manifest, "gin", registered, opts...)
}
