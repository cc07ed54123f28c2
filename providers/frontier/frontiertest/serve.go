package frontiertest

import (
	"errors"
	"mime"

	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/authgen/authgen/internal/loopback"
)

// acceptPost is what a server of Connect says it takes.
const acceptPost = "application/grpc, application/grpc+json, application/grpc+json; charset=utf-8, " +
	"application/grpc+proto, application/grpc-web, application/grpc-web+json, application/grpc-web+json; charset=utf-8, " +
	"application/grpc-web+proto, application/json, application/json; charset=utf-8, application/proto"

// Content types of requests. With charset the names in the answer are camelCase.
const (
	bareJSON    = "application/json"
	charsetJSON = "application/json; charset=utf-8"
)

// reply is an answer before it is sent.
type reply = loopback.Reply

// find names the RPC of a path.
func (s *Server) find(r *http.Request) RPC {
	if s.rest {
		rpc, _, _ := findREST(r)
		return rpc
	}
	service, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	m, ok := methods[RPC(name)]
	if ok && service == either(m.service, frontierService) {
		return RPC(name)
	}
	return Other
}

// handler serves RPCs, with faults and with the record.
func (s *Server) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rpc := s.find(r)
		ctx, cancel := withDeadline(r)
		defer cancel()
		s.traffic.Serve(ctx, w, r, rpc, s.now(), func(body []byte, err error) reply {
			switch {
			case errors.Is(err, context.DeadlineExceeded):
				return *s.refuse(errDeadline)
			case err != nil:
				return reply{Status: http.StatusRequestEntityTooLarge}
			case s.rest:
				return *s.answerREST(rpc, r.WithContext(ctx), body)
			}
			return *s.answer(rpc, r.WithContext(ctx), body)
		})
	})
}

// withDeadline ends the request when the caller's deadline does, in real time.
func withDeadline(r *http.Request) (context.Context, context.CancelFunc) {
	millis, err := strconv.Atoi(r.Header.Get("Connect-Timeout-Ms"))
	if err != nil || millis <= 0 {
		return context.WithCancel(r.Context())
	}
	return context.WithTimeout(r.Context(), time.Duration(millis)*time.Millisecond)
}

// answer is what a server of Connect answers.
func (s *Server) answer(rpc RPC, r *http.Request, body []byte) *reply {
	if rpc == Other {
		return s.outside(r)
	}
	if r.Method != http.MethodPost {
		return &reply{Status: http.StatusMethodNotAllowed, Header: http.Header{"Allow": {http.MethodPost}}}
	}
	contentType := canonical(r.Header.Get("Content-Type"))
	if contentType == "" {
		return &reply{Status: http.StatusUnsupportedMediaType, Header: http.Header{"Accept-Post": {acceptPost}}}
	}
	c := &call{Request: r, header: http.Header{}}
	var err *failure
	if c.request, err = readMessage(body); err != nil {
		return s.refuse(err)
	}
	out, err := s.do(methods[rpc], c, s.extract(r.Header))
	if err != nil {
		return s.refuse(err)
	}
	return s.respond(http.StatusOK, c.header, contentType, out)
}

// canonical returns one of the two content types, or nothing for others.
func canonical(contentType string) string {
	name, parameters, err := mime.ParseMediaType(contentType)
	charset, ok := parameters["charset"]
	switch {
	case err != nil || name != bareJSON:
		return ""
	case len(parameters) == 0:
		return bareJSON
	case len(parameters) == 1 && ok && strings.EqualFold(charset, "utf-8"):
		return charsetJSON
	}
	return ""
}

// do authenticates and runs a method.
func (s *Server) do(m method, c *call, carries carried) (message, *failure) {
	var err *failure
	switch {
	case !m.open:
		if c.who, err = s.authenticate(c.Request, carries); err != nil {
			return nil, err
		}
		if m.noPAT && c.who.namespace == nsPAT {
			return nil, errPATBlocked
		}
	case carries.session != nil:
		// A failure is as nobody for who needs no credential.
		c.who, _ = s.bySession(carries.session)
	}
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	return m.answer(s, c)
}

func (s *Server) respond(status int, header http.Header, contentType string, out message) *reply {
	header["Content-Type"] = []string{contentType}
	header["Accept-Encoding"] = []string{"gzip"}
	return &reply{Status: status, Header: header, Body: encode(out, form{camel: contentType == charsetJSON})}
}

// refuse answers an error, which is application/json always.
func (s *Server) refuse(err *failure) *reply {
	return s.respond(err.code.status, http.Header{}, bareJSON, message{
		"code": err.code.name, "message": err.text, "details": err.details,
	})
}

// outside answers what is no RPC that the fake knows.
func (s *Server) outside(r *http.Request) *reply {
	switch r.URL.Path {
	case "/ping":
		return plain(http.StatusOK, bareJSON, `{"status":"SERVING"}`)
	case "/grpc.health.v1.Health/Check":
		if r.Method == http.MethodPost {
			return s.respond(http.StatusOK, http.Header{}, bareJSON, message{"status": "SERVING_STATUS_SERVING"})
		}
	}
	missing := plain(http.StatusNotFound, "text/plain; charset=utf-8", "404 page not found\n")
	missing.Header.Set("X-Content-Type-Options", "nosniff")
	return missing
}

func plain(status int, contentType, body string) *reply {
	return &reply{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)}
}
