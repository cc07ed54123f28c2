package diagnostic

// auditEntries are the findings of the proof: AUTH100 to AUTH139.
var auditEntries = []Entry{
	{
		Code:  "AUTH100",
		Title: "route that anyone can call",
		Text: `Nothing on the way from the router to the handler denies callers without identity: no
rule, and no middleware that is seen to do so. The lines below the finding name what
stands in front of the handler, and where an identity was looked at that decides
nothing. Middleware that only notes who is calling, limits rates, checks origins or looks
at addresses does not count, whatever its name is.

State a rule above the handler and register its guarded form, put the route behind
middleware that denies, or declare it public, with the reason, in authgen.yaml.`,
		Before: `mux.HandleFunc("POST /files", upload)`,
		After: `//auth:permissions=uploadFile
func Upload(w http.ResponseWriter, r *http.Request) {}

mux.HandleFunc("POST /files", files.Protect(guard).Upload)`,
	},
	{
		Code:  "AUTH101",
		Title: "route that is protected only under a condition",
		Text: `Middleware on the way denies callers without identity in some cases and lets them
through in others: for paths on a list, for some methods, for addresses, or when a
setting says so. The lines below the finding tell the conditions in the words of the code.
Lists of paths inside middleware are the usual way around it: a router and a list seldom
agree on what a path is.

Apply the middleware to the routes that need it, without a condition, and declare the
others public in authgen.yaml.`,
		Before: `func auth(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/public") || signedIn(r) {
			next.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
}`,
		After: `mux.Handle("GET /files", auth(files))
mux.Handle("GET /public/info", info)`,
	},
	{
		Code:  "AUTH102",
		Title: "route whose protection is not proven",
		Text: `It cannot be decided whether callers without identity reach the handler. The finding
says where the trail ends: middleware that cannot be read, a handler that is a router of
another kind, a group that code passes in that is not seen; or only the handler itself
denies, which the next change of its body may undo.

A rule above the handler, with its guarded form registered, needs no proof of anything
else.`,
	},
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
		Code:  "AUTH104",
		Title: "handler with a rule that no route leads to",
		Text: `The handler, or the Area, has a rule, and no program of the module registers it, guarded
or not. Either it was forgotten, or its registration was removed and it is dead code with
a rule that suggests otherwise. This is a warning.

Register its guarded form, or remove it.`,
	},
	{
		Code:  "AUTH105",
		Title: "wider route asks for less",
		Text: `Two routes of one router match the same paths, and the wider one lets in callers whom
the narrower one denies. Which of the two serves a request is decided by the spelling of
its path or by its host, which the caller chooses.

Only this direction is reported: that /users/me asks for less than /users/{id} is usual.
A route for everything, such as / or /*, is left alone.

Two routes whose paths differ by their spelling only (a slash at the end, capitals, an
escape), or that echo was given twice, are reported when either lets in callers whom the
other denies: clients, proxies and redirects take such paths for one.

Ask for as much on the wider route, or register it under a path of its own. Of two
spellings keep one.`,
		Before: `mux.HandleFunc("GET /files/{id}", api.Read)         // roles=reader
mux.HandleFunc("GET /files/{path...}", api.Preview) // public`,
		After: `mux.HandleFunc("GET /files/{id}", api.Read)
mux.HandleFunc("GET /previews/{path...}", api.Preview)`,
	},
	{
		Code:  "AUTH106",
		Title: "other methods of a path have another rule",
		Text: `A route is registered for GET, and one of the same path for HEAD or for all methods lets
in callers whom the first one denies. HEAD tells of the same resource as GET, and a
handler for all methods seldom looks at the method. Where the other route has another
rule that denies no fewer callers, this is a warning.

Give both the same rule, or name the methods that the wider route is for.`,
		Before: `mux.HandleFunc("GET /reports/{id}", api.Report) // roles=admin
mux.HandleFunc("/reports/{id}", api.Other)      // roles=reader`,
		After: `mux.HandleFunc("GET /reports/{id}", api.Report)
mux.HandleFunc("POST /reports/{id}/comments", api.Comment)`,
	},
	{
		Code:  "AUTH107",
		Title: "middleware is used after the routes it was meant for",
		Text: `Use adds middleware to what is registered later. Routes that a gin engine, or a group
of gin or echo, already has do not get it, nor do groups that were made before. (Use of
an Echo itself reaches all its routes.)

Move the call in front of them. If they were put there to be open, declare them public in
authgen.yaml.`,
		Before: `g := r.Group("/api")
g.GET("/files", list)
g.Use(auth)`,
		After: `g := r.Group("/api")
g.Use(auth)
g.GET("/files", list)`,
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
		Code:  "AUTH109",
		Title: "route stands beside the protected group of its neighbours",
		Text: `A function registers routes on a group that denies callers without identity, and one
on the router, or on another group, that looks like theirs: its path lies below that of
the group, begins as theirs do, or its handler is declared beside theirs. On net/http its
path lies below that of a router which is mounted behind such middleware, or the same
path is behind middleware for other methods. The route is open; this is told in place of
AUTH100.

Register it on the group, or declare it public in authgen.yaml.`,
		Before: `v1 := r.Group("/api/v1", auth)
v1.GET("/tags", tags)
r.POST("/tags/export", export)`,
		After: `v1 := r.Group("/api/v1", auth)
v1.GET("/tags", tags)
v1.POST("/tags/export", export)`,
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
protected. The entry settles one doubt alone: what a function proves that is called,
was not read, and says by its name that it verifies or finds somebody.

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
it again. A finding about a route is accepted by route:, as the finding writes it, and
not by file:, which is for those that name no route.

Remove the entry, lower its count, or write route: in the place of file:.`,
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
	{
		Code:  "AUTH115",
		Title: "place where the trail ends",
		Text: `A router, a group or what registers on one goes somewhere that reading the code cannot
follow: a plugin, reflection, a function that nobody is seen to call. Or the module
serves with a framework that is not read, such as echo v5 or fiber. Routes may be
registered there that are in no list and that nobody judges.

Register in a way that can be read, or accept the finding in authgen.yaml and say who
looks at these routes. The comparison at start tells those that the list lacks.`,
	},
	{
		Code:  "AUTH116",
		Title: "path lacks a parameter that the rule reads",
		Text: `The rule compares a path parameter with the identity, by tenant, owner or check, and the
path that the handler is registered under has no parameter of that name, or has one that
matches slashes. Such a rule denies every request of this route.

Register the handler under a path that has the parameter, or change the rule.`,
		Before: `//auth:tenant=tenantID
func (a *API) List(c *gin.Context) {}

r.GET("/customers/:customerID/files", api.List)`,
		After: `r.GET("/customers/:tenantID/files", api.List)`,
	},
	{
		Code:  "AUTH117",
		Title: "promoted method with a rule is registered without its guard",
		Text: `A type embeds another one whose methods have rules, and one of them is registered by the
name of the outer type. Promotion goes past the guard: the guarded form of the outer
type has the outer type's own methods only.

Register the method of the guarded form of the embedded type.`,
		Before: `type Admin struct{ files.API }

mux.HandleFunc("GET /files", admin.List)`,
		After: `mux.HandleFunc("GET /files", files.ProtectAPI(guard, &admin.API).List)`,
	},
	{
		Code:  "AUTH118",
		Title: "router routes by another path or method than middleware sees",
		Text: `Middleware decides by the path or the method of a request, and the router takes another
one. A gin engine with RemoveExtraSlash cleans the path for routing only: //admin/x runs
the route of /admin/x, while the request still says //admin/x. Echo's MethodOverride
turns a POST into a DELETE after middleware that stands before it has let the POST pass.

Decide where the route is known: in middleware of its group, without a condition, or in a
rule above the handler.`,
		Before: `r.RemoveExtraSlash = true
r.Use(func(c *gin.Context) {
	if strings.HasPrefix(c.Request.URL.Path, "/admin/") {
		auth(c)
	}
})
r.GET("/admin/:id", show)`,
		After: `r.Group("/admin", auth).GET("/:id", show)`,
	},
	{
		Code:  "AUTH119",
		Title: "middleware is passed in and never applied",
		Text: `A function takes middleware, as a parameter, in a field of one or in a field of its
receiver, registers open routes and makes nothing of it: it is not named, assigned to _,
counted or compared with nil. Whoever calls it believes that the routes are behind that
middleware. Or it makes a group with middleware that denies callers without identity,
registers nothing on it, and open routes on the group around it.

Put it around the handlers, register the routes on the group, or remove it.`,
		Before: `func (b *Backups) Register(mux *http.ServeMux, authMW func(http.Handler) http.Handler) {
	mux.HandleFunc("GET /backups", b.list)
}`,
		After: `func (b *Backups) Register(mux *http.ServeMux, authMW func(http.Handler) http.Handler) {
	mux.Handle("GET /backups", authMW(http.HandlerFunc(b.list)))
}`,
	},
	{
		Code:  "AUTH120",
		Title: "package does not compile",
		Text: `A package of the module has errors. What could be understood of it was judged, and
routes may be missing from the list. A package that no program is seen to import is named
as well: what it was to register, or which program it was to be, is not known.

Mend what go build reports, with the tags and the platform of build: in authgen.yaml.`,
	},
	{
		Code:  "AUTH121",
		Title: "hand-written code speaks of what is generated",
		Text: `The variables of a generated file hold the rules, and the fields of its types the guard
and the handlers. Code of the package that names one may change what is asked, at any
time. Nothing of the package counts as guarded.

Change the rule above the handler and generate again.`,
		Before: `func init() { rule_Remove.Access = auth.Public }`,
		After: `//auth:public
func Remove(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH122",
		Title: "rule and handler read different path parameters of one name",
		Text: `An Area stands around a router, and its rule reads a parameter of the path that the router
is mounted at. The path of a route in it has a parameter of that name at another place,
and the handler sees that one: the rule is asked about something else.

Give one of the two another name.`,
		Before: `inner.HandleFunc("GET /t/{x}/{tenantID}", list)
mux.Handle("/t/{tenantID}/", p.Tenant(inner))`,
		After: `inner.HandleFunc("GET /t/{tenantID}/{x}", list)
mux.Handle("/t/{tenantID}/", p.Tenant(inner))`,
	},
}
