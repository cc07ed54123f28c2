package diagnostic

// annotationEntries are the findings in comments: AUTH001 to AUTH029. Their
// Before is Go that causes exactly this finding, their After Go without any.
var annotationEntries = []Entry{
	{
		Code:  "AUTH001",
		Title: "comment looks like a rule and is none",
		Text: `Go sees a comment as a directive only when it begins with //auth: and goes on
without a space. This one has a space, a capital, a letter of another alphabet, an
invisible character or stands between /* and */. Whoever reads it believes that the
handler is guarded, and nothing guards it.

Write the directive in plain lower-case letters, without spaces. If it was meant as
prose, say it in other words.`,
		Before: `// auth:roles=admin
func Remove(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:roles=admin
func Remove(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH002",
		Title: "directive has an unknown key",
		Text: `The word behind //auth: is none of the language, so the demand it was meant to make
is not made. Most often it is a singular for a plural or a letter that is wrong: the
finding names the key that is nearest.`,
		Before: `//auth:role=admin
func Remove(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:roles=admin
func Remove(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH003",
		Title: "value is missing or not expected",
		Text: `A key that needs a value has none, a list has an empty place, a space stands behind
the = sign or a comma, or a key that takes no value was given one. What the rule was
to demand cannot be told.

Write the value right behind the = sign, and lists with commas and without spaces.`,
		Before: `//auth:roles=admin, editor
func Remove(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:roles=admin,editor
func Remove(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH004",
		Title: "key or value stands twice",
		Text: `Each key stands once, but for route, and each value once in its list. Two lists of
roles could mean one of all of them or one of each: which of the two cannot be
guessed, and a wrong guess opens the handler.

One of several is one list. All of several is a policy.`,
		Before: `//auth:roles=admin
//auth:roles=auditor
func Export(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:policy=role("admin") && role("auditor")
func Export(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH005",
		Title: "value has a form that its key does not take",
		Text: `The value cannot be compared safely or is not of the kind that the key takes: it
holds a character that needs double quotes, an invisible one or a space at an end; it
is a list where one value stands; it is no name of a path parameter; or it is none of
the few words that the key knows.

A value with spaces, commas, quotes or letters beyond ASCII is written as a Go string.
Rules name no wildcards: a * outside quotes is refused, since a rule that says files.*
would demand a permission of that very name.`,
		Before: `//auth:permissions=files.*
func Remove(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:permissions=files.read,files.write
func Remove(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH006",
		Title: "text follows a complete directive",
		Text: `A directive is the whole line: a note behind it or a value after a space belongs to
nothing. It may have been part of the rule, so it is not dropped silently.

Put notes on a line of their own in front of the directives. A value that holds a
space stands in double quotes.`,
		Before: `//auth:roles=site admin // who runs the site
func Remove(w http.ResponseWriter, r *http.Request) {}`,
		After: `// Remove is for who runs the site.
//
//auth:roles="site admin"
func Remove(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH007",
		Title: "directive has no such option",
		Text: `Two directives take options: public takes reason, and audit takes severity, which is
Info, Medium, High, Critical or Error, and required, a word alone. Every other name=value
is a mistake; a second demand goes on a line of its own.`,
		Before: `//auth:public because="health check"
func Health(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:public reason="health check"
func Health(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH008",
		Title: "directive is apart from its declaration",
		Text: `Only the doc comment of a declaration speaks of it. A blank line between the two, or
nothing that follows, leaves the directive alone in the file: it reads as a rule and
guards nothing.

Remove the blank line.`,
		Before: `//auth:roles=admin

func Remove(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:roles=admin
func Remove(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH009",
		Title: "directive stands where nothing can be guarded",
		Text: `The directive is inside a function, behind code on its line, or on a constant, an
import, a field or a group of variables. Rules belong into the doc comment of a
function, a method, a type, a variable of one name, or the package.`,
		Before: `func Remove(w http.ResponseWriter, r *http.Request) {
	//auth:roles=admin
	w.WriteHeader(http.StatusNoContent)
}`,
		After: `//auth:roles=admin
func Remove(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusNoContent)
}`,
	},
	{
		Code:  "AUTH010",
		Title: "public or optional beside another demand",
		Text: `A public handler never reads credentials and an optional one admits callers without
any. Neither goes together with a demand, nor with the other: one of the two lines is
not meant, and only you know which.

Remove one. A handler that gives more to who is signed in is optional, and asks the
identity that it gets.`,
		Before: `//auth:public
//auth:roles=admin
func List(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:roles=admin
func List(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH011",
		Title: "unknown kind of token",
		Text: `The kinds are user, userApi, tenantApi, userAccess, tenantAccess, pat, service and
vendor. No token is of another kind, so the rule would admit nobody by it.`,
		Before: `//auth:tokens=users
func Profile(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:tokens=user
func Profile(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH012",
		Title: "step-up has no valid age",
		Text: `The age is how long ago the step-up authentication may have been. It is written as a
Go duration with its unit, is positive and in whole seconds: 90s, 10m, 1h30m. A bare
number could be seconds or minutes. Leave the value out if any age will do.`,
		Before: `//auth:stepup=10
func Refund(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:stepup=10m
func Refund(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH013",
		Title: "route is not a method and a path",
		Text: `A route is an HTTP method in capitals, a space, and a path that begins with /; without
a method it stands for all of them. A net/http path may have a host in front. Nothing
follows the path, not even a note.`,
		Before: `//auth:roles=admin
//auth:route=delete files/{id}
func Remove(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:roles=admin
//auth:route=DELETE /files/{id}
func Remove(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH014",
		Title: "path is not in the framework's syntax",
		Text: `Parameters are {id} and {rest...} for net/http, :id and *rest for gin, :id and * for
echo. A framework takes another one's parameter for plain text: the route would answer
to the path /files/:id only, and a rule that reads the parameter would find none.

A parameter also needs a name that stands once in the path, and only net/http's paths
have a host.`,
		Before: `//auth:roles=admin
//auth:route=DELETE /files/:id
func Remove(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:roles=admin
//auth:route=DELETE /files/{id}
func Remove(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH015",
		Title: "policy is not an expression",
		Text: `A policy is written in Go's syntax: predicates with their arguments in double quotes,
joined by || and &&, negated by !, grouped by parentheses. && binds closer than ||. The
finding stands where reading ended.`,
		Before: `//auth:policy=role("admin") | role(editor)
func Edit(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:policy=role("admin") || role("editor")
func Edit(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH016",
		Title: "unknown predicate or wrong arguments",
		Text: `The predicates are role, permission, scope, token, issuer, feature, tenant, owner,
stepup, check, rule and authenticated: singular, where the directives have a plural.
Each takes one argument, but stepup, which may do without, and authenticated, which
takes none. Alternatives are joined by ||.`,
		Before: `//auth:policy=roles("admin", "editor") && tenant("tenantID")
func Edit(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:policy=(role("admin") || role("editor")) && tenant("tenantID")
func Edit(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH017",
		Title: "negation of what another system answers",
		Text: `Features and checks are asked of another system. A negation would make a yes of
everything that this system does not know yet or no longer knows: who is not on the
list for any reason would be admitted.

Say what is allowed instead of what is not.`,
		Before: `//auth:policy=role("editor") && !feature("trial")
func Export(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:policy=role("editor") && feature("full")
func Export(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH018",
		Title: "policy is too big",
		Text: `A policy has at most 4096 bytes, and at most 32 parentheses and negations inside each
other. Nobody could say in review what a longer one admits.

Give parts of it a name in authgen.yaml, and ask for them with rule("name").`,
		After: `# authgen.yaml
rules:
  editors:
    - policy=role("editor") && scope("files:write")

// files.go
//auth:policy=role("admin") || rule("editors")
func Edit(w http.ResponseWriter, r *http.Request) {}`,
	},
	{
		Code:  "AUTH019",
		Title: "check is not type:id#permission",
		Text: `A check names the type of a resource, its id and what the caller wants to do with it.
The id is made of letters, digits, '-', '.', '_' and '/', and of path parameters in
braces: without a parameter it is the same resource for every request. Two parameters
have a slash between them, which no value holds: {org}-{file} would be the same resource
for a-b and c as for a and b-c.`,
		Before: `//auth:check=project:{id}
func Rename(w http.ResponseWriter, r *http.Request) {}`,
		After: `//auth:check=project:{id}#update
func Rename(w http.ResponseWriter, r *http.Request) {}`,
	},
}
