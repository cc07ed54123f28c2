package auth_test

import (
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	auth "github.com/authgen/authgen/runtime"
)

// hostileBytes is how long hostile tokens are: as long as a token may be.
const hostileBytes = 16 << 10

// hostileCredentials are values of Authorization that cost as much as whoever has no
// key can make a guard pay, by what they try. No signature has to be verified to
// refuse them. The signer's key is k1 and of RSA.
func hostileCredentials() map[string]string {
	const header = 3 << 10 // bytes that make the longest header, in base64url 4 KiB
	// around makes a token of the longest header that these parts allow: the middle
	// is repeated.
	around := func(before, middle, after string) string {
		n := (header - len(before) - len(after)) / len(middle)
		return before + strings.Repeat(middle, n) + after
	}
	// filled makes a token with this header and the longest signature; its payload is
	// as long as there is room for.
	filled := func(h, payload string) string {
		head, signature := b64([]byte(h))+".", "."+b64(make([]byte, 1024))
		room := (hostileBytes-len(head)-len(signature))/4*3 - len(payload)
		return head + b64([]byte(payload+strings.Repeat(" ", room))) + signature
	}
	// ending replaces the end of a token.
	ending := func(token, end string) string { return token[:len(token)-len(end)] + end }
	many := func(n int, format string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf(format, i)
		}
		return strings.Join(parts, ",")
	}
	const unknown, known = `{"alg":"RS256","kid":"unknown"}`, `{"alg":"RS256","kid":"k1"}`
	open := func(h string) string { return h[:len(h)-1] + "," }
	claims := claimsWith(nil)
	tokens := map[string]string{
		"dots":                      strings.Repeat(".", hostileBytes),
		"letters and dots":          strings.Repeat("a.", hostileBytes/2),
		"five segments":             ending(filled(unknown, claims), ".AA.AA"),
		"one segment":               strings.Repeat("A", hostileBytes),
		"long header":               b64([]byte("{"+many(1200, `"m%d":0`)+"}")) + ".AA.AA",
		"members of the header":     filled(around(open(unknown), `"a":0,`, `"b":0}`), claims),
		"different members":         filled(open(known)+many(300, `"%d":0`)+"}", claims),
		"as many as may be":         filled(open(unknown)+many(30, `"`+strings.Repeat(`\u0061`, 14)+`%02d":0`)+"}", claims),
		"nodes of the header":       filled(open(unknown)+`"x":[`+strings.Repeat("0,", 240)+`0]}`, claims),
		"more nodes":                filled(open(unknown)+`"x":[`+strings.Repeat("0,", 1400)+`0]}`, claims),
		"deep header":               filled(around(open(unknown)+`"x":`, "[", ""), claims),
		"deep objects":              filled(around(open(unknown)+`"x":`, `{"a":`, ""), claims),
		"long text in the header":   filled(around(open(unknown)+`"x":"`, "a", `"}`), claims),
		"escapes in the header":     filled(around(open(unknown)+`"x":"`, `\u0061`, `"}`), claims),
		"surrogates in the header":  filled(around(open(unknown)+`"x":"`, `\ud83d\ude00`, `"}`), claims),
		"multibyte in the header":   filled(around(open(unknown)+`"x":"`, "\u00e9", `"}`), claims),
		"space in the header":       filled(around(open(unknown), " ", `"x":0}`), claims),
		"number in the header":      filled(around(open(unknown)+`"x":`, "1", "}"), claims),
		"duplicate at the end":      filled(open(unknown)+many(28, `"`+strings.Repeat(`\u0061`, 14)+`%02d":0`)+`,"kid":""}`, claims),
		"kid":                       filled(around(`{"alg":"RS256","kid":"`, "k", `"}`), claims),
		"kid of escapes":            filled(around(`{"alg":"RS256","kid":"`, `\u006b`, `"}`), claims),
		"alg":                       filled(around(`{"kid":"k1","alg":"`, "a", `"}`), claims),
		"alg of escapes":            filled(around(`{"kid":"k1","alg":"`, `\u0061`, `"}`), claims),
		"typ":                       filled(around(open(unknown)+`"typ":"application/`, "A", `"}`), claims),
		"typ of capitals by escape": filled(around(open(unknown)+`"typ":"`, `\u0130`, `"}`), claims),
		"jwk":                       filled(`{"alg":"RS256","kid":"own","jku":"http://127.0.0.1:1/","jwk":`+string(jsonText(signer{"RS256", "own", rsaOther()}.jwk()))+`}`, claims),
		"x5c":                       filled(around(open(unknown)+`"x5c":["`, "AAAA", `"]}`), claims),
		"crit":                      filled(around(open(known)+`"crit":["`, "exp", `"]}`), claims),
		"header cut off":            filled(around(open(known)+`"x":"`, "a", ""), claims),
		"no text in the header":     filled(around(open(unknown)+`"x":"`, "a", "\xff\"}"), claims),
		"many claims":               filled(unknown, "{"+many(1000, `"c%d":0`)+"}"),
		"deep claims":               filled(unknown, strings.Repeat(`{"a":`, 1500)),
		"long payload":              filled(unknown, claims),
		"long signature":            b64([]byte(known)) + "." + b64([]byte(claims)) + "." + strings.Repeat("A", 15<<10),
		"alg of others":             filled(`{"alg":"ES256","kid":"k1"}`, claims),
		"none":                      filled(`{"alg":"none","kid":"k1"}`, claims),
		"secret":                    filled(`{"alg":"HS256","kid":"k1"}`, claims),
		"stray bit at the end":      ending(filled(known, claims), "B"),
		"stray character":           ending(filled(known, claims), "~"),
		"stray character in front":  "~" + filled(known, claims)[1:],
		"padding":                   ending(filled(known, claims), "========"),
	}
	credentials := map[string]string{
		"no token at all":      "Bearer " + strings.Repeat("\"", hostileBytes),
		"space":                "Bearer" + strings.Repeat(" ", hostileBytes),
		"padding alone":        "Bearer " + strings.Repeat("=", hostileBytes),
		"something at the end": "Bearer " + strings.Repeat("A", hostileBytes) + " x",
		"long scheme":          strings.Repeat("a", hostileBytes),
		"too long":             "Bearer " + strings.Repeat("A", 4*hostileBytes),
	}
	for name, token := range tokens {
		credentials[name] = "Bearer " + token
	}
	return credentials
}

// hostileGuard makes a guard with one key of RSA, k1, whose signatures cannot be
// verified without a panic.
func hostileGuard(t testing.TB) *auth.Guard {
	t.Helper()
	g := issuerKeys(t, jwks(signer{"RS256", "k1", rsaPrivate()}.jwk()))
	auth.SpoilKeys(g)
	return g
}

func withAuthorization(value string) *http.Request {
	r := carried(http.MethodGet)
	r.Header["Authorization"] = []string{value}
	return r
}

// TestHostileTokens holds that whoever has no key cannot make a guard work: hostile
// tokens are refused before any signature is verified, at the cost of little memory.
func TestHostileTokens(t *testing.T) { // not parallel, for the memory
	g := hostileGuard(t)
	panics := func(token string) (panicked bool) {
		defer func() { panicked = recover() != nil }()
		answer(g, bearer(token), nil, protected())
		return false
	}
	if !panics(signer{"RS256", "k1", rsaPrivate()}.token(nil)) {
		t.Fatal("a signature was verified, and nobody noticed")
	}
	for name, value := range hostileCredentials() {
		r := withAuthorization(value)
		if got := answer(g, r, nil, protected()); got != http.StatusUnauthorized && got != http.StatusBadRequest {
			t.Errorf("%s: %d", name, got)
		}
		if got := bytesPerCall(10, func() { answer(g, r, nil, protected()) }); got > uint64(2*len(value)+4096) {
			t.Errorf("%s: %d bytes for %d", name, got, len(value))
		}
		if len(value) < hostileBytes/2 {
			t.Errorf("%s: %d bytes are not hostile", name, len(value))
		}
	}
}

// bytesPerCall returns how many bytes a call allocates. Nothing else may run.
func bytesPerCall(calls int, call func()) uint64 {
	call()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		call()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / uint64(calls)
}

// TestAllocationIsLinear holds that a token costs memory in proportion to its length,
// also one that the issuer signed.
func TestAllocationIsLinear(t *testing.T) { // not parallel, for the memory
	const longest = 1 << 20
	g, s := guardWith(t, auth.MaxTokenBytes(longest), auth.NoTokenCache()), edSigner()
	header, base := s.header(), claimsWith(nil)
	claims := func(member string) string { return base[:len(base)-1] + `,"x":` + member + "}" }
	for name, make := range map[string]func(n int) string{
		"text":    func(n int) string { return s.sign(header, claims(`"`+strings.Repeat("a", n)+`"`)) },
		"escapes": func(n int) string { return s.sign(header, claims(`"`+strings.Repeat(`\u0061`, n/6)+`"`)) },
		"a list":  func(n int) string { return s.sign(header, claims("["+strings.Repeat("0,", n/2)+"0]")) },
		"roles": func(n int) string {
			return s.sign(header, base[:len(base)-1]+`,"roles":["`+strings.Repeat(`a","`, n/4)+`"]}`)
		},
		"scopes": func(n int) string {
			return s.sign(header, base[:len(base)-1]+`,"scope":"`+strings.Repeat(`a `, n/2)+`"}`)
		},
		"names":         func(n int) string { return s.sign(header, base[:len(base)-1]+","+manyMembers(n/8)+"}") },
		"space":         func(n int) string { return s.sign(header, base+strings.Repeat(" ", n)) },
		"the header":    func(n int) string { return s.sign(header[:len(header)-1]+`,"x":"`+strings.Repeat("a", n)+`"}`, base) },
		"the kid":       func(n int) string { return s.sign(`{"alg":"EdDSA","kid":"`+strings.Repeat("k", n)+`"}`, base) },
		"the signature": func(n int) string { return s.token(nil) + strings.Repeat("AAAA", n/4) },
		"dots":          func(n int) string { return strings.Repeat(".", n) },
		"no b64token":   func(n int) string { return strings.Repeat("(", n) },
		"unsigned": func(n int) string {
			return b64([]byte(header)) + "." + b64([]byte(claims(`"`+strings.Repeat("a", n)+`"`))) + "." + b64(bytes64)
		},
		"too long": func(n int) string { return strings.Repeat("A", longest+n) },
	} {
		for _, n := range []int{1 << 10, 8 << 10, 64 << 10, 512 << 10} {
			r := bearer(make(n))
			length := uint64(len(r.Header["Authorization"][0]))
			if got := bytesPerCall(3, func() { answer(g, r, nil, protected()) }); got > 32*length+4096 {
				t.Errorf("%s: %d bytes for %d", name, got, length)
			}
		}
	}
}

var bytes64 = make([]byte, 64)

// BenchmarkHostile measures what each hostile token costs until it is refused, and
// at the end the worst once more.
func BenchmarkHostile(b *testing.B) {
	g, credentials := hostileGuard(b), hostileCredentials()
	var worst string
	var longest time.Duration
	measure := func(b *testing.B, name string) time.Duration {
		r, rule := withAuthorization(credentials[name]), protected()
		b.ReportAllocs()
		for b.Loop() {
			if _, c := g.Admit(r, nil, rule); c == nil {
				b.Fatal("admitted")
			}
		}
		return b.Elapsed() / time.Duration(b.N)
	}
	for _, name := range slices.Sorted(maps.Keys(credentials)) {
		b.Run(name, func(b *testing.B) {
			if cost := measure(b, name); cost > longest {
				worst, longest = name, cost
			}
		})
	}
	b.Run("worst="+worst, func(b *testing.B) {
		cost := measure(b, worst)
		b.ReportMetric(float64(cost.Nanoseconds())/1000, "us/worst")
	})
}
