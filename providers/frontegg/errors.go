package frontegg

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/authgen/authgen/internal/provider"
)

// ErrUnavailable is matched by errors that are Frontegg's or the network's: there is
// no answer, none that can be read, or one of status 429 or 5xx. Trying later may
// help.
var ErrUnavailable = errors.New("frontegg: unavailable")

// ErrClosed is the error of everything that would ask Frontegg after [Client.Close].
var ErrClosed = errors.New("frontegg: the client is closed")

// ErrTooLarge is the error of reading a body that is larger than
// [MaxResponseBytes].
var ErrTooLarge = provider.ErrTooLarge

const (
	maxMessages     = 8
	maxMessageBytes = 200
)

// Error is an answer of Frontegg with another status than 2xx.
type Error struct {
	Service Service
	Method  string
	Status  int
	// RetryAfter is how long the answer says to stay away, at most five minutes; zero
	// where it does not.
	RetryAfter time.Duration
	// Messages are the member errors of the body: at most eight, of at most 200
	// bytes each. A message that repeats one of our secrets is left out.
	Messages []string
}

// Error names service, status and messages.
func (e *Error) Error() string {
	text := fmt.Sprintf("frontegg: %s %s: status %d", e.Method, e.Service, e.Status)
	if len(e.Messages) > 0 {
		text += ": " + strings.Join(e.Messages, ", ")
	}
	return text
}

// Is makes statuses 429 and 5xx match [ErrUnavailable].
func (e *Error) Is(target error) bool {
	return target == ErrUnavailable && provider.Transient(e.Status)
}

// unavailable is an error of which trying later may be the cure.
func unavailable(err error) error {
	if errors.Is(err, ErrUnavailable) || errors.Is(err, ErrClosed) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// stayAway is how long the answer that is the error says to stay away.
func stayAway(err error) time.Duration {
	var answer *Error
	if errors.As(err, &answer) {
		return answer.RetryAfter
	}
	return 0
}

// readMessages reads the member errors of a body, if that is there.
func readMessages(body []byte, secrets ...string) []string {
	var parsed struct {
		Errors []any `json:"errors"`
	}
	if json.Unmarshal(body, &parsed) != nil {
		return nil
	}
	var messages []string
	for _, entry := range parsed.Errors[:min(len(parsed.Errors), maxMessages)] {
		text, ok := entry.(string)
		if !ok || holdsAny(text, secrets) {
			continue
		}
		text = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, text)
		messages = append(messages, cut(text, maxMessageBytes))
	}
	return messages
}

func holdsAny(text string, secrets []string) bool {
	for _, s := range secrets {
		if s != "" && strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// cut returns at most n bytes of text, and no part of a character.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}
