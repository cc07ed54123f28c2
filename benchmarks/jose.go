package main

import (
	"encoding/json"
	"net/http"
	"time"

	cristalhq "github.com/cristalhq/jwt/v5"
	"github.com/go-chi/jwtauth/v5"
	"github.com/go-jose/go-jose/v4"
	josejwt "github.com/go-jose/go-jose/v4/jwt"
	jwtv2 "github.com/lestrrat-go/jwx/v2/jwt"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// Those with an implementation of JOSE of their own.
func joseTargets() []target {
	return []target{
		{name: "jwx", module: "github.com/lestrrat-go/jwx/v3", bare: bareHTTP, build: jwx},
		{name: "go-chi/jwtauth", module: "github.com/go-chi/jwtauth/v5", bare: bareHTTP, build: jwtAuth, note: "has one key and does not look at `kid`"},
		{name: "go-jose", module: "github.com/go-jose/go-jose/v4", bare: bareHTTP, build: goJOSE},
		{
			name: "cristalhq/jwt", module: "github.com/cristalhq/jwt/v5", bare: bareHTTP, build: cristalhqJWT,
			note: "verifies signatures; `iss`, `aud` and `exp` are checked by hand with its helpers",
		},
	}
}

func jwx(e *env) (http.Handler, error) {
	keys, err := jwk.Parse(e.jwks)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := jwt.ParseString(bearer(r), jwt.WithKeySet(keys), jwt.WithIssuer(e.issuer), jwt.WithAudience(audience),
			jwt.WithRequiredClaim(jwt.ExpirationKey))
		if err != nil {
			deny(w, http.StatusUnauthorized)
			return
		}
		var roles any
		if err := token.Get("roles", &roles); err != nil || !holdsAdmin(roles) {
			deny(w, http.StatusForbidden)
			return
		}
		ok(w, r)
	}), nil
}

func jwtAuth(e *env) (http.Handler, error) {
	verifier := jwtauth.New("RS256", nil, &e.rsa.PublicKey, jwtv2.WithIssuer(e.issuer), jwtv2.WithAudience(audience),
		jwtv2.WithRequiredClaim(jwtv2.ExpirationKey))
	return jwtauth.Verify(verifier, jwtauth.TokenFromHeader)(jwtauth.Authenticator(verifier)(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, claims, err := jwtauth.FromContext(r.Context()); err != nil || !holdsAdmin(claims["roles"]) {
				deny(w, http.StatusForbidden)
				return
			}
			ok(w, r)
		}))), nil
}

func goJOSE(e *env) (http.Handler, error) {
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(e.jwks, &keys); err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := josejwt.ParseSigned(bearer(r), []jose.SignatureAlgorithm{jose.RS256})
		var claims struct {
			josejwt.Claims
			rights
		}
		if err == nil {
			err = token.Claims(&keys, &claims)
		}
		if err == nil {
			err = claims.Validate(josejwt.Expected{Issuer: e.issuer, AnyAudience: josejwt.Audience{audience}, Time: time.Now()})
		}
		if err != nil || claims.Expiry == nil {
			deny(w, http.StatusUnauthorized)
			return
		}
		if !claims.holdAdmin() {
			deny(w, http.StatusForbidden)
			return
		}
		ok(w, r)
	}), nil
}

func cristalhqJWT(e *env) (http.Handler, error) {
	verifier, err := cristalhq.NewVerifierRS(cristalhq.RS256, &e.rsa.PublicKey)
	if err != nil {
		return nil, err
	}
	keys := map[string]cristalhq.Verifier{e.keyID("RS256"): verifier}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := cristalhq.ParseNoVerify([]byte(bearer(r)))
		if err != nil {
			deny(w, http.StatusUnauthorized)
			return
		}
		var claims struct {
			cristalhq.RegisteredClaims
			rights
		}
		key, known := keys[token.Header().KeyID]
		if !known || key.Verify(token) != nil || token.DecodeClaims(&claims) != nil ||
			!claims.IsIssuer(e.issuer) || !claims.IsForAudience(audience) || claims.ExpiresAt == nil || !claims.IsValidAt(time.Now()) {
			deny(w, http.StatusUnauthorized)
			return
		}
		if !claims.holdAdmin() {
			deny(w, http.StatusForbidden)
			return
		}
		ok(w, r)
	}), nil
}
