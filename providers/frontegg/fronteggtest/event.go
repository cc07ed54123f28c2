package fronteggtest

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
)

// ChannelStatus is what became of an event in one channel.
type ChannelStatus struct {
	Status        string         `json:"status"`
	ErrorMetadata map[string]any `json:"errorMetadata"`
}

// event is one that was triggered.
type event struct {
	Key      string                   `json:"eventKey"`
	ID       string                   `json:"eventId"`
	Channels map[string]ChannelStatus `json:"channels"`
}

// SetEventStatus sets what became of an event in a channel. Until then each
// channel of its configuration says "PENDING", which was not observed.
func (f *Fake) SetEventStatus(eventID, channel string, status ChannelStatus) {
	f.helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.events[eventID]
	if e == nil {
		f.fail("fronteggtest: SetEventStatus: there is no event %q", eventID)
	}
	e.Channels[channel] = status
}

// triggerEvent takes an event and answers with its id.
func (f *Fake) triggerEvent(c *call) reply {
	var sent struct {
		EventKey             string
		Data                 map[string]any
		ChannelConfiguration map[string]json.RawMessage
	}
	if err := c.decode(&sent); err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	if sent.EventKey == "" || sent.Data["title"] == nil || sent.Data["description"] == nil {
		return refuse(http.StatusBadRequest, "eventKey, data.title and data.description are required")
	}
	e := &event{Key: sent.EventKey, ID: rand.Text(), Channels: map[string]ChannelStatus{}}
	for channel := range sent.ChannelConfiguration {
		e.Channels[channel] = ChannelStatus{Status: "PENDING"}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events[e.ID] = e
	return respond(http.StatusOK, map[string]string{"eventId": e.ID})
}

func (f *Fake) eventStatuses(c *call) reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.events[c.id]
	if e == nil {
		return refuse(http.StatusNotFound)
	}
	return respond(http.StatusOK, e)
}
