// Package database is in a folder of another name.
package database

import "net/http"

// Store is what handlers are made from.
type Store struct{ Name string }

type claims struct {
	Subject string `json:"sub"`
}

// Claims is how other packages call claims.
type Claims = claims

// Handler takes this package's claims.
type Handler = func(w http.ResponseWriter, r *http.Request, c *Claims)
