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
}

// serve notes that a handler is given to a server; nil is the default mux.
func (in *interp) serve(h value.Value, pos token.Pos) {
	if _, none := h.(*value.Nil); none || h == nil {
		h = in.defaultMux()
	}
	for _, l := range in.peel(h, 0) {
		if r := asRouter(l.handler); r != nil {
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
			in.serve(in.defaultMux(), pos)
		}
		return
	}
	if _, none := c.V.(*value.Nil); none && !starts {
		return
	}
	in.servers = append(in.servers, s)
	in.eachOption(c.V, func(h value.Value) { in.serve(h, pos) })
}

// serveServers serves what servers hold that were made and not seen to start.
func (in *interp) serveServers() {
	for _, s := range in.made {
		in.serveServer(s.server, s.pos, false)
	}
}
