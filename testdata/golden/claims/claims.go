// Package claims holds structs that other packages' handlers take.
package claims

// Access is what tokens of this application say.
type Access struct {
	Subject string   `json:"sub"`
	Roles   []string `json:"roles"`
	Plan    string   `json:"plan"`
}

// Token is Access by another name.
type Token = Access
