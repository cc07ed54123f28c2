package frontegg

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// background is the work that a client does beside its callers'.
type background struct {
	ctx    context.Context // ends with end
	cancel context.CancelFunc
	logger *slog.Logger

	mu    sync.Mutex
	ended bool
	work  sync.WaitGroup
}

func newBackground(logger *slog.Logger) *background {
	ctx, cancel := context.WithCancel(context.Background())
	return &background{ctx: ctx, cancel: cancel, logger: logger}
}

// start runs f in a goroutine, unless the client is closed. f returns soon after
// its context ends. A panic of f is logged and ends f alone.
func (b *background) start(f func(ctx context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return false
	}
	b.work.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				b.logger.Error("frontegg: work in the background panicked", "panic", fmt.Sprintf("%T", p))
			}
		}()
		f(b.ctx)
	})
	return true
}

// end ends all work and waits for it.
func (b *background) end() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.cancel()
	b.work.Wait()
}
