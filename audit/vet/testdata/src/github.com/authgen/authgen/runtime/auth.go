// Package auth has the types that generated code speaks of.
package auth

type Guard struct{}

type User struct{}
