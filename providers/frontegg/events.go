package frontegg

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Event is something that Frontegg tells people of, by the channels of its
// configuration or those that the event names.
type Event struct {
	// Key names the event. Required.
	Key string
	// Title and Description are members of Data too, which may have more. One of
	// the three is required.
	Title, Description string
	Data               map[string]any
	// Channels configure the channels by name, such as email and slack; nil leaves
	// them as they are configured.
	Channels map[string]any
}

// Events triggers events. See [Client.Events].
type Events struct{ client *Client }

// Events returns the events of the environment.
func (c *Client) Events() *Events { return &Events{c} }

// Send triggers an event in a tenant and returns its id. It is not sent again
// after an answer of 5xx, which leaves open whether it was taken. The event is read,
// and not changed.
func (e *Events) Send(ctx context.Context, tenantID string, event Event) (eventID string, err error) {
	data := map[string]any{}
	for name, value := range event.Data {
		data[name] = value
	}
	for name, text := range map[string]string{"title": event.Title, "description": event.Description} {
		if other, ok := data[name]; ok && text != "" && other != any(text) {
			return "", errors.New("frontegg: events: data has another " + name)
		}
		if text != "" {
			data[name] = text
		}
	}
	switch {
	case tenantID == "":
		return "", errors.New("frontegg: events: the tenant's id is missing")
	case event.Key == "":
		return "", errors.New("frontegg: events: the event's key is missing")
	case len(data) == 0:
		return "", errors.New("frontegg: events: the event's data is missing")
	}
	body := map[string]any{"eventKey": event.Key, "data": data}
	if event.Channels != nil {
		body["channelConfiguration"] = event.Channels
	}
	var answer struct {
		EventID string `json:"eventId"`
	}
	if err := e.client.callJSON(ctx, &answer, request{
		method: http.MethodPost, service: EventService, path: []string{"resources", "triggers", "v3"}, tenant: tenantID, body: body,
	}); err != nil {
		return "", err
	}
	if answer.EventID == "" {
		return "", malformed(EventService)
	}
	return answer.EventID, nil
}

// EventStatus tells what became of an event.
type EventStatus struct {
	EventKey string                   `json:"eventKey"`
	EventID  string                   `json:"eventId"`
	Channels map[string]ChannelStatus `json:"channels"`
}

// ChannelStatus tells what became of an event in one channel. ErrorMetadata is the
// JSON that Frontegg answers, nil for none.
type ChannelStatus struct {
	Status        string          `json:"status"`
	ErrorMetadata json.RawMessage `json:"errorMetadata"`
}

// Status returns what became of the event of this id.
func (e *Events) Status(ctx context.Context, eventID string) (EventStatus, error) {
	if eventID == "" {
		return EventStatus{}, errors.New("frontegg: events: the event's id is missing")
	}
	var status EventStatus
	if err := e.client.getJSON(ctx, &status, EventService, "resources", "triggers", "v3", eventID, "statuses"); err != nil {
		return EventStatus{}, err
	}
	if status.EventID == "" && status.EventKey == "" {
		return EventStatus{}, malformed(EventService)
	}
	return status, nil
}
