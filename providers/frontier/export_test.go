package frontier

import (
	"context"
	"fmt"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// CheckerOf is what guards of a client ask, for what a request cannot show.
func CheckerOf(c *Client) interface {
	auth.BatchChecker
	auth.FeatureProvider
} {
	return c.checker
}

// RevocationsOf is what guards with [CheckOnline] ask.
func RevocationsOf(c *Client) auth.RevocationChecker { return c.online }

// FingerprintOf is what a client keeps of a credential, under the key of the process of
// another one.
func FingerprintOf(process, c *Client, of auth.Credential) string {
	f := (&exchanger{client: c, key: process.exchanges.key}).keyOf(of)
	return string(f[:])
}

// WaitingOf is how many secrets wait to be asked about.
func WaitingOf(c *Client) int {
	s := &c.exchanges.slots
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}

// LimitWaiting has limit, in place of [context.WithTimeout], end the waiting of secrets.
// Call it before the client is used.
func LimitWaiting(c *Client, limit func(context.Context, time.Duration) (context.Context, context.CancelFunc)) {
	c.exchanges.limit = limit
}

// QueuedOf reports whether a question waits for the end of the same one.
func QueuedOf(c *Client) bool {
	return queued(c.exchanges.tokens) || queued(c.checker.decisions) || queued(c.online.revoked)
}

func queued[K comparable, V any](m *memory[K, V]) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.flights {
		if f.next != nil {
			return true
		}
	}
	return false
}

// SecretsOf is of how many ids a client counts secrets that are being compared.
func SecretsOf(c *Client) int {
	s := &c.exchanges.slots
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.secrets)
}

// Limits are rows of docs/frontier.md about what is remembered.
func Limits() []string {
	return []string{
		fmt.Sprintf("| an exchanged credential counts | %v (`ExchangeFor`), no longer than its token and its assertion |", longestExchange),
		fmt.Sprintf("| a refusal counts | %v |", refusedFor),
		fmt.Sprintf("| a credential is known to have been good | %v |", rememberedFor),
		fmt.Sprintf("| questions about ids with secret or opaque token, at a time | %d, and %d of one id; new ones leave %d and %d of these free |",
			maxSecrets, maxSecretsOfID, freeSecrets, freeSecretsOfID),
		fmt.Sprintf("| secrets and opaque tokens that wait for their turn, no longer than `Timeout` | %d that were good before, and %d new ones; of one id %d of either |",
			maxWaiting, maxWaitingNew, maxWaitingOfID),
		fmt.Sprintf("| questions about other credentials, at a time | %d; new ones leave %d of these free |", maxOthers, freeOthers),
		fmt.Sprintf("| an answer to a check, a feature, the state of an organization | %v (`DecisionsFor`) |", defaultDecision),
		fmt.Sprintf("| what a resource is part of | %v |", parentFor),
		fmt.Sprintf("| a permission that the server lacks is not asked about | %v |", lackFor),
		fmt.Sprintf("| answers of a kind that are kept | at least %d, what is not asked for goes first |", maxKept),
		fmt.Sprintf("| questions of a kind under way | %d |", maxAsked),
		fmt.Sprintf("| an answer of the server | %d MiB at most |", maxAnswer>>20),
	}
}

// Variables are the settings that the environment may have.
func Variables() []string { return []string{envURL, envIssuer, envID, envSecret, envKeyFile} }
