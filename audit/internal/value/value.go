// Package value holds what the wiring code of a program computes: the values
// that routers, middleware and handlers are made from, as far as reading the
// code can tell.
package value

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"

	"github.com/authgen/authgen/audit/internal/program"
)

// Value is one of the types of this package, or a router of package wiring. A
// nil Value is none: a variable that holds nothing yet.
type Value interface{ value() }

// Base makes a type a Value.
type Base struct{}

func (Base) value() {}

// Unknown is a value that reading the code does not tell.
type Unknown struct {
	Base
	Type types.Type // nil when not even that is known
	Why  string     // what it comes from, in the words of the code: "os.Getenv(\"X\")"
	Pos  token.Pos  // where the trail ends
	// From are the values that it was made from by a call that was not read:
	// receiver and arguments. Callee is what was called, nil when not known.
	From   []Value
	Callee *types.Func
	Result int // which result of the call
	// Nil are the conditions that hold when it is nil, and Under those in force
	// where the call was made that returned it.
	Nil, Under []Condition
	// Later are the calls that were given it afterwards and were not read either,
	// in their order, with what holds where each is made: they may change what it
	// points to. Lost says that there are more.
	Later []*Unknown
	Lost  bool
}

// Const is a constant or a value known as well as one.
type Const struct {
	Base
	Type types.Type
	Val  constant.Value
}

// Nil is the nil of any type.
type Nil struct {
	Base
	Type types.Type // nil when it is not known
}

// Made returns the call that yielded the function which was called, nil when
// this is not what such a function returned.
func (u *Unknown) Made() *Unknown {
	if u.Callee != nil || len(u.From) < 2 {
		return nil
	}
	f, ok := Bare(u.From[0]).(*Unknown)
	if !ok || f.Callee == nil || f.Type == nil {
		return nil
	}
	if _, isFunc := f.Type.Underlying().(*types.Signature); !isFunc {
		return nil
	}
	return f
}

// Text is a string with parts that are not known.
type Text struct {
	Base
	Parts []Part
}

// Part is a piece of a Text: known, or the name of what stands for it.
type Part struct {
	Known  string
	Symbol string   // in the words of the code, empty for a known part
	Of     *Unknown // that Symbol stands for, nil when it is not known
}

// String writes unknown parts in braces.
func (t *Text) String() string {
	var b strings.Builder
	for _, p := range t.Parts {
		if p.Symbol != "" {
			b.WriteString("{" + p.Symbol + "}")
		} else {
			b.WriteString(p.Known)
		}
	}
	return b.String()
}

// Func is a function with what it is bound to: a declared one, a method value,
// or a literal with its environment.
type Func struct {
	Base
	Fn   *types.Func      // of a declared function or method; nil for a literal
	Lit  *ast.FuncLit     // of a literal
	Pkg  *program.Package // that holds Lit; for Fn ask the program
	Env  *Env             // of a literal: the variables around it
	Recv Value            // of a bound method
	Name string           // as Go names it: example.com/app/mw.(*A).Check, main.main.func1
	// Expr says that the method takes its receiver as first argument.
	Expr bool
	// On is the type of that argument, and Through the fields that lead from it to what a
	// promoted method is of, none for others.
	On      types.Type
	Through []int
	// Types are the type arguments of a generic function.
	Types []types.Type
}

// Ref is a pointer, or anything else that shares storage.
type Ref struct {
	Base
	To *Cell
}

// Cell is a variable: storage that may be written.
type Cell struct {
	V Value
	// Name and Pos are those of the variable, for messages.
	Name string
	Pos  token.Pos
}

// Struct is a struct. Fields that were never written are absent and hold the
// zero value, unless Open.
type Struct struct {
	Base
	Type   types.Type
	Fields map[string]*Cell // by name
	Open   bool             // fields that are absent are not known
	Why    string           // what an Open one comes from, in the words of the code
	From   *Unknown         // what yields the pointer to an Open one, which may be nil
}

// Named is a value of a named type that is no struct and has methods: a
// function type with ServeHTTP, a slice type with Register.
type Named struct {
	Base
	Type types.Type
	V    Value
}

// List is a slice or an array.
type List struct {
	Base
	Type  types.Type
	Elems []*Cell
	Open  bool // may hold more than Elems
	// Spare are the elements between length and capacity, shared with others of
	// the same array. What an append made may have more: then Grown is set, and
	// Tail is what the first append to this one wrote there.
	Spare []*Cell
	Grown bool
	Tail  []*Cell
	// Unordered says that the order of the elements is not known.
	Unordered bool
	// Pairs says that, as a sequence, it yields an index with each element, and
	// Backward that these fall.
	Pairs, Backward bool
}

// Map is a map, in order of insertion.
type Map struct {
	Base
	Type    types.Type
	Entries []Entry
	Open    bool // may hold more
}

// Entry is one entry of a Map.
type Entry struct {
	Key  Value
	Elem *Cell
}

// Tuple is what a call with several results yields.
type Tuple struct {
	Base
	Elems []Value
}

// Any is one of several values, which one depends on conditions.
type Any struct {
	Base
	Of []Option
}

// Option is one value of an Any.
type Option struct {
	V    Value
	Cond Condition // the zero one for none
}

// Condition is one under which something is done.
type Condition struct {
	Text string // in the words of the code
	Pos  token.Pos
	When *Moment // the same words of the same place are another condition at another time
	// Silent ones are not worth a word where a route is told: that nothing
	// failed, that a loop runs. They tell that a middleware may be missing.
	Silent bool
	// About tells apart the values that the words speak of: equal words about the
	// same values say the same.
	About string
}

// Moment is a time at which the code decides.
type Moment struct{ _ byte }

// Env holds the variables of a function that runs, or of one round of a loop in
// it.
type Env struct {
	Outer *Env
	Vars  map[types.Object]*Cell
	// Types are what type parameters stand for, of the functions around it too.
	Types map[*types.TypeParam]types.Type
}

// Inner returns an empty environment within e: that of a block which may run
// again, with other variables.
func (e *Env) Inner() *Env { return &Env{Outer: e, Vars: map[types.Object]*Cell{}, Types: e.Types} }

// Lookup returns the variable of an object, nil when it is none of this
// environment's: a package's.
func (e *Env) Lookup(obj types.Object) *Cell {
	for ; e != nil; e = e.Outer {
		if c := e.Vars[obj]; c != nil {
			return c
		}
	}
	return nil
}

// Alternatives returns the values that v may be, one for all that are no Any.
func Alternatives(v Value) []Value {
	a, ok := v.(*Any)
	if !ok {
		return []Value{v}
	}
	var all []Value
	for _, o := range a.Of {
		all = append(all, Alternatives(o.V)...)
	}
	return all
}

// Deref follows pointers.
func Deref(v Value) Value {
	for range 100 { // a pointer may lead to itself
		r, ok := v.(*Ref)
		if !ok || r.To == nil {
			return v
		}
		v = r.To.V
	}
	return v
}

// Bare follows pointers and drops named types.
func Bare(v Value) Value {
	v = Deref(v)
	if n, ok := v.(*Named); ok {
		return Bare(n.V)
	}
	return v
}
