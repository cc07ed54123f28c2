package frontier

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// ErrUnavailable is matched by errors that are the server's or the network's: there
// is no answer, none that can be read, or one of status 429 or 5xx. Trying later may
// help. An answer "internal" matches it too: what the server does not know is no no.
var ErrUnavailable = errors.New("frontier: unavailable")

// ErrUnauthenticated is matched by answers "unauthenticated": the credential is not
// valid any more.
var ErrUnauthenticated = errors.New("frontier: not authenticated")

// ErrPermissionDenied is matched by answers "permission_denied".
var ErrPermissionDenied = errors.New("frontier: permission denied")

// ErrNotFound is matched by answers "not_found".
var ErrNotFound = errors.New("frontier: not found")

// ErrClosed is the error of everything after [Client.Close].
var ErrClosed = errors.New("frontier: the client is closed")

const maxMessageBytes = 200

// Error is an answer of the server that is no success.
type Error struct {
	RPC    string // such as CheckResourcePermission
	Status int    // of HTTP
	// Code is that of the Connect protocol, such as "permission_denied"; those of
	// older servers are translated. It is "" where the answer had none.
	Code string
	// Message is the server's, at most 200 bytes. It is "" where it repeats a secret
	// of this program or of the caller.
	Message string
	// RetryAfter is how long the answer says to stay away, at most five minutes; zero
	// where it does not.
	RetryAfter time.Duration
}

// Error names RPC, status, code and message.
func (e *Error) Error() string {
	text := fmt.Sprintf("frontier: %s: status %d", e.RPC, e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// Is makes codes match the errors of this package.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrUnavailable:
		return e.Status == http.StatusTooManyRequests || e.Status >= http.StatusInternalServerError
	case ErrUnauthenticated:
		return e.Code == "unauthenticated" || e.Code == "" && e.Status == http.StatusUnauthorized
	case ErrPermissionDenied:
		return e.Code == "permission_denied"
	case ErrNotFound:
		return e.Code == "not_found"
	}
	return false
}

// unavailable is an error of which trying later may be the cure.
func unavailable(err error) error {
	if errors.Is(err, ErrUnavailable) || errors.Is(err, ErrClosed) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// grpcCodes are the codes of google.rpc.Status, which the gateway of older servers
// answers, by number.
var grpcCodes = [...]string{
	"", "canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists", "permission_denied",
	"resource_exhausted", "failed_precondition", "aborted", "out_of_range", "unimplemented", "internal", "unavailable",
	"data_loss", "unauthenticated",
}

// readError reads the body of an answer that is no success.
func readError(rpc string, status int, body []byte, secrets ...string) *Error {
	e := &Error{RPC: rpc, Status: status}
	var parsed struct {
		Code    any    `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &parsed) != nil {
		return e
	}
	switch code := parsed.Code.(type) {
	case string:
		if len(code) <= 32 && strings.Trim(code, "abcdefghijklmnopqrstuvwxyz_") == "" {
			e.Code = code
		}
	case float64:
		if n := int(code); code >= 1 && code < float64(len(grpcCodes)) {
			e.Code = grpcCodes[n]
		}
	}
	e.Message = plain(parsed.Message, secrets)
	return e
}

// plain is a text of the server without control characters, cut; "" where it holds a
// secret.
func plain(text string, secrets []string) string {
	for _, s := range secrets {
		if s != "" && strings.Contains(text, s) {
			return ""
		}
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	if len(text) > maxMessageBytes {
		text = strings.ToValidUTF8(text[:maxMessageBytes], "")
	}
	return text
}
