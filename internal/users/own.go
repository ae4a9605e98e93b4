package users

import (
	"context"
	"errors"
	"fmt"
	"net/mail"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

// ParseAddress parses an e-mail address as a record keeps it. ErrInvalid for anything else, and for
// a name beside the address.
func ParseAddress(s string) (string, error) {
	addr, err := mail.ParseAddress(s)
	if err != nil || addr.Address != s || len(s) > maxEmail {
		return "", fmt.Errorf("%w: e-mail address", ErrInvalid)
	}
	return s, nil
}

// ChangeOwnAddress gives the person whom the caller's errand is about another address. They have
// shown a code that was mailed to it: check reads whether it is good, and spend uses it up, in the
// same transaction. ErrForbidden for another errand, ErrNotFound, ErrInvalid, and the errors of
// check and spend.
func (r *Repository) ChangeOwnAddress(ctx context.Context, email string, check, spend func(*firestore.Transaction) error) (User, error) {
	if r.caller.Errand() != tenancy.ByCode {
		return User{}, ErrForbidden
	}
	if _, err := ParseAddress(email); err != nil {
		return User{}, err
	}
	id := r.caller.User()
	ref, err := r.doc(id)
	if err != nil {
		return User{}, err
	}
	var after User
	entry := audit.Entry{Action: "user.address", Kind: "user", ID: id.String(), After: email}
	err = r.log.Change(ctx, entry, func(_ context.Context, tx *firestore.Transaction, e *audit.Entry) error {
		if err := check(tx); err != nil {
			return err
		}
		if after, err = found(tx.Get(ref)); err != nil {
			return err
		}
		e.Before = after.Email
		after.Email, after.Updated = email, document.Time(r.now())
		if err := tx.Set(ref, newRecord(after)); err != nil {
			return err
		}
		return spend(tx)
	})
	return after, err
}

// EraseOwn deletes the record of the person whose errand it is. also deletes, in the same
// transaction, what else is theirs. ErrForbidden for another errand, ErrNotFound, ErrLastAdmin if
// nobody else could administer the tenant.
func (r *Repository) EraseOwn(ctx context.Context, also func(*firestore.Transaction) error) error {
	if r.caller.Errand() != tenancy.EraseAccount {
		return ErrForbidden
	}
	id := r.caller.User()
	ref, err := r.doc(id)
	if err != nil {
		return err
	}
	entry := audit.Entry{Action: "user.erase", Kind: "user", ID: id.String()}
	err = r.log.Change(ctx, entry, func(_ context.Context, tx *firestore.Transaction, e *audit.Entry) error {
		before, err := found(tx.Get(ref))
		if err != nil {
			return err
		}
		e.Before = before.Role.String()
		if before.activeAdmin() {
			if err := r.keepAdmin(tx, id); err != nil {
				return err
			}
		}
		if err := also(tx); err != nil {
			return err
		}
		return tx.Delete(ref)
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrLastAdmin) {
		return err
	}
	if err != nil {
		return fmt.Errorf("users: erase: %w", err)
	}
	return nil
}

// Own returns the record of the person whose errand it is. ErrNotFound.
func (r *Repository) Own(ctx context.Context) (User, error) { return r.Get(ctx, r.caller.User()) }
