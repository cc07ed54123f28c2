package frontiertest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"time"
)

// ServiceUser is a machine's account in an organization.
type ServiceUser struct{ ID, OrgID, Title string }

// Principal returns the service user as [Server.Grant] and [Server.Token] name it.
func (u ServiceUser) Principal() string { return nsServiceUser + ":" + u.ID }

// Credential authenticates a service user: the id of the credential itself, which
// is not that of the service user, and its secret or the value of an opaque token.
type Credential struct{ ID, Secret string }

// Basic returns the value of the Authorization header.
func (c Credential) Basic() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.ID+":"+c.Secret))
}

// Key is the key file of a service user, as the server issues it once. Its JSON has
// the names of the file.
type Key struct {
	Type        string `json:"type"` // sv_rsa
	ID          string `json:"kid"`
	PrincipalID string `json:"principal_id"`
	PrivateKey  string `json:"private_key"` // PEM of PKCS#8
}

type serviceUser struct {
	id, org, title string
	metadata       freeform
	created        time.Time
}

func (u *serviceUser) message() message {
	return message{
		"id": u.id, "title": u.title, "metadata": u.metadata, "created_at": u.created, "updated_at": u.created,
		"state": "enabled", "org_id": u.org,
	}
}

type credential struct {
	id, serviceUser, title string
	opaque                 bool // a token that is cheap to compare
	hash                   [sha256.Size]byte
}

func (c *credential) matches(secret string) bool {
	if c.opaque {
		secret = strings.ToLower(secret) // it is a number
	}
	hash := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(hash[:], c.hash[:]) == 1
}

type serviceKey struct {
	id, serviceUser, title string
	public                 *rsa.PublicKey
}

func (db *database) addServiceUser(org, title string, metadata freeform, now time.Time) *serviceUser {
	u := &serviceUser{id: newID(), org: org, title: title, metadata: metadata, created: now}
	db.serviceUsers[u.id] = u
	db.grant(object{nsServiceUser, u.id}, db.roleNamed("app_organization_viewer"), object{nsOrganization, org})
	return u
}

func (db *database) addCredential(serviceUser, title string, opaque bool) Credential {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	secret := base64.RawStdEncoding.EncodeToString(raw)
	if opaque {
		secret = hex.EncodeToString(raw)
	}
	c := Credential{newID(), secret}
	db.storeCredential(c, serviceUser, title, opaque)
	return c
}

func (db *database) storeCredential(c Credential, serviceUser, title string, opaque bool) {
	db.credentials[c.ID] = &credential{
		id: c.ID, serviceUser: serviceUser, title: title, opaque: opaque, hash: sha256.Sum256([]byte(c.Secret)),
	}
}

func (db *database) addServiceKey(serviceUser, title string) Key {
	private := newRSA()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		panic(err) // it is a key that was just made
	}
	k := &serviceKey{id: newID(), serviceUser: serviceUser, title: title, public: &private.PublicKey}
	db.serviceKeys[k.id] = k
	return Key{"sv_rsa", k.id, serviceUser, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))}
}

func (db *database) deleteServiceUser(id string) {
	delete(db.serviceUsers, id)
	for cid, c := range db.credentials {
		if c.serviceUser == id {
			delete(db.credentials, cid)
		}
	}
	for kid, k := range db.serviceKeys {
		if k.serviceUser == id {
			delete(db.serviceKeys, kid)
		}
	}
	db.forget(object{nsServiceUser, id})
}

// CreateServiceUser makes a service user, who may view the organization.
func (s *Server) CreateServiceUser(orgID, title string) ServiceUser {
	s.helper()
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if s.db.orgs[orgID] == nil {
		s.fatal("frontiertest: CreateServiceUser: there is no organization %q", orgID)
	}
	u := s.db.addServiceUser(orgID, title, freeform{}, s.now())
	return ServiceUser{u.id, u.org, u.title}
}

// CreateCredential makes a client id and secret of a service user.
func (s *Server) CreateCredential(serviceUserID string) Credential {
	s.helper()
	return s.createCredential("CreateCredential", serviceUserID, false)
}

// CreateOpaqueToken makes an opaque token of a service user. It authenticates as
// Basic, not as Bearer.
func (s *Server) CreateOpaqueToken(serviceUserID string) Credential {
	s.helper()
	return s.createCredential("CreateOpaqueToken", serviceUserID, true)
}

// SetSecret gives a credential another secret, as who writes to the database may.
func (s *Server) SetSecret(id, secret string) Credential {
	s.helper()
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	old := s.db.credentials[id]
	if old == nil {
		s.fatal("frontiertest: SetSecret: there is no credential %q", id)
	}
	s.db.storeCredential(Credential{id, secret}, old.serviceUser, old.title, old.opaque)
	return Credential{id, secret}
}

func (s *Server) createCredential(method, serviceUserID string, opaque bool) Credential {
	s.helper()
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if s.db.serviceUsers[serviceUserID] == nil {
		s.fatal("frontiertest: %s: there is no service user %q", method, serviceUserID)
	}
	return s.db.addCredential(serviceUserID, "", opaque)
}

// CreateKey makes a key with which a service user signs assertions.
func (s *Server) CreateKey(serviceUserID string) Key {
	s.helper()
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	if s.db.serviceUsers[serviceUserID] == nil {
		s.fatal("frontiertest: CreateKey: there is no service user %q", serviceUserID)
	}
	return s.db.addServiceKey(serviceUserID, "")
}

// DeleteServiceUser deletes a service user with all credentials and keys.
func (s *Server) DeleteServiceUser(id string) {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	s.db.deleteServiceUser(id)
}

// DeleteCredential deletes a credential, an opaque token or a key by its id.
func (s *Server) DeleteCredential(id string) {
	s.db.mu.Lock()
	defer s.db.mu.Unlock()
	delete(s.db.credentials, id)
	delete(s.db.serviceKeys, id)
}

// ofServiceUser is a request about a service user or something of it.
type ofServiceUser struct {
	ID       string `json:"id"`
	OrgID    string `json:"org_id"`
	Title    string `json:"title"`
	SecretID string `json:"secret_id"`
	TokenID  string `json:"token_id"`
	KeyID    string `json:"key_id"`
}

// managed reads a request about a service user that the caller may manage.
func (s *Server) managed(c *call) (in ofServiceUser, err *failure) {
	if err := c.decode(&in); err != nil {
		return in, err
	}
	if err := s.may(c, "app_organization_serviceusermanage", object{nsOrganization, in.OrgID}); err != nil {
		return in, err
	}
	if u := s.db.serviceUsers[in.ID]; u == nil || u.org != in.OrgID {
		return in, errNotFound
	}
	return in, nil
}

func (s *Server) createServiceUser(c *call) (message, *failure) {
	var in struct {
		OrgID string `json:"org_id"`
		Body  struct {
			Title    string   `json:"title"`
			Metadata freeform `json:"metadata"`
		} `json:"body"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := s.may(c, "app_organization_serviceusermanage", object{nsOrganization, in.OrgID}); err != nil {
		return nil, err
	}
	u := s.db.addServiceUser(in.OrgID, in.Body.Title, orEmpty(in.Body.Metadata), s.now())
	return message{"serviceuser": u.message()}, nil
}

func orEmpty(m freeform) freeform {
	if m == nil {
		return freeform{}
	}
	return m
}

func (s *Server) removeServiceUser(c *call) (message, *failure) {
	in, err := s.managed(c)
	if err != nil {
		return nil, err
	}
	s.db.deleteServiceUser(in.ID)
	return message{}, nil
}

func (s *Server) createServiceUserCredential(c *call) (message, *failure) {
	in, err := s.managed(c)
	if err != nil {
		return nil, err
	}
	made := s.db.addCredential(in.ID, in.Title, false)
	return message{"secret": message{"id": made.ID, "title": in.Title, "secret": made.Secret, "created_at": s.now()}}, nil
}

func (s *Server) removeServiceUserCredential(c *call) (message, *failure) {
	return s.removeCredential(c, false)
}

// removeServiceUserToken was not observed, nor removeServiceUserJWK.
func (s *Server) removeServiceUserToken(c *call) (message, *failure) {
	return s.removeCredential(c, true)
}

func (s *Server) removeCredential(c *call, opaque bool) (message, *failure) {
	in, err := s.managed(c)
	if err != nil {
		return nil, err
	}
	id := in.SecretID
	if opaque {
		id = in.TokenID
	}
	if found := s.db.credentials[id]; found == nil || found.serviceUser != in.ID || found.opaque != opaque {
		return nil, errNotFound
	}
	delete(s.db.credentials, id)
	return message{}, nil
}

func (s *Server) removeServiceUserJWK(c *call) (message, *failure) {
	in, err := s.managed(c)
	if err != nil {
		return nil, err
	}
	if found := s.db.serviceKeys[in.KeyID]; found == nil || found.serviceUser != in.ID {
		return nil, errNotFound
	}
	delete(s.db.serviceKeys, in.KeyID)
	return message{}, nil
}

func (s *Server) createServiceUserToken(c *call) (message, *failure) {
	in, err := s.managed(c)
	if err != nil {
		return nil, err
	}
	made := s.db.addCredential(in.ID, in.Title, true)
	return message{"token": message{"id": made.ID, "title": in.Title, "token": made.Secret, "created_at": s.now()}}, nil
}

// createServiceUserJWK makes a pair of keys; one in the request is ignored.
func (s *Server) createServiceUserJWK(c *call) (message, *failure) {
	in, err := s.managed(c)
	if err != nil {
		return nil, err
	}
	k := s.db.addServiceKey(in.ID, in.Title)
	return message{"key": message{
		"type": k.Type, "kid": k.ID, "principal_id": k.PrincipalID, "private_key": k.PrivateKey,
	}}, nil
}

func (s *Server) getServiceUserJWK(c *call) (message, *failure) {
	in, err := s.managed(c)
	if err != nil {
		return nil, err
	}
	k := s.db.serviceKeys[in.KeyID]
	if k == nil || k.serviceUser != in.ID {
		return nil, errNotFound
	}
	return message{"keys": []message{jwk(k.id, k.public)}}, nil
}
