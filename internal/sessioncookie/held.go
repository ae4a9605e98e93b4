package sessioncookie

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
func (s *Sealer) SealHeld(id tenant.ID, h Held) (string, error) {
	if id.IsZero() {
		return "", errors.New("sessioncookie: seal a form for no tenant")
	}
	return s.keys.SealJSON(heldPurpose(id), h)
}

// OpenHeld returns the form that SealHeld sealed for the tenant id, and an error for anything else.
func (s *Sealer) OpenHeld(id tenant.ID, value string) (Held, error) {
	var h Held
	err := s.keys.OpenJSON(heldPurpose(id), value, &h)
	return h, err
}
