package people

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// An account without a record has access to nothing, and yet must go: whoever made it has a
// password or more to it, and would have access with the first record of its id. So the account of
// a new person is made here, under an id of ours, and what stands in its way is deleted.

// accountPrefix begins the ids of the accounts that AddUser makes. Those that Identity Platform
// gives to whoever registers have letters and digits only, and only an administrator chooses an id.
// So it shows who made an account.
const accountPrefix = "p-"

func newAccountID() (tenant.UserID, error) {
	return tenant.ParseUserID(accountPrefix + strings.ToLower(rand.Text()))
}

// addingTime is how long an account of ours may have no record yet: longer than any request lives,
// with room for clocks that differ.
const addingTime = 2 * time.Minute

// isBeingAdded reports whether another request has made the account and may be about to write its
// record.
func isBeingAdded(account *firebaseauth.UserRecord, now time.Time) bool {
	return strings.HasPrefix(account.UID, accountPrefix) && account.UserMetadata != nil &&
		now.Sub(time.UnixMilli(account.UserMetadata.CreationTimestamp)) < addingTime
}

// evict deletes the account of the addition's address that has no record. Errors are those of
// Evict.
func (s *Service) evict(ctx context.Context, a addition) error {
	account, err := a.dir.GetUserByEmail(ctx, a.Email)
	switch {
	case firebaseauth.IsUserNotFound(err):
		return nil
	case err != nil:
		return Unavailable("find account", err)
	}
	return s.Evict(ctx, a.Tenant, a.people, account)
}

// Evict deletes an account that has no record, and what it was issued is dead. users.ErrExists if
// it has one, identityplatform.ErrUnavailable if it is being added.
func (s *Service) Evict(ctx context.Context, t tenant.Tenant, people *users.Repository, account *firebaseauth.UserRecord) error {
	id, err := tenant.ParseUserID(account.UID)
	if err != nil {
		return fmt.Errorf("people: account id: %w", err)
	}
	switch _, err := people.Get(ctx, id); {
	case err == nil:
		return users.ErrExists
	case !errors.Is(err, users.ErrNotFound):
		return Unavailable("find record", err)
	case isBeingAdded(account, s.now()):
		return fmt.Errorf("%w: the person is being added", identityplatform.ErrUnavailable)
	}
	return s.expel(ctx, t, id)
}

// expel ends what an account without a record was issued, and deletes the account. It is right to
// do it twice.
func (s *Service) expel(ctx context.Context, t tenant.Tenant, id tenant.UserID) error {
	dir, err := s.google.Directory(t)
	if err != nil {
		return err
	}
	if err := s.revocations.RevokeUser(ctx, t.ID, id); err != nil {
		return Unavailable("revoke", err)
	}
	switch err := dir.DeleteUser(ctx, id.String()); {
	case firebaseauth.IsUserNotFound(err):
		return nil
	case err != nil:
		return Unavailable("delete account", err)
	}
	s.log.InfoContext(ctx, "an account without a record is deleted", "tenant", t.ID.String(), "user", id.String())
	return nil
}

// AddKind is the kind of the job that finishes what AddUser has left half done. Its payload names
// the account.
const AddKind = "identity-add"

// AddPurpose is what that job may touch of its tenant.
func AddPurpose() vending.Purpose {
	return vending.Purpose{Collections: map[string]guard.Verbs{location.Users: guard.Read}}
}

// FinishAdd does the job of an AddUser that did not get to its end. If the record was written, the
// account is brought after it; if not, the account is deleted. Errors are those of Follow.
func (s *Service) FinishAdd(ctx context.Context, g vending.Grant, payload []byte) error {
	var who followed
	if err := json.Unmarshal(payload, &who); err != nil {
		return fmt.Errorf("%w: the payload is not JSON", jobs.ErrGiveUp)
	}
	id, err := tenant.ParseUserID(who.User)
	if err != nil || !strings.HasPrefix(id.String(), accountPrefix) {
		return fmt.Errorf("%w: the payload names no account of ours", jobs.ErrGiveUp)
	}
	u, err := users.NewRepository(g).Get(ctx, id)
	switch {
	case err == nil:
		return s.follow(ctx, g, u)
	case !errors.Is(err, users.ErrNotFound):
		return Unavailable("read a record", err)
	}
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return err
	}
	return s.expel(ctx, t, id)
}
