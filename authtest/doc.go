// Package authtest is an OIDC issuer for tests. It runs inside the test, on a
// real socket of 127.0.0.1, and mints tokens of every kind in one line:
//
//	issuer := authtest.New(t)
//	handler := files.Protect(issuer.Guard())
//	token := issuer.Token(authtest.User("ada"), authtest.Roles("admin"))
//
// Tokens can be wrong in every usual way too: [Expired], [WrongAudience],
// [RetiredKey], [Forged] and others.
//
// Whoever can call an issuer's methods can be anybody, so it does not belong in
// programs that are deployed: [New] refuses to run outside tests. For programs on
// a developer's own machine there is [StartDevelopmentIssuer].
package authtest
