package provider

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// Background is the work that a client does beside its callers'. It is made by
// [NewBackground] and safe for any number of goroutines.
type Background struct {
	ctx    context.Context // ends with End
	cancel context.CancelFunc
	name   string
	logger *slog.Logger

	mu    sync.Mutex
	ended bool
	work  sync.WaitGroup
}

// NewBackground makes one that has nothing to do. name stands before what it logs.
func NewBackground(name string, logger *slog.Logger) *Background {
	ctx, cancel := context.WithCancel(context.Background())
	return &Background{ctx: ctx, cancel: cancel, name: name, logger: logger}
}

// Start runs f in a goroutine, and reports false after End. f returns soon after its
// context ends. A panic of f is logged and ends f alone.
func (b *Background) Start(f func(ctx context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return false
	}
	b.work.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				b.logger.Error(b.name+": work in the background panicked", "panic", fmt.Sprintf("%T", p))
			}
		}()
		f(b.ctx)
	})
	return true
}

// Context ends with End.
func (b *Background) Context() context.Context { return b.ctx }

// Bind returns a context that ends with ctx, with End, and with the function, which is to
// be called.
func (b *Background) Bind(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(b.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// Ended reports whether End was called.
func (b *Background) Ended() bool {
	return b.ctx.Err() != nil
}

// End ends all work and waits for it.
func (b *Background) End() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.cancel()
	b.work.Wait()
}
