// Package auth enforces authorization rules on HTTP requests: it validates the
// credential, makes a typed [Identity] of it, and admits or challenges the caller.
package auth
