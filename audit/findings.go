package audit

import "github.com/authgen/authgen/diagnostic"

// findings are what is wrong with the routes.
func (a *audit) findings() []diagnostic.Diagnostic { return nil }
