package main

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/authgen/authgen/adapters/nethttp"
	"github.com/authgen/authgen/benchmarks/guarded"
	auth "github.com/authgen/authgen/runtime"
)

// Names of the targets of this module that the page's smaller tables compare.
const (
	typedHTTP = "authgen, net/http"
	typedGin  = "authgen, gin"
	typedEcho = "authgen, echo"
	byHand    = "authgen, net/http, AllowAs by hand"
	fromHTTP  = "authgen, net/http, auth.From"
)

// guard trusts the issuer's tokens of one algorithm.
func guard(e *env, alg string, opts ...auth.Option) (*auth.Guard, error) {
	keys := auth.JWKS(e.jwksURL)
	if alg == "HS256" {
		keys = auth.HMACSecret(e.keyID(alg), e.secret)
	}
	return auth.New(context.Background(), append(opts,
		auth.Issuer(e.issuer, keys, auth.Audience(audience), auth.Algorithms(alg), auth.Mapping(auth.MappingFrontegg)),
		auth.Logger(slog.New(slog.DiscardHandler)))...)
}

// guardedBy returns how a handler is built that the generated twins protect.
func guardedBy(alg string, handler func(guarded.Protected) http.Handler, opts ...auth.Option) func(*env) (http.Handler, error) {
	return func(e *env) (http.Handler, error) {
		g, err := guard(e, alg, opts...)
		if err != nil {
			return nil, err
		}
		return handler(guarded.Protect(g)), nil
	}
}

func twinHTTP(p guarded.Protected) http.Handler { return http.HandlerFunc(p.NetHTTP) }

func twinFrom(p guarded.Protected) http.Handler { return http.HandlerFunc(p.FromContext) }

func twinGin(p guarded.Protected) http.Handler { return ginEngine(p.Gin) }

func twinEcho(p guarded.Protected) http.Handler { return echoEngine(p.Echo) }

func authgenTargets() []target {
	return []target{
		{name: typedHTTP, cached: true, bare: bareHTTP, build: guardedBy("RS256", twinHTTP)},
		{name: typedGin, cached: true, bare: bareGin, build: guardedBy("RS256", twinGin)},
		{name: typedEcho, cached: true, bare: bareEcho, build: guardedBy("RS256", twinEcho)},
		{name: byHand, detail: true, bare: bareHTTP, build: func(e *env) (http.Handler, error) {
			g, err := guard(e, "RS256")
			if err != nil {
				return nil, err
			}
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if user, ok := nethttp.AllowAs[auth.User](g, &ruleByHand, w, r); ok {
					guarded.NetHTTP(w, r, user)
				}
			}), nil
		}},
		{name: fromHTTP, detail: true, bare: bareHTTP, build: guardedBy("RS256", twinFrom)},
	}
}

// ruleByHand is the rule of package guarded.
var ruleByHand = auth.Rule{
	Handler: "by hand",
	Access:  auth.Restricted,
	All: []auth.Demands{
		{Roles: []string{"admin"}, Permissions: []string{"file.read"}, Kinds: auth.KindUser, Tenant: "tenantID"},
	},
}
