package frontiertest_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontier/frontiertest"
)

// sources says which credential was redacted in which exchanges: the last line that
// fits. Credentials are named after the exchange that made them.
var sources = []struct {
	placeholder string
	from, to    int
	name        string
}{
	{"<cookie>", 1, 155, "cookie 18"},    // alice
	{"<cookie>", 156, 162, "cookie 157"}, // bob
	{"<cookie>", 163, 200, "cookie 18"},
	{"<cookie>", 201, 251, "cookie 202"}, // dave

	{"<base64(id:secret)>", 1, 251, "root"},
	{"<base64(id:secret)>", 47, 48, "basic 40"},
	{"<base64(id:secret)>", 49, 49, "basic wrong secret"},
	{"<base64(id:secret)>", 50, 50, "basic unknown id"},
	{"<base64(id:secret)>", 51, 51, "basic no uuid"},
	{"<base64(id:secret)>", 52, 52, "basic two colons"},
	{"<base64(id:secret)>", 54, 54, "basic 40"},
	{"<base64(id:secret)>", 55, 55, "basic id of service user"},
	{"<base64(id:secret)>", 56, 56, "basic 43"},
	{"<base64(id:secret)>", 149, 149, "basic wrong secret"},
	{"<base64(id:secret)>", 150, 151, "basic 40"},
	{"<base64(id:secret)>", 173, 173, "basic 40"},
	{"<base64(id:secret)>", 179, 179, "basic 40"},
	{"<base64(id:secret)>", 211, 211, "basic 210"},
	{"<base64(id:secret)>", 212, 214, "basic 209"},
	{"<base64(id:secret)>", 229, 229, "basic 209"},
	{"<base64(id:secret)>", 235, 235, "basic 209"},
	{"<base64(id:secret)>", 241, 242, "basic 209"},

	{"<jwt>", 27, 36, "jwt 21"}, // alice
	{"<jwt>", 31, 32, "jwt 21 tampered"},
	{"<jwt>", 58, 62, "assertion"},
	{"<jwt>", 63, 64, "assertion without jti"},
	{"<jwt>", 65, 65, "assertion without kid claim"},
	{"<jwt>", 66, 67, "assertion without exp"},
	{"<jwt>", 68, 69, "assertion expired"},
	{"<jwt>", 70, 70, "assertion"},
	{"<jwt>", 71, 71, "assertion of others"},
	{"<jwt>", 72, 72, "assertion without kid header"},
	{"<jwt>", 73, 117, "jwt 47"}, // the service user
	{"<jwt>", 129, 138, "jwt 128"},
	{"<jwt>", 139, 139, "forged none"},
	{"<jwt>", 140, 140, "forged HS256"},
	{"<jwt>", 141, 141, "forged by service user"},
	{"<jwt>", 142, 142, "forged gen"},
	{"<jwt>", 151, 151, "jwt 21 tampered"},
	{"<jwt>", 152, 152, "jwt 47"},
	{"<jwt>", 159, 170, "jwt 158"}, // bob
	{"<jwt>", 171, 182, "jwt 47"},
	{"<jwt>", 223, 225, "jwt 212"}, // the service user of the second organization
	{"<jwt>", 226, 227, "jwt 204"}, // dave
	{"<jwt>", 230, 233, "jwt 229"}, // signed by the other key, and short
	{"<jwt>", 236, 236, "jwt 204"},
	{"<jwt>", 240, 243, "jwt 212"},
	{"<jwt>", 244, 251, "jwt 204"},

	{"fpt_<secret>", 125, 138, "pat 125"},
	{"fpt_<secret>", 134, 134, "pat unknown"},
	{"fpt_<secret>", 238, 238, "pat of dave"},

	{"<redacted>", 45, 48, "secret 40"},
	{"opaque", 57, 57, "opaque 43"},
}

func source(n int, placeholder string) (name string) {
	for _, s := range sources {
		if s.placeholder == placeholder && s.from <= n && n <= s.to {
			name = s.name
		}
	}
	return name
}

// capture keeps the credentials of an answer under the number of the exchange.
func (r *replay) capture(t *testing.T, e *exchange, response *http.Response, body any) {
	n := e.number()
	name := func(kind string) string { return fmt.Sprintf("%s %d", kind, n) }
	for _, cookie := range response.Cookies() {
		r.values[name("cookie")] = cookie.Value
	}
	m, _ := body.(map[string]any)
	text := func(object, field string) string {
		in, _ := m[object].(map[string]any)
		value, _ := in[field].(string)
		return value
	}
	if token, _ := m["access_token"].(string); token != "" {
		r.values[name("jwt")] = token
		at := strings.LastIndexByte(token, '.') + 1
		r.values[name("jwt")+" tampered"] = token[:at] + strings.ToUpper(token[at:at+8]) + "AAAA" + token[at+12:]
	}
	if secret := text("secret", "secret"); secret != "" {
		r.secret(n, frontiertest.Credential{ID: text("secret", "id"), Secret: secret})
	}
	if value := text("token", "token"); value != "" {
		r.values[name("opaque")] = value
		r.values[name("basic")] = basicOf(frontiertest.Credential{ID: text("token", "id"), Secret: value})
	}
	if token := text("pat", "token"); token != "" {
		r.values[name("pat")] = token
		r.values["pat unknown"] = token[:len(token)-4] + "AAAA"
	}
	switch n {
	case 41:
		r.assertions(frontiertest.Key{
			Type: text("key", "type"), ID: text("key", "kid"), PrincipalID: text("key", "principal_id"),
			PrivateKey: text("key", "private_key"),
		})
	case 204: // ids that later requests have before an answer does
		dave := claims(t, r.values["jwt 204"])
		r.ids["52075bc9-db92-481b-a13e-5b7f320ffe97"] = dave["sub"].(string)
		r.ids["ffaa3acb-d3a3-48b3-8fe4-a1d45611f819"] = dave["sid"].(string)
	case 237:
		r.values["pat of dave"] = r.one.CreatePAT(
			r.ids["52075bc9-db92-481b-a13e-5b7f320ffe97"], r.ids["a9b4ccec-20f0-444d-80b1-9e193e3fc33e"],
		).Token
	}
}

// secret keeps a service user's secret, and what is wrong about others.
func (r *replay) secret(n int, c frontiertest.Credential) {
	r.values[fmt.Sprintf("basic %d", n)] = basicOf(c)
	if n != 40 {
		return
	}
	r.values["secret 40"] = c.Secret
	for name, text := range map[string]string{
		"wrong secret":       c.ID + ":" + strings.Repeat("A", 43),
		"unknown id":         "2b0d7b3d-84c9-4f7e-8a41-d9c43f1a1c11:" + c.Secret,
		"no uuid":            "su_0:" + c.Secret,
		"two colons":         c.ID + ":" + c.Secret + ":",
		"id of service user": r.ids["9fef4d39-81aa-47f1-bfd1-a308d3cf4617"] + ":" + c.Secret,
	} {
		r.values["basic "+name] = base64.StdEncoding.EncodeToString([]byte(text))
	}
}

// assertions makes those of a service user's key, and the forgeries with it.
func (r *replay) assertions(k frontiertest.Key) {
	alice := "app/user:" + r.ids["37b95f18-ca36-4565-88ea-19064cd694ff"]
	for name, opts := range map[string][]frontiertest.TokenOption{
		"assertion":                    {},
		"assertion without jti":        {frontiertest.Claim("jti", nil)},
		"assertion without kid claim":  {frontiertest.Claim("kid", nil)},
		"assertion without exp":        {frontiertest.Claim("exp", nil)},
		"assertion expired":            {frontiertest.ValidFor(-time.Minute)},
		"assertion of others":          {frontiertest.Claim("iss", "x"), frontiertest.Claim("sub", "y"), frontiertest.Claim("aud", "z")},
		"assertion without kid header": {frontiertest.Header("kid", nil)},
		"forged by service user":       {frontiertest.Claim("gen", "system"), frontiertest.Claim("sub_type", "app/serviceuser")},
		"forged gen":                   {frontiertest.Claim("gen", "other")},
	} {
		r.values[name] = r.one.Assertion(k, opts...)
	}
	r.values["forged none"] = r.one.Token(alice, frontiertest.Unsigned())
	r.values["forged HS256"] = r.one.Token(alice, frontiertest.Confused())
}

func decode(t *testing.T, part string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
