package vending

import (
	"context"
	"sync"

	"cloud.google.com/go/firestore"
	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"
)

// Database is the tenant's own Firestore database. It names no tenant: the code that uses it could
// be that of a program with a single customer. Every call through the zero Database is refused with
// ErrDenied.
type Database struct{ of *caller } // a field of its own name: a Database is not converted into a Grant

// client returns the caller's Firestore client; for the zero Database, one that refuses every call.
func (d Database) client() *firestore.Client {
	if d.of == nil {
		return refusedDatabase()
	}
	return d.of.database
}

// Collection returns a reference to a collection, by its path below the tenant's root: "notes", or
// "notes/n1/parts". It makes no request. It returns nil if path is not that of a collection.
func (d Database) Collection(path string) *firestore.CollectionRef {
	if d.of != nil {
		path = d.of.home.location.Path(path)
	}
	return d.client().Collection(path)
}

// RunTransaction runs f in a transaction, again when another one got in between: f must have no
// effect besides. On a read-only grant the transaction is read-only; the caller's own Profile is
// then written without one.
func (d Database) RunTransaction(ctx context.Context, f func(context.Context, *firestore.Transaction) error, opts ...firestore.TransactionOption) error {
	if d.of != nil && d.of.readOnly {
		opts = append(opts[:len(opts):len(opts)], firestore.ReadOnly)
	}
	return d.client().RunTransaction(ctx, f, opts...)
}

// GetAll reads several documents at once. A document that does not exist is a snapshot whose Exists
// is false.
func (d Database) GetAll(ctx context.Context, refs []*firestore.DocumentRef) ([]*firestore.DocumentSnapshot, error) {
	return d.client().GetAll(ctx, refs)
}

// refusedDatabase is the client behind the zero Database.
var refusedDatabase = sync.OnceValue(func() *firestore.Client {
	client, err := firestore.NewClientWithDatabase(context.Background(), "none", "none", gtransport.WithConnPool(refusing{}))
	if err != nil {
		panic("vending: " + err.Error()) // the client is of constants alone
	}
	return client
})

var errZeroGrant = refuse(ErrDenied, "no grant")

// refusing is a connection that leads nowhere.
type refusing struct{}

func (refusing) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	return errZeroGrant
}

func (refusing) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errZeroGrant
}

func (refusing) Conn() *grpc.ClientConn { return nil }
func (refusing) Num() int               { return 0 }
func (refusing) Close() error           { return nil }
