package federation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/firestore"
	firebaseauth "firebase.google.com/go/v4/auth"
	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// receive returns the person who a visitor is, after the tenant's own record of who they are at
// the provider. Somebody unknown is refused, or made a viewer, as the admin has set.
func (s *Service) receive(ctx context.Context, v visitor) (users.User, error) {
	g, err := s.machine.Vend(ctx, v.principal)
	if err != nil {
		return users.User{}, people.Unavailable("vend", err)
	}
	records := users.NewRepository(g)
	u, err := s.known(ctx, v, g, records)
	if errors.Is(err, logins.ErrNotFound) {
		if v.provider.First != authpolicy.MakeViewer {
			return users.User{}, failure(StepPerson, ErrStranger, "Nobody in this workspace has connected this identity.", nil)
		}
		u, err = s.welcome(ctx, v, g, records)
	}
	if err != nil {
		return users.User{}, err
	}
	return s.regroup(ctx, v, g, u)
}

// known returns the person that the visitor's login names. logins.ErrNotFound if there is no login.
func (s *Service) known(ctx context.Context, v visitor, g vending.Grant, records *users.Repository) (users.User, error) {
	login, err := logins.NewRepository(g).Get(ctx, v.principal.Login())
	if err != nil {
		return users.User{}, err
	}
	u, err := records.Get(ctx, login.User)
	switch {
	case errors.Is(err, users.ErrNotFound):
		return u, failure(StepPerson, people.ErrNoAccess, "The person whose identity this is has been removed.", nil)
	case err != nil:
		return u, people.Unavailable("read a record", err)
	case u.Status != users.Active:
		return u, s.people.Refused(ctx, v.tenant, u, failure(StepPerson, identityplatform.ErrDisabled, "The person is disabled.", nil))
	}
	s.copyLink(ctx, v, u)
	return u, nil
}

// regroup gives the person the role that their groups map to. Whose groups map to none keeps their
// role, and the last admin stays one.
func (s *Service) regroup(ctx context.Context, v visitor, g vending.Grant, u users.User) (users.User, error) {
	role, ok := v.provider.RoleOf(groupsOf(v.claims, v.provider.GroupsClaim))
	if !ok || role == u.Role {
		return u, nil
	}
	changed, err := s.people.Write(ctx, g, u.ID, func(ctx context.Context, records *users.Repository) (users.User, error) {
		return records.ChangeRoleByGroups(ctx, u.ID, role)
	})
	if errors.Is(err, users.ErrLastAdmin) {
		s.log.WarnContext(ctx, "the last admin keeps the role, whatever their groups say",
			"tenant", v.tenant.ID.String(), "user", u.ID.String(), "role", role.String())
		return u, nil
	}
	return changed, err
}

// groupsOf returns the groups that a claim lists: an array of texts, or one text.
func groupsOf(c issuer.IDClaims, claim string) []string {
	value, ok := c.Others[claim]
	if !ok || claim == "" {
		return nil
	}
	var several []string
	if json.Unmarshal(value, &several) == nil {
		return several
	}
	var one string
	if json.Unmarshal(value, &one) == nil && one != "" {
		return []string{one}
	}
	return nil
}

// welcome makes the record of somebody unknown. The address must be one that the provider says it
// has verified: whoever controls a mailbox can have a password set for its account. An address that
// a person of the tenant has already is not joined.
func (s *Service) welcome(ctx context.Context, v visitor, g vending.Grant, records *users.Repository) (users.User, error) {
	email := strings.ToLower(v.claims.Email)
	if email == "" || !v.claims.EmailVerified {
		return users.User{}, failure(StepPerson, ErrNoAddress, "The provider says no verified e-mail address of this person.", nil)
	}
	for _, spelling := range slices.Compact([]string{email, v.claims.Email}) {
		taken, err := records.HasAddress(ctx, spelling)
		if err != nil {
			return users.User{}, people.Unavailable("look for an address", err)
		}
		if taken {
			return users.User{}, failure(StepPerson, people.ErrAddressTaken, addressTaken, nil)
		}
	}
	role := tenant.Viewer
	if mapped, ok := v.provider.RoleOf(groupsOf(v.claims, v.provider.GroupsClaim)); ok {
		role = mapped
	}
	ctx, cancel := people.Finish(ctx)
	defer cancel()
	u, err := s.people.Add(ctx, g, s.arrived(v, g, users.User{Email: email, Name: callName(v.claims), Role: role}))
	switch {
	case errors.Is(err, users.ErrExists): // two of their browsers may have come at once
		if u, again := s.known(ctx, v, g, records); again == nil {
			return u, nil
		}
		return users.User{}, failure(StepPerson, people.ErrAddressTaken, addressTaken, nil)
	case errors.Is(err, users.ErrInvalid):
		return users.User{}, failure(StepPerson, ErrNoAddress, "The e-mail address that the provider says cannot be one.", err)
	}
	return u, err
}

const addressTaken = "Another person of this workspace has the e-mail address; they connect the provider once they have signed in."

// arrived is the addition of somebody who has come from a provider: an account that has no password
// and is linked to the provider, and the record together with the login.
func (s *Service) arrived(v visitor, g vending.Grant, u users.User) people.Addition {
	return people.Addition{
		Tenant: v.tenant, Email: u.Email,
		Account: func(ctx context.Context, dir *firebaseauth.TenantClient, id tenant.UserID) (*firebaseauth.UserRecord, error) {
			if err := s.freeLink(ctx, v, dir, users.NewRepository(g)); err != nil {
				return nil, err
			}
			_, err := dir.CreateUser(ctx, new(firebaseauth.UserToCreate).
				UID(id.String()).Email(u.Email).EmailVerified(true).DisplayName(u.Name))
			if err != nil {
				return nil, err
			}
			return dir.UpdateUser(ctx, id.String(), v.link())
		},
		Record: func(ctx context.Context, records *users.Repository, id tenant.UserID, email string) (users.User, error) {
			u.ID, u.Email, u.Status = id, email, users.Active
			return records.AddArrived(ctx, u, func(tx *firestore.Transaction) error {
				return logins.NewRepository(g).Create(tx, v.login(id, s.now()), s.now())
			})
		},
		AsMade: func(account *firebaseauth.UserRecord, email string) bool {
			for _, p := range account.ProviderUserInfo {
				if p.ProviderID != v.provider.ID.AtGoogle() {
					return false
				}
			}
			return account.Email == email && account.PhoneNumber == "" && len(account.ProviderUserInfo) == 1 &&
				(account.MultiFactor == nil || len(account.MultiFactor.EnrolledFactors) == 0)
		},
	}
}

// link is the change of an account that links it to who the visitor is at the provider.
func (v visitor) link() *firebaseauth.UserToUpdate {
	return new(firebaseauth.UserToUpdate).ProviderToLink(&firebaseauth.UserProvider{
		ProviderID: v.provider.ID.AtGoogle(), UID: v.claims.Subject,
	})
}

// copyLink has the account at Identity Platform linked as the login says. Google's copy decides
// nothing, so a failure is logged, and the next sign-in tries again.
func (s *Service) copyLink(ctx context.Context, v visitor, u users.User) {
	dir, err := s.google.Directory(v.tenant)
	if err == nil {
		var account *firebaseauth.UserRecord
		if account, err = dir.GetUser(ctx, u.ID.String()); err == nil && !isLinked(account, v) {
			if err = s.freeLink(ctx, v, dir, nil); err == nil {
				_, err = dir.UpdateUser(ctx, u.ID.String(), v.link())
			}
		}
	}
	if err != nil {
		s.log.WarnContext(ctx, "an account is not linked to its provider",
			"tenant", v.tenant.ID.String(), "user", u.ID.String(), "error", err)
	}
}

func isLinked(account *firebaseauth.UserRecord, v visitor) bool {
	return slices.ContainsFunc(account.ProviderUserInfo, func(p *firebaseauth.UserInfo) bool {
		return p.ProviderID == v.provider.ID.AtGoogle() && p.UID == v.claims.Subject
	})
}

// freeLink takes the link to the visitor's identity from the account that has it. An account that
// has no record is what an addition left half done: it is deleted. records is nil where only links
// are looked at.
func (s *Service) freeLink(ctx context.Context, v visitor, dir *firebaseauth.TenantClient, records *users.Repository) error {
	account, err := dir.GetUserByProviderUID(ctx, v.provider.ID.AtGoogle(), v.claims.Subject)
	switch {
	case firebaseauth.IsUserNotFound(err):
		return nil
	case err != nil:
		return people.Unavailable("find a link", err)
	}
	if _, err := tenant.ParseUserID(account.UID); err != nil {
		return fmt.Errorf("federation: account id: %w", err)
	}
	if records != nil {
		if err := s.people.Evict(ctx, v.tenant, records, account); !errors.Is(err, users.ErrExists) {
			return err
		}
	}
	_, err = dir.UpdateUser(ctx, account.UID, new(firebaseauth.UserToUpdate).ProvidersToDelete([]string{v.provider.ID.AtGoogle()}))
	if err != nil {
		return people.Unavailable("take a link away", err)
	}
	return nil
}

// callName is what to call somebody new: their name, or what stands before the @ of their address.
func callName(c issuer.IDClaims) string {
	local, _, _ := strings.Cut(c.Email, "@")
	for _, name := range []string{strings.TrimSpace(c.Name), local} {
		if tenant.IsPrintable(name, users.MaxName) && name != "" {
			return name
		}
	}
	return "Without a name"
}
