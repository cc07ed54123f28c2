package audit_test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/authgen/authgen/audit"
	"github.com/authgen/authgen/manifest"
)

// TestControlFlow compares what is said of functions whose control flow was made up at
// random with what they do under every setting: where one registers its route without
// the middleware, it must not be told as protected, and no route may be missing.
func TestControlFlow(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := &flowWriter{Rand: rand.New(rand.NewPCG(seed, 1)), jumps: seed%2 == 1}
			var functions, calls, tries strings.Builder
			const count = 150
			for i := range count {
				functions.WriteString(w.function(i))
				fmt.Fprintf(&calls, "\tp%d(m)\n", i)
				fmt.Fprintf(&tries, "\t\ttry(func() { p%d(m) })\n", i)
			}
			dir := t.TempDir()
			writeFiles(t, dir, map[string]string{
				"go.mod":          "module example.com/flow\n\ngo 1.26\n",
				"server/main.go":  strings.Replace(flowServer, "CALLS\n", calls.String(), 1) + functions.String(),
				"outcome/main.go": strings.Replace(flowOutcome, "CALLS\n", tries.String(), 1) + functions.String(),
			})
			cmd := exec.CommandContext(t.Context(), "go", "run", "./outcome")
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			result, err := audit.Audit(t.Context(), audit.Config{Dir: dir, Patterns: []string{"./server"}})
			if err != nil {
				t.Fatal(err)
			}
			states := map[string][]manifest.Protection{}
			for _, r := range result.Routes {
				states[r.Path] = append(states[r.Path], r.Protection)
			}
			open, protected := 0, 0
			for line := range strings.Lines(string(out)) {
				var path string
				var registered int
				if _, err := fmt.Sscan(line, &path, &registered); err != nil {
					t.Fatal(err)
				}
				if states[path] == nil {
					t.Errorf("%s is not found", path)
				}
				for _, s := range states[path] {
					switch {
					case s == manifest.Middleware && registered&openly != 0:
						t.Errorf("%s is told as %s and registered without it", path, s)
					case s == manifest.Middleware:
						protected++
					default:
						open++
					}
				}
			}
			if open == 0 || protected == 0 {
				t.Errorf("%d routes are protected and %d are not: both are to be tried", protected, open)
			}
		})
	}
}

// openly is set in the outcome of a route that is registered without middleware under
// some setting.
const openly = 1

const flowServer = `package main

import (
	"net/http"
	"os"
)

type mux = http.ServeMux

var (
	key     = os.Getenv("KEY")
	handler = http.HandlerFunc(hello)
)

func init() {
	if key == "" {
		panic("no key")
	}
}

func hello(w http.ResponseWriter, r *http.Request) {}

func noop(h http.Handler) http.Handler { return h }

func auth(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-API-Key") != key {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func env(name string) bool { return os.Getenv(name) != "" }

func main() {
	m := http.NewServeMux()
CALLS
	http.ListenAndServe("127.0.0.1:8080", m)
}
`

const flowOutcome = `package main

import "fmt"

type mux struct{}

type outcome int

var (
	handler     outcome
	seen        = map[string]int{}
	mask, steps int
)

func (*mux) Handle(path string, o outcome) { seen[path] |= 1 << o }

func noop(outcome) outcome { return 0 }
func auth(outcome) outcome { return 1 }

func env(name string) bool {
	if steps++; steps > 500 {
		panic("it does not end")
	}
	return mask>>(name[0]-'A')&1 == 1
}

func try(f func()) {
	steps = 0
	defer func() { recover() }()
	f()
}

func main() {
	m := &mux{}
	for mask = range 16 {
CALLS
	}
	for path, o := range seen {
		fmt.Println(path, o)
	}
}
`

// flowWriter writes functions of loops, switches, jumps and branches, which set what is
// put around a handler and register that at their end.
type flowWriter struct {
	*rand.Rand
	jumps  bool // with goto
	labels int
}

// around is what a statement stands in.
type around struct {
	loop, breakable bool
	labels          []flowLabel
}

type flowLabel struct {
	name string
	loop bool
}

func (w *flowWriter) some(p float64) bool { return w.Float64() < p }

func (w *flowWriter) one(of ...string) string { return of[w.IntN(len(of))] }

func (w *flowWriter) condition() string { return `env("` + w.one("A", "B", "C", "D") + `")` }

func (w *flowWriter) function(i int) string {
	w.labels = 0
	body := w.list(2+w.IntN(3), 3, around{})
	for _, l := range []string{"G0", "G1", "G2"} {
		if strings.Contains(body, "goto "+l) {
			body += l + ":\n" + w.one("g = auth", `if env("A") { g = noop }`, `if env("B") { g = auth }`, `if env("C") { g = auth } else { g = noop }`) + "\n"
		}
	}
	return fmt.Sprintf("\nfunc p%d(m *mux) {\ng := %s\n%sm.Handle(\"/%d\", g(handler))\n}\n", i, w.one("auth", "noop"), body, i)
}

func (w *flowWriter) list(n, depth int, in around) string {
	var b strings.Builder
	for range n {
		b.WriteString(w.statement(depth, in) + "\n")
	}
	return b.String()
}

func (w *flowWriter) block(depth int, in around) string { return w.list(1+w.IntN(3), depth, in) }

func (w *flowWriter) statement(depth int, in around) string {
	kind := w.Float64()
	if depth == 0 || kind < .25 {
		return w.simple(in)
	}
	if kind < .5 {
		s := "if " + w.condition() + " {\n" + w.block(depth-1, in) + "}"
		if w.some(.5) {
			s += " else {\n" + w.block(depth-1, in) + "}"
		}
		return s
	}
	w.labels++
	label := fmt.Sprint("L", w.labels)
	inner := around{loop: in.loop, breakable: true, labels: append(in.labels[:len(in.labels):len(in.labels)], flowLabel{label, kind < .75})}
	var s string
	if kind < .75 {
		inner.loop = true
		s = fmt.Sprintf(w.one("for range 2 {\n%s}", "for {\n%sbreak\n}", "for range []string{\"a\", \"b\"} {\n%s}"), w.block(depth-1, inner))
	} else {
		s = "switch {\n"
		for range 1 + w.IntN(3) {
			s += "case " + w.condition() + ":\n" + w.block(depth-1, inner)
		}
		if w.some(.6) {
			s += "default:\n" + w.block(depth-1, inner)
		}
		s += "}"
	}
	if strings.Contains(s, " "+label+" }") {
		s = label + ":\n" + s
	}
	return s
}

// simple is a statement that holds no list of others.
func (w *flowWriter) simple(in around) string {
	all := []string{"g = auth", "g = noop", "g = auth"}
	may := func(do string) { all = append(all, "if "+w.condition()+" { "+do+" }") }
	if in.loop {
		may("continue")
		may("break")
	}
	if in.breakable && w.some(.5) {
		may("break")
		all = append(all, "break")
	}
	for _, l := range in.labels {
		if !w.some(.3) {
			continue
		}
		if l.loop && w.some(.5) {
			may("continue " + l.name)
		} else {
			may("break " + l.name)
		}
	}
	if w.jumps && w.some(.4) {
		return "if " + w.condition() + " { goto " + w.one("G0", "G1", "G2") + " }"
	}
	return w.one(all...)
}
