package frontegg_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/authgen/authgen/providers/frontegg"
)

var anAudit = frontegg.Audit{TenantID: "t1", Severity: frontegg.SeverityInfo, Action: "Upload"}

// object reads JSON that was sent.
func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return all
}

func TestSendAudit(t *testing.T) {
	t.Parallel()
	g := newGateway(t, writes(201, ""))
	fields := map[string]any{"shift": 7.0, "nested": map[string]any{"a": true}}
	before := maps.Clone(fields)
	err := g.connect(t).Audits().Send(t.Context(), frontegg.Audit{
		TenantID: "t1", Severity: frontegg.SeverityHigh, Action: "Upload", Description: "a file", User: "u1", Email: "u@example.com",
		Resource: "files/1", IP: "192.0.2.1", UserAgent: "curl", Time: time.Date(2030, 1, 2, 3, 4, 5, 6e6, time.FixedZone("", 3600)), Fields: fields,
	})
	if err != nil {
		t.Fatal(err)
	}
	got := g.one(t)
	want := map[string]any{
		"tenantId": "t1", "severity": "High", "action": "Upload", "description": "a file", "user": "u1", "email": "u@example.com",
		"resource": "files/1", "ip": "192.0.2.1", "userAgent": "curl", "time": "2030-01-02T02:04:05.006Z",
		"shift": 7.0, "nested": map[string]any{"a": true},
	}
	if got.method != "POST" || got.uri != "/audits/" || got.header.Get("frontegg-tenant-id") != "t1" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("sent %+v", got)
	}
	if sent := object(t, got.body); !reflect.DeepEqual(sent, want) {
		t.Errorf("sent %v\nwant %v", sent, want)
	}
	if !reflect.DeepEqual(fields, before) {
		t.Error("the caller's fields were changed")
	}
	if err := g.connect(t).Audits().Send(t.Context(), anAudit); err != nil {
		t.Fatal(err)
	}
	if sent := object(t, g.seen()[1].body); len(sent) != 3 {
		t.Errorf("sent what is empty: %v", sent)
	}
}

func TestSendAuditWrong(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	c := g.connect(t)
	for name, a := range map[string]frontegg.Audit{
		"no tenant":             {Severity: frontegg.SeverityInfo},
		"no severity":           {TenantID: "t1"},
		"unknown severity":      {TenantID: "t1", Severity: "high"},
		"another tenant inside": {TenantID: "t1", Severity: frontegg.SeverityInfo, Fields: map[string]any{"tenantId": "t2"}},
		"not JSON":              {TenantID: "t1", Severity: frontegg.SeverityInfo, Fields: map[string]any{"f": func() {}}},
		"a header in tenant":    {TenantID: "t1\r\nx: y", Severity: frontegg.SeverityInfo},
	} {
		if err := c.Audits().Send(t.Context(), a); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if len(g.seen()) != 0 {
		t.Errorf("sent %+v", g.seen())
	}
}

func TestListAudits(t *testing.T) {
	t.Parallel()
	g := newGateway(t, writes(200, `{"total":7,"data":[{"frontegg_id":"a1","tenantId":"t1","vendorId":"v","severity":"Medium","ip":null,"email":"e","action":"Act","description":"d","userAgent":"ua","createdAt":"2030","updatedAt":"2031","x":{"y":1}}]}`))
	filters := map[string]string{"severity": "Medium", "ip": "a&b"}
	page, err := g.connect(t).Audits().List(t.Context(), frontegg.AuditQuery{
		TenantID: "t1", Filter: "a text", Filters: filters, SortBy: "createdAt", SortDirection: frontegg.Descending, Offset: 20, Count: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(g.one(t).uri)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"tenantId": {"t1"}, "filter": {"a text"}, "severity": {"Medium"}, "ip": {"a&b"}, "sortBy": {"createdAt"},
		"sortDirection": {"DESC"}, "offset": {"20"}, "count": {"10"},
	}
	if u.Path != "/audits/" || !reflect.DeepEqual(u.Query(), want) || g.one(t).header.Get("frontegg-tenant-id") != "t1" {
		t.Errorf("asked %+v", g.one(t))
	}
	if page.Total != 7 || len(page.Data) != 1 {
		t.Fatalf("page %+v", page)
	}
	r := page.Data[0]
	if object(t, string(r.Raw))["x"] == nil {
		t.Errorf("raw %s", r.Raw)
	}
	r.Raw = nil
	if wantRecord := (frontegg.AuditRecord{
		ID: "a1", TenantID: "t1", VendorID: "v", Action: "Act", Description: "d", Email: "e", UserAgent: "ua",
		Severity: frontegg.SeverityMedium, CreatedAt: "2030", UpdatedAt: "2031",
	}); !reflect.DeepEqual(r, wantRecord) {
		t.Errorf("record %+v", r)
	}
}

func TestListAuditsWrong(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	c := g.connect(t).Audits()
	for name, q := range map[string]frontegg.AuditQuery{
		"no tenant":         {},
		"negative offset":   {TenantID: "t1", Offset: -1},
		"negative count":    {TenantID: "t1", Count: -1},
		"sideways":          {TenantID: "t1", SortDirection: "asc | desc"},
		"tenant by filter":  {TenantID: "t1", Filters: map[string]string{"tenantId": "t2"}},
		"nameless filter":   {TenantID: "t1", Filters: map[string]string{"": "x"}},
		"offset by filters": {TenantID: "t1", Filters: map[string]string{"offset": "1"}},
	} {
		if _, err := c.List(t.Context(), q); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := c.Stats(t.Context(), "", nil); err == nil {
		t.Error("stats without a tenant")
	}
	if _, err := c.Stats(t.Context(), "t1", map[string]string{"tenantId": "t2"}); err == nil {
		t.Error("stats of another tenant")
	}
	if len(g.seen()) != 0 {
		t.Errorf("asked %+v", g.seen())
	}
	for _, body := range []string{``, `{}`, `[]`, `null`, `{"data":[]}`, `{"total":1}`, `{"data":null,"total":1}`, `{"data":[1],"total":1}`, `{"data":[null],"total":1}`, `{"data":[],"total":-1}`, `{"data":[],"total":"1"}`, `{"data":{},"total":1}`, `{"data":[],"total":1}x`} {
		g := newGateway(t, writes(200, body))
		if _, err := g.connect(t).Audits().List(t.Context(), frontegg.AuditQuery{TenantID: "t1"}); !errors.Is(err, frontegg.ErrUnavailable) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestAuditStats(t *testing.T) {
	t.Parallel()
	g := newGateway(t, writes(200, `{"severeThisWeek":3,"totalToday":41,"more":true}`))
	stats, err := g.connect(t).Audits().Stats(t.Context(), "t1", map[string]string{"severity": "High"})
	if err != nil {
		t.Fatal(err)
	}
	if stats.SevereThisWeek != 3 || stats.TotalToday != 41 || object(t, string(stats.Raw))["more"] != true {
		t.Errorf("stats %+v", stats)
	}
	if got := g.one(t); got.uri != "/audits/stats?severity=High" || got.header.Get("frontegg-tenant-id") != "t1" {
		t.Errorf("asked %+v", got)
	}
	for _, body := range []string{`null`, `[]`, `1`, `x`, ``, `{"totalToday":"1"}`} {
		g := newGateway(t, writes(200, body))
		if _, err := g.connect(t).Audits().Stats(t.Context(), "t1", nil); !errors.Is(err, frontegg.ErrUnavailable) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	g := newGateway(t, writes(200, `{"rows":[1]}`))
	c := g.connect(t)
	got, err := c.Audits().Metadata(t.Context())
	if err != nil || string(got) != `{"rows":[1]}` {
		t.Errorf("%s, %v", got, err)
	}
	mine := map[string]any{"theme": "dark"}
	for _, m := range []map[string]any{mine, {"entityName": "audits"}, nil} {
		if err := c.Audits().SetMetadata(t.Context(), m); err != nil {
			t.Error(err)
		}
	}
	if len(mine) != 1 {
		t.Error("the caller's object was changed")
	}
	for _, wrong := range []error{
		c.Audits().SetMetadata(t.Context(), map[string]any{"entityName": "other"}), c.Metadata().Set(t.Context(), "", nil),
		func() error { _, err := c.Metadata().Get(t.Context(), ""); return err }(),
	} {
		if wrong == nil {
			t.Error("a wrong name is none")
		}
	}
	all := g.seen()
	if len(all) != 4 || all[0].uri != "/metadata/?entityName=audits" || all[0].header.Get("frontegg-tenant-id") != "" || all[1].uri != "/metadata/" || all[1].method != http.MethodPost {
		t.Fatalf("asked %+v", all)
	}
	if sent := object(t, all[1].body); !reflect.DeepEqual(sent, map[string]any{"theme": "dark", "entityName": "audits"}) {
		t.Errorf("sent %v", sent)
	}
	g = newGateway(t, writes(200, `<html>`))
	if _, err := g.connect(t).Audits().Metadata(t.Context()); !errors.Is(err, frontegg.ErrUnavailable) {
		t.Errorf("error %v", err)
	}
}
