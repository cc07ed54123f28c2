package diagnostic

// configEntries are the findings in authgen.yaml: AUTH060 to AUTH069.
var configEntries = []Entry{
	{
		Code:  "AUTH060",
		Title: "authgen.yaml is no YAML",
		Text: `The file cannot be read from the place named, so none of its settings are known and
nothing is generated. Often a tab indents a line, a bracket or quote is not closed,
or text in a list holds a sign that means something to YAML: { } [ ] , in brackets,
a colon with a space after it, or @ at the start. Put such text in quotes.`,
		Before: `rules:
  project: [check=project:{id}#update]`,
		After: `rules:
  project: ["check=project:{id}#update"]`,
	},
	{
		Code:  "AUTH061",
		Title: "authgen.yaml is too big",
		Text: `The file is bigger than 1 MiB, holds too many values, or nests them too deep.
Settings have four levels and are read by people in reviews: such a file is
generated, or something else under this name. It is refused before it is read.

Keep names and rules here and all other data elsewhere.`,
	},
	{
		Code:  "AUTH062",
		Title: "authgen.yaml uses YAML that settings do without",
		Text: `Anchors (&), aliases (*), merge keys (<<), tags (!), directives (%) and further
documents (---) are refused: they change what a line means from another place, and a
rule has to be reviewed where it is written.

Write values out. To have a rule in several others, let them name it with rule=.
Text that begins with one of these signs stands in quotes.`,
		Before: `rules:
  billing: &b [roles=admin, stepup=10m]
  refunds: *b`,
		After: `rules:
  billing: [roles=admin, stepup=10m]
  refunds: [rule=billing]`,
	},
	{
		Code:  "AUTH063",
		Title: "authgen.yaml has an unknown key",
		Text: `No setting has this name. A misspelt setting would otherwise be without effect, and
a check that was thought to be on would be off. The finding names the setting that
is nearest, or all that can stand there.`,
		Before: `strict: {public_reason: true}`,
		After:  `strict: {public-reason: true}`,
	},
	{
		Code:  "AUTH064",
		Title: "something stands twice in authgen.yaml",
		Text: `A key, a name, a rule or a build tag is there already. Of two rules with one name,
only one could be enforced, and a reader may have seen the other. Remove one.`,
		Before: `rules:
  billing: [roles=admin, stepup=10m]
  billing: [roles=member]`,
		After: `rules:
  billing: [roles=admin, stepup=10m]`,
	},
	{
		Code:  "AUTH065",
		Title: "a value in authgen.yaml is missing or of the wrong type",
		Text: `The key takes another kind of value: text, a list, keys with values, or true and
false. A number is no name: YAML may read 007 or 1e3 as another number than it
looks like. Put it in quotes. A key that has nothing to say is removed; a list
that is meant to be empty is [].`,
		Before: `rules:
  billing:
    roles: admin
strict: {public-reason: yes}`,
		After: `rules:
  billing: [roles=admin]
strict: {public-reason: true}`,
	},
	{
		Code:  "AUTH066",
		Title: "a name in authgen.yaml cannot be used",
		Text: `The name is empty, begins or ends with a space, or holds a character that nobody
sees: no rule could be compared with it safely. The name of a rule stands in comments
and policies, and is made of letters, digits and the characters _ . - with a letter
first.`,
		Before: `rules:
  billing team: [roles=admin]`,
		After: `rules:
  billing-team: [roles=admin]`,
	},
	{
		Code:  "AUTH067",
		Title: "a named rule has no directives, or one that is not a line",
		Text: `A rule in authgen.yaml is a list of directives, each as it would stand in a comment
after //auth:, without that prefix and, like there, on one line. A rule that lists
nothing would let everybody pass, so it is left out, and with it what names it is an
error.

Write one entry for each directive. A long policy is split by naming its parts as
rules.`,
		Before: `rules:
  files:
    - policy=role("admin")
      || permission("readFile")`,
		After: `rules:
  files:
    - policy=role("admin") || permission("readFile")`,
	},
	{
		Code:  "AUTH068",
		Title: "the build in authgen.yaml is none that go knows",
		Text: `Generation and checks look at the files of one configuration, so that every machine
gets the same result. goos and goarch are single words as go tool dist list prints
them; tags are build tags without signs, one for each entry.`,
		Before: `build: {goos: Linux, tags: ["integration,e2e"]}`,
		After:  `build: {goos: linux, tags: [integration, e2e]}`,
	},
	{
		Code:  "AUTH069",
		Title: "a file that looks like the settings is not read",
		Text: `Settings are read from one file, authgen.yaml beside go.mod. A file named authgen.yml
or .authgen.yaml, or one in a folder below, is without effect: what it declares and
demands would be missing, and nobody would notice.

Move the file, or what it says, to authgen.yaml beside go.mod. A folder with a go.mod
of its own has its own settings; vendor, testdata, node_modules and folders that begin
with a dot or underscore are not looked at.`,
		Before: `go.mod
authgen.yml`,
		After: `go.mod
authgen.yaml`,
	},
}
