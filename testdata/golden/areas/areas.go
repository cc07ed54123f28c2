// Package areas has rules for everything below a path.
package areas

import (
	authecho "github.com/authgen/authgen/adapters/echo"
	authgin "github.com/authgen/authgen/adapters/gin"
	"github.com/authgen/authgen/adapters/nethttp"
)

// Admin is for administrators.
//
//auth:roles=admin
var Admin nethttp.Area

// GinAdmin is the same on gin.
//
//auth:roles=admin
var GinAdmin authgin.Area

// EchoAdmin is the same on echo.
//
//auth:roles=admin
var EchoAdmin = authecho.Area{}

// Tenant is for members of a tenant.
//
//auth:tenant=tenantID
var Tenant authgin.Area
