package auth

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allAlgorithms are those that some guard may allow.
var allAlgorithms = slices.Concat(asymmetric, symmetric)

// verifyVector verifies a token with a JWK or JWK Set as a guard does, except
// that secrets may come as JWK too. Claims are not looked at.
func verifyVector(key json.RawMessage, secrets bool, token string) error {
	keys, ignored, err := parseJWKS(key, allAlgorithms, true)
	if secrets {
		keys, ignored, err = secretKeys(key)
	}
	if err != nil {
		return err
	}
	var t compactToken
	if err := t.parse(token, nil); err != nil {
		return err
	}
	k, _ := newKeySet(keys, ignored).lookup(t.header.kid, t.header.hasKid)
	if k == nil {
		return errUnknownKey
	}
	_, err = t.verifySignature(k, allAlgorithms)
	return err
}

// secretKeys reads the secrets of a JWK or JWK Set, which guards take from
// HMACSecret alone.
func secretKeys(data []byte) (keys []*verifyKey, ignored []ignoredKey, err error) {
	type jwk struct {
		Kty, Alg, Use, K string
		Kid              *string
		Ops              []string `json:"key_ops"`
	}
	var set struct {
		jwk
		Keys []jwk
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, nil, err
	}
	if set.Keys == nil {
		set.Keys = []jwk{set.jwk}
	}
	for i, j := range set.Keys {
		if j.Kty != "oct" {
			return nil, nil, errors.New("no guard has secrets and public keys of one issuer")
		}
		secret, ok := decodeSegment(nil, j.K)
		k := &verifyKey{index: i, kty: "oct", alg: j.Alg, key: secret}
		if j.Kid != nil {
			k.kid, k.hasKid = *j.Kid, true
		}
		if ok && (j.Use == "" || j.Use == "sig") && (j.Ops == nil || slices.Contains(j.Ops, "verify")) && k.usable(allAlgorithms) {
			keys = append(keys, k)
		} else {
			ignored = append(ignored, ignoredKey{i, k.kid, "unfit", k.hasKid && j.Use != "enc", "oct"})
		}
	}
	return keys, ignored, nil
}

// wycheproof is a file of vectors: C2SP/wycheproof, schemas of version 1, commit
// dac1dd4729fd.
type wycheproof struct {
	TestGroups []struct {
		Public, Private json.RawMessage // JWK or JWK Set
		Tests           []struct {
			TcID            int
			Comment, Result string
			JWS, JWE        serialized
		}
	}
}

// serialized is a token: a string, or an object in JSON serialization.
type serialized string

func (s *serialized) UnmarshalJSON(data []byte) error {
	var compact string
	if json.Unmarshal(data, &compact) != nil {
		compact = string(data)
	}
	*s = serialized(compact)
	return nil
}

// disagreements are the vectors whose expectation is not ours, by file and tcId.
var disagreements = map[string]map[int]string{
	"json_web_signature_test.json": {
		346: otherAlg, 347: otherAlg, 350: otherAlg, 351: otherAlg,
		367: noDifference, 370: noDifference,
		372: strayCharacter, 373: strayCharacter,
	},
	"json_web_crypto_test.json": {},
	"json_web_key_test.json":    {},
}

const (
	otherAlg       = "the key's alg is another than the token's (PS256, and ES521, which does not exist)"
	noDifference   = "the text is that of vector 357, byte for byte, which is valid"
	strayCharacter = "a question mark inside a segment is no base64url (RFC 7515 section 2)"
)

// TestWycheproof holds that forms and signatures are judged as published, but for
// the disagreements. Most payloads are no claims.
func TestWycheproof(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]int{"json_web_signature_test.json": 401, "json_web_crypto_test.json": 49, "json_web_key_test.json": 26} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			var vectors wycheproof
			readJSON(t, "testdata/wycheproof/"+file, &vectors)
			exceptions := disagreements[file]
			agreed, excepted := 0, 0
			for _, group := range vectors.TestGroups {
				key, secrets := group.Public, false
				if len(key) == 0 || string(key) == "null" {
					key, secrets = group.Private, true
				}
				for _, v := range group.Tests {
					if v.JWE != "" {
						continue // TestR7WycheproofJWE
					}
					why, exception := exceptions[v.TcID]
					if exception {
						excepted++
					}
					if t.Run(strconv.Itoa(v.TcID), func(t *testing.T) {
						err := verifyVector(key, secrets, string(v.JWS))
						if valid := (v.Result == "valid") != exception; (err == nil) != valid {
							t.Errorf("%s: %v, want valid: %v %s", v.Comment, err, valid, why)
						}
						if why == otherAlg {
							if err := verifyVector(withoutAlg(t, key), secrets, string(v.JWS)); err != nil {
								t.Errorf("%s, without the key's alg: %v", v.Comment, err)
							}
						}
					}) {
						agreed++
					}
				}
			}
			if agreed != want || excepted != len(exceptions) {
				t.Errorf("%d tests agree, %d of them as exceptions; want %d and %d", agreed, excepted, want, len(exceptions))
			}
		})
	}
}

// TestR7WycheproofJWE holds that encrypted tokens, valid ones too, are refused for
// their form, whatever key is at hand.
func TestR7WycheproofJWE(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]int{"json_web_encryption_test.json": 139, "json_web_crypto_test.json": 34} {
		var vectors wycheproof
		readJSON(t, "testdata/wycheproof/"+file, &vectors)
		count := 0
		for _, group := range vectors.TestGroups {
			for _, v := range group.Tests {
				if v.JWE == "" {
					continue
				}
				count++
				if err := new(compactToken).parse(string(v.JWE), nil); err == nil {
					t.Errorf("%s: %d (%s): taken apart", file, v.TcID, v.Comment)
				}
				if err := verifyVector(group.Private, true, string(v.JWE)); err == nil {
					t.Errorf("%s: %d (%s): valid", file, v.TcID, v.Comment)
				}
			}
		}
		if count != want {
			t.Errorf("%s: %d tokens, want %d", file, count, want)
		}
	}
}

// TestRFCExamples verifies the examples of RFC 7515 and RFC 8037 but that of alg
// none, and none of them once a character is another.
func TestRFCExamples(t *testing.T) {
	t.Parallel()
	var examples struct {
		Vectors []struct {
			Source, Alg, JWS, Expected string
			JWK                        json.RawMessage
		}
	}
	readJSON(t, "testdata/rfc_jws_examples.json", &examples)
	if len(examples.Vectors) != 6 {
		t.Fatalf("%d examples", len(examples.Vectors))
	}
	for _, v := range examples.Vectors {
		secret := strings.HasPrefix(v.Alg, "HS")
		err := verifyVector(v.JWK, secret, v.JWS)
		if (err == nil) != (v.Expected == "valid-signature") {
			t.Errorf("%s: %v, want %s", v.Source, err, v.Expected)
		}
		// Secrets are no keys of a fetched set.
		if err := verifyVector(v.JWK, !secret, v.JWS); secret && err == nil {
			t.Errorf("%s: a secret verifies as a public key", v.Source)
		}
		for i, c := range []byte(v.JWS) {
			other := byte('A')
			if c == other {
				other = 'B'
			}
			if err := verifyVector(v.JWK, secret, v.JWS[:i]+string(other)+v.JWS[i+1:]); err == nil {
				t.Errorf("%s: valid with another character at %d", v.Source, i)
			}
		}
	}
}

func withoutAlg(t *testing.T, key json.RawMessage) json.RawMessage {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(key, &members); err != nil {
		t.Fatal(err)
	}
	delete(members, "alg")
	changed, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func readJSON(t *testing.T, file string, v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}
