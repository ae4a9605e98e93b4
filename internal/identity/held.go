package identity

import (
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Held is a form that a browser keeps while its person proves who they are.
type Held struct {
	User   string            `json:"u,omitempty"` // whose it is; empty: nobody could tell
	Path   string            `json:"p"`           // to which it was sent
	Fields map[string]string `json:"f"`
	At     int64             `json:"a"` // Unix time
}

func heldPurpose(id tenant.ID) []byte { return []byte("bulkhead held form\x00" + id.String()) }

// SealHeld returns h as the value of a cookie that opens for the tenant id alone. It fails for a
// form that is too long for a cookie.
func (s *Sessions) SealHeld(id tenant.ID, h Held) (string, error) {
	if id.IsZero() {
		return "", errors.New("identity: seal a form for no tenant")
	}
	return s.sealJSON(heldPurpose(id), h)
}

// OpenHeld returns the form that SealHeld sealed for the tenant id, and an error for anything else.
func (s *Sessions) OpenHeld(id tenant.ID, value string) (Held, error) {
	var h Held
	err := s.openJSON(heldPurpose(id), value, &h)
	return h, err
}

// User is whose session it is, as its token says, be it expired; zero if none says.
func (s Session) User() tenant.UserID { return subject(s.ID) }
