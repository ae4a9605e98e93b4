package vending

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	gtransport "google.golang.org/api/transport/grpc"
)

// Scope lets tests ask the guards without a cloud.
type Scope struct{ s scope }

func NewScope(project, database, bucket string, readOnly bool) Scope {
	return Scope{siloScope(project, database, bucket, readOnly)}
}

func NewSignInScope(project, database, document string) Scope {
	return Scope{signInScope(project, database, document)}
}

// Beneath confines the scope to a subtree of its database.
func (s Scope) Beneath(document string) Scope {
	s.s.root += "/" + document
	return s
}

func (s Scope) Firestore(method string, message any) error {
	return s.s.checkFirestore(method, message)
}
func (s Scope) Metadata(ctx context.Context) error { return s.s.checkMetadata(ctx) }
func (s Scope) Document(name string) bool          { return s.s.document(name) }
func (s Scope) Parent(name string) bool            { return s.s.parent(name) }
func (s Scope) Storage(origin *url.URL, r *http.Request) error {
	return s.s.checkStorage(origin, r)
}

func FirestoreMethods() []string { return slices.Sorted(maps.Keys(firestoreRules)) }

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
	ObjectName  = objectName
	ErrMisfiled = errMisfiled
)

// Unguarded returns clients with the grant's credentials and no guard: Firestore on any database, and Storage.
func (g Grant) Unguarded(ctx context.Context, database string) (*firestore.Client, *storage.Client, error) {
	m, key := g.caller.home.machine, g.caller.home.key.Load()
	db, err := firestore.NewClientWithDatabase(ctx, m.project, database, gtransport.WithConnPool(account{m.wire, key.call}))
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
