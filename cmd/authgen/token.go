package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	defaultTTL = 10 * time.Minute
	maxTTL     = 24 * time.Hour
)

func tokenCommand() *command {
	return &command{
		name:    "token",
		args:    "-key FILE -issuer URL -audience NAME -subject ID [flags]",
		summary: "mint a development token",
		help: `Signs a token with a key of your own and prints it. This is for development: a
guard accepts the token only if it was told to trust that key. Tokens live for
24 hours at most, and there is no way to take one back.

    authgen token -new-key dev-key.pem -jwks > dev-keys.json
    authgen token -key dev-key.pem -issuer https://dev.example.com \
        -audience files-api -subject u1 -roles admin -tenant t1

The guard that accepts it names the key set, and the mapping that knows these
claims (type, roles, permissions, scope, tenantId, tenantIds):

    auth.Issuer("https://dev.example.com", auth.Audience("files-api"),
        auth.PublicJWKS(keys), auth.Mapping(auth.MappingAuthgen))`,
		run: runToken,
	}
}

// tokenFlags are the flags of the token command.
type tokenFlags struct {
	key, secretFile, newKey, alg, kid string
	jwks                              bool
	issuer, subject, kind, tenant     string
	email                             string
	audience, roles, permissions      list
	scopes, tenants                   list
	claims                            claimFlags
	ttl                               time.Duration
}

func (f *tokenFlags) define(flags *flag.FlagSet) {
	flags.StringVar(&f.key, "key", "", "sign with the private key in this PEM `file` (RSA, ECDSA or Ed25519)")
	flags.StringVar(&f.secretFile, "secret-file", "", "sign with the secret in this `file` (HMAC), a line end at its end left out")
	flags.StringVar(&f.newKey, "new-key", "", "make a private key and write it to this `file`, which must not exist")
	flags.StringVar(&f.alg, "alg", "", "signature `algorithm`, such as ES256; without it, what fits the key")
	flags.StringVar(&f.kid, "kid", "", "key `id`; without it, the key's RFC 7638 thumbprint")
	flags.BoolVar(&f.jwks, "jwks", false, "print the public key as a JWK set instead of a token")
	flags.StringVar(&f.issuer, "issuer", "", "the iss claim, a `URL`")
	flags.Var(&f.audience, "audience", "the aud claim: `names`, separated by commas")
	flags.StringVar(&f.subject, "subject", "", "the sub claim: `id` of the user or machine")
	flags.StringVar(&f.kind, "kind", "user", "`kind` of token: "+strings.Join(kindNames(), ", "))
	flags.Var(&f.roles, "roles", "`names`, separated by commas")
	flags.Var(&f.permissions, "permissions", "`names`, separated by commas")
	flags.Var(&f.scopes, "scopes", "OAuth scopes: `names`, separated by commas")
	flags.StringVar(&f.tenant, "tenant", "", "`id` of the active tenant")
	flags.Var(&f.tenants, "tenants", "`ids` of all tenants the subject belongs to, separated by commas")
	flags.StringVar(&f.email, "email", "", "`address`, marked as verified")
	flags.Var(&f.claims, "claim", "one more claim, `name=value`; the value is JSON, or else text; may be repeated")
	flags.DurationVar(&f.ttl, "ttl", defaultTTL, "the token's life, a `duration` of 24h at most")
}

// tokenTypes maps the kinds of the annotation language to the type claim.
var tokenTypes = []struct{ kind, claim string }{
	{"user", "userToken"},
	{"userApi", "userApiToken"},
	{"tenantApi", "tenantApiToken"},
	{"userAccess", "userAccessToken"},
	{"tenantAccess", "tenantAccessToken"},
	{"pat", "pat"},
	{"service", "service"},
	{"vendor", "vendor"},
}

func kindNames() []string {
	var names []string
	for _, t := range tokenTypes {
		names = append(names, t.kind)
	}
	return names
}

// claimFlags holds claims of the form name=value.
type claimFlags map[string]any

func (c *claimFlags) String() string { return strings.Join(slices.Sorted(maps.Keys(*c)), ",") }

func (c *claimFlags) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.New("want name=value")
	}
	if _, twice := (*c)[name]; twice {
		return fmt.Errorf("claim %q stands twice", name)
	}
	if *c == nil {
		*c = claimFlags{}
	}
	(*c)[name] = value
	if json.Valid([]byte(value)) {
		(*c)[name] = json.RawMessage(value)
	}
	return nil
}

func runToken(_ context.Context, c *call) (int, error) {
	var f tokenFlags
	flags := newFlags("token")
	f.define(flags)
	rest, err := parse(flags, c.args)
	if err != nil {
		return exitFailed, err
	}
	if len(rest) > 0 {
		return exitFailed, usagef("unexpected argument %q", rest[0])
	}
	if err := f.check(); err != nil {
		return exitFailed, err
	}
	key, err := f.signingKey()
	if err != nil {
		return exitFailed, err
	}
	if f.jwks {
		set, err := key.publicSet()
		if err != nil {
			return exitFailed, err
		}
		_, err = fmt.Fprintf(c.stdout, "%s\n", set)
		return exitClean, err
	}
	if f.subject == "" {
		return exitClean, nil // only a key was asked for
	}
	claims, err := f.tokenClaims(time.Now())
	if err != nil {
		return exitFailed, err
	}
	token := jwt.NewWithClaims(key.method, claims)
	token.Header["kid"] = key.id
	text, err := token.SignedString(key.private)
	if err != nil {
		return exitFailed, fmt.Errorf("sign: %w", err)
	}
	_, err = fmt.Fprintln(c.stdout, text)
	return exitClean, err
}

// check finds what is wrong before a key is read or made.
func (f *tokenFlags) check() error {
	sources := 0
	for _, s := range []string{f.key, f.secretFile, f.newKey} {
		if s != "" {
			sources++
		}
	}
	if sources != 1 {
		return usagef("want one of -key, -secret-file and -new-key")
	}
	if f.jwks && f.secretFile != "" {
		return usagef("-jwks is for public keys: a secret is never published")
	}
	if f.ttl <= 0 || f.ttl > maxTTL {
		return usagef("-ttl %v: a development token lives more than 0 and at most 24h", f.ttl)
	}
	if !slices.Contains(kindNames(), f.kind) {
		return usagef("-kind %q: want one of %s", f.kind, strings.Join(kindNames(), ", "))
	}
	if f.jwks || f.newKey != "" && f.subject == "" {
		return nil
	}
	for _, required := range []struct{ flag, value string }{
		{"-issuer", f.issuer}, {"-audience", f.audience.String()}, {"-subject", f.subject},
	} {
		if required.value == "" {
			return usagef("%s is missing", required.flag)
		}
	}
	return nil
}

func (f *tokenFlags) tokenClaims(now time.Time) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{
		"iss": f.issuer,
		"sub": f.subject,
		"aud": []string(f.audience),
		"iat": now.Unix(),
		"exp": now.Add(f.ttl).Unix(),
		"jti": rand.Text(),
	}
	for _, t := range tokenTypes {
		if t.kind == f.kind {
			claims["type"] = t.claim
		}
	}
	for name, values := range map[string]list{"roles": f.roles, "permissions": f.permissions, "tenantIds": f.tenants} {
		if len(values) > 0 {
			claims[name] = []string(values)
		}
	}
	if len(f.scopes) > 0 {
		claims["scope"] = strings.Join(f.scopes, " ")
	}
	if f.tenant != "" {
		claims["tenantId"] = f.tenant
	}
	if f.email != "" {
		claims["email"], claims["email_verified"] = f.email, true
	}
	for name, value := range f.claims {
		if _, twice := claims[name]; twice {
			return nil, usagef("-claim %s: the token has that claim already", name)
		}
		claims[name] = value
	}
	return claims, nil
}
