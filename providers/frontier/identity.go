package frontier

import auth "github.com/authgen/authgen/runtime"

// ProjectID returns the project that the token was made for, or "": see [Project].
func ProjectID(id *auth.Identity) string { return id.ClaimText("project_id") }

// AuthVia returns how the token was had: "session", "pat", "jwt_grant" or
// "client_credentials"; "" for tokens of servers before v0.112.0.
func AuthVia(id *auth.Identity) string { return id.ClaimText("auth_via") }
