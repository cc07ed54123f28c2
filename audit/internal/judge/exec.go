package judge

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// Bounds of the work on one link. What exceeds them is not known.
const (
	maxSteps  = 30000
	maxCall   = 6000 // of one call that cannot come to the next handler
	maxStates = 96
	maxTotal  = 300000 // of the links of a program; from then on only short ones are read
	maxLate   = 2000
	maxProven = 3000 // steps after which ways with a proof end
	maxDepth  = 14
)

// exec runs the code of one link, in all ways that it can go at once.
type exec struct {
	j           *Judge
	framework   wiring.Framework
	routeMethod string // "" for every one
	usedMethod  bool
	next        []value.Value

	reached []*state // that came to the next handler
	stopped []*state // that ended before

	steps  int
	limit  int       // of steps
	blown  *Evidence // why the work was given up
	tight  bool      // few ways are kept apart
	cells  map[string]*cell
	ids    map[string]string
	wcells map[*value.Cell]*cell
	busy   map[string]int // functions that run, by id

	throws bool         // what is behind the link panics, see recovery
	caught *wiring.Link // see caughtBy

	service *handling // nil for links
	turned  bool      // a handler denies on a way that looked at an identity
	swayed  bool      // a way through a handler has proved something

	asked map[capture]bool // see leads

	trust  *trust           // nil where no link runs
	hiding map[string]bool  // values that got what leads to the next handler
	lost   *Evidence        // where that was put somewhere that is not followed
	sent   map[string][]val // functions, by the channels
	aside  token.Pos        // where the chain of gin goes on in a goroutine that nobody waits for
}

// frame is a function that runs.
type frame struct {
	key      string
	round    string // of the loops around what runs now
	pkg      *program.Package
	caller   *frame
	at       token.Pos  // of the call in the caller
	outer    *frame     // lexically
	env      *value.Env // of a literal of the wiring
	cells    map[types.Object]*cell
	results  []*cell // named ones
	sig      *types.Signature
	types    map[*types.TypeParam]types.Type // what type parameters stand for
	depth    int
	panicked []*state
	held     int              // deferred calls of its callers
	begun    func(*cell) bool // whether a variable is its own
	dep      bool             // of a dependency
	building bool             // runs before any request
	proven   bool             // was called behind a proof
	lit      *ast.FuncLit     // nil for a declared function
}

type ctl uint8

const (
	cOn ctl = iota
	cReturn
	cBreak
	cContinue
	cPanic
	cGoto
)

// out is how a statement ends.
type out struct {
	st    *state
	ctl   ctl
	label string
	vals  []val
}

// deferred is a call that waits for the end of a function.
type deferred struct {
	fr   *frame
	fn   val
	args []val
	call *ast.CallExpr
}

// id returns a short name for a long one.
func (x *exec) id(long string) string {
	if len(long) < 24 {
		return long
	}
	id, ok := x.ids[long]
	if !ok {
		id = "$" + itoa(len(x.ids))
		x.ids[long] = id
	}
	return id
}

func (x *exec) giveUp(pos token.Pos, why string) {
	if x.blown == nil {
		x.blown = &Evidence{Pos: pos, Text: why}
	}
}

// step counts work; false: there was too much.
func (x *exec) step(pos token.Pos) bool {
	x.steps++
	if x.steps > x.limit {
		x.giveUp(pos, "too many ways through the code")
	}
	return x.blown == nil
}

func (x *exec) block(fr *frame, st *state, list []ast.Stmt) []out {
	live := []*state{st}
	var outs []out
	waiting := map[string][]*state{} // for a label below
	for i, s := range list {
		if l, ok := s.(*ast.LabeledStmt); ok {
			live = append(live, waiting[l.Label.Name]...)
			delete(waiting, l.Label.Name)
		}
		var next []out
		for _, st := range live {
			if !x.step(s.Pos()) {
				return outs
			}
			if x.settled(st) {
				continue
			}
			if outs := x.stmt(fr, st, s, ""); next == nil {
				next = outs
			} else {
				next = append(next, outs...)
			}
		}
		live = live[:0]
		for _, o := range next {
			switch {
			case o.ctl == cOn:
				live = append(live, o.st)
			case o.ctl == cGoto && labelled(list[i+1:], o.label):
				waiting[o.label] = append(waiting[o.label], o.st)
			case o.ctl == cGoto && labelled(list[:i+1], o.label):
				x.giveUp(s.Pos(), "goto back")
				return outs
			default:
				outs = append(outs, o)
			}
		}
		live = merge(x.unproven(live), func(s *state) *state { return s }, func(*state) uint64 { return 0 })
		if len(live) > maxStates/4 || (x.service != nil || x.tight) && len(live) > fewStates {
			live = x.squeeze(live, s.Pos())
		}
		if len(live)+len(outs) > maxStates {
			if outs = mergeOuts(outs); len(live)+len(outs) > maxStates {
				outs = x.squeezeOuts(outs, s.Pos())
			}
			if len(live)+len(outs) > maxStates {
				x.giveUp(s.Pos(), "too many ways through the code")
				return outs
			}
		}
		if len(live) == 0 && len(waiting) == 0 {
			break
		}
	}
	for _, st := range live {
		if len(list) > 0 {
			fr.leave(st, list[0].Pos(), list[len(list)-1].End())
		}
		outs = append(outs, out{st: st})
	}
	return mergeOuts(outs)
}

// settled says whether a way has proven an identity and need not go on: whatever
// follows, what comes to the next handler this way has one. In short code it goes
// on all the same, for what is asked of everybody to be told from what is asked
// of those without identity. Of handlers see unproven.
func (x *exec) settled(st *state) bool {
	if st.proof != sure || x.steps < maxProven || x.service != nil {
		return false
	}
	if st.aborted {
		x.stopped = append(x.stopped, st)
	} else {
		x.reached = append(x.reached, st)
	}
	return true
}

func labelled(list []ast.Stmt, label string) bool {
	return slices.ContainsFunc(list, func(s ast.Stmt) bool {
		l, ok := s.(*ast.LabeledStmt)
		return ok && l.Label.Name == label
	})
}

// leave forgets the variables that are declared in a block.
func (fr *frame) leave(st *state, from, to token.Pos) {
	var gone []*cell
	for obj, c := range fr.cells {
		if obj.Pos() >= from && obj.Pos() < to && st.mem.has(c) {
			gone = append(gone, c)
		}
	}
	if gone != nil {
		st.sweep(nil, func(c *cell) bool { return slices.Contains(gone, c) })
	}
}

func mergeOuts(outs []out) []out {
	return merge(outs, func(o out) *state { return o.st }, func(o out) uint64 {
		return mix(mix(uint64(o.ctl), hashString(o.label)), hashAll(o.vals))
	})
}

func on(states []*state) []out {
	outs := make([]out, len(states))
	for i, st := range states {
		outs[i] = out{st: st}
	}
	return outs
}

// then runs f for all that go on.
func then(outs []out, f func(st *state) []out) []out {
	if len(outs) == 1 && outs[0].ctl == cOn {
		return f(outs[0].st)
	}
	var all []out
	for _, o := range outs {
		if o.ctl == cOn {
			all = append(all, f(o.st)...)
		} else {
			all = append(all, o)
		}
	}
	return all
}

func (x *exec) stmt(fr *frame, st *state, s ast.Stmt, label string) []out {
	switch s := s.(type) {
	case *ast.ExprStmt:
		var outs []out
		for _, e := range x.eval(fr, st, s.X) {
			outs = append(outs, out{st: e.st})
		}
		return outs
	case *ast.AssignStmt:
		return x.assign(fr, st, s)
	case *ast.DeclStmt:
		return x.declare(fr, st, s)
	case *ast.IncDecStmt:
		var outs []out
		for _, e := range x.eval(fr, st, s.X) {
			v := x.arith(fr, e.st, token.ADD, e.v, &konst{v: oneConst}, s.X, s.Pos())
			if s.Tok == token.DEC {
				v = x.arith(fr, e.st, token.SUB, e.v, &konst{v: oneConst}, s.X, s.Pos())
			}
			outs = append(outs, on(x.store(fr, e.st, s.X, v))...)
		}
		return outs
	case *ast.BlockStmt:
		return x.block(fr, st, s.List)
	case *ast.LabeledStmt:
		return x.stmt(fr, st, s.Stmt, s.Label.Name)
	case *ast.IfStmt:
		outs := []out{{st: st}}
		if s.Init != nil {
			outs = x.stmt(fr, st, s.Init, "")
		}
		return mergeOuts(then(outs, func(st *state) []out {
			var all []out
			yes, no := x.branch(fr, st, s.Cond)
			for _, st := range yes {
				all = append(all, x.block(fr, st, s.Body.List)...)
			}
			for _, st := range no {
				if s.Else != nil {
					all = append(all, x.stmt(fr, st, s.Else, "")...)
				} else {
					all = append(all, out{st: st})
				}
			}
			return all
		}))
	case *ast.ReturnStmt:
		return x.returns(fr, st, s)
	case *ast.BranchStmt:
		o := out{st: st}
		if s.Label != nil {
			o.label = s.Label.Name
		}
		switch s.Tok {
		case token.BREAK:
			o.ctl = cBreak
		case token.CONTINUE:
			o.ctl = cContinue
		case token.FALLTHROUGH:
			o.label = fallthroughLabel
			o.ctl = cBreak
		default:
			o.ctl = cGoto
		}
		return []out{o}
	case *ast.SwitchStmt:
		return x.switches(fr, st, s, label)
	case *ast.TypeSwitchStmt:
		return x.typeSwitch(fr, st, s, label)
	case *ast.SelectStmt:
		var all []out
		for _, c := range s.Body.List {
			c := c.(*ast.CommClause)
			outs := []out{{st: st.clone()}}
			if c.Comm != nil {
				outs = x.stmt(fr, outs[0].st, c.Comm, "")
			}
			all = append(all, then(outs, func(st *state) []out { return x.block(fr, st, c.Body) })...)
		}
		return endBreak(all, label)
	case *ast.ForStmt:
		if outs := x.comparesEach(fr, st, s, s.Body); outs != nil {
			return outs
		}
		outs := []out{{st: st}}
		if s.Init != nil {
			outs = x.stmt(fr, st, s.Init, "")
		}
		return then(outs, func(st *state) []out {
			return x.loop(fr, st, label, s.Pos(), func(st *state) (in, end []*state) {
				if s.Cond == nil {
					return []*state{st}, nil
				}
				return x.branch(fr, st, s.Cond)
			}, s.Body.List, s.Post)
		})
	case *ast.RangeStmt:
		if outs := x.comparesEach(fr, st, s, s.Body); outs != nil {
			return outs
		}
		return x.ranges(fr, st, s, label)
	case *ast.DeferStmt:
		return x.defers(fr, st, s)
	case *ast.GoStmt:
		return x.goes(fr, st, s)
	case *ast.SendStmt:
		var outs []out
		for _, r := range x.evals(fr, st, []ast.Expr{s.Chan, s.Value}) {
			if len(r.vs) == 2 {
				x.hides(r.st, s.Pos(), r.vs[1], r.vs[0])
				x.shelve(fr, r.st, s.Chan, r.vs[1])
				x.sends(r.st, r.vs[1], fr.site(s.Pos()), s.Pos())
				x.sendsFunc(fr, r.st, s.Pos(), r.vs[0], r.vs[1])
				x.filled(fr, r.st, s.Pos(), s.Chan, "channel", nil)
			}
			outs = append(outs, out{st: r.st})
		}
		return outs
	case *ast.EmptyStmt:
		return []out{{st: st}}
	}
	x.giveUp(s.Pos(), "a statement that is not read")
	return nil
}

const fallthroughLabel = "<fallthrough>"

func endBreak(outs []out, label string) []out {
	for i, o := range outs {
		if o.ctl == cBreak && (o.label == "" || o.label == label) {
			outs[i].ctl, outs[i].label = cOn, ""
		}
	}
	return mergeOuts(outs)
}
