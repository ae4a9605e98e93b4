package identity

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
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// receive returns the person who a visitor is, after the tenant's own record of who they are at
// the provider. Somebody unknown is refused, or made a viewer, as the admin has set.
func (s *Service) receive(ctx context.Context, v visitor) (users.User, error) {
	g, err := s.machine.Vend(ctx, v.principal)
	if err != nil {
		return users.User{}, unavailable("vend", err)
	}
	people := users.NewRepository(g)
	u, err := s.known(ctx, v, g, people)
	if errors.Is(err, ErrNoLogin) {
		if v.provider.First != authpolicy.MakeViewer {
			return users.User{}, failure(StepPerson, ErrStranger, "Nobody in this workspace has connected this identity.", nil)
		}
		u, err = s.welcome(ctx, v, g, people)
	}
	if err != nil {
		return users.User{}, err
	}
	return s.regroup(ctx, v, g, people, u)
}

// known returns the person that the visitor's login names. ErrNoLogin if there is no login.
func (s *Service) known(ctx context.Context, v visitor, g vending.Grant, people *users.Repository) (users.User, error) {
	login, err := loginsOf(g).get(ctx, v.principal.Login())
	if err != nil {
		return users.User{}, err
	}
	u, err := people.Get(ctx, login.User)
	switch {
	case errors.Is(err, users.ErrNotFound):
		return u, failure(StepPerson, ErrNoAccess, "The person whose identity this is has been removed.", nil)
	case err != nil:
		return u, unavailable("read a record", err)
	case u.Status != users.Active:
		return u, s.refused(ctx, v.tenant, u, failure(StepPerson, identityplatform.ErrDisabled, "The person is disabled.", nil))
	}
	s.copyLink(ctx, v, u)
	return u, nil
}

// regroup gives the person the role that their groups map to. Whose groups map to none keeps their
// role, and the last admin stays one.
func (s *Service) regroup(ctx context.Context, v visitor, g vending.Grant, people *users.Repository, u users.User) (users.User, error) {
	role, ok := v.provider.RoleOf(groupsOf(v.claims, v.provider.GroupsClaim))
	if !ok || role == u.Role {
		return u, nil
	}
	changed, err := s.write(ctx, g, u.ID, func(ctx context.Context, people *users.Repository) (users.User, error) {
		return people.ChangeRoleByGroups(ctx, u.ID, role)
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
func (s *Service) welcome(ctx context.Context, v visitor, g vending.Grant, people *users.Repository) (users.User, error) {
	email := strings.ToLower(v.claims.Email)
	if email == "" || !v.claims.EmailVerified {
		return users.User{}, failure(StepPerson, ErrNoAddress, "The provider says no verified e-mail address of this person.", nil)
	}
	for _, spelling := range slices.Compact([]string{email, v.claims.Email}) {
		taken, err := people.HasAddress(ctx, spelling)
		if err != nil {
			return users.User{}, unavailable("look for an address", err)
		}
		if taken {
			return users.User{}, failure(StepPerson, ErrAddressTaken, addressTaken, nil)
		}
	}
	role := tenant.Viewer
	if mapped, ok := v.provider.RoleOf(groupsOf(v.claims, v.provider.GroupsClaim)); ok {
		role = mapped
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	dir, err := s.google.Directory(v.tenant)
	if err != nil {
		return users.User{}, err
	}
	id, err := newAccountID()
	if err != nil {
		return users.User{}, err
	}
	intent, err := g.Intend(ctx, AddKind, followed{id.String()})
	if err != nil {
		return users.User{}, unavailable("intend", err)
	}
	u, err := s.add(ctx, s.arrived(v, g, dir, people, users.User{ID: id, Email: email, Name: callName(v.claims), Role: role}))
	if err == nil || isRefusal(err) || errors.Is(err, users.ErrExists) {
		s.drop(ctx, intent)
	}
	switch {
	case errors.Is(err, users.ErrExists): // two of their browsers may have come at once
		if u, again := s.known(ctx, v, g, people); again == nil {
			return u, nil
		}
		return users.User{}, failure(StepPerson, ErrAddressTaken, addressTaken, nil)
	case errors.Is(err, users.ErrInvalid):
		return users.User{}, failure(StepPerson, ErrNoAddress, "The e-mail address that the provider says cannot be one.", err)
	}
	return u, err
}

const addressTaken = "Another person of this workspace has the e-mail address; they connect the provider once they have signed in."

// arrived is the addition of somebody who has come from a provider: an account that has no password
// and is linked to the provider, and the record together with the login.
func (s *Service) arrived(v visitor, g vending.Grant, dir *firebaseauth.TenantClient, people *users.Repository, u users.User) addition {
	return addition{
		tenant: v.tenant, dir: dir, people: people, id: u.ID, email: u.Email,
		account: func(ctx context.Context) (*firebaseauth.UserRecord, error) {
			if err := s.freeLink(ctx, v, dir, people); err != nil {
				return nil, err
			}
			_, err := dir.CreateUser(ctx, new(firebaseauth.UserToCreate).
				UID(u.ID.String()).Email(u.Email).EmailVerified(true).DisplayName(u.Name))
			if err != nil {
				return nil, err
			}
			return dir.UpdateUser(ctx, u.ID.String(), v.link())
		},
		record: func(ctx context.Context, email string) (users.User, error) {
			u.Email, u.Status = email, users.Active
			return people.AddArrived(ctx, u, func(tx *firestore.Transaction) error {
				return loginsOf(g).create(tx, v.login(u.ID, s.now()), s.now())
			})
		},
		asMade: func(account *firebaseauth.UserRecord, email string) bool {
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
// has no record is what an addition left half done: it is deleted. people is nil where only links
// are looked at.
func (s *Service) freeLink(ctx context.Context, v visitor, dir *firebaseauth.TenantClient, people *users.Repository) error {
	account, err := dir.GetUserByProviderUID(ctx, v.provider.ID.AtGoogle(), v.claims.Subject)
	switch {
	case firebaseauth.IsUserNotFound(err):
		return nil
	case err != nil:
		return unavailable("find a link", err)
	}
	id, err := tenant.ParseUserID(account.UID)
	if err != nil {
		return fmt.Errorf("identity: account id: %w", err)
	}
	if people != nil {
		switch _, err := people.Get(ctx, id); {
		case err == nil:
		case !errors.Is(err, users.ErrNotFound):
			return unavailable("find record", err)
		case isBeingAdded(account, s.now()):
			return fmt.Errorf("%w: the person is being added", identityplatform.ErrUnavailable)
		default:
			return s.expel(ctx, v.tenant, dir, id)
		}
	}
	_, err = dir.UpdateUser(ctx, account.UID, new(firebaseauth.UserToUpdate).ProvidersToDelete([]string{v.provider.ID.AtGoogle()}))
	if err != nil {
		return unavailable("take a link away", err)
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
