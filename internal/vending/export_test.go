package vending

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	gtransport "google.golang.org/api/transport/grpc"
)

var (
	Attachment = attachment
)

// Unguarded returns clients with the grant's credentials and no guard: Firestore on any database,
// and Storage.
func (g Grant) Unguarded(ctx context.Context, database string) (*firestore.Client, *storage.Client, error) {
	m, key := g.caller.home.machine, g.caller.home.key.Load()
	db, err := firestore.NewClientWithDatabase(ctx, g.caller.home.location.Project, database, gtransport.WithConnPool(m.pool.As(key.call)))
	if err != nil {
		return nil, nil, err
	}
	bucket, err := gcloud.OpenStorage(m.storage.String(), key.creds, gcloud.Authorize(key.creds, m.http))
	return db, bucket, err
}

// Warm reports how many tenants are warm.
func (m *Machine) Warm() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.warm)
}

// Reread does at once what tend does in time, as if no vault object had been read lately.
func (m *Machine) Reread(ctx context.Context) { m.StartReread(ctx)() }

// Generation is that of the key the grant's requests are sent with.
func (g Grant) Generation() int64 { return g.caller.home.key.Load().generation }

// Crowd warms n tenants that do not exist, each with one caller, to see what a full cache costs.
func (m *Machine) Crowd(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.warm) < n {
		c := m.compartment(tenant.NewID(), tenant.Cell{})
		user, _ := tenant.ParseUserID(rand.Text())
		one := &caller{home: c, key: callerKey{user: user, issued: 1, expires: 2, role: tenant.Admin}}
		c.callers[one.key] = one
		c.used.Store(true)
		m.warm[c.tenant] = c
		crowd = append(crowd, crowded{c.tenant, one.key})
	}
}

type crowded struct {
	tenant tenant.ID
	key    callerKey
}

var crowd []crowded

// VendToCrowd does what Vend does once the principal is found to stand.
func (m *Machine) VendToCrowd(i int) Grant {
	one := &crowd[i%len(crowd)]
	known := m.lookup(one.tenant).lookup(&one.key)
	known.vendedWarm()
	return Grant{known}
}

// Fill warms n tenants that do not exist, each with a key of its own to parse and one caller whose
// token is signed: all that an active tenant holds in memory, its connections apart, which are
// shared.
func (m *Machine) Fill(tb testing.TB, tokenURI string, n int, pem func() string) {
	for range n {
		id := tenant.NewID()
		cell := tenant.Cell{ID: tenant.DefaultCell(tenant.US), Project: m.project, Region: tenant.US}
		where := location.Silo(m.project, id)
		c := m.compartment(id, cell)
		c.location = where
		key := map[string]string{
			"type": "service_account", "project_id": m.project, "private_key_id": rand.Text(), "private_key": pem(),
			"client_email": location.AccountOf(m.project, id), "token_uri": tokenURI,
		}
		raw, err := json.Marshal(key)
		if err != nil {
			tb.Fatal(err)
		}
		f, err := vault.Bundle{
			Tenant: id, Database: where.Database, Bucket: where.Bucket, Region: tenant.US, Cell: cell.ID,
			Isolation: tenant.Silo, Generation: 1, Key: raw,
		}.File()
		if err != nil {
			tb.Fatal(err)
		}
		held, err := m.credential(f, c)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := held.creds.Token(tb.Context()); err != nil {
			tb.Fatal(err)
		}
		c.key.Store(held)
		user, _ := tenant.ParseUserID(rand.Text())
		one := &caller{home: c, key: callerKey{user: user, role: tenant.Admin}, scope: "read-write"}
		if err := one.open(where.ReadWrite()); err != nil {
			tb.Fatal(err)
		}
		c.callers[one.key] = one
		m.keep(c)
	}
}

// ForgetAll makes every tenant cold.
func (m *Machine) ForgetAll() {
	for _, c := range m.compartments() {
		m.forget(c)
	}
}

// Sign signs the grant's token, as its first request does; SignAgain signs as if there were none
// yet.
func (g Grant) Sign(tb testing.TB) {
	if _, err := g.caller.home.key.Load().creds.Token(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func (g Grant) SignAgain(tb testing.TB) {
	if _, err := g.caller.home.key.Load().as.Credentials().Token(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// Move makes the grant's warm compartment one of another region.
func (g Grant) Move(r tenant.Region) { g.caller.home.cell.Region = r }

// AgeToken makes the grant's token, got without a key, one that expires after left.
func (g Grant) AgeToken(tb testing.TB, left time.Duration) {
	token, err := g.caller.home.key.Load().creds.Token(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	g.remember(token.Value, left)
}

// SpoilToken makes the grant's token, got without a key, one that the cloud does not know.
func (g Grant) SpoilToken() { g.remember("taken-back", time.Hour) }

func (g Grant) remember(value string, left time.Duration) {
	account := g.caller.home.key.Load().as.(interface{ Remember(*auth.Token) })
	account.Remember(&auth.Token{Value: value, Type: "Bearer", Expiry: time.Now().Add(left)})
}

// Holds reports whether the tenant is warm.
func (m *Machine) Holds(id tenant.ID) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.warm[id] != nil
}

// Conn is the connection of the grant's Firestore client, WholeBucket the bucket under its objects'
// whole names, and Client what the grant's Storage client sends through: each with the guard before
// it.
func (g Grant) Conn() gtransport.ConnPool          { return g.caller.conn() }
func (g Grant) WholeBucket() *storage.BucketHandle { return g.caller.bucket() }
func (g Grant) Client() *http.Client               { return &http.Client{Transport: g.caller.transport()} }

// Sockets is how many connections to Firestore are not idle.
func (m *Machine) Sockets() int { return m.pool.Sockets() }

// Remembered is how many entries the machine counts, and how many there are.
func (m *Machine) Remembered() (counted, found int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, c := range m.warm {
		c.memory.mu.Lock()
		for _, s := range c.memory.stores {
			found += s.Len()
		}
		c.memory.mu.Unlock()
	}
	return int(m.remembered.Load()), found
}

// Callers is how many callers the machine counts, and how many there are.
func (m *Machine) Callers() (counted, found int) {
	for _, c := range m.compartments() {
		found += len(c.all())
	}
	return int(m.callers.Load()), found
}

// StartReread is Reread without the wait, which is what it returns.
func (m *Machine) StartReread(ctx context.Context) (wait func()) {
	for _, c := range m.compartments() {
		c.read.Store(0)
	}
	var reading sync.WaitGroup
	m.rereadAll(ctx, &reading)
	return reading.Wait
}

// CloseWithin is Close with another bound on the wait for the ledger.
func (m *Machine) CloseWithin(d time.Duration) error { return m.close(d) }

// CrowdOnce warms tenants that do not exist, each with n callers who were vended to once.
func (m *Machine) CrowdOnce(tenants, n int) {
	for range tenants {
		c := m.compartment(tenant.NewID(), tenant.Cell{})
		for range n {
			user, _ := tenant.ParseUserID(rand.Text())
			one := &caller{home: c, key: callerKey{user: user}}
			c.add(one)
			one.vendedWarm()
		}
		m.keep(c)
	}
}
