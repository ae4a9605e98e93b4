package events

import (
	"encoding/json"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Handover is what a client hands over for the inspection of one file. It prints as nothing: the
// token is a secret, and the name is the tenant's.
type Handover struct {
	Token   string    `json:"token"` // made for Service B and this file
	Expires time.Time `json:"expires"`
	Name    string    `json:"name"`
	Size    int64     `json:"size"` // bytes, as announced
	Type    string    `json:"type"` // media type, as announced
}

// String says nothing of the handover.
func (Handover) String() string { return "a handover" }

// GoString is String.
func (h Handover) GoString() string { return h.String() }

// sealedFor is the purpose that a handover is sealed for: one file of one tenant.
func sealedFor(of tenant.ID, upload string) []byte {
	return []byte("bulkhead handover, v1\x00" + of.String() + "\x00" + upload)
}

// SealHandover seals h so that only the Adapter opens it.
func SealHandover(to *sealing.Recipient, of tenant.ID, upload string, h Handover) ([]byte, error) {
	plain, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	return to.Seal(sealedFor(of, upload), plain)
}

// OpenHandover opens the handover of an event. ErrMalformed for anything that was not sealed for
// this file.
func OpenHandover(box *sealing.Box, e Event) (Handover, error) {
	plain, err := box.Open(sealedFor(e.Tenant, e.Data.Upload), e.Data.Sealed)
	if err != nil {
		return Handover{}, malformed("what is handed over does not open")
	}
	var h Handover
	if err := json.Unmarshal(plain, &h); err != nil {
		return Handover{}, malformed("what is handed over")
	}
	return h, nil
}
