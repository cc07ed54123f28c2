package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	jwtmiddleware2 "github.com/auth0/go-jwt-middleware/v2"
	jwks2 "github.com/auth0/go-jwt-middleware/v2/jwks"
	validator2 "github.com/auth0/go-jwt-middleware/v2/validator"
	jwtmiddleware3 "github.com/auth0/go-jwt-middleware/v3"
	jwks3 "github.com/auth0/go-jwt-middleware/v3/jwks"
	validator3 "github.com/auth0/go-jwt-middleware/v3/validator"
	"github.com/clerk/clerk-sdk-go/v2"
	clerkhttp "github.com/clerk/clerk-sdk-go/v2/http"
	clerkjwks "github.com/clerk/clerk-sdk-go/v2/jwks"
	"github.com/coreos/go-oidc/v3/oidc"
	okta "github.com/okta/okta-jwt-verifier-golang/v2"
	"github.com/zitadel/zitadel-go/v3/pkg/authorization"
	"github.com/zitadel/zitadel-go/v3/pkg/authorization/oauth"
	"github.com/zitadel/zitadel-go/v3/pkg/http/middleware"
	"github.com/zitadel/zitadel-go/v3/pkg/zitadel"
)

// Those of identity providers, and go-oidc. All find the keys by themselves, on
// loopback.
func vendorTargets() []target {
	return []target{
		{name: "go-oidc", module: "github.com/coreos/go-oidc/v3", bare: bareHTTP, build: goOIDC},
		{name: "auth0/go-jwt-middleware v2", module: "github.com/auth0/go-jwt-middleware/v2", bare: bareHTTP, build: auth0v2},
		{name: "auth0/go-jwt-middleware v3", module: "github.com/auth0/go-jwt-middleware/v3", bare: bareHTTP, build: auth0v3},
		{name: "okta-jwt-verifier", module: "github.com/okta/okta-jwt-verifier-golang/v2", bare: bareHTTP, build: oktaVerifier},
		{
			name: "clerk-sdk-go", module: "github.com/clerk/clerk-sdk-go/v2", bare: bareHTTP, build: clerkSDK,
			note: "`aud` is checked by hand behind it, and a key is found by its `kid` alone, in a cache that the whole process shares",
		},
		{
			name: "zitadel-go", module: "github.com/zitadel/zitadel-go/v3", bare: bareHTTP, build: zitadelSDK,
			note: "verifies locally (`DefaultJWTAuthorization`); its cache is for introspection alone",
		},
	}
}

func goOIDC(e *env) (http.Handler, error) {
	provider, err := oidc.NewProvider(context.Background(), e.issuer)
	if err != nil {
		return nil, err
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{oidc.RS256}})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := verifier.Verify(r.Context(), bearer(r))
		if err != nil {
			deny(w, http.StatusUnauthorized)
			return
		}
		var claims rights
		if err := token.Claims(&claims); err != nil || !claims.holdAdmin() {
			deny(w, http.StatusForbidden)
			return
		}
		ok(w, r)
	}), nil
}

// customClaims are those of Auth0's middleware.
type customClaims struct{ rights }

// Validate leaves the role to the handler behind, as its absence is 403.
func (*customClaims) Validate(context.Context) error { return nil }

func auth0v2(e *env) (http.Handler, error) {
	issuer, err := url.Parse(e.issuer)
	if err != nil {
		return nil, err
	}
	validator, err := validator2.New(jwks2.NewCachingProvider(issuer, 5*time.Minute).KeyFunc, validator2.RS256, e.issuer, []string{audience},
		validator2.WithCustomClaims(func() validator2.CustomClaims { return &customClaims{} }))
	if err != nil {
		return nil, err
	}
	return jwtmiddleware2.New(validator.ValidateToken).CheckJWT(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := r.Context().Value(jwtmiddleware2.ContextKey{}).(*validator2.ValidatedClaims)
		if claims == nil || !claims.CustomClaims.(*customClaims).holdAdmin() {
			deny(w, http.StatusForbidden)
			return
		}
		ok(w, r)
	})), nil
}

func auth0v3(e *env) (http.Handler, error) {
	issuer, err := url.Parse(e.issuer)
	if err != nil {
		return nil, err
	}
	keys, err := jwks3.NewCachingProvider(jwks3.WithIssuerURL(issuer))
	if err != nil {
		return nil, err
	}
	validator, err := validator3.New(validator3.WithKeyFunc(keys.KeyFunc), validator3.WithAlgorithm(validator3.RS256),
		validator3.WithIssuer(e.issuer), validator3.WithAudience(audience),
		validator3.WithCustomClaims(func() *customClaims { return &customClaims{} }))
	if err != nil {
		return nil, err
	}
	middleware, err := jwtmiddleware3.New(jwtmiddleware3.WithValidator(validator))
	if err != nil {
		return nil, err
	}
	return middleware.CheckJWT(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, err := jwtmiddleware3.GetClaims[*validator3.ValidatedClaims](r.Context())
		if err != nil || !claims.CustomClaims.(*customClaims).holdAdmin() {
			deny(w, http.StatusForbidden)
			return
		}
		ok(w, r)
	})), nil
}

func oktaVerifier(e *env) (http.Handler, error) {
	setup := okta.JwtVerifier{Issuer: e.issuer, ClaimsToValidate: map[string]string{"aud": audience}}
	verifier, err := setup.New()
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := verifier.VerifyAccessToken(bearer(r))
		if err != nil {
			deny(w, http.StatusUnauthorized)
			return
		}
		if !holdsAdmin(token.Claims["roles"]) {
			deny(w, http.StatusForbidden)
			return
		}
		ok(w, r)
	}), nil
}

func clerkSDK(e *env) (http.Handler, error) {
	config := &clerk.ClientConfig{BackendConfig: clerk.BackendConfig{URL: clerk.String(e.issuer), Key: clerk.String("unused")}}
	check := clerkhttp.RequireHeaderAuthorization(clerkhttp.JWKSClient(clerkjwks.NewClient(config)), clerkhttp.ProxyURL(e.issuer),
		clerkhttp.CustomClaimsConstructor(func(context.Context) any { return &rights{} }))
	return check(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, _ := clerk.SessionClaimsFromContext(r.Context())
		if !slices.Contains(claims.Audience, audience) || !claims.Custom.(*rights).holdAdmin() {
			deny(w, http.StatusForbidden)
			return
		}
		ok(w, r)
	})), nil
}

func zitadelSDK(e *env) (http.Handler, error) {
	host, port, err := net.SplitHostPort(strings.TrimPrefix(e.issuer, "http://"))
	if err != nil {
		return nil, err
	}
	authorizer, err := authorization.New(context.Background(), zitadel.New(host, zitadel.WithInsecure(port)),
		oauth.DefaultJWTAuthorization(audience),
		authorization.WithLogger[*oauth.IntrospectionContext](slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, err
	}
	interceptor := middleware.New(authorizer)
	return interceptor.RequireAuthorization()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !holdsAdmin(interceptor.Context(r.Context()).Claims["roles"]) {
			deny(w, http.StatusForbidden)
			return
		}
		ok(w, r)
	})), nil
}
