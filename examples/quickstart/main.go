// Command quickstart runs authgen's main job from start to end: it generates
// the guards of the example services from their annotations, builds and starts
// the services on net/http, gin and echo, sends the same requests to each as
// six callers, and prints who got what. It exits 0 only if every answer is the
// one that a table written by hand demands.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/examples/internal/service"
	"github.com/authgen/authgen/generator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run returns 0 if every answer is as the table says, 1 if one is not, and 2
// if the job could not be done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("dir", ".", "a folder of the module that holds the example services")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	wrong, err := quickstart(ctx, *dir, stdout, stderr)
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "quickstart: %v\n", err)
		return 2
	case wrong > 0:
		fmt.Fprintf(stderr, "quickstart: %d answers are not what the table demands\n", wrong)
		return 1
	}
	fmt.Fprintln(stdout, "every answer is the one that the table demands")
	return 0
}

func quickstart(ctx context.Context, dir string, stdout, stderr io.Writer) (wrong int, err error) {
	root, err := generate(ctx, dir, stdout, stderr)
	if err != nil {
		return 0, err
	}
	issuer, err := authtest.StartDevelopmentIssuer(service.Audience)
	if err != nil {
		return 0, err
	}
	defer issuer.Close()
	// What the services log matters only when something is wrong.
	var log sharedLog
	defer func() {
		if wrong > 0 || err != nil {
			log.print(stderr)
		}
	}()
	services, stop, err := start(ctx, root, issuer.URL(), &log)
	defer stop()
	if err != nil {
		return 0, err
	}
	return compare(ctx, services, tokens(issuer), stdout)
}

// generate writes the guards of the example services and returns the root of
// their module.
func generate(ctx context.Context, dir string, stdout, stderr io.Writer) (root string, err error) {
	result, err := generator.Generate(ctx, generator.Config{Dir: dir, Patterns: []string{"github.com/authgen/authgen/examples/..."}})
	if err != nil {
		return "", err
	}
	mistakes := 0
	for _, d := range result.Diagnostics {
		fmt.Fprintln(stderr, d)
		if d.Severity == diagnostic.Error {
			mistakes++
		}
	}
	if mistakes > 0 {
		return "", fmt.Errorf("the annotations have %d errors", mistakes)
	}
	if err := result.Commit(); err != nil {
		return "", err
	}
	fmt.Fprintf(stdout, "generated: %d files changed\n", len(result.Files))
	return result.Root, nil
}

// tokens makes the credential of each caller.
func tokens(issuer *authtest.Issuer) [callers]string {
	return [callers]string{
		admin:       issuer.Token(authtest.User("ada"), authtest.Tenant("t1"), authtest.Roles("admin")),
		member:      issuer.Token(authtest.User("bob"), authtest.Tenant("t1"), authtest.Permissions("readFile", "uploadFile")),
		otherTenant: issuer.Token(authtest.User("eve"), authtest.Tenant("t2"), authtest.Roles("admin")),
		apiToken:    issuer.Token(authtest.TenantAPI("nightly-export"), authtest.Tenant("t1"), authtest.Permissions("readFile")),
		expired:     issuer.Token(authtest.User("ada"), authtest.Tenant("t1"), authtest.Roles("admin"), authtest.Expired()),
		nobody:      "",
	}
}

// compare sends every request of the table as every caller to every service,
// prints what came back, and counts what should have been otherwise.
func compare(ctx context.Context, services []runningService, tokens [callers]string, stdout io.Writer) (wrong int, err error) {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "service\trequest")
	for c := range callers {
		fmt.Fprintf(w, "\t%s", c)
	}
	fmt.Fprintln(w)
	for _, s := range services {
		for _, r := range table {
			fmt.Fprintf(w, "%s\t%s %s", s.name, r.method, r.path)
			for c := range callers {
				got, err := s.send(ctx, r.method, r.path, tokens[c])
				if err != nil {
					return wrong, err
				}
				fmt.Fprintf(w, "\t%s", got[:3])
				if got != r.want[c] {
					fmt.Fprintf(w, " (want %s, got %s)", r.want[c], got)
					wrong++
				}
			}
			fmt.Fprintln(w)
		}
	}
	return wrong, w.Flush()
}
