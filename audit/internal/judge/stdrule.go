package judge

import (
	"slices"
	"strings"
)

// stdRule is ruleOf for the standard library: it verifies nothing but where it
// says so.
func stdRule(r rule, path, recv, name string, args []val, t taint, proven, derived level) rule {
	r.pure, r.std, r.keyed = true, true, false
	r.onTrue, r.data, r.out = none, none, none
	if t&tFromCaller == 0 || t&tCred == 0 && proven == sure {
		r.onTrue, r.data = proven, proven
	}
	switch path {
	case "crypto/hmac":
		if name == "New" {
			r.t = tSecret
			if t&tFromCaller != 0 {
				r.t = t
			}
			r.nonNil = true
			r.keyed = true
		}
	case "crypto/rsa", "crypto/ecdsa", "crypto/ed25519", "crypto/x509", "golang.org/x/crypto/bcrypt":
		// A key or hash that the caller brings proves nothing.
		if (strings.HasPrefix(name, "Verify") || name == "CompareHashAndPassword") && t&tCred != 0 && (len(args) == 0 || !fromCaller(taintOf(args[0]))) {
			r.t, r.onTrue, r.onNil = tVer, sure, sure
		}
	case "crypto/cipher":
		if name == "Open" && t&tCred != 0 {
			r.t, r.onNil = tVer, sure
		}
	case "database/sql":
		r.pure = false
		if t&(tIdent|tReq) != 0 {
			t |= tServer
			r.t |= tServer
		}
		if t&tWho == 0 {
			return r
		}
		direct := t&(tCred|tNames) == tCred || proven == sure
		switch {
		case strings.HasPrefix(name, "QueryRow"):
			if direct {
				r.t, r.derived = tVer, sure
				if aggregates(args) {
					r.derived = none
				}
				r.out = sure
			}
			r.nonNil = true
			r.rowData = direct
		case strings.HasPrefix(name, "Query"):
			if direct {
				r.t = tVer
				r.rowData = true
			}
		case name == "Scan":
			r.t = tVer | t
			r.onNil = derived
			if t&tVer != 0 {
				r.out = sure
			}
			r.fills = true
		case name == "Next" && recv == "Rows" && t&tVer != 0:
			r.onTrue = sure
		}
		return r
	case "encoding/json", "encoding/gob", "encoding/xml":
		r.fills = true
		if t&tCred != 0 && (name == "Unmarshal" || name == "Decode") {
			r.t = tIdent
		}
		return r
	case "hash", "crypto/sha256", "crypto/sha512", "crypto/sha1", "crypto/md5", "crypto/sha3":
		r.nonNil = strings.HasPrefix(name, "Sum") // a digest is never empty
		r.digest = r.nonNil
	case "encoding/hex", "encoding/base64":
		r.nonNil = name == "EncodeToString" && slices.ContainsFunc(args, isNonNil)
	case "errors":
		r.t = t
		if name == "New" || name == "Join" {
			r.nonNil = name == "New" || slices.ContainsFunc(args, func(v val) bool { s, ok := v.(*sym); return ok && s.nonNil })
		}
	case "fmt":
		r.nonNil = name == "Errorf" || strings.HasPrefix(name, "Sprint") && slices.ContainsFunc(args, isNonNil)
		r.fills = strings.HasPrefix(name, "S") || strings.HasPrefix(name, "Fs")
		return r
	case "time", "math/rand", "sync", "sync/atomic", "os", "net", "net/http", "io", "log", "log/slog":
		r.pure = false
	}
	r.fills = path == "io" || path == "encoding/base64" || path == "encoding/hex" || path == "net/http"
	return r
}
