package judge

import (
	"slices"
	"strings"
)

// stdRule is ruleOf for the standard library: it verifies nothing but where it
// says so.
func stdRule(r rule, path, recv, name string, args []val, t taint, proven, derived level) rule {
	r.pure = pureStd(path, recv, name)
	r = madeOf(r, t, proven)
	switch path {
	case "crypto/hmac":
		if name == "New" {
			r.pure = false // it is what is written to it
			r.t = tSecret | t&tSaid
			if t&tFromCaller != 0 {
				r.t = t
			}
			r.nonNil = true
			r.keyed = true
		}
	case "crypto/rsa", "crypto/ecdsa", "crypto/ed25519", "crypto/x509", "golang.org/x/crypto/bcrypt":
		if strings.HasPrefix(name, "ParseCertificate") && t&tCred != 0 {
			r.t = t&^(tCred|tPart) | tIdent // it is public
		}
		// A key or hash that the caller brings proves nothing.
		if (strings.HasPrefix(name, "Verify") || name == "CompareHashAndPassword") && t&tCred != 0 && (len(args) == 0 || !fromCaller(taintOf(args[0]))) {
			r.t, r.onTrue, r.onNil = tVer, sure, sure
		}
	case "golang.org/x/crypto/nacl/secretbox":
		if name == "Open" && t&tCred != 0 && len(args) == 4 && !fromCaller(taintOf(args[3])) {
			r.t, r.onTrue, r.keyed = tVer, sure, true
		}
	case "crypto/cipher":
		if name == "Open" && t&tCred != 0 {
			r.t, r.onNil = tVer, sure
		}
	case "database/sql":
		if t&(tIdent|tReq) != 0 {
			t |= tServer
			r.t |= tServer
		}
		if t&tWho == 0 {
			return r
		}
		worth := none
		switch {
		case t&(tCred|tNames) == tCred && t&tMaybe != 0:
			worth = maybe
		case t&(tCred|tNames) == tCred:
			worth = sure
		case proven >= claimed:
			worth = proven
		}
		switch {
		case strings.HasPrefix(name, "QueryRow"):
			if worth != none {
				r.t = tVer | t&(tSaid|tMaybe)
				r.derived = min(worth, finds(args, false))
				if r.data = min(worth, asksFor(args, false)); r.derived == none && fallsBack(args) {
					r.data = none
				}
			}
			r.nonNil = true
		case strings.HasPrefix(name, "Query"):
			if worth != none {
				r.t, r.data = tVer|t&(tSaid|tMaybe), min(worth, finds(args, false))
			}
		case strings.HasPrefix(name, "Exec"):
			r = executed(r, t, min(worth, changes(args)))
		case name == "RowsAffected" && recv == "Result":
			r = affected(r, t, derived)
		case name == "Scan":
			r.t = tVer | t
			r.onNil = derived
			if t&tVer != 0 {
				r.out = max(proven, derived)
			}
			r.fills = true
		case name == "Next" && recv == "Rows" && t&tVer != 0:
			r.onTrue = proven
		}
		return r
	case "sync":
		if recv == "Map" && name == "Load" {
			worth := proven
			if t&(tCred|tNames) == tCred {
				worth = sure
			}
			if t&tMaybe != 0 {
				worth = min(worth, maybe)
			}
			if worth != none {
				r.t, r.onTrue, r.data = tVer|t&(tSaid|tMaybe), worth, worth
			}
		}
		return r
	case "encoding/json", "encoding/gob", "encoding/xml":
		r.fills = true
		if proven == claimed {
			r.out = claimed // what another server says
		}
		if t&tCred != 0 && (name == "Unmarshal" || name == "Decode") {
			r.t = tIdent
		}
		return r
	case "hash", "crypto/sha256", "crypto/sha512", "crypto/sha1", "crypto/md5", "crypto/sha3":
		r.nonNil = strings.HasPrefix(name, "Sum") // a digest is never empty
		r.pure = r.pure && !strings.HasPrefix(name, "New")
		r.digest = r.nonNil
		if strings.HasPrefix(name, "New") && len(args) == 0 {
			r.t = 0 // a new hash holds nothing yet
		}
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
	}
	r.fills = slices.Contains([]string{"io", "encoding/base64", "encoding/hex", "encoding/binary", "encoding/asn1", "net/http", "net/rpc"}, path)
	return r
}

// madeOf is the rule of a function that makes something of what it is given and
// verifies nothing.
func madeOf(r rule, t taint, proven level) rule {
	r.std, r.keyed = true, false
	r.onTrue, r.data, r.out = none, none, none
	if t&tFromCaller == 0 || t&tCred == 0 && proven >= claimed {
		r.onTrue, r.data = proven, proven
	}
	return r
}

// zeroFails takes the proof from what a function of the standard library makes of
// something that was found, where it says the same of what was not: a text has the
// prefix "", and a time that is none is long ago.
func zeroFails(r rule, path, name string, args []val) rule {
	of := func(i int) bool { return i < len(args) && levelOf(args[i]) != none }
	fails := false
	switch path {
	case "time":
		switch name {
		case "IsZero", "Equal", "Since":
		case "After", "Sub", "Compare":
			fails = !of(0)
		case "Before":
			fails = of(0)
		default:
			fails = true
		}
	case "strings", "bytes":
		switch name {
		case "HasPrefix", "HasSuffix", "Contains", "ContainsAny", "CutPrefix", "CutSuffix":
			fails = of(0) && len(args) == 2 && (isNonNil(args[1]) || (&state{}).holds(args[1]))
		default:
			fails = true
		}
	case "reflect", "regexp", "net", "net/netip", "path", "path/filepath", "unicode", "unicode/utf8":
	default:
		fails = true
	}
	if !fails {
		r.onTrue = none
		if path == "time" {
			r.data = none
		}
	}
	return r
}

// pureStd says whether a function of the standard library yields the same for
// the same arguments, each time it is called.
func pureStd(path, recv, name string) bool {
	for _, p := range pureStdFuncs {
		if p.path == path && (p.recv == recv || p.recv == "*" || recv == "" && p.recv == "") && (p.names == "" || listed(p.names, name, recv)) {
			return true
		}
	}
	return false
}

// pureStdFuncs are functions without a receiver, and methods of types that
// nobody changes, by package and type; without names, all of them.
var pureStdFuncs = []struct{ path, recv, names string }{
	{path: "bytes"}, {path: "cmp"}, {path: "crypto/hmac"}, {path: "crypto/md5"}, {path: "crypto/sha1"}, {path: "crypto/sha256"}, {path: "crypto/sha3"},
	{path: "crypto/sha512"}, {path: "crypto/subtle"}, {path: "encoding/base32", recv: "*"}, {path: "encoding/base64", recv: "*"},
	{path: "encoding/binary"}, {path: "encoding/hex", names: "AppendDecode AppendEncode DecodeString EncodeToString DecodedLen EncodedLen Dump"},
	{path: "encoding/json", names: "Marshal MarshalIndent Valid Unmarshal"}, {path: "errors"}, {path: "fmt", names: "Append Appendf Appendln Errorf Sprint Sprintf Sprintln"},
	{path: "hash", recv: "Hash", names: "Sum Size BlockSize"}, {path: "html"}, {path: "maps"}, {path: "math"}, {path: "math/bits"}, {path: "mime", names: "FormatMediaType ParseMediaType"},

	{path: "net/netip", recv: "*"}, {path: "net/textproto", names: "CanonicalMIMEHeaderKey TrimString TrimBytes"},
	{path: "net/url", recv: "*"}, {path: "path"}, {path: "path/filepath", names: "Base Clean Dir Ext FromSlash IsAbs IsLocal Join Match Split SplitList ToSlash VolumeName"},
	{path: "regexp", recv: "*"}, {path: "slices"}, {path: "strconv"}, {path: "strings"}, {path: "strings", recv: "Replacer"},

	{path: "unicode"}, {path: "unicode/utf16"}, {path: "unicode/utf8"},
}
