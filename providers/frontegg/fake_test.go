package frontegg_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/authgen/authgen/providers/frontegg"
	"github.com/authgen/authgen/providers/frontegg/fronteggtest"
)

// TestFake holds that the client speaks with a Frontegg that was made from its
// observed behaviour, and not for this client.
func TestFake(t *testing.T) {
	t.Parallel()
	fake := fronteggtest.New(t)
	c, err := frontegg.Connect(t.Context(), environment(fake.Settings()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	audits, ctx := c.Audits(), t.Context()
	for _, severity := range []frontegg.Severity{frontegg.SeverityInfo, frontegg.SeverityHigh, frontegg.SeverityHigh} {
		if err := audits.Send(ctx, frontegg.Audit{TenantID: "t1", Severity: severity, Action: "Upload"}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := audits.List(ctx, frontegg.AuditQuery{TenantID: "t1", Filters: map[string]string{"severity": "High"}, Count: 1, SortBy: "createdAt", SortDirection: frontegg.Descending})
	if err != nil || page.Total != 2 || len(page.Data) != 1 || page.Data[0].Action != "Upload" || page.Data[0].TenantID != "t1" {
		t.Errorf("%+v, %v", page, err)
	}
	if stats, err := audits.Stats(ctx, "t1", nil); err != nil || stats.TotalToday != 3 {
		t.Errorf("%+v, %v", stats, err)
	}
	if err := audits.SetMetadata(ctx, map[string]any{"theme": "dark"}); err != nil {
		t.Error(err)
	}
	if metadata, err := audits.Metadata(ctx); err != nil || !strings.Contains(string(metadata), `"dark"`) {
		t.Errorf("%s, %v", metadata, err)
	}
	id, err := c.Events().Send(ctx, "t1", frontegg.Event{Key: "app.shift", Title: "A title", Description: "A text"})
	if err != nil {
		t.Fatal(err)
	}
	if status, err := c.Events().Status(ctx, id); err != nil || status.EventID != id || status.EventKey != "app.shift" {
		t.Errorf("%+v, %v", status, err)
	}
	hosted, err := c.HostedLogin("http://127.0.0.1:8080/callback")
	if err != nil {
		t.Fatal(err)
	}
	fake.SignIn(fronteggtest.User("u1"))
	login := frontegg.NewLogin()
	address, err := hosted.AuthorizeURL(ctx, login)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	back, err := url.Parse(response.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	session, err := hosted.Exchange(ctx, login, back.Query())
	if err != nil || session.User.UserID() != "u1" || session.RefreshToken == "" {
		t.Errorf("%v, %v", session, err)
	}
}
