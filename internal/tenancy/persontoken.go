package tenancy

import (
	"context"
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Person is somebody as the record of their tenant has them.
type Person struct {
	User  tenant.UserID
	Email string
	Role  tenant.Role
}

// PersonFinder returns the active person whose identity a Principal of the errand FindPerson may
// read. tenant.ErrUnauthenticated if there is nobody, or they are disabled; tenant.ErrUnavailable.
type PersonFinder func(context.Context, Principal) (Person, error)

// FindPeopleBy has f find the persons whom access tokens stand for. Who a person is stands in the
// tenant's own database, which this package does not reach. Without f there is nobody.
func (a *Authenticator) FindPeopleBy(f PersonFinder) { a.find.Store(&f) }

var errNoFinder = tenant.Unavailable("persons of access tokens", errors.New("nothing finds them"))

// findPerson notes in ad whom the identity of the key is of, by the tenant's own record. What the
// token says of an address or a role counts for nothing.
func (a *Authenticator) findPerson(ctx context.Context, ad *admission, t tenant.Tenant, key string) error {
	find := a.find.Load()
	if find == nil {
		return errNoFinder
	}
	asks := a.errand(t, FindPerson, Principal{}, tenant.ProviderUser("person"), a.epoch())
	asks.login = key
	asks.issued, asks.expires = ad.issued, ad.expires // one caller for all requests with the token
	asks.deadline = ad.expires.Add(ad.leeway)
	found, err := (*find)(ctx, Principal{asks})
	if err != nil {
		return err
	}
	ad.user, ad.email, ad.role = found.User, found.Email, found.Role
	ad.forged = found.User.IsReserved()
	return nil
}
