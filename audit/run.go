package audit

import (
	"cmp"
	"context"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"github.com/authgen/authgen/audit/internal/judge"
	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
	"github.com/authgen/authgen/config"
	"github.com/authgen/authgen/diagnostic"
	"github.com/authgen/authgen/manifest"
)

// authgen is the module that generated code enforces its rules with.
const authgen = "github.com/authgen/authgen"

// audit is the state of one run.
type audit struct {
	config     Config
	settings   *config.Config
	twins      *twins
	program    *program.Program
	judge      *judge.Judge
	programs   []*wiring.Program
	routes     []*route // all, in order of program and registration
	publicUsed map[*config.PublicRoute]bool
	meddlings  []meddling
	kept       map[types.Object]kind    // variables and fields that links keep requests in
	forgings   map[value.Value]*forged  // of links
	comeBack   map[*types.Func]bool     // functions that return what somebody else kept
	methods    map[string][]*types.Func // of the module, by name
	asked      map[askedOf]asked
}

// Audit reads the module and judges every route. It writes nothing and runs no
// code of the module. Mistakes in the module are diagnostics; an error means that
// the job could not be done.
func Audit(ctx context.Context, cfg Config) (result *Result, err error) {
	defer func() {
		if r := recover(); r != nil { // code that nobody has thought of: nothing is said of it
			result, err = nil, fmt.Errorf("audit: this code is not understood: %v", r)
		}
	}()
	a := &audit{config: cfg, settings: cfg.Settings, twins: newTwins(cfg), publicUsed: map[*config.PublicRoute]bool{}, asked: map[askedOf]asked{}, kept: map[types.Object]kind{}}
	if a.settings == nil {
		a.settings = config.Default()
	}
	b := a.settings.Build
	a.program, err = program.Load(ctx, program.Config{
		Dir: cmp.Or(cfg.Dir, "."), Patterns: cfg.Patterns, GOOS: cmp.Or(b.GOOS, "linux"), GOARCH: cmp.Or(b.GOARCH, "amd64"), Tags: b.Tags,
		Touching: wiring.Touching(),
	})
	if err != nil {
		return nil, err
	}
	a.judge = judge.New(a.program)
	a.judge.Believed = a.believed
	a.meddlings = a.findMeddlings()
	for _, m := range a.meddlings {
		a.twins.stale[m.pkg] = true
	}
	sealed := func(fn *types.Func) bool { return a.twins.method(a, fn) != nil }
	if a.programs, err = wiring.Read(ctx, a.program, wiring.Config{
		Sealed: sealed, Optional: a.generated,
		Ruled:      func(fn *types.Func) bool { return sealed(fn) || a.twins.byHandler[wiring.FuncName(fn)] != nil },
		RuledNames: a.twins.names(),
	}); err != nil {
		return nil, err
	}
	for settled := false; !settled; settled = a.judge.Settled() {
		a.routes = nil
		for _, p := range a.programs {
			for _, w := range p.Routes {
				a.routes = append(a.routes, a.examine(p, w))
			}
			fronts := 0
			for _, front := range p.Fronts {
				if w, why := a.beside(front); w != front {
					fronts++
					w.Router.Number = len(p.Routers) + fronts
					r := a.examine(p, w)
					r.verdict.Evidence = append(why, r.verdict.Evidence...)
					a.routes = append(a.routes, r)
				}
			}
		}
	}
	a.again()
	return a.result(), ctx.Err()
}

// believed reports whether the settings say of a middleware, or of a function
// around it, that it denies callers without identity.
func (a *audit) believed(l *wiring.Link) bool {
	for name := l.Name; name != ""; name = maker(name) {
		if slices.ContainsFunc(a.settings.Middleware, func(e config.Name) bool { return e.Name == name }) {
			return true
		}
	}
	return false
}

// generated reports whether a function stands in a file that the generator
// writes, such as RegisterRoutes of a twin.
func (a *audit) generated(fn *types.Func) bool {
	return generatedFile(a.program.Fset.Position(fn.Pos()).Filename)
}

// result makes the answer from what was found.
func (a *audit) result() *Result {
	result := &Result{Registered: map[string]bool{}, Skipped: a.skipped()}
	for _, t := range a.config.Twins {
		result.Registered[t.Handler] = false
	}
	for _, r := range a.merged() {
		result.Routes = append(result.Routes, a.entry(r))
	}
	for _, r := range a.routes {
		for _, t := range append([]*Twin{r.twin, r.raw, r.beside}, slices.Concat(r.areas, r.behind)...) {
			if t != nil {
				result.Registered[t.Handler] = true
			}
		}
	}
	slices.SortStableFunc(result.Routes, manifest.CompareRoutes)
	result.Diagnostics = a.findings(result.Registered)
	diagnostic.Sort(result.Diagnostics)
	return result
}

// merged returns one route where the same registration is reached in several
// ways: the one that protects least. Where they differ by a condition, the route
// is protected under that condition only.
func (a *audit) merged() []*route {
	type key struct {
		program, method, where, handler string
		router                          *wiring.Router
		pos                             token.Pos
	}
	index := map[key]int{}
	var out []*route
	for _, r := range a.routes {
		k := key{r.program, r.Method, r.Host + r.Path.String(), r.handler(), r.Router, r.Pos}
		i, seen := index[k]
		if !seen {
			index[k] = len(out)
			out = append(out, r)
			continue
		}
		out[i] = a.worse(out[i], r)
	}
	return out
}

// worse returns what two ways to one route come to.
func (a *audit) worse(x, y *route) *route {
	if rank(x.state) < rank(y.state) {
		x, y = y, x
	}
	if x.state == y.state {
		return x.onEither(x, y)
	}
	left := slices.DeleteFunc(slices.Clone(y.Conditions), func(c wiring.Condition) bool { return slices.Contains(x.Conditions, c) })
	if rank(y.state) > rank(manifest.Middleware) || rank(x.state) <= rank(manifest.Public) {
		return x
	}
	if len(left) == 0 {
		return chosen(x, y)
	}
	both := x.onEither(x, y)
	both.state = manifest.Conditional
	both.verdict.State = judge.Conditional
	for _, c := range left {
		both.verdict.Evidence = append(slices.Clip(both.verdict.Evidence), judge.Evidence{Pos: c.Pos, Text: "protected only when " + c.Text})
	}
	return both
}

// chosen returns what an open way to a route and a protected one come to where one link
// leads to both: it decides which is taken.
func chosen(x, y *route) *route {
	i := 0
	for i < min(len(x.Chain), len(y.Chain)) && x.Chain[i].Func == y.Chain[i].Func {
		i++
	}
	if x.state != manifest.Unprotected || y.state != manifest.Middleware || i == 0 || i == len(y.Chain) || len(x.Chain[i-1].Next) < 2 {
		return x
	}
	both, l := *x, x.Chain[i-1]
	both.state = manifest.Conditional
	both.verdict.State = judge.Conditional
	around := judge.Evidence{Pos: l.Pos, Text: madeBy(l.Name, x.InName) + " chooses whether " + madeBy(y.Chain[i].Name, x.InName) + " runs, which denies"}
	both.verdict.Evidence = append([]judge.Evidence{around}, y.verdict.Evidence...)
	return &both
}

// rank orders states from protected to not.
func rank(s manifest.Protection) int {
	return slices.Index([]manifest.Protection{
		manifest.Guarded, manifest.Middleware, manifest.Public, manifest.Conditional, manifest.Unproven, manifest.Unprotected,
	}, s)
}

// skipped lists what was not read.
func (a *audit) skipped() []manifest.Skipped {
	skipped := []manifest.Skipped{}
	for _, s := range a.program.Skipped {
		if generatedFile(s.What) {
			continue // is told by its sources
		}
		skipped = append(skipped, manifest.Skipped{What: s.What, Why: s.Why})
	}
	for _, pkg := range a.program.Packages {
		if len(pkg.Errors) > 0 {
			skipped = append(skipped, manifest.Skipped{What: pkg.Path, Why: "errors"})
		}
	}
	if from := a.program.Other(authgen + "/runtime"); from != "" {
		skipped = append(skipped, manifest.Skipped{What: authgen, Why: "from a " + from + ", and taken for the original"})
	}
	slices.SortFunc(skipped, func(a, b manifest.Skipped) int { return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Why, b.Why)) })
	return slices.Compact(skipped)
}

func number(n int) string { return strconv.Itoa(n) }

// position is where a finding is shown.
func (a *audit) position(pos token.Pos) diagnostic.Position {
	p := a.program.Position(pos)
	return diagnostic.Position{File: p.Filename, Line: p.Line, Column: p.Column}
}
