package auth

import (
	"encoding/base64"
	"strings"
)

var strictBase64 = base64.RawURLEncoding.Strict()

// decodeSegment appends to dst what s decodes to as base64url, as RFC 7515 section 2
// wants it: no padding, no foreign character, and no set bits behind the last byte,
// so that a token has one text only. An empty segment is not ok.
func decodeSegment(dst []byte, s string) ([]byte, bool) {
	// encoding/base64 skips line ends, also when it is strict.
	if s == "" || strings.IndexByte(s, '\n') >= 0 || strings.IndexByte(s, '\r') >= 0 {
		return dst, false
	}
	b, err := strictBase64.AppendDecode(dst, []byte(s))
	return b, err == nil
}
