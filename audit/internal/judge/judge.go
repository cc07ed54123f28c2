// Package judge is being built.
package judge

import (
	"go/token"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/wiring"
)

type State int

const (
	Open State = iota
	Denies
	Conditional
	Unknown
)

type Evidence struct {
	Pos  token.Pos
	Text string
}
type Verdict struct {
	State    State
	Evidence []Evidence
	Handler  State
}
type Judge struct{}

func New(p *program.Program) *Judge                         { return &Judge{} }
func (j *Judge) Route(r *wiring.Route) Verdict              { return Verdict{} }
func (j *Judge) Link(l *wiring.Link, method string) Verdict { return Verdict{} }
