package main

// caller is one who sends every request of the table.
type caller int

const (
	nobody   caller = iota // no token
	member                 // a user with role viewer and permission uploads.read
	admin                  // a user with role admin
	fresh                  // the admin, who has just passed step-up authentication
	machine                // an access token of the tenant, with permission uploads.manage
	stranger               // a user of another tenant, without rights
	callers
)

func (c caller) String() string {
	return [...]string{"no token", "member", "admin", "after step-up", "access token", "other tenant"}[c]
}

// answer is what came back: a status and, for refusals of good tokens, the error of
// the challenge (RFC 6750, section 3.1, and RFC 9470, section 3).
type answer string

const (
	ok        answer = "200"
	created   answer = "201"
	noContent answer = "204"
	who       answer = "401"
	stronger  answer = "401 insufficient_user_authentication"
	denied    answer = "403 insufficient_scope"
)

// request is one row of the table.
type request struct {
	method, path string
	want         [callers]answer
}

// table is written by hand: it says what the rules mean, without looking at them.
var table = []request{
	// In order: no token, member, admin, after step-up, access token, other tenant.
	{"GET", "/shift", [callers]answer{who, ok, ok, ok, ok, ok}},
	{"GET", "/admin/users", [callers]answer{who, denied, ok, ok, denied, denied}},
	{"GET", "/admin/plans", [callers]answer{who, denied, ok, ok, denied, denied}},
	{"GET", "/home", [callers]answer{who, ok, ok, ok, denied, denied}},
	{"GET", "/uploads", [callers]answer{who, ok, denied, denied, denied, denied}},
	{"PUT", "/uploads/a.txt", [callers]answer{who, denied, denied, denied, created, denied}},
	{"DELETE", "/uploads/a.txt", [callers]answer{who, denied, noContent, noContent, denied, denied}},
	{"PUT", "/password", [callers]answer{who, stronger, stronger, noContent, denied, stronger}},
	{"GET", "/tenants/tenant-1/invoices", [callers]answer{who, ok, ok, ok, ok, denied}},
	{"GET", "/insights", [callers]answer{who, ok, ok, ok, ok, denied}},
}
