package frontegg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Severity is how grave an audited action is.
type Severity string

// The severities.
const (
	SeverityInfo     Severity = "Info"
	SeverityMedium   Severity = "Medium"
	SeverityHigh     Severity = "High"
	SeverityCritical Severity = "Critical"
	SeverityError    Severity = "Error"
)

func (s Severity) known() bool {
	switch s {
	case SeverityInfo, SeverityMedium, SeverityHigh, SeverityCritical, SeverityError:
		return true
	}
	return false
}

// Audit is something that happened in a tenant. Its administrators can read it.
// TenantID and Severity are required; empty fields are left out.
type Audit struct {
	TenantID    string
	Severity    Severity
	Action      string
	Description string
	User        string // who did it
	Email       string
	Resource    string // what it was done to
	IP          string
	UserAgent   string
	Time        time.Time
	// Fields are further members of the JSON object. They may not have the names
	// of those above. They are read, and not changed.
	Fields map[string]any
}

// MarshalJSON writes the object that Frontegg receives.
func (a Audit) MarshalJSON() ([]byte, error) {
	object := make(map[string]any, len(a.Fields)+10)
	for name, text := range map[string]string{
		"tenantId": a.TenantID, "severity": string(a.Severity), "action": a.Action, "description": a.Description, "user": a.User,
		"email": a.Email, "resource": a.Resource, "ip": a.IP, "userAgent": a.UserAgent, "time": a.when(),
	} {
		if _, taken := a.Fields[name]; taken {
			return nil, fmt.Errorf("the field %q has a place of its own", name)
		}
		if text != "" {
			object[name] = text
		}
	}
	maps.Copy(object, a.Fields)
	return json.Marshal(object)
}

func (a *Audit) when() string {
	if a.Time.IsZero() {
		return ""
	}
	return a.Time.UTC().Format(time.RFC3339Nano)
}

// Audits sends and reads the audits of tenants. See [Client.Audits].
type Audits struct{ client *Client }

// Audits returns the audits of the environment.
func (c *Client) Audits() *Audits { return &Audits{c} }

// Send sends an audit and waits for the answer. It is not sent again after an
// answer of 5xx, which leaves open whether it was taken. A wrong one is refused
// before it is sent.
func (a *Audits) Send(ctx context.Context, audit Audit) error {
	if !audit.Severity.known() {
		return errors.New("frontegg: audits: the severity is none of Info, Medium, High, Critical, Error")
	}
	if audit.TenantID == "" {
		return errors.New("frontegg: audits: the tenant's id is missing")
	}
	_, err := a.client.call(ctx, request{
		method: http.MethodPost, service: AuditService, path: []string{""}, tenant: audit.TenantID, body: audit, statusOnly: true,
	})
	return err
}

// SortDirection is the order of a list.
type SortDirection string

// The directions.
const (
	Ascending  SortDirection = "ASC"
	Descending SortDirection = "DESC"
)

// AuditQuery says which audits of a tenant are asked for. TenantID is required;
// fields that are zero are left out, so that Frontegg decides, but for Offset.
type AuditQuery struct {
	TenantID string
	Filter   string // text to look for
	// Filters are values of fields, such as severity: parameters of the query.
	// They may not have the names of the other parameters.
	Filters       map[string]string
	SortBy        string
	SortDirection SortDirection
	Offset, Count int
}

// AuditPage is a part of the audits that match.
type AuditPage struct {
	Data  []AuditRecord `json:"data"`
	Total int           `json:"total"` // of those that match, on all pages
}

// AuditRecord is an audit as Frontegg keeps it. Fields that are not text, or not
// there, are empty. Raw is the whole object.
type AuditRecord struct {
	ID, TenantID, VendorID, Action, Description, Email, IP, UserAgent string

	Severity             Severity
	CreatedAt, UpdatedAt string
	Raw                  json.RawMessage
}

// UnmarshalJSON reads an object. It refuses what is none.
func (r *AuditRecord) UnmarshalJSON(data []byte) error {
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	if object == nil {
		return errors.New("an audit is null")
	}
	text := func(name string) string {
		value, _ := object[name].(string)
		return value
	}
	*r = AuditRecord{
		ID: text("frontegg_id"), TenantID: text("tenantId"), VendorID: text("vendorId"), Action: text("action"),
		Description: text("description"), Email: text("email"), IP: text("ip"), UserAgent: text("userAgent"),
		Severity: Severity(text("severity")), CreatedAt: text("createdAt"), UpdatedAt: text("updatedAt"),
		Raw: json.RawMessage(strings.Clone(string(data))),
	}
	return nil
}

// List returns the audits that the query asks for.
func (a *Audits) List(ctx context.Context, q AuditQuery) (AuditPage, error) {
	var page struct {
		Data  *[]AuditRecord `json:"data"`
		Total *int           `json:"total"`
	}
	query, err := q.values()
	if err != nil {
		return AuditPage{}, err
	}
	if err := a.client.callJSON(ctx, &page, request{
		method: http.MethodGet, service: AuditService, path: []string{""}, query: query, tenant: q.TenantID,
	}); err != nil {
		return AuditPage{}, err
	}
	if page.Data == nil || page.Total == nil || *page.Total < 0 {
		return AuditPage{}, malformed(AuditService)
	}
	return AuditPage{*page.Data, *page.Total}, nil
}

func (q *AuditQuery) values() (url.Values, error) {
	switch {
	case q.TenantID == "":
		return nil, errors.New("frontegg: audits: the tenant's id is missing")
	case q.Offset < 0 || q.Count < 0:
		return nil, errors.New("frontegg: audits: offset or count is negative")
	case q.SortDirection != "" && q.SortDirection != Ascending && q.SortDirection != Descending:
		return nil, errors.New("frontegg: audits: the direction is neither ASC nor DESC")
	}
	query := url.Values{"tenantId": {q.TenantID}, "offset": {strconv.Itoa(q.Offset)}}
	for name, value := range map[string]string{"filter": q.Filter, "sortBy": q.SortBy, "sortDirection": string(q.SortDirection)} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if q.Count > 0 {
		query.Set("count", strconv.Itoa(q.Count))
	}
	return query, addFilters(query, q.Filters)
}

// addFilters adds filters, none of which may be another parameter: one named
// tenantId would ask for another tenant's.
func addFilters(query url.Values, filters map[string]string) error {
	for name, value := range filters {
		switch name {
		case "", "tenantId", "filter", "sortBy", "sortDirection", "offset", "count":
			return fmt.Errorf("frontegg: audits: %q is no name of a filter", name)
		}
		query.Set(name, value)
	}
	return nil
}

// AuditStats are numbers of a tenant's audits. Raw is the whole object.
type AuditStats struct {
	SevereThisWeek int             `json:"severeThisWeek"`
	TotalToday     int             `json:"totalToday"`
	Raw            json.RawMessage `json:"-"`
}

// Stats returns numbers of a tenant's audits, of those that match the filters,
// which are parameters of the query as those of [AuditQuery] are.
func (a *Audits) Stats(ctx context.Context, tenantID string, filters map[string]string) (AuditStats, error) {
	var stats AuditStats
	if tenantID == "" {
		return stats, errors.New("frontegg: audits: the tenant's id is missing")
	}
	query := url.Values{}
	if err := addFilters(query, filters); err != nil {
		return stats, err
	}
	data, err := a.client.call(ctx, request{
		method: http.MethodGet, service: AuditService, path: []string{"stats"}, query: query, tenant: tenantID,
	})
	if err != nil {
		return stats, err
	}
	if json.Unmarshal(data, &stats) != nil || !isObject(data) {
		return AuditStats{}, malformed(AuditService)
	}
	stats.Raw = data
	return stats, nil
}

// Metadata returns the metadata of audits: which columns there are. It is the
// environment's, and the JSON that Frontegg answers.
func (a *Audits) Metadata(ctx context.Context) (json.RawMessage, error) {
	return a.client.Metadata().Get(ctx, auditEntity)
}

// SetMetadata replaces the metadata of audits.
func (a *Audits) SetMetadata(ctx context.Context, metadata map[string]any) error {
	return a.client.Metadata().Set(ctx, auditEntity, metadata)
}

const auditEntity = "audits"

// Dropped is the number of audit events of rules that were not sent: because too
// many waited, because Frontegg refused one or could not be reached for ten minutes,
// or because the client was closed.
func (a *Audits) Dropped() uint64 { return a.client.queue.Dropped() }
