package frontegg_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	"github.com/authgen/authgen/providers/frontegg"
)

// environment finds variables in a map.
func environment(values map[string]string) frontegg.Option {
	return frontegg.Environment(func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	})
}

// TestSettings holds which gateway comes of settings, or what their error names.
func TestSettings(t *testing.T) {
	t.Parallel()
	type env = map[string]string
	type opts = []frontegg.Option
	credentials := func(more env) env {
		all := env{"FRONTEGG_CLIENT_ID": testClientID, "FRONTEGG_API_KEY": testAPIKey}
		for name, value := range more {
			all[name] = value
		}
		return all
	}
	for name, c := range map[string]struct {
		env     env
		opts    opts
		gateway string
		names   []string // in the error
	}{
		"the default":                        {env: credentials(nil), gateway: "https://api.frontegg.com"},
		"a gateway":                          {env: credentials(env{"FRONTEGG_API_GATEWAY_URL": "https://gw.example.com/"}), gateway: "https://gw.example.com"},
		"a gateway with a path":              {env: credentials(env{"FRONTEGG_API_GATEWAY_URL": "https://gw.example.com/fe//"}), gateway: "https://gw.example.com/fe"},
		"a region":                           {env: credentials(env{"FRONTEGG_REGION": "us"}), gateway: "https://api.us.frontegg.com"},
		"region eu":                          {env: credentials(env{"FRONTEGG_REGION": "eu"}), gateway: "https://api.frontegg.com"},
		"gateway of the region":              {env: credentials(env{"FRONTEGG_REGION": "au", "FRONTEGG_API_GATEWAY_URL": "https://api.au.frontegg.com/"}), gateway: "https://api.au.frontegg.com"},
		"empty counts as none":               {env: credentials(env{"FRONTEGG_REGION": "", "FRONTEGG_API_GATEWAY_URL": "", "FRONTEGG_BASE_URL": ""}), gateway: "https://api.frontegg.com"},
		"options override":                   {env: env{"FRONTEGG_CLIENT_ID": "bad id", "FRONTEGG_AUTHENTICATOR_NUMBER_OF_TRIES": "0"}, opts: opts{frontegg.Credentials(testClientID, testAPIKey), frontegg.NumberOfTries(1)}, gateway: "https://api.frontegg.com"},
		"option gateway, region":             {env: credentials(env{"FRONTEGG_REGION": "us"}), opts: opts{frontegg.GatewayURL("https://gw.example.com")}, gateway: "https://gw.example.com"},
		"option region, gateway":             {env: credentials(env{"FRONTEGG_API_GATEWAY_URL": "ftp://x"}), opts: opts{frontegg.Region("uk")}, gateway: "https://api.uk.frontegg.com"},
		"gateway of the region, in capitals": {env: credentials(env{"FRONTEGG_REGION": "us", "FRONTEGG_API_GATEWAY_URL": "HTTPS://api.US.frontegg.com:443/"}), gateway: "https://api.US.frontegg.com:443"},
		"loopback, in capitals":              {env: credentials(env{"FRONTEGG_API_GATEWAY_URL": "HTTP://LOCALHOST:8080"}), gateway: "http://LOCALHOST:8080"},
		"insecure, in capitals":              {env: credentials(env{"FRONTEGG_API_GATEWAY_URL": "http://gw.internal"}), opts: opts{frontegg.InsecureHTTP("GW.Internal")}, gateway: "http://gw.internal"},
		"loopback":                           {env: credentials(env{"FRONTEGG_API_GATEWAY_URL": "http://127.0.0.1:8080"}), gateway: "http://127.0.0.1:8080"},
		"insecure by name":                   {env: credentials(env{"FRONTEGG_API_GATEWAY_URL": "http://gw.internal:80"}), opts: opts{frontegg.InsecureHTTP("gw.internal")}, gateway: "http://gw.internal:80"},
		"the domain of its own":              {env: credentials(env{"FRONTEGG_BASE_URL": "https://app-x.frontegg.com"}), gateway: "https://api.frontegg.com"},
		"the same option twice":              {env: credentials(nil), opts: opts{frontegg.Region("us"), frontegg.Region("us")}, gateway: "https://api.us.frontegg.com"},
		"nothing of nothing":                 {names: []string{"FRONTEGG_CLIENT_ID", "FRONTEGG_API_KEY"}},
		"everything in one error": {
			env: env{
				"FRONTEGG_CLIENT_ID": testClientID, "FRONTEGG_API_GATEWAY_URL": "http://gw.example.com", "FRONTEGG_REGION": "xx",
				"FRONTEGG_BASE_URL": "https://user:pw@app.example.com", "FRONTEGG_AUDITS_SERVICE_URL": "//x", "FRONTEGG_AUTHENTICATOR_NUMBER_OF_TRIES": "no",
			},
			opts:  opts{frontegg.Timeout(-1), frontegg.VendorHosts("a/b")},
			names: []string{"FRONTEGG_API_KEY", "FRONTEGG_REGION", "FRONTEGG_BASE_URL", "FRONTEGG_AUDITS_SERVICE_URL", "NUMBER_OF_TRIES", "Timeout", "VendorHosts"},
		},
		"region and gateway":        {env: credentials(env{"FRONTEGG_REGION": "us", "FRONTEGG_API_GATEWAY_URL": "https://api.frontegg.com"}), names: []string{"FRONTEGG_REGION", "FRONTEGG_API_GATEWAY_URL", "contradict"}},
		"both as options":           {env: credentials(nil), opts: opts{frontegg.Region("us"), frontegg.GatewayURL("https://gw.example.com")}, names: []string{"Region", "GatewayURL", "contradict"}},
		"a path of the region":      {env: credentials(env{"FRONTEGG_REGION": "us", "FRONTEGG_API_GATEWAY_URL": "https://api.us.frontegg.com/x"}), names: []string{"contradict"}},
		"a port that there is not":  {env: credentials(env{"FRONTEGG_API_GATEWAY_URL": "https://gw.example.com:65536"}), names: []string{"FRONTEGG_API_GATEWAY_URL", "port"}},
		"the gateway, in capitals":  {env: credentials(env{"FRONTEGG_BASE_URL": "https://API.frontegg.com:443"}), names: []string{"FRONTEGG_BASE_URL", "FRONTEGG_REGION"}},
		"two issuers":               {env: credentials(nil), opts: opts{frontegg.TokenIssuer("https://a.example"), frontegg.TokenIssuer("https://b.example")}, names: []string{"TokenIssuer", "twice"}},
		"two regions":               {env: credentials(nil), opts: opts{frontegg.Region("us"), frontegg.Region("eu")}, names: []string{"Region", "twice"}},
		"plain http":                {env: credentials(env{"FRONTEGG_API_GATEWAY_URL": "http://gw.example.com"}), names: []string{"FRONTEGG_API_GATEWAY_URL", "InsecureHTTP"}},
		"another host is insecure":  {env: credentials(env{"FRONTEGG_API_GATEWAY_URL": "http://gw.internal.example.com"}), opts: opts{frontegg.InsecureHTTP("gw.internal")}, names: []string{"FRONTEGG_API_GATEWAY_URL"}},
		"another scheme":            {env: credentials(env{"FRONTEGG_API_GATEWAY_URL": "ftp://127.0.0.1"}), names: []string{"FRONTEGG_API_GATEWAY_URL"}},
		"a query":                   {env: credentials(env{"FRONTEGG_OAUTH_SERVICE_URL": "https://x.example.com/oauth?a"}), names: []string{"FRONTEGG_OAUTH_SERVICE_URL"}},
		"dots":                      {env: credentials(env{"FRONTEGG_OAUTH_SERVICE_URL": "https://x.example.com/a/../b"}), names: []string{"FRONTEGG_OAUTH_SERVICE_URL"}},
		"the gateway as the domain": {env: credentials(env{"FRONTEGG_BASE_URL": "https://api.us.frontegg.com"}), names: []string{"FRONTEGG_BASE_URL", "FRONTEGG_REGION"}},
		"no tries":                  {env: credentials(env{"FRONTEGG_AUTHENTICATOR_NUMBER_OF_TRIES": "0"}), names: []string{"FRONTEGG_AUTHENTICATOR_NUMBER_OF_TRIES"}},
		"fewer tries":               {env: credentials(nil), opts: opts{frontegg.NumberOfTries(-1)}, names: []string{"NumberOfTries"}},
		"a line end in the key":     {env: credentials(env{"FRONTEGG_API_KEY": testAPIKey + "\n"}), names: []string{"FRONTEGG_API_KEY"}},
		"empty credentials":         {env: credentials(nil), opts: opts{frontegg.Credentials("", "")}, names: []string{"client id", "API key"}},
		"a secret in a wrong place": {env: credentials(env{"FRONTEGG_REGION": testAPIKey, "FRONTEGG_API_GATEWAY_URL": testAPIKey, "FRONTEGG_AUTHENTICATOR_NUMBER_OF_TRIES": testAPIKey}), names: []string{"FRONTEGG_REGION", "FRONTEGG_API_GATEWAY_URL"}},
	} {
		client, err := frontegg.Connect(t.Context(), append(opts{environment(c.env)}, c.opts...)...)
		if err != nil {
			hides(t, name, err.Error())
			for _, want := range c.names {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v does not name %s", name, err, want)
				}
			}
			if c.names == nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if c.names != nil || !strings.HasSuffix(fmt.Sprint(client), " "+c.gateway) {
			t.Errorf("%s: %v, want %s", name, client, c.gateway)
		}
		if err := client.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRegions holds which gateway a region stands for, said in either way.
func TestRegions(t *testing.T) {
	t.Parallel()
	for region, gateway := range map[string]string{
		"eu": "https://api.frontegg.com", "us": "https://api.us.frontegg.com", "ca": "https://api.ca.frontegg.com",
		"au": "https://api.au.frontegg.com", "uk": "https://api.uk.frontegg.com",
	} {
		for _, c := range []*frontegg.Client{
			connect(t, frontegg.Region(region)), connect(t, environment(map[string]string{"FRONTEGG_REGION": region})),
			connect(t, frontegg.Region(region), environment(map[string]string{"FRONTEGG_REGION": "us", "FRONTEGG_API_GATEWAY_URL": "http://gw.example.com"})),
		} {
			if got := fmt.Sprint(c); !strings.HasSuffix(got, " "+gateway) {
				t.Errorf("%s: %s, want %s", region, got, gateway)
			}
		}
	}
}

// serviceNames are the services by the middle of their variables.
var serviceNames = map[string]frontegg.Service{
	"AUTHENTICATION": frontegg.Authentication, "AUDITS": frontegg.AuditService, "METADATA": frontegg.MetadataService, "EVENT": frontegg.EventService,
	"IDENTITY": frontegg.IdentityService, "VENDORS": frontegg.VendorService, "OAUTH": frontegg.OAuthService, "ENTITLEMENTS": frontegg.EntitlementService,
}

// TestEachService holds that each of the services is asked where its variable says, and
// where its option says instead.
func TestEachService(t *testing.T) {
	t.Parallel()
	asked := map[string]string{ // the first that each is asked for, behind its URL
		"AUDITS": "/x/stats", "METADATA": "/x/?entityName=audits", "EVENT": "/x/resources/triggers/v3/e1/statuses", "IDENTITY": "/x/resources/configurations/v1",
		"VENDORS": "/x/base-url", "OAUTH": "/x/token", "ENTITLEMENTS": "/x/api/v1/vendor-entitlements-snapshot-offset",
	}
	for _, byOption := range []bool{false, true} {
		env, opts, gateways := map[string]string{}, []frontegg.Option{frontegg.GatewayURL("http://127.0.0.1:1"), frontegg.InsecureNoIssuer()}, map[string]*gateway{}
		for name, service := range serviceNames {
			g := newGateway(t, writes(200, `{"baseURL":"https://app.example.com","snapshotOffset":1,"data":{"features":[],"featureBundles":[],"entitlements":[],"featureFlags":[]}}`))
			gateways[name] = g
			url := g.url + "/x/"
			if name == "AUTHENTICATION" {
				url = g.url + "/auth/vendor" // where tokens are asked for
			}
			env["FRONTEGG_"+name+"_SERVICE_URL"] = url
			if byOption {
				env["FRONTEGG_"+name+"_SERVICE_URL"] = "ftp://nowhere"
				opts = append(opts, frontegg.ServiceURL(service, url))
			}
		}
		c := connect(t, append(opts, environment(env))...)
		hosted, err := c.HostedLogin(redirectURI)
		if err != nil {
			t.Fatal(err)
		}
		// What they answer does not matter.
		login := frontegg.NewLogin()
		_, _ = c.Audits().Stats(t.Context(), "t1", nil)
		_, _ = c.Audits().Metadata(t.Context())
		_, _ = c.Events().Status(t.Context(), "e1")
		_, _ = c.Validate(t.Context(), "eyJhbGciOiJSUzI1NiJ9.e30.c2ln")
		_, _ = hosted.AuthorizeURL(t.Context(), login)
		_, _ = hosted.Exchange(t.Context(), login, map[string][]string{"state": {login.State}, "code": {"c"}})
		_ = c.Entitlements().Ready(t.Context())
		for name, g := range gateways {
			var uris []string
			for _, r := range g.seen() {
				uris = append(uris, r.uri)
			}
			if want := asked[name]; (want == "" && len(uris) > 0) || (want != "" && (len(uris) == 0 || uris[0] != want)) {
				t.Errorf("by option %v: %s was asked for %q, want %q", byOption, name, uris, want)
			}
			if n := g.tokensAsked(); (n == 1) != (name == "AUTHENTICATION") || n > 1 {
				t.Errorf("by option %v: %s was asked for %d tokens", byOption, name, n)
			}
		}
	}
}

// TestServiceURLs holds that each service is asked where its variable or option
// says, and that clients with different settings do not mix.
func TestServiceURLs(t *testing.T) {
	t.Parallel()
	api := writes(200, `{"severeThisWeek":1,"totalToday":2}`)
	first, second, audits := newGateway(t, api), newGateway(t, api), newGateway(t, api)
	one := connect(t, environment(map[string]string{
		"FRONTEGG_API_GATEWAY_URL": first.url, "FRONTEGG_AUDITS_SERVICE_URL": audits.url + "/base/",
	}))
	two := connect(t, frontegg.GatewayURL(second.url), frontegg.ServiceURL(frontegg.MetadataService, audits.url+"/meta"))
	for _, c := range []*frontegg.Client{one, two} {
		if _, err := c.Audits().Stats(t.Context(), "t1", nil); err != nil {
			t.Error(err)
		}
		if _, err := c.Audits().Metadata(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for name, c := range map[string]struct {
		gateway *gateway
		want    []string
	}{
		"first":  {first, []string{"/metadata/?entityName=audits"}},
		"second": {second, []string{"/audits/stats"}},
		"audits": {audits, []string{"/base/stats", "/meta/?entityName=audits"}},
	} {
		var got []string
		for _, r := range c.gateway.seen() {
			got = append(got, r.uri)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if n := first.tokensAsked() + 10*second.tokensAsked() + 100*audits.tokensAsked(); n != 11 {
		t.Errorf("tokens asked %d", n)
	}
}

// TestDomainIsRemembered holds that Frontegg is asked for the environment's domain once an
// hour.
func TestDomainIsRemembered(t *testing.T) {
	t.Parallel()
	g, clock := newGateway(t, writes(200, `{"baseURL":"https://app.example.com"}`)), new(authtest.Clock)
	hosted, err := g.connect(t, frontegg.Clock(clock.Now)).HostedLogin(redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	for i, after := range []time.Duration{0, 59 * time.Minute, time.Minute, time.Minute} {
		clock.Advance(after)
		if _, err := hosted.AuthorizeURL(t.Context(), frontegg.NewLogin()); err != nil {
			t.Fatal(err)
		}
		if got, want := len(g.seen()), []int{1, 1, 2, 2}[i]; got != want {
			t.Errorf("step %d: asked %d times, want %d", i, got, want)
		}
	}
}
