package wiring

import (
	"go/types"

	"github.com/authgen/authgen/audit/internal/program"
)

// holders tells which code may come to a value of a type: it speaks of the type, or
// of a variable, field, method or function whose type does. Types count by their
// names: what a struct holds is come to through the name of a field.
type holders struct {
	program *program.Program
	names   map[*types.TypeName]map[spoken]bool   // what speaks of a type
	like    map[*types.TypeName][]*types.TypeName // types through which one is come to without another name
	alike   map[*types.Struct][]*types.TypeName   // types of the same fields
	code    map[*types.TypeName]map[*program.Part]bool
}

func newHolders(p *program.Program) *holders {
	h := &holders{
		program: p, names: map[*types.TypeName]map[spoken]bool{}, like: map[*types.TypeName][]*types.TypeName{},
		alike: map[*types.Struct][]*types.TypeName{}, code: map[*types.TypeName]map[*program.Part]bool{},
	}
	for _, pkg := range p.Packages {
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			switch obj := scope.Lookup(name).(type) {
			case *types.TypeName:
				h.note(obj.Type(), spoken{pkg.Path, name})
				if n, ok := obj.Type().(*types.Named); ok {
					h.declared(n)
				}
			case *types.Var, *types.Func:
				h.note(obj.Type(), spoken{pkg.Path, name})
			}
		}
	}
	return h
}

// declared notes what the declaration of a type says of others.
func (h *holders) declared(n *types.Named) {
	for m := range n.Methods() {
		h.note(m.Type(), spoken{"", m.Name()})
	}
	switch u := n.Underlying().(type) {
	case *types.Struct:
		h.alike[u] = append(h.alike[u], n.Obj())
		for f := range u.Fields() {
			h.note(f.Type(), spoken{"", f.Name()})
			if f.Embedded() {
				h.leads(f.Type(), n.Obj())
			}
		}
	case *types.Interface:
		for m := range u.Methods() {
			h.note(m.Type(), spoken{"", m.Name()})
		}
	default:
		h.leads(u, n.Obj())
	}
}

func (h *holders) note(t types.Type, name spoken) {
	mentioned(t, func(obj *types.TypeName) {
		if h.names[obj] == nil {
			h.names[obj] = map[spoken]bool{}
		}
		h.names[obj][name] = true
	})
}

func (h *holders) leads(t types.Type, through *types.TypeName) {
	mentioned(t, func(obj *types.TypeName) { h.like[obj] = append(h.like[obj], through) })
}

// mayHold reports whether the code of a part may come to a value of a type.
func (h *holders) mayHold(part *program.Part, obj *types.TypeName) bool {
	parts := h.code[obj]
	if parts == nil {
		parts = map[*program.Part]bool{}
		h.code[obj] = parts
		done := map[*types.TypeName]bool{}
		var visit func(obj *types.TypeName)
		visit = func(obj *types.TypeName) {
			if done[obj] {
				return
			}
			done[obj] = true
			for name := range h.names[obj] {
				for _, part := range h.program.Mentioning(name.pkg, name.name) {
					parts[part] = true
				}
			}
			for _, l := range h.like[obj] {
				visit(l)
			}
			if st, ok := obj.Type().Underlying().(*types.Struct); ok {
				for _, l := range h.alike[st] {
					visit(l)
				}
			}
		}
		visit(obj)
	}
	return parts[part]
}

// mentioned calls f for each named type that a type speaks of, with generic ones for
// what they are made of.
func mentioned(t types.Type, f func(*types.TypeName)) {
	tuple := func(vars *types.Tuple) {
		for v := range vars.Variables() {
			mentioned(v.Type(), f)
		}
	}
	list := func(args *types.TypeList) {
		for arg := range args.Types() {
			mentioned(arg, f)
		}
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		f(t.Origin().Obj())
		list(t.TypeArgs())
	case *types.Map:
		mentioned(t.Key(), f)
		mentioned(t.Elem(), f)
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		mentioned(t.Elem(), f)
	case *types.Signature:
		tuple(t.Params())
		tuple(t.Results())
	case *types.Struct:
		for v := range t.Fields() {
			mentioned(v.Type(), f)
		}
	case *types.Interface:
		for m := range t.Methods() {
			mentioned(m.Type(), f)
		}
	}
}
