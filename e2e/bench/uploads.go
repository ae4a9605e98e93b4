package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	"github.com/labstack/echo/v4"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
)

// signer signs requests with a tenant's key, as Google's documentation does.
type signer struct {
	bucket, email string
	key           []byte
}

func newSigner(p plan) (signer, error) {
	file, err := os.ReadFile(p.Tenant.KeyFile)
	if err != nil {
		return signer{}, err
	}
	var key struct {
		Email string `json:"client_email"`
		Key   string `json:"private_key"`
	}
	err = json.Unmarshal(file, &key)
	return signer{p.Tenant.Bucket, key.Email, []byte(key.Key)}, err
}

// sign signs a PUT of exactly so many bytes.
func (s signer) sign(p plan, object string, size int64) (signedRequest, error) {
	exactly := fmt.Sprintf("%d,%d", size, size)
	address, err := storage.SignedURL(s.bucket, object, &storage.SignedURLOptions{
		Scheme: storage.SigningSchemeV4, Method: http.MethodPut, GoogleAccessID: s.email, PrivateKey: s.key,
		Expires: time.Now().Add(10 * time.Minute), ContentType: "text/plain",
		Headers:  []string{"x-goog-content-length-range:" + exactly, "x-goog-if-generation-match:0"},
		Insecure: true, Hostname: p.Config.StorageEndpoint[len("http://"):],
	})
	return signedRequest{http.MethodPut, address, map[string]string{
		"Content-Type": "text/plain", "x-goog-content-length-range": exactly, "x-goog-if-generation-match": "0",
	}}, err
}

// intended is what is announced of a file.
type intended struct {
	Name string `json:"name" firestore:"name"`
	Size int64  `json:"size" firestore:"size"`
	Type string `json:"type" firestore:"contentType"`
}

// starter is the start of an upload written for one tenant whose clients are all trusted: it writes
// one document, without reading any, and signs a request. It asks nobody who they are, knows no
// limit of a file and no quota, and tells nobody.
func starter(ctx context.Context, p plan) (*echo.Echo, error) {
	key, err := os.ReadFile(p.Tenant.KeyFile)
	if err != nil {
		return nil, err
	}
	db, err := firestore.NewClientWithDatabase(ctx, p.Config.Project, p.Tenant.Database, clientOptions(p, key)...)
	if err != nil {
		return nil, err
	}
	s, err := newSigner(p)
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.POST("/api/v1/uploads", func(c echo.Context) error {
		var in intended
		if err := c.Bind(&in); err != nil {
			return err
		}
		id := rand.Text()
		if _, err := db.Collection("starts").Doc(id).Create(c.Request().Context(), in); err != nil {
			return err
		}
		signed, err := s.sign(p, "starts/"+id, in.Size)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusCreated, map[string]any{"id": id, "upload": signed})
	})
	return e, nil
}

// one is a side whose operation is looked at alone: how long one in two takes.
func one(times int, measure []*child, f func() error) rounds.Side {
	return func() (rounds.Cost, error) {
		used, err := cpu(measure)
		if err != nil {
			return rounds.Cost{}, err
		}
		took := make([]time.Duration, times)
		began := time.Now()
		for i := range took {
			at := time.Now()
			if err := f(); err != nil {
				return rounds.Cost{}, err
			}
			took[i] = time.Since(at)
		}
		cost := rounds.Cost{Ops: times, Wall: time.Since(began)}
		after, err := cpu(measure)
		slices.Sort(took)
		cost.CPU, cost.P50 = after-used, middle(took)
		return cost, err
	}
}

// starts measures how long it takes from an intent to a signed request, beside a program that
// records a document and signs. Nobody is told of the files meanwhile.
func (b *bench) starts(ctx context.Context) error {
	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	err = c.asOwner(ctx, func(owner *platform.Platform) error {
		return setup.Deliver(ctx, owner, c.Project, setup.Subscription{ID: setup.AdapterSubscription, Topic: setup.UploadsTopic})
	})
	if err != nil {
		return err
	}
	of := c.Tenants[0]
	side := func(role string, p plan) (rounds.Side, error) {
		process, addr, err := b.serve(role, p)
		if err != nil {
			return nil, err
		}
		who := caller{"http://" + addr, of, of.Users[0]}
		return one(n(b, 100, 60), []*child{process}, func() error {
			a, err := who.announce(ctx, "report.txt", 1)
			if err == nil && a.Upload.URL == "" {
				err = errors.New("no signed request")
			}
			return err
		}), nil
	}
	peer, err := side(startServer, c.plan())
	if err != nil {
		return err
	}
	alone, err := side(roleServer, c.silent())
	if err != nil {
		return err
	}
	told, err := side(roleServer, c.publishing(app.RoleWeb))
	if err != nil {
		return err
	}
	all, err := rounds.Paired(n(b, 15, 9), peer, alone, told)
	if err != nil {
		return err
	}
	const beside = "one document written, one request signed"
	row := rounds.Timed("12", "the start of an upload, p50", beside, all[0])
	ratio, _ := all[0].Ratio(rounds.Usual)
	row.AtMost("ratio", ratio.Median, 1.3)
	b.row(row)
	b.row(rounds.Timed("12", "the same where files are inspected", beside, all[1]))
	return nil
}

// atOnce is how many files are sent at once, each of a megabyte.
const atOnce = 100

// together measures many uploads at once, from the intent to the answer of Cloud Storage, beside
// the same PUTs with requests that were signed before.
func (b *bench) together(ctx context.Context) error {
	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	p := c.silent()
	process, addr, err := b.serve(roleServer, p)
	if err != nil {
		return err
	}
	of := c.Tenants[0]
	who := caller{"http://" + addr, of, of.Users[0]}
	s, err := newSigner(p)
	if err != nil {
		return err
	}
	files, err := bucketOf(ctx, p)
	if err != nil {
		return err
	}
	content := bytes.Repeat([]byte("a megabyte of it"), 1<<16)
	count := n(b, atOnce, atOnce)
	crowd := func(send func(i int) error) (rounds.Cost, error) {
		used, err := cpu([]*child{process})
		if err != nil {
			return rounds.Cost{}, err
		}
		faults := make([]error, count)
		var all sync.WaitGroup
		began := time.Now()
		for i := range count {
			all.Go(func() { faults[i] = send(i) })
		}
		all.Wait()
		cost := rounds.Cost{Ops: count, Wall: time.Since(began)}
		after, err := cpu([]*child{process})
		cost.CPU = after - used
		return cost, errors.Join(append(faults, err, empty(ctx, files))...)
	}
	peer := func() (rounds.Cost, error) {
		turn, signed := rand.Text(), make([]signedRequest, count)
		for i := range signed {
			if signed[i], err = s.sign(p, fmt.Sprintf("uploads/%s-%d", turn, i), int64(len(content))); err != nil {
				return rounds.Cost{}, err
			}
		}
		return crowd(func(i int) error { return signed[i].send(ctx, bytes.NewReader(content), int64(len(content))) })
	}
	ours := func() (rounds.Cost, error) {
		return crowd(func(int) error {
			a, err := who.announce(ctx, "report.txt", int64(len(content)))
			if err != nil {
				return err
			}
			return a.Upload.send(ctx, bytes.NewReader(content), int64(len(content)))
		})
	}
	all, err := rounds.Paired(n(b, 11, 7), peer, ours)
	if err != nil {
		return err
	}
	row := rounds.Rated("13", fmt.Sprintf("%d uploads of 1 MB at once", count), "the same PUTs, signed before", all[0])
	row.CPU = ""
	rate, _ := all[0].Ratio(rounds.Rate)
	row.AtLeast("rate", rate.Median, 0.9)
	b.row(row)
	return nil
}

// bucketOf opens the bucket of a plan's tenant.
func bucketOf(ctx context.Context, p plan) (*storage.BucketHandle, error) {
	key, err := os.ReadFile(p.Tenant.KeyFile)
	if err != nil {
		return nil, err
	}
	client, err := storage.NewClient(ctx, option.WithEndpoint(p.Config.StorageEndpoint+"/storage/v1/"),
		option.WithAuthCredentialsJSON(option.ServiceAccount, key), storage.WithJSONReads())
	if err != nil {
		return nil, err
	}
	return client.Bucket(p.Tenant.Bucket), nil
}

// empty deletes what was sent, so that no turn finds more than another.
func empty(ctx context.Context, bucket *storage.BucketHandle) error {
	for all := bucket.Objects(ctx, &storage.Query{Prefix: "uploads/"}); ; {
		attrs, err := all.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := bucket.Object(attrs.Name).Delete(ctx); err != nil && !errors.Is(err, storage.ErrObjectNotExist) {
			return err
		}
	}
}
