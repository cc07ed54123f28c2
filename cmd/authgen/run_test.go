package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDispatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args    string
		command string
		rest    string
	}{
		{"", "gen", ""},
		{"gen", "gen", ""},
		{"gen ./...", "gen", "./..."},
		{"./files", "gen", "./files"},
		{"example.com/app/files", "gen", "example.com/app/files"},
		{"-v ./files -json", "gen", "-v ./files -json"},
		{"-code-only", "gen", "-code-only"},
		{"check -json", "check", "-json"},
		{"-C dir check -v", "check", "-C dir -v"},
		{"-C check", "gen", "-C check"},
		{"-C=dir check", "check", "-C=dir"},
		{"-C check check", "check", "-C check"},
		{"--version", "version", ""},
		{"-h", "help", ""},
		{"-h check", "help", "check"},
		{"check -h", "check", "-h"},
	} {
		cmd, rest, err := dispatch(strings.Fields(c.args))
		if err != nil {
			t.Errorf("%q: %v", c.args, err)
			continue
		}
		if got := strings.Join(rest, " "); cmd.name != c.command || got != c.rest {
			t.Errorf("%q: command %s with %q, want %s with %q", c.args, cmd.name, got, c.command, c.rest)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args, rest, value string
		bool              bool
	}{
		{"", "", "", false},
		{"a b", "a b", "", false},
		{"-b a -s x c", "a c", "x", true},
		{"a -s=x -b", "a", "x", true},
		{"a -- -b c", "a -b c", "", false},
		{"-- -b", "-b", "", false},
		{"-s -- a", "a", "--", false},
	} {
		flags := newFlags("test")
		var (
			b = flags.Bool("b", false, "")
			s = flags.String("s", "", "")
		)
		rest, err := parse(flags, strings.Fields(c.args))
		if err != nil || !slices.Equal(rest, strings.Fields(c.rest)) || *b != c.bool || *s != c.value {
			t.Errorf("%q: rest %q, b %v, s %q, %v", c.args, rest, *b, *s, err)
		}
	}
	if _, err := parse(newFlags("test"), []string{"a", "-h"}); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h gives %v", err)
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, stderr bytes.Buffer
	code := run(ctx, []string{"check", "-C", "../.."}, system{stdout: &out, stderr: &stderr, env: os.Getenv})
	if code != 2 || out.Len() > 0 || stderr.String() != "authgen: interrupted\n" {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, &out, &stderr)
	}
}

// TestProgress holds that only a run that takes more than a second on a
// terminal says so, and leaves nothing behind.
func TestProgress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		terminal bool
		takes    time.Duration
		want     string
	}{
		{"NoTerminal", false, time.Hour, ""},
		{"Short", true, 900 * time.Millisecond, ""},
		{"Long", true, 2500 * time.Millisecond, "\r\x1b[Kauthgen: working, 1 s\r\x1b[Kauthgen: working, 2 s\r\x1b[K"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var stderr bytes.Buffer
				done := (&call{system: system{stderr: &stderr, terminal: c.terminal}}).progress("working")
				time.Sleep(c.takes) // of the bubble's clock
				done()
				if got := stderr.String(); got != c.want {
					t.Errorf("printed %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, "(unknown)"},
		{&debug.BuildInfo{}, "(devel)"},
		{&debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}}, "v0.1.0"},
		{&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"},
		}}, "(devel) abc+changes"},
	} {
		if got := version(c.info); got != c.want {
			t.Errorf("version %q, want %q", got, c.want)
		}
	}
}

func TestNullDeviceIsNoTerminal(t *testing.T) {
	t.Parallel()
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if isTerminal(f) {
		t.Error("the null device is taken for a terminal")
	}
}
