// Command frontegg is a service behind the guard of a Frontegg environment.
//
// With FRONTEGG_CLIENT_ID and FRONTEGG_API_KEY set it serves that environment, on
// the address in LISTEN. Without, it starts a fake Frontegg in this process, sends
// requests as several callers, prints who got what and which audits Frontegg has,
// and exits 0 only if every answer is the one that a table written by hand demands.
//
// Whoever copies this takes fake.go out, and with it the import of package
// fronteggtest: a program that ships must not have it, and authgen check reports it
// (AUTH076).
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/authgen/authgen/examples/internal/serving"
	"github.com/authgen/authgen/providers/frontegg"
	auth "github.com/authgen/authgen/runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.LookupEnv, os.Stdout, os.Stderr))
}

// run returns the exit code: 1 if an answer of the fake's service is wrong, 2 if
// something could not be done.
func run(ctx context.Context, environment func(string) (string, bool), stdout, stderr io.Writer) int {
	demonstrate := true
	for _, name := range []string{"FRONTEGG_CLIENT_ID", "FRONTEGG_API_KEY"} {
		if value, _ := environment(name); value != "" {
			demonstrate = false
		}
	}
	wrong, err := 0, error(nil)
	if demonstrate {
		wrong, err = demonstration(ctx, stdout, stderr)
	} else {
		err = serve(ctx, environment, stdout)
	}
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "frontegg: %v\n", err)
		return 2
	case wrong > 0:
		fmt.Fprintf(stderr, "frontegg: %d answers are not what the table demands\n", wrong)
		return 1
	}
	return 0
}

// connect makes the guard of an environment. It could serve before Frontegg has taken
// the credentials and sent entitlements, and would answer 503 until then: here the
// start waits for them, and fails.
func connect(ctx context.Context, opts ...frontegg.Option) (*frontegg.Client, *auth.Guard, error) {
	client, err := frontegg.Connect(ctx, opts...)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	guard, err := client.Guard(ctx)
	if err == nil {
		err = client.Authenticate(ctx)
	}
	if err == nil {
		err = client.Entitlements().Ready(ctx)
	}
	if err != nil {
		_ = client.Close() // it was not used
		return nil, nil, err
	}
	return client, guard, nil
}

// serve serves a real environment until the context ends.
func serve(ctx context.Context, environment func(string) (string, bool), stdout io.Writer, start ...auth.VerifyOption) (err error) {
	client, guard, err := connect(ctx, frontegg.Environment(environment))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	handler, err := routes(guard, start...)
	if err != nil {
		return err
	}
	address, _ := environment("LISTEN")
	listener, err := net.Listen("tcp", cmp.Or(address, "127.0.0.1:8080"))
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening on http://%s\n", listener.Addr())
	return serving.Serve(ctx, listener, handler)
}
