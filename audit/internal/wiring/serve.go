package wiring

import (
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// madeServer is an http.Server that the program makes.
type madeServer struct {
	server *value.Struct
	pos    token.Pos
}

// serving is a handler that is given to a server.
type serving struct {
	handler value.Value
	pos     token.Pos
	conds   []Condition
	in      *types.Func
	context bool // the server puts values into the context of requests
}

// serve notes that a handler is given to a server; nil is the default mux.
func (in *interp) serve(h value.Value, pos token.Pos) {
	if _, none := h.(*value.Nil); none || h == nil {
		h = in.muxVar().V
	}
	for _, l := range in.peel(h, 0) {
		if r := RouterOf(l.handler); r != nil {
			r.started = true
		}
	}
	in.servings = append(in.servings, serving{handler: h, pos: pos, conds: slices.Clone(in.conditions), in: in.current})
}

// serveServer serves what an http.Server holds. Without a handler that is the
// default mux, when the server is seen to start.
func (in *interp) serveServer(s *value.Struct, pos token.Pos, starts bool) {
	if slices.Contains(in.servers, s) {
		return
	}
	c := s.Fields["Handler"]
	if c == nil || c.V == nil {
		if starts && !s.Open {
			in.servers = append(in.servers, s)
			in.serve(in.muxVar().V, pos)
			in.servings[len(in.servings)-1].context = hasContext(s)
		}
		return
	}
	if _, none := c.V.(*value.Nil); none && !starts {
		return
	}
	in.servers = append(in.servers, s)
	from := len(in.servings)
	in.eachOption(c.V, func(h value.Value) { in.serve(h, pos) })
	for i := range in.servings[from:] {
		in.servings[from+i].context = hasContext(s)
	}
}

// hasContext reports whether a server puts values into the context of requests.
func hasContext(s *value.Struct) bool {
	for _, name := range []string{"BaseContext", "ConnContext"} {
		c := s.Fields[name]
		if c == nil || c.V == nil {
			continue
		}
		if _, none := c.V.(*value.Nil); !none {
			return true
		}
	}
	return false
}

// serveServers serves what servers hold that were made and not seen to start.
func (in *interp) serveServers() {
	for _, s := range in.made {
		in.serveServer(s.server, s.pos, false)
	}
}
