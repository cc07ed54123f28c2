package authtest

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// TB is the part of [testing.TB] that is needed here, so that programs with a
// development issuer do not link package testing.
type TB interface {
	Helper()
	Cleanup(func())
	Logf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// New starts an issuer that ends with the test. Its guards explain denials in
// the test's log.
func New(t TB, opts ...Option) *Issuer {
	t.Helper()
	w := &testLog{t: t}
	i := &Issuer{
		helper:  t.Helper,
		fail:    t.Fatalf,
		options: []auth.Option{auth.Logger(slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})))},
	}
	if err := i.start(opts); err != nil {
		t.Fatalf("authtest: %v", err)
	}
	t.Cleanup(func() {
		i.Close()
		w.close()
	})
	return i
}

// Guard returns a guard that trusts this issuer alone, and lives by its clock.
// The options come on top of that.
func (i *Issuer) Guard(opts ...auth.Option) *auth.Guard {
	i.helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	all := append([]auth.Option{i.Trust(), auth.Clock(i.now)}, i.options...)
	guard, err := auth.New(ctx, append(all, opts...)...)
	if err != nil {
		i.fail("authtest: Guard: %v", err)
	}
	return guard
}

// testLog writes to a test's log until the test is over: a test panics when a
// request that outlives it logs.
type testLog struct {
	mu sync.Mutex
	t  TB // nil when it is over
}

func (w *testLog) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.t != nil {
		w.t.Logf("%s", strings.TrimSuffix(string(line), "\n"))
	}
	return len(line), nil
}

func (w *testLog) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t = nil
}
