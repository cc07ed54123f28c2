package auth

import (
	"encoding/base64"
	"strings"
)

var strictBase64 = base64.RawURLEncoding.Strict()

// decodeSegment decodes base64url as RFC 7515 section 2 wants it: no padding,
// no foreign character, and no set bits behind the last byte, so that a token
// has one text only.
func decodeSegment(s string) ([]byte, bool) {
	// encoding/base64 skips line ends, also when it is strict.
	if s == "" || strings.ContainsAny(s, "\r\n") {
		return nil, false
	}
	b, err := strictBase64.DecodeString(s)
	return b, err == nil
}
