package account

import (
	"context"
	"errors"
	"strings"

	"cloud.google.com/go/firestore"
	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// AskAddress has a letter with a code written to the address that the grant's person wants to have,
// for their present password. Nothing changes before the code is shown. If somebody has the address
// already, nothing is written to anybody, and the answer is the same.
//
// users.ErrInvalid for what is no address, identityplatform.ErrBadCredentials, ErrNoPassword,
// identityplatform.ErrTooManyAttempts, identityplatform.ErrUnavailable.
func (s *Service) AskAddress(ctx context.Context, g vending.Grant, present, email string) error {
	email = strings.ToLower(email)
	if _, err := users.ParseAddress(email); err != nil {
		return err
	}
	if _, _, _, err := s.present(ctx, g, present); err != nil {
		return err
	}
	p, err := s.authenticator.Own(ctx, g.Principal(), tenancy.OwnAccount)
	if err != nil {
		return err
	}
	own, err := s.machine.Vend(ctx, p)
	if err != nil {
		return people.Unavailable("vend", err)
	}
	return unavailableOr("post a mail", mail.Post(ctx, own, mail.Note{Kind: letterAddress, To: email, User: p.User()}))
}

// ConfirmAddress gives the person whose address a code proves that address, and ends all their
// sessions: record, account, and sessions follow each other as in people.Service.Write. The code is
// used up. identityplatform.ErrCode, people.ErrAddressTaken, identityplatform.ErrUnavailable.
func (s *Service) ConfirmAddress(ctx context.Context, t tenant.Tenant, code string) error {
	look, err := s.authenticator.WithCode(ctx, tenant.SelectID(t.ID), tenant.MailUser("code"))
	if err != nil {
		return err
	}
	reader, err := s.machine.Vend(ctx, look)
	if err != nil {
		return people.Unavailable("vend", err)
	}
	doc, err := codeRef(reader, code).Get(ctx)
	m, user, err := mailedOf(doc, err, codeForAddress, s.now())
	if err != nil {
		return err
	}
	p, err := s.authenticator.WithCode(ctx, tenant.SelectID(t.ID), user)
	if err != nil {
		return err
	}
	g, err := s.machine.Vend(ctx, p)
	if err != nil {
		return people.Unavailable("vend", err)
	}
	before, err := s.people.Record(ctx, p)
	if err != nil {
		return err
	}
	if err := s.free(ctx, t, m.Value); err != nil {
		return err
	}
	_, err = s.people.Write(ctx, g, user, func(ctx context.Context, people *users.Repository) (users.User, error) {
		u, err := people.ChangeOwnAddress(ctx, m.Value, func(tx *firestore.Transaction) error {
			doc, err := tx.Get(codeRef(g, code))
			_, _, err = mailedOf(doc, err, codeForAddress, s.now())
			return err
		}, func(tx *firestore.Transaction) error { return tx.Delete(codeRef(g, code)) })
		if err == nil {
			err := mail.Post(ctx, g, mail.Note{Kind: letterMoved, To: before.Email, User: user})
			if err != nil {
				s.log.WarnContext(ctx, "a change of address is not told", "tenant", t.ID.String(), "error", err)
			}
		}
		return u, err
	})
	return err
}

// free returns people.ErrAddressTaken if an account of the tenant has the address.
func (s *Service) free(ctx context.Context, t tenant.Tenant, email string) error {
	dir, err := s.google.Directory(t)
	if err != nil {
		return err
	}
	switch _, err := dir.GetUserByEmail(ctx, email); {
	case firebaseauth.IsUserNotFound(err):
		return nil
	case err != nil:
		return people.Unavailable("find account", err)
	}
	return people.ErrAddressTaken
}

// EraseOwn erases the grant's own person, for their present password if they have one: the record,
// who they are at providers, their profile, their second factors and the records of their sessions,
// then sessions and account. What they uploaded stays the tenant's. users.ErrLastAdmin, and the
// errors of AskAddress.
//
// For some seconds another process may take a session of theirs for one that goes on, and note that
// it is in use. The job that follows the record deletes that note.
func (s *Service) EraseOwn(ctx context.Context, g vending.Grant, present string) error {
	_, _, _, err := s.present(ctx, g, present)
	if errors.Is(err, ErrNoPassword) {
		err = s.factors.MayChange(ctx, g)
	}
	if err != nil {
		return err
	}
	p, err := s.authenticator.Own(ctx, g.Principal(), tenancy.EraseAccount)
	if err != nil {
		return err
	}
	ctx, cancel := people.Finish(ctx)
	defer cancel()
	own, err := s.machine.Vend(ctx, p)
	if err != nil {
		return people.Unavailable("vend", err)
	}
	before, err := s.people.Record(ctx, p)
	if err != nil {
		return err
	}
	at := logins.NewRepository(own)
	all, err := at.Of(ctx, p.User())
	if err != nil {
		return err
	}
	return s.people.Erase(ctx, own, p.User(), func(ctx context.Context) error {
		err := users.NewRepository(own).EraseOwn(ctx, func(tx *firestore.Transaction) error {
			for _, l := range all {
				if err := at.Delete(tx, l.Key); err != nil {
					return err
				}
			}
			for _, collection := range []string{location.Sessions, location.Factors} {
				if err := tx.Delete(own.Database().Collection(collection).Doc(p.User().String())); err != nil {
					return err
				}
			}
			return tx.Delete(own.Profile())
		})
		if err != nil {
			return err
		}
		if err := mail.Post(ctx, own, mail.Note{Kind: letterErased, To: before.Email}); err != nil {
			s.log.WarnContext(ctx, "an erasure is not told", "tenant", p.Tenant().String(), "error", err)
		}
		return nil
	})
}
