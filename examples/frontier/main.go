// Command frontier is a service behind the guard of a raystack Frontier.
//
// With FRONTIER_URL set it serves that Frontier's users and projects, on the address in
// LISTEN; FRONTIER_ISSUER, FRONTIER_CLIENT_ID and FRONTIER_CLIENT_SECRET are the others
// that it needs, of a service user that is a member of the platform. CALLBACK_URL is
// where browsers come back to, and has to be http://127.0.0.1:8080/login/callback, say,
// where they come without https. A Frontier on this machine, by plain http, is taken with
// LOCAL=true alone. Without FRONTIER_URL it starts a fake Frontier in this
// process, signs in, sends requests as several callers, signs out, prints who got what
// and which audit records Frontier has, and exits 0 only if every answer is the one
// that a table written by hand demands.
//
// Whoever copies this takes fake.go out, and with it the import of package
// frontiertest: a program that ships must not have it, and authgen check reports it
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
	"github.com/authgen/authgen/providers/frontier"
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
	wrong, err := 0, error(nil)
	if url, _ := environment("FRONTIER_URL"); url != "" {
		err = serve(ctx, url, environment, stdout)
	} else {
		wrong, err = demonstration(ctx, stdout, stderr)
	}
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "frontier: %v\n", err)
		return 2
	case wrong > 0:
		fmt.Fprintf(stderr, "frontier: %d answers are not what the table demands\n", wrong)
		return 1
	}
	return 0
}

// connect makes the guard of a Frontier. It could serve before Frontier has taken the
// credentials and said that audit records may be written: here the start waits for
// that, and fails.
func connect(ctx context.Context, url string, opts ...frontier.Option) (*frontier.Client, *auth.Guard, error) {
	client, err := frontier.Connect(ctx, url, opts...)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	guard, err := client.Guard(ctx, auth.Auditor(client.Audits().Sink()))
	if err == nil {
		err = client.Audits().Ready(ctx)
	}
	if err != nil {
		_ = client.Close() // it was not used
		return nil, nil, err
	}
	return client, guard, nil
}

// serve serves a real Frontier's users until the context ends.
func serve(ctx context.Context, url string, environment func(string) (string, bool), stdout io.Writer) (err error) {
	client, guard, err := connect(ctx, url, frontier.Environment(environment))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	var start []auth.VerifyOption
	if local, _ := environment("LOCAL"); local == "true" {
		start = append(start, auth.VerifyAccept(auth.WeakLocalIssuer))
	}
	callback, _ := environment("CALLBACK_URL")
	handler, err := routes(client, guard, url, callback, start...)
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
