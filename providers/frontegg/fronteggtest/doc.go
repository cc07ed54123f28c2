// Package fronteggtest is a Frontegg for tests and for development: vendor
// authentication, keys, tokens of every kind, access tokens, entitlements,
// audits, events and hosted login, on real sockets of 127.0.0.1 and from memory.
//
//	fake := fronteggtest.New(t)
//	for name, value := range fake.Settings() {
//		t.Setenv(name, value)
//	}
//	token := fake.Token(fronteggtest.User("ada"), fronteggtest.Roles("admin"))
//
// It answers as Frontegg's SDKs for Node, Python and Java expect it. Not observed,
// and nothing that a test should depend on, are: the bodies of refusals other than
// "Api tokens are disabled", which audits a filter finds and which are severe, the
// statuses of events, and where the environment's domain has its OIDC documents.
//
// Tokens can be wrong in every usual way: [Expired], [StringRoles], [Forged],
// [Confused] and others. So can the service: see [Fake.Fail], [Fake.Hold] and
// [Fake.Stop].
//
// Whoever can call a fake's methods can be anybody, so it does not belong in
// programs that are deployed: [New] refuses to run outside tests. For programs on
// a developer's own machine there is [Start].
package fronteggtest
