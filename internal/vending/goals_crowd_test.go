package vending_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// crowd is many active tenants, each with a caller: records in the registry, objects in the vault,
// tokens that verify. Their databases are a witness's, for to make a thousand of them takes
// minutes.
type crowd struct {
	*vendingtest.World
	people  []tenancy.Principal
	witness *witness
}

const crowdSize = 1000

func newCrowd(b testing.TB, w *vendingtest.World, size int) *crowd {
	b.Helper()
	c := &crowd{World: w, witness: startWitness(b)}
	issuer := tenancytest.NewIssuer(b)
	registry := registry.New(w.Web.Registry(), nil)
	auth := tenancy.NewAuthenticator(tenancy.Parts{
		Verifier: issuer.Verifier(b), Registry: registry, Revocations: w.Revocations, Database: w.Web.Registry(), Now: issuer.Now,
	})
	tenants := make([]tenant.Tenant, size)
	writer := w.Owner.Registry().BulkWriter(b.Context())
	for i := range tenants {
		id := tenant.NewID()
		slug := tenancytest.Slug(b, fmt.Sprintf("tenant-%d", i))
		t := tenant.Tenant{
			ID: id, Slug: slug, Region: tenant.US, Cell: tenant.DefaultCell(tenant.US), Isolation: tenant.Silo,
			IdentityTenant: "idp-" + id.String(), ServiceAccount: location.AccountOf(vendingtest.Project, id),
			Database: id.String(), Bucket: location.Silo(vendingtest.Project, id).Bucket,
		}
		tenants[i] = t
		if _, err := writer.Create(w.Owner.Registry().Collection("tenants").Doc(id.String()), map[string]any{
			"slug": slug.String(), "name": slug.String(), "region": int64(t.Region), "cell": t.Cell.String(),
			"isolation": string(t.Isolation), "status": string(tenant.Active), "identityTenant": t.IdentityTenant,
			"serviceAccount": t.ServiceAccount, "database": t.Database, "bucket": t.Bucket,
		}); err != nil {
			b.Fatal(err)
		}
	}
	writer.End()
	c.people = make([]tenancy.Principal, size)
	each(b, size, 16, func(i int) error {
		t := tenants[i]
		if err := w.Onboarding.Vault.Put(b.Context(), vault.Bundle{
			Tenant: t.ID, Database: t.Database, Bucket: t.Bucket, Region: t.Region, Cell: t.Cell, Isolation: t.Isolation,
			Generation: 1, Key: keyNamed(t.ServiceAccount, w.Endpoints.Token),
		}, 0); err != nil {
			return err
		}
		var err error
		c.people[i], err = auth.Bearer(b.Context(), tenant.SelectID(t.ID), issuer.Exchanged(t, fmt.Sprintf("user-%d", i), tenant.Admin))
		return err
	})
	return c
}

// keyNamed is a key file of the account. All share one private key: who a call is from, its token
// says.
func keyNamed(account, tokenURI string) []byte {
	b, err := json.Marshal(map[string]any{
		"type": "service_account", "project_id": vendingtest.Project, "private_key_id": "k1", "private_key": goodPEM(),
		"client_email": account, "token_uri": tokenURI,
	})
	if err != nil {
		panic(err)
	}
	return b
}

// machine returns a machine whose Firestore is the witness.
func (c *crowd) machine(b testing.TB, cache int) *vending.Machine {
	b.Helper()
	at := c.Endpoints
	at.Firestore = c.witness.address
	m, err := vending.NewMachine(vending.MachineConfig{
		Project: vendingtest.Project, Endpoints: at, Registry: c.Registry, Vault: c.Vault, Ledger: c.Ledger,
		CacheSize: cache, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = m.Close() })
	return m
}

// bind has 64 callers at a time vend for one of the crowd's tenants and read a document, and
// returns how many were given another's. The witness compares the account of each call's token with
// the database that it is about, and answers with the account; the caller compares that with whom
// the grant was vended to.
func (c *crowd) bind(b testing.TB, m *vending.Machine, calls int) int64 {
	b.Helper()
	var mistaken atomic.Int64
	each(b, calls, 64, func(int) error {
		p := c.people[rand.N(len(c.people))]
		g, err := m.Vend(b.Context(), p)
		if err != nil {
			return err
		}
		snap, err := g.Database().Collection("users").Doc("u1").Get(b.Context())
		if err != nil {
			return err
		}
		if g.Tenant() != p.Tenant() || snap.Data()["account"] != location.AccountOf(vendingtest.Project, p.Tenant()) {
			mistaken.Add(1)
		}
		return nil
	})
	return mistaken.Load() + c.witness.wrong.Load()
}

// TestCrowd: what the goals are measured with serves, and the cache is too small for all.
func TestCrowd(t *testing.T) {
	c := newCrowd(t, vendingtest.Start(t), 20)
	const calls = 500
	if wrong := c.bind(t, c.machine(t, 16), calls); wrong != 0 || c.witness.calls.Load() != calls {
		t.Errorf("%d of %d calls were given another's clients, and the witness has seen %d", wrong, calls, c.witness.calls.Load())
	}
}

// goalBinding has a thousand tenants share a cache that is a little too small for all.
func goalBinding(b *testing.B, c *crowd) {
	m := c.machine(b, crowdSize-crowdSize/100)
	calls := size(100_000, 20_000)
	wrong := c.bind(b, m, calls)
	row := rounds.Row{Goal: "7", What: fmt.Sprintf("%d calls, 64 at a time, %d tenants", c.witness.calls.Load(), crowdSize),
		Ours: fmt.Sprintf("%d mis-bound", wrong)}
	row.AtMost("mis-bound", float64(wrong), 0)
	row.AtLeast("calls", float64(c.witness.calls.Load()), float64(calls))
	emit(b, row)
	row = rounds.Row{Goal: "6", What: fmt.Sprintf("sockets to Firestore after %d calls of %d tenants", calls, crowdSize),
		Ours: fmt.Sprintf("%d of ours, %d at the witness", m.Sockets(), c.witness.listener.accepted.Load())}
	row.AtMost("sockets", float64(m.Sockets()), 2)
	emit(b, row)
}

// witness is a Firestore that has every document, and looks at who asks for it.
type witness struct {
	fs.UnimplementedFirestoreServer
	address      string
	listener     *countingListener
	calls, wrong atomic.Int64
}

func startWitness(b testing.TB) *witness {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	w := &witness{address: "http://" + ln.Addr().String(), listener: &countingListener{Listener: ln}}
	server := grpc.NewServer()
	fs.RegisterFirestoreServer(server, w)
	go func() { _ = server.Serve(w.listener) }()
	b.Cleanup(server.Stop)
	return w
}

func (w *witness) BatchGetDocuments(req *fs.BatchGetDocumentsRequest, stream fs.Firestore_BatchGetDocumentsServer) error {
	w.calls.Add(1)
	md, _ := metadata.FromIncomingContext(stream.Context())
	account, err := accountOf(md.Get("authorization"))
	if err != nil {
		return err
	}
	tenant, _, _ := strings.Cut(account, "@")
	database := "projects/" + vendingtest.Project + "/databases/" + tenant
	if req.Database != database || strings.Join(md.Get("google-cloud-resource-prefix"), "") != database {
		w.wrong.Add(1)
	}
	for _, name := range req.Documents {
		if !strings.HasPrefix(name, database+"/documents/") {
			w.wrong.Add(1)
		}
		now := timestamppb.Now()
		if err := stream.Send(&fs.BatchGetDocumentsResponse{ReadTime: now, Result: &fs.BatchGetDocumentsResponse_Found{Found: &fs.Document{
			Name: name, CreateTime: now, UpdateTime: now,
			Fields: map[string]*fs.Value{"account": {ValueType: &fs.Value_StringValue{StringValue: account}}},
		}}}); err != nil {
			return err
		}
	}
	return nil
}

// accountOf is who a call's token says that it is from.
func accountOf(authorization []string) (string, error) {
	if len(authorization) != 1 {
		return "", fmt.Errorf("%d credentials", len(authorization))
	}
	segments := strings.Split(authorization[0], ".")
	if len(segments) != 3 {
		return "", errors.New("not a token")
	}
	claims, err := base64.RawURLEncoding.DecodeString(segments[1])
	if err != nil {
		return "", err
	}
	var says struct {
		Issuer string `json:"iss"`
	}
	err = json.Unmarshal(claims, &says)
	return says.Issuer, err
}

// countingListener counts the connections that it accepts.
type countingListener struct {
	net.Listener
	accepted atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.accepted.Add(1)
	}
	return conn, err
}

// each calls f for 0 to n-1, by so many workers.
func each(b testing.TB, n, workers int, f func(int) error) {
	b.Helper()
	ctx, stop := context.WithCancelCause(b.Context())
	defer stop(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := f(i); err != nil {
					stop(err)
				}
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		b.Fatal(err)
	}
}
