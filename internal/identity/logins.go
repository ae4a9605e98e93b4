package identity

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Who a person is at a provider stands in the tenant's own database, one document for each pair of
// issuer and subject, named by a digest of both. Nothing else decides who has signed in: an address
// is never looked at, for whoever runs an issuer may write any address into a token.

// ErrNoLogin reports that a person has no such way to sign in. (404)
var ErrNoLogin = errors.New("identity: no such way to sign in")

// Login is who a person is at a provider.
type Login struct {
	Key      string // names it within the tenant
	Issuer   string
	Subject  string
	User     tenant.UserID
	Provider authpolicy.ProviderID // at which it was first seen
	Created  time.Time
}

// ParseLoginKey parses the key of a login. tenant.ErrInvalid for anything that is not of the form.
func ParseLoginKey(s string) (string, error) {
	if !loginKey.MatchString(s) {
		return "", tenant.Invalid("key of a way to sign in")
	}
	return s, nil
}

var loginKey = regexp.MustCompile(`^[a-z2-7]{52}$`)

// maxLogins is how many a person has at most. The list of them is read whole.
const maxLogins = 2 * authpolicy.MaxProviders

type loginRecord struct {
	Issuer   string    `firestore:"issuer"`
	Subject  string    `firestore:"subject"`
	User     string    `firestore:"user"`
	Provider string    `firestore:"provider"`
	Created  time.Time `firestore:"created"`
}

// logins are those that a grant reaches.
type logins struct{ db vending.Database }

func loginsOf(g vending.Grant) logins { return logins{g.Database()} }

func (l logins) ref(key string) *firestore.DocumentRef {
	return l.db.Collection(location.Identities).Doc(key)
}

// get returns a login. ErrNoLogin.
func (l logins) get(ctx context.Context, key string) (Login, error) {
	return loginOf(l.ref(key).Get(ctx))
}

// of returns the logins of a person.
func (l logins) of(ctx context.Context, id tenant.UserID) ([]Login, error) {
	docs, err := l.db.Collection(location.Identities).Where("user", "==", id.String()).Limit(maxLogins).Documents(ctx).GetAll()
	if err != nil {
		return nil, unavailable("read ways to sign in", err)
	}
	var all []Login
	for _, doc := range docs {
		login, err := loginOf(doc, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, login)
	}
	return all, nil
}

// create writes a login, in a transaction that fails if there is one of its key.
func (l logins) create(tx *firestore.Transaction, login Login, now time.Time) error {
	return tx.Create(l.ref(login.Key), loginRecord{
		Issuer: login.Issuer, Subject: login.Subject, User: login.User.String(),
		Provider: login.Provider.String(), Created: document.Time(now),
	})
}

func loginOf(doc *firestore.DocumentSnapshot, err error) (Login, error) {
	switch {
	case status.Code(err) == codes.NotFound:
		return Login{}, ErrNoLogin
	case err != nil:
		return Login{}, unavailable("read a way to sign in", err)
	}
	var r loginRecord
	if err := doc.DataTo(&r); err != nil {
		return Login{}, fmt.Errorf("%w: a way to sign in cannot be read", identityplatform.ErrUnavailable)
	}
	user, err := tenant.ParseUserID(r.User)
	if err != nil || user.IsZero() {
		return Login{}, fmt.Errorf("%w: a way to sign in names nobody", identityplatform.ErrUnavailable)
	}
	provider, err := authpolicy.ParseProviderID(r.Provider)
	if err != nil {
		return Login{}, fmt.Errorf("%w: a way to sign in names no provider", identityplatform.ErrUnavailable)
	}
	return Login{doc.Ref.ID, r.Issuer, r.Subject, user, provider, r.Created}, nil
}
