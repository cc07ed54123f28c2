package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// sizes say how thoroughly is measured.
type sizes struct {
	runs     int           // over all rows; the best counts
	time     time.Duration // per measurement, about
	tokens   int           // that are sent as new ones
	distinct []int         // numbers of tokens in the cache
}

// cost is what one request takes, or one signature.
type cost struct {
	ns     float64
	allocs int64
	bytes  int64
}

// measurements are the costs by the names of what was measured.
type measurements struct {
	sizes  sizes
	costs  map[string]cost
	memory map[int]int64 // bytes of heap per cached token, by their number
}

// measurement is one thing to measure.
type measurement struct {
	name       string
	processors int
	run        func(*testing.B)
}

// Names of measurements, after that of what they are of.
const (
	seen   = ": seen"
	unseen = ": unseen"
	one    = ": parallel, one processor"
	two    = ": parallel, two processors"
)

func measureAll(s sizes) (*measurements, error) {
	if err := flag.Set("test.benchtime", s.time.String()); err != nil {
		return nil, err
	}
	e, err := newEnv()
	if err != nil {
		return nil, err
	}
	defer e.Close()
	m := &measurements{sizes: s, costs: map[string]cost{}, memory: map[int]int64{}}
	plan, err := requests(e, s)
	if err != nil {
		return nil, err
	}
	if err := m.measure(plan); err != nil {
		return nil, err
	}
	// Only now, as many tokens are much memory, with which garbage is collected
	// less often.
	if plan, err = manyTokens(e, s); err != nil {
		return nil, err
	}
	if err := m.measure(plan); err != nil {
		return nil, err
	}
	for _, n := range s.distinct {
		if m.memory[n], err = memoryPerToken(e, n); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// measure measures everything of the plan in each run, so that what disturbs the
// machine for a while does not fall on one row alone.
func (m *measurements) measure(plan []measurement) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for i := range m.sizes.runs {
		fmt.Fprintf(os.Stderr, "run %d of %d: %d measurements\n", i+1, m.sizes.runs, len(plan))
		for _, one := range plan {
			runtime.GOMAXPROCS(one.processors)
			runtime.GC() // the garbage of the row before is not this one's
			r := testing.Benchmark(one.run)
			if r.N == 0 {
				return fmt.Errorf("%s: a request was answered otherwise than expected", one.name)
			}
			ns := float64(r.T.Nanoseconds()) / float64(r.N)
			if best, ok := m.costs[one.name]; !ok || ns < best.ns {
				m.costs[one.name] = cost{ns, r.AllocsPerOp(), r.AllocedBytesPerOp()}
			}
		}
	}
	return nil
}

// requests is the plan for all but the numbers of cached tokens.
func requests(e *env, s sizes) ([]measurement, error) {
	all := runtime.NumCPU()
	var plan []measurement
	for _, alg := range algorithms {
		headers, err := e.authorizations(alg, s.tokens)
		if err != nil {
			return nil, err
		}
		plan = append(plan, measurement{rawName(alg), all, raw(rawCheck(e, alg), headers)})
		if alg != "RS256" {
			plan = append(plan, measurement{alg + unseen, all, unknown(func() (http.Handler, error) { return guardedBy(alg, twinHTTP)(e) }, headers)})
		}
	}
	headers, err := e.authorizations("RS256", s.tokens)
	if err != nil {
		return nil, err
	}
	few := headers[:min(100, len(headers))]
	for _, t := range targets() {
		h, err := t.build(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		plan = append(plan, measurement{t.name + seen, all, known(h, headers[:1])})
		if t.bare == "" || t.detail {
			continue
		}
		fresh := func() (http.Handler, error) { return h, nil }
		if t.cached {
			fresh = func() (http.Handler, error) { return t.build(e) }
		}
		plan = append(plan, measurement{t.name + unseen, all, unknown(fresh, headers)},
			measurement{t.name + one, 1, parallel(h, few)}, measurement{t.name + two, 2, parallel(h, few)})
	}
	return plan, nil
}

func rawName(alg string) string { return "raw " + alg }

func distinctName(n int) string { return fmt.Sprint("distinct tokens: ", n) }

// holding is the size of a cache that holds n tokens.
func holding(n int) auth.Option {
	return auth.TokenCache(auth.CacheLimits{Entries: 2 * n, Bytes: int64(n+1) << 20})
}

// manyTokens is the plan for the numbers of cached tokens.
func manyTokens(e *env, s sizes) ([]measurement, error) {
	var plan []measurement
	for _, n := range s.distinct {
		headers, err := e.authorizations("RS256", n)
		if err != nil {
			return nil, err
		}
		h, err := guardedBy("RS256", twinHTTP, holding(n))(e)
		if err != nil {
			return nil, err
		}
		plan = append(plan, measurement{distinctName(n), runtime.NumCPU(), known(h, headers)})
	}
	return plan, nil
}

// memoryPerToken returns by how many bytes the heap grows per token that a guard
// remembers. A request's header goes with the request.
func memoryPerToken(e *env, n int) (int64, error) {
	h, err := guardedBy("RS256", twinHTTP, holding(n))(e)
	if err != nil {
		return 0, err
	}
	headers, err := e.authorizations("RS256", n)
	if err != nil {
		return 0, err
	}
	c := newClient()
	before := heap()
	for _, header := range headers {
		if !c.send(h, strings.Clone(header)) {
			return 0, errRefused
		}
	}
	c.authorization[0] = ""
	grown := heap() - before
	runtime.KeepAlive(h)
	return grown / int64(n), nil
}

// heap returns the bytes of live objects.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what has a finalizer or was pooled goes with the second
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
