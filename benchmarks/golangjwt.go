package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/MicahParks/keyfunc/v3"
	ginjwt "github.com/appleboy/gin-jwt/v3"
	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v4"
	"github.com/labstack/echo/v4"
)

// Those that verify with golang-jwt.
func golangJWTTargets() []target {
	const module = "github.com/golang-jwt/jwt/v5"
	return []target{
		{
			name: "golang-jwt, map", module: module, bare: bareHTTP,
			build: func(e *env) (http.Handler, error) { return mapClaims(e, keyByID(e)), nil },
		},
		{
			name: "golang-jwt, struct", module: module, bare: bareHTTP,
			build: func(e *env) (http.Handler, error) { return structClaims(e, keyByID(e)), nil },
		},
		{
			name: "keyfunc with golang-jwt, map", module: "github.com/MicahParks/keyfunc/v3", bare: bareHTTP,
			build: func(e *env) (http.Handler, error) {
				keys, err := keyfunc.NewDefaultCtx(context.Background(), []string{e.jwksURL})
				if err != nil {
					return nil, err
				}
				return mapClaims(e, keys.Keyfunc), nil
			},
		},
		{
			name: "echo-jwt", module: "github.com/labstack/echo-jwt/v4", bare: bareEcho, build: echoJWT,
			note: "its parser gets no options; `iss`, `aud` and the presence of `exp` are checked by hand behind it",
		},
		{
			name: "gin-jwt", module: "github.com/appleboy/gin-jwt/v3", bare: bareGin, build: ginJWT,
		},
	}
}

// keyByID is the key function that the documentation of golang-jwt shows.
func keyByID(e *env) jwt.Keyfunc {
	keys := map[string]any{e.keyID("RS256"): &e.rsa.PublicKey}
	return func(token *jwt.Token) (any, error) {
		if token.Method != jwt.SigningMethodRS256 {
			return nil, jwt.ErrTokenSignatureInvalid
		}
		kid, _ := token.Header["kid"].(string)
		if key, ok := keys[kid]; ok {
			return key, nil
		}
		return nil, fmt.Errorf("unknown key %q", kid)
	}
}

func parserOptions(e *env) []jwt.ParserOption {
	return []jwt.ParserOption{
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(e.issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(),
	}
}

func mapClaims(e *env, keys jwt.Keyfunc) http.Handler {
	parser := jwt.NewParser(parserOptions(e)...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims := jwt.MapClaims{}
		if _, err := parser.ParseWithClaims(bearer(r), claims, keys); err != nil {
			deny(w, http.StatusUnauthorized)
			return
		}
		if !holdsAdmin(claims["roles"]) {
			deny(w, http.StatusForbidden)
			return
		}
		ok(w, r)
	})
}

func structClaims(e *env, keys jwt.Keyfunc) http.Handler {
	parser := jwt.NewParser(parserOptions(e)...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var claims struct {
			jwt.RegisteredClaims
			rights
		}
		if _, err := parser.ParseWithClaims(bearer(r), &claims, keys); err != nil {
			deny(w, http.StatusUnauthorized)
			return
		}
		if !claims.holdAdmin() {
			deny(w, http.StatusForbidden)
			return
		}
		ok(w, r)
	})
}

func echoJWT(e *env) (http.Handler, error) {
	middleware, err := echojwt.Config{KeyFunc: keyByID(e)}.ToMiddleware()
	if err != nil {
		return nil, err
	}
	validator := jwt.NewValidator(parserOptions(e)[1:]...)
	return echoEngine(func(c echo.Context) error {
		token, _ := c.Get("user").(*jwt.Token)
		claims, isMap := token.Claims.(jwt.MapClaims)
		if !isMap || validator.Validate(claims) != nil {
			return echo.ErrUnauthorized
		}
		if !holdsAdmin(claims["roles"]) {
			return echo.ErrForbidden
		}
		return okEcho(c)
	}, middleware), nil
}

func ginJWT(e *env) (http.Handler, error) {
	middleware, err := ginjwt.New(&ginjwt.GinJWTMiddleware{
		KeyFunc:      keyByID(e),
		ParseOptions: parserOptions(e),
		Authorizer:   func(c *gin.Context, _ any) bool { return holdsAdmin(ginjwt.ExtractClaims(c)["roles"]) },
	})
	if err != nil {
		return nil, err
	}
	return ginEngine(middleware.MiddlewareFunc(), okGin), nil
}
