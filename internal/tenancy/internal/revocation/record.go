package revocation

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// revocationRecord is stored in revocations/<tenant id>.<user id>.<session>, without the session
// for all of a user's, and revocations/<tenant id> for all of a tenant.
type revocationRecord struct {
	Tenant  string    `firestore:"tenant"`
	User    string    `firestore:"user"`                    // empty: all
	Session int64     `firestore:"session"`                 // 0: all
	Before  time.Time `firestore:"before"`                  // by the clock of the process that revoked
	Updated time.Time `firestore:"updated,serverTimestamp"` // by the server's clock
}

// documentID is one to one: no part can contain the dot.
func (s subject) documentID() string {
	switch {
	case s.user.IsZero():
		return s.tenant.String()
	case s.session == 0:
		return s.tenant.String() + "." + s.user.String()
	}
	return s.tenant.String() + "." + s.user.String() + "." + strconv.FormatInt(s.session, 10)
}

// revocationOf parses a stored revocation as strictly as any input. Tokens issued up to the
// returned time are dead.
func revocationOf(doc *firestore.DocumentSnapshot) (s subject, before time.Time, err error) {
	var r revocationRecord
	if err := doc.DataTo(&r); err != nil {
		return s, before, fmt.Errorf("revocation record: %w", err)
	}
	if s.tenant, err = tenant.ParseID(r.Tenant); err != nil {
		return s, before, fmt.Errorf("revocation record: %w", err)
	}
	if r.User != "" {
		if s.user, err = tenant.ParseUserID(r.User); err != nil {
			return s, before, fmt.Errorf("revocation record: %w", err)
		}
	}
	if s.session = r.Session; s.session < 0 || s.session > 0 && s.user.IsZero() {
		return s, before, errors.New("revocation record: session of nobody")
	}
	if r.Before.IsZero() || r.Updated.IsZero() {
		return s, before, errors.New("revocation record: no time")
	}
	return s, r.Updated, nil
}
