package vending

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
)

// MachineConfig configures a Machine.
type MachineConfig struct {
	Project   string
	Endpoints gcloud.Endpoints
	Registry  *registry.Registry // knows the cells
	Vault     *vault.Vault
	Source    vault.Source // nil: KeyFiles
	Ledger    *ledger.Ledger
	Purposes  Purposes
	Queue     *queue.Store  // where intents are written; nil: none can be
	Outbox    *Outbox       // how events are published; nil: none are
	Quotas    Quotas        // how many bytes of files each tenant may keep
	CacheSize int           // tenants kept warm; 0: 10,000
	Reread    time.Duration // a warm tenant's vault object is read again after this; 0: 10 minutes
	Memory    int           // entries of every Memory that are kept at once, for all tenants together; 0: 100,000
	Callers   int           // callers kept warm at once, for all tenants together; 0: 50,000
	Calls     int           // of one tenant that are under way at once, to Firestore and to Cloud Storage each; 0: 50
	Now       func() time.Time
	Logger    *slog.Logger
}

// DefaultQuota is how many bytes of files a tenant may keep if nobody says otherwise: 100 GB.
const DefaultQuota int64 = 100e9

// Quotas are how many bytes of files each tenant may keep. Operators set them in the configuration
// of each process; nobody of a tenant does.
type Quotas struct {
	Default int64               // 0: DefaultQuota
	Of      map[tenant.ID]int64 // those of tenants with another
}

// Machine vends grants. Safe for concurrent use.
type Machine struct {
	project string
	cells   cells
	source  vault.Source
	storage *url.URL // origin
	vault   *vault.Vault
	ledger  *ledger.Ledger
	jobs    Purposes
	queue   *queue.Store
	outbox  *Outbox
	quotas  Quotas
	now     func() time.Time
	log     *slog.Logger
	size    int
	reread  time.Duration

	pool    *gcloud.ConnPool // to Firestore, shared by all tenants
	http    *http.Transport  // to Cloud Storage, shared by all tenants
	reading singleflight.Group

	mu     sync.RWMutex
	warm   map[tenant.ID]*compartment
	closed bool

	rereading map[tenant.Region]bool

	memorySize int64
	remembered atomic.Int64 // entries, in all compartments

	callersSize int64
	callers     atomic.Int64 // in all compartments that are found in warm
	calls       int

	stop    context.CancelFunc
	stopped chan struct{}
}

// NewMachine returns a Machine. It opens no connection yet. Close it when done.
func NewMachine(cfg MachineConfig) (*Machine, error) {
	if cfg.Project == "" || cfg.Registry == nil || cfg.Vault == nil || cfg.Ledger == nil {
		return nil, errors.New("vending: a machine needs a project, a registry, a vault and a ledger")
	}
	origin, err := cfg.Endpoints.StorageOrigin()
	if err != nil {
		return nil, err
	}
	pool, err := gcloud.Dial(cfg.Endpoints.Firestore, gcloud.GoogleFirestore)
	if err != nil {
		return nil, err
	}
	m := &Machine{
		project: cfg.Project,
		cells:   cells{registry: cfg.Registry},
		source:  cfg.Source,
		storage: origin,
		vault:   cfg.Vault,
		ledger:  cfg.Ledger,
		jobs:    maps.Clone(cfg.Purposes),
		queue:   cfg.Queue,
		outbox:  cfg.Outbox,
		quotas:  Quotas{cfg.Quotas.Default, maps.Clone(cfg.Quotas.Of)},
		now:     cfg.Now,
		log:     cfg.Logger,
		size:    cfg.CacheSize,
		reread:  cfg.Reread,
		pool:    pool,
		http:    gcloud.NewTransport(),
		warm:    make(map[tenant.ID]*compartment),

		rereading: make(map[tenant.Region]bool),

		memorySize:  int64(cfg.Memory),
		callersSize: int64(cfg.Callers),
		calls:       cfg.Calls,
		stopped:     make(chan struct{}),
	}
	if m.source == nil {
		m.source = vault.KeyFiles(cfg.Endpoints)
	}
	if m.now == nil {
		m.now = time.Now
	}
	if m.log == nil {
		m.log = slog.Default()
	}
	if m.size <= 0 {
		m.size = 10_000
	}
	if m.memorySize <= 0 {
		m.memorySize = 100_000
	}
	if m.callersSize <= 0 {
		m.callersSize = 50_000
	}
	if m.calls <= 0 {
		m.calls = 50
	}
	if m.reread <= 0 {
		m.reread = 10 * time.Minute
	}
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	go m.tend(ctx)
	return m, nil
}

// Vend returns the Grant of a verified caller.
//
// The principal must be valid: not expired, not revoked, its tenant active. The grant reaches the
// tenant's own database and bucket; it is read-only for a viewer, reaches what its purpose needs
// for a job, and reaches nothing but the caller's own user record for a caller who has only just
// signed in. It returns ErrDenied, recorded, if the principal is not valid or the vault has nothing
// for it; any other error means that the vault could not be read.
//
// A warm vend is two map reads. A cold one reads exactly one object, however many callers wait for
// it.
func (m *Machine) Vend(ctx context.Context, p tenancy.Principal) (Grant, error) {
	if err := p.Check(ctx); err != nil {
		return Grant{}, m.deny(ctx, p, fmt.Errorf("%w: %w", ErrDenied, err), false)
	}
	c := m.lookup(p.Tenant())
	if c != nil {
		key := keyOf(p)
		if caller := c.lookup(&key); caller != nil {
			caller.vendedWarm()
			return Grant{caller}, nil
		}
	}
	return m.vendSlowly(ctx, p, c)
}

func (m *Machine) vendSlowly(ctx context.Context, p tenancy.Principal, c *compartment) (Grant, error) {
	if c == nil {
		var err error
		if c, err = m.open(ctx, p); err != nil {
			return Grant{}, m.failed(ctx, p, err)
		}
	}
	if c.cell.Region != p.Region() || c.cell.ID != p.Cell() {
		return Grant{}, m.deny(ctx, p, refuse(ErrDenied, "the tenant is not in the principal's region and cell"), false)
	}
	caller, fresh, err := c.callerOf(p)
	if err != nil {
		return Grant{}, m.failed(ctx, p, err)
	}
	if fresh {
		m.record(ctx, caller.row(ledger.Vended))
	}
	return Grant{caller}, nil
}

// lookup returns the tenant's compartment if it is warm.
func (m *Machine) lookup(id tenant.ID) *compartment {
	m.mu.RLock()
	c := m.warm[id]
	m.mu.RUnlock()
	if c != nil && !c.used.Load() {
		c.used.Store(true)
	}
	return c
}

// open reads the vault and makes a compartment of it. Callers of one tenant share one read. It does
// not depend on the context of any of them, so it goes on when the first of them gives up.
func (m *Machine) open(ctx context.Context, p tenancy.Principal) (*compartment, error) {
	id := p.Tenant()
	result := m.reading.DoChan(fmt.Sprintf("open %s in %d, %s", id, p.Region(), p.Cell()), func() (any, error) {
		if c := m.lookup(id); c != nil {
			return c, nil // opened between our look and our turn
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), vaultTimeout)
		defer cancel()
		cell, err := m.cells.of(ctx, p)
		if err != nil {
			return nil, err
		}
		c, err := m.read(ctx, id, cell)
		if err != nil {
			return nil, err
		}
		m.keep(c)
		return c, nil
	})
	select {
	case r := <-result:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*compartment), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// keep remembers a compartment, forgetting another if there are too many. Grants of a forgotten
// compartment go on working, for they hold it, but remember nothing more; the shared connections
// are nobody's to close.
func (m *Machine) keep(c *compartment) {
	m.mu.Lock()
	gone := m.warm[c.tenant]
	if gone == nil && len(m.warm) >= m.size {
		gone = m.idle()
		delete(m.warm, gone.tenant)
	}
	if m.closed {
		gone = c
	} else {
		m.warm[c.tenant] = c
	}
	m.mu.Unlock()
	if gone != nil {
		m.retire(gone)
	}
}

// idle returns a compartment that was not used lately, as far as a few looks can tell.
func (m *Machine) idle() *compartment {
	const looks = 16
	var c *compartment
	n := 0
	for _, c = range m.warm { // in random order
		if n++; !c.used.Swap(false) || n == looks {
			break
		}
	}
	return c
}

// forget makes the next vend of the tenant read the vault, unless c has been replaced already.
func (m *Machine) forget(c *compartment) {
	m.mu.Lock()
	if m.warm[c.tenant] == c {
		delete(m.warm, c.tenant)
	}
	m.mu.Unlock()
	m.retire(c)
}

// closeTimeout bounds what Close waits for the ledger.
const closeTimeout = 8 * time.Second

// reportedAtOnce is how many rows Close gives to the ledger before it waits for them to be written.
const reportedAtOnce = 100

// Close gives the last counts to the ledger, releases the connections and forgets every Memory. No
// Grant works afterwards. Closing again does nothing.
//
// There may be more counts than the ledger's queue has room for, so Close waits for it to write
// them, for at most 8 s. Counts that find no room after that are logged, and the ledger counts them
// as lost.
func (m *Machine) Close() error { return m.close(closeTimeout) }

func (m *Machine) close(patience time.Duration) error {
	m.stop()
	<-m.stopped
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	warm := slices.Collect(maps.Values(m.warm))
	clear(m.warm)
	m.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	rows := 0
	for _, c := range warm {
		m.leave(c)
		for _, known := range c.all() {
			if rows += m.report(known); rows < reportedAtOnce {
				continue
			}
			rows = 0
			_ = m.ledger.Flush(ctx) // the rest is added in any case, and may find room
		}
	}
	m.http.CloseIdleConnections()
	return m.pool.Close()
}

var _ io.Closer = (*Machine)(nil)
