// Package frontegg connects a service to Frontegg: it makes the guard for the tokens
// of an environment, authenticates the service as a vendor, sends and reads audits,
// triggers events, signs users in by the hosted login, and makes HTTP requests to
// Frontegg's API that authenticate themselves.
//
//	guard, err := frontegg.New(ctx) // FRONTEGG_CLIENT_ID, FRONTEGG_API_KEY
//	defer guard.Close()
//	api := ProtectAPI(guard, &API{})
//
// Who needs more than the guard connects first:
//
//	client, err := frontegg.Connect(ctx) // FRONTEGG_CLIENT_ID, FRONTEGG_API_KEY
//	defer client.Close()
//	err = client.Audits().Send(ctx, frontegg.Audit{TenantID: tenant, Severity: frontegg.SeverityInfo, Action: "Upload"})
//
// Nothing here is shared between clients: a process may hold one for each of
// several environments.
package frontegg
