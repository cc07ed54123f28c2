package entitlement

import "time"

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

// ValueOf returns v as an attribute: nil, a string, bool, any number, time.Time,
// []string or []any, of which only strings count. Any other is unclear.
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
	case float32:
		return Number(float64(v))
	case int:
		return Number(float64(v))
	case int8:
		return Number(float64(v))
	case int16:
		return Number(float64(v))
	case int32:
		return Number(float64(v))
	case int64:
		return Number(float64(v))
	case uint:
		return Number(float64(v))
	case uint8:
		return Number(float64(v))
	case uint16:
		return Number(float64(v))
	case uint32:
		return Number(float64(v))
	case uint64:
		return Number(float64(v))
	case time.Time:
		return Date(v)
	case []string:
		return List(v)
	case []any:
		list := make([]string, 0, len(v))
		for _, member := range v {
			if s, ok := member.(string); ok {
				list = append(list, s)
			}
		}
		return List(list)
	case map[string]any:
		return Value{kind: kindOther}
	}
	return Value{}
}
