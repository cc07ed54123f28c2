package judge

import (
	"fmt"
	"os"
	"time"

	"github.com/authgen/authgen/audit/internal/wiring"
)

var tracing = os.Getenv("JTRACE") != ""

func (j *Judge) trace(l *wiring.Link, x *exec, in int, t0 time.Time) {
	if !tracing {
		return
	}
	why := ""
	if x.blown != nil {
		why = j.prog.Position(x.blown.Pos).String() + " " + x.blown.Text
	}
	fmt.Fprintf(os.Stderr, "LINK %s in=%d steps=%d reached=%d stopped=%d %v %s\n", l.Name, in, x.steps, len(x.reached), len(x.stopped), time.Since(t0), why)
}
