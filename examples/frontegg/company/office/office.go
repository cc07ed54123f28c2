// Package office holds what stands below /admin. It has no rules: the Area of
// package company stands in front of it.
package office

import (
	"fmt"
	"net/http"
)

// Users lists the users.
func Users(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "all users") }

// Plans lists the plans.
func Plans(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "all plans") }
