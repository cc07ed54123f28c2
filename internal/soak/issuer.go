package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// key is one key of the issuer.
type key struct {
	id        string
	private   *ecdsa.PrivateKey
	published time.Time
	withdrawn time.Time // zero while it is published
	gone      time.Time // when the guard had a set without it; zero before
}

// issuer publishes its newest two keys.
type issuer struct {
	clock  *clock
	url    string
	server *http.Server
	wg     sync.WaitGroup

	mu      sync.Mutex
	down    bool
	up      time.Time // since when it is not
	keys    []*key    // oldest first
	fetches int
}

func newIssuer(c *clock) (*issuer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	is := &issuer{clock: c, url: "http://" + listener.Addr().String()}
	is.rotate()
	is.server = &http.Server{Handler: http.HandlerFunc(is.serve), ReadHeaderTimeout: 5 * time.Second}
	is.wg.Go(func() { _ = is.server.Serve(listener) })
	return is, nil
}

func (is *issuer) close() {
	_ = is.server.Close()
	is.wg.Wait()
}

// rotate publishes a new key and withdraws the one before the last.
func (is *issuer) rotate() {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	is.mu.Lock()
	defer is.mu.Unlock()
	now := is.clock.now()
	is.keys = append(is.keys, &key{id: rand.Text(), private: private, published: now})
	if old := len(is.keys) - 3; old >= 0 {
		is.keys[old].withdrawn = now
	}
	if len(is.keys) > 6 {
		is.keys = is.keys[1:]
	}
}

func (is *issuer) setDown(down bool) {
	is.mu.Lock()
	defer is.mu.Unlock()
	is.down, is.up = down, is.clock.now()
}

// serve answers discovery and keys. While the issuer is down it cuts connections.
func (is *issuer) serve(w http.ResponseWriter, r *http.Request) {
	is.mu.Lock()
	down := is.down
	is.mu.Unlock()
	if down {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path != "/keys" {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, is.url, is.url+"/keys")
		return
	}
	is.mu.Lock()
	is.fetches++
	var public []map[string]string
	var absent []*key
	for _, k := range is.keys {
		if k.withdrawn.IsZero() {
			public = append(public, k.public())
		} else if k.gone.IsZero() {
			absent = append(absent, k)
		}
	}
	is.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": public})
	is.mu.Lock()
	for _, k := range absent {
		k.gone = is.clock.now()
	}
	is.mu.Unlock()
}

// pick returns a copy of the key that is so many rotations old.
func (is *issuer) pick(age int) (key, bool) {
	is.mu.Lock()
	defer is.mu.Unlock()
	if i := len(is.keys) - 1 - age; i >= 0 {
		return *is.keys[i], true
	}
	return key{}, false
}

// state returns what became of a key, and whether the issuer is down, or was so a
// moment ago that the guard has not asked it since.
func (is *issuer) state(id string) (k key, down bool) {
	is.mu.Lock()
	defer is.mu.Unlock()
	down = is.down || is.clock.now().Before(is.up.Add(patience+is.clock.real(slack)))
	for _, k := range is.keys {
		if k.id == id {
			return *k, down
		}
	}
	return key{id: id, gone: is.clock.start}, down
}

func (k *key) public() map[string]string {
	point, err := k.private.PublicKey.Bytes()
	if err != nil {
		panic(err) // the key is one that was just made
	}
	return map[string]string{
		"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": k.id,
		"x": encode(point[1:33]), "y": encode(point[33:]),
	}
}

// sign makes a token of these claims.
func (k *key) sign(kid string, claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // the claims are ours
	}
	input := encode(fmt.Appendf(nil, `{"alg":"ES256","kid":%q,"typ":"JWT"}`, kid)) + "." + encode(payload)
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, digest[:])
	if err != nil {
		panic(err)
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return input + "." + encode(signature[:])
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
