package diagnostic

// generatorEntries are the findings of generation: AUTH030 to AUTH059.
var generatorEntries = []Entry{
	{
		Code:  "AUTH030",
		Title: "file of a package with rules does not parse",
		Text: `The file is not valid Go, so which handlers it has, and under which rules, cannot be
told for sure. It has rules itself or belongs to a package with some, whose defaults
may be for its handlers.

The package keeps the generated file that it has until the syntax is mended.`,
	},
	{
		Code:  "AUTH031",
		Title: "declaration with a rule is no handler",
		Text: `Handlers are func(http.ResponseWriter, *http.Request), func(*gin.Context) and
func(echo.Context) error, each with the identity as one more, last parameter if you
like; functions that return such a function or an http.Handler; variables that hold
one; and variables of type Area. A rule on anything else would guard nothing.

For a function of another shape write a handler that calls it, and put the rule there.
For everything below a path, put it on an Area. A rule on a type is for the methods
that this type declares: interfaces and aliases declare none. A rule on the package clause
is for the handlers of this package. Where there are none of these, the rule would
reach nobody.`,
		Before: `//auth:roles=admin
func Remove(w http.ResponseWriter, r *http.Request) error { return nil }`,
		After: `//auth:roles=admin
func Remove(w http.ResponseWriter, r *http.Request) {
	if err := remove(r); err != nil {
		http.Error(w, "not removed", http.StatusInternalServerError)
	}
}

func remove(r *http.Request) error { return nil }`,
	},
	{
		Code:  "AUTH032",
		Title: "handler is generic",
		Text: `A generic function or a method of a generic type is as many handlers as there are
types, and a rule belongs to one. Which of them it was to guard cannot be told.

Write a function or method without type parameters that calls it, and put the rule
there.`,
		Before: `//auth:permissions=readFile
func Show[T any](w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:permissions=readFile
func ShowFile(w http.ResponseWriter, r *http.Request) { show[File](w, r) }

func show[T any](w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH033",
		Title: "identity parameter has an unknown type",
		Text: `The last parameter of a handler is who is calling. It is a pointer to one of the
runtime's types (*auth.Identity for every kind but vendor tokens; *auth.User,
*auth.Service and their siblings for one kind), or a pointer to a struct of your own
that the token's claims are decoded into. Nothing else can be filled in.

Check the star, the name, and the import "github.com/authgen/authgen/runtime".`,
		Before: `//auth:permissions=uploadFile
func Upload(w http.ResponseWriter, r *http.Request, user auth.User) {}`,
		After: `//auth:permissions=uploadFile
func Upload(w http.ResponseWriter, r *http.Request, user *auth.User) {}`,
	},
	{
		Code:  "AUTH034",
		Title: "rule demands nothing",
		Text: `There are directives, and none of them is a demand: route, audit and replace only
describe the handler. A handler that asks for nothing has to say so, or an omission
would look like a decision. The same holds for a named rule of authgen.yaml, which
must be made of demands.

Add a demand; //auth:authenticated if any valid identity will do; //auth:public if
nobody has to sign in.`,
		Before: `//auth:route=GET /files/{id}
func Show(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:route=GET /files/{id}
//auth:authenticated
func Show(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH035",
		Title: "nobody can meet the rule",
		Text: `Demands exclude each other: kinds of token that no token has at once, step-up for
tokens that no person signs in with, or a kind that the identity parameter does not
take. Every call would be denied. The demands may come from several places, since
those of the package and of the type are added. A public handler that takes an
identity is of the same sort: it would never get one.

Refused too is authenticated beside a demand that names vendor tokens: the one never
admits what the other asks for.

Change the rule or the parameter.`,
		Before: `//auth:tokens=service
func Rotate(w http.ResponseWriter, r *http.Request, user *auth.User) {}`,
		After: `//auth:tokens=service
func Rotate(w http.ResponseWriter, r *http.Request, caller *auth.Service) {}`,
	},
	{
		Code:  "AUTH036",
		Title: "name is not declared in authgen.yaml",
		Text: `authgen.yaml lists the roles, permissions or features that exist, and this one is not
among them. A misspelt name denies everybody, or, under a negation, admits them.

Use the name that is meant, or declare it. Names are compared byte for byte.`,
		Before: `# authgen.yaml
permissions:
  uploadFile: stores files

// files.go
//auth:permissions=uploadfile
func Upload(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:permissions=uploadFile
func Upload(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH037",
		Title: "named rule does not exist or leads to itself",
		Text: `What //auth:rule=NAME and rule("NAME") name stands under rules in authgen.yaml. There
is no such rule, it has errors of its own, or it names itself by way of others, and
then it would have no end. Rules may name one another eight deep: each can be named
several times, and a request has to be asked all of it.`,
		Before: `# authgen.yaml
rules:
  billing: [roles=admin, stepup=10m]

// refunds.go
//auth:rule=biling
func Refund(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:rule=billing
func Refund(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH038",
		Title: "route and rule do not agree on a parameter",
		Text: `tenant, owner and check compare with a parameter of the path. Without it they deny
every call; and a catch-all parameter, which matches slashes, does not name one thing.
The rule may read the parameter in a default or in a named rule.

Give the parameter the same name in both, and let it be one whole segment. For gin and
echo a parameter of another name altogether is not reported: the prefix of a group may
hold it. An Area takes no route: it stands in front of those of a group.`,
		Before: `//auth:route=GET /tenants/{tenantId}/files
//auth:tenant=tenantID
func List(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:route=GET /tenants/{tenantID}/files
//auth:tenant=tenantID
func List(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH039",
		Title: "name is needed for generated code",
		Text: `The generated file declares the protected twins of the handlers: ProtectAPI and
ProtectedAPI for a type API, Protect and Protected for the package's functions, and
RegisterRoutes where routes are declared. It also speaks of Go's own error, nil, string
and true. The package has a declaration of such a name, or two types lead to the same
one.

Rename the declaration, or the type that the name is made of.`,
		Before: `type API struct{}

//auth:roles=admin
func (*API) Remove(w http.ResponseWriter, r *http.Request) {}

func ProtectAPI(a *API) http.Handler { return nil }`,
		After: `type API struct{}

//auth:roles=admin
func (*API) Remove(w http.ResponseWriter, r *http.Request) {}

func Mount(a *API) http.Handler { return nil }`,
	},
	{
		Code:  "AUTH040",
		Title: "handler's name ends in an underscore",
		Text: `Names inside generated code end in an underscore, so that they never meet one of
yours. Rename the handler.`,
		Before: `//auth:roles=admin
func Remove_(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:roles=admin
func Remove(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH041",
		Title: "hand-written file stands in the way",
		Text: `A file that authgen did not write has the name of one that it has to write, such as
auth_gen.go. It is left as it is, and the twins of the package's handlers are not
written.

Rename the file. If it was generated and lost its first line, which says by whom,
remove it and run go generate ./... again.`,
	},
	{
		Code:  "AUTH042",
		Title: "handler has no rule",
		Text: `Other declarations of this package have rules, and this function has the shape of a
handler and none. It is most likely forgotten, and whoever registers it opens it to
everybody.

A function that yields a handler is reported where another one of the package has a
rule; variables, and handlers with a struct of claims, are not looked for.

State its rule. What anybody may call is //auth:public, which shows in the manifest.
In authgen.yaml, require-rule: false under strict turns the finding off.`,
		Before: `//auth:roles=admin
func Remove(w http.ResponseWriter, r *http.Request) {}

func Health(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:roles=admin
func Remove(w http.ResponseWriter, r *http.Request) {}

//auth:public reason="health check"
func Health(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH043",
		Title: "public handler does not say why",
		Text: `authgen.yaml asks with public-reason that every public handler says why it is open.
The manifest shows the reason to whoever reviews the change.`,
		Before: `//auth:public
func Health(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:public reason="health check"
func Health(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH044",
		Title: "types could not be loaded",
		Text: `The type of a declaration with a rule is not plain from the source: it is an alias or
comes from another module. The go command was asked for it and could not answer, most
often since a dependency is missing or does not compile.

See what go build ./... says, and mend that. Or write the type out in the declaration,
which is quicker to generate as well.`,
		Before: `//auth:tokens=service
var Metrics = promhttp.Handler()`,
		After: `//auth:tokens=service
var Metrics http.Handler = promhttp.Handler()`,
	},
	{
		Code:  "AUTH045",
		Title: "directive cannot be a default",
		Text: `What stands on a type or on the package is added to the rule of every handler there.
public and optional would open all of them at once, those too that are yet to be
written; route, audit and replace speak of one handler.

Write the directive on each handler that it is for.`,
		Before: `//auth:public
type Pages struct{}

func (Pages) Home(w http.ResponseWriter, r *http.Request) {}`,
		After: `type Pages struct{}

//auth:public
func (Pages) Home(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH046",
		Title: "negation of a named rule that asks others",
		Text: `The named rule asks for a feature or a check, which another system answers. Under a
negation, everything that this system does not know would be a yes: see AUTH017.

Say what is allowed instead of what is not.`,
		Before: `# authgen.yaml
rules:
  trial: [features=trial]

// reports.go
//auth:policy=role("editor") && !rule("trial")
func Export(w http.ResponseWriter, r *http.Request) {}`,
		After: `# authgen.yaml
rules:
  full: [features=full]

// reports.go
//auth:policy=role("editor") && rule("full")
func Export(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH047",
		Title: "two handlers declare the same route",
		Text: `Two handlers of one twin declare routes for the same requests: one method and path,
whatever the parameters are called, or one of them for every method. A router takes one
of them: net/http and gin panic when the second is registered, echo replaces the first,
and then another rule holds than the one that was read.

Change the method or the path of one, or drop its route.`,
		Before: `//auth:route=GET /files/{id}
//auth:permissions=readFile
func Show(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET /files/{id}
//auth:authenticated
func Preview(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:route=GET /files/{id}
//auth:permissions=readFile
func Show(w http.ResponseWriter, r *http.Request) {}

//auth:route=GET /files/{id}/preview
//auth:authenticated
func Preview(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH048",
		Title: "a check that Frontier cannot be asked",
		Text: `authgen.yaml says by the key frontier that raystack Frontier decides the checks of this
module. It knows types such as project, organization and storage/file, uuids, and verbs
of 3 to 64 lower-case letters and digits with a letter first; owner, project and granted
it keeps for itself. uploadFile is asked as uploadfile, so that two names that differ in
nothing else are one permission.

Write the check so that it can be asked, or say under frontier: permissions: what the
permission is called there.`,
		Before: `# authgen.yaml
frontier: {}

// files.go
//auth:check=file:{id}#do
func Show(w http.ResponseWriter, r *http.Request) {}`,
		After: `# authgen.yaml
frontier: {permissions: {do: execute}}

// files.go
//auth:check=storage/file:{id}#do
func Show(w http.ResponseWriter, r *http.Request) {}`,
	},
}
