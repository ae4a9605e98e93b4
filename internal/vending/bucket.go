package vending

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/storage"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"google.golang.org/api/iterator"
)

// Bucket is the tenant's own Cloud Storage bucket. Every call through the zero Bucket is refused
// with ErrDenied.
type Bucket struct{ owner *caller } // see Database

// handle returns the caller's handle; for the zero Bucket, one that refuses every call.
func (b Bucket) handle() *storage.BucketHandle {
	if b.owner == nil {
		return refusedBucket()
	}
	return b.owner.bucket()
}

// prefix is the beginning of every object's name in the bucket; the tenant does not see it.
func (b Bucket) prefix() string {
	if b.owner == nil {
		return ""
	}
	return b.owner.home.location.Prefix
}

// Object returns a handle of an object. It makes no request. What the cloud answers about it
// (ObjectAttrs.Name) is its whole name, which in a pool begins with the tenant's prefix.
func (b Bucket) Object(name string) *storage.ObjectHandle {
	return b.handle().Object(b.prefix() + name)
}

// Objects lists the objects that q selects.
func (b Bucket) Objects(ctx context.Context, q *storage.Query) *Objects {
	within := storage.Query{}
	if q != nil {
		within = *q
	}
	prefix := b.prefix()
	within.Prefix = prefix + within.Prefix
	for _, name := range []*string{&within.StartOffset, &within.EndOffset, &within.MatchGlob} {
		if *name != "" {
			*name = prefix + *name
		}
	}
	return &Objects{b.handle().Objects(ctx, &within), prefix}
}

// Objects iterates over objects, as storage.ObjectIterator does, under the names that the tenant
// knows.
type Objects struct {
	all    *storage.ObjectIterator
	prefix string
}

// Next returns the next object, or the next common prefix if the query has a delimiter;
// iterator.Done after the last.
func (o *Objects) Next() (*storage.ObjectAttrs, error) {
	attrs, err := o.all.Next()
	if err != nil {
		return nil, err
	}
	attrs.Name = strings.TrimPrefix(attrs.Name, o.prefix)
	attrs.Prefix = strings.TrimPrefix(attrs.Prefix, o.prefix)
	return attrs, nil
}

// PageInfo supports pagination.
func (o *Objects) PageInfo() *iterator.PageInfo { return o.all.PageInfo() }

// openBucket makes the caller's Storage client. If that fails, which takes a surprise in the
// environment, the handle refuses every call.
func (c *caller) openBucket() *storage.BucketHandle {
	m := c.home.machine
	key := c.home.key.Load()
	if key == nil {
		return refusedBucket()
	}
	client, err := gcloud.OpenStorage(m.storage.String(), key.creds, c.transport())
	if err != nil {
		m.log.Error("vending: storage client", "error", err)
		return refusedBucket()
	}
	return client.Bucket(c.home.location.Bucket)
}

// refusedBucket is the handle behind the zero Bucket.
var refusedBucket = sync.OnceValue(func() *storage.BucketHandle {
	nobody := auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: refusedToken{}})
	client, err := gcloud.OpenStorage(gcloud.GoogleStorage, nobody, refusedTransport{})
	if err != nil {
		panic("vending: " + err.Error()) // the client is of constants alone
	}
	return client.Bucket("none")
})

type refusedToken struct{}

func (refusedToken) Token(context.Context) (*auth.Token, error) { return nil, errZeroGrant }

type refusedTransport struct{}

func (refusedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return nil, gcloud.Abandon(req, errZeroGrant)
}
