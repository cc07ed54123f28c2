package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// sizes say how thoroughly is measured.
type sizes struct{ runs, requests, fresh int }

// connections are those of the load, which sends the next request on each when the
// one before is answered.
const connections = 8

// tick is how finely Linux tells the time that a process has run (USER_HZ).
const tick = 10 * time.Millisecond

// costs are what one run of one server takes.
type costs struct {
	open, seen, unseen time.Duration // of processor, by request
	idle, loaded       float64       // resident memory, MB
}

// compare measures all servers in each run, so that what disturbs the machine for a
// while does not fall on one alone, and returns a table of medians.
func compare(s sizes, kinds []kind, fake *fronteggtest.Fake, node string) (string, error) {
	all := make([][]costs, len(kinds))
	tokens := mint(fake, 0, 100)
	fresh := mint(fake, len(tokens), s.fresh) // to servers that have just started
	for n := range s.runs {
		for i, k := range kinds {
			fmt.Fprintf(os.Stderr, "run %d of %d: %s\n", n+1, s.runs, k.name)
			c, err := k.measure(s, fake, node, tokens, fresh)
			if err != nil {
				return "", fmt.Errorf("%s: %w", k.name, err)
			}
			all[i] = append(all[i], c)
		}
	}
	return table(kinds, all), nil
}

// mint makes tokens of users of about the size that Frontegg's have: 959 bytes of
// claims.
func mint(fake *fronteggtest.Fake, first, n int) []string {
	var permissions []string
	for _, object := range []string{"file", "user", "team", "plan", "bill", "role", "hook", "logs"} {
		for _, action := range []string{"read", "edit", "list", "send"} {
			permissions = append(permissions, object+"."+action)
		}
	}
	all := make([]string, n)
	var group sync.WaitGroup
	for worker := range connections {
		group.Go(func() {
			for i := worker; i < n; i += connections {
				all[i] = fake.Token(fronteggtest.User(fmt.Sprintf("b1c9d2e0-51b4-4f0e-8e5f-%012d", first+i)),
					fronteggtest.Roles("admin", "editor", "viewer", "auditor", "billing"), fronteggtest.Permissions(permissions...),
					fronteggtest.ValidFor(24*time.Hour))
			}
		})
	}
	group.Wait()
	return all
}

// measure starts the server, has it decide rightly, and measures it.
func (k kind) measure(s sizes, fake *fronteggtest.Fake, node string, tokens, fresh []string) (c costs, err error) {
	server, err := k.start(fake.Settings(), node)
	if err != nil {
		return c, err
	}
	defer server.stop()
	load := newLoad(server)
	defer load.client.CloseIdleConnections()
	if c.idle, err = server.memory(); err != nil {
		return c, err
	}
	for token, want := range map[string]int{
		tokens[0]: 200, "": 401,
		fake.Token(fronteggtest.User("eve"), fronteggtest.Roles("superadmin")):                    403,
		fake.Token(fronteggtest.User("eve"), fronteggtest.Roles("admin"), fronteggtest.Forged()):  401,
		fake.Token(fronteggtest.User("eve"), fronteggtest.Roles("admin"), fronteggtest.Expired()): 401,
	} {
		got, err := load.send("/guarded", token)
		if err != nil {
			return c, err
		}
		if got != want {
			return c, fmt.Errorf("a request is answered with %d instead of %d", got, want)
		}
	}
	// What is compiled when it is hot has to be hot.
	for _, path := range []string{"/open", "/guarded"} {
		if _, err := load.run(path, tokens, min(s.requests, 3000)); err != nil {
			return c, err
		}
	}
	if c.open, err = load.run("/open", tokens, s.requests); err != nil {
		return c, err
	}
	if c.seen, err = load.run("/guarded", tokens, s.requests); err != nil {
		return c, err
	}
	if c.unseen, err = load.run("/guarded", fresh, len(fresh)); err != nil {
		return c, err
	}
	c.loaded, err = server.memory()
	return c, err
}

// load sends requests to a server.
type load struct {
	server *server
	client *http.Client
}

func newLoad(s *server) *load {
	return &load{s, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}, Timeout: time.Minute}}
}

// send returns the status of the answer.
func (l *load) send(path, token string) (int, error) {
	r, err := http.NewRequest(http.MethodGet, l.server.url+path, nil)
	if err != nil {
		return 0, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := l.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// run sends n requests, with the tokens in turn, and returns how long the server's
// process ran for each of them.
func (l *load) run(path string, tokens []string, n int) (time.Duration, error) {
	before, err := l.server.processor()
	if err != nil {
		return 0, err
	}
	errs := make([]error, connections)
	var group sync.WaitGroup
	for worker := range connections {
		group.Go(func() {
			for i := worker; i < n && errs[worker] == nil; i += connections {
				status, err := l.send(path, tokens[i%len(tokens)])
				if err == nil && status != http.StatusOK {
					err = fmt.Errorf("%s was answered with %d", path, status)
				}
				errs[worker] = err
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	after, err := l.server.processor()
	return (after - before) / time.Duration(n), err
}

// processor returns how long the process has run on all processors (proc_pid_stat(5)).
func (s *server) processor() (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The name before may hold anything. After it comes the third field.
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat is not understood")
	}
	user, err := strconv.Atoi(fields[14-3])
	system, err2 := strconv.Atoi(fields[15-3])
	return time.Duration(user+system) * tick, errors.Join(err, err2)
}

// memory returns what the process has in memory, in MB.
func (s *server) memory() (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(data), "VmRSS:")
	if !ok {
		return 0, errors.New("/proc/PID/status has no VmRSS")
	}
	kB, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	return kB * 1024 / 1e6, err
}

// table writes the medians of all runs, and how many times that of the first server
// they are.
func table(kinds []kind, all [][]costs) string {
	median := func(i int, value func(costs) float64) float64 {
		values := make([]float64, len(all[i]))
		for n, c := range all[i] {
			values[n] = value(c)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	micros := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	columns := []struct {
		title, unit string
		value       func(costs) float64
		ratio       bool
	}{
		{"no guard", "µs", func(c costs) float64 { return micros(c.open) }, false},
		{"guarded, token seen before", "µs", func(c costs) float64 { return micros(c.seen) }, true},
		{"guarded, new token", "µs", func(c costs) float64 { return micros(c.unseen) }, true},
		{"memory, idle", "MB", func(c costs) float64 { return c.idle }, true},
		{"memory, after the load", "MB", func(c costs) float64 { return c.loaded }, true},
	}
	var b strings.Builder
	b.WriteString("|")
	for _, column := range columns {
		fmt.Fprintf(&b, " | %s", column.title)
	}
	b.WriteString(" |\n|---|" + strings.Repeat("--:|", len(columns)) + "\n")
	for i, k := range kinds {
		fmt.Fprintf(&b, "| %s |", k.name)
		for _, column := range columns {
			value := median(i, column.value)
			fmt.Fprintf(&b, " %.0f %s", value, column.unit)
			if column.ratio && i > 0 {
				fmt.Fprintf(&b, " (×%.1f)", value/median(0, column.value))
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	return b.String()
}
