package frontier

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/authgen/authgen/internal/provider"
)

// Credential is what a service user is known by. Make it with [SecretCredential] or
// [KeyCredential]; the zero value is none. It prints no secret.
type Credential struct {
	id     string
	secret provider.Secret // of a secret or an opaque token
	key    *serviceKey
}

// SecretCredential is the id and secret of a credential, or the id and value of an
// opaque token, see [Credentials].
func SecretCredential(id, secret string) (Credential, error) {
	if !isUUID(id) {
		return Credential{}, errors.New("frontier: the id of the credential is no uuid")
	}
	// Of any shape: the secret of the bootstrap account is what its configuration says.
	if secret == "" || len(secret) > longestSetting || strings.ContainsFunc(secret, func(c rune) bool { return c < ' ' || c > '~' || c == ':' }) {
		return Credential{}, errors.New("frontier: the secret is empty, too long, or has a colon or characters that are not ASCII")
	}
	return Credential{id: id, secret: provider.NewSecret(secret)}, nil
}

// KeyCredential is a key as CreateServiceUserJWK answers it, see [KeyFile].
func KeyCredential(file []byte) (Credential, error) {
	key, err := parseServiceKey(file)
	if err != nil {
		return Credential{}, fmt.Errorf("frontier: key: %w", err)
	}
	return Credential{id: key.kid, key: key}, nil
}

// Format implements fmt.Formatter: nothing of the secret, for all verbs.
func (c Credential) Format(f fmt.State, verb rune) {
	provider.Hidden("frontier.Credential").Format(f, verb)
}

// LogValue implements slog.LogValuer.
func (c Credential) LogValue() slog.Value { return provider.Hidden("frontier.Credential").LogValue() }

// serviceKey is a key as the server issues it once.
type serviceKey struct {
	kid, principal string
	private        *rsa.PrivateKey
}

// parseServiceKey reads {type, kid, principal_id, private_key}, also inside of {key}.
// Errors hold nothing of it.
func parseServiceKey(file []byte) (*serviceKey, error) {
	type content struct {
		Type        string `json:"type"`
		KeyID       string `json:"kid"`
		PrincipalID string `json:"principal_id"`
		PrivateKey  string `json:"private_key"`
	}
	var parsed struct {
		content
		Key *content `json:"key"`
	}
	if len(file) > longestKeyFile || json.Unmarshal(file, &parsed) != nil {
		return nil, errors.New("is too large, or not the JSON of a key")
	}
	c := parsed.content
	if parsed.Key != nil {
		c = *parsed.Key
	}
	switch {
	case c.Type != "" && c.Type != "sv_rsa":
		return nil, errors.New("type is not sv_rsa")
	case !isUUID(c.KeyID):
		return nil, errors.New("kid is no uuid")
	case !isUUID(c.PrincipalID):
		return nil, errors.New("principal_id is no uuid")
	}
	block, _ := pem.Decode([]byte(c.PrivateKey))
	if block == nil {
		return nil, errors.New("private_key is no PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := key.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, errors.New("private_key is no RSA key as PKCS#8")
	}
	if private.N.BitLen() < 2048 {
		return nil, errors.New("private_key has fewer than 2048 bits")
	}
	return &serviceKey{c.KeyID, c.PrincipalID, private}, nil
}

func readKeyFile(path string) (Credential, error) {
	f, err := os.Open(path)
	if err != nil {
		return Credential{}, fmt.Errorf("frontier: key file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, longestKeyFile+1))
	if err != nil {
		return Credential{}, fmt.Errorf("frontier: key file: %w", err)
	}
	return KeyCredential(data)
}
