// Package examples holds the services that show authgen at work. One line
// generates the guards of all of them, and the manifest of the module.
package examples

//go:generate go run ../cmd/authgen
