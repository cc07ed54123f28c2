package names

import . "github.com/labstack/echo/v4"

//auth:roles=admin
func dottedEcho(c Context) error { return nil }
