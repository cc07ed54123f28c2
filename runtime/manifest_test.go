package auth_test

import (
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	auth "github.com/authgen/authgen/runtime"
)

// manifestWith is a manifest with these routes and handlers.
func manifestWith(routes, handlers string) string {
	return `{"schema":"authgen.manifest/v1","module":"example.com/app","build":{"goos":"linux","goarch":"amd64","tags":[]},"routes":[` + routes +
		`],"handlers":[` + handlers + `],"roles":[],"permissions":[],"skipped":[]}`
}

const (
	oneRoute   = `{"program":"example.com/app","router":"1","method":"GET","host":"","path":"/x","framework":"gin","handler":"example.com/app.List","protection":"guarded","rule":{"roles":["a"]},"chain":[],"condition":""}`
	oneHandler = `{"handler":"example.com/app.List","framework":"gin","rule":{"roles":["a"],"stepup":"10m","tokens":["user","pat"],"checks":["a:{id}#b"],"also":[{"stepup":"any","actor":"none"}]},"rule_source":"x.go"}`
)

// TestParseManifest holds what is a manifest and what is told of other text.
func TestParseManifest(t *testing.T) {
	t.Parallel()
	handler := func(rule string) string { return manifestWith("", `{"handler":"h","rule":`+rule+`}`) }
	for name, c := range map[string]struct{ text, want string }{
		"one of each":          {manifestWith(oneRoute, oneHandler), ""},
		"nothing in it":        {manifestWith("", ""), ""},
		"fields of the future": {strings.Replace(manifestWith(oneRoute, oneHandler), `"roles":[]`, `"roles":[],"more":{"x":[1]}`, 1), ""},
		"empty":                {" \n", "it is empty"},
		"no JSON":              {"package main", "not a JSON object"},
		"a list":               {"[]", "not a JSON object"},
		"cut off":              {manifestWith(oneRoute, oneHandler)[:200], "not a JSON object"},
		"text behind":          {manifestWith("", "") + "{}", "text after"},
		"a merge":              {"<<<<<<< ours\n" + manifestWith("", ""), "not a JSON object"},
		"no schema":            {`{"module":"m","routes":[],"handlers":[]}`, `its schema is ""`},
		"another schema":       {strings.Replace(manifestWith("", ""), "/v1", "/v2", 1), `its schema is "authgen.manifest/v2"`},
		"schema in capitals":   {strings.Replace(manifestWith("", ""), `"schema"`, `"Schema"`, 1), `unknown field "Schema"`},
		"a name twice":         {strings.Replace(manifestWith("", ""), `"roles"`, `"module":"x","roles"`, 1), "duplicate name"},
		"no module":            {strings.Replace(manifestWith("", ""), "example.com/app", "", 1), "it lacks the module"},
		"no routes":            {strings.Replace(manifestWith("", ""), `"routes":[]`, `"routes":null`, 1), "the routes"},
		"routes of text":       {strings.Replace(manifestWith("", ""), `"routes":[]`, `"routes":["/"]`, 1), "cannot unmarshal string"},
		"protection":           {manifestWith(strings.Replace(oneRoute, "guarded", "guarded!", 1), ""), `routes[0]: protection "guarded!" is not known`},
		"framework":            {manifestWith(oneRoute+","+strings.Replace(oneRoute, `"gin"`, `"chi"`, 1), ""), `routes[1]: framework "chi" is not known`},
		"method":               {manifestWith(strings.Replace(oneRoute, "GET", "", 1), ""), "it has no method"},
		"a handler twice":      {manifestWith("", oneHandler+","+oneHandler), "handlers[1]"},
		"no rule":              {handler("null"), "it has no rule"},
		"no rule at all":       {manifestWith("", `{"handler":"h"}`), "handlers[0]"},
		"an unknown demand":    {handler(`{"roles":["a"],"network":"10.0.0.0/8"}`), `unknown field "network"`},
		"an unknown kind":      {handler(`{"tokens":["usr"]}`), `kind of token "usr"`},
		"an unknown age":       {handler(`{"stepup":"soon"}`), `stepup "soon"`},
		"a negative age":       {handler(`{"stepup":"-1m"}`), `stepup "-1m"`},
		"an unknown actor":     {handler(`{"actor":"any"}`), `actor "any"`},
		"an unknown access":    {handler(`{"access":"open"}`), `access "open"`},
		"public with demands":  {handler(`{"access":"public","roles":["a"]}`), "access public stands beside demands"},
		"a bad further set":    {handler(`{"also":[{"actor":"x"}]}`), `actor "x"`},
		"a bad named rule":     {strings.Replace(manifestWith("", ""), `"roles"`, `"rules":[{"name":"a","rule":{"x":1}}],"roles"`, 1), `rules[0]: unknown field "x"`},
		"too large":            {manifestWith("", "") + strings.Repeat(" ", 16<<20), "larger than 16 MiB"},
		"too deep":             {strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), "too deep"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := auth.ParseManifest([]byte(c.text))
			if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || m != nil) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if err == nil && m.Module() != "example.com/app" {
				t.Errorf("module %q", m.Module())
			}
			// What is embedded says the same where it is used.
			used := auth.VerifyRoutes(auth.EmbeddedManifest(c.text), "echo", nil, auth.VerifyLogger(slog.New(slog.DiscardHandler)))
			if (used == nil) != (c.want == "") || used != nil && !strings.Contains(used.Error(), c.want) {
				t.Errorf("embedded: %v, want %q", used, c.want)
			}
		})
	}
	if (*auth.Manifest)(nil).Module() != "" {
		t.Error("a nil manifest has a module")
	}
}

// TestParseManifestOfThisModule holds that what the generator writes is read.
func TestParseManifestOfThisModule(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"../auth.manifest.json", "../testdata/golden/auth.manifest.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := auth.ParseManifest(text); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// FuzzManifest holds that no text makes the comparison panic.
func FuzzManifest(f *testing.F) {
	f.Add(manifestWith(oneRoute, oneHandler), "GET", "/x", "example.com/app.Protected.List-fm")
	f.Add(manifestWith(strings.Replace(oneRoute, "/x", "{a.b}/{x}/{$}", 1), oneHandler), "", "//", "main.(*T).f[...].func1.2-fm")
	f.Add(manifestWith(strings.Replace(oneRoute, "GET", "ANY", 1), ""), "GET", "", "example.com/a%2eb.%zz")
	f.Add(`{"schema":"authgen.manifest/v1","module":"","routes":[],"handlers":[]}`, "", "", "")
	f.Add(strings.Replace(manifestWith("", `{"handler":"h","rule":{"policy":"rule(\"a\") || rule(\"b"}}`), `"roles"`, `"rules":[{"name":"a","rule":{"policy":"rule(\"a\")"}}],"roles"`, 1), "", "", ".")
	f.Fuzz(func(t *testing.T, text, method, path, function string) {
		m, err := auth.ParseManifest([]byte(text))
		if (m == nil) == (err == nil) {
			t.Fatalf("manifest %v, error %v", m, err)
		}
		for _, framework := range []string{"nethttp", "gin", "echo", ""} {
			_ = auth.VerifyRoutes(m, framework, []auth.Registered{{Method: method, Path: path, Host: path, Function: function}},
				auth.VerifyLogger(slog.New(slog.DiscardHandler)), auth.VerifyPrefix(path, "/"))
		}
	})
}

// TestFunctionNames holds which functions are taken for which handlers, by the names
// that package runtime gives them.
func TestFunctionNames(t *testing.T) {
	t.Parallel()
	const verified, unverified, raw, other = "verified", "unverified", "raw", "other"
	for _, c := range []struct{ handler, function, want string }{
		{"example.com/app/files.(*API).Upload", "example.com/app/files.ProtectedAPI.Upload-fm", verified},
		{"example.com/app/files.API.Upload", "example.com/app/files.ProtectedAPI.Upload-fm", verified},
		{"example.com/app/files.(*api).Upload", "example.com/app/files.protectedApi.Upload-fm", verified},
		{"example.com/app/files.Upload", "example.com/app/files.Protected.Upload-fm", verified},
		{"example.com/app/v1.2.Upload", "example.com/app/v1%2e2.Protected.Upload-fm", verified},
		{"example.com/app.Upload", "example.com/app.Protected.Upload-fm", verified},
		{"example.com/app/cmd/server.Upload", "main.Protected.Upload-fm", verified},
		{"example.com/app/cmd/other.Upload", "main.Protected.Upload-fm", unverified},
		{"example.com/app/files.(*API).Upload", "example.com/app/files.(*API).Upload-fm", raw},
		{"example.com/app/files.API.Upload", "example.com/app/files.API.Upload-fm", raw},
		{"example.com/app/files.Upload", "example.com/app/files.Upload", raw},
		{"example.com/app/cmd/server.Upload", "main.Upload", raw},
		{"example.com/app/files.(*API).Upload", "example.com/app/files.Other", other},
		{"example.com/app/files.(*API).Upload", "example.com/app/mw.wrap.func1", unverified},
		{"example.com/app/files.(*API).Upload", "example.com/app/mw.glob..func1", unverified},
		{"example.com/app/files.(*API).Upload", "example.com/app/mw.wrap.(*T).x.func1.2", unverified},
		{"example.com/app/files.(*API).Upload", "example.com/app/mw.wrap[...].func1", unverified},
		{"example.com/app/files.(*API).Upload", "example.com/app/mw.Iface.Upload-fm", unverified},
		{"example.com/app/files.(*API).Upload", "github.com/gin-gonic/gin.WrapF.func1", unverified},
		{"example.com/app/files.(*API).Upload", "example.com/other/files.ProtectedAPI.Upload-fm", unverified},
		{"example.com/app/files.(*API).Upload", "", unverified},
		{"example.com/app/files.(*API).Upload", "files", other},
	} {
		m, err := auth.ParseManifest([]byte(manifestWith(
			`{"program":"example.com/app/cmd/server","router":"1","method":"GET","path":"/x","framework":"gin","handler":"`+c.handler+`","protection":"guarded"}`,
			`{"handler":"`+c.handler+`","rule":{"roles":["a"]}}`)))
		if err != nil {
			t.Fatal(err)
		}
		got := verified
		err = auth.VerifyRoutes(m, "gin", []auth.Registered{{Method: "GET", Path: "/x", Function: c.function}},
			auth.VerifyLogger(slog.New(slog.DiscardHandler)), auth.VerifyTell(func(r auth.VerifyReport) {
				if slices.ContainsFunc(r.Unverified, func(s string) bool { return strings.HasPrefix(s, "GET /x") }) {
					got = unverified
				}
			}))
		var failed *auth.VerifyError
		if errors.As(err, &failed) && !(len(failed.Report.Differences) == 1 && strings.Contains(err.Error(), "is not named (auth.VerifyGuard)")) {
			if got = other; strings.Contains(err.Error(), "without its rule") {
				got = raw
			}
		}
		if got != c.want {
			t.Errorf("%s as %s: %s, want %s (%v)", c.function, c.handler, got, c.want, err)
		}
	}
}

// TestWeaknesses holds what is loud about a guard.
func TestWeaknesses(t *testing.T) {
	t.Parallel()
	static := auth.PublicJWKS(jwks(edSigner().jwk()))
	for name, c := range map[string]struct {
		opts []auth.Option
		want []auth.WeaknessKind
	}{
		"none":         {[]auth.Option{auth.Issuer("https://id.example", auth.Audience("a"), static)}, nil},
		"no audience":  {[]auth.Option{auth.Issuer("https://id.example", auth.InsecureNoAudience(), static)}, []auth.WeaknessKind{auth.WeakNoAudience}},
		"no issuer":    {[]auth.Option{auth.Issuer("", auth.Name("a"), auth.InsecureNoIssuer(), auth.Audience("a"), static)}, []auth.WeaknessKind{auth.WeakNoIssuer}},
		"no expiry":    {[]auth.Option{auth.Issuer("https://id.example", auth.Audience("a"), auth.InsecureNoExpiry(), static)}, []auth.WeaknessKind{auth.WeakNoExpiry}},
		"plain http":   {[]auth.Option{auth.InsecureHTTP("idp.internal"), auth.Issuer("http://idp.internal", auth.Audience("a"))}, []auth.WeaknessKind{auth.WeakPlainHTTP}},
		"this machine": {[]auth.Option{auth.Issuer("http://127.0.0.1:9", auth.Audience("a"))}, []auth.WeaknessKind{auth.WeakLocalIssuer}},
		"by name":      {[]auth.Option{auth.Issuer("http://localhost", auth.Audience("a"))}, []auth.WeaknessKind{auth.WeakLocalIssuer}},
		"keys of this machine": {
			[]auth.Option{auth.Issuer("https://id.example", auth.Audience("a"), auth.JWKS("http://[::1]:9/jwks"))}, []auth.WeaknessKind{auth.WeakLocalIssuer},
		},
		"keys that are asked for on this machine": {
			[]auth.Option{auth.Issuer("https://id.example", auth.Audience("a"), auth.FetchKeys("http://127.0.0.1:9", newKeyFunction(nil).fetch))}, []auth.WeaknessKind{auth.WeakLocalIssuer},
		},
		"keys that are asked for elsewhere": {
			[]auth.Option{auth.Issuer("http://localhost", auth.Audience("a"), auth.FetchKeys("https://id.example", newKeyFunction(nil).fetch))}, nil,
		},
		"keys of a function": {[]auth.Option{auth.Issuer("http://localhost", auth.Audience("a"), auth.FetchKeys("", newKeyFunction(nil).fetch))}, nil},
		"keys of elsewhere":  {[]auth.Option{auth.Issuer("http://localhost", auth.Audience("a"), auth.JWKS("https://id.example/jwks"))}, nil},
		"no keys fetched":    {[]auth.Option{auth.Issuer("http://localhost", auth.Audience("a"), static)}, nil},
		"of this machine, by https": {
			[]auth.Option{auth.Issuer("https://localhost", auth.Audience("a"))}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			guard := newGuard(t, append(c.opts, auth.LazyStart(), quiet())...)
			var got []auth.WeaknessKind
			for _, w := range guard.Weaknesses() {
				got = append(got, w.Kind)
				if !strings.Contains(w.String(), w.Text) || !strings.Contains(w.String(), string(w.Kind)) || !strings.Contains(w.Text, w.Issuer) {
					t.Errorf("weakness %+v: %s", w, w)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("weaknesses %q, want %q", got, c.want)
			}
		})
	}
	if got := append((*auth.Guard)(nil).Weaknesses(), new(auth.Guard).Weaknesses()...); got != nil {
		t.Errorf("a guard that admits nobody: %q", got)
	}
}

// TestPublicRaw holds that a handler whose guard does nothing may be registered itself,
// as the proof says, and no other.
func TestPublicRaw(t *testing.T) {
	t.Parallel()
	const itself, twin, another = "example.com/app/files.Health", "example.com/app/files.Protected.Health-fm", "example.com/app/files.Other"
	for _, c := range []struct {
		rule, function string
		fits           bool
	}{
		{`{"access":"public"}`, itself, true},
		{`{"access":"public","reason":"probes"}`, itself, true},
		{`{"access":"public"}`, twin, false}, // its guard, if it has one, is not named
		{`{"access":"public"}`, another, false},
		{`{"access":"public","audit":"Asked"}`, itself, false},
		{`{"access":"optional"}`, itself, false},
		{`{"access":"authenticated"}`, itself, false},
	} {
		m, err := auth.ParseManifest([]byte(manifestWith(
			`{"program":"example.com/app/cmd/server","router":"1","method":"GET","path":"/x","framework":"gin","handler":"`+itself+`","protection":"public"}`,
			`{"handler":"`+itself+`","rule":`+c.rule+`}`)))
		if err != nil {
			t.Fatal(err)
		}
		err = auth.VerifyRoutes(m, "gin", []auth.Registered{{Method: "GET", Path: "/x", Function: c.function}}, auth.VerifyLogger(slog.New(slog.DiscardHandler)))
		if (err == nil) != c.fits {
			t.Errorf("%s of %s: %v", c.function, c.rule, err)
		}
	}
}
