// Command frontier-permissions compares the permissions that rules check with those
// that raystack Frontier has, and creates what is missing when it is told to:
//
//	frontier-permissions [-create] [-manifest FILE]
//
// It reads auth.manifest.json, where the settings frontier of authgen.yaml list the
// permissions, and asks the server of FRONTIER_URL as the other FRONTIER_ variables
// say (see [frontier.Connect]), which has to be a superuser of it to create. It prints
// one line for each permission that is missing or was created. The exit code is 0 when
// the server has them all then, 1 when some are missing, and 2 for everything else.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/authgen/authgen/providers/frontier"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const (
	exitSame    = 0
	exitMissing = 1
	exitTrouble = 2
)

func run(ctx context.Context, args []string, env func(string) (string, bool), stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("frontier-permissions", flag.ContinueOnError)
	flags.SetOutput(stderr)
	create := flags.Bool("create", false, "create the permissions that are missing")
	file := flags.String("manifest", "auth.manifest.json", "the manifest of the program")
	if flags.Parse(args) != nil {
		return exitTrouble
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "frontier-permissions: %q is no flag\n", flags.Arg(0))
		return exitTrouble
	}
	code, err := compare(ctx, *file, *create, env, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "frontier-permissions:", err)
		return exitTrouble
	}
	return code
}

func compare(ctx context.Context, file string, create bool, env func(string) (string, bool), stdout io.Writer) (code int, err error) {
	manifest, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	keys, err := frontier.ManifestPermissions(manifest)
	if err != nil {
		return 0, err
	}
	client, err := frontier.Connect(ctx, "", frontier.Environment(env))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	if create {
		created, err := client.CreatePermissions(ctx, keys...)
		for _, key := range created {
			fmt.Fprintln(stdout, "created", key)
		}
		return exitSame, err
	}
	missing, err := client.MissingPermissions(ctx, keys...)
	for _, key := range missing {
		fmt.Fprintln(stdout, "missing", key)
	}
	if err == nil && len(missing) > 0 {
		return exitMissing, nil
	}
	return exitSame, err
}
