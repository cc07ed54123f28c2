package judge

import (
	"go/types"
	"testing"
)

const callEachOther = `package endless

import "net/http"

type settings struct{ open bool }

func first(s *settings, r *http.Request)  { second(s, r); s.open = true; r.Header.Set("A", "b") }
func second(s *settings, r *http.Request) { third(s, r) }
func third(s *settings, r *http.Request)  { first(s, r) }
func reads(s *settings) bool              { return s.open || reads(s) }
`

// TestFunctionsThatCallEachOther asks what functions do that call each other: the
// answer is that of all of them, whichever is asked for first.
func TestFunctionsThatCallEachOther(t *testing.T) {
	t.Parallel()
	p, _ := linksOf(t, callEachOther)
	scope := p.Packages[0].Types.Scope()
	names := []string{"first", "second", "third"}
	for i := range names {
		j := New(p)
		for k := range names {
			name := names[(i+k)%len(names)]
			fn := scope.Lookup(name).(*types.Func)
			if !j.mayWrite(fn) {
				t.Errorf("%s, asked after %d others, writes nothing", name, k)
			}
			if w := j.writingOf(fn); !w.request || !w.state || w.unknown {
				t.Errorf("%s, asked after %d others, writes %+v", name, k, *w)
			}
			if e := j.effectsOf(fn); e.some || len(e.written) != 1 {
				t.Errorf("%s, asked after %d others, has the effects %+v", name, k, *e)
			}
		}
		if j.mayWrite(scope.Lookup("reads").(*types.Func)) {
			t.Error("reads writes something")
		}
	}
}
