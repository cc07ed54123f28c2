package wiring

import "github.com/authgen/authgen/audit/internal/value"

// errorsRun tells that the function of an Echo that answers errors may run a
// handler again: no middleware stands in front of it there.
func (in *interp) errorsRun(r *Router, handler value.Value) []End {
	c := r.fields["HTTPErrorHandler"]
	if r.Framework != Echo || c == nil {
		return nil
	}
	for _, way := range value.Alternatives(c.V) {
		f, ok := value.Bare(way).(*value.Func)
		if !ok || f.Fn != nil && !in.program.Own(pkgPath(f.Fn)) {
			continue
		}
		if in.runsItself(f, nil, handler) || in.asks(f) != 0 {
			return []End{{Pos: c.Pos, Why: "HTTPErrorHandler speaks of the handler of a route, and may run it past what stands in front"}}
		}
	}
	return nil
}
