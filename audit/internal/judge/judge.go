package judge

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
	"github.com/authgen/authgen/audit/internal/wiring"
)

// State is what was found of a chain.
type State uint8

// The states. Only Denies says that something was proved.
const (
	Unknown     State = iota // cannot be decided
	Open                     // nothing denies
	Conditional              // denies only under conditions that the code shows
	Denies                   // denies callers without identity on every path
)

// String returns the state in a word.
func (s State) String() string {
	return [...]string{"unknown", "open", "conditional", "denies"}[s]
}

// Verdict is what is known of a chain, and why.
type Verdict struct {
	State    State
	Evidence []Evidence
	// Handler is what the body of the handler does by itself where State is Open:
	// Denies when it denies callers without identity before anything else,
	// Unknown when it checks something and reading cannot tell what that proves.
	// It is Open also when the handler is of a dependency or too long to read,
	// and where State is another. Its evidence stands with the chain's.
	Handler State
	// EmptyKey says of a Conditional chain that the only way around is that a
	// key, which is a setting, is empty: it is meant to deny.
	EmptyKey bool
}

// Guards reports whether a chain is there to deny callers without identity.
func (v Verdict) Guards() bool { return v.State == Denies || v.State == Conditional && v.EmptyKey }

// Evidence is a place in the code and what happens there, in words.
type Evidence struct {
	Pos  token.Pos
	Text string
}

// Judge judges the chains of one program. It is not safe for concurrent use.
type Judge struct {
	// Believed says of a link that functions which it calls, and which are not
	// read, prove what their names say. Nil: of none. It is set before the first
	// chain is judged.
	Believed func(*wiring.Link) bool

	prog         *program.Program
	runs         map[string]*tally
	links        map[string]*tally
	imports      map[string]bool
	notRead      map[string]bool
	methods      bool            // code assigns the method of a request
	makers       []*ast.FuncDecl // hand on requests of their own
	makersRead   bool
	ids          map[string]string // short names of long ones
	cells        map[*value.Cell]int
	assigned     map[types.Object]bool
	named        map[string]bool       // packages of which the module assigns variables or fields
	pointed      map[string]bool       // fields that are assigned through a pointer
	chosen       map[types.Object]bool // given what a caller sent, see isChosen
	given        map[types.Object][]gift
	written      map[*types.Var]bool // see isWritten
	of           map[provenance]*provenance
	replaced     map[types.Object]bool // assigned while the program runs, see replaces
	overwritten  map[string]bool       // types of structs that are written as a whole through a pointer
	filledParts  map[*program.Part]bool
	holders      map[string][]string // see ownersOf
	owner        map[*types.Var]string
	owners       map[string][]string
	readNames    map[string]bool // names that assigned and named know all of
	readParts    map[*program.Part]bool
	tooMuch      map[*ast.FuncLit]bool // handlers
	impls        map[*types.Func][]types.Type
	implement    map[implementing]bool
	methodTypes  map[*program.Package]map[string][]types.Type // by name of a method
	foreign      map[string]map[string][]types.Type           // by package and method, see foreignTypes
	embeds       map[*program.Package]bool                    // see embedsElsewhere
	initFuncs    map[*types.Var]ast.Expr
	initPkgs     map[*types.Var]*program.Package
	effects      map[*types.Func]*effects
	writings     map[*types.Func]*writing
	deeds        map[*types.Func]*deeds
	methodWrites map[methodsOf]*writing
	lentMethods  map[methodsOf][]*types.Func
	pointers     map[types.Type]types.Type // see pointerTo
	keptWrites   map[types.Object]writing  // see writesKept
	knows        map[string]bool           // packages that depend on gin or echo
	keys         map[*wiring.Link]string
	tables       map[string]bool // see entered
	uses         map[*ast.FuncLit][]types.Object
	env          *settings
	verbs        map[[2]string]verb
	fullNames    map[*types.Func]string
	libraryKeys  map[*types.Func]string
	texts        map[ast.Expr]string
	yields       map[*types.Func]bool // a setting
	writers      map[*types.Func]bool // what they are given
	fillers      map[*types.Func]bool // elements of what they are given
	panicking    map[*types.Func]bool // see mayPanicOf
	tooLong      map[string]Evidence  // links that were not read to their end, by key
	tight        map[string]bool      // links with too many ways, by key, see linkFrom
	steps        int                  // through links, so far
	recoveries   map[string]recovery  // of links, by key
	laxVars      map[string]bool
	laxCalls     map[string]bool // names of functions
	servingParts map[*program.Part]bool
	laxNodes     map[ast.Node]bool
	looked       map[token.Pos]bool              // see loaderLooks
	origins      map[*types.Var]types.Object     // see origin
	mayStand     map[*types.Var][]types.Object   // stores that a parameter may be
	givenMade    map[*types.Var][]madeStore      // stores that a parameter is given where they are made
	open         map[types.Object]bool           // stores that a link fills for anybody
	relied       map[types.Object]bool           // stores in which what was found has proved something, see Settled
	publicKeys   map[string]bool                 // variables, see public
	anySession   map[string]bool                 // see sessionsChosen
	fills        map[types.Object]*fillings      // see fillingsOf
	handedOver   map[token.Pos]bool              // places, see handsOver
	sentValues   map[types.Object]bool           // see valuesSent
	vouches      map[token.Pos]vouch             // what links have shown of places
	refused      [][]token.Pos                   // ways on which stores are filled, of which no link has shown it
	rounds       int                             // see Settled
	relatives    map[types.Object][]types.Object // see related
	trails       map[string]*trail               // see passes
	again        []Again                         // see Again
}

// New returns a judge of the chains of a program.
func New(p *program.Program) *Judge {
	return &Judge{
		prog:         p,
		verbs:        map[[2]string]verb{},
		fullNames:    map[*types.Func]string{},
		libraryKeys:  map[*types.Func]string{},
		texts:        map[ast.Expr]string{},
		tooLong:      map[string]Evidence{},
		tight:        map[string]bool{},
		methodTypes:  map[*program.Package]map[string][]types.Type{},
		foreign:      map[string]map[string][]types.Type{},
		embeds:       map[*program.Package]bool{},
		assigned:     map[types.Object]bool{},
		named:        map[string]bool{},
		readNames:    map[string]bool{},
		readParts:    map[*program.Part]bool{},
		runs:         map[string]*tally{},
		links:        map[string]*tally{},
		ids:          map[string]string{},
		cells:        map[*value.Cell]int{},
		tooMuch:      map[*ast.FuncLit]bool{},
		impls:        map[*types.Func][]types.Type{},
		implement:    map[implementing]bool{},
		effects:      map[*types.Func]*effects{},
		writings:     map[*types.Func]*writing{},
		deeds:        map[*types.Func]*deeds{},
		methodWrites: map[methodsOf]*writing{},
		lentMethods:  map[methodsOf][]*types.Func{},
		pointers:     map[types.Type]types.Type{},
		keptWrites:   map[types.Object]writing{},
		knows:        map[string]bool{},
		keys:         map[*wiring.Link]string{},
		tables:       map[string]bool{},
		uses:         map[*ast.FuncLit][]types.Object{},
		yields:       map[*types.Func]bool{},
		writers:      map[*types.Func]bool{},
		fillers:      map[*types.Func]bool{},
		recoveries:   map[string]recovery{},
		laxVars:      map[string]bool{},
		laxCalls:     map[string]bool{},
		laxNodes:     map[ast.Node]bool{},
		servingParts: map[*program.Part]bool{},
		looked:       map[token.Pos]bool{},
		origins:      map[*types.Var]types.Object{},
		mayStand:     map[*types.Var][]types.Object{},
		open:         map[types.Object]bool{},
		fills:        map[types.Object]*fillings{},
		handedOver:   map[token.Pos]bool{},
		givenMade:    map[*types.Var][]madeStore{},
		sentValues:   map[types.Object]bool{},
		vouches:      map[token.Pos]vouch{},
		relatives:    map[types.Object][]types.Object{},
		trails:       map[string]*trail{},
		pointed:      map[string]bool{},
		relied:       map[types.Object]bool{},
		chosen:       map[types.Object]bool{},
		given:        map[types.Object][]gift{},
		written:      map[*types.Var]bool{},
		of:           map[provenance]*provenance{},
		replaced:     map[types.Object]bool{},
		overwritten:  map[string]bool{},
		filledParts:  map[*program.Part]bool{},
	}
}

// Route judges the chain of a route as a whole.
func (j *Judge) Route(r *wiring.Route) Verdict {
	key := j.chainKey(r.Chain, r.Method)
	if r.Context {
		key += "|context"
	}
	run := j.runs[key]
	if run == nil {
		run = j.chain(r.Chain, r.Method, false, r.Context)
		j.runs[key] = run
	}
	v := run.verdict()
	if v.State == Open && r.Handler != nil && r.Kind == wiring.Plain {
		state, evidence := j.handler(r, run)
		evidence = slices.DeleteFunc(evidence, func(e Evidence) bool { // is of the chain
			return slices.ContainsFunc(v.Evidence, func(of Evidence) bool { return e.Pos == of.Pos && e.Text == itself+of.Text })
		})
		v.Handler, v.Evidence = state, append(evidence, v.Evidence...)
		if r.Adapter != nil {
			v = j.adapter(r, run, v)
		}
	} else {
		v.Handler = Open
	}
	return v
}

// Link judges one link by itself, for requests of a method ("" for any).
func (j *Judge) Link(l *wiring.Link, method string) Verdict {
	return j.chain([]*wiring.Link{l}, method, true, true).verdict()
}

func (j *Judge) chainKey(chain []*wiring.Link, method string) string {
	var b strings.Builder
	b.WriteString(method)
	for _, l := range chain {
		b.WriteString("|" + j.linkKey(l))
	}
	return b.String()
}

// chain runs the links one after the other; context says that the context of a
// request may hold something before.
func (j *Judge) chain(chain []*wiring.Link, method string, alone, context bool) *tally {
	first := newState()
	first.req = &sym{key: "req", kind: kRequest, t: tReq, nonNil: true, text: "r", ctx: &ctxVal{open: context}}
	first.open = alone
	// Links up to one that changes the method see another than the route's.
	changed := -1
	for i, l := range chain {
		if j.changesMethod() || strings.Contains(l.Name, "MethodOverride") || j.servesMade(l) {
			changed = i
		}
	}
	run := &tally{reached: []*state{first}}
	for i, l := range chain {
		if len(run.reached) == 0 {
			break
		}
		seen := method
		if i <= changed {
			seen = ""
		}
		run = run.after(j, l, seen, i, j.caughtBy(chain, i))
	}
	type question struct {
		p   *state
		key string
		is  bool
	}
	asked := map[question]bool{}
	run.passes = func(p *state, f fact) bool {
		q := question{p, f.key, f.is}
		if is, ok := asked[q]; ok || len(asked) >= maxAsked {
			return is || !ok
		}
		asked[q] = j.passes(chain, method, p, f)
		return asked[q]
	}
	return run
}

// maxAsked bounds how often links are run again for one chain.
const maxAsked = 40

// passes runs the links behind the one that proved an identity, up to the one
// where a decision was taken.
func (j *Judge) passes(chain []*wiring.Link, method string, p *state, f fact) bool {
	first := p.clone()
	first.defers = nil
	first.forget(nil, nil)
	at := &trail{states: []*state{first}}
	key := fmt.Sprintf("%p %s", p, method)
	for i := p.link + 1; i <= f.link && i < len(chain); i++ {
		caught := j.caughtBy(chain, i)
		if key += "|" + j.linkKey(chain[i]); caught != nil {
			key += "!" + caught.Name
		}
		next := j.trails[key]
		if next == nil {
			next = j.beyond(at, chain[i], method, i, caught)
			next.of = p
			j.trails[key] = next
		}
		if at = next; at.lost {
			return true
		}
	}
	states := at.states
	return slices.ContainsFunc(states, func(s *state) bool { is, ok := s.known.get(f.key); return !ok || is != f.is })
}

// trail is where a way that has proved an identity has come, through links behind that.
type trail struct {
	states []*state
	lost   bool   // there were too many ways
	of     *state // by which it is found
}

// beyond follows a trail through one more link.
func (j *Judge) beyond(t *trail, l *wiring.Link, method string, i int, caught *wiring.Link) *trail {
	var run tally
	next, ok := j.linkFrom(&run, t.states, l, method, i, caught)
	states := append(next, run.proven...)
	return &trail{states: states, lost: !ok || len(states) > maxAlike}
}

// after is the tally after one more link.
func (t *tally) after(j *Judge, l *wiring.Link, method string, i int, caught *wiring.Link) *tally {
	in := uint64(len(t.reached))
	for _, s := range t.reached {
		in = mix(in, s.hash())
		for _, f := range s.facts {
			in = mix(in, hashString(f.key))
			if f.is {
				in++
			}
		}
	}
	key := fmt.Sprintf("%s#%x", j.linkKey(l), in)
	if caught != nil {
		key += "!" + caught.Name
	}
	known := j.links[key]
	if known == nil {
		known = j.links[method+key]
	}
	if known == nil {
		known = &tally{}
		states := make([]*state, len(t.reached))
		for i, s := range t.reached {
			states[i] = s.clone()
		}
		known.reached = j.link(known, states, l, method, i, caught)
		if known.byMethod {
			key = method + key
		}
		j.links[key] = known
	}
	return &tally{reached: known.reached, proven: append(t.proven[:len(t.proven):len(t.proven)], known.proven...)}
}

// tally is what running a chain brought.
type tally struct {
	reached  []*state // without proof
	proven   []*state
	byMethod bool // depends on the method
	turned   bool // see exec
	steady   bool // whatever proof is enough, a handler goes the same ways
	// passes says whether a way that has proved an identity comes through a later
	// link with a decision taken otherwise; nil when that is not asked.
	passes func(p *state, f fact) bool
}
