package sessions

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// ErrNotFound reports that the person has no such session. (404)
var ErrNotFound = errors.New("sessions: no such session")

// Session is what is known of a session.
type Session struct {
	ID      ID
	Began   time.Time // the second in which it began, by which it is ended
	Seen    time.Time // about when it was last used
	Device  string    // in plain words: see Device
	Address string    // from which it was last used
	Way     authpolicy.Way
	Program bool // its tokens were handed to a program, over the API
}

// ID names a session of a person. It opens nothing.
type ID struct{ s string }

// ParseID parses what String returned. tenant.ErrInvalid for anything else.
func ParseID(s string) (ID, error) {
	raw, err := coding.DecodeString(strings.ToUpper(s))
	if err != nil || len(raw) != idBytes || strings.ToLower(s) != s || encode(raw) != s {
		return ID{}, tenant.Invalid("session")
	}
	return ID{s}, nil
}

// String is the identifier; "" for the zero ID.
func (id ID) String() string { return id.s }

const idBytes = 15 // 120 bits: 24 characters, and no padding

var coding = base32.StdEncoding.WithPadding(base32.NoPadding)

func encode(raw []byte) string { return strings.ToLower(coding.EncodeToString(raw)) }

// IDOf names the session of the person that began in that second. What is known of a session by its
// tokens is just this: sessions that one person begins in the same second are one.
func IDOf(t tenant.ID, u tenant.UserID, began time.Time) ID {
	sum := sha256.Sum256([]byte("bulkhead session id\x00" + t.String() + "\x00" + u.String() + "\x00" + strconv.FormatInt(began.Unix(), 10)))
	return ID{encode(sum[:idBytes])}
}
