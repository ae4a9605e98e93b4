package sessioncookie

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// ErrExpired reports a session that cannot go on: its refresh token is dead, or its cookie does not
// open. (401)
var ErrExpired = errors.New("sessioncookie: session expired")

// Session is a browser's session in one tenant.
type Session struct {
	Tokens
	Created time.Time // sign-in
	Seen    time.Time // the last request that was noted
	// Proved is when its person last proved who they are: at sign-in, and again before sensitive
	// changes. Zero: never.
	Proved time.Time
	Noted  time.Time // the last time that its use was recorded for its person to see; zero: never
}

// IsFresh reports whether its person has proven who they are within authpolicy.FreshLife.
func (s Session) IsFresh(now time.Time) bool {
	age := now.Sub(s.Proved)
	return !s.Proved.IsZero() && age <= authpolicy.FreshLife && age > -time.Minute
}

// User is whose session it is, as its token says, be it expired; zero if none says.
func (s Session) User() tenant.UserID { return subject(s.ID) }

// Sealer seals and opens sessions. Safe for concurrent use.
type Sealer struct{ keys *sealing.Keys }

// New returns a Sealer of these keys.
func New(keys *sealing.Keys) *Sealer { return &Sealer{keys} }

// stampEnd ends a sealed value's stamp: the tenant that it was sealed for, in the clear. The stamp
// opens nothing. It lets a value that is shown to another tenant be known for whose it is.
const stampEnd = "."

// Seal returns s as the value of a cookie that opens for the tenant id alone.
func (s *Sealer) Seal(id tenant.ID, session Session) (string, error) {
	if id.IsZero() {
		return "", errors.New("sessioncookie: seal a session for no tenant")
	}
	stamp := id.String() + stampEnd
	box, err := s.seal(associated(id), session, sealing.MaxText-len(stamp))
	if err != nil {
		return "", err
	}
	return stamp + box, nil
}

// SealOperator returns s as the value of a cookie that opens for OpenOperator alone.
func (s *Sealer) SealOperator(session Session) (string, error) {
	return s.seal(operators, session, sealing.MaxText)
}

// seal leaves the ID token out if the value would be longer than most, and so too long for a
// cookie: the name and the picture in it may be of any length. Such a session asks for a new token
// with each request.
func (s *Sealer) seal(purpose []byte, session Session, most int) (string, error) {
	value, err := s.keys.SealText(purpose, compact(session))
	if err != nil {
		return "", fmt.Errorf("sessioncookie: seal a session: %w", err)
	}
	switch {
	case len(value) <= most:
		return value, nil
	case session.ID == "":
		return "", fmt.Errorf("sessioncookie: a sealed session of %d bytes is too long for a cookie", len(value))
	}
	session.ID, session.Expires = "", time.UnixMilli(0)
	return s.seal(purpose, session, most)
}

// Open returns the session that Seal sealed for the tenant id. ErrExpired for anything else:
// a value of another tenant, of a key that is gone, or one that was tampered with. The error of a
// value that Seal did seal for another tenant is a tenancy.MismatchError as well, which says whose
// session it is.
func (s *Sealer) Open(id tenant.ID, value string) (Session, error) {
	if id.IsZero() {
		return Session{}, errUnopened
	}
	stamp, box, ok := strings.Cut(value, stampEnd)
	if !ok { // sealed before values were stamped
		return s.open(associated(id), value)
	}
	if len(value) > sealing.MaxText {
		return Session{}, errUnopened
	}
	if stamp == id.String() {
		return s.open(associated(id), box)
	}
	return Session{}, s.stray(stamp, box, id)
}

// stray is the error for a value that is stamped as another tenant's than the one asked for.
func (s *Sealer) stray(stamp, box string, asked tenant.ID) error {
	owner, err := tenant.ParseID(stamp)
	if err != nil {
		return errUnopened
	}
	session, err := s.open(associated(owner), box)
	if err != nil {
		return errUnopened
	}
	// The token was verified before it was sealed, so its holder is known, also when it has expired
	// since.
	return fmt.Errorf("%w: %w", errUnopened, &tenancy.MismatchError{Tenant: owner, User: subject(session.ID), Asked: asked})
}

// subject returns whom an ID token is of. It verifies nothing: it is for tokens that were verified
// before.
func subject(token string) tenant.UserID {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return tenant.UserID{}
	}
	var claims struct {
		Subject string `json:"sub"`
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(text, &claims) != nil {
		return tenant.UserID{}
	}
	user, err := tenant.ParseUserID(claims.Subject)
	if err != nil {
		return tenant.UserID{}
	}
	return user
}

// OpenOperator returns the session that SealOperator sealed. ErrExpired for anything else, a
// tenant's session above all.
func (s *Sealer) OpenOperator(value string) (Session, error) { return s.open(operators, value) }

func (s *Sealer) open(purpose []byte, value string) (Session, error) {
	plain, err := s.keys.OpenText(purpose, value)
	if err != nil {
		return Session{}, errUnopened
	}
	session, err := expand(plain)
	if err != nil {
		return Session{}, errUnopened
	}
	return session, nil
}

var errUnopened = fmt.Errorf("%w: the cookie does not open", ErrExpired)

// associated names what the box is for, besides whom.
func associated(id tenant.ID) []byte { return []byte("bulkhead session\x00" + id.String()) }

// operators is what an operator's session is for. It is no tenant's: their purpose begins
// otherwise. It says that a second factor was proven: a session from before operators needed one
// does not open.
var operators = []byte("bulkhead operator with a second factor")
