package main

// caller is one who sends every request of the table.
type caller int

const (
	nobody   caller = iota // no credential
	viewer                 // a user who may look at the project: an access token
	manager                // a user who may update it: the session that a browser got by signing in
	token                  // a personal access token of the manager, to look at the project alone
	machine                // a service user of the organization: Basic, with its id and secret
	stranger               // the owner of another organization: an access token
	callers
)

func (c caller) String() string {
	return [...]string{"nobody", "viewer, Bearer", "manager, cookie", "its token, Bearer", "machine, Basic", "stranger, Bearer"}[c]
}

// Statuses, as short as the table needs them.
const (
	ok        = 200
	accepted  = 202
	noContent = 204
	who       = 401
	denied    = 403
)

// request is one row of the table. {org} and {project} are those of most callers,
// {foreign} is a project of the stranger.
type request struct {
	method, path string
	want         [callers]int
}

// table is written by hand: it says what the rules mean, without looking at them.
var table = []request{
	// In order: nobody, viewer, manager, its token, machine, stranger.
	{"GET", "/me", [callers]int{who, ok, ok, ok, ok, ok}},
	{"GET", "/organizations/{org}", [callers]int{who, ok, ok, denied, ok, denied}}, // the token is for the project alone
	{"POST", "/organizations/{org}/import", [callers]int{who, denied, denied, denied, accepted, denied}},
	{"GET", "/projects/{project}", [callers]int{who, ok, ok, ok, denied, denied}},
	{"PUT", "/projects/{project}/name", [callers]int{who, denied, noContent, denied, denied, denied}},
	{"DELETE", "/projects/{project}", [callers]int{who, denied, denied, denied, denied, denied}},
	{"GET", "/projects/{foreign}", [callers]int{who, denied, denied, denied, denied, ok}},
	{"DELETE", "/projects/{foreign}", [callers]int{who, denied, denied, denied, denied, noContent}},
}
