package main

// caller is one who sends every request of the table.
type caller int

const (
	admin       caller = iota // role admin in tenant t1
	member                    // permissions readFile and uploadFile in tenant t1
	otherTenant               // role admin in tenant t2
	apiToken                  // a tenant's API token: permission readFile in tenant t1
	expired                   // the admin's token after its expiry
	nobody                    // no token
	callers
)

func (c caller) String() string {
	return [...]string{"admin", "member", "other tenant", "API token", "expired", "no token"}[c]
}

// answer is what came back: a status and, for refusals, the code of the body.
type answer string

const (
	ok        answer = "200"
	created   answer = "201"
	noContent answer = "204"
	who       answer = "401 unauthenticated"
	denied    answer = "403 permission_denied"
)

// request is one row of the table.
type request struct {
	method, path string
	want         [callers]answer
}

// table is written by hand: it says what the rules of the example services
// mean, without looking at them.
var table = []request{
	// In order: admin, member, other tenant, API token, expired, no token.
	{"GET", "/healthz", [callers]answer{ok, ok, ok, ok, ok, ok}},
	{"GET", "/me", [callers]answer{ok, ok, ok, ok, who, who}},
	{"GET", "/tenants/t1/files", [callers]answer{ok, ok, denied, ok, who, who}},
	{"PUT", "/tenants/t1/files/a.txt", [callers]answer{created, created, denied, denied, who, who}},
	{"DELETE", "/tenants/t1/files/a.txt", [callers]answer{noContent, denied, denied, denied, who, who}},
	{"GET", "/users/ada", [callers]answer{ok, denied, denied, denied, who, who}},
	{"GET", "/tenants/t1/export", [callers]answer{denied, denied, denied, ok, who, who}},
}
