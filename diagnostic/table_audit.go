package diagnostic

// auditEntries are the findings of the proof: AUTH100 to AUTH139.
var auditEntries = []Entry{
	{
		Code:  "AUTH103",
		Title: "handler with a rule is registered without its guard",
		Text: `The handler has a rule, and what is registered is the handler itself: whoever calls the
route reaches it, and the rule is never looked at. The generated type has a method of
the same name, which asks the rule first. Other middleware on the way does not replace
it: what the rule demands is known to the guard alone.

Register the method of the type that ProtectX returns. A handler that takes the identity
as its last parameter cannot be registered in this way by mistake.`,
		Before: `api := &files.API{}
mux.HandleFunc("POST /files", api.Upload)`,
		After: `api := files.ProtectAPI(guard, &files.API{})
mux.HandleFunc("POST /files", api.Upload)`,
	},
	{
		Code:  "AUTH108",
		Title: "public entry matches no route",
		Text: `An entry of public: in authgen.yaml names a route that no program registers, or that
needs no entry since its rule says public. An entry that is left behind opens whatever
is registered under that name next.

Remove the entry, or write method and path as the route is registered: the table of
authgen routes shows both.`,
		Before: `# authgen.yaml
public:
  - {route: GET /health, reason: load balancer}

// main.go
mux.HandleFunc("GET /healthz", health)`,
		After: `# authgen.yaml
public:
  - {route: GET /healthz, reason: load balancer}`,
	},
	{
		Code:  "AUTH110",
		Title: "fewer routes than the committed manifest",
		Text: `A program registers fewer routes on a framework than auth.manifest.json lists for it.
Either routes were removed, or they are registered in a way that could not be followed:
then nobody looks at them any more. The finding names those that are gone.

If they were removed, run go generate ./... and commit the manifest with the change.`,
	},
	{
		Code:  "AUTH111",
		Title: "no route was found",
		Text: `Programs of the module import net/http, gin or echo and create a router, and not one
route was found. A proof about no routes says nothing. The places where the trail ends
are reported beside it; programs that register their routes in another module, or by
means that reading the code cannot follow, are not covered.

If the module serves nothing, accept the finding in authgen.yaml and say why.`,
	},
	{
		Code:  "AUTH112",
		Title: "named middleware is not confirmed",
		Text: `An entry of middleware: in authgen.yaml says that a function denies callers without
identity, and reading the function does not confirm it: it lets callers through, does so
under a condition, cannot be read, or does not exist. Routes behind it do not count as
protected. What is written in a settings file is no proof.

Mend the function, correct its name, or remove the entry.`,
		Before: `# authgen.yaml
middleware:
  - example.com/app/mw.Identify`,
		After: `# authgen.yaml
middleware:
  - example.com/app/mw.RequireUser`,
	},
	{
		Code:  "AUTH113",
		Title: "accepted entry matches no finding",
		Text: `An entry of accepted: in authgen.yaml names a finding that is not there, or more of
them than there are. What was accepted once has been mended, and the entry would admit
it again.

Remove the entry, or lower its count.`,
		Before: `# authgen.yaml
accepted:
  - {finding: AUTH100, route: POST /import, reason: internal network only}`,
		After: `# authgen.yaml without the entry`,
	},
	{
		Code:  "AUTH114",
		Title: "accepted entry is past its date",
		Text: `An entry of accepted: in authgen.yaml was to hold until a day that is over. The
finding that it accepted is reported again.

Mend what it is about, or decide anew and write another date.`,
		Before: `# authgen.yaml
accepted:
  - {finding: AUTH100, route: POST /import, reason: "ticket 12", until: 2026-01-31}`,
		After: `# authgen.yaml
accepted:
  - {finding: AUTH100, route: POST /import, reason: "ticket 12", until: 2026-06-30}`,
	},
}
