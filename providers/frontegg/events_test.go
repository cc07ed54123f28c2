package frontegg_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/authgen/authgen/providers/frontegg"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	g := newGateway(t, writes(201, `{"eventId":"e1"}`))
	c := g.connect(t).Events()
	data := map[string]any{"more": 1.0}
	id, err := c.Send(t.Context(), "t1", frontegg.Event{
		Key: "app.shift", Title: "A title", Description: "A text", Data: data, Channels: map[string]any{"email": true},
	})
	if err != nil || id != "e1" {
		t.Fatal(id, err)
	}
	got := g.one(t)
	if got.method != "POST" || got.uri != "/event/resources/triggers/v3" || got.header.Get("frontegg-tenant-id") != "t1" {
		t.Errorf("sent %+v", got)
	}
	if sent := object(t, got.body); !reflect.DeepEqual(sent, map[string]any{
		"eventKey": "app.shift", "data": map[string]any{"title": "A title", "description": "A text", "more": 1.0},
		"channelConfiguration": map[string]any{"email": true},
	}) {
		t.Errorf("sent %v", sent)
	}
	if len(data) != 1 {
		t.Error("the caller's data was changed")
	}
	if _, err := c.Send(t.Context(), "t1", frontegg.Event{Key: "k", Title: "t"}); err != nil || len(object(t, g.seen()[1].body)) != 2 {
		t.Errorf("%v", err)
	}
	for name, e := range map[string]struct {
		tenant string
		event  frontegg.Event
	}{
		"no tenant":   {"", frontegg.Event{Key: "k", Title: "t"}},
		"no key":      {"t1", frontegg.Event{Title: "t"}},
		"no data":     {"t1", frontegg.Event{Key: "k"}},
		"two titles":  {"t1", frontegg.Event{Key: "k", Title: "t", Data: map[string]any{"title": "u"}}},
		"a list":      {"t1", frontegg.Event{Key: "k", Title: "t", Data: map[string]any{"title": []any{"t"}}}},
		"two tenants": {"t1\nt2", frontegg.Event{Key: "k", Title: "t"}},
	} {
		if _, err := c.Send(t.Context(), e.tenant, e.event); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if len(g.seen()) != 2 {
		t.Errorf("sent %+v", g.seen())
	}
	for _, body := range []string{`{}`, ``, `{"eventId":7}`, `{"eventId":""}`} {
		g := newGateway(t, writes(200, body))
		if _, err := g.connect(t).Events().Send(t.Context(), "t1", frontegg.Event{Key: "k", Title: "t"}); !errors.Is(err, frontegg.ErrUnavailable) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestEventStatus(t *testing.T) {
	t.Parallel()
	g := newGateway(t, writes(200, `{"eventKey":"k","eventId":"e1","channels":{"email":{"status":"FAILED","errorMetadata":{"why":1}},"slack":{"status":"SENT"}}}`))
	c := g.connect(t).Events()
	got, err := c.Status(t.Context(), "a/../b?c")
	if err != nil {
		t.Fatal(err)
	}
	if got.EventKey != "k" || got.EventID != "e1" || got.Channels["slack"].Status != "SENT" || string(got.Channels["email"].ErrorMetadata) != `{"why":1}` {
		t.Errorf("status %+v", got)
	}
	if uri := g.one(t).uri; uri != "/event/resources/triggers/v3/a%2F..%2Fb%3Fc/statuses" {
		t.Errorf("asked %s", uri)
	}
	for _, id := range []string{"", ".", ".."} {
		if _, err := c.Status(t.Context(), id); err == nil {
			t.Errorf("%q is an id", id)
		}
	}
	if len(g.seen()) != 1 {
		t.Errorf("asked %+v", g.seen())
	}
	for _, body := range []string{`{}`, `null`, `[]`, `{"eventId":"e1","channels":[]}`} {
		g := newGateway(t, writes(200, body))
		if _, err := g.connect(t).Events().Status(t.Context(), "e1"); !errors.Is(err, frontegg.ErrUnavailable) {
			t.Errorf("%s: %v", body, err)
		}
	}
}
