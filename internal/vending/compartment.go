package vending

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/auth"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// compartment is one warm tenant: where its data is, and the key that opens it. Its callers come
// and go; the key is replaced under them when it rotates.
type compartment struct {
	recent [recentCallers]atomic.Pointer[caller]
	used   atomic.Bool // vended from since somebody last looked

	machine  *Machine
	tenant   tenant.ID
	cell     tenant.Cell
	location location.Location
	key      atomic.Pointer[credential] // nil once the vault says there is none
	read     atomic.Int64               // when the vault was read, Unix nanoseconds

	calls    *gcloud.Limit // to Firestore
	requests *gcloud.Limit // to Cloud Storage

	mu      sync.RWMutex
	callers map[callerKey]*caller
	retired bool // no longer found in the machine; its callers' counts are reported one by one

	memory compartmentMemory
}

// credential is one generation of the right to act as a tenant's account, ready for use: a parsed
// key that signs a token once an hour, or a token that is asked for as often.
type credential struct {
	as         vault.Identity
	generation int64
	creds      *auth.Credentials
	call       grpc.CallOption // the credential on a Firestore call
}

// vaultTimeout bounds one read of the vault, retries included.
const vaultTimeout = 10 * time.Second

// compartment returns an empty compartment.
func (m *Machine) compartment(id tenant.ID, cell tenant.Cell) *compartment {
	return &compartment{
		machine: m, tenant: id, cell: cell, callers: make(map[callerKey]*caller),
		calls: gcloud.NewLimit(m.calls), requests: gcloud.NewLimit(m.calls),
	}
}

// read makes a compartment of the tenant's vault object.
func (m *Machine) read(ctx context.Context, id tenant.ID, cell tenant.Cell) (*compartment, error) {
	f, _, err := m.vault.Read(ctx, id, cell.Region)
	if err != nil {
		return nil, vaultError(err)
	}
	c := m.compartment(id, cell)
	if c.location, err = f.Location(id, cell); err != nil {
		return nil, vaultError(err)
	}
	key, err := m.credential(f, c)
	if err != nil {
		return nil, vaultError(err)
	}
	c.key.Store(key)
	c.read.Store(m.now().UnixNano())
	c.used.Store(true)
	return c, nil
}

// vaultError is err, and ErrDenied if the vault has nothing that this tenant could be given.
func vaultError(err error) error {
	if errors.Is(err, vault.ErrNoBundle) || errors.Is(err, vault.ErrMisfiled) {
		return fmt.Errorf("%w: %w", ErrDenied, err)
	}
	return err
}

// credential takes the key out of a vault object, if everything in the object agrees with the
// compartment: the names, and the account, which is called like the tenant. A key filed under
// another tenant's name opens nothing.
func (m *Machine) credential(f *vault.File, c *compartment) (*credential, error) {
	where, err := f.Location(c.tenant, c.cell)
	if err != nil {
		return nil, err
	}
	if where != c.location || f.Generation < 1 || f.AccountEmail() != location.AccountOf(c.cell.Project, c.tenant) {
		return nil, vault.ErrMisfiled
	}
	id, err := m.source.Identity(f, c.cell.Project)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrMisfiled, err)
	}
	creds := id.Credentials()
	return &credential{as: id, generation: f.Generation, creds: creds, call: m.pool.CallAs(creds)}, nil
}

// refresh reads the vault again and, if it holds a newer key, puts that in the place of old. It
// returns the key to use now, or nil if there is none better than old. Readers of one tenant share
// one read.
func (c *compartment) refresh(ctx context.Context, old *credential, rejected bool) (*credential, error) {
	m := c.machine
	result := m.reading.DoChan("refresh "+c.tenant.String(), func() (any, error) {
		if now := c.key.Load(); now != old {
			return now, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), vaultTimeout)
		defer cancel()
		f, _, err := m.vault.Read(ctx, c.tenant, c.cell.Region)
		var key *credential
		if err == nil {
			key, err = m.credential(f, c)
		}
		c.read.Store(m.now().UnixNano())
		switch {
		case errors.Is(err, vault.ErrNoBundle), errors.Is(err, vault.ErrMisfiled): // taken out of the vault, or not ours any more
			c.key.Store(nil)
			m.forget(c)
			r := ledger.Row{Decision: ledger.Denied, Tenant: c.tenant.String(), Region: int64(c.cell.Region),
				Reason: ledger.Text(err.Error()), Alert: errors.Is(err, vault.ErrMisfiled)}
			m.record(ctx, r)
			return (*credential)(nil), nil
		case err != nil:
			return (*credential)(nil), err
		case key.generation < old.generation, key.generation == old.generation && !(rejected && key.as.Renewable()):
			return (*credential)(nil), nil
		}
		c.key.Store(key)
		return key, nil
	})
	select {
	case r := <-result:
		return r.Val.(*credential), r.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// rejected is told that the cloud did not accept key. It returns a newer one to try, or nil; then
// the tenant is forgotten and the next vend begins at the vault.
func (c *compartment) rejected(ctx context.Context, key *credential) *credential {
	fresh, err := c.refresh(ctx, key, true)
	if err == nil && fresh != nil {
		_, err = fresh.creds.Token(ctx)
	}
	if ctx.Err() != nil {
		return nil // whoever asked has gone away, which says nothing of the key
	}
	if err != nil {
		c.machine.log.WarnContext(ctx, "vending: nothing follows a rejected key", "tenant", c.tenant.String(), "error", err)
	}
	if err != nil || fresh == nil {
		c.machine.forget(c)
		return nil
	}
	return fresh
}

// sign signs b with key or, should the cloud not let it, with the one that has followed.
func (c *compartment) sign(ctx context.Context, key *credential, b []byte) ([]byte, error) {
	signature, err := key.as.Sign(ctx, b)
	if status.Code(err) == codes.Unauthenticated {
		if fresh := c.rejected(ctx, key); fresh != nil {
			return fresh.as.Sign(ctx, b)
		}
	}
	return signature, err
}
