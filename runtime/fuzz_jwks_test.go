package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"os"
	"testing"
)

// FuzzJWKS holds that each member of a key set is either used, and then good for
// something and what encoding/json reads of it, or ignored for a reason.
func FuzzJWKS(f *testing.F) {
	for _, document := range []string{
		`{"keys":[]}`, `{"keys":[{}, null, 1]}`, `{"kty":"RSA"}`, `{"keys":[],"keys":[]}`, `{"Keys":[{"kty":"RSA"}]}`,
		`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"oct","k":"AA","kid":"s"}]}`,
		`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`,
		`{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},` +
			`{"kty":"EC","crv":"P-256","kid":"a","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1"}]}`,
	} {
		f.Add([]byte(document))
	}
	var vectors wycheproof
	data, err := os.ReadFile("testdata/wycheproof/json_web_key_test.json")
	if err != nil {
		f.Fatal(err)
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		f.Fatal(err)
	}
	for _, group := range vectors.TestGroups {
		f.Add([]byte(group.Public))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		keys, ignored, err := parseJWKS(document, asymmetric, true)
		if err != nil {
			if len(keys)+len(ignored) > 0 {
				t.Fatalf("%d keys with an error", len(keys))
			}
			return
		}
		var set map[string]json.RawMessage
		if err := json.Unmarshal(document, &set); err != nil {
			t.Fatalf("encoding/json refuses the document: %v", err)
		}
		members := []json.RawMessage{document}
		if list, ok := set["keys"]; ok {
			if err := json.Unmarshal(list, &members); err != nil {
				t.Fatal(err)
			}
		}
		if len(keys)+len(ignored) != len(members) {
			t.Fatalf("%d keys and %d ignored ones of %d", len(keys), len(ignored), len(members))
		}
		for _, k := range keys {
			good(t, k, members[k.index])
		}
		usable := newKeySet(keys, ignored)
		count := len(usable.byKid)
		if usable.only != nil && !usable.only.hasKid {
			count++
		}
		if count+len(usable.ignored) != len(members) {
			t.Fatalf("%d usable and %d ignored keys of %d", count, len(usable.ignored), len(members))
		}
		for _, k := range usable.ignored {
			if k.reason == "" {
				t.Fatal("a key is ignored without a reason")
			}
		}
		for kid, k := range usable.byKid {
			if found, byKid := usable.lookup(kid, true); found != k || !byKid || k.kid != kid {
				t.Fatalf("kid %q leads to another key", kid)
			}
		}
	})
}

// good wants a key to be one that may verify.
func good(t *testing.T, k *verifyKey, member json.RawMessage) {
	t.Helper()
	var read map[string]any
	if err := json.Unmarshal(member, &read); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"kty": k.kty, "kid": k.kid, "crv": k.crv, "alg": k.alg} {
		if want, ok := read[name].(string); ok && want != got && (name != "crv" || k.kty != "RSA") || !ok && name == "kid" && k.hasKid {
			t.Fatalf("%s is %q, want %q", name, got, want)
		}
	}
	for _, name := range privateParts {
		if _, ok := read[name]; ok {
			t.Fatalf("the key shows its private part %s", name)
		}
	}
	if !k.usable(asymmetric) || read["use"] != nil && read["use"] != "sig" {
		t.Fatal("the key is good for nothing")
	}
	switch key := k.key.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < 2048 || bits > 8192 || key.N.Bit(0) == 0 || key.E < 3 || key.E%2 == 0 {
			t.Fatalf("RSA of %d bits, exponent %d", bits, key.E)
		}
	case *ecdsa.PublicKey:
		if _, err := key.ECDH(); err != nil {
			t.Fatal(err)
		}
	case ed25519.PublicKey:
		if len(key) != ed25519.PublicKeySize {
			t.Fatalf("Ed25519 of %d bytes", len(key))
		}
	default:
		t.Fatalf("a %T", key)
	}
}
