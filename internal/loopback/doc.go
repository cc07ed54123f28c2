// Package loopback is what fakes of services share: a socket of 127.0.0.1 that opens
// and closes, a record of its requests, and ways to hold and to break them.
package loopback
