package events

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
)

// MessageUnread is the type of what the Adapter says of a message that it cannot read. It is about
// no file that anybody knows of, so it is no Event.
const MessageUnread Type = "app.bulkhead.message.unread.v1"

const (
	maxUnread = 4 << 10 // bytes of a message that are given back; of a longer one, none
	maxWhy    = 200     // bytes
)

// Unread is a message that the Adapter cannot read. It is given back to where operators look.
type Unread struct {
	ID      string `json:"id"`                // that of the message at Pub/Sub
	Why     string `json:"why"`               // it cannot be read; no data of a tenant's
	Message []byte `json:"message,omitempty"` // as it came; empty if it was too long
}

// Marshal returns the event as it is sent. A message that is too long is left out.
func (u Unread) Marshal(now time.Time) ([]byte, error) {
	if len(u.Message) > maxUnread {
		u.Message = nil
	}
	u.Why = strings.ToValidUTF8(u.Why[:min(len(u.Why), maxWhy)], "")
	ce := cloudevents.New()
	ce.SetID(string(MessageUnread) + "/" + u.ID)
	ce.SetType(string(MessageUnread))
	ce.SetSource(source)
	ce.SetTime(now)
	if err := ce.SetData(cloudevents.ApplicationJSON, u); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return ce.MarshalJSON()
}

// ParseUnread reads what Marshal returned; ok is false for anything else.
func ParseUnread(b []byte) (u Unread, ok bool) {
	if len(b) > maxEvent {
		return Unread{}, false
	}
	var ce cloudevents.Event
	if err := json.Unmarshal(b, &ce); err != nil || ce.Validate() != nil || Type(ce.Type()) != MessageUnread {
		return Unread{}, false
	}
	if err := ce.DataAs(&u); err != nil || u.ID == "" || len(u.Why) > maxWhy || len(u.Message) > maxUnread {
		return Unread{}, false
	}
	return u, true
}
