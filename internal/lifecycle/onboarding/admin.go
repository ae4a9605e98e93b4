package onboarding

import (
	"context"
	"fmt"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
)

// minPassword is the shortest password of a first admin, in bytes. Identity Platform alone would
// take six.
const minPassword = 8

// validate refuses a request that would fail half way.
func (j *job) validate() error {
	if j.request.Slug.IsZero() || !j.request.Region.IsValid() || !j.request.Isolation.IsValid() || j.request.Name == "" {
		return fmt.Errorf("%w: a tenant needs a slug, a region, a name and a level of isolation", tenant.ErrInvalid)
	}
	if len(j.request.Admin.Password) < minPassword {
		return fmt.Errorf("%w: the password has at least %d characters", tenant.ErrInvalid, minPassword)
	}
	anyID, err := tenant.ParseUserID("first-admin")
	if err != nil {
		return err
	}
	_, err = users.FirstAdmin(j.person(anyID), j.cfg.Now())
	return err
}

func (j *job) person(id tenant.UserID) users.User {
	return users.User{ID: id, Email: j.request.Admin.Email, Name: j.request.Admin.Name}
}

// adminAccount makes the admin's account in the Identity Platform tenant, or finds the one that an
// earlier run made, and sets its password and claims. An account of that address that no run has
// made is never taken over, for nobody knows what is linked to it: it is deleted.
func (j *job) adminAccount(ctx context.Context) error {
	people, err := j.cfg.Platform.Identity().TenantManager.AuthForTenant(j.tenant.IdentityTenant)
	if err != nil {
		return err
	}
	who := j.request.Admin
	account, err := people.GetUserByEmail(ctx, who.Email)
	if err == nil && !j.isOurs(account) {
		if err := people.DeleteUser(ctx, account.UID); err != nil {
			return err
		}
		account = nil
	} else if err != nil && !firebaseauth.IsUserNotFound(err) {
		return err
	}
	if account == nil {
		account, err = people.CreateUser(ctx, new(firebaseauth.UserToCreate).
			Email(who.Email).EmailVerified(true).DisplayName(who.Name).Password(who.Password))
	} else {
		account, err = people.UpdateUser(ctx, account.UID, new(firebaseauth.UserToUpdate).
			DisplayName(who.Name).Password(who.Password))
	}
	if err != nil {
		return err
	}
	if j.admin, err = tenant.ParseUserID(account.UID); err != nil {
		return err
	}
	return people.SetCustomUserClaims(ctx, account.UID, j.adminClaims())
}

// adminClaims are the claims of an admin of the tenant.
func (j *job) adminClaims() map[string]any {
	return map[string]any{
		"tn": j.tenant.ID.String(),
		"rl": tenant.Admin.String(),
		"rg": int64(j.tenant.Region),
	}
}

// isOurs reports whether an earlier run made the account: it has the claims that only we can set.
func (j *job) isOurs(account *firebaseauth.UserRecord) bool {
	return account.CustomClaims["tn"] == j.tenant.ID.String() && account.CustomClaims["rl"] == tenant.Admin.String()
}

// adminRecord writes the admin's record, which is what makes an admin of an account. It is written
// with the tenant's own key: jobs@ does not touch a tenant's documents.
func (j *job) adminRecord(ctx context.Context) error {
	doc, err := users.FirstAdmin(j.person(j.admin), j.cfg.Now())
	if err != nil {
		return err
	}
	return j.probe.Create(ctx, doc.Path, doc.Data)
}
