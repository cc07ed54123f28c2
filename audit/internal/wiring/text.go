package wiring

import (
	"go/constant"
	"go/types"
	"strings"

	"github.com/authgen/authgen/audit/internal/value"
)

// text returns v as a string whose unknown parts have names, nil when v is no
// string at all.
func text(v value.Value) *value.Text {
	switch v := value.Bare(v).(type) {
	case *value.Const:
		switch v.Val.Kind() {
		case constant.String:
			return known(constant.StringVal(v.Val))
		case constant.Int, constant.Bool:
			return known(v.Val.ExactString())
		}
	case *value.Text:
		return v
	case *value.Unknown:
		t := symbol(v.Why)
		t.Parts[0].Of = v
		return t
	}
	return symbol("")
}

func known(s string) *value.Text {
	if s == "" {
		return &value.Text{}
	}
	return &value.Text{Parts: []value.Part{{Known: s}}}
}

func symbol(why string) *value.Text {
	if why == "" {
		why = "unknown"
	}
	return &value.Text{Parts: []value.Part{{Symbol: why}}}
}

// exact returns the string of a Text without unknown parts.
func exact(t *value.Text) (string, bool) {
	var b strings.Builder
	for _, p := range t.Parts {
		if p.Symbol != "" {
			return "", false
		}
		b.WriteString(p.Known)
	}
	return b.String(), true
}

// exactString returns the string that v is known to be.
func exactString(v value.Value) (string, bool) {
	switch v := value.Bare(v).(type) {
	case *value.Const:
		if v.Val.Kind() == constant.String {
			return constant.StringVal(v.Val), true
		}
	case *value.Text:
		return exact(v)
	}
	return "", false
}

func exactInt(v value.Value) (int, bool) {
	if c, ok := value.Bare(v).(*value.Const); ok && c.Val.Kind() == constant.Int {
		n, ok := constant.Int64Val(c.Val)
		return int(n), ok && n == int64(int(n))
	}
	return 0, false
}

func exactBool(v value.Value) (val, ok bool) {
	if c, isConst := value.Bare(v).(*value.Const); isConst && c.Val.Kind() == constant.Bool {
		return constant.BoolVal(c.Val), true
	}
	return false, false
}

// joined is the concatenation of texts.
func joined(texts ...*value.Text) *value.Text {
	out := &value.Text{}
	for _, t := range texts {
		for _, p := range t.Parts {
			if n := len(out.Parts); p.Symbol == "" && n > 0 && out.Parts[n-1].Symbol == "" {
				out.Parts[n-1].Known += p.Known
				continue
			}
			out.Parts = append(out.Parts, p)
		}
	}
	return out
}

// stringValue is the value of a text.
func stringValue(t *value.Text, typ types.Type) value.Value {
	if s, ok := exact(t); ok {
		return &value.Const{Type: typ, Val: constant.MakeString(s)}
	}
	return t
}

// mapped applies f to the known string, or to each known part where that is
// the same.
func mapped(v value.Value, typ types.Type, f func(string) string) value.Value {
	t := text(v)
	out := &value.Text{}
	for _, p := range t.Parts {
		if p.Symbol == "" {
			p.Known = f(p.Known)
		}
		out.Parts = append(out.Parts, p)
	}
	return stringValue(out, typ)
}
