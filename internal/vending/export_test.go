package vending

import (
	"context"
	"crypto/rand"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc/connectivity"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

// ParseKey parses a key file and returns what would print of the parsed key.
func ParseKey(file []byte, project, tokenURI string) (any, error) {
	s, err := parseKey(file, project, tokenURI)
	if err != nil {
		return nil, err
	}
	return s, nil
}

var (
	Attachment  = attachment
	ErrMisfiled = errMisfiled
)

// Unguarded returns clients with the grant's credentials and no guard: Firestore on any database, and Storage.
func (g Grant) Unguarded(ctx context.Context, database string) (*firestore.Client, *storage.Client, error) {
	m, key := g.caller.home.machine, g.caller.home.key.Load()
	db, err := firestore.NewClientWithDatabase(ctx, g.caller.home.place.project, database, gtransport.WithConnPool(account{m.wire, key.call}))
	if err != nil {
		return nil, nil, err
	}
	bucket, err := openStorage(m.storage.String(), key.creds, authorized{key.creds, m.http})
	return db, bucket, err
}

// Warm reports how many tenants are warm.
func (m *Machine) Warm() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.warm)
}

// Reread does at once what tend does in time, as if no vault object had been read lately.
func (m *Machine) Reread(ctx context.Context) {
	m.mu.RLock()
	for _, c := range m.warm {
		c.read.Store(0)
	}
	m.mu.RUnlock()
	m.rereadAll(ctx)
}

// Generation is that of the key the grant's requests are sent with.
func (g Grant) Generation() int64 { return g.caller.home.key.Load().generation }

// Crowd warms n tenants that do not exist, each with one caller, to see what a full cache costs.
func (m *Machine) Crowd(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.warm) < n {
		c := &compartment{machine: m, tenant: tenancy.NewID(), callers: make(map[callerKey]*caller)}
		user, _ := tenancy.ParseUserID(rand.Text())
		one := &caller{home: c, key: callerKey{user: user, issued: 1, expires: 2, role: tenancy.Admin}}
		c.callers[one.key] = one
		c.used.Store(true)
		m.warm[c.tenant] = c
		crowd = append(crowd, crowded{c.tenant, one.key})
	}
}

type crowded struct {
	tenant tenancy.ID
	key    callerKey
}

var crowd []crowded

// VendToCrowd does what Vend does once the principal is found to stand.
func (m *Machine) VendToCrowd(i int) Grant {
	one := &crowd[i%len(crowd)]
	known := m.lookup(one.tenant).lookup(&one.key)
	known.warm.Add(1)
	return Grant{known}
}

// Fill warms n tenants that do not exist, each with a key of its own to parse and one caller whose token is signed: all that
// an active tenant holds in memory, its connections apart, which are shared.
func (m *Machine) Fill(tb testing.TB, n int, pem func() string) {
	for range n {
		id := tenancy.NewID()
		cell := tenancy.Cell{ID: tenancy.DefaultCell(tenancy.US), Project: m.project, Region: tenancy.US}
		where := silo(m.project, id)
		c := &compartment{machine: m, tenant: id, cell: cell, place: where, callers: make(map[callerKey]*caller)}
		f := &vaultFile{
			keyFields: keyFields{
				Type: "service_account", ProjectID: m.project, PrivateKeyID: rand.Text(), PrivateKey: pem(),
				ClientEmail: AccountOf(m.project, id), TokenURI: m.source.(keyFiles).tokenURI,
			},
			Tenant: id.String(), Database: where.database, Bucket: where.bucket, Region: int64(tenancy.US),
			Isolation: string(tenancy.Silo), Generation: 1,
		}
		key, err := m.credential(f, c)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := key.creds.Token(tb.Context()); err != nil {
			tb.Fatal(err)
		}
		c.key.Store(key)
		user, _ := tenancy.ParseUserID(rand.Text())
		one := &caller{home: c, key: callerKey{user: user, role: tenancy.Admin}, scope: "read-write"}
		if err := one.open(where.readWrite()); err != nil {
			tb.Fatal(err)
		}
		c.callers[one.key] = one
		m.keep(c)
	}
}

// ForgetAll makes every tenant cold.
func (m *Machine) ForgetAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.warm)
}

// Sign signs the grant's token, as its first request does; SignAgain signs as if there were none yet.
func (g Grant) Sign(tb testing.TB) {
	if _, err := g.caller.home.key.Load().creds.Token(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func (g Grant) SignAgain(tb testing.TB) {
	if _, err := g.caller.home.key.Load().identity.(*signer).Token(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// GRPCTarget says where a gRPC endpoint is dialled, with what security, and whether a token may go there in plaintext.
func GRPCTarget(ours, google string) (target, security string, plaintext bool, err error) {
	target, creds, err := grpcTarget(ours, google)
	if err != nil {
		return "", "", false, err
	}
	w, err := dial(ours, google)
	if err != nil {
		return "", "", false, err
	}
	defer w.close()
	return target, creds.Info().SecurityProtocol, !bearer{secure: w.secure}.RequireTransportSecurity(), nil
}

// Move makes the grant's warm compartment one of another region.
func (g Grant) Move(r tenancy.Region) { g.caller.home.cell.Region = r }

// AgeToken makes the grant's token, got without a key, one that expires after left.
func (g Grant) AgeToken(left time.Duration) {
	i := g.caller.home.key.Load().identity.(*impersonated)
	i.token.Store(&auth.Token{Value: i.token.Load().Value, Type: "Bearer", Expiry: time.Now().Add(left)})
}

// SpoilToken makes the grant's token, got without a key, one that the cloud does not know.
func (g Grant) SpoilToken() {
	i := g.caller.home.key.Load().identity.(*impersonated)
	i.token.Store(&auth.Token{Value: "taken-back", Type: "Bearer", Expiry: time.Now().Add(time.Hour)})
}

// Holds reports whether the tenant is warm.
func (m *Machine) Holds(id tenancy.ID) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.warm[id] != nil
}

// Conn is the connection of the grant's Firestore client, WholeBucket the bucket under its objects' whole names, and Client
// what the grant's Storage client sends through: each with the guard before it.
func (g Grant) Conn() gtransport.ConnPool          { return g.caller.conn() }
func (g Grant) WholeBucket() *storage.BucketHandle { return g.caller.bucket() }
func (g Grant) Client() *http.Client               { return &http.Client{Transport: g.caller.transport()} }

// Sockets is how many connections to Firestore are not idle.
func (m *Machine) Sockets() (n int) {
	for _, c := range m.wire.conns {
		if c.GetState() != connectivity.Idle {
			n++
		}
	}
	return n
}
