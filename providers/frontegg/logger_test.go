package frontegg_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg"
	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// handler is a log handler that does what a test says.
type handler func(message string)

func (handler) Enabled(context.Context, slog.Level) bool { return true }
func (h handler) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h handler) WithGroup(string) slog.Handler          { return h }

func (h handler) Handle(_ context.Context, r slog.Record) error {
	h(r.Message)
	return nil
}

// failingStore is a cache of tokens that is down.
type failingStore struct{}

func (failingStore) Get(context.Context, string) ([]byte, time.Duration, error) {
	return nil, 0, errors.New("down")
}
func (failingStore) Set(context.Context, string, []byte, time.Duration) error {
	return errors.New("down")
}

// TestLoggerThatAsks holds that a log may use the client that it is the log of, such as
// to send what it is told.
func TestLoggerThatAsks(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	g.answers(answer{status: 401})
	var c *frontegg.Client
	told := make(chan error, 10)
	logger := slog.New(handler(func(string) { told <- c.Authenticate(context.Background()) }))
	c = g.connect(t, frontegg.Logger(logger), frontegg.NumberOfTries(1))
	if err := c.Authenticate(t.Context()); !errors.Is(err, frontegg.ErrUnavailable) {
		t.Error(err)
	}
	if err := <-told; !errors.Is(err, frontegg.ErrUnavailable) {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}

	m := newMachines(t)
	tenant := m.fake.IssueAccessToken(fronteggtest.TenantAccess("m-1"), fronteggtest.AccessToken{})
	user := m.fake.IssueAccessToken(fronteggtest.UserAccess("m-2"), fronteggtest.AccessToken{})
	asked := make(chan int, 10)
	m.join(t, frontegg.CacheTokens(failingStore{}), frontegg.Logger(slog.New(handler(func(string) { asked <- m.status(t, user) }))))
	if got := m.status(t, tenant); got != 200 {
		t.Errorf("status %d", got)
	}
	if got := <-asked; got != 200 {
		t.Errorf("from the log: status %d", got)
	}
}

// TestLoggerThatPanics holds that a log that panics ends neither the process nor what
// is done in the background.
func TestLoggerThatPanics(t *testing.T) {
	t.Parallel()
	g := newGateway(t, writes(400, ""))
	c := g.connect(t, frontegg.NumberOfTries(1), frontegg.Logger(slog.New(handler(func(message string) { panic(message) }))))
	g.answers(answer{status: 401})
	if err := c.Authenticate(t.Context()); !errors.Is(err, frontegg.ErrUnavailable) {
		t.Error(err)
	}
	g.answers(lasting("3600"))
	sink := c.Audits().Sink()
	for range 10 {
		sink.Audit(t.Context(), auditing(t, "Upload")) // is refused and told
	}
	if err := c.Close(); err == nil || c.Audits().Dropped() != 10 {
		t.Errorf("%v, %d dropped", err, c.Audits().Dropped())
	}
}
