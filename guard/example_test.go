package guard_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"cloud.google.com/go/firestore"
	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/storage"
	"google.golang.org/api/option"
	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/bulkhead-saas/bulkhead/guard"
)

// customer is what a person of customer c1 may do: read and write orders, append to the audit
// trail, and keep a profile.
func customer(person string) guard.Scope {
	return guard.Scope{
		Project:  "shop",
		Database: "orders-eu",
		Root:     "customers/c1",
		Bucket:   "shop-files",
		Prefix:   "c1/",
		Collections: map[string]guard.Verbs{
			"orders": guard.Read | guard.Write,
			"audit":  guard.Append,
		},
		Documents: map[string]guard.Verbs{"profiles/" + person: guard.Read | guard.Write},
		Objects:   guard.Read,
	}
}

// The check alone: is this message of Firestore's within the scope?
func Example() {
	g, err := guard.New(customer("ada"))
	if err != nil {
		panic(err)
	}
	const root = "projects/shop/databases/orders-eu/documents/customers/"
	for _, document := range []string{"c1/orders/o1", "c1/profiles/ada", "c1/profiles/bob", "c2/orders/o1", "c1/audit/e1"} {
		err := g.Firestore("/google.firestore.v1.Firestore/BatchGetDocuments", &fs.BatchGetDocumentsRequest{
			Database:  "projects/shop/databases/orders-eu",
			Documents: []string{root + document},
		}, nil)
		switch {
		case errors.Is(err, guard.ErrForeign):
			fmt.Println(document, "is outside the scope")
		case errors.Is(err, guard.ErrNotPermitted):
			fmt.Println(document, "may not be read")
		default:
			fmt.Println(document, "may be read")
		}
	}
	// Output:
	// c1/orders/o1 may be read
	// c1/profiles/ada may be read
	// c1/profiles/bob is outside the scope
	// c2/orders/o1 is outside the scope
	// c1/audit/e1 may not be read
}

// shared is one connection to Firestore that all customers' clients send on.
type shared struct{ conn *grpc.ClientConn }

func (s shared) Pick() grpc.ClientConnInterface { return s.conn }
func (s shared) Num() int                       { return 1 }

// Google's own client, with the guard before its connection.
func ExampleNewConn() {
	ctx := context.Background()
	conn, err := grpc.NewClient("firestore.googleapis.com:443", grpc.WithTransportCredentials(credentials.NewTLS(nil)))
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	g, err := guard.New(customer("ada"))
	if err != nil {
		panic(err)
	}
	token := guard.Bearer(func(context.Context) (string, error) { return "an access token", nil })
	through := guard.NewConn(g, new(guard.Issued), token, shared{conn})

	client, err := firestore.NewClientWithDatabase(ctx, "shop", "orders-eu", gtransport.WithConnPool(through))
	if err != nil {
		panic(err)
	}
	defer client.Close()

	// A line of code that forgets whose orders it wants sends nothing.
	_, err = client.Doc("customers/c2/orders/o1").Delete(ctx)
	fmt.Println(errors.Is(err, guard.ErrForeign))
	_, err = client.CollectionGroup("orders").Documents(ctx).Next()
	fmt.Println(errors.Is(err, guard.ErrForeign))
	// Output:
	// true
	// true
}

// Google's own client, with the guard before its transport.
func ExampleNewTransport() {
	ctx := context.Background()
	cloud := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("the cloud is asked:", r.Method, r.URL.Path)
		fmt.Fprint(w, `{"name": "c1/logo.png"}`)
	}))
	defer cloud.Close()
	origin, err := url.Parse(cloud.URL) // https://storage.googleapis.com
	if err != nil {
		panic(err)
	}
	g, err := guard.New(customer("ada"))
	if err != nil {
		panic(err)
	}
	token := guard.Bearer(func(context.Context) (string, error) { return "an access token", nil })
	through := guard.NewTransport(g, new(guard.Issued), token, origin, http.DefaultTransport)

	client, err := storage.NewClient(ctx, option.WithHTTPClient(&http.Client{Transport: through}),
		option.WithEndpoint(cloud.URL+"/storage/v1/"), storage.WithJSONReads())
	if err != nil {
		panic(err)
	}
	defer client.Close()
	bucket := client.Bucket("shop-files")

	attrs, err := bucket.Object("c1/logo.png").Attrs(ctx)
	fmt.Println(attrs.Name, err)
	_, err = bucket.Object("c2/logo.png").Attrs(ctx)
	fmt.Println(errors.Is(err, guard.ErrForeign))
	err = bucket.Object("c1/logo.png").Delete(ctx)
	fmt.Println(errors.Is(err, guard.ErrNotPermitted))
	// Output:
	// the cloud is asked: GET /storage/v1/b/shop-files/o/c1/logo.png
	// c1/logo.png <nil>
	// true
	// true
}
