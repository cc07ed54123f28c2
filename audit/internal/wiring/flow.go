package wiring

import (
	"crypto/sha256"
	"encoding/hex"
	"go/token"
	"maps"
	"slices"

	"github.com/authgen/authgen/audit/internal/value"
)

// flow says how a statement ends: the further it leaves, the greater.
type flow int

const (
	goesOn flow = iota
	leavesLoop
	nextRound
	jumps // goto
	returns
	dies // the program ends
)

// set writes a variable.
func (in *interp) set(c *value.Cell, v value.Value) {
	if n := len(in.logs); n > 0 {
		in.logs[n-1].note(c, c.V)
	}
	c.V = v
}

// journal holds what variables were before they were written.
type journal map[*value.Cell]value.Value

func (j *journal) note(c *value.Cell, old value.Value) {
	if _, ok := (*j)[c]; !ok {
		(*j)[c] = old
	}
}

func (j *journal) noteAll(of *journal) {
	for c, old := range *of {
		j.note(c, old)
	}
}

// condition makes a condition of what the code decides now: the same words at
// another time are another condition.
func condition(c Condition) Condition {
	c.When = new(value.Moment)
	return c
}

// maybe is a condition that is not worth a word for a route, and tells that a
// middleware may be missing.
func maybe(text string, at token.Pos) Condition {
	return condition(Condition{Text: text, Pos: at, Silent: true})
}

// branch is what one way through the code did.
type branch struct {
	cond   Condition // under which it was taken
	not    Condition // under which it was not
	writes map[*value.Cell]value.Value
	flow   flow
	label  string
	exits  []exit
}

// exit is a way that left the code under a condition. What comes after it, as
// far as it left, is done under the opposite one.
type exit struct {
	cond   Condition // of what comes after
	not    Condition // of the way that left
	flow   flow
	label  string
	writes map[*value.Cell]value.Value // by the way that left
	log    *journal                    // of what comes after
}

// scope is a part of the code that exits leave.
type scope struct{ conditions, exits int }

func (fr *frame) open() scope { return scope{len(fr.in.conditions), len(fr.exits)} }

// close ends a part of the code: its conditions end, but for those of the exits
// that left more.
func (fr *frame) close(s scope) {
	in := fr.in
	in.conditions = in.conditions[:min(s.conditions, len(in.conditions))]
	for _, e := range fr.exits[min(s.exits, len(fr.exits)):] {
		in.conditions = append(in.conditions, e.cond)
	}
}

// reach ends the exits of a scope that lead to where the code is now.
func (fr *frame) reach(s scope, f flow, labels ...string) {
	for i := len(fr.exits) - 1; i >= s.exits; i-- {
		if e := fr.exits[i]; e.flow == f && slices.Contains(labels, e.label) {
			fr.exits = slices.Delete(fr.exits, i, i+1)
			for j := range fr.exits[i:] { // it had left before
				if later := &fr.exits[i+j]; !later.cond.Silent {
					later.cond = either(e.not, later.cond)
				}
			}
			fr.in.settle(e)
		}
	}
	fr.close(s)
}

// arrive is where the ways of a scope come to that left in some manner. Where the
// way that is followed has left as well, for somewhere else, one of them is followed
// from here on in its place.
func (fr *frame) arrive(s scope, f, by flow, labels ...string) flow {
	if f != goesOn {
		for i := len(fr.exits) - 1; i >= s.exits; i-- {
			if e := fr.exits[i]; e.flow == by && slices.Contains(labels, e.label) {
				if len(fr.exits) > maxLeft {
					fr.in.end(fr.in.pos, "the code goes on in more ways than are followed")
					return f
				}
				fr.change(i, f)
				f = goesOn
				break
			}
		}
	}
	if f == goesOn {
		fr.reach(s, by, labels...)
	}
	return f
}

// change follows the way of an exit from now on, and makes one of that which was
// followed, which ended as f says.
func (fr *frame) change(i int, f flow) {
	in, e := fr.in, fr.exits[i]
	left := exit{cond: e.not, not: e.cond, flow: f, label: fr.label, writes: in.takeBack(e.log)}
	fr.label = ""
	later := slices.Clone(fr.exits[i+1:])
	fr.exits = fr.exits[:i]
	if at := slices.Index(in.conditions, e.cond); at >= 0 {
		in.conditions = in.conditions[:at]
	}
	for _, l := range later { // they left the way that was followed
		if l.flow < returns {
			l.cond, l.not = e.not, both(e.cond, l.not)
			fr.leave(l)
		}
	}
	if f != dies {
		fr.leave(left)
	}
	for c, v := range e.writes {
		in.set(c, v)
	}
}

// takeBack undoes what was written since a log was opened, and returns it.
func (in *interp) takeBack(log *journal) map[*value.Cell]value.Value {
	at := slices.Index(in.logs, log)
	if at < 0 {
		return nil
	}
	in.mergeLogs(at + 1)
	in.logs = in.logs[:at]
	writes := make(map[*value.Cell]value.Value, len(*log))
	for c, old := range *log {
		writes[c] = c.V
		c.V = old
	}
	return writes
}

// leave notes that a way left the code.
func (fr *frame) leave(e exit) {
	e.log = &journal{}
	fr.in.logs = append(fr.in.logs, e.log)
	fr.exits = append(fr.exits, e)
	fr.in.conditions = append(fr.in.conditions, e.cond)
}

// settle joins what was written after an exit with what the way that left did.
func (in *interp) settle(e exit) {
	at := slices.Index(in.logs, e.log)
	if at < 0 {
		return
	}
	cells := &journal{}
	for _, log := range in.logs[at:] {
		cells.noteAll(log)
	}
	in.logs = slices.Delete(in.logs, at, at+1)
	for c := range e.writes {
		cells.note(c, c.V)
	}
	if at > 0 {
		in.logs[at-1].noteAll(cells)
	}
	for c, old := range *cells {
		if v, ok := e.writes[c]; ok {
			old = v
		}
		if c.V == old {
			continue // it was written where neither way came from
		}
		c.V = oneOf([]value.Option{{V: c.V, Cond: e.cond}, {V: old, Cond: e.not}})
	}
}

// mergeLogs makes the logs from a place on part of the one before.
func (in *interp) mergeLogs(from int) {
	for n := len(in.logs); n > max(from, 1); n-- {
		in.logs[n-2].noteAll(in.logs[n-1])
		in.logs = in.logs[:n-1]
	}
	in.logs = in.logs[:min(from, len(in.logs))]
}

// try runs one way through the code and takes back what it wrote.
func (fr *frame) try(cond, not Condition, run func() flow) branch {
	in := fr.in
	before, exits, logs := len(in.conditions), len(fr.exits), len(in.logs)
	if cond.Text != "" {
		in.conditions = append(in.conditions, cond)
	}
	own := &journal{}
	in.logs = append(in.logs, own)
	b := branch{cond: cond, not: not, flow: run()}
	b.label, fr.label = fr.label, ""
	b.exits = slices.Clone(fr.exits[exits:])
	for i, e := range b.exits {
		b.exits[i].writes = in.atExit(e, logs)
	}
	fr.exits = fr.exits[:exits]
	in.mergeLogs(logs + 1)
	in.logs = in.logs[:logs]
	in.conditions = in.conditions[:before]
	b.writes = make(map[*value.Cell]value.Value, len(*own))
	for c, old := range *own {
		b.writes[c] = c.V
		c.V = old
	}
	return b
}

// atExit are the values at an exit of all that was written since a log was opened.
func (in *interp) atExit(e exit, from int) map[*value.Cell]value.Value {
	at := slices.Index(in.logs, e.log)
	writes := maps.Clone(e.writes)
	if writes == nil {
		writes = map[*value.Cell]value.Value{}
	}
	for i := from; i < len(in.logs); i++ {
		for c := range *in.logs[i] {
			if _, ok := writes[c]; ok {
				continue
			}
			v := c.V
			if at >= 0 {
				for _, log := range in.logs[at:] {
					if old, ok := (*log)[c]; ok {
						v = old
						break
					}
				}
			}
			writes[c] = v
		}
	}
	return writes
}

// otherwise is the way on which nothing is done.
func otherwise(cond, not Condition) branch { return branch{cond: cond, not: not} }

// join goes on after several ways of which one was taken.
func (fr *frame) join(branches ...branch) flow {
	in := fr.in
	end := dies
	for _, b := range branches {
		end = min(end, b.flow)
	}
	for _, b := range branches {
		if b.flow == end {
			fr.label = b.label
			break
		}
	}
	var live []branch
	for _, b := range branches {
		if b.flow == end {
			live = append(live, b)
		}
	}
	cells := map[*value.Cell]bool{}
	for _, b := range live {
		for c := range b.writes {
			cells[c] = true
		}
	}
	before := make(map[*value.Cell]value.Value, len(cells))
	for c := range cells {
		before[c] = c.V
	}
	atExit := func(writes map[*value.Cell]value.Value) map[*value.Cell]value.Value {
		all := maps.Clone(before)
		maps.Copy(all, writes)
		return all
	}
	for c := range cells {
		options := make([]value.Option, len(live))
		for i, b := range live {
			v, ok := b.writes[c]
			if !ok {
				v = c.V
			}
			options[i] = value.Option{V: v, Cond: b.cond}
		}
		in.set(c, oneOf(options))
	}
	for _, b := range branches {
		if b.flow != end || end >= returns {
			for _, e := range b.exits {
				if e.flow < returns { // it comes to somewhere where the branch does not
					fr.leave(exit{cond: b.not, not: both(b.cond, e.not), flow: e.flow, label: e.label, writes: atExit(e.writes)})
				}
			}
		}
	}
	if end == returns || end == dies {
		return end
	}
	for _, b := range branches {
		switch {
		case b.flow == dies:
		case b.flow == end && b.label == fr.label:
			for _, e := range b.exits {
				e.cond, e.not = unless(b.cond, e.cond), both(b.cond, e.not)
				e.writes = atExit(e.writes)
				fr.leave(e)
			}
		default:
			fr.leave(exit{cond: b.not, not: b.cond, flow: b.flow, label: b.label, writes: atExit(b.writes)})
		}
	}
	return end
}

// unless is the condition that one does not hold or another does.
func unless(cond, other Condition) Condition {
	if cond.Text != "" && !cond.Silent && !other.Silent && len(other.Text) < maxWords {
		other.Text = "!(" + cond.Text + ") || " + other.Text
		other.About = aboutBoth(cond.About, "|", other.About)
	}
	return other
}

// both is the condition that two hold.
func both(a, b Condition) Condition {
	switch {
	case a.Text == "" || a == b:
		return b
	case b.Text == "":
		return a
	}
	text := a.Text
	if len(text) < maxWords {
		text += " && " + b.Text
	}
	return Condition{Text: text, Pos: a.Pos, When: new(value.Moment), Silent: a.Silent && b.Silent, About: aboutBoth(a.About, "&", b.About)}
}

// either is the condition that one of two holds.
func either(a, b Condition) Condition {
	text := a.Text
	if len(text) < maxWords {
		text += " || " + b.Text
	}
	return Condition{Text: text, Pos: a.Pos, When: new(value.Moment), Silent: a.Silent || b.Silent, About: aboutBoth(a.About, "|", b.About)}
}

// aboutBoth is what two conditions together speak of. Only whether it is equal
// counts, so a long one is its hash: conditions of conditions would double it
// with each round of a loop.
func aboutBoth(a, sign, b string) string {
	if len(a)+len(b) < maxWords {
		return a + sign + b
	}
	sum := sha256.Sum256([]byte(a + sign + b))
	return hex.EncodeToString(sum[:])
}
