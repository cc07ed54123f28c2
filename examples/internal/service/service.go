// Package service is what the example programs share: flags, the choice of an
// issuer, and a server that stops cleanly.
package service

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/authgen/authgen/authtest"
	auth "github.com/authgen/authgen/runtime"
)

// Audience is the audience of the example services.
const Audience = "files-api"

// Main runs an example program: it parses flags, makes a guard, and serves
// what routes returns until the process is interrupted. It returns the exit
// code.
func Main(name string, routes func(*auth.Guard) http.Handler) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, name, os.Args[1:], os.Stdout, routes); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		}
		return 1
	}
	return 0
}

func run(ctx context.Context, name string, args []string, stdout io.Writer, routes func(*auth.Guard) http.Handler) error {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	issuer := flags.String("issuer", os.Getenv("ISSUER"), "URL of the OIDC issuer; empty for one in this process, for development (environment: ISSUER)")
	audience := flags.String("audience", envOr("AUDIENCE", Audience), "audience that tokens must name (environment: AUDIENCE)")
	listen := flags.String("listen", envOr("LISTEN", "127.0.0.1:8080"), "address to serve on (environment: LISTEN)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}

	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	address := listener.Addr().(*net.TCPAddr)

	var development *authtest.Issuer
	if *issuer == "" {
		// Anybody who reads the terminal holds an admin's token.
		if !address.IP.IsLoopback() {
			return fmt.Errorf("the development issuer serves loopback addresses only, not %s: name a real one with -issuer", address)
		}
		if development, err = authtest.StartDevelopmentIssuer(*audience); err != nil {
			return err
		}
		defer development.Close()
		*issuer = development.URL()
	}
	guard, err := auth.New(ctx, auth.Issuer(*issuer, auth.Audience(*audience), auth.Mapping(auth.MappingAuthgen)))
	if err != nil {
		return err
	}

	fmt.Fprintf(stdout, "listening on http://%s\n", address)
	if development != nil {
		fmt.Fprintf(stdout, "token of an admin: %s\n", development.Token(authtest.User("ada"), authtest.Tenant("t1"), authtest.Roles("admin")))
		fmt.Fprintf(stdout, "token of a member: %s\n", development.Token(authtest.User("bob"), authtest.Tenant("t1"), authtest.Permissions("readFile", "uploadFile")))
	}
	return serve(ctx, listener, routes(guard))
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	stopped := context.AfterFunc(ctx, func() {
		// The process is ending: what is still open after this is cut.
		grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(grace)
	})
	defer stopped()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func envOr(key, otherwise string) string {
	if v := os.Getenv(key); v != "" {
		return v
	}
	return otherwise
}
