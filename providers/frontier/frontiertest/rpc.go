package frontiertest

import "net/http"

// RPC names what a request asks for. [Server.Calls], [Server.Fail] and
// [Server.Hold] take one.
type RPC string

// RPCs of FrontierService.
const (
	AddOrganizationUsers        RPC = "AddOrganizationUsers" // of older servers
	Authenticate                RPC = "Authenticate"
	AuthCallback                RPC = "AuthCallback"
	AuthLogout                  RPC = "AuthLogout"
	AuthToken                   RPC = "AuthToken"
	BatchCheckPermission        RPC = "BatchCheckPermission"
	CheckCreditEntitlement      RPC = "CheckCreditEntitlement"
	CheckFeatureEntitlement     RPC = "CheckFeatureEntitlement"
	CheckResourcePermission     RPC = "CheckResourcePermission"
	CreateAuditRecord           RPC = "CreateAuditRecord"
	CreateCurrentUserPAT        RPC = "CreateCurrentUserPAT"
	CreateGroup                 RPC = "CreateGroup"
	CreateOrganization          RPC = "CreateOrganization"
	CreateOrganizationRole      RPC = "CreateOrganizationRole"
	CreatePolicyForProject      RPC = "CreatePolicyForProject"
	CreateProject               RPC = "CreateProject"
	CreateProjectResource       RPC = "CreateProjectResource"
	CreateServiceUser           RPC = "CreateServiceUser"
	CreateServiceUserCredential RPC = "CreateServiceUserCredential"
	CreateServiceUserJWK        RPC = "CreateServiceUserJWK"
	CreateServiceUserToken      RPC = "CreateServiceUserToken"
	DeleteCurrentUserPAT        RPC = "DeleteCurrentUserPAT"
	DeleteServiceUser           RPC = "DeleteServiceUser"
	DeleteServiceUserCredential RPC = "DeleteServiceUserCredential"
	DeleteServiceUserJWK        RPC = "DeleteServiceUserJWK"
	DeleteServiceUserToken      RPC = "DeleteServiceUserToken"
	DeleteUser                  RPC = "DeleteUser"
	DisableOrganization         RPC = "DisableOrganization"
	DisableUser                 RPC = "DisableUser"
	EnableOrganization          RPC = "EnableOrganization"
	EnableUser                  RPC = "EnableUser"
	GetCurrentUser              RPC = "GetCurrentUser"
	GetGroup                    RPC = "GetGroup"
	GetJWKS                     RPC = "GetJWKs"
	GetOrganization             RPC = "GetOrganization"
	GetProject                  RPC = "GetProject"
	GetProjectResource          RPC = "GetProjectResource"
	GetServiceUserJWK           RPC = "GetServiceUserJWK"
	ListAuthStrategies          RPC = "ListAuthStrategies"
	ListNamespaces              RPC = "ListNamespaces"
	ListPermissions             RPC = "ListPermissions"
	ListRoles                   RPC = "ListRoles"
	ListRolesForPAT             RPC = "ListRolesForPAT"
	ListSessions                RPC = "ListSessions"
	RevokeSession               RPC = "RevokeSession"
	SetProjectMemberRole        RPC = "SetProjectMemberRole"
)

// RPCs of AdminService.
const (
	AddOrganizationMembers           RPC = "AddOrganizationMembers"
	AddPlatformUser                  RPC = "AddPlatformUser"
	CheckFederatedResourcePermission RPC = "CheckFederatedResourcePermission"
	CreatePermission                 RPC = "CreatePermission"
	DeletePermission                 RPC = "DeletePermission"
	ListAllUsers                     RPC = "ListAllUsers"
	ListAuditRecords                 RPC = "ListAuditRecords"
)

// What is counted and held like an RPC.
const (
	// BasicSecret is the comparison of a service user's secret, which costs Frontier
	// most of a second. It is part of the RPC that carries the secret, and happens
	// for ids that exist only. A request whose Connect-Timeout-Ms is less than 770
	// cannot have it: that is 504 at once. It does not fail by [Server.Fail].
	BasicSecret RPC = "Basic secret"
	// WellKnown is the JWKS of [WithREST], under both of its paths.
	WellKnown RPC = "well-known JWKS"
	// Other is what the fake does not know, and answers with 404.
	Other RPC = "other"
	// Any is all requests. BasicSecret is none of them.
	Any RPC = "any"
)

// method says how an RPC is answered.
type method struct {
	answer  func(*Server, *call) (message, *failure)
	service string
	open    bool // needs no credential
	noPAT   bool // refuses personal access tokens
}

const (
	frontierService = "raystack.frontier.v1beta1.FrontierService"
	adminService    = "raystack.frontier.v1beta1.AdminService"
)

// methods are what the server answers. That ListSessions refuses personal access
// tokens was observed; that others about sessions and tokens do was not.
var methods = map[RPC]method{
	Authenticate:                {answer: (*Server).authenticateUser, open: true},
	AuthCallback:                {answer: (*Server).authCallback, open: true},
	AuthLogout:                  {answer: (*Server).authLogout, noPAT: true},
	AuthToken:                   {answer: (*Server).authToken},
	BatchCheckPermission:        {answer: (*Server).batchCheckPermission},
	CheckCreditEntitlement:      {answer: (*Server).checkCreditEntitlement},
	CheckFeatureEntitlement:     {answer: (*Server).checkFeatureEntitlement},
	CheckResourcePermission:     {answer: (*Server).checkResourcePermission},
	CreateAuditRecord:           {answer: (*Server).createAuditRecord},
	CreateCurrentUserPAT:        {answer: (*Server).createCurrentUserPAT, noPAT: true},
	CreateGroup:                 {answer: (*Server).createGroup},
	CreateOrganization:          {answer: (*Server).createOrganization},
	CreateOrganizationRole:      {answer: (*Server).createOrganizationRole},
	CreatePolicyForProject:      {answer: (*Server).createPolicyForProject},
	CreateProject:               {answer: (*Server).createProject},
	CreateProjectResource:       {answer: (*Server).createProjectResource},
	CreateServiceUser:           {answer: (*Server).createServiceUser},
	CreateServiceUserCredential: {answer: (*Server).createServiceUserCredential},
	CreateServiceUserJWK:        {answer: (*Server).createServiceUserJWK},
	CreateServiceUserToken:      {answer: (*Server).createServiceUserToken},
	DeleteCurrentUserPAT:        {answer: (*Server).deleteCurrentUserPAT, noPAT: true},
	DeleteServiceUser:           {answer: (*Server).removeServiceUser},
	DeleteServiceUserCredential: {answer: (*Server).removeServiceUserCredential},
	DeleteServiceUserJWK:        {answer: (*Server).removeServiceUserJWK},
	DeleteServiceUserToken:      {answer: (*Server).removeServiceUserToken},
	DeleteUser:                  {answer: (*Server).removeUser},
	DisableOrganization:         {answer: (*Server).disableOrganization},
	DisableUser:                 {answer: (*Server).disableUser},
	EnableOrganization:          {answer: (*Server).enableOrganization},
	EnableUser:                  {answer: (*Server).enableUser},
	GetCurrentUser:              {answer: (*Server).getCurrentUser},
	GetGroup:                    {answer: (*Server).getGroup},
	GetJWKS:                     {answer: (*Server).getJWKS},
	GetOrganization:             {answer: (*Server).getOrganization},
	GetProject:                  {answer: (*Server).getProject},
	GetProjectResource:          {answer: (*Server).getProjectResource},
	GetServiceUserJWK:           {answer: (*Server).getServiceUserJWK},
	ListAuthStrategies:          {answer: (*Server).listAuthStrategies, open: true},
	ListNamespaces:              {answer: (*Server).listNamespaces},
	ListPermissions:             {answer: (*Server).listPermissions},
	ListRoles:                   {answer: (*Server).listRoles},
	ListRolesForPAT:             {answer: (*Server).listRolesForPAT},
	ListSessions:                {answer: (*Server).listSessions, noPAT: true},
	RevokeSession:               {answer: (*Server).revokeSession, noPAT: true},
	SetProjectMemberRole:        {answer: (*Server).setProjectMemberRole},

	AddOrganizationUsers:             {answer: (*Server).addOrganizationUsers},
	AddOrganizationMembers:           {answer: (*Server).addOrganizationMembers, service: adminService},
	AddPlatformUser:                  {answer: (*Server).addPlatformUser, service: adminService},
	CheckFederatedResourcePermission: {answer: (*Server).checkFederatedResourcePermission, service: adminService},
	CreatePermission:                 {answer: (*Server).createPermission, service: adminService},
	DeletePermission:                 {answer: (*Server).deletePermission, service: adminService},
	ListAllUsers:                     {answer: (*Server).listAllUsers, service: adminService},
	ListAuditRecords:                 {answer: (*Server).listAuditRecords, service: adminService},
}

// call is a request with what was read of it.
type call struct {
	*http.Request
	request message     // the body
	who     principal   // zero for nobody
	header  http.Header // of the answer
}
