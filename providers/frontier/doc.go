// Package frontier is for services behind raystack Frontier: a guard that accepts
// every credential that Frontier accepts, checks on its resources, and a client for
// its API.
//
//	guard, err := frontier.New(ctx, "https://frontier.example.com",
//		frontier.Issuer("frontier"), frontier.Credentials(id, secret))
//
// The guard is passed to generated code (ProtectX); see [Client.Guard] for what it
// admits, and [Connect] for a client that does more.
package frontier
