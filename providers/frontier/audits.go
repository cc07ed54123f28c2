package frontier

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/authgen/authgen/internal/provider"
)

const (
	rpcFederatedCheck = "CheckFederatedResourcePermission"
	rpcAuditRecord    = "CreateAuditRecord"

	nilUUID          = "00000000-0000-0000-0000-000000000000"
	shortestEvent    = 3
	actorUser        = "app/user"
	actorService     = "app/serviceuser"
	actorPAT         = "app/pat"
	actorSystem      = "system"
	typeOrganization = "app/organization"
)

// ErrNoAudits is the error of audit records where the server is spoken to by REST
// ([RESTAPI]): its gateway has no CreateAuditRecord. Servers from v0.74.0 to v0.90.0 have
// it on their port for Connect.
var ErrNoAudits = errors.New("frontier: the server takes no audit records by REST (CreateAuditRecord; from v0.74.0 on there is a port for Connect)")

// Audits writes audit records, made as this program, which must be a superuser or a
// member of the platform: see [Audits.Ready]. It is safe for any number of goroutines.
type Audits struct{ client *Client }

// Audits returns the audit records of the server.
func (c *Client) Audits() *Audits { return &Audits{c} }

// AuditEntity is who acted, or what was acted on.
type AuditEntity struct {
	ID       string         `json:"id"`
	Type     string         `json:"type"`
	Name     string         `json:"name,omitempty"`
	Title    string         `json:"title,omitempty"`
	Metadata map[string]any `json:"metadata,omitempty"`
}

// AuditRecord is one thing that happened.
type AuditRecord struct {
	// Actor is of the type app/user with the id of a session (the claim sid, not the
	// user's id), app/serviceuser or app/pat with its id (the latter older servers do
	// not take), or system with the nil uuid.
	Actor      AuditEntity    `json:"actor"`
	Event      string         `json:"event"` // at least three characters
	Resource   AuditEntity    `json:"resource"`
	Target     AuditEntity    `json:"target,omitzero"`
	OccurredAt time.Time      `json:"occurred_at,omitzero"` // now, if zero
	OrgID      string         `json:"org_id,omitempty"`     // the nil uuid, for no organization, if empty
	RequestID  string         `json:"request_id,omitempty"`
	Metadata   map[string]any `json:"metadata,omitempty"`
	// IdempotencyKey is a uuid. With the same key the same record is written once,
	// however often it is sent, and another one is an error of code already_exists.
	IdempotencyKey string `json:"idempotency_key"`
}

// NewIdempotencyKey returns a random uuid.
func NewIdempotencyKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Create writes a record. The error matches [ErrPermissionDenied] where this program
// may not, and [ErrNotFound] where the server does not know the actor.
func (a *Audits) Create(ctx context.Context, r AuditRecord) error {
	switch {
	case a == nil || a.client == nil || a.client.settings == nil:
		return errNotConnected
	case len(r.Event) < shortestEvent:
		return errors.New("frontier: CreateAuditRecord: the event has fewer than three characters")
	case !isUUID(r.IdempotencyKey):
		return errors.New("frontier: CreateAuditRecord: the idempotency key is no uuid")
	}
	if r.OrgID == "" {
		r.OrgID = nilUUID // the server takes no empty one
	}
	if r.OccurredAt.IsZero() {
		r.OccurredAt = a.client.now().UTC() // the server would note 1970
	}
	return a.client.callAsSelf(ctx, mainService, rpcAuditRecord, r, nil)
}

// Ready returns nil where this program may write audit records. Guards ask it for the
// first rule with an audit directive, see [Audits.Sink]. It writes nothing: it asks for
// something else that needs the same, the permission "check" of the platform, which is
// a question about nobody (CheckFederatedResourcePermission). The error matches
// [ErrPermissionDenied] where the program may not, and [ErrNoAudits] where the server
// has no audit records.
func (a *Audits) Ready(ctx context.Context) error {
	if a == nil || a.client == nil || a.client.settings == nil {
		return errNotConnected
	}
	api, err := a.client.speaks(ctx)
	switch {
	case err != nil:
		return err
	case api == RESTAPI:
		return ErrNoAudits
	}
	in := map[string]string{"subject": actorUser + ":" + nilUUID, "resource": typeOrganization + ":" + nilUUID, "permission": "get"}
	err = a.client.callAsSelf(ctx, adminAPI, rpcFederatedCheck, in, nil)
	if errors.Is(err, ErrPermissionDenied) {
		return fmt.Errorf("frontier: this program may not write audit records: it must be a superuser or a member of the platform (AddPlatformUser): %w", err)
	}
	return err
}

// Dropped is how many audit events of rules were dropped.
func (a *Audits) Dropped() uint64 { return a.client.queue.Dropped() }

// deliver sends the record of an event. Somebody whom the server knows no more acted all
// the same, as did a personal access token that it does not take for an actor: the record
// has them in its metadata, and gets another actor.
func (a *Audits) deliver(ctx context.Context, r *AuditRecord) error {
	err := a.Create(ctx, *r)
	var told *Error
	if r.Actor.Type == actorSystem || !errors.As(err, &told) || told.RPC != rpcAuditRecord {
		return err
	}
	otherwise := *r // with the same key: nothing was written
	otherwise.Actor = AuditEntity{ID: nilUUID, Type: actorSystem}
	switch {
	case told.Is(ErrNotFound), told.Code == "invalid_argument" && r.Actor.Type == actorPAT:
		*r = otherwise
		return a.Create(ctx, otherwise)
	case told.Code == "internal" && r.Actor.Type == actorService:
		// It is the answer about a service user that was deleted, whose records would
		// be tried for minutes and keep others waiting. If it is trouble of the
		// server's own, this fails too, and the next try has the actor again.
		if a.Create(ctx, otherwise) == nil {
			return nil
		}
	}
	return err
}

func (c *Client) newAuditQueue() *provider.Queue[*AuditRecord] {
	return provider.NewQueue(provider.QueueConfig[*AuditRecord]{
		Name: "frontier", What: "audit events", Send: c.Audits().deliver, Again: worthAnother,
		Most: c.options.audits.queue, Now: c.now, Logger: c.logger, Work: c.work,
	})
}

// worthAnother reports whether a record may be sent after this error.
func worthAnother(err error) (again bool, least time.Duration) {
	var told *Error
	if errors.As(err, &told) {
		return told.Is(ErrUnavailable) || told.Is(ErrUnauthenticated), told.RetryAfter
	}
	return errors.Is(err, ErrUnavailable), 0
}
