package entitlement

import (
	"encoding/json"
	"reflect"
	"time"
)

// Value is an attribute's value. The zero Value is unclear: no condition on it holds.
type Value struct {
	kind   kind
	text   string
	number float64
	millis int64 // a date, since 1970
	list   []string
}

type kind uint8

const (
	kindUnclear kind = iota
	kindNull
	kindText
	kindNumber
	kindBool // number is 1 for true
	kindDate
	kindList
	kindOther // an object
)

// String is a string.
func String(s string) Value { return Value{kind: kindText, text: s} }

// Number is a number. One that is not a number (IEEE 754) is unclear.
func Number(n float64) Value {
	if n != n {
		return Value{}
	}
	return Value{kind: kindNumber, number: n}
}

// Bool is true or false.
func Bool(b bool) Value {
	v := Value{kind: kindBool}
	if b {
		v.number = 1
	}
	return v
}

// Date is an instant, to the millisecond. The zero time is unclear.
func Date(t time.Time) Value {
	if t.IsZero() {
		return Value{}
	}
	return Value{kind: kindDate, millis: t.UnixMilli()}
}

// List is a list of strings, which the caller does not change while it is used.
func List(list []string) Value { return Value{kind: kindList, list: list} }

// Null is null, which differs from a missing attribute.
func Null() Value { return Value{kind: kindNull} }

// ValueOf returns v as an attribute: nil, a string, bool, any number, time.Time, or a
// list of strings or of any, of which only strings count; types that have one of these
// underneath count as it, and json.Number is a number. Any other is unclear, and so is a
// time.Duration, of which nobody says in what unit it is compared.
func ValueOf(v any) Value {
	switch v := v.(type) {
	case nil:
		return Null()
	case string:
		return String(v)
	case bool:
		return Bool(v)
	case float64:
		return Number(v)
	case int:
		return Number(float64(v))
	case time.Time:
		return Date(v)
	case []string:
		return List(v)
	case map[string]any:
		return Value{kind: kindOther}
	case json.Number:
		if n, ok := number(string(v)); ok {
			return Number(n)
		}
		return Value{}
	case time.Duration:
		return Value{}
	}
	return underlying(reflect.ValueOf(v))
}

// underlying is ValueOf for the other numbers and for types of the program's own.
func underlying(v reflect.Value) Value {
	switch kind := v.Kind(); {
	case kind == reflect.String:
		return String(v.String())
	case kind == reflect.Bool:
		return Bool(v.Bool())
	case v.CanInt():
		return Number(float64(v.Int()))
	case v.CanUint() && kind != reflect.Uintptr:
		return Number(float64(v.Uint()))
	case v.CanFloat():
		return Number(v.Float())
	case kind == reflect.Slice && (v.Type().Elem().Kind() == reflect.String || v.Type().Elem().Kind() == reflect.Interface):
		list := make([]string, 0, v.Len())
		for i := range v.Len() {
			member := v.Index(i)
			if member.Kind() == reflect.Interface {
				member = member.Elem()
			}
			if member.Kind() == reflect.String && member.Type() != reflect.TypeFor[json.Number]() {
				list = append(list, member.String())
			}
		}
		return List(list)
	}
	return Value{}
}
