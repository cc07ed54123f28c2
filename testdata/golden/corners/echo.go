package corners

import (
	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
)

// C is called as the context is.
type C struct{}

//auth:authenticated
func echoC(c echo.Context, claims *C) error { return nil }

//auth:authenticated
func echoErr(c echo.Context, claims *Err) error { return nil }

//auth:authenticated
func echoNil(c echo.Context, claims *Nil) error { return nil }

//auth:authenticated
func ginC(c *gin.Context, claims *C) {}

//auth:authenticated
func ginOk(c *gin.Context, claims *Ok) {}
