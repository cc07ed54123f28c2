package auth

import "errors"

// What a [Challenge] and the errors of [Guard.Validate] match with errors.Is.
// Each stands for whose turn it is: the first three are the caller's, the
// fourth is the operator's.
var (
	// ErrUnauthenticated: no credential, or one that is not valid (401).
	ErrUnauthenticated = errors.New("auth: not authenticated")
	// ErrInvalidRequest: malformed or contradictory credentials (400).
	ErrInvalidRequest = errors.New("auth: invalid request")
	// ErrPermissionDenied: a valid identity that does not meet the rule (403).
	ErrPermissionDenied = errors.New("auth: not authorized")
	// ErrUnavailable: no decision can be made, because keys or a provider are
	// out of reach or the guard is not set up (503).
	ErrUnavailable = errors.New("auth: unavailable")
	// ErrStepUpRequired: the identity lacks nothing but step-up authentication
	// (401). What matches it also matches ErrUnauthenticated.
	ErrStepUpRequired = errors.New("auth: step-up authentication required")
)

// ErrNotActive is what a [RightsSource] answers about a token that is valid by its
// signature and is not active, and an [Exchanger] about a credential that nobody can
// sign in with (401).
var ErrNotActive = errors.New("auth: the token is not active")

// ErrStop is what an [Exchanger] adds to ErrNotActive where no other credential of the
// request is to be tried, see [CredentialOrder].
var ErrStop = errors.New("auth: no other credential is tried")
