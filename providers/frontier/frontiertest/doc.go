// Package frontiertest is a raystack Frontier for tests and for development: its
// RPCs for authentication, permission checks, service users, personal access
// tokens, sessions and audit records, on a real socket of 127.0.0.1 and from
// memory.
//
//	s := frontiertest.New(t)
//	org := s.CreateOrg("acme")
//	user := s.CreateUser("ada@example.com")
//	s.Grant(user.Principal(), "app_organization_viewer", "app/organization:"+org.ID)
//	cookie := s.Login(user.ID).Cookie         // value of the cookie sid
//	token := s.Token(user.Principal())        // what AuthToken would mint
//	root := s.Root().Basic()                  // Authorization of the superuser
//
// It answers as recorded exchanges with v0.115.2 do. With [WithREST] it is an older
// server, as the API description and the source of v0.90.0 say of what clients ask for
// by its gateway; personal access tokens, which came later, it takes all the same. Time
// is that of [WithClock]: nothing here sleeps.
//
// What a test does to the server: [Server.Fail], [Server.Hold], [Server.Calls],
// [Server.Await], [Server.Peak], [Server.Rotate], and the methods that create,
// disable and delete. [BasicSecret] is the costly comparison of a service user's
// secret, which can be held and counted like an RPC.
//
// It is a fake for tests. It has no gRPC and no gRPC-Web, no bcrypt, no mail, no
// OIDC strategies, no billing, invitations or webhooks, and of RPCs only those that
// are constants of type [RPC]; all others are 404 here. Session cookies have a form
// of their own, as clients must not look into them. Rules of authorization are a
// model of Frontier's schema: policies of roles on organizations, projects, groups
// and resources, handed down from organization to project to resource.
//
// Whoever can call a fake's methods can be anybody, so it does not belong in
// programs that are deployed: [New] refuses to run outside tests. For programs on a
// developer's own machine there is [Start].
package frontiertest
