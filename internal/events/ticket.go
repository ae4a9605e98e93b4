package events

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Ticket is what the Adapter may ask and tell about: one file of one tenant and, once it has
// arrived, one generation of it.
type Ticket struct {
	Tenant     tenant.ID
	Upload     string
	Generation int64 // 0: the file has not arrived
}

// ErrTicket reports a text that is no ticket of ours.
var ErrTicket = errors.New("events: not a ticket")

// Tickets makes and opens tickets. The web and the worker role have the same keys. Safe for
// concurrent use.
type Tickets struct{ keys *sealing.Keys }

// NewTickets returns Tickets with these keys.
func NewTickets(keys *sealing.Keys) *Tickets { return &Tickets{keys} }

var ticketPurpose = []byte("bulkhead ticket of the Adapter, v1")

type storedTicket struct {
	Tenant     string `json:"tn"`
	Upload     string `json:"up"`
	Generation int64  `json:"ge,omitempty"`
}

// Make returns the text of a ticket.
func (t *Tickets) Make(what Ticket) (string, error) {
	return t.keys.SealJSON(ticketPurpose, storedTicket{what.Tenant.String(), what.Upload, what.Generation})
}

// Open returns the ticket that a text is. ErrTicket for any other text.
func (t *Tickets) Open(text string) (Ticket, error) {
	plain, err := t.keys.OpenText(ticketPurpose, text)
	if err != nil {
		return Ticket{}, ErrTicket
	}
	var s storedTicket
	if err := json.Unmarshal(plain, &s); err != nil {
		return Ticket{}, ErrTicket
	}
	of, err := tenant.ParseID(s.Tenant)
	if err != nil || s.Upload == "" || s.Generation < 0 {
		return Ticket{}, ErrTicket
	}
	return Ticket{of, s.Upload, s.Generation}, nil
}

// Opening is how the Adapter asks for a file.
type Opening struct {
	Ticket string `json:"ticket"`
}

// Opened is the answer: a GET of the file, of the ticket's generation and no other.
type Opened struct {
	URL     string    `json:"url"` // a secret
	Expires time.Time `json:"expires"`
}
