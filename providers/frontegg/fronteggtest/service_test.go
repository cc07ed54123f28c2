package fronteggtest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/authgen/authgen/authtest"
	ft "github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// entity is what a lookup answers.
type entity struct {
	ID, TenantID, UserID, Expires string
	Roles, Permissions            []string
}

func TestAccessTokens(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	fake := ft.New(t, ft.WithClock(clock), ft.WithExpiresIn(1_000_000))
	c := newClient(t, fake)
	vendor := c.vendorToken()
	path := func(kind, id string) string {
		return "/identity/resources/vendor-only/" + kind + "/access-tokens/v1/" + id
	}
	get := func(kind, id string) answer { return c.want(200, "GET", path(kind, id), "", "x-access-token", vendor) }
	active := func(kind string) []string { return read[[]string](t, get(kind, "active")) }

	user := fake.IssueAccessToken(ft.UserAccess("u1"), ft.AccessToken{UserID: "ada", TenantID: "t1", Roles: []string{"r"}})
	claims := verify(t, fake, user)
	if claims["userId"] != "ada" || claims["tenantId"] != "t1" || claims["sub"] != "u1" || claims["roles"] != nil {
		t.Errorf("%v", claims)
	}
	expires := clock.Now().Add(time.Hour)
	fake.AddAccessToken(ft.TenantAccess("t1"), ft.AccessToken{Permissions: []string{"p"}, Expires: expires})
	fake.AddAccessToken(ft.TenantAccess("t2"), ft.AccessToken{Inactive: true})
	fake.AddAccessToken(ft.TenantAccess("a/b?"), ft.AccessToken{})
	fake.AddAccessToken(ft.TenantAccess("confused"), ft.AccessToken{ID: "other", TenantID: "other"})

	if got := read[entity](t, get("users", "u1")); got.ID != "u1" || got.UserID != "ada" || got.TenantID != "t1" || !slices.Equal(got.Roles, []string{"r"}) || got.Expires != "" {
		t.Errorf("%+v", got)
	}
	if got := get("users", "u1").body; got != `{"id":"u1","permissions":[],"roles":["r"],"tenantId":"t1","userId":"ada"}` {
		t.Errorf("%s", got)
	}
	if got := read[entity](t, get("tenants", "t1")); got.TenantID != ft.DefaultTenant || got.UserID != "" || got.Expires != "2030-01-01T01:00:00.000Z" {
		t.Errorf("%+v", got)
	}
	if got := read[entity](t, get("tenants", url.PathEscape("a/b?"))); got.ID != "a/b?" {
		t.Errorf("%+v", got)
	}
	if got := read[entity](t, get("tenants", "confused")); got.ID != "other" || got.TenantID != "other" {
		t.Errorf("%+v", got)
	}
	c.want(404, "GET", path("tenants", "u1"), "", "x-access-token", vendor) // each kind has its own
	if users, tenants := active("users"), active("tenants"); !slices.Equal(users, []string{"u1"}) || !slices.Equal(tenants, []string{"a/b?", "confused", "t1"}) {
		t.Errorf("%v, %v", users, tenants)
	}

	clock.Advance(time.Hour)
	if tenants := active("tenants"); slices.Contains(tenants, "t1") {
		t.Errorf("%v", tenants)
	}
	get("tenants", "t1") // is still found

	fake.DeleteAccessToken(ft.UserAccess("u1"))
	c.want(404, "GET", path("users", "u1"), "", "x-access-token", vendor)
	if got := get("users", "active").body; got != "[]" {
		t.Errorf("%s", got)
	}

	fake.DisableAccessTokens(true)
	for _, kind := range []string{"users", "tenants"} {
		for _, id := range []string{"active", "t1"} {
			if got := firstError(t, c.want(403, "GET", path(kind, id), "", "x-access-token", vendor)); got != "Api tokens are disabled" {
				t.Errorf("%q", got)
			}
		}
	}
	fake.DisableAccessTokens(false)
	get("tenants", "t1")
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	c := newClient(t, fake)
	vendor := c.vendorToken()
	type snapshot struct {
		Data           json.RawMessage
		SnapshotOffset int64
	}
	get := func() snapshot {
		offset := read[snapshot](t, c.want(200, "GET", "/entitlements/api/v1/vendor-entitlements-snapshot-offset", "", "x-access-token", vendor))
		all := read[snapshot](t, c.want(200, "GET", "/entitlements/api/v1/vendor-entitlements", "", "x-access-token", vendor))
		if offset.SnapshotOffset != all.SnapshotOffset || offset.SnapshotOffset != fake.Offset() || offset.Data != nil {
			t.Errorf("offsets %d and %d", offset.SnapshotOffset, all.SnapshotOffset)
		}
		return all
	}
	want := func(offset int64, data string) {
		t.Helper()
		if got := get(); got.SnapshotOffset != offset || string(got.Data) != data {
			t.Errorf("%d %s,\nwant %d %s", got.SnapshotOffset, got.Data, offset, data)
		}
	}
	want(1, `{"entitlements":[],"featureBundles":[],"featureFlags":[],"features":[]}`)
	rules := []ft.Rule{
		{Description: "d", Treatment: true, Conditions: []ft.Condition{{Attribute: "a", Op: "is", Value: map[string]any{"boolean": true}}}},
		{Logic: "or", Conditions: []ft.Condition{{Attribute: "frontegg.email", Type: "frontegg", Negate: true, Op: "matches", Value: nil}}},
		{},
	}
	fake.SetEntitlements(ft.Entitlements{
		Features: []ft.Feature{{ID: "f1", Key: "sso", Permissions: []string{"p"}}, {ID: "f2", Key: "scim"}},
		Bundles:  []ft.Bundle{{ID: "b1", Features: []string{"f1"}, Default: true, Rules: rules}, {ID: "b2"}},
		Granted: []ft.Entitlement{
			{Bundle: "b1", Tenant: "t1"},
			{Bundle: "b1", Tenant: "t1", User: "u1", Expires: time.Date(2030, 1, 2, 3, 4, 5, 6e6, time.UTC)},
		},
		Flags: []ft.Flag{{Feature: "sso", On: true, Default: true}},
	})
	want(2, `{"entitlements":[["b1","t1",null,null],["b1","t1","u1","2030-01-02T03:04:05.006Z"]],`+
		`"featureBundles":[["b1",["f1"],"true",[`+
		`{"conditionLogic":"and","conditions":[{"attribute":"a","attributeType":"custom","negate":false,"op":"is","value":{"boolean":true}}],"description":"d","treatment":"true"},`+
		`{"conditionLogic":"or","conditions":[{"attribute":"frontegg.email","attributeType":"frontegg","negate":true,"op":"matches","value":null}],"description":"","treatment":"false"},`+
		`{"conditionLogic":"and","conditions":[],"description":"","treatment":"false"}]],["b2",[],"false",[]]],`+
		`"featureFlags":[["sso",true,"boolean","true","false",[]]],"features":[["f1","sso",["p"]],["f2","scim",null]]}`)
	fake.SetSnapshot(json.RawMessage(`{"features":"wrong"}`))
	want(3, `{"features":"wrong"}`)
}

func TestAudits(t *testing.T) {
	t.Parallel()
	clock := new(authtest.Clock)
	fake := ft.New(t, ft.WithClock(clock), ft.WithExpiresIn(10_000_000))
	c := newClient(t, fake)
	vendor := c.vendorToken()
	header := []string{"x-access-token", vendor, "frontegg-tenant-id", "t1"}
	post := func(status int, body string) answer { return c.want(status, "POST", "/audits", body, header...) }
	for body, status := range map[string]int{
		`{"tenantId":"t2","severity":"Info"}`:  400,
		`{"severity":"Info"}`:                  400,
		`{"tenantId":"t1"}`:                    400,
		`{"tenantId":"t1","severity":"info"}`:  400,
		`{"tenantId":"t1","severity":"Fatal"}`: 400,
		`[]`:                                   400,
		`null`:                                 400,
		``:                                     400,
	} {
		post(status, body)
	}
	if fake.Audits("t1") != nil {
		t.Error("a refused audit is kept")
	}
	for i, severity := range []string{"Info", "Medium", "High", "Critical", "Error"} {
		post(201, fmt.Sprintf(`{"tenantId":"t1","severity":%q,"action":"a%d","n":%d,"frontegg_id":"mine"}`, severity, i, i))
		clock.Advance(24 * time.Hour)
	}
	kept := fake.Audits("t1")
	if len(kept) != 5 || kept[2]["createdAt"] != "2030-01-03T00:00:00.000Z" || kept[2]["vendorId"] != fake.ClientID() ||
		kept[2]["frontegg_id"] == "mine" || kept[2]["action"] != "a2" {
		t.Errorf("%v", kept)
	}
	type page struct {
		Data  []struct{ Action string }
		Total int
	}
	for query, want := range map[string]page{
		"":                      {Total: 5, Data: []struct{ Action string }{{"a4"}, {"a3"}, {"a2"}, {"a1"}, {"a0"}}},
		"sortDirection=ASC":     {Total: 5, Data: []struct{ Action string }{{"a0"}, {"a1"}, {"a2"}, {"a3"}, {"a4"}}},
		"offset=1&count=2":      {Total: 5, Data: []struct{ Action string }{{"a3"}, {"a2"}}},
		"offset=4&count=2":      {Total: 5, Data: []struct{ Action string }{{"a0"}}},
		"offset=9":              {Total: 5},
		"filter=CRIT":           {Total: 1, Data: []struct{ Action string }{{"a3"}}},
		"action=a1":             {Total: 1, Data: []struct{ Action string }{{"a1"}}},
		"n=2&tenantId=t1":       {Total: 1, Data: []struct{ Action string }{{"a2"}}},
		"unknown=x":             {},
		"sortBy=severity&n=0":   {Total: 1, Data: []struct{ Action string }{{"a0"}}},
		"sortBy=action&count=1": {Total: 5, Data: []struct{ Action string }{{"a4"}}},
	} {
		got := read[page](t, c.want(200, "GET", "/audits?"+query, "", header...))
		if got.Total != want.Total || !slices.Equal(got.Data, want.Data) {
			t.Errorf("%s: %+v", query, got)
		}
	}
	for _, query := range []string{"offset=-1", "count=x", "sortDirection=up", "tenantId=t2"} {
		c.want(400, "GET", "/audits?"+query, "", header...)
	}
	// It is the sixth of January: the audits are of the first to the fifth.
	post(201, `{"tenantId":"t1","severity":"Info"}`)
	if got := c.want(200, "GET", "/audits/stats", "", header...).body; got != `{"severeThisWeek":2,"totalToday":1}` {
		t.Errorf("%s", got)
	}
	clock.Advance(5 * 24 * time.Hour)
	if got := c.want(200, "GET", "/audits/stats", "", header...).body; got != `{"severeThisWeek":1,"totalToday":0}` {
		t.Errorf("%s", got)
	}
	if got := c.want(200, "GET", "/audits", "", "x-access-token", vendor, "frontegg-tenant-id", "t2").body; got != `{"data":[],"total":0}` {
		t.Errorf("another tenant sees %s", got)
	}

	metadata := func() string { return c.want(200, "GET", "/metadata?entityName=audits", "", header...).body }
	if got := metadata(); got != `{"entityName":"audits"}` {
		t.Errorf("%s", got)
	}
	c.want(200, "POST", "/metadata", `{"entityName":"audits","a":1}`, header...)
	if got := metadata(); got != `{"entityName":"audits","a":1}` {
		t.Errorf("%s", got)
	}
	c.want(400, "POST", "/metadata", `{"entityName":"other"}`, header...)
	c.want(404, "GET", "/metadata?entityName=other", "", header...)
}

func TestEvents(t *testing.T) {
	t.Parallel()
	fake := ft.New(t)
	c := newClient(t, fake)
	header := []string{"x-access-token", c.vendorToken(), "frontegg-tenant-id", "t1"}
	const path = "/event/resources/triggers/v3"
	for _, body := range []string{"", "{}", `{"eventKey":"k"}`, `{"eventKey":"k","data":{"title":"t"}}`,
		`{"eventKey":"k","data":{"description":"d"}}`, `{"data":{"title":"t","description":"d"}}`} {
		c.want(400, "POST", path, body, header...)
	}
	sent := c.want(200, "POST", path, `{"eventKey":"k","data":{"title":"t","description":"d"},"channelConfiguration":{"email":{}}}`, header...)
	id := read[struct{ EventID string }](t, sent).EventID
	want := func(channels string) {
		t.Helper()
		if got := c.want(200, "GET", path+"/"+id+"/statuses", "", header...).body; got != `{"eventKey":"k","eventId":"`+id+`","channels":`+channels+`}` {
			t.Errorf("%s", got)
		}
	}
	want(`{"email":{"status":"PENDING","errorMetadata":null}}`)
	fake.SetEventStatus(id, "email", ft.ChannelStatus{Status: "FAILED", ErrorMetadata: map[string]any{"code": 1}})
	want(`{"email":{"status":"FAILED","errorMetadata":{"code":1}}}`)
	c.want(404, "GET", path+"/other/statuses", "", header...)
}
