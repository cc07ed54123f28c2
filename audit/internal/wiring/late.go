package wiring

import (
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

const (
	maxWithin  = 5    // depth at which receivers are looked for in what is served
	maxVisited = 2000 // values that are looked at for them
)

// late are the method values by which requests may run a method that nobody is seen to
// call: those of what is served, or is held by it. Where none is, nobody knows on what
// it runs.
func (in *interp) late(fn *types.Func) []*value.Func {
	var found []*value.Func
	of := ownNamedOf(fn)
	if of == nil {
		return []*value.Func{in.function(fn)}
	}
	seen := map[any]bool{}
	var visit func(v value.Value, depth int)
	visit = func(v value.Value, depth int) {
		for _, way := range value.Alternatives(v) {
			bare := value.Bare(way)
			if bare == nil || depth == 0 || seen[bare] || len(seen) > maxVisited {
				continue
			}
			seen[bare] = true
			switch x := bare.(type) {
			case *value.Func:
				visit(x.Recv, depth-1)
			case *value.List:
				for _, c := range x.Elems {
					visit(c.V, depth-1)
				}
			case *value.Struct:
				if ownNamed(x.Type) == of {
					f := in.function(fn)
					f.Recv = way
					found = append(found, f)
				}
				for _, c := range inOrder(x.Fields) {
					visit(c.V, depth-1)
				}
			}
		}
	}
	for _, s := range in.servings {
		visit(s.handler, maxWithin)
	}
	for _, r := range in.out.Routers {
		for _, reg := range r.registrations {
			visit(reg.handler, maxWithin)
		}
	}
	if len(found) == 0 {
		found = append(found, in.function(fn))
	}
	return found
}

// ownNamedOf is the type that a method is declared for, nil for a function.
func ownNamedOf(fn *types.Func) *types.Named {
	if fn.Signature().Recv() == nil {
		return nil
	}
	return ownNamed(fn.Signature().Recv().Type())
}
