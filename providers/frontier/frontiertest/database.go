package frontiertest

import (
	"sync"
	"time"
)

// Names of namespaces.
const (
	nsUser         = "app/user"
	nsServiceUser  = "app/serviceuser"
	nsPAT          = "app/pat"
	nsPlatform     = "app/platform"
	nsOrganization = "app/organization"
	nsProject      = "app/project"
	nsGroup        = "app/group"
	nsInvitation   = "app/invitation"
	nsRoleBinding  = "app/rolebinding"
	nsRole         = "app/role"
)

// nilID is the organization of what belongs to the platform.
const nilID = "00000000-0000-0000-0000-000000000000"

// RootID is the id of the bootstrap service user, whose credential is [Server.Root].
const RootID = "00000000-0000-0000-0000-000000000001"

// object is anything that permissions are about, or a principal that has them:
// its namespace and its id.
type object struct{ namespace, id string }

func (o object) String() string { return o.namespace + ":" + o.id }

// database is what all instances of one Frontier know. What it holds is changed and
// read with mu locked.
type database struct {
	mu   sync.Mutex
	root Credential

	users        map[string]*user
	sessions     map[string]*session
	flows        map[string]*flow  // logins that began, by state
	mails        map[string]string // the latest code by address
	orgs         map[string]*org
	projects     map[string]*project
	groups       map[string]*group
	resources    map[string]*resource
	serviceUsers map[string]*serviceUser
	credentials  map[string]*credential
	serviceKeys  map[string]*serviceKey
	pats         map[string]*pat
	patSecrets   map[string]*pat // by the token

	namespaces  []*namespace
	permissions []*permission
	roles       []*role
	policies    []policy
	platform    map[object]string // admin or member

	features map[[2]string]bool // organization and feature
	credits  map[string]int     // of organizations with a billing account
	audits   []*auditRecord
}

func newDatabase(now time.Time, root Credential) *database {
	db := &database{
		users: map[string]*user{}, sessions: map[string]*session{}, flows: map[string]*flow{}, mails: map[string]string{},
		orgs: map[string]*org{}, projects: map[string]*project{}, groups: map[string]*group{}, resources: map[string]*resource{},
		serviceUsers: map[string]*serviceUser{}, credentials: map[string]*credential{}, serviceKeys: map[string]*serviceKey{},
		pats: map[string]*pat{}, patSecrets: map[string]*pat{},
		platform: map[object]string{}, features: map[[2]string]bool{}, credits: map[string]int{},
	}
	db.bootstrap(now)
	db.serviceUsers[RootID] = &serviceUser{
		id: RootID, org: nilID, title: "GitOps Bootstrap Superuser", metadata: freeform{}, created: now,
	}
	db.platform[object{nsServiceUser, RootID}] = "admin"
	if root == (Credential{}) {
		root = db.addCredential(RootID, "bootstrap", false)
	} else {
		db.storeCredential(root, RootID, "bootstrap", false)
	}
	db.root = root
	return db
}

// principal is who calls.
type principal struct {
	object
	via     string   // how it authenticated
	session *session // of the cookie; nil without
}
