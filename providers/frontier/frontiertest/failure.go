package frontiertest

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// code is an error code of Connect, with what HTTP and gRPC make of it.
type code struct {
	name   string
	status int
	number int // google.rpc.Code
}

var (
	codeInvalid            = code{"invalid_argument", http.StatusBadRequest, 3}
	codeDeadline           = code{"deadline_exceeded", http.StatusGatewayTimeout, 4}
	codeNotFound           = code{"not_found", http.StatusNotFound, 5}
	codeExists             = code{"already_exists", http.StatusConflict, 6}
	codeDenied             = code{"permission_denied", http.StatusForbidden, 7}
	codeFailedPrecondition = code{"failed_precondition", http.StatusBadRequest, 9}
	codeUnimplemented      = code{"unimplemented", http.StatusNotImplemented, 12}
	codeInternal           = code{"internal", http.StatusInternalServerError, 13}
	codeUnavailable        = code{"unavailable", http.StatusServiceUnavailable, 14}
	codeUnauthenticated    = code{"unauthenticated", http.StatusUnauthorized, 16}
)

// failure is an error as it is answered.
type failure struct {
	code    code
	text    string
	details []message
}

func (f *failure) Error() string { return f.code.name + ": " + f.text }

// Every cause of a 401 has the same body: no oracle, no hint.
var (
	errUnauthenticated = &failure{code: codeUnauthenticated, text: "not authenticated"}
	errDenied          = &failure{code: codeDenied, text: "not authorized"}
	errPATBlocked      = &failure{code: codeDenied, text: "this operation is not allowed with a personal access token"}
	errNotFound        = &failure{code: codeNotFound, text: "not found"}
	errNoUser          = &failure{code: codeNotFound, text: "user doesn't exist"}
	errExists          = &failure{code: codeExists, text: "already exist"}
	errOrgDisabled     = &failure{code: codeFailedPrecondition, text: "org is disabled. Please contact your administrator to enable it"}
	errInternal        = &failure{code: codeInternal, text: "internal server error"}
	errNoSession       = &failure{code: codeInternal, text: "error while running query: rollback: rollback error: %!s(<nil>) while executing: no session"}
	errNotYet          = &failure{code: codeUnavailable, text: "function not available at the moment"}
	errDeadline        = &failure{code: codeDeadline, text: "context deadline exceeded"}
	errSyntax          = invalid("invalid syntax in body")
	errMalformed       = invalid("unmarshal message: error not proto")
	errEmpty           = invalid("unmarshal message: zero-length payload is not a valid JSON object")
)

func invalid(text string) *failure { return &failure{code: codeInvalid, text: text} }

// element is a step of a path in a message: buf.validate.FieldPathElement.
type element struct {
	number byte
	name   string
	typ    byte // google.protobuf.FieldDescriptorProto.Type
}

const (
	typeUint64  = 4
	typeBool    = 8
	typeString  = 9
	typeMessage = 11
)

var typeNames = map[byte]string{
	typeUint64: "TYPE_UINT64", typeBool: "TYPE_BOOL", typeString: "TYPE_STRING", typeMessage: "TYPE_MESSAGE",
}

var (
	rulePattern   = []element{{14, "string", typeMessage}, {6, "pattern", typeString}}
	ruleMinLength = []element{{14, "string", typeMessage}, {2, "min_len", typeUint64}}
	ruleUUID      = []element{{14, "string", typeMessage}, {22, "uuid", typeBool}}
	ruleMinItems  = []element{{18, "repeated", typeMessage}, {1, "min_items", typeUint64}}
)

// violates makes the failure of a field that breaks a rule of protovalidate.
func violates(field, rule []element, id, text string) *failure {
	names := make([]string, len(field))
	for i, e := range field {
		names[i] = e.name
	}
	// buf.validate.Violation: rule_id = 2, message = 3, field = 5, rule = 6.
	violation := protobuf(2, []byte(id))
	violation = append(violation, protobuf(3, []byte(text))...)
	violation = append(violation, protobuf(5, path(field))...)
	violation = append(violation, protobuf(6, path(rule))...)
	return &failure{
		code: codeInvalid,
		text: "validation error:\n - " + strings.Join(names, ".") + ": " + text + " [" + id + "]",
		details: []message{{
			"type":  "buf.validate.Violations",
			"value": base64.RawStdEncoding.EncodeToString(protobuf(1, violation)),
			"debug": freeform{"violations": []any{freeform{
				"field": debugPath(field), "rule": debugPath(rule), "ruleId": id, "message": text,
			}}},
		}},
	}
}

// protobuf encodes a field whose value is bytes of less than 16 KiB.
func protobuf(number byte, value []byte) []byte {
	out := []byte{number<<3 | 2}
	if n := len(value); n < 0x80 {
		out = append(out, byte(n))
	} else {
		out = append(out, byte(n)|0x80, byte(n>>7))
	}
	return append(out, value...)
}

func path(elements []element) (out []byte) {
	for _, e := range elements {
		one := append([]byte{1 << 3, e.number}, protobuf(2, []byte(e.name))...)
		out = append(out, protobuf(1, append(one, 3<<3, e.typ))...)
	}
	return out
}

func debugPath(elements []element) freeform {
	all := []any{}
	for _, e := range elements {
		all = append(all, freeform{"fieldNumber": e.number, "fieldName": e.name, "fieldType": typeNames[e.typ]})
	}
	return freeform{"elements": all}
}
