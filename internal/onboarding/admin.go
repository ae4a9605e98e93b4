package onboarding

import (
	"context"
	"fmt"
	"time"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/users"
)

// minPassword is the shortest password of a first admin, in bytes. Identity Platform alone would take six.
const minPassword = 8

// validate refuses a request that would fail half way.
func (j *job) validate() error {
	if j.request.Slug.IsZero() || !j.request.Region.IsValid() || !j.request.Isolation.IsValid() || j.request.Name == "" {
		return fmt.Errorf("%w: a tenant needs a slug, a region, a name and a level of isolation", tenancy.ErrInvalid)
	}
	if len(j.request.Admin.Password) < minPassword {
		return fmt.Errorf("%w: the password has at least %d characters", tenancy.ErrInvalid, minPassword)
	}
	anyID, err := tenancy.ParseUserID("first-admin")
	if err != nil {
		return err
	}
	_, err = users.FirstAdmin(j.person(anyID), time.Now())
	return err
}

func (j *job) person(id tenancy.UserID) users.User {
	return users.User{ID: id, Email: j.request.Admin.Email, Name: j.request.Admin.Name}
}

// adminAccount makes the admin's account in the Identity Platform tenant, or finds it, and sets its password and claims.
func (j *job) adminAccount(ctx context.Context) error {
	people, err := j.cfg.Platform.Identity().TenantManager.AuthForTenant(j.tenant.IdentityTenant)
	if err != nil {
		return err
	}
	who := j.request.Admin
	account, err := people.GetUserByEmail(ctx, who.Email)
	switch {
	case firebaseauth.IsUserNotFound(err):
		account, err = people.CreateUser(ctx, new(firebaseauth.UserToCreate).
			Email(who.Email).EmailVerified(true).DisplayName(who.Name).Password(who.Password))
	case err == nil:
		account, err = people.UpdateUser(ctx, account.UID, new(firebaseauth.UserToUpdate).
			DisplayName(who.Name).Password(who.Password))
	}
	if err != nil {
		return err
	}
	if j.admin, err = tenancy.ParseUserID(account.UID); err != nil {
		return err
	}
	return people.SetCustomUserClaims(ctx, account.UID, map[string]any{
		"tn": j.tenant.ID.String(),
		"rl": tenancy.Admin.String(),
		"rg": int64(j.tenant.Region),
	})
}

// adminRecord writes the admin's record, which is what makes an admin of an account. It is written with the tenant's own
// key: jobs@ does not touch a tenant's documents.
func (j *job) adminRecord(ctx context.Context) error {
	doc, err := users.FirstAdmin(j.person(j.admin), time.Now())
	if err != nil {
		return err
	}
	return j.trial.Create(ctx, doc.Path, doc.Data)
}
