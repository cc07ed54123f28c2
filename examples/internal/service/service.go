// Package service is what the example programs share: flags, the choice of an
// issuer, and a server that stops cleanly.
//
// Whoever copies an example takes the issuer for development out, and with it
// the import of package authtest: a program that ships must not have it, and
// authgen check reports it (AUTH076).
package service

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/examples/internal/serving"
	auth "github.com/authgen/authgen/runtime"
)

// Audience is the audience of the example services.
const Audience = "files-api"

// defaultMapping has all that the rules of the services ask for, under plain
// names.
const defaultMapping = "authgen"

// mappings are the runtime's claim mappings by the names of the flag. Frontier
// is none of them: its tokens name no audience, and these services demand one.
var mappings = map[string]auth.KnownMapping{
	"oidc": auth.MappingOIDC, "authgen": auth.MappingAuthgen, "frontegg": auth.MappingFrontegg, "auth0": auth.MappingAuth0,
	"keycloak": auth.MappingKeycloak, "okta": auth.MappingOkta, "entra": auth.MappingEntra, "cognito": auth.MappingCognito,
	"zitadel": auth.MappingZitadel,
}

// Routes makes the routes of a program. start is for the Verify function of its
// framework: routes that are not those of the manifest are an error.
type Routes func(guard *auth.Guard, start ...auth.VerifyOption) (http.Handler, error)

// Main runs an example program: it parses flags, makes a guard, and serves
// what routes returns until the process is interrupted. It returns the exit
// code.
func Main(name string, routes Routes) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return exit(name, os.Stderr, run(ctx, name, os.Args[1:], os.Stdout, routes))
}

// exit returns the exit code of a program that ended with err, which it prints.
func exit(name string, stderr io.Writer, err error) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	return 1
}

func run(ctx context.Context, program string, args []string, stdout io.Writer, routes Routes) error {
	flags := flag.NewFlagSet(program, flag.ContinueOnError)
	issuer := flags.String("issuer", os.Getenv("ISSUER"), "URL of the OIDC issuer; empty for one in this process, for development, and two of its tokens printed (environment: ISSUER)")
	mapping := flags.String("mapping", os.Getenv("MAPPING"), "which claims tokens of -issuer have: "+
		strings.Join(slices.Sorted(maps.Keys(mappings)), ", ")+"; empty for "+defaultMapping+", which has the kind of the token in "+
		`type ("userToken", "tenantApiToken", ...), the tenant in tenantId, and the lists roles and permissions. `+
		"The rules here ask for all of these: a mapping that lacks tenants, roles or permissions is refused (environment: MAPPING)")
	audience := flags.String("audience", envOr("AUDIENCE", Audience), "audience that tokens must name (environment: AUDIENCE)")
	local := flags.Bool("local-issuer", false, "start with an issuer on this machine that gives its keys over plain http, for development")
	listen := flags.String("listen", envOr("LISTEN", "127.0.0.1:8080"), "address to serve on (environment: LISTEN)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}

	if *issuer == "" && *mapping != "" {
		return errors.New("-mapping is for a real issuer: name it with -issuer")
	}
	name := cmp.Or(*mapping, defaultMapping)
	claims, ok := mappings[name]
	if !ok {
		return fmt.Errorf("unknown mapping %q", name)
	}
	if *issuer != "" && !meetsRules(claims.Claims()) {
		return fmt.Errorf("the rules of this service ask for a tenant, roles and permissions, and the mapping %q does not have all of them", name)
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
		*issuer, claims = development.URL(), auth.MappingAuthgen
	}
	guard, err := auth.New(ctx, auth.Issuer(*issuer, auth.Audience(*audience), auth.Mapping(claims)))
	if err != nil {
		return err
	}
	start := []auth.VerifyOption{auth.VerifyGuard(guard)}
	if development != nil || *local {
		start = append(start, auth.VerifyAccept(auth.WeakLocalIssuer))
	}
	handler, err := routes(guard, start...)
	if err != nil {
		return err
	}

	fmt.Fprintf(stdout, "listening on http://%s\n", address)
	if development != nil {
		fmt.Fprintf(stdout, "token of an admin: %s\n", development.Token(authtest.User("ada"), authtest.Tenant("t1"), authtest.Roles("admin")))
		fmt.Fprintf(stdout, "token of a member: %s\n", development.Token(authtest.User("bob"), authtest.Tenant("t1"), authtest.Permissions("readFile", "uploadFile")))
	}
	return serving.Serve(ctx, listener, handler)
}

// meetsRules reports whether a mapping has what the rules of the examples ask for.
func meetsRules(c auth.Claims) bool {
	return len(c.Tenant) > 0 && len(c.Roles) > 0 && len(c.Permissions) > 0
}

func envOr(key, otherwise string) string {
	if v := os.Getenv(key); v != "" {
		return v
	}
	return otherwise
}
