// Package machine stands for the package that may construct clients. Nothing in it is a finding.
package machine

import (
	"context"
	"os"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
)

// Host is a host of Google's.
const Host = "https://storage.googleapis.com"

// Grant is what feature code may hold for the length of a request.
type Grant struct{ db *firestore.Client }

// Collection is what a Grant is for.
func (g Grant) Collection(name string) *firestore.CollectionRef { return g.db.Collection(name) }

// Machine vends.
type Machine struct {
	db    *firestore.Client
	Files *storage.Client
}

// Open makes a Machine. It is restricted.
func Open(ctx context.Context) (*Machine, error) {
	if _, err := os.ReadFile("key.json"); err != nil {
		return nil, err
	}
	db, err := firestore.NewClientWithDatabase(ctx, "p", "d")
	return &Machine{db: db}, err
}

// Vend is for everybody.
func (m *Machine) Vend() Grant { return Grant{m.db} }

// Raw hands out the client itself. It is not restricted, and so for nobody.
func (m *Machine) Raw() *firestore.Client { return m.db }

// Registry hands out a client too, to whom the configuration says.
func (m *Machine) Registry() *firestore.Client { return m.db }

// Opener is a constructor in disguise.
var Opener func(context.Context) (*storage.Client, error) = func(ctx context.Context) (*storage.Client, error) {
	return storage.NewClient(ctx)
}

// Principal is who is calling.
type Principal struct{ tenant string }

// Tenant is whose.
func (p Principal) Tenant() string { return p.tenant }

// Principal is who the grant was vended to.
func (g Grant) Principal() Principal { return Principal{} }

// Memory is a store that is vended: it lives and dies with the tenant's place in the machine.
type Memory struct{ values map[string]any }

// Memory is the grant's.
func (g Grant) Memory() *Memory { return &Memory{map[string]any{}} }

// Get returns what was put.
func (m *Memory) Get(key string) (any, bool) { v, ok := m.values[key]; return v, ok }

// Put keeps v.
func (m *Memory) Put(key string, v any) { m.values[key] = v }

// Registry holds the records of all tenants. It is restricted.
type Registry struct{ Names []string }

// List lists them.
func (r *Registry) List(context.Context) ([]string, error) { return r.Names, nil }
