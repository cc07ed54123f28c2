// Command authgen turns the //auth: rules of a module into guarded handlers,
// keeps the manifest of its routes, and checks both. See authgen help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/audit/vet"
)

func main() {
	if isVet(os.Args[1:]) {
		vet.Main()
	}
	collectSeldom()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends what does not listen
	code := run(ctx, os.Args[1:], system{
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
		env:    os.Getenv,
		now:    time.Now,
		audit: func(ctx context.Context, cfg audit.Config) (*audit.Result, error) {
			collectLate()
			return audit.Audit(ctx, cfg)
		},
		terminal: isTerminal(os.Stderr),
	})
	stop()
	os.Exit(code)
}

// isTerminal reports whether f is a terminal. The null device, which is a
// character device as well, is none.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err == nil && !os.SameFile(info, null)
}
