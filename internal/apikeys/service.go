package apikeys

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/keyuses"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Service makes, rolls, revokes and names API keys. Safe for concurrent use.
type Service struct {
	authenticator *tenancy.Authenticator
	origin        string
	log           *slog.Logger
}

// New returns a Service. origin is the one that browsers use: letters lead there. A nil log is
// slog.Default.
func New(a *tenancy.Authenticator, origin string, log *slog.Logger) (*Service, error) {
	if a == nil {
		return nil, errors.New("apikeys: an authenticator is needed")
	}
	return &Service{a, origin, cmp.Or(log, slog.Default())}, nil
}

// Key is what is known of an API key: what the control plane says of it, and what the tenant's
// own database does.
type Key struct {
	tenancy.APIKey
	Name         string // its id, if the tenant's database has no name of it
	CreatorEmail string // as it was then; "" likewise

	LastUse keyuses.Use // to the day; zero: it was not used since uses are noted
}

// Label is the key's name, marked as a key's: it stands where a person's address would, and whoever
// names a key "ada@acme.example" is still not Ada.
func (k Key) Label() string { return "API key: " + k.Name }

// NewKey is an API key to be made. It has either scopes or a role.
type NewKey struct {
	Name   string // for people: 1 to 80 printable characters
	Scopes tenant.Scopes
	Role   tenant.Role // Viewer or Editor, for all scopes of it: no key administers a tenant
	Days   int         // 1 to 365; 0: it does not end by itself

	// Once is a word of the caller's for this one attempt: at most one key is made of each in a
	// tenant. "" makes one each time.
	Once string
}

// maxOnce is the greatest length of NewKey.Once, in bytes.
const maxOnce = 255

func (n NewKey) draft(t tenant.ID) (tenancy.NewAPIKey, error) {
	switch {
	case !tenant.IsName(n.Name):
		return tenancy.NewAPIKey{}, tenant.Invalid("API key name")
	case len(n.Once) > maxOnce:
		return tenancy.NewAPIKey{}, tenant.Invalid("API key attempt")
	}
	id, err := keyID(t, n.Once)
	if err != nil {
		return tenancy.NewAPIKey{}, err
	}
	draft := tenancy.NewAPIKey{ID: id, Scopes: n.Scopes, Role: n.Role, Days: n.Days}
	return draft, draft.Validate()
}

// Create makes an API key of the grant's tenant; what it returns beside it is its only copy.
// The caller must be an active admin, by the truth and not by their token: a key outlives the
// seconds for which a token may still say so.
//
// The key is in the control plane, its name and its entries in the tenant's database, so no
// transaction holds them all. The name is written and the entry "apikey.request" appended before,
// and "apikey.create" after. A crash between them leaves a request of which the entries do not say
// whether a key came of it: the list of keys does. If the second entry cannot be appended, the key
// is revoked, and the error says so: nobody has seen it.
//
//	users.ErrForbidden         the caller is no active admin
//	tenant.ErrInvalid          a field is not of its form
//	tenant.ErrAPIKeyExists     the attempt has made a key already, whose secret nobody can be shown again
//	tenant.ErrTooManyAPIKeys   the tenant has as many as it may
//	tenant.ErrUnavailable      something could not be asked
func (s *Service) Create(ctx context.Context, g vending.Grant, n NewKey) (Key, tenancy.SecretKey, error) {
	if err := authorize(ctx, g); err != nil {
		return Key{}, tenancy.SecretKey{}, err
	}
	draft, err := n.draft(g.Tenant())
	if err != nil {
		return Key{}, tenancy.SecretKey{}, err
	}
	if err := s.writeName(ctx, g, draft.ID, n.Name); err != nil {
		return Key{}, tenancy.SecretKey{}, err
	}
	if err := appendKey(ctx, g, "request", draft.ID, draft.Granted().String()); err != nil {
		return Key{}, tenancy.SecretKey{}, err
	}
	notice, err := s.intendNotice(ctx, g, draft.ID, time.Duration(draft.Days)*24*time.Hour)
	if err != nil {
		return Key{}, tenancy.SecretKey{}, err
	}
	key, secret, err := s.authenticator.APIKeys().Create(ctx, g.Principal(), draft)
	if errors.Is(err, tenant.ErrTooManyAPIKeys) {
		_ = notice.Drop(ctx) // if it stays, its job finds no key
		_, undone := nameOf(g, draft.ID).Delete(ctx)
		return Key{}, tenancy.SecretKey{}, errors.Join(err, undone)
	}
	if err != nil {
		return Key{}, tenancy.SecretKey{}, err
	}
	if err := appendKey(ctx, g, "create", key.ID, key.Scopes.String()); err != nil {
		return Key{}, tenancy.SecretKey{}, s.unmake(ctx, g, key.ID, err)
	}
	s.tellOfKey(ctx, g, "API key made", key)
	s.sweepNames(ctx, g)
	return Key{APIKey: key, Name: n.Name, CreatorEmail: g.Principal().Email()}, secret, nil
}

// Revoke ends an API key of the grant's tenant for good. Conditions are those of
// Create; tenant.ErrNoAPIKey if the tenant has no such key.
//
// The entry "apikey.revocation" is appended before and "apikey.revoke" after; a crash between them
// leaves the first alone, and revoking again completes it. A second error does not undo the
// revocation: it is returned, and revoking again helps.
func (s *Service) Revoke(ctx context.Context, g vending.Grant, id tenant.KeyID) error {
	if err := authorize(ctx, g); err != nil {
		return err
	}
	if err := appendKey(ctx, g, "revocation", id, ""); err != nil {
		return err
	}
	key, err := s.authenticator.APIKeys().Revoke(ctx, g.Principal(), id)
	if err != nil {
		return err
	}
	if err := appendKey(ctx, g, "revoke", id, ""); err != nil {
		return err
	}
	s.tellOfKey(ctx, g, "API key revoked", key)
	return nil
}

// End ends the API key that the grant's caller is, for good. The entry "apikey.end" is appended
// before, for an ended key writes nothing; a crash between them leaves the entry of a key that goes
// on, and ending it again completes it. tenant.ErrForbidden for a caller who is no key,
// tenant.ErrUnauthenticated where it has ended already, tenant.ErrUnavailable.
func (s *Service) End(ctx context.Context, g vending.Grant) error {
	id := g.Principal().Key()
	if id.IsZero() {
		return tenant.ErrForbidden
	}
	if err := appendKey(ctx, g, location.KeyEnded, id, ""); err != nil {
		return err
	}
	key, err := s.authenticator.APIKeys().End(ctx, g.Principal())
	if err != nil {
		return err
	}
	s.tellOfKey(ctx, g, "API key ended by its holder", key)
	return nil
}

// cleanUp bounds how long it takes to revoke a key that has no entry.
const cleanUp = 10 * time.Second

// appendKey appends the entry of what becomes of a key: once, however often it is asked to.
func appendKey(ctx context.Context, g vending.Grant, what string, id tenant.KeyID, scopes string) error {
	if id.IsZero() {
		return tenant.ErrNoAPIKey
	}
	e := audit.Entry{Action: "apikey." + what, Kind: "apikey", ID: id.String(), After: scopes}
	if err := audit.Of(g).Append(ctx, location.KeyEntry(id, what), e); err != nil {
		return unavailable("audit", err)
	}
	return nil
}

// List returns the API keys of the grant's tenant, newest first, those that have ended included.
// The caller must be an admin: tenant.ErrForbidden; tenant.ErrUnavailable.
func (s *Service) List(ctx context.Context, g vending.Grant) ([]Key, error) {
	keys, err := s.authenticator.APIKeys().List(ctx, g.Principal())
	if err != nil {
		return nil, err
	}
	return s.named(ctx, g, keys)
}

// authorize returns users.ErrForbidden unless the caller manages API keys by their record.
func authorize(ctx context.Context, g vending.Grant) error {
	if err := users.NewRepository(g).Authorize(ctx, tenant.KeysManage); err != nil {
		return unavailable("own record", err)
	}
	return nil
}

// tellOfKey logs what became of a key.
func (s *Service) tellOfKey(ctx context.Context, g vending.Grant, what string, key tenancy.APIKey) {
	s.log.InfoContext(ctx, what,
		slog.Any("by", g.Principal()), slog.String("key", key.ID.String()), slog.String("scopes", key.Scopes.String()))
}
