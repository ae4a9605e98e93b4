package logins

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
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// ErrNotFound reports that a person has no such way to sign in. (404)
var ErrNotFound = errors.New("logins: no such way to sign in")

// Login is who a person is at a provider.
type Login struct {
	Key      string // names it within the tenant
	Issuer   string
	Subject  string
	User     tenant.UserID
	Provider authpolicy.ProviderID // at which it was first seen
	Created  time.Time
}

// ParseKey parses the key of a login. tenant.ErrInvalid for anything that is not of the form.
func ParseKey(s string) (string, error) {
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

// Repository reads and writes the logins that a grant reaches.
type Repository struct{ db vending.Database }

// NewRepository returns the repository of a grant.
func NewRepository(g vending.Grant) Repository { return Repository{g.Database()} }

func (r Repository) ref(key string) *firestore.DocumentRef {
	return r.db.Collection(location.Identities).Doc(key)
}

// Get returns a login. ErrNotFound, tenant.ErrUnavailable.
func (r Repository) Get(ctx context.Context, key string) (Login, error) {
	return loginOf(r.ref(key).Get(ctx))
}

// GetIn is Get in a transaction.
func (r Repository) GetIn(tx *firestore.Transaction, key string) (Login, error) {
	return loginOf(tx.Get(r.ref(key)))
}

// Of returns the logins of a person. tenant.ErrUnavailable.
func (r Repository) Of(ctx context.Context, id tenant.UserID) ([]Login, error) {
	docs, err := r.db.Collection(location.Identities).Where("user", "==", id.String()).Limit(maxLogins).Documents(ctx).GetAll()
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

// Create writes a login, in a transaction that fails if there is one of its key.
func (r Repository) Create(tx *firestore.Transaction, login Login, now time.Time) error {
	return tx.Create(r.ref(login.Key), loginRecord{
		Issuer: login.Issuer, Subject: login.Subject, User: login.User.String(),
		Provider: login.Provider.String(), Created: document.Time(now),
	})
}

// Delete deletes a login, in a transaction.
func (r Repository) Delete(tx *firestore.Transaction, key string) error { return tx.Delete(r.ref(key)) }

func loginOf(doc *firestore.DocumentSnapshot, err error) (Login, error) {
	switch {
	case status.Code(err) == codes.NotFound:
		return Login{}, ErrNotFound
	case err != nil:
		return Login{}, unavailable("read a way to sign in", err)
	}
	var r loginRecord
	if err := doc.DataTo(&r); err != nil {
		return Login{}, fmt.Errorf("%w: a way to sign in cannot be read", tenant.ErrUnavailable)
	}
	user, err := tenant.ParseUserID(r.User)
	if err != nil || user.IsZero() {
		return Login{}, fmt.Errorf("%w: a way to sign in names nobody", tenant.ErrUnavailable)
	}
	provider, err := authpolicy.ParseProviderID(r.Provider)
	if err != nil {
		return Login{}, fmt.Errorf("%w: a way to sign in names no provider", tenant.ErrUnavailable)
	}
	return Login{doc.Ref.ID, r.Issuer, r.Subject, user, provider, r.Created}, nil
}

// unavailable wraps an error of a database that failed, and leaves alone one that already says what
// to answer.
func unavailable(what string, err error) error {
	for _, known := range []error{
		vending.ErrDenied, tenant.ErrUnauthenticated, tenant.ErrTenantDenied, tenant.ErrUnavailable, context.Canceled,
	} {
		if errors.Is(err, known) {
			return fmt.Errorf("logins: %s: %w", what, err)
		}
	}
	return tenant.Unavailable(what, err)
}
