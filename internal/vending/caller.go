package vending

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	gtransport "google.golang.org/api/transport/grpc"

	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// caller is one verified caller within a compartment: what a Grant points to. Its clients are the
// caller's own, a few kilobytes on connections that everybody shares, so that each request they
// send can be judged by who sends it: is the caller still welcome, and is this within their scope?
type caller struct {
	key       callerKey
	warm      atomic.Int64 // vends from the cache, not reported yet
	gone      atomic.Bool  // no longer found by its key
	home      *compartment
	principal tenancy.Principal
	guard     *guard.Guard
	scope     string        // what the guard permits, in words
	readOnly  bool          // what it permits is to read, and to write what is the caller's own
	rights    rights        // who may find again what this caller remembers
	issued    *guard.Issued // nil unless the guard tracks what was issued
	database  *firestore.Client
	bucket    func() *storage.BucketHandle // made at the first use: most callers need none
}

// callerKey tells callers of one tenant apart: two principals with the same key have the same
// rights for the same time.
type callerKey struct {
	user            tenant.UserID
	session         int64 // when it began: ending one session does not end the user's others
	issued, expires int64
	role            tenant.Role
	scopes          tenant.Scopes // of an API key
	method          tenancy.Method
	way             authpolicy.Way    // what ends sessions that began in one way does not end the others
	factor          authpolicy.Factor // the same, for the second factor
	region          tenant.Region
	job             string // the lease of a job, or the identity of an errand: losing one lease does not end other jobs
}

func keyOf(p tenancy.Principal) callerKey {
	return callerKey{
		p.User(), p.SignedIn().Unix(), p.IssuedAt().Unix(), p.Expires().Unix(), p.Role(), p.Scopes(), p.Method(), p.Way(), p.Factor(), p.Region(), p.Job(),
	}
}

// newCaller decides what p may do. A method, role or purpose that is not known may do nothing.
func (c *compartment) newCaller(p tenancy.Principal) (*caller, error) {
	made := &caller{key: keyOf(p), home: c, principal: p}
	var scope guard.Scope
	ownDocument := false
	switch role, place := p.Role(), c.location; p.Method() {
	case tenancy.ByJob:
		purpose, ok := c.machine.jobs[p.Purpose()]
		if !ok {
			return nil, refuse(ErrDenied, "purpose %q is not vended to", p.Purpose())
		}
		made.scope, made.readOnly = purpose.String(), purpose.readOnly()
		scope = place.Purpose(purpose.Collections, purpose.Objects)
	case tenancy.ByProvider:
		errand, ok := errands[p.Errand()]
		if !ok {
			return nil, refuse(ErrDenied, "errand %q is not vended to", p.Errand())
		}
		made.scope, made.readOnly, ownDocument = string(p.Errand()), errand.readOnly(), true
		scope = place.Provider(errand.collections, p.Login(), errand.identity)
	case tenancy.ByFactor:
		errand, ok := factorErrands[p.Errand()]
		if !ok {
			return nil, refuse(ErrDenied, "errand %q is not vended to", p.Errand())
		}
		made.scope, ownDocument = string(p.Errand()), true
		scope = place.Factor(p.Whose().String(), errand.factors, errand.own)
	case tenancy.ByMail:
		errand, ok := errands[p.Errand()]
		if !ok {
			return nil, refuse(ErrDenied, "errand %q is not vended to", p.Errand())
		}
		made.scope, made.readOnly, ownDocument = string(p.Errand()), errand.readOnly(), true
		user := ""
		if errand.person != 0 {
			user = p.User().String()
		}
		scope = place.Person(errand.collections, user, errand.person, errand.private)
	case tenancy.BySignIn:
		made.scope, made.readOnly, ownDocument = "sign-in", true, true
		scope = place.SignIn(location.Users + "/" + p.User().String())
	case tenancy.ByAPIKey:
		purpose, err := purposeOf(p.Scopes())
		if err != nil {
			return nil, err
		}
		made.scope, made.readOnly, ownDocument = "key: "+purpose.reach(), purpose.readOnly(), true
		scope = place.Key(purpose.Collections, purpose.Objects, p.Key())
	case tenancy.BySession, tenancy.ByBearer, tenancy.ByAccess, tenancy.ByPersonToken:
		switch {
		case role == tenant.Viewer && p.Method().IsProgram():
			made.scope, made.readOnly = "read-only", true
			scope = place.ReadOnly("")
		case role == tenant.Viewer:
			made.scope, made.readOnly, ownDocument = "read-only, own profile", true, true
			scope = place.ReadOnly(p.User().String())
		case role == tenant.Editor, role == tenant.Admin:
			made.scope = "read-write"
			scope = place.ReadWrite()
		default:
			return nil, refuse(ErrDenied, "role %v is not vended to", role)
		}
	default:
		return nil, refuse(ErrDenied, "method %v is not vended to", p.Method())
	}
	made.rights = rightsOf(p, made.scope, ownDocument)
	return made, made.open(scope)
}

// open makes the caller's guard and clients.
func (c *caller) open(scope guard.Scope) (err error) {
	if c.guard, err = guard.New(scope); err != nil {
		return fmt.Errorf("vending: scope: %w", err)
	}
	if c.guard.Tracks() {
		c.issued = new(guard.Issued)
	}
	database, err := firestore.NewClientWithDatabase(context.Background(), c.home.location.Project, c.home.location.Database,
		gtransport.WithConnPool(c.conn()))
	if err != nil {
		return fmt.Errorf("vending: database client: %w", err)
	}
	c.database = database
	c.bucket = sync.OnceValue(c.openBucket)
	return nil
}

// permit judges what is signed, which the guard does not see sent: the caller must still be valid,
// and inspect must find nothing foreign in it. A refusal is recorded. It returns the key to sign
// with.
func (c *caller) permit(ctx context.Context, inspect func() error) (*credential, error) {
	if err := c.valid(ctx); err != nil {
		return nil, err
	}
	if err := inspect(); err != nil {
		return nil, c.refused(ctx, denied(err))
	}
	return c.credential(ctx)
}

// credential returns the key to send a request with; a refusal, which is recorded, if the vault has
// none any more.
func (c *caller) credential(ctx context.Context) (*credential, error) {
	key := c.home.key.Load()
	if key == nil {
		return nil, c.refused(ctx, refuse(ErrDenied, "the tenant's key was withdrawn"))
	}
	return key, nil
}

// valid returns a refusal if the caller's token has expired or was revoked, or their tenant is not
// active any more, since the grant was vended.
func (c *caller) valid(ctx context.Context) error {
	if err := c.principal.Check(ctx); err != nil {
		return c.refused(ctx, &refusal{fmt.Errorf("%w: %w", ErrDenied, err), "the caller is no longer valid"})
	}
	return nil
}

// refused records that a request of the caller was refused, and returns err. Reaching for something
// foreign is an alert.
func (c *caller) refused(ctx context.Context, err error) error {
	r := c.row(ledger.Denied)
	r.Alert = errors.Is(err, ErrForeign)
	c.home.machine.recordRefusal(ctx, r, err)
	return err
}

// row is a ledger row about the caller.
func (c *caller) row(d ledger.Decision) ledger.Row {
	r := rowOf(c.principal, d)
	r.Scope = c.scope
	if key := c.home.key.Load(); key != nil {
		r.Account, r.KeyID, r.Generation = key.as.Email(), key.as.KeyID(), key.generation
	}
	return r
}
