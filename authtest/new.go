package authtest

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// New starts an issuer that ends with the test. Its guards explain denials in
// the test's log. It panics in a program that go test did not build, whatever t
// is: programs say [StartDevelopmentIssuer].
func New(t testing.TB, opts ...Option) *Issuer {
	// A t that somebody else wrote need not stop at Fatalf.
	if !testing.Testing() {
		panic("authtest: New is for tests: this program was not built by go test")
	}
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
	t  testing.TB // nil when it is over
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
