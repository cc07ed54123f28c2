package provider

import (
	"context"
	"fmt"
	"log/slog"
)

// Logger makes a logger whose panics end neither what is logged about nor the process.
func Logger(logger *slog.Logger) *slog.Logger { return slog.New(calm{logger.Handler()}) }

// calm is a handler that does not panic.
type calm struct{ handler slog.Handler }

func (c calm) Enabled(ctx context.Context, level slog.Level) (enabled bool) {
	defer func() { _ = recover() }()
	return c.handler.Enabled(ctx, level)
}

func (c calm) Handle(ctx context.Context, record slog.Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the log handler panicked: %T", p)
		}
	}()
	return c.handler.Handle(ctx, record)
}

func (c calm) WithAttrs(attrs []slog.Attr) slog.Handler { return calm{c.handler.WithAttrs(attrs)} }

func (c calm) WithGroup(name string) slog.Handler { return calm{c.handler.WithGroup(name)} }
