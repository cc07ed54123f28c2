// Package provider holds what clients of authentication platforms have in common:
// secrets that do not print themselves, URLs that credentials may go to, pauses
// between tries, bodies that end, work in the background, a token that is renewed, and
// the requests that it is added to.
package provider
