package fronteggtest

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxAudits is how many audits are kept; older ones are dropped.
const maxAudits = 10_000

// severities are those that an audit may have.
var severities = []string{"Info", "Medium", "High", "Critical", "Error"}

// Audits returns what was sent for a tenant, oldest first, with the fields that
// the service adds: frontegg_id, vendorId, createdAt, updatedAt. The caller may
// only read it.
func (f *Fake) Audits(tenant string) (all []map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, audit := range f.audits {
		if audit["tenantId"] == tenant {
			all = append(all, audit)
		}
	}
	return all
}

// sendAudit stores an audit whose tenantId is that of the header, and whose
// severity exists. What is answered otherwise was not observed.
func (f *Fake) sendAudit(c *call) reply {
	var audit map[string]any
	if err := c.decode(&audit); err != nil || audit == nil {
		return refuse(http.StatusBadRequest, "an audit is a JSON object")
	}
	severity, _ := audit["severity"].(string)
	switch {
	case audit["tenantId"] != c.Header.Get(tenantHeader):
		return refuse(http.StatusBadRequest, "tenantId is not the tenant of the header")
	case !slices.Contains(severities, severity):
		return refuse(http.StatusBadRequest, "severity must be one of "+strings.Join(severities, ", "))
	}
	now := timestamp(f.now())
	audit["frontegg_id"], audit["vendorId"] = rand.Text(), f.clientID
	audit["createdAt"], audit["updatedAt"] = now, now
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.audits) == maxAudits {
		f.audits = append(f.audits[:0], f.audits[maxAudits/2:]...)
	}
	f.audits = append(f.audits, audit)
	return respond(http.StatusCreated, audit)
}

// getAudits answers {"data", "total"}: those of the tenant that contain the
// filter in some field and have the fields of all other parameters, sorted by
// sortBy (createdAt unless given, the newest first), count of them from offset
// on. total counts those of all pages. How Frontegg filters was not observed.
func (f *Fake) getAudits(c *call) reply {
	query := c.URL.Query()
	offset, err1 := number(query, "offset", 0)
	count, err2 := number(query, "count", 10)
	if err := cmp.Or(err1, err2); err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	direction := strings.ToUpper(either(query.Get("sortDirection"), "DESC"))
	if direction != "ASC" && direction != "DESC" {
		return refuse(http.StatusBadRequest, "sortDirection must be ASC or DESC")
	}
	tenant := c.Header.Get(tenantHeader)
	if named := query.Get("tenantId"); named != "" && named != tenant {
		return refuse(http.StatusBadRequest, "tenantId is not the tenant of the header")
	}
	found := slices.DeleteFunc(f.Audits(tenant), func(audit map[string]any) bool { return !matches(audit, query) })
	if found == nil {
		found = []map[string]any{}
	}
	sortBy := either(query.Get("sortBy"), "createdAt")
	slices.SortStableFunc(found, func(a, b map[string]any) int { return strings.Compare(field(a, sortBy), field(b, sortBy)) })
	if direction == "DESC" {
		slices.Reverse(found)
	}
	total := len(found)
	start := min(offset, total)
	return respond(http.StatusOK, map[string]any{"data": found[start : min(count, total-start)+start], "total": total})
}

// paging are the parameters that are not names of fields.
var paging = []string{"tenantId", "filter", "sortBy", "sortDirection", "offset", "count"}

func matches(audit map[string]any, query url.Values) bool {
	for name := range query {
		if !slices.Contains(paging, name) && field(audit, name) != query.Get(name) {
			return false
		}
	}
	text := strings.ToLower(query.Get("filter"))
	return text == "" || slices.ContainsFunc(slices.Collect(maps.Keys(audit)), func(name string) bool {
		return strings.Contains(strings.ToLower(field(audit, name)), text)
	})
}

// field returns a field as text; one that is not there is the empty text.
func field(audit map[string]any, name string) string {
	value, ok := audit[name]
	if !ok {
		return ""
	}
	return fmt.Sprint(value)
}

func number(query url.Values, name string, otherwise int) (int, error) {
	text := query.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s must be a number, 0 or more", name)
	}
	return n, nil
}

// auditsStats answers how many audits the tenant has today (UTC), and how many of
// severity High or Critical of the last seven days. Which severities count as
// severe was not observed.
func (f *Fake) auditsStats(c *call) reply {
	now := f.now()
	today := timestamp(now.UTC().Truncate(24 * time.Hour))
	week := timestamp(now.AddDate(0, 0, -7))
	severe, total := 0, 0
	for _, audit := range f.Audits(c.Header.Get(tenantHeader)) {
		created, severity := field(audit, "createdAt"), field(audit, "severity")
		if created >= today {
			total++
		}
		if created >= week && (severity == "High" || severity == "Critical") {
			severe++
		}
	}
	return respond(http.StatusOK, map[string]int{"severeThisWeek": severe, "totalToday": total})
}

// SetAuditsMetadata sets the metadata of audits, a JSON object.
func (f *Fake) SetAuditsMetadata(metadata json.RawMessage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.metadata = metadata
}

func (f *Fake) getMetadata(c *call) reply {
	if c.URL.Query().Get("entityName") != "audits" {
		return refuse(http.StatusNotFound)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return respond(http.StatusOK, f.metadata)
}

// setMetadata takes metadata of audits, and answers with it.
func (f *Fake) setMetadata(c *call) reply {
	var metadata struct{ EntityName string }
	if err := c.decode(&metadata); err != nil || metadata.EntityName != "audits" {
		return refuse(http.StatusBadRequest, "entityName must be audits")
	}
	f.SetAuditsMetadata(c.body)
	return respond(http.StatusOK, json.RawMessage(c.body))
}
