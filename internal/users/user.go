package users

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

var (
	// ErrNotFound reports that this tenant has no such person. A person of another tenant is no
	// such person.
	ErrNotFound = errors.New("users: not found")
	// ErrForbidden reports a change asked for by someone who is not an active admin of the tenant.
	ErrForbidden = errors.New("users: only an active admin may do this")
	// ErrLastAdmin reports a change that would leave the tenant without an active admin.
	ErrLastAdmin = errors.New("users: the tenant needs an active admin")
	// ErrExists reports that the tenant already has a person of this identifier.
	ErrExists = errors.New("users: already there")
	// ErrInvalid reports a value that is not of its field's form. The wrapping error says which
	// field.
	ErrInvalid = errors.New("users: invalid value")
)

// Status says whether a person may sign in. The zero Status may not.
type Status string

// The states of a person.
const (
	Active   Status = "active"
	Disabled Status = "disabled"
)

// ParseStatus parses "active" or "disabled", exactly. It returns ErrInvalid for anything else.
func ParseStatus(s string) (Status, error) {
	switch st := Status(s); st {
	case Active, Disabled:
		return st, nil
	}
	return "", fmt.Errorf("%w: status %q", ErrInvalid, s)
}

// User is one person of a tenant.
type User struct {
	ID      tenant.UserID
	Email   string
	Name    string
	Role    tenant.Role
	Status  Status
	Created time.Time
	Updated time.Time
}

// MaxName is the greatest length of a person's name, in characters.
const MaxName = 120

// maxEmail is the greatest length of an address that mail can be sent to (RFC 5321), in bytes.
const maxEmail = 254

// validate reports the first field that is not of its form, as ErrInvalid.
func (u User) validate() error {
	if u.ID.String() == "" {
		return fmt.Errorf("%w: id is empty", ErrInvalid)
	}
	addr, err := mail.ParseAddress(u.Email)
	if err != nil || addr.Address != u.Email || len(u.Email) > maxEmail {
		return fmt.Errorf("%w: e-mail address", ErrInvalid)
	}
	if !tenant.IsPrintable(u.Name, MaxName) || strings.TrimSpace(u.Name) != u.Name {
		return fmt.Errorf("%w: name has 1 to %d printable characters", ErrInvalid, MaxName)
	}
	if _, err := tenant.ParseRole(u.Role.String()); err != nil {
		return fmt.Errorf("%w: role", ErrInvalid)
	}
	_, err = ParseStatus(string(u.Status))
	return err
}

// May reports whether the record lets the person do what p names: they are active, and their role
// has it. It is the truth, of which a token is a copy.
func (u User) May(p tenant.Permission) bool { return u.Status == Active && u.Role.May(p) }

// activeAdmin reports whether u counts towards the admins that a tenant must keep.
func (u User) activeAdmin() bool { return u.Role == tenant.Admin && u.Status == Active }
