package auth

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// VerifyOption configures the Verify functions of the adapters, which compare what
// is registered with the manifest before a program serves.
type VerifyOption func(*verification)

// verification is one call of Verify.
type verification struct {
	guards   []*Guard
	program  string
	router   string
	prefixes []string
	mounts   []string
	accepted []WeaknessKind
	logOnly  bool
	logger   *slog.Logger
	report   func(VerifyReport)
}

// VerifyReport is what a Verify function found. Its lines are for people.
type VerifyReport struct {
	// Program and Router are those of the manifest that were compared with, "" where
	// it tells none.
	Program, Router string
	// Differences stop the start.
	Differences []string
	// Accepted are weaknesses that [VerifyAccept] lets pass.
	Accepted []string
	// Unverified is what the framework does not show.
	Unverified []string
}

// VerifyError is the error of the Verify functions of the adapters.
type VerifyError struct{ Report VerifyReport }

// Error lists all differences, one on each line.
func (e *VerifyError) Error() string {
	return fmt.Sprintf("auth: not as the manifest says (%d):\n\t%s", len(e.Report.Differences), strings.Join(e.Report.Differences, "\n\t"))
}

// VerifyGuard names the guards that the routes were made with, all of them: the
// rules that are compiled in must be those of the manifest, each guarded route must
// be one of a guard that is named, and a guard must have no [Weakness] that is not
// accepted, see [VerifyAccept]. To name none is a difference where guarded routes are
// registered: a router shows functions, and not the guard behind them.
func VerifyGuard(guards ...*Guard) VerifyOption {
	return func(v *verification) { v.guards = append(v.guards, guards...) }
}

// VerifyProgram says which program of the manifest this is, by the import path of
// its main package. Unless set it is the one that was built, where the manifest
// names that, or the only one of the manifest.
func VerifyProgram(importPath string) VerifyOption {
	return func(v *verification) { v.program = importPath }
}

// VerifyRouter says which router of the program this is, by the manifest's number.
// Unless set it is, of the routers of this framework, the one with the fewest
// differences.
func VerifyRouter(number string) VerifyOption {
	return func(v *verification) { v.router = number }
}

// VerifyPrefix says below which paths the router is mounted, as by http.StripPrefix:
// the manifest has the whole paths. A router that is mounted twice has two.
func VerifyPrefix(prefixes ...string) VerifyOption {
	return func(v *verification) { v.prefixes = append(v.prefixes, prefixes...) }
}

// VerifyMount names patterns, as they are registered, under which other routers
// stand: the manifest has the routes of these, not the pattern. What is under them
// is not verified; call Verify for each of these routers, with [VerifyPrefix].
func VerifyMount(patterns ...string) VerifyOption {
	return func(v *verification) { v.mounts = append(v.mounts, patterns...) }
}

// VerifyAccept accepts weaknesses of these kinds: the service is meant to be served
// with them. Those that are found are logged all the same.
func VerifyAccept(kinds ...WeaknessKind) VerifyOption {
	return func(v *verification) { v.accepted = append(v.accepted, kinds...) }
}

// VerifyLogOnly logs the differences, at error level, and lets the program start.
func VerifyLogOnly() VerifyOption {
	return func(v *verification) { v.logOnly = true }
}

// VerifyLogger sets where is told what is not verified, and with [VerifyLogOnly] the
// differences: slog.Default() unless set, also for nil.
func VerifyLogger(logger *slog.Logger) VerifyOption {
	return func(v *verification) { v.logger = logger }
}

// VerifyTell sets a function that gets the report, whatever it says.
func VerifyTell(tell func(VerifyReport)) VerifyOption {
	return func(v *verification) { v.report = tell }
}

// end tells the report and returns the error that it is.
func (v *verification) end(r VerifyReport) error {
	if v.report != nil {
		v.report(r)
	}
	logger := v.logger
	if logger == nil {
		logger = slog.Default()
	}
	if len(r.Accepted) > 0 {
		logger.Warn("auth: start: weaknesses are accepted", "program", r.Program, "router", r.Router, "what", r.Accepted)
	}
	if len(r.Unverified) > 0 {
		logger.Info("auth: start: not verified", "program", r.Program, "router", r.Router, "what", r.Unverified)
	}
	if len(r.Differences) == 0 {
		return nil
	}
	if v.logOnly {
		for _, d := range r.Differences {
			logger.Error("auth: start: not as the manifest says", "program", r.Program, "router", r.Router, "difference", d)
		}
		return nil
	}
	return &VerifyError{r}
}

// wiredRules are the rules that routes were made with.
type wiredRules struct {
	mu    sync.Mutex
	rules map[*Rule]bool
}

func (w *wiredRules) add(rule *Rule) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rules == nil {
		w.rules = map[*Rule]bool{}
	}
	w.rules[rule] = true
}

// all returns the rules in order of their handlers.
func (w *wiredRules) all() []*Rule {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]*Rule, 0, len(w.rules))
	for r := range w.rules {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *Rule) int { return strings.Compare(a.Handler, b.Handler) })
	return list
}
