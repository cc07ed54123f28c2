package judge

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"

	"github.com/authgen/authgen/audit/internal/program"
	"github.com/authgen/authgen/audit/internal/value"
)

// val is an abstract value of code that serves a request: *konst, nilVal,
// *sym, *ptr, *strct, *closure, *list, *cond or *nextVal.
type val interface{}

// konst is a known basic value.
type konst struct {
	v constant.Value
	// instead says that it stands in the code for when a setting is absent, which
	// everybody can read.
	instead bool
	typ     types.Type // where it has methods
}

// nilVal is a known nil, of a pointer's type where that is known: an interface that
// holds it has its methods.
type nilVal struct{ typ types.Type }

// taint says what a value was made from.
type taint uint16

const (
	tReq     taint = 1 << iota // request data that is no credential
	tCred                      // a raw credential
	tIdent                     // names somebody but proves nothing: a user name, claims that were not verified
	tSess                      // a session
	tVer                       // what a verifying call yielded
	tSetting                   // fields, package variables, environment
	tMaybe                     // perhaps a credential
	tSecret                    // made with a secret: a MAC
	tServer                    // read from storage of the server
	tOther                     // of the request, and known to be no credential: CSRF, captcha, state
	tPart                      // what a credential begins with: an identifier, or all of it
	tNames                     // carried like a credential, and named as what says who somebody is
	tMixed                     // put together of a setting and of what the caller chooses
	tSalted                    // a digest into which a setting went
	tSaid                      // tVer or tServer by no more than the name of a function
)

// tWho are the taints of values that have to do with the caller's identity.
const tWho = tCred | tIdent | tSess | tVer | tMaybe

// tFromCaller are those of values that the caller chooses.
const tFromCaller = tReq | tCred | tIdent | tMaybe

// fromCaller says whether the caller chooses a value: what the server keeps for
// whom he names it does not let him choose.
func fromCaller(t taint) bool {
	return t&(tReq|tCred|tMaybe) != 0 || t&tIdent != 0 && t&tServer == 0
}

// level says how sure a branch proves an identity.
type level uint8

const (
	none    level = iota
	maybe         // reading cannot tell
	claimed       // the name of a function says so that was not read
	sure
)

// sym is a value that is not known.
type sym struct {
	key  string // identity: equal keys, equal values
	t    taint
	typ  types.Type
	text string
	pos  token.Pos
	kind kind
	// onTrue is what a value that is not zero proves, onNil what a nil error does.
	onTrue, onNil level
	// derived is what errors and values proven by this one's methods are worth.
	derived level
	nonNil  bool
	joined  bool           // of a context: may not be there
	ctx     *ctxVal        // of a request or context
	among   []string       // the only values of a string
	name    string         // of a source: header, cookie, key
	held    []val          // what an opaque value holds: handlers that it may run
	mayBe   []val          // what it is one of, where that may lead to the next handler
	unknown *value.Unknown // of the wiring, to be followed if it is called
	query   bool           // a question to storage that holds a credential
	lacks   bool           // a setting that the code lets be empty
	begins  bool           // it is not empty then, but what the code says
	needs   *sym           // a setting without which this proves nothing: a key
	absent  string         // of an element of a map that the caller chooses: the key of whether it is there
	elems   []val          // of a map: what this is one of
	rest    *sym           // a setting that is all that is not known of this: of "Bearer " + key
	digest  *sym           // what this is the digest of
	inside  val            // what an interface holds: *sym or nilVal
	members []val          // keys of a map that stands in the code
	whole   bool           // held is all that a map holds when it is made
	made    bool           // by a function that was not read
	zero    bool           // of what follows in a list: it is zero
	lax     bool           // was made with an option that switches the verification off
	of      *provenance    // of a setting: where it was read, see asChosen
	lapse   string         // fields by which a verifier leaves out a part of what it verifies
	beside  string         // of what a call yields with an error: its key
	sum     bool           // of what + was applied to
	texts   bool           // see sharesTexts
}

// kind marks the objects of the frameworks.
type kind uint8

const (
	plain kind = iota
	kGin
	kEcho
	kRequest
	kWriter
	kContext
	kHeader
	kValues  // query or form
	kSession // sessions of several packages
	kSessionValues
	kCookie
	kTLS
	kWraps // a handler that may run the next one
	kExtractor
	kDenying // middleware of a library that denies
	kParsed  // what a token says, before its check is known to have passed
)

// ctxVal is a context.Context: what was put in, innermost first.
type ctxVal struct {
	parent   *ctxVal
	key      string
	v        val
	open     bool // may hold more
	typ      types.Type
	symbolic bool
}

// ptr points to a variable, or into it.
type ptr struct {
	to   *cell
	path []string
}

// cell is a variable. States hold what is in it.
type cell struct {
	id      string
	hash    uint64     // of id
	init    func() val // what it holds in a state that has not written it
	name    string
	lasting bool // outlives the functions that write it
	shared  bool // code that is not given it may come to it
	request bool // a part of the request, which its pointer alone reads
	built   bool // declared before any request by code that makes a link
	varies  bool // and assigned by functions that it makes
	by      writer
}

// strct is a struct. It is never changed, but copied.
type strct struct {
	typ types.Type
	f   map[string]val
	w   *value.Struct // of the wiring, for fields that f lacks
	sym *sym          // for fields that neither has; nil: they are zero
	id  string
	own bool // a copy that was made for a call: nobody else writes its fields
}

// list is a slice, array or the variadic part of a call.
type list struct {
	typ   types.Type
	elems []val
	open  *sym  // what may follow; nil: nothing
	grown *list // what it was made of by append: it may be in the room that this had
	of    *ptr  // the array that it is a slice of, where that is a variable
}

// closure is a function with what it is bound to.
type closure struct {
	fn    *types.Func
	lit   *ast.FuncLit
	pkg   *program.Package
	outer *frame     // of a literal that the prover has evaluated
	env   *value.Env // of a literal of the wiring
	recv  val
	bound bool
	typ   types.Type // a named type with methods
	id    string
	types []types.Type // of a generic function
	once  bool         // says what it said when it was called first
}

// nextVal is the next handler, or one of several: of says which of the wiring's, nil
// where there is one alone.
type nextVal struct{ of value.Value }

// cond is a comparison that was not yet decided.
type cond struct {
	op   token.Token // EQL, LSS, LEQ, GTR, GEQ
	x, y val
	not  bool
	text string
	pos  token.Pos
	// sign says that it is a number that is 0 where the comparison holds.
	sign bool
}

func taintOf(v val) taint {
	switch v := v.(type) {
	case *sym:
		return v.t
	case *cond:
		return taintOf(v.x) | taintOf(v.y)
	case *list:
		var t taint
		for _, e := range v.elems {
			t |= taintOf(e)
		}
		if v.open != nil {
			t |= v.open.t
		}
		return t
	case *strct:
		var t taint
		for _, e := range v.f {
			t |= taintOf(e)
		}
		if v.sym != nil {
			t |= v.sym.t
		}
		return t
	}
	return 0
}

// levelOf is what a value that is not zero proves.
func levelOf(v val) level {
	switch v := v.(type) {
	case *sym:
		return v.onTrue
	case *strct:
		l := none
		for _, e := range v.f {
			l = max(l, levelOf(e))
		}
		if v.sym != nil {
			l = max(l, v.sym.onTrue)
		}
		return l
	}
	return none
}

// keyOf is equal for equal values.
func keyOf(v val) string {
	switch v := v.(type) {
	case nil:
		return "-"
	case *konst:
		return v.v.ExactString()
	case nilVal:
		return "nil"
	case *sym:
		return v.key
	case *ptr:
		k := "&" + v.to.id
		for _, p := range v.path {
			k += "." + p
		}
		return k
	case *strct:
		k := v.id + "{"
		for _, n := range sortedKeys(v.f) {
			k += n + ":" + keyOf(v.f[n]) + ","
		}
		if v.sym != nil {
			k += v.sym.key
		}
		return k + "}"
	case *list:
		k := "["
		for _, e := range v.elems {
			k += keyOf(e) + ","
		}
		if v.open != nil {
			k += v.open.key + "…"
		}
		return k + "]"
	case *closure:
		return "func " + v.id + "(" + keyOf(v.recv) + ")"
	case *nextVal:
		return "next"
	case *cond:
		k := keyOf(v.x) + v.op.String() + keyOf(v.y)
		if v.not {
			k = "!" + k
		}
		if v.sign {
			k = "±" + k
		}
		return "(" + k + ")"
	}
	return "?"
}

func boolVal(b bool) val     { return &konst{v: constant.MakeBool(b)} }
func stringVal(s string) val { return &konst{v: constant.MakeString(s)} }

// str returns a known string.
func str(v val) (string, bool) {
	if k, ok := v.(*konst); ok && k.v.Kind() == constant.String {
		return constant.StringVal(k.v), true
	}
	return "", false
}

func isTrue(v val) (is, known bool) {
	if k, ok := v.(*konst); ok && k.v.Kind() == constant.Bool {
		return constant.BoolVal(k.v), true
	}
	return false, false
}

// zeroConst says whether a constant is the zero of its type.
func zeroConst(v constant.Value) bool {
	switch v.Kind() {
	case constant.Bool:
		return !constant.BoolVal(v)
	case constant.String:
		return constant.StringVal(v) == ""
	case constant.Unknown:
		return false
	}
	return constant.Sign(v) == 0
}

func (x *exec) zero(t types.Type) val {
	if t == nil {
		return nilVal{}
	}
	if isTypeParam(t) {
		return &sym{key: "zero:" + typeName(t), t: tSetting, typ: t, text: typeName(t)}
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch info := u.Info(); {
		case info&types.IsBoolean != 0:
			return boolVal(false)
		case info&types.IsString != 0:
			return stringVal("")
		case info&types.IsNumeric != 0:
			return &konst{v: constant.MakeInt64(0)}
		}
	case *types.Struct, *types.Array:
		return &strct{typ: t, id: typeName(t)}
	}
	return nilOf(t)
}

// nilOf is the nil of a type, if that is a pointer's.
func nilOf(t types.Type) nilVal {
	if t != nil {
		if _, isPtr := types.Unalias(t).(*types.Pointer); isPtr {
			return nilVal{t}
		}
	}
	return nilVal{}
}

func typeName(t types.Type) string {
	if t == nil {
		return "?"
	}
	return types.TypeString(t, nil)
}

func isError(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() == nil && n.Obj().Name() == "error"
}

func isInterface(t types.Type) bool { return t != nil && types.IsInterface(t) }

func isBool(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

func isFunc(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

func itoa(n int) string { return strconv.Itoa(n) }

// anyVal is one of several values, which one depends on how the program was
// wired.
type anyVal struct {
	of    []val
	conds []value.Condition
	id    string
}

// signature returns the type of a function, nil when it is not known.
func (c *closure) signature() *types.Signature {
	switch {
	case c.fn != nil:
		return c.fn.Signature()
	case c.lit != nil:
		sig, _ := c.pkg.Info.TypeOf(c.lit).(*types.Signature)
		return sig
	}
	return nil
}
