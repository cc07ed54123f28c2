package wiring

import (
	"go/types"

	"github.com/authgen/authgen/audit/internal/value"
)

// unite makes a variable that holds one of several structs, since code wrote it as a
// whole on some of its ways, hold one struct whose fields are one of several, so that
// they can be read and written.
func (in *interp) unite(c *value.Cell) {
	a, ok := c.V.(*value.Any)
	if !ok {
		return
	}
	var st *types.Struct
	one := &value.Struct{Fields: map[string]*value.Cell{}, Open: true, Why: c.Name}
	for _, o := range a.Of {
		t := typeOf(o.V)
		switch s := o.V.(type) {
		case *value.Struct:
			if s.Type == nil {
				return
			}
			t = s.Type
			if st != nil {
				break
			}
			if s.Why != "" {
				one.Why = s.Why
			}
			if st, _ = t.Underlying().(*types.Struct); st == nil {
				return
			}
			one.Type = t
		case *value.Unknown:
		default:
			return
		}
		if t == nil || one.Type != nil && !types.Identical(t, one.Type) {
			return
		}
	}
	if st == nil || one.Type == nil {
		return
	}
	for f := range st.Fields() {
		if f.Name() == "_" {
			continue
		}
		var options []value.Option
		for _, o := range a.Of {
			if from := in.field(o.V, f); from != nil {
				options = append(options, value.Option{V: copied(from.V), Cond: o.Cond})
			}
		}
		if v := oneOf(options); v != nil {
			one.Fields[f.Name()] = &value.Cell{V: v, Name: f.Name(), Pos: f.Pos()}
		}
	}
	for _, o := range a.Of { // what no field holds, such as what was written to a builder
		s, ok := o.V.(*value.Struct)
		if !ok {
			continue
		}
		for name := range s.Fields {
			if one.Fields[name] == nil {
				return
			}
		}
	}
	c.V = one // not a write: the same value, told in another form
}
