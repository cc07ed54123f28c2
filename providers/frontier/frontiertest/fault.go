package frontiertest

import (
	"encoding/json"
	"net/http"

	"github.com/authgen/authgen/internal/loopback"
)

// Always is the number of times of a fault that stays until [Server.Heal].
const Always = loopback.Always

// Fault is something that goes wrong with a request.
type Fault = loopback.Fault

// Hang gives no answer for as long as the client waits and the server runs. To
// release requests see [Server.Hold].
func Hang() Fault { return loopback.Hang() }

// Drop closes the connection without an answer.
func Drop() Fault { return loopback.Drop() }

// Cut closes the connection in the middle of the answer's body. The RPC does what it
// was asked.
func Cut() Fault { return loopback.Cut() }

// Garbage answers 200 with a body that says it is JSON and is not.
func Garbage() Fault { return Answer(http.StatusOK, "application/json", `{"access_token": <html>`) }

// Status answers with a status and an error in the form of Frontier's, such as
// Status(503, "unavailable", "upstream is down").
func Status(status int, code, text string) Fault {
	body, _ := json.Marshal(map[string]string{"code": code, "message": text}) // strings always can be
	return Answer(status, "application/json", string(body))
}

// Answer answers with any status, content type and body.
func Answer(status int, contentType, body string) Fault {
	return loopback.Answer(*plain(status, contentType, body))
}

// SetHeader sets a header of the answer: Retry-After or Location, for example.
func SetHeader(name, value string) Fault { return loopback.SetHeader(name, value) }

// Fail makes the next requests to an RPC go wrong: as many as times says, or all of
// them with [Always]. Faults of one call come together: a [Status] and a
// [SetHeader], for example. What was said earlier comes first; faults of the RPC come
// before those of [Any].
//
// [Status], [Answer] and [Garbage] answer in place of the RPC, which then does not
// see the request.
func (s *Server) Fail(rpc RPC, times int, faults ...Fault) {
	s.helper()
	if !s.traffic.Fail(rpc, times, faults) {
		s.fatal("frontiertest: Fail: say how many times, and what goes wrong")
	}
}

// Heal ends all faults that [Server.Fail] planned. Requests that hang already do so
// until the client or the server ends.
func (s *Server) Heal() { s.traffic.Heal() }

// Hold keeps all requests to an RPC waiting, from when they have been counted until
// release is called. With [Server.Await] a test waits for requests that come at a
// time without sleeping. Releasing twice does nothing.
func (s *Server) Hold(rpc RPC) (release func()) { return s.traffic.Hold(rpc) }
